"""The move of a fabric: what stands in git from then on, and what each node does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.exchange_fixture import FABRICS, good_files, read
from ztix.console.migration import render_migration
from ztix.exchange import Exchange
from ztix.migration import Migration, migrate, new_network, old_network
from ztix.node_address import computed
from ztix.policy import FabricPolicy
from ztix.terms import ControllerPin, Label, NetworkId, NodeId

GOLDEN = Path(__file__).parents[1] / "golden" / "recovery"
OLD, NEW = NetworkId("8056c2e21c000001"), NetworkId("deadbeef01000001")
LAN = Label("lan")


def exchange(old: str = "", new: str = "", member: str = "") -> tuple[Exchange, FabricPolicy]:
    files = good_files()
    files["policy/fabrics.yaml"] = FABRICS.replace(old, new) if old else FABRICS
    if member:
        files["members/AS64501.yaml"] = files["members/AS64501.yaml"].replace("id: 1a2b364501", member)
    found = read(files)
    policy = found.policy.fabric("lan")
    assert policy is not None
    return found, policy


def moved(old: str = "", new: str = "", member: str = "", to: NetworkId = NEW) -> Migration:
    found, policy = exchange(old, new, member)
    return migrate(found, policy, OLD, to)


@pytest.mark.parametrize(
    ("old", "new", "known", "wanted"),
    [
        ('"000001"', f'"{OLD}"', {}, OLD),
        ('"000001"', '"000001"\n    controller: "8056c2e21c"', {}, OLD),
        ("", "", {LAN: ControllerPin("8056c2e21c")}, OLD),
        ("", "", {}, None),
    ],
)
def test_old_network_is_told_by_policy_or_by_the_last_run(
    old: str, new: str, known: dict[Label, ControllerPin], wanted: NetworkId | None
) -> None:
    """Policy first; six digits alone tell nothing."""
    assert old_network(exchange(old, new)[1], known) == wanted


def test_new_network_is_a_full_id_or_the_old_digits_at_a_new_controller() -> None:
    """A maintainer who has only the new node id needs no arithmetic."""
    assert new_network("deadbeef01", OLD) == NEW
    assert new_network("deadbeef01000009", OLD) == "deadbeef01000009"


@pytest.mark.parametrize("text", [str(OLD), "8056c2e21c", "xyz", "DEADBEEF01", ""])
def test_new_network_when_the_old_one_or_no_id_is_refused(text: str) -> None:
    """A move to where one is, is a mistake."""
    with pytest.raises(ValueError, match=r"must be|is the network"):
        new_network(text, OLD)


@pytest.mark.parametrize(
    ("old", "new", "to", "lines"),
    [
        ("", "", NEW, ['controller: "deadbeef01"']),
        ("", "", NetworkId("deadbeef01000009"), ['network: "000009"', 'controller: "deadbeef01"']),
        ('"000001"', f'"{OLD}"', NEW, [f'network: "{NEW}"', 'controller: "deadbeef01"']),
        (
            'network: "000001"',
            f'driver: zerotier-central\n    network: "{OLD}"',
            NEW,
            [f'network: "{NEW}"'],
        ),
    ],
)
def test_policy_changes_where_it_names_network_or_controller(
    old: str, new: str, to: NetworkId, lines: list[str]
) -> None:
    """Six digits stay what they are at a new controller; the pin is what lets it in."""
    assert [line for _, line in moved(old, new, to=to).policy] == lines


def test_node_that_is_named_by_its_address_gets_its_new_one() -> None:
    """An address of the old network would be a finding in the new one."""
    node = NodeId("1a2b364501")
    for quote in ('"', "'", ""):
        old = computed(OLD, node, "rfc4193")
        move = moved(member=f"ipv6: {quote}{old}{quote}")
        told = {one.node: one.ipv6 for one in move.nodes}
        assert told[node] == computed(NEW, node, "rfc4193")
        assert told[NodeId("1a2b364500")] is None


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_migration_is_told_as_recorded(form: str, golden: Callable[[Path, str], None]) -> None:
    """Maintainers read the text, members get the Markdown, programs the JSON."""
    move = moved(member=f'ipv6: "{computed(OLD, NodeId("1a2b364501"), "6plane")}"')
    golden(GOLDEN / f"migration.{form}", render_migration(move, form))


def test_migration_of_an_empty_fabric_says_so() -> None:
    """Nobody has to do anything."""
    move = Migration(LAN, OLD, NEW, (), ())
    assert render_migration(move, "text").endswith("Git lets no node on.\n")


def test_suspended_member_is_not_asked_to_join() -> None:
    """Only nodes that git lets on."""
    files = good_files()
    files["members/AS64501.yaml"] += "status: suspended\n"
    found = read(files)
    policy = found.policy.fabric("lan")
    assert policy is not None
    assert "AS64501" not in {one.owner for one in migrate(found, policy, OLD, NEW).nodes}
