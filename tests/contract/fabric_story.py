"""What every fabric must do, told as one story: a network is made, nodes come, move and leave.

Law: knows a fabric only by its port, and two hands beside it: a stranger who knocks, somebody who opens the
network by hand. The cast and the first part are those of a recorded run on a real controller, so that a
replay of the record can play it too; steps beyond the record follow after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import TypeAlias

import pytest

from ztix.errors import Refused
from ztix.fabric import (
    UNSEEN,
    Attachment,
    Dns,
    Fabric,
    NetworkSettings,
    Observed,
    Sighting,
    sightings,
)
from ztix.terms import NetworkId, NodeId

NETWORK = NetworkId("6fa725440c0a0001")
SUFFIX = NETWORK[10:]
IPV4, IPV6 = ip_network("203.0.113.0/24"), ip_network("2001:db8:42::/64")
SETTINGS = NetworkSettings("ztix-e2e", (IPV4, IPV6), 2800, 32)


def attachment(node: str, name: str, *addresses: str) -> Attachment:
    return Attachment(NodeId(node), name, tuple(map(ip_address, addresses)))


N1 = attachment("deb04965b2", "n1", "203.0.113.1", "2001:db8:42::1")
N2 = attachment("7b246fa727", "n2", "203.0.113.2", "2001:db8:42::2")
N3 = attachment("16aedf3aab", "", "203.0.113.3", "2001:db8:42::3")


@dataclass(frozen=True, slots=True)
class Scene:
    """A fabric, and what others do to it. knock: a node asks to join.  open_up: makes it public.

    told: what a node is told when it asks for its configuration, where somebody can ask in its place: its
    addresses with their lengths, or None where it is denied.
    """

    fabric: Fabric
    knock: Callable[[NodeId], object]
    open_up: Callable[[], object]
    told: Callable[[NodeId], set[str] | None] | None = None

    def seen(self) -> Observed:
        return self.fabric.observe()

    def holds(self, *attachments: Attachment) -> None:
        """Exactly these are there, and the controller adds addresses to none of them."""
        seen = self.seen()
        assert seen.attachments == {one.node: one for one in attachments}
        assert seen.automatic == frozenset()

    def ends(self, *attachments: Attachment, node: Attachment) -> None:
        """Exactly these are there, and the node is told just that: its addresses, or nothing at all."""
        self.holds(*attachments)
        if self.told is not None:
            lengths = {4: IPV4.prefixlen, 6: IPV6.prefixlen}
            wanted = {f"{address}/{lengths[address.version]}" for address in node.addresses}
            assert self.told(node.node) == (wanted if node.authorised else None)

    def record(self, node: Attachment) -> Sighting:
        """What stays of a record that is never deleted: its making, and the key it is held to."""
        self.seen()
        seen = sightings(self.fabric, [node.node]).get(node.node, UNSEEN)
        return Sighting(first=seen.first, identity=seen.identity)


Step: TypeAlias = Callable[[Scene], None]


def a_network_that_is_not_there_is_told_from_an_empty_one(scene: Scene) -> None:
    seen = scene.seen()
    assert (seen.settings, seen.attachments) == (None, {})
    with pytest.raises(Refused):
        scene.fabric.write(N1)


def a_network_is_made_as_it_is_meant(scene: Scene) -> None:
    assert scene.fabric.configure(SETTINGS) == SETTINGS
    assert scene.seen().settings == SETTINGS
    scene.holds()


def a_network_is_set_again_to_the_same(scene: Scene) -> None:
    assert scene.fabric.configure(SETTINGS) == SETTINGS


def nodes_are_attached_before_they_come(scene: Scene) -> None:
    for one in (N1, N2):
        assert scene.fabric.write(one) == one
    scene.holds(N1, N2)


def a_node_is_written_again_as_it_is(scene: Scene) -> None:
    assert scene.fabric.write(N1) == N1
    scene.holds(N1, N2)


def a_stranger_knocks_and_is_seen_but_not_let_in(scene: Scene) -> None:
    scene.knock(N3.node)
    scene.holds(N1, N2, Attachment(N3.node, "", (), authorised=False))


def a_node_that_waits_is_attached(scene: Scene) -> None:
    assert scene.fabric.write(N3) == N3
    scene.holds(N1, N2, N3)


def a_node_gets_another_address(scene: Scene) -> None:
    moved = replace(N3, addresses=(ip_address("203.0.113.33"),))
    assert scene.fabric.write(moved) == moved
    scene.holds(N1, N2, moved)


def an_address_outside_the_network_is_refused_and_changes_nothing(scene: Scene) -> None:
    with pytest.raises(Refused, match=r"`10\.99\.0\.1` is in no prefix"):
        scene.fabric.write(replace(N3, addresses=(ip_address("10.99.0.1"),)))
    assert scene.fabric.write(N3) == N3
    scene.holds(N1, N2, N3)


def a_node_is_taken_off_and_its_record_keeps_its_addresses(scene: Scene) -> None:
    off = replace(N2, authorised=False)
    assert scene.fabric.write(off) == off
    scene.holds(N1, off, N3)


def a_node_is_let_in_again(scene: Scene) -> None:
    assert scene.fabric.write(N2) == N2
    scene.holds(N1, N2, N3)


def a_removed_member_is_off_without_addresses_and_its_record_stays(scene: Scene) -> None:
    scene.ends(N1, N2, N3, node=N2)
    before = scene.record(N2)
    gone = Attachment(N2.node, N2.name, (), authorised=False)  # a deleted record would lose the node's key
    assert scene.fabric.write(gone) == gone
    scene.ends(N1, gone, N3, node=gone)
    scene.knock(N2.node)  # it goes on asking, and is not let in by that
    scene.ends(N1, gone, N3, node=gone)
    assert scene.record(N2) == before


def a_re_added_member_is_on_again_by_one_write_to_the_same_record(scene: Scene) -> None:
    before = scene.record(N2)
    assert scene.fabric.write(N2) == N2
    scene.ends(N1, N2, N3, node=N2)
    assert scene.record(N2) == before


def a_suspended_member_is_off_and_its_addresses_are_free_for_others(scene: Scene) -> None:
    off = Attachment(N1.node, N1.name, (), authorised=False)
    assert scene.fabric.write(off) == off
    heir = replace(N3, addresses=N1.addresses)
    assert scene.fabric.write(heir) == heir
    scene.ends(off, N2, heir, node=off)
    scene.ends(off, N2, heir, node=heir)
    assert scene.fabric.write(off) == off  # said again, as a later run does
    assert scene.fabric.write(N3) == N3
    assert scene.fabric.write(N1) == N1
    scene.ends(N1, N2, N3, node=N1)


def a_re_addressed_member_stays_on_and_keeps_no_old_address(scene: Scene) -> None:
    before = scene.record(N3)
    for texts in (("203.0.113.77",), ("203.0.113.78", "2001:db8:42::78"), ()):
        moved = replace(N3, addresses=tuple(map(ip_address, texts)))
        assert scene.fabric.write(moved) == moved
        scene.ends(N1, N2, moved, node=moved)
    assert scene.record(N3) == before


def a_renamed_member_stays_on_with_its_addresses(scene: Scene) -> None:
    assert scene.fabric.write(N3) == N3
    before = scene.record(N3)
    for name in ("AS64500 ü1", "AS64500 fra2", ""):
        renamed = replace(N3, name=name)
        assert scene.fabric.write(renamed) == renamed
        scene.ends(N1, N2, renamed, node=renamed)
    assert scene.record(N3) == before


def a_network_opened_by_hand_is_seen_and_closed_again(scene: Scene) -> None:
    scene.open_up()
    assert scene.seen().settings == replace(SETTINGS, closed=False)
    assert scene.fabric.configure(SETTINGS) == SETTINGS
    assert scene.seen().settings == SETTINGS


def a_network_tells_nodes_of_name_servers_and_no_longer(scene: Scene) -> None:
    servers = tuple(map(ip_address, ("203.0.113.53", "2001:db8:42::53", "192.0.2.53", "198.51.100.53")))
    for dns in (Dns("lan.example.net", servers[:1]), Dns("d" * 127, servers), None, None):
        wanted = replace(SETTINGS, dns=dns)
        assert scene.fabric.configure(wanted) == wanted
        assert scene.seen().settings == wanted


def settings_that_would_be_bent_are_refused_and_change_nothing(scene: Scene) -> None:
    for bad in (
        replace(SETTINGS, mtu=1279),
        replace(SETTINGS, multicast_limit=0),
        replace(SETTINGS, prefixes=(IPV4, IPV4)),
        replace(SETTINGS, prefixes=(ip_network("0.0.0.0/0"),)),
        replace(SETTINGS, name="x" * 128),
        replace(SETTINGS, dns=Dns("d" * 128, (ip_address("203.0.113.53"),))),
        replace(SETTINGS, dns=Dns("lan.example.net", tuple(IPV4)[1:6])),
        replace(SETTINGS, closed=False),
    ):
        with pytest.raises(Refused):
            scene.fabric.configure(bad)
    assert scene.seen().settings == SETTINGS


def a_network_gets_other_settings(scene: Scene) -> None:
    other = NetworkSettings("example-ix lan", (ip_network("198.51.100.0/24"), IPV6), 1400, 1024)
    assert scene.fabric.configure(other) == other
    with pytest.raises(Refused):
        scene.fabric.write(N1)
    assert scene.fabric.configure(SETTINGS) == SETTINGS


def many_nodes_are_all_seen(scene: Scene) -> None:
    crowd = [
        attachment(f"a0000000{n:02x}", f"AS64500 r{n}", f"203.0.113.{n}", f"2001:db8:42::6:4500:{n:x}")
        for n in range(100, 140)
    ]
    for one in crowd:
        assert scene.fabric.write(one) == one
    seen = scene.seen()
    assert [seen.attachments[one.node] for one in crowd] == crowd
    assert list(seen.attachments) == sorted(seen.attachments)


RECORDED: tuple[Step, ...] = (
    a_network_that_is_not_there_is_told_from_an_empty_one,
    a_network_is_made_as_it_is_meant,
    a_network_is_set_again_to_the_same,
    nodes_are_attached_before_they_come,
    a_node_is_written_again_as_it_is,
    a_stranger_knocks_and_is_seen_but_not_let_in,
    a_node_that_waits_is_attached,
    a_node_gets_another_address,
    an_address_outside_the_network_is_refused_and_changes_nothing,
    a_node_is_taken_off_and_its_record_keeps_its_addresses,
    a_node_is_let_in_again,
)
STORY: tuple[Step, ...] = (
    *RECORDED,
    a_removed_member_is_off_without_addresses_and_its_record_stays,
    a_re_added_member_is_on_again_by_one_write_to_the_same_record,
    a_suspended_member_is_off_and_its_addresses_are_free_for_others,
    a_re_addressed_member_stays_on_and_keeps_no_old_address,
    a_renamed_member_stays_on_with_its_addresses,
    a_network_opened_by_hand_is_seen_and_closed_again,
    a_network_tells_nodes_of_name_servers_and_no_longer,
    settings_that_would_be_bent_are_refused_and_change_nothing,
    a_network_gets_other_settings,
    many_nodes_are_all_seen,
)


def tell(scene: Scene, steps: tuple[Step, ...] = STORY) -> None:
    """Play the steps in their order; the first that fails ends the story under its own name."""
    for step in steps:
        step(scene)
