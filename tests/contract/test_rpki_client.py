"""The driver of `rpki-client`, against the real program where it is installed, and against stand-ins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rpki import Rpki, new_rpki
from tests.unit.claim_fixture import claim
from ztix.admission.methods.checklist import METHOD
from ztix.admission.methods.ssh import signed
from ztix.admission.proof import Checklist, Disproven, Judgement, Proven, Said, Unanswered
from ztix.drivers.rpki_client import RpkiClient, find_rpki_client

PROGRAM = find_rpki_client()
STATEMENT = signed(claim())


@pytest.fixture(scope="module")
def rpki() -> Iterator[Rpki]:
    """A folder that rpki-client may read, too, after it gave up root."""
    with tempfile.TemporaryDirectory(prefix="ztix-rpki-") as name:
        Path(name).chmod(0o755)
        yield new_rpki(Path(name))


def judged(rpki: Rpki, content: bytes) -> Judgement:
    assert PROGRAM is not None
    program = replace(PROGRAM, cache=rpki.cache, tals=(rpki.tal,))
    claimed = claim({".rsc": content})
    return METHOD.judge(claimed, {Checklist(content): program.judged(Checklist(content))})


def refusal(rpki: Rpki, content: bytes) -> str:
    found = judged(rpki, content)
    assert isinstance(found, Disproven), found
    return found.words.removeprefix("`members/AS64500.rsc` ")


@pytest.mark.skipif(PROGRAM is None, reason="there is no rpki-client on PATH")
def test_checklist_when_really_signed_proves(rpki: Rpki) -> None:
    """By the AS number alone or within a range, with the file's name or without, beside other files."""
    files = {"": STATEMENT, "other.txt": b"x"}
    assert isinstance(judged(rpki, rpki.checklist({"AS64500.txt": STATEMENT})), Proven)
    assert isinstance(judged(rpki, rpki.checklist(files, asns=((64499, 64501),))), Proven)


@pytest.mark.skipif(PROGRAM is None, reason="there is no rpki-client on PATH")
def test_checklist_when_it_does_not_hold_is_refused(rpki: Rpki, tmp_path: Path) -> None:
    """Another statement or AS number, one that the anchor does not have, another anchor, and rubbish."""
    failed = "does not hold by the RPKI as it is known here"
    good = rpki.checklist({"AS64500.txt": STATEMENT})
    assert refusal(rpki, rpki.checklist({"a": b"x"})) == "does not list the statement of this change"
    other = rpki.checklist({"a": STATEMENT}, asns=((64501, 64501),))
    assert refusal(rpki, other) == "is not signed with `AS64500`"
    assert refusal(rpki, rpki.checklist({"a": STATEMENT}, asns=((64500, 65000),))) == failed
    assert refusal(rpki, new_rpki(tmp_path).checklist({"a": STATEMENT})) == failed
    assert refusal(rpki, b"rubbish") == "is no signed checklist"
    assert refusal(rpki, good[:-1]) == "is no signed checklist"
    for at in range(0, len(good), len(good) // 20):
        spoiled = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert not isinstance(judged(rpki, spoiled), Proven), at


def stand_in(folder: Path, script: str) -> RpkiClient:
    """A program that does this, with a cache that is filled."""
    (folder / "cache" / "ta" / "test").mkdir(parents=True)
    program = folder / "rpki-client"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return RpkiClient(program, folder / "cache", (folder / "a.tal",))


def test_program_when_asked_gets_the_file_by_the_name_that_it_knows(tmp_path: Path) -> None:
    """Only `.sig` is a checklist to it; whoever it turns into can read the file, which is gone afterwards."""
    program = stand_in(tmp_path, 'for file; do :; done; echo "$@"; cat "$file"; ls -ld "$PWD" "$file"; env')
    said = program.judged(Checklist(b"der\n"))
    assert isinstance(said, Said)
    words, content, folder, *rest = said.texts[0].splitlines()
    assert words.startswith(f"-j -d {tmp_path}/cache -t {tmp_path}/a.tal -f /")
    assert (words.endswith("/checklist.sig"), content, folder[:10]) == (True, "der", "drwxr-xr-x")
    assert not any(line.startswith("HOME=") for line in rest)
    assert not Path(words.rpartition(" ")[2]).exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 1", "`rpki-client` ended with 1 and told nothing of use"),
        ("exit 0", "`rpki-client` ended with 0 and told nothing of use"),
        ("head -c 1048577 /dev/zero", "`rpki-client` ended with 0 and told nothing of use"),
    ],
)
def test_program_when_it_tells_nothing_is_unanswered(tmp_path: Path, script: str, reason: str) -> None:
    """Silence, an error, or more than anybody reads."""
    assert stand_in(tmp_path, script).judged(Checklist(b"der")) == Unanswered(reason)


def test_program_when_it_has_no_cache_or_does_not_start_is_unanswered(tmp_path: Path) -> None:
    """Without what an earlier run fetched it would find everything invalid: that is no answer."""
    bare = RpkiClient(tmp_path / "nowhere", tmp_path / "cache")
    assert bare.judged(Checklist(b"der")) == Unanswered(
        f"the RPKI's cache `{tmp_path}/cache` is empty: `rpki-client` has not run here"
    )
    (tmp_path / "cache" / "ta").mkdir(parents=True)
    assert "is empty" in str(bare.judged(Checklist(b"der")))
    (tmp_path / "cache" / "ta" / "ripe").mkdir()
    assert bare.judged(Checklist(b"der")) == Unanswered(
        "`rpki-client` does not start, or did not end in time"
    )


def test_program_when_looked_for_is_found_on_path(tmp_path: Path) -> None:
    """Or where daemons live; a machine without it is no error."""
    program = stand_in(tmp_path, "exit 0").path
    assert find_rpki_client({"PATH": str(tmp_path)}) == RpkiClient(program)
