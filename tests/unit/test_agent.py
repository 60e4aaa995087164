"""How the answers of a remote end are read, and what holds the script and the reader together."""

from __future__ import annotations

import base64
import hashlib

import pytest

from ztix.agent import script
from ztix.agent.answer import (
    GREETING,
    SHOWN,
    Answer,
    printable,
    read_answer,
    read_file,
    read_health,
    read_status,
)
from ztix.agent.filtered import read_filtered
from ztix.errors import Locked, Refused, Unavailable, ZtixError
from ztix.health import Filtered, Health, Session
from ztix.link import END_MARKER, Hung, Status
from ztix.terms import Digest

SUM = "ab" * 32


def answer(*lines: str, end: str = "end ok") -> bytes:
    """An answer as the agent prints it."""
    return "\n".join([GREETING, *lines, end, ""]).encode()


def status(**changes: str) -> Answer:
    """The answer to `status` with some lines changed."""
    lines = {
        "bird": "2.0.12",
        "file": SUM,
        "running": "none",
        "armed": "no",
        "restored": "no",
        "lock": "none",
        "reconfigured": "2026-01-01 10:00:00.000",
        "age": "-1",
    } | changes
    return read_answer(answer(*(f"{key} {value}" for key, value in lines.items())))


def test_script_has_the_words_of_this_side() -> None:
    """The script greets and knows the end marker as this side does, and is plain ASCII."""
    text = script()
    assert text.startswith("#!/bin/sh\n")
    assert f"say '{GREETING}'" in text
    assert f"END_MARKER='{END_MARKER}'" in text
    assert text.isascii()


def test_status_is_read_line_by_line() -> None:
    """Each line of a status has its place in the value."""
    since = "2026-01-01 10:00:00.000"
    plain = Status("2.0.12", Digest(f"sha256:{SUM}"), None, reconfigured=since, age_ms=-1)
    assert read_status(status()) == plain
    full = status(bird="none", file="none", running=SUM, armed="yes 30", restored="yes", lock="run-1")
    assert read_status(full) == Status(None, None, Digest(f"sha256:{SUM}"), True, True, "run-1", since, -1)


def test_health_is_read_session_by_session() -> None:
    """Sessions come with their counts and BIRD's word for since when."""
    lines = ["session m1 up 10 2 30 10:00:00.123", "session m2 down 0 0 0 ", "reconfigured 10:00:00"]
    expected = Health.of([Session("m1", True, "10:00:00.123", 10, 2, 30), Session("m2", False)], "10:00:00")
    assert read_health(read_answer(answer(*lines))) == expected


def test_file_is_read_whole_or_not_at_all() -> None:
    """A file arrives byte for byte; one that was changed on the way does not arrive."""
    text = bytes(range(256)) * 3
    lines = [f"file {line}" for line in base64.encodebytes(text).decode().splitlines()]
    whole = answer(f"digest {hashlib.sha256(text).hexdigest()}", *lines)
    assert read_file(read_answer(whole)) == text
    for broken in (whole.replace(b"file A", b"file B", 1), whole.replace(b"file A", b"file *", 1)):
        with pytest.raises(Unavailable):
            read_file(read_answer(broken))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it said nothing"),
        (b"\x1b[2Jhello\n", "it begins with `[2Jhello`"),
        (b"\xff\xfe" * 500, "it begins with ``"),
        (b"ztix-agent 2\nend ok\n", "it begins with `ztix-agent 2 end ok`"),
        (b"ztix-agent 1", "the answer was cut"),
        (b"ztix-agent 1\n", "the answer was cut"),
        (b"ztix-agent 1\nbird 2\nend ok", "the answer was cut"),
        (b"ztix-agent 1\nbird 2\n", "the answer was cut"),
        (answer(end="end maybe"), "it ends in `maybe`"),
        (answer(end="end lost BIRD did not answer"), "could not tell whether it was done: BIRD did not"),
    ],
)
def test_answer_when_it_is_not_whole_is_no_answer(raw: bytes, words: str) -> None:
    """Nothing that is not in the agent's exact form counts, and none of its control characters is shown."""
    with pytest.raises(Unavailable) as caught:
        read_answer(raw)
    assert words in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("end", "kind", "message", "has_help"),
    [
        ("end failed locked run-7", Locked, "locked by `run-7`", True),
        ("end failed refused bird -p: no", Refused, "bird -p: no", False),
        ("end failed storage the disk is full", Refused, "the disk is full", True),
        ("end failed odd", Refused, "odd", False),
        ("end failed hung BIRD can take none", Hung, "BIRD can take none", True),
    ],
)
def test_answer_when_it_says_no_tells_why(
    end: str, kind: type[ZtixError], message: str, has_help: bool
) -> None:
    """A refusal becomes an error with the remote's reason and, where there is one, what to do."""
    with pytest.raises(kind) as caught:
        read_answer(answer(end=end))
    assert (caught.value.message, bool(caught.value.help)) == (message, has_help)


