"""What `router-config` makes for open-source routers, read by the real ones: they take all of it, and refuse
each place that was not filled in.

The makers of the others give nobody a parser; their texts are golden files alone.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.live.bird import BIRDS
from tests.live.members import tool
from tests.route_servers import expansion
from tests.routers import ALL, ALONE, OPEN_MAKES, ROUTING, filled_in, known, text
from ztix.evidence import Evidence

SECRET: dict[str, Any] = {
    **ROUTING,
    "members": [{"asn": "64500", "sessions": {"password": "as64500", "roles": "strict"}}],
}
CROWDED = expansion("AS64500:AS-ALL", range(1, 400), ["198.51.100.0/24"], ["2001:db8:4500::/48"])
NOTHING = expansion("AS64500:AS-ALL", [64500])


def refused(make: str, folder: Path, written: str) -> str:
    """What the router's own parser says against a text; empty where it takes it."""
    path = folder / "router.conf"
    path.write_text(written)
    path.chmod(0o600)  # OpenBGPD takes no file that others may write
    commands = {
        "bird2": [str(BIRDS["bird2"]), "-p", "-c"],
        "bird3": [str(BIRDS["bird3"]), "-p", "-c"],
        # Without privileges to drop, and without ports for people and for BGP, which it opens all the same.
        "frr": [tool("bgpd"), "-S", "-P", "0", "-p", "0", "-C", "-f"],
        "openbgpd": [tool("openbgpd"), "-n", "-f"],
        "gobgp": [tool("gobgpd"), "-d", "-f"],
    }
    done = subprocess.run(
        [*commands[make], str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1), said
    if make == "frr":  # it goes on after a line that it does not take, and ends with 0
        assert done.returncode == 0, said
        return "\n".join(line for line in said.splitlines() if "on config line" in line)
    return said if done.returncode else ""


@pytest.mark.parametrize("make", OPEN_MAKES)
@pytest.mark.parametrize("name", ["fra1", "ams1"])
@pytest.mark.parametrize("facts", [known(), known(NOTHING)], ids=["downstreams", "nothing"])
def test_router_takes_its_configuration_as_it_is(
    make: str, name: str, facts: Evidence, tmp_path: Path
) -> None:
    """With downstreams, and with nothing to announce at all."""
    assert refused(make, tmp_path, text(make, name, facts=facts)) == ""


@pytest.mark.parametrize("make", OPEN_MAKES)
@pytest.mark.parametrize(
    ("facts", "routing"),
    [(known(ALONE), ROUTING), (known(ALL), ROUTING), (known(CROWDED, ALONE), ROUTING), (known(), SECRET)],
    ids=["announced", "own", "downstreams", "password"],
)
def test_router_refuses_a_place_until_it_is_filled_in(
    make: str, facts: Evidence, routing: dict[str, Any], tmp_path: Path
) -> None:
    """Nobody overlooks one; a text with all filled in is taken."""
    written = text(make, facts=facts, routing=routing)
    places = [number for number, line in enumerate(written.splitlines(), 1) if _is_place(line)]
    said = refused(make, tmp_path, written)
    assert any(re.search(rf"(?:conf:|line |\(){number}\b", said) for number in places), said
    assert refused(make, tmp_path, filled_in(make, written)) == ""


def _is_place(line: str) -> bool:
    return "FILL_IN_" in line and line[0] not in "#!"


@pytest.mark.parametrize("make", OPEN_MAKES)
def test_router_refuses_a_word_that_it_does_not_know(make: str, tmp_path: Path) -> None:
    """The proof can fail: each of these parsers reads what lies deepest."""
    spoilt = re.sub(r"^( .*)(limit [0-9]|max\S*-prefix)", r"\1mispelt-\2", text(make), flags=re.M)
    assert spoilt != text(make)
    assert refused(make, tmp_path, spoilt) != ""
