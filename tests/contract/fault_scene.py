"""A run of ztix on a simulated controller to which something happens at a moment of the run.

Law: knows the controller by its API alone, never by the driver, so that what a receipt says can be held
against what is there. Git asks for one node with another address, three new ones and one that leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.contract.fabric_drivers import driver
from tests.contract.simulator import Simulator, running_simulator
from tests.unit.exchange_fixture import member_text
from tests.world import NETWORK, Laboratory
from ztix.drivers.zerotier_controller import ZeroTierController
from ztix.errors import Exit
from ztix.fabric import Attachment, Configure
from ztix.plan import Plan
from ztix.receipt import Done, Receipt, Skipped
from ztix.reconcile import Planned, Ran, plan, reconcile
from ztix.terms import Label
from ztix.world import World

LAN = Label("lan")
MOVED, LEFT, STRANGER = "1a2b364501", "1a2b364500", "dddddddddd"
JOINED = tuple(f"1a2b36450{digit}" for digit in (2, 3, 4))
PATIENCE_S = 30.0
PLANNING, PLANNED = -2, -1
# In the order of a run; the numbers are those of its words about progress.
MOMENTS = {
    "planning": PLANNING,
    "planned": PLANNED,
    "first write": 0,
    "third write": 2,
    "reading back": 4,
    "leave": 5,
    "reading back the leave": 6,
}
Record = dict[str, Any]
_serial = count(1)


@dataclass
class Machine:
    """The controller's machine: the simulator on it can end and start anew with the same files."""

    home: Path
    running: Simulator
    stack: ExitStack
    is_up: bool = True

    def stop(self) -> None:
        self.stack.close()
        self.is_up = False

    def start(self) -> None:
        self.running = self.stack.enter_context(running_simulator(self.home, port=self.running.port))
        self.is_up = True


@pytest.fixture(scope="module")
def a_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("controller")
    with ExitStack() as stack:
        yield Machine(home, stack.enter_context(running_simulator(home, node_id=NETWORK.controller)), stack)


@dataclass
class Scene:
    """An exchange that is live on a network of its own, and has work.

    happens: what happens, and at which moment; the next run goes without it.
    network: as policy names it, where that is not the network of its own.
    patience_s: how long a driver waits for an answer.
    """

    machine: Machine
    suffix: str
    lab: Laboratory = field(default_factory=Laboratory)
    happens: tuple[int, Callable[[Scene], object]] | None = None
    network: str = ""
    patience_s: float = PATIENCE_S
    _told: int = 0
    _drivers: list[ZeroTierController] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/controller/network/{NETWORK.controller}{self.suffix}"

    @property
    def simulator(self) -> Simulator:
        return self.machine.running

    @property
    def world(self) -> World:
        return replace(self.lab.world, open_fabric=self._open, watch=self._watch)

    def run(self) -> Ran:
        """A run whose plan somebody approved, unless something already happens at planning."""
        digest = plan(self.world, "HEAD").plan.digest
        self._told = 0
        self._come(PLANNING)
        return reconcile(self.world, "HEAD", approve=digest, announce=self._announce)

    def lose_patience(self, seconds: float) -> None:
        """From now on no driver waits longer than so for an answer."""
        self.patience_s = seconds
        for one in self._drivers:
            one.http.timeout = seconds

    def heal(self) -> None:
        """The controller is up, has done what it was asked before, and answers as it should."""
        self.happens = None
        self.patience_s = PATIENCE_S
        if not self.machine.is_up:
            self.machine.start()
        self.simulator.set_faults()
        self.simulator.settle()

    def records(self) -> dict[str, Record]:
        """Every member as the controller holds it."""
        reply = self.simulator.request("GET", f"/unstable{self.path}/member")
        if reply.status == 404:
            return {}
        value: Any = reply.json()
        return {record["id"]: record for record in value["data"]}

    def post(self, node: str, body: Record) -> None:
        """Somebody else writes to a member."""
        assert self.simulator.request("POST", f"{self.path}/member/{node}", body).status == 200

    def delete(self, rest: str = "") -> None:
        """Somebody else deletes the network, or what is under it."""
        assert self.simulator.request("DELETE", self.path + rest).status == 200

    def converge(self) -> None:
        """One run makes it whole, and the one after it has nothing to do."""
        planned = plan(self.world, "HEAD")
        ran = reconcile(self.world, "HEAD", approve=planned.plan.digest)
        assert ran.exit is Exit.DONE, ran.receipt
        assert reconcile(self.world, "HEAD").planned.plan.is_empty
        assert holds(self.records(), MOVED, "192.0.2.77", "2001:db8:64:96::11")
        for node, host in zip(JOINED, (12, 13, 14), strict=True):
            assert holds(self.records(), node, f"192.0.2.{host}", f"2001:db8:64:96::{host}")
        assert not self.records().get(LEFT, {}).get("authorized", False)
        assert self.records()[STRANGER]["authorized"] is False
        self.assert_owned()

    def assert_owned(self) -> None:
        """Whatever is on is known to be ours: nothing that ztix made can look like a stranger's."""
        authorised = {node for node, record in self.records().items() if record["authorized"]}
        assert authorised <= set(self.lab.state.applied.on(LAN))

    def _open(self, _: object) -> ZeroTierController:
        url, token, network = self.simulator.url, self.simulator.token, self.network or self.suffix
        opened = driver(url, token, network, retries=1, timeout_s=self.patience_s)
        self._drivers.append(opened)
        return opened

    def _watch(self, what: str, done: int, total: int) -> None:
        self._come(self._told)
        self._told += 1

    def _announce(self, planned: Planned) -> None:
        self._come(PLANNED)

    def _come(self, moment: int) -> None:
        if self.happens is not None and self.happens[0] == moment:
            self.happens[1](self)


