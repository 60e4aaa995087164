"""Applying: every change gets an outcome, whatever the fabric does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

import pytest

from ztix.apply import FAILURES_IN_A_ROW, FEW, STOPPED, apply, skip, was_stopped
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.errors import Refused, Unavailable
from ztix.fabric import Attach, Attachment, Change, Configure, Detach, NetworkSettings, Observed
from ztix.receipt import Done, Failed, Outcome, Skipped
from ztix.terms import Label, NetworkId, NodeId

LAN, SITE = Label("lan"), Label("site")
SETTINGS = NetworkSettings("ix lan", (ip_network("192.0.2.0/24"),), 2800, 32)
DOWN = Unavailable("the controller does not answer")


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def node(number: int) -> NodeId:
    return NodeId(f"{number:010x}")


def joining(count: int, fabric: Label = LAN) -> list[Change]:
    return [
        Attach(fabric, "AS64500", None, Attachment(node(n), "x", (ip_address(f"192.0.2.{n}"),)), None)
        for n in range(1, count + 1)
    ]


@pytest.fixture
def fabric() -> MemoryFabric:
    """A network without nodes."""
    return MemoryFabric(NetworkId("8056c2e21c000001"), SETTINGS)


@dataclass(slots=True)
class SelectiveFabric(MemoryFabric):
    """One that can be asked for some of its nodes. looks: which, each time."""

    looks: list[list[NodeId]] = field(default_factory=list)

    def look(self, nodes: Collection[NodeId]) -> dict[NodeId, Attachment]:
        if self.down:
            raise self.down
        self.looks.append(list(nodes))
        return {node: self.attachments[node] for node in nodes if node in self.attachments}


@pytest.fixture
def selective() -> SelectiveFabric:
    """A network without nodes, that can be asked for some."""
    return SelectiveFabric(NetworkId("8056c2e21c000001"), SETTINGS)


def kinds(outcomes: tuple[Outcome, ...]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_apply_when_all_is_well_reads_twice_and_writes_each_once(fabric: MemoryFabric) -> None:
    """One read before, one write a change, one read after; progress is told."""
    told: list[tuple[int, int]] = []
    outcomes = apply(joining(3), {LAN: fabric}, lambda what, done, total: told.append((done, total)))
    assert kinds(outcomes) == [Done] * 3
    assert (fabric.reads, len(fabric.writes)) == (2, 3)
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_apply_of_few_changes_looks_at_these_nodes_and_reads_all_at_the_end(
    selective: SelectiveFabric,
) -> None:
    """Before a few writes, only their nodes are read; what was written is read back with everything."""
    selective.attachments[node(9)] = Attachment(node(9), "another", ())
    assert kinds(apply(joining(2), {LAN: selective}, quiet)) == [Done, Done]
    assert (selective.looks, selective.reads) == ([[node(1), node(2)]], 1)


def test_apply_of_few_changes_when_a_node_moved_since_the_plan_skips_it(selective: SelectiveFabric) -> None:
    """Another writer between the plan and the write is seen as well by a look at the node alone."""
    selective.attachments[node(1)] = Attachment(node(1), "someone", (), authorised=True)
    assert kinds(apply(joining(2), {LAN: selective}, quiet)) == [Skipped, Done]
    assert selective.attachments[node(1)].name == "someone"


def test_apply_of_few_changes_when_one_is_undone_sees_it_at_the_end(selective: SelectiveFabric) -> None:
    """Another writer after the write is seen by the last read."""
    selective.before_write = lambda _: selective.attachments.pop(node(1), None) and None
    assert kinds(apply(joining(2), {LAN: selective}, quiet)) == [Failed, Done]


def test_apply_of_few_changes_when_the_fabric_is_down_tries_nothing(selective: SelectiveFabric) -> None:
    """Without the look before there is no write."""
    selective.down = DOWN
    assert kinds(apply(joining(2), {LAN: selective}, quiet)) == [Skipped, Skipped]


def test_apply_of_more_changes_or_of_settings_reads_everything(selective: SelectiveFabric) -> None:
    """One read of everything is less than many looks, and settings are no node's."""
    wanted = replace(SETTINGS, mtu=1500)
    assert kinds(apply([Configure(LAN, SETTINGS, wanted, None)], {LAN: selective}, quiet)) == [Done]
    assert kinds(apply(joining(FEW + 1), {LAN: selective}, quiet)) == [Done] * (FEW + 1)
    assert (selective.looks, selective.reads) == ([], 4)


