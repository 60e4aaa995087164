"""What BIRD says about a text, in both of its dialects."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ztix.drivers.bird import find_bird, prove, version_of
from ztix.errors import Unavailable
from ztix.proof import Disproved, Objection, Proven
from ztix.routeserver import BirdVersion

GOOD = "router id 192.0.2.1;\nprotocol device { }\n"


def program(folder: Path, body: str, version: str = "2.0.12") -> Path:
    """A stand-in that says what a BIRD would."""
    path = folder / "bird"
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "BIRD version {version}" >&2; exit 0; fi\n{body}\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def real(major: int) -> Path:
    found = find_bird(BirdVersion(major, 0))
    assert found is not None, f"BIRD {major} is missing; run `make install`"
    return found


@pytest.mark.parametrize("major", [2, 3])
def test_prove_of_a_good_text_is_proven_without_warnings(major: int) -> None:
    """BIRD parses it and has nothing to say."""
    proof = prove(GOOD, bird=real(major))
    assert isinstance(proof, Proven)
    assert proof.version.major == major
    assert proof.warnings == ()


@pytest.mark.parametrize("major", [2, 3])
def test_prove_of_a_bad_text_names_line_and_column(major: int) -> None:
    """Both dialects of an error mean the same place."""
    proof = prove(GOOD.replace("{ }", "{ evil }"), bird=real(major))
    assert isinstance(proof, Disproved)
    assert not proof.proven
    assert (proof.line, proof.column) == (2, 19)
    assert proof.message.startswith("syntax error")


@pytest.mark.parametrize("major", [2, 3])
def test_prove_of_a_text_that_includes_a_password_needs_no_password(major: int) -> None:
    """The password is on the route server alone: an empty file stands for it, and for no other file."""
    session = (
        "protocol bgp as64500 {\n  local 192.0.2.1 as 64496;\n  neighbor 192.0.2.10 as 64500;\n"
        '  include "secrets/as64500.conf";\n  ipv4 { import all; export none; };\n}\n'
    )
    proof = prove(GOOD + session, bird=real(major))
    assert isinstance(proof, Proven), proof
    assert proof.warnings == ()
    assert isinstance(prove(GOOD + session.replace("secrets/", "others/"), bird=real(major)), Disproved)


@pytest.mark.parametrize("major", [2, 3])
def test_prove_of_a_text_without_protocols_is_disproved(major: int) -> None:
    """A configuration that would do nothing is an error to BIRD, too."""
    proof = prove("router id 192.0.2.1;\n", bird=real(major))
    assert isinstance(proof, Disproved)
    assert "No protocol" in proof.message


def test_prove_collects_warnings_of_both_dialects(tmp_path: Path) -> None:
    """A warning leaves the exit code at 0 and is told all the same."""
    said = (
        "bird: bird.conf:3:24: Inferring function f\n"
        "bird: 2026-01-01 00:00:00.000 [0001] <WARN> bird.conf:4:2: old\n"
    )
    proof = prove(GOOD, bird=program(tmp_path, f"printf '{said}' >&2"))
    assert proof == Proven(
        BirdVersion(2, 0, 12), (Objection(3, 24, "Inferring function f"), Objection(4, 2, "old"))
    )


def test_prove_cleans_and_cuts_what_bird_says(tmp_path: Path) -> None:
    """Control characters end here, and so do endless messages."""
    bird = program(tmp_path, "printf 'bird: bird.conf:1:2 a\\033[31mb' >&2; printf '%0400d' 0 >&2; exit 1")
    proof = prove(GOOD, bird=bird)
    assert isinstance(proof, Disproved)
    assert proof.message.startswith("a [31mb0")
    assert len(proof.message) == 300


def test_prove_when_bird_says_nothing_still_is_disproved(tmp_path: Path) -> None:
    """An exit code alone is a verdict."""
    proof = prove(GOOD, bird=program(tmp_path, "exit 3"))
    assert isinstance(proof, Disproved)
    assert (proof.line, proof.message) == (0, "it ended with 3 and said nothing")


def test_prove_when_bird_hangs_is_unavailable(tmp_path: Path) -> None:
    """A time limit is no verdict."""
    with pytest.raises(Unavailable, match=r"within 0\.2 s"):
        prove(GOOD, bird=program(tmp_path, "exec sleep 30"), timeout_s=0.2)


def test_prove_when_bird_dies_is_unavailable(tmp_path: Path) -> None:
    """A program that is killed has not judged."""
    with pytest.raises(Unavailable, match="signal 9"):
        prove(GOOD, bird=program(tmp_path, "kill -9 $$"))


def test_prove_when_there_is_no_bird_tells_what_to_install(tmp_path: Path) -> None:
    """A missing tool is one sentence and a way out."""
    with pytest.raises(Unavailable, match="no BIRD that starts") as caught:
        prove(GOOD, bird=tmp_path / "bird")
    assert "apt-get install bird2" in caught.value.help


def test_prove_when_bird_vanishes_is_unavailable(tmp_path: Path) -> None:
    """A program that was there a moment ago may be gone."""
    bird = program(tmp_path, "exit 0")
    assert version_of(bird) == BirdVersion(2, 0, 12)
    bird.unlink()
    with pytest.raises(Unavailable, match="does not start"):
        prove(GOOD, bird=bird)


@pytest.mark.parametrize("said", ["nonsense", "1.2.3.4.5"])
def test_version_of_another_program_is_none(tmp_path: Path, said: str) -> None:
    """What does not call itself a version of BIRD is no BIRD."""
    assert version_of(program(tmp_path, "exit 0", said)) is None


def test_find_bird_prefers_the_binary_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ZTIX_BIRD3` names one, and then no other is looked at."""
    bird = program(tmp_path, "exit 0", "3.4.0")
    monkeypatch.setenv("ZTIX_BIRD3", str(bird))
    assert find_bird(BirdVersion(3, 1)) == bird
    monkeypatch.setenv("ZTIX_BIRD2", str(bird))
    assert find_bird(BirdVersion(2, 0, 12)) is None


def test_find_bird_takes_the_nearest_of_the_same_major(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PATH may hold a newer one than the system's."""
    program(tmp_path, "exit 0", "2.99")
    monkeypatch.delenv("ZTIX_BIRD2", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_bird(BirdVersion(2, 98)) == tmp_path / "bird"
    found = find_bird(BirdVersion(2, 0, 12))
    assert found is not None
    assert found != tmp_path / "bird"


def test_find_bird_of_an_unknown_major_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A BIRD of another major version would judge another language."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert find_bird(BirdVersion(9, 0)) is None
