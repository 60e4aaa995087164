"""The IRR by bgpq4, against a small server on loopback: what counts as an answer, and what is bounded."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.irr_server import STALL_S, Irr, Source, irr_server
from ztix.drivers.bgpq4 import Bgpq4, find_bgpq4
from ztix.errors import Unavailable
from ztix.evidence import Expansion, Unknown
from ztix.irr_policy import IrrPolicy
from ztix.terms import AsSet

pytestmark = pytest.mark.skipif(
    not shutil.which("bgpq4"), reason="bgpq4 is not here; `scripts/install-tools`"
)

RIPE = Source(
    {
        "AS-EXAMPLE": ["AS64500", "AS-LOOP", "AS64500:AS-CONE"],
        "AS-LOOP": ["AS64501", "AS-EXAMPLE"],
        "AS64500:AS-CONE": ["AS4200000001"],
        "AS-EMPTY": [],
    },
    {"AS64500": ["192.0.2.0/24"], "AS64501": ["203.0.113.0/25", "203.0.113.128/25"]},
    {"AS64500": ["2001:db8:4500::/48"], "AS4200000001": ["2001:db8:2::/48"]},
)
# Sets of the same names by somebody else, and one route object that counts.
RADB = Source(
    {"AS-EXAMPLE": ["AS64511"], "AS-LOOP": ["AS64511"]},
    {"AS64500": ["198.51.100.0/24"], "AS64511": ["10.0.0.0/8"]},
)
SOURCES = {"RADB": RADB, "RIPE": RIPE}


@contextmanager
def asking(private: bool = True, **faults: str) -> Iterator[tuple[Irr, Any]]:
    """The server, and a function that asks it for one set under a policy."""
    with irr_server(SOURCES, **faults) as irr:

        def ask(name: str, **policy: Any) -> Expansion | Unknown:
            ((_, answer),) = bgpq4(irr, private=private, **policy).expansions([AsSet(name)])
            return answer

        yield irr, ask


def bgpq4(irr: Irr, *, private: bool = True, program: Path | None = None, **policy: Any) -> Bgpq4:
    settings = {"host": "127.0.0.1", "port": irr.port, "sources": ("RIPE", "RADB"), **policy}
    return Bgpq4(program or find_bgpq4(), IrrPolicy.model_validate(settings), private)


def texts(answer: Expansion | Unknown) -> tuple[list[int], list[str], list[str]]:
    assert isinstance(answer, Expansion), answer
    return [int(asn) for asn in answer.asns], list(answer.ipv4.texts), list(answer.ipv6.texts)


WHOLE = (
    [64500, 64501, 4200000001],
    ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/25", "203.0.113.128/25"],
    ["2001:db8:2::/48", "2001:db8:4500::/48"],
)


@pytest.mark.parametrize("order", [("RIPE", "RADB"), ("RADB", "RIPE")])
def test_set_with_its_source_expands_through_a_loop_in_its_own_registry(order: tuple[str, str]) -> None:
    """Sets below it are its registry's too, whatever order policy has; route objects count from all."""
    with asking() as (_, ask):
        assert texts(ask("RIPE::AS-EXAMPLE", sources=order)) == WHOLE


def test_set_without_a_source_is_the_first_one_of_policys_sources() -> None:
    """Policy's order decides between two sets of one name."""
    with asking() as (_, ask):
        assert texts(ask("AS-EXAMPLE")) == WHOLE
        assert texts(ask("AS-EXAMPLE", sources=("RADB", "RIPE")))[0] == [64511]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RIPE::AS64500:AS-CONE", ([4200000001], [], ["2001:db8:2::/48"])),
        ("AS64500:AS-CONE", ([4200000001], [], ["2001:db8:2::/48"])),
        ("AS64500", ([64500], ["192.0.2.0/24", "198.51.100.0/24"], ["2001:db8:4500::/48"])),
        ("RIPE::AS64500", ([64500], ["192.0.2.0/24"], ["2001:db8:4500::/48"])),
    ],
)
def test_name_of_any_form_expands(name: str, expected: tuple[list[int], list[str], list[str]]) -> None:
    """Hierarchical names, and an AS number with and without a source, which bgpq4 itself does not take."""
    with asking() as (_, ask):
        assert texts(ask(name)) == expected


@pytest.mark.parametrize("name", ["AS-NOBODY", "RIPE::AS-NOBODY", "AS-EMPTY"])
def test_set_that_is_unknown_or_empty_expands_to_nothing(name: str) -> None:
    """The two cannot be told apart; whoever asked decides what nothing means."""
    with asking() as (_, ask):
        assert texts(ask(name)) == ([], [], [])


def test_private_numbers_when_they_do_not_count_are_left_out_without_a_complaint() -> None:
    """A slip in somebody's set does not make the whole set fail."""
    with asking(private=False) as (_, ask):
        assert texts(ask("RIPE::AS-EXAMPLE"))[0] == []


