"""`ztix identity` and `ztix address`: what they print, write and exit with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.idtool import BAD, PUBLIC, SECRET, idtool
from tests.unit.exchange_fixture import edited, good_files
from ztix.cli import cli
from ztix.errors import Exit, Invalid, Usage, ZtixError


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a zerotier-idtool that the program finds first."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return idtool(tmp_path / "bin")


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, words, input=stdin, standalone_mode=False)


def refusal(result: Result) -> ZtixError:
    assert isinstance(result.exception, ZtixError), result.output
    return result.exception


def exchange(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """The good exchange on disk."""
    for name, text in {**good_files(), **(changes or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_generate_when_done_prints_the_public_part_and_never_the_secret(tool: Path, tmp_path: Path) -> None:
    """The secret is in the file, and nowhere else."""
    path = tmp_path / "identity.secret"
    result = run("identity", "generate", str(path))
    assert (result.return_value, result.stdout) == (Exit.DONE, f"{PUBLIC}\n")
    assert SECRET not in result.output
    assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{PUBLIC}:{SECRET}", 0o600)
    assert "is there already" in refusal(run("identity", "generate", str(path))).message


def test_validate_when_the_id_is_the_key_s_says_so(tool: Path, tmp_path: Path) -> None:
    """A file, stdin or the text itself; a secret one is good too."""
    path = tmp_path / "identity.secret"
    path.write_text(f"{PUBLIC}:{SECRET}\n")
    for result in (
        run("identity", "validate", PUBLIC),
        run("identity", "validate", str(path)),
        run("identity", "validate", "-", stdin=PUBLIC),
    ):
        assert (result.return_value, result.stdout) == (Exit.DONE, "")
        assert "4fd7e5c5fe is the node id of this key" in result.output


def test_validate_when_the_id_is_another_is_invalid(tool: Path) -> None:
    """The recorded identity with one digit of its id changed."""
    error = refusal(run("identity", "validate", BAD))
    assert (type(error), error.message) == (Invalid, "the node id `4fd7e5c5ff` does not follow from this key")


@pytest.mark.parametrize("words", ["nowhere", "4fd7e5c5fe:0:xyz"])
def test_validate_when_there_is_no_identity_is_usage(words: str) -> None:
    """Neither a file nor an identity."""
    assert isinstance(refusal(run("identity", "validate", words)), Usage)


def test_validate_when_the_file_holds_something_else_does_not_quote_it(tmp_path: Path) -> None:
    """It may be another secret."""
    path = tmp_path / "authtoken.secret"
    path.write_text("s3cr3t")
    error = refusal(run("identity", "validate", str(path)))
    assert (type(error), "s3cr3t" in error.message + error.help) == (Usage, False)


def test_identity_address_is_the_key_s_whatever_the_identity_says() -> None:
    """Computed here, over all of the memory, so this takes some seconds."""
    result = run("identity", "address", BAD)
    assert (result.return_value, result.stdout) == (Exit.DONE, "4fd7e5c5fe\n")
    assert "computing: 100 of 100" in result.stderr


@pytest.mark.parametrize(
    ("words", "changes", "networks"),
    [
        (["1a2b3c4d5e", "--network", "8056C2E21C000001"], {}, [(None, "8056c2e21c000001")]),
        (
            ["1A2B3C4D5E"],
            edited("policy/fabrics.yaml", "000001", "8056c2e21c000001"),
            [("lan", "8056c2e21c000001")],
        ),
        (["fd80:56c2:e21c:0:199:931a:2b3c:4d5e/88"], {}, [(None, "8056c2e21c000001")]),
        (
            ["fc9c:56c2:e31a:2b3c:4d5e::1"],
            edited("policy/fabrics.yaml", '"000001"', '"000001"\n    controller: "8056c2e21c"'),
            [("lan", "8056c2e21c000001")],
        ),
        (["1a2b3c4d5e"], {}, []),
    ],
)
def test_address_when_given_a_node_or_an_address_computes_the_others(
    tmp_path: Path, words: list[str], changes: dict[str, str], networks: list[tuple[str | None, str]]
) -> None:
    """On the network that is named, that the address names, or that policy tells."""
    folder = exchange(tmp_path, changes)
    result = run("-C", str(folder), "address", *words, "--format", "json")
    found = json.loads(result.stdout)
    assert (result.return_value, found["node"]) == (Exit.DONE, "1a2b3c4d5e")
    assert [(item["fabric"], item["network"]) for item in found["networks"]] == networks
    for item in found["networks"]:
        assert item["rfc4193"] == "fd80:56c2:e21c:0:199:931a:2b3c:4d5e/88"
        assert item["6plane"] == "fc9c:56c2:e31a:2b3c:4d5e::1/40"
        assert item["mac"] == "02:1a:2b:20:af:9c"


def test_address_as_text_has_a_line_for_each() -> None:
    """The recorded node on its recorded network."""
    result = run("address", "deb04965b2", "--network", "6fa725440c0a0004")
    assert result.stdout == (
        "node     deb04965b2\n\nnetwork  6fa725440c0a0004\n"
        "rfc4193  fd6f:a725:440c:a00:499:93de:b049:65b2/88\n"
        "6plane   fc63:ad25:40de:b049:65b2::1/40\nmac      06:de:ba:45:21:97\n"
    )


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        (["2001:db8::1"], Usage, "`2001:db8::1` must be a ZeroTier node's IPv6 address"),
        (["1a2b3c"], Usage, "`1a2b3c` must be a ZeroTier node id"),
        (["1a2b3c4d5e", "--network", "000001"], Usage, "--network must be a ZeroTier network id"),
        (
            ["fc9c:56c2:e31a:2b3c:4d5e::1", "--network", "8056c2e21c000002"],
            Invalid,
            "`fc9c:56c2:e31a:2b3c:4d5e::1` is an address of node `1a2b3c4d5e`, but not on `8056c2e21c000002`",
        ),
    ],
)
def test_address_when_it_cannot_be_told_says_why(
    words: list[str], kind: type[ZtixError], message: str
) -> None:
    """A wrong argument is usage; an address of another network is a finding."""
    error = refusal(run("address", *words))
    assert isinstance(error, kind)
    assert error.message.startswith(message)


def test_address_when_policy_has_errors_is_invalid(tmp_path: Path) -> None:
    """Without policy there is no network to compute with."""
    folder = exchange(tmp_path, {"policy/fabrics.yaml": "fabrics: []\n"})
    assert isinstance(refusal(run("-C", str(folder), "address", "1a2b3c4d5e")), Invalid)
