"""Nodes that are named by an address: read, told where wrong, and kept in the author's form."""

from __future__ import annotations

import pytest

from tests.unit.exchange_fixture import edited, good_files, member_with, read, tree
from ztix.canonical import canonical
from ztix.document import read_document
from ztix.exchange import read_exchange
from ztix.member import Member

RFC4193 = "fd80:56c2:e21c:0:199:931a:2b36:4500"
PLANE = "fc9c:56c2:e31a:2b36:4500::1"


@pytest.mark.parametrize("address", [RFC4193, PLANE, PLANE.upper()])
def test_member_node_when_named_by_address_is_claimed_by_its_id(address: str) -> None:
    """The claim is the same as by id, and its place is the address's."""
    by_id, by_address = (
        next(read({**good_files(), **changes}).claims())
        for changes in ({}, member_with("id: 1a2b364500", f"ipv6: {address}"))
    )
    assert by_address.node == by_id.node == "1a2b364500"
    assert by_address.attachment == by_id.attachment
    assert (str(by_id.because), str(by_address.because)) == (
        "members/AS64500.yaml:7:9",
        "members/AS64500.yaml:7:11",
    )


def test_machines_of_the_exchange_when_named_by_address_are_claimed_by_id() -> None:
    """A route server and an infrastructure node may be named so too."""
    exchange = read(
        {
            **good_files(),
            **edited("policy/route-servers.yaml", "node: aaaaaaaaa1", f"ipv6: {RFC4193}"),
            "policy/infrastructure.yaml": f"nodes:\n  - {{ipv6: '{PLANE}', name: collector}}\n",
        }
    )
    claims = {claim.owner: (claim.node, str(claim.because)) for claim in exchange.claims()}
    assert claims["rs1"] == ("1a2b364500", "policy/route-servers.yaml:3:11")
    assert claims["rs2"] == ("aaaaaaaaa2", "policy/route-servers.yaml:9:11")
    assert claims["collector"] == ("1a2b364500", "policy/infrastructure.yaml:2:12")


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            member_with("id: 1a2b364500", f"id: 1a2b364500\n    ipv6: {PLANE}"),
            "members/AS64500.yaml:7:5 `nodes[0]` must name the node by either `id` or `ipv6`",
        ),
        (
            member_with("id: 1a2b364500\n    ", ""),
            "members/AS64500.yaml:7:5 `nodes[0]` must name the node by either `id` or `ipv6`",
        ),
        (
            member_with("id: 1a2b364500", "ipv6: 2001:db8::1"),
            "members/AS64500.yaml:7:11 `nodes[0].ipv6` must be a ZeroTier node's IPv6 address: `fd`, network,"
            " `9993` and node (RFC 4193 mode), or `fc`, network, node and `::1` (6PLANE)",
        ),
        (
            edited("policy/route-servers.yaml", "    node: aaaaaaaaa1\n", ""),
            "policy/route-servers.yaml:2:5 `route_servers[0]` must name its node by either `node` or `ipv6`",
        ),
        (
            edited("policy/fabrics.yaml", '"000001"', '"000001"\n    controller: 8056C2E21C'),
            "policy/fabrics.yaml:4:17 `fabrics[0].controller` must be a controller's node id, or its public "
            "identity: ten hex digits, `:0:` and 128 hex digits",
        ),
    ],
)
def test_node_when_named_wrongly_is_told_at_its_place(changes: dict[str, str], finding: str) -> None:
    """Neither, both, or an address of something else: one finding, at the place, with what to do."""
    _, report = read_exchange(tree({**good_files(), **changes}))
    assert [f"{item.span} {item.message}" for item in report] == [finding]


def test_canonical_file_when_a_node_is_named_by_address_keeps_the_address() -> None:
    """`ztix fmt` writes the address in its canonical form and never the id in its place."""
    changed = member_with("id: 1a2b364500", f"ipv6: {PLANE.upper()}")
    entry = tree(changed).entries["members/AS64500.yaml"]
    document, _ = read_document(entry)
    assert document is not None
    text = canonical(document, Member)
    assert isinstance(text, str)
    assert f"  - ipv6: {PLANE}\n    name: fra1\n" in text
    assert "1a2b364500" not in text


@pytest.mark.parametrize(
    ("network", "controller", "full"),
    [
        ("000001", "", None),
        ("000001", "8056c2e21c", "8056c2e21c000001"),
        ("000001", "8056c2e21c:0:" + "ab" * 64, "8056c2e21c000001"),
        ("8056c2e21c000001", "", "8056c2e21c000001"),
    ],
)
def test_fabric_when_policy_names_its_controller_has_a_full_network_id(
    network: str, controller: str, full: str | None
) -> None:
    """A short name becomes a full id as soon as policy tells whose it is."""
    pin = f'\n    controller: "{controller}"' if controller else ""
    files = {**good_files(), **edited("policy/fabrics.yaml", '"000001"', f'"{network}"{pin}')}
    assert read(files).policy.fabrics.fabrics[0].network_id == full