@pytest.mark.parametrize("lines", [[], ["bird 2", "bird 2"]])
def test_answer_when_a_line_is_not_there_once_is_no_answer(lines: list[str]) -> None:
    """A line that is missing or doubled makes the answer worthless."""
    with pytest.raises(Unavailable, match="`bird` is there"):
        read_answer(answer(*lines)).one("bird")


def test_answer_when_a_value_has_another_form_is_no_answer() -> None:
    """A digest that is none and a session that is none are not guessed at."""
    with pytest.raises(Unavailable, match="digest"):
        read_status(status(file="0" * 63))
    with pytest.raises(Unavailable, match="time"):
        read_status(status(age="soon"))
    with pytest.raises(Unavailable, match="session"):
        read_health(read_answer(answer("session m1 up 1 2", "reconfigured x")))


def test_words_of_a_remote_are_bounded() -> None:
    """A megabyte of words becomes one short line."""
    assert len(printable(b"x" * 2**20)) == SHOWN
    assert printable(b"a\r\n\tb\x07\x9b31m") == "a b 31m"


def test_health_says_why_a_session_is_down_where_it_is_told() -> None:
    """Each session that is down has its states and its last error; a hint in another form is left out."""
    told = read_health(
        read_answer(
            answer(
                "session m1 down 0 0 0 10:00:00",
                "session m2 down 0 0 0",
                "session m3 down 0 0 0",
                "down m1 start Active Received: Bad peer AS",
                "down m2 - -",
                "down m3 START \x07 x",
                "reconfigured 10:00:00",
            )
        )
    )
    assert told.sessions["m1"] == Session(
        "m1", False, "10:00:00", state="start", bgp="Active", error="Received: Bad peer AS"
    )
    assert told.sessions["m2"] == Session("m2", False)
    assert told.sessions["m3"] == Session("m3", False)


def test_filtered_is_read_with_the_most_frequent_reason_first() -> None:
    """Counts stand by session, and those of one session by their weight."""
    lines = (
        "filtered m2 1 1 2001:db8::/64",
        "filtered m1 9 2 192.0.2.0/28",
        "filtered m1 13 7 192.0.2.16/28",
    )
    assert read_filtered(read_answer(answer(*lines))) == (
        Filtered("m1", 13, 7, "192.0.2.16/28"),
        Filtered("m1", 9, 2, "192.0.2.0/28"),
        Filtered("m2", 1, 1, "2001:db8::/64"),
    )


@pytest.mark.parametrize("line", ["m1 9 2", "m1 nine 2 192.0.2.0/28", "m1 9 2 <b>", "m;1 9 2 192.0.2.0/28"])
def test_filtered_in_another_form_is_no_answer(line: str) -> None:
    """What cannot be read counts nothing."""
    with pytest.raises(Unavailable, match="filtered routes"):
        read_filtered(read_answer(answer(f"filtered {line}")))
