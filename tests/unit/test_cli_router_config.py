"""`ztix router-config`: what goes to which stream, to which files, and how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ztix.cli import cli
from ztix.errors import Invalid, Usage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of this repository's own exchange, to be changed."""
    for name in ("members", "policy", "evidence"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    """What the command prints."""
    result = CliRunner().invoke(cli, ["-C", str(folder), "router-config", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def second_node(folder: Path) -> None:
    """AS64500 gets another node."""
    path = folder / "members" / "AS64500.yaml"
    text = path.read_text()
    more = '  - id: "1a2b3c4dff"\n    name: ams1\n    addresses: [192.0.2.200]\nas_set:\n'
    path.write_text(text.replace("as_set:\n", more))


def test_router_config_prints_the_text_and_tells_of_places_elsewhere(folder: Path) -> None:
    """stdout can go to the router; what is to be filled in is said on stderr, with its lines."""
    result = run(folder, "AS64500", "--for", "junos")
    assert result.stdout.startswith("# AS64500 at example-ix: sessions of the node fra1")
    assert "fill in FILL_IN_INTERFACE (AS64500-fra1-junos.conf, line 1" in result.stderr
    assert "Reading" not in result.stdout


def test_router_config_takes_an_as_number_in_every_spelling(folder: Path) -> None:
    """As other commands do."""
    assert run(folder, "as64500", "--for", "frr").stdout == run(folder, "64500", "--for", "frr").stdout


def test_router_config_of_several_nodes_asks_for_one_or_for_a_folder(folder: Path) -> None:
    """Two routers' texts in one stream would fit neither."""
    second_node(folder)
    with pytest.raises(
        Usage, match="AS64500 has 2 nodes, each with a router of its own: `fra1`, `ams1`"
    ) as raised:
        run(folder, "AS64500", "--for", "frr")
    assert raised.value.help == "`--node fra1` prints one, `--out DIR` writes a file for each"
    assert "node ams1 (1a2b3c4dff)" in run(folder, "AS64500", "--for", "frr", "--node", "ams1").stdout


def test_router_config_writes_a_file_for_each_node(folder: Path) -> None:
    """Named after member, node and make."""
    second_node(folder)
    result = run(folder, "AS64500", "--for", "gobgp", "--out", str(folder / "out"))
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert names == ["AS64500-ams1-gobgp.toml", "AS64500-fra1-gobgp.toml"]
    assert result.stdout == ""
    assert result.stderr.count("wrote ") == 2


def test_router_config_uses_the_exchange_s_own_template(folder: Path) -> None:
    """In place of the packaged one."""
    path = folder / "templates" / "router" / "eos.j2"
    path.parent.mkdir(parents=True)
    path.write_text("! {{ view.asn }} at {{ view.exchange }}\n")
    assert run(folder, "AS64500", "--for", "eos").stdout == "! 64500 at example-ix\n"


def test_router_config_of_a_member_whose_file_has_errors_ends_with_its_first(folder: Path) -> None:
    """The exchange is invalid there, so nothing is made of it."""
    path = folder / "members" / "AS64500.yaml"
    path.write_text(
        path.read_text().replace("status", "statvs").replace("asn: 64500", "asn: 64500\nbad: key")
    )
    with pytest.raises(Invalid, match=r"AS64500's file has errors: members/AS64500\.yaml:"):
        run(folder, "AS64500", "--for", "frr")
    assert run(folder, "AS64502", "--for", "frr").stdout


def test_router_config_of_an_exchange_with_a_broken_policy_is_refused(folder: Path) -> None:
    """Nothing sound can be said."""
    (folder / "policy" / "exchange.yaml").write_text("asn: 1\n")
    with pytest.raises(Invalid):
        run(folder, "AS64500", "--for", "frr")


@pytest.mark.parametrize("words", [("ASx", "--for", "frr"), ("AS64599", "--for", "frr")])
def test_router_config_for_nobody_says_what_to_write(folder: Path, words: tuple[str, ...]) -> None:
    """No AS number, or no member."""
    with pytest.raises(Usage) as raised:
        run(folder, *words)
    assert raised.value.help


def test_router_config_for_an_unknown_make_lists_those_there_are(folder: Path) -> None:
    """The command line cannot be carried out as written."""
    result = run(folder, "AS64500", "--for", "bird")
    assert result.exit_code != 0
    assert (
        "'bird2', 'bird3', 'frr', 'openbgpd', 'gobgp', 'routeros', 'junos', 'iosxr', 'eos'" in result.stderr
    )