@pytest.fixture
def scene(a_machine: Machine) -> Iterator[Scene]:
    """Two members and a stranger are there, on a network of its own; git asks for more."""
    suffix = f"{next(_serial):06x}"
    scene = Scene(a_machine, suffix)
    assert reconcile(scene.world, "HEAD").exit is Exit.DONE
    scene.simulator.join(STRANGER, NETWORK.controller + suffix)
    files = scene.lab.files
    del files["members/AS64500.yaml"]
    files["members/AS64501.yaml"] = member_text(64501).replace("192.0.2.11", "192.0.2.77")
    for asn in (64502, 64503, 64504):
        files[f"members/AS{asn}.yaml"] = member_text(asn)
    scene.lab.commit()
    yield scene
    scene.heal()


def assert_true(receipt: Receipt, planned: Plan, before: dict[str, Record], after: dict[str, Record]) -> None:
    """The receipt accounts for each change, and says of none what is not so.

    before, after: the members when the run began to write and when it had ended.
    """
    assert {id(item.change) for item in receipt.outcomes} == {id(change) for change in planned.changes}
    touched = set()
    for outcome in receipt.outcomes:
        change = outcome.change
        assert not isinstance(change, Configure)
        node = str(change.after.node)
        if isinstance(outcome, Done):
            assert is_as(after.get(node), change.after), outcome
        if isinstance(outcome, Skipped):
            assert after.get(node) == before.get(node), outcome
        touched.add(node)
    for node in before.keys() | after.keys():
        assert node in touched or before.get(node) == after.get(node), node


def is_as(record: Record | None, meant: Attachment) -> bool:
    """Whether a record is as an attachment says."""
    if record is None:
        return not meant.authorised
    held = record["authorized"], record["name"], sorted(record["ipAssignments"])
    return held == (meant.authorised, meant.name, sorted(map(str, meant.addresses)))


def holds(records: dict[str, Record], node: str, *addresses: str) -> bool:
    """Whether the node is on, with these addresses."""
    record = records.get(node, {"authorized": False})
    return record["authorized"] is True and sorted(record["ipAssignments"]) == sorted(addresses)