def test_apply_of_nothing_touches_nothing(fabric: MemoryFabric) -> None:
    """No change, no call."""
    assert apply([], {LAN: fabric}, quiet) == ()
    assert fabric.reads == 0


def test_apply_makes_a_network(fabric: MemoryFabric) -> None:
    """Settings are written and read back like everything else."""
    fabric.settings = None
    assert kinds(apply([Configure(LAN, None, SETTINGS, None)], {LAN: fabric}, quiet)) == [Done]
    assert fabric.settings == SETTINGS


def test_apply_when_a_node_moved_since_the_plan_skips_it(fabric: MemoryFabric) -> None:
    """What looks different now is left for the next plan; the others go on."""
    fabric.attachments[node(1)] = Attachment(node(1), "someone", (), authorised=True)
    outcomes = apply(joining(2), {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Skipped, Done]
    assert fabric.attachments[node(1)].name == "someone"


def test_apply_when_the_network_moved_since_the_plan_skips_it(fabric: MemoryFabric) -> None:
    """Settings are compared before they are written, too."""
    change = Configure(LAN, None, SETTINGS, None)
    assert kinds(apply([change], {LAN: fabric}, quiet)) == [Skipped]


@pytest.mark.parametrize("error", [DOWN, Refused("not allowed")])
def test_apply_when_one_write_fails_goes_on(fabric: MemoryFabric, error: Unavailable | Refused) -> None:
    """One node's trouble is that node's alone."""
    fabric.failing[node(2)] = error
    outcomes = apply(joining(3), {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Done, Failed, Done]
    assert isinstance(outcomes[1], Failed)
    assert outcomes[1].reason == error.message


def test_apply_when_writes_keep_failing_stops_asking(fabric: MemoryFabric) -> None:
    """After a few failures in a row the rest is not tried, and says so."""
    fabric.failing = dict.fromkeys(map(node, range(1, 9)), DOWN)
    outcomes = apply(joining(8), {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Failed] * FAILURES_IN_A_ROW + [Skipped] * (8 - FAILURES_IN_A_ROW)


def test_apply_when_the_fabric_is_down_tries_nothing(fabric: MemoryFabric) -> None:
    """Without the read before there is no write."""
    fabric.down = DOWN
    outcomes = apply(joining(2), {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Skipped, Skipped]


def test_apply_when_the_fabric_keeps_something_else_fails(fabric: MemoryFabric) -> None:
    """A value that the controller rewrote is not what was meant."""
    fabric.keeps = lambda wanted: replace(wanted, addresses=())
    assert kinds(apply(joining(1), {LAN: fabric}, quiet)) == [Failed]


def test_apply_when_another_writer_undoes_a_write_sees_it_at_the_end(fabric: MemoryFabric) -> None:
    """The last read finds what was lost after its write."""

    def undo(value: object) -> None:
        fabric.attachments.pop(node(1), None)

    fabric.before_write = undo
    outcomes = apply(joining(2), {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Failed, Done]


def test_apply_when_another_writer_undoes_the_settings_sees_it(fabric: MemoryFabric) -> None:
    """Settings are read back as well."""
    wanted = replace(SETTINGS, mtu=1500)

    def undo(value: object) -> None:
        if isinstance(value, Attachment):
            fabric.settings = SETTINGS

    fabric.before_write = undo
    outcomes = apply([Configure(LAN, SETTINGS, wanted, None), *joining(1)], {LAN: fabric}, quiet)
    assert kinds(outcomes) == [Failed, Done]


def test_apply_when_it_cannot_read_back_claims_nothing(fabric: MemoryFabric) -> None:
    """Written and not read back is not surely live; what failed before keeps its own reason."""
    fabric.failing[node(1)] = DOWN

    def cut(value: object) -> None:
        if isinstance(value, Attachment) and value.node == node(2):
            fabric.before_write = None
            fabric.keeps = cut_after

    def cut_after(wanted: Attachment) -> Attachment:
        fabric.down = DOWN
        return wanted

    fabric.before_write = cut
    first, second = apply(joining(2), {LAN: fabric}, quiet)
    assert isinstance(first, Failed)
    assert first.reason == DOWN.message
    assert isinstance(second, Failed)
    assert second.reason.startswith("written, but could not be read back")


def test_apply_of_a_detach_counts_a_missing_record_as_gone(fabric: MemoryFabric) -> None:
    """A record that vanished after its node was taken off is as good as one that is not authorised."""
    held = Attachment(node(1), "", (ip_address("192.0.2.1"),))
    fabric.attachments[node(1)] = held
    off = replace(held, addresses=(), authorised=False)

    def forget(value: object) -> None:
        if isinstance(value, Attachment) and value.authorised:
            fabric.attachments.pop(node(1), None)

    fabric.before_write = forget
    changes: list[Change] = [Detach(LAN, "AS64500", held, off, None), joining(2)[1]]
    assert kinds(apply(changes, {LAN: fabric}, quiet)) == [Done, Done]


def test_apply_when_stopped_accounts_for_the_rest(fabric: MemoryFabric) -> None:
    """A stop fails the change under way and skips the others, on every fabric."""

    def stop(value: object) -> None:
        if isinstance(value, Attachment) and value.node == node(2):
            raise KeyboardInterrupt

    fabric.before_write = stop
    other = MemoryFabric(NetworkId("8056c2e21c000002"), SETTINGS)
    outcomes = apply([*joining(3), *joining(1, SITE)], {LAN: fabric, SITE: other}, quiet)
    assert kinds(outcomes) == [Done, Failed, Skipped, Skipped]
    assert was_stopped(outcomes)
    assert other.reads == 0


@pytest.mark.parametrize("stop_at", range(4))
def test_apply_when_stopped_between_writes_accounts_for_all(fabric: MemoryFabric, stop_at: int) -> None:
    """A stop may come at any moment, not only during a write: what was written before is still told."""

    def watch(what: str, done: int, total: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    outcomes = apply(joining(3), {LAN: fabric}, watch)
    written = min(stop_at, 2)
    assert kinds(outcomes) == [*[Done] * written, Failed, *[Skipped] * (2 - written)]
    assert was_stopped(outcomes)


@pytest.mark.parametrize(("reads", "expected"), [(0, [Skipped, Skipped]), (1, [Failed, Failed])])
def test_apply_when_stopped_while_it_reads_accounts_for_all(reads: int, expected: list[type]) -> None:
    """A stop during the first reading skips everything; during the last, nothing is surely live."""

    class Stopped(MemoryFabric):
        def observe(self) -> Observed:
            if self.reads == reads:
                raise KeyboardInterrupt
            return MemoryFabric.observe(self)

    outcomes = apply(joining(2), {LAN: Stopped(NetworkId("8056c2e21c000001"), SETTINGS)}, quiet)
    assert kinds(outcomes) == expected
    assert was_stopped(outcomes)


def test_apply_keeps_the_order_of_changes_across_fabrics(fabric: MemoryFabric) -> None:
    """Outcomes stand in the order of the changes, not of the fabrics."""
    other = MemoryFabric(NetworkId("8056c2e21c000002"), SETTINGS)
    one, two = joining(2)
    changes = [one, *joining(1, SITE), two]
    assert [outcome.change for outcome in apply(changes, {LAN: fabric, SITE: other}, quiet)] == changes


def test_skip_gives_every_change_its_outcome() -> None:
    """What a stopped run did not try is told, change by change."""
    outcomes = skip(joining(2))
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Skipped)] == [STOPPED, STOPPED]
    assert not was_stopped([Done(joining(1)[0])])
