"""`ztix route explain`: what its words mean, and what it says to those that cannot be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ztix.cli import cli
from ztix.errors import Usage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's own exchange, without its history, which holds what stood in tests."""
    place = tmp_path_factory.mktemp("exchange")
    for name in ("members", "policy", "evidence"):
        shutil.copytree(ROOT / name, place / name)
    return place


def explain(folder: Path, *words: str) -> str:
    """What the command prints about that exchange."""
    result = CliRunner().invoke(cli, ["-C", str(folder), "route", "explain", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_route_explain_by_default_announces_as_the_member_does(folder: Path) -> None:
    """The path is the member's AS number, the next hop its session's address, and all members are counted."""
    text = explain(folder, "198.51.100.0/24", "--from", "AS64500")
    assert "path 64500, next hop 192.0.2." in text
    assert "sessions may have it" in text or "help:" in text


def test_route_explain_takes_every_part_of_a_route(folder: Path) -> None:
    """As the JSON says back."""
    words = ("--path", "64500 64501", "--next-hop", "2001:db8:64:96::ffff", "--link-local", "fe80::1")
    communities = ("--community", "0:64501", "--community", "rs:0:64501")
    told = json.loads(
        explain(folder, "2001:db8:1::/48", "--from", "64500", *words, *communities, "--format", "json")
    )
    assert told["announced"] == {
        "prefix": "2001:db8:1::/48",
        "as_path": [64500, 64501],
        "next_hop": "2001:db8:64:96::ffff",
        "link_local": "fe80::1",
        "communities": ["0:64501", "64496:0:64501"],
        "local_pref": 100,
    }
    assert told["schema"] == "ztix.route.v1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("198.51.100.1/24", "--from", "AS64500"), "PREFIX `198.51.100.1/24` must be a prefix"),
        (("198.51.100.0/24", "--from", "ASx"), "--from `ASx` must be an AS number"),
        (("198.51.100.0/24", "--from", "AS64999"), "AS64999 has no session with"),
        (("198.51.100.0/24", "--from", "64500", "--to", "1"), "AS1 has no session with"),
        (("198.51.100.0/24", "--from", "64500", "--path", "x"), "--path `x` must be AS numbers"),
        (("198.51.100.0/24", "--from", "64500", "--next-hop", "x"), "--next-hop `x` must be an IPv4"),
        (("198.51.100.0/24", "--from", "64500", "--link-local", "x"), "--link-local `x` must be an IPv6"),
        (("198.51.100.0/24", "--from", "64500", "--route-server", "x"), "there is no route server `x`"),
    ],
)
def test_route_explain_of_what_cannot_be_says_what_to_write(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    """The option, the value and what it must be."""
    with pytest.raises(Usage) as raised:
        explain(folder, *words)
    assert message in raised.value.message