def test_source_that_policy_does_not_have_is_not_asked() -> None:
    """bgpq4 would take the set from another registry, and end with 0."""
    with asking() as (irr, ask):
        assert ask("ARIN::AS-EXAMPLE") == Unknown("`ARIN` is not among the sources of `irr.sources`")
        assert irr.asked == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"refuse": "!i"}, "the database is being loaded"),
        ({"refuse": "!g"}, "the database is being loaded"),
        ({"refuse": "!sRIPE"}, "Invalid source(s)"),
        ({"cut": "!i"}, "EOF from IRRd"),
        ({"cut": "!g"}, "EOF from IRRd"),
    ],
)
def test_server_that_fails_half_way_gives_no_answer(fault: dict[str, str], reason: str) -> None:
    """bgpq4 ends with 0 and an empty list after an error; what it says on stderr counts."""
    with asking(**fault) as (_, ask):
        answer = ask("RIPE::AS-EXAMPLE")
    assert isinstance(answer, Unknown)
    assert reason in answer.reason


def test_server_that_is_not_there_gives_no_answer() -> None:
    """A refused connection is unknown, never empty."""
    with irr_server(SOURCES) as irr:
        gone = bgpq4(irr)
    ((_, answer),) = gone.expansions([AsSet("AS-EXAMPLE")])
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("bgpq4 says `")


def test_server_that_is_silent_is_left_after_the_time_of_one_question() -> None:
    """No process outlives its question."""
    started = time.monotonic()
    with asking(stall="!i") as (_, ask):
        assert ask("RIPE::AS-EXAMPLE", timeout_s=1) == Unknown("no answer in time")
    assert time.monotonic() - started < STALL_S / 2


def test_questions_after_the_time_of_all_are_not_asked() -> None:
    """One budget bounds the refresh: what is left is unknown, at once."""
    names = [AsSet(f"RIPE::AS-{number}") for number in range(6)]
    with irr_server(SOURCES, stall="!i") as irr:
        started = time.monotonic()
        answers = dict(bgpq4(irr, budget_s=1, processes=2).expansions(names))
    assert time.monotonic() - started < STALL_S / 2
    assert set(answers) == set(names)
    reasons = {answer.reason for answer in answers.values() if isinstance(answer, Unknown)}
    assert reasons == {"no answer in time", "the 1 s of `irr.budget_s` were over"}


def test_list_that_is_too_long_gives_no_answer() -> None:
    """A set of everybody's prefixes fills neither memory nor a configuration."""
    with asking() as (_, ask):
        answer = ask("RIPE::AS-EXAMPLE", prefixes_max=3)
        assert answer == Unknown("it has more than the 3 IPv4 prefixes of `irr.prefixes_max`")


def program(folder: Path, script: str) -> Path:
    path = folder / "bgpq4"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exec yes", "the answer is longer than what `irr.prefixes_max` allows"),
        ("exec yes >&2", "the answer is longer than what `irr.prefixes_max` allows"),
        ("exit 3", "bgpq4 ended with 3"),
        ("kill -9 $$", "bgpq4 ended with -9"),
        ("kill -PIPE $$", "the server closed the connection"),
        ("echo '{\"it\": ['", "bgpq4's answer is not whole"),
        ("echo '{\"it\": 7}'", "bgpq4's answer is not whole"),
        ('echo \'{"it": ["AS1"]}\'', "bgpq4 answered with something that is no AS number"),
        (
            'case "$*" in *-t*) echo \'{"it": [1]}\' ;; *) echo \'{"it": [{"prefix": "x"}]}\' ;; esac',
            "bgpq4 answered with something that is no IPv4 prefix",
        ),
    ],
)
def test_program_that_answers_with_something_else_gives_no_answer(
    tmp_path: Path, script: str, reason: str
) -> None:
    """Whatever a program of that name prints, only whole lists of the right things count."""
    odd = Bgpq4(program(tmp_path, script), IrrPolicy(prefixes_max=10, timeout_s=20))
    assert list(odd.expansions([AsSet("AS-EXAMPLE")])) == [(AsSet("AS-EXAMPLE"), Unknown(reason))]


def test_program_that_does_not_start_gives_no_answer(tmp_path: Path) -> None:
    """The reason is the system's."""
    gone = Bgpq4(tmp_path / "none", IrrPolicy())
    ((_, answer),) = gone.expansions([AsSet("AS-EXAMPLE")])
    assert isinstance(answer, Unknown)
    assert answer.reason.endswith("does not start: No such file or directory")


def test_program_when_it_is_nowhere_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error tells how to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="no `bgpq4` on PATH"):
        find_bgpq4()


@pytest.mark.parametrize("name", ["-h", "--", "AS-A;id", "AS-A AS-B", "$(id)", "AS-\n", "as-a", "A::B::AS-C"])
def test_name_that_is_no_as_set_reaches_no_command_line(name: str) -> None:
    """The type refuses it: an option, a shell's word or a second object cannot be an AsSet."""
    with pytest.raises(ValueError, match="an AS-SET such as"):
        AsSet(name)
