"""Definitions of moons: the recorded one with an endpoint is sound, and what is wrong has a place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.idtool import MOON, PUBLIC, SECRET, idtool
from ztix.cli import cli
from ztix.document import read_document
from ztix.errors import Exit, Usage
from ztix.moon import Moon, parse_endpoint, with_endpoints
from ztix.shape import read_model
from ztix.terms import NodeId
from ztix.tree import Entry, Kind

ROOT = NodeId("4fd7e5c5fe")
KEY = "ab" * 64
BARE = json.dumps({**MOON, "signingKey_SECRET": KEY}, indent=1)
SOUND = with_endpoints(BARE, {ROOT: ("198.51.100.1/9993", "2001:DB8::1/9993")})


def read(text: str) -> tuple[Moon | None, list[str]]:
    document, findings = read_document(Entry("moon.json", Kind.FILE, len(text), text.encode()))
    assert document is not None, findings
    moon, findings = read_model(document, Moon)
    return moon, [f"{item.span} {item.message}" for item in findings]


def test_moon_when_recorded_and_given_endpoints_is_sound() -> None:
    """The output of the tool lacks only where the root answers."""
    moon, findings = read(SOUND)
    assert findings == []
    assert moon is not None
    assert (moon.id, moon.name, moon.roots[0].identity.node) == (ROOT, f"000000{ROOT}.moon", ROOT)
    assert moon.roots[0].endpoints == ("198.51.100.1/9993", "2001:db8::1/9993")
    assert moon.signing_secret == KEY
    assert KEY not in repr(moon)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('"198.51.100.1/9993"', '"198.51.100.1"', "an address and a UDP port, such as"),
        ('"198.51.100.1/9993"', '"198.51.100.1/70000"', "an address and a UDP port, such as"),
        ('"198.51.100.1/9993"', '"127.0.0.1/9993"', "an address that other nodes reach"),
        (f'"identity": "{PUBLIC}"', f'"identity": "{PUBLIC}:{SECRET}"', "must be the public identity"),
        (f'"identity": "{PUBLIC}"', '"identity": ["x"]', "must be a ZeroTier identity"),
        ('"worldType": "moon"', '"worldType": "planet"', "`worldType` must be `moon`"),
        ('"id": "4fd7e5c5fe"', '"id": "4fd7"', "`id` has the wrong form"),
        (
            f'"signingKey_SECRET": "{KEY}"',
            '"signingKey_SECRET": "x"',
            "`signingKey_SECRET` has the wrong form",
        ),
    ],
)
def test_moon_when_a_value_is_wrong_is_told(old: str, new: str, finding: str) -> None:
    """A place and a sentence, before anything is signed."""
    assert old in SOUND
    moon, findings = read(SOUND.replace(old, new))
    assert moon is None
    assert finding in findings[0]


def test_moon_when_it_has_no_endpoint_is_told() -> None:
    """As the tool writes it, a moon helps nobody."""
    assert read(BARE)[1] == ["moon.json:7:23 `roots[0].stableEndpoints` must have at least 1 item"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "has no list of `roots`"),
        ("{}", "has no list of `roots`"),
        ('{"roots": [1]}', "has no list of `roots`"),
        ('{"roots": []}', "has no root `4fd7e5c5fe`"),
    ],
)
def test_endpoints_when_there_is_no_such_root_are_refused(text: str, message: str) -> None:
    """An address goes to the root that it is for, or nowhere."""
    with pytest.raises(ValueError, match=message):
        with_endpoints(text, {ROOT: ("198.51.100.1/9993",)})


@pytest.mark.parametrize(
    "text", [7, "198.51.100.1:9993", "x/1", "198.51.100.1/0", "0.0.0.0/1", "ff02::1/9993"]
)
def test_endpoint_when_nobody_could_reach_it_is_refused(text: object) -> None:
    """Neither a name nor an address that means this machine or many."""
    with pytest.raises(ValueError, match="must be an"):
        parse_endpoint(text)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["fabric", "moon", *words], standalone_mode=False)


@pytest.fixture
def definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tool's output in a file of its owner, with a tool at hand."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    idtool(tmp_path / "bin")
    path = tmp_path / "moon.json"
    path.write_text(BARE)
    path.chmod(0o600)
    return path


def test_fabric_moon_writes_endpoints_and_signs(definition: Path) -> None:
    """From the tool's output to the file that nodes read, in one go; the secret stays where it is."""
    result = run(str(definition), "--endpoint", f"{ROOT}=198.51.100.1/9993", "--sign")
    assert (result.return_value, result.stdout) == (Exit.DONE, "")
    assert read(definition.read_text())[1] == []
    assert definition.stat().st_mode & 0o777 == 0o600
    assert (definition.parent / "0000004fd7e5c5fe.moon").exists()
    assert "zerotier-cli orbit 4fd7e5c5fe 4fd7e5c5fe" in result.stderr
    assert KEY not in result.output


def test_fabric_moon_without_sign_tells_the_steps(definition: Path) -> None:
    """Nothing is signed that was not asked for."""
    definition.write_text(SOUND)
    result = run(str(definition))
    assert result.return_value is Exit.DONE
    assert "zerotier-idtool genmoon moon.json" in result.stderr
    assert not (definition.parent / "0000004fd7e5c5fe.moon").exists()


def test_fabric_moon_when_a_definition_is_wrong_shows_no_line_of_it(definition: Path) -> None:
    """The line of a finding may be the secret's."""
    definition.write_text(SOUND.replace(f'"signingKey_SECRET": "{KEY}"', f'"signingKey_SECRET": "{KEY}ab"'))
    result = run(str(definition))
    assert result.return_value is Exit.INVALID
    assert "signingKey_SECRET" in result.stdout
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("text", "mode", "words", "message"),
    [
        (SOUND, 0o644, [], "is open to others than its owner"),
        (BARE, 0o600, ["--endpoint", "1a2b3c4d5e=198.51.100.1/9993"], "has no root `1a2b3c4d5e`"),
        (BARE, 0o600, ["--endpoint", "198.51.100.1/9993"], "must be a ZeroTier node id"),
        ("no JSON", 0o600, ["--endpoint", f"{ROOT}=198.51.100.1/9993"], "or --endpoint"),
    ],
)
def test_fabric_moon_when_it_cannot_be_done_is_usage(
    definition: Path, text: str, mode: int, words: list[str], message: str
) -> None:
    """A secret that others read, a root that is not there, a file that is something else."""
    definition.write_text(text)
    definition.chmod(mode)
    result = run(str(definition), *words)
    assert isinstance(result.exception, Usage)
    assert message in result.exception.message
