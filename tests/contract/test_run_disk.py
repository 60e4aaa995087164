"""What a controller loses on its disk, behind an API that says nothing: the next run finds it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.contract.fault_scene import (
    JOINED,
    LEFT,
    MOMENTS,
    MOVED,
    STRANGER,
    Scene,
    a_machine,
    assert_true,
    holds,
    scene,
)
from tests.world import NOW
from ztix.errors import Exit, Refused
from ztix.fabric import Amend, Attach, Configure, Detach, Reassert
from ztix.leaving import CHECK_IN
from ztix.reconcile import plan, reconcile

__all__ = ["a_machine", "scene"]  # the fixtures

FULL = {"disk_full": True, "times": 0}


@pytest.mark.parametrize("moment", MOMENTS)
def test_run_when_disk_is_full_is_true_until_a_restart_and_then_made_whole(scene: Scene, moment: str) -> None:
    """The controller holds what it was told, until a restart; nothing is taken for granted."""
    scene.happens = MOMENTS[moment], lambda scene: scene.simulator.set_faults(FULL)
    before = scene.records()
    ran = scene.run()
    assert ran.exit is Exit.DONE
    assert ran.receipt is not None
    assert_true(ran.receipt, ran.planned.plan, before, scene.records())
    scene.heal()
    scene.simulator.restart()
    scene.converge()


def test_plan_after_a_full_disk_and_a_restart_has_all_that_was_lost(scene: Scene) -> None:
    """What was read back and recorded is drift when it is gone, and so is one who left and is back."""
    scene.happens = MOMENTS["planned"], lambda scene: scene.simulator.set_faults(FULL)
    scene.run()
    scene.heal()
    assert holds(scene.records(), JOINED[0], "192.0.2.12", "2001:db8:64:96::12")
    scene.simulator.restart()
    assert JOINED[0] not in scene.records()
    assert scene.records()[LEFT]["authorized"]
    changes = plan(scene.world, "HEAD").plan.changes
    assert [type(change) for change in changes] == [Amend, Attach, Attach, Attach, Detach]


def cut_short(scene: Scene, *paths: str) -> None:
    """Power fails while these files are written: they are there, and empty."""
    folder = scene.machine.home / "controller.d" / "network"
    scene.machine.stop()
    for path in paths:
        (folder / path).write_bytes(b"")
    scene.machine.start()


def a_member(scene: Scene) -> None:
    network = scene.path.rpartition("/")[2]
    cut_short(scene, f"{network}/member/{MOVED}.json", f"{network}/member/{JOINED[0]}.json")


def the_network(scene: Scene) -> None:
    cut_short(scene, scene.path.rpartition("/")[2] + ".json")


@pytest.mark.parametrize(
    ("lose", "kinds"),
    [(a_member, [Attach] * 2), (the_network, [Configure, *[Attach] * 6])],
    ids=["members", "network"],
)
def test_run_when_files_were_cut_short_makes_them_anew(
    scene: Scene, lose: Callable[[Scene], None], kinds: list[type]
) -> None:
    """A member's file that cannot be read loses the member, a network's all of them; git has them."""
    assert scene.run().exit is Exit.DONE
    lose(scene)
    assert [type(change) for change in plan(scene.world, "HEAD").plan.changes] == kinds
    scene.simulator.join(STRANGER, scene.path.rpartition("/")[2])
    if lose is the_network:
        assert reconcile(scene.world, "HEAD").exit is Exit.DONE
        scene.simulator.join(STRANGER, scene.path.rpartition("/")[2])
    scene.converge()


@pytest.mark.parametrize("hours", [-24, 24 * 365])
def test_run_when_its_own_clock_is_wrong_does_the_same(scene: Scene, hours: int) -> None:
    """The time of the runner is in the receipt, and decides about no member."""
    scene.lab.now = NOW + timedelta(hours=hours)
    before = scene.records()
    ran = scene.run()
    assert ran.receipt is not None
    assert ran.receipt.started == (NOW + timedelta(hours=hours)).isoformat()
    assert_true(ran.receipt, ran.planned.plan, before, scene.records())
    scene.converge()


def test_run_when_the_clock_went_back_still_says_a_leave_twice(scene: Scene) -> None:
    """A node that left later than now is waited for, and not forgotten."""
    scene.run()
    scene.lab.now = NOW - timedelta(hours=1)
    planned = plan(scene.world, "HEAD").plan
    assert planned.is_empty
    assert LEFT in [note.subject for note in planned.notes]
    scene.lab.now = NOW + CHECK_IN
    ran = reconcile(scene.world, "HEAD")
    assert [type(change) for change in ran.planned.plan.changes] == [Reassert]
    assert ran.exit is Exit.DONE
    scene.converge()


def test_run_when_the_network_has_a_foreign_prefix_writes_nothing(scene: Scene) -> None:
    """A network of another controller would be taken and be useless: refused before the first write."""
    scene.network = foreign = f"0123456789{scene.suffix}"
    before, messages = scene.records(), len(scene.lab.state.messages)
    with pytest.raises(Refused, match=f"network `{foreign}` is not of the controller"):
        reconcile(scene.world, "HEAD")
    assert scene.records() == before
    assert scene.simulator.request("GET", f"/controller/network/{foreign}").status == 404
    assert len(scene.lab.state.messages) == messages
    scene.network = ""
    scene.converge()
