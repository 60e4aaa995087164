"""Whatever the controller does to a run, at whichever moment: nothing is lost, the receipt is true, and the
next run makes it whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest

from tests.contract.fault_scene import (
    JOINED,
    LEFT,
    MOMENTS,
    MOVED,
    PLANNING,
    STRANGER,
    Record,
    Scene,
    a_machine,
    assert_true,
    scene,
)
from ztix.errors import Exit, Unavailable, ZtixError
from ztix.receipt import Done, Failed, Outcome, Skipped

__all__ = ["a_machine", "scene"]  # the fixtures


@dataclass(frozen=True)
class Row:
    """What happens to a run.

    ends: how the run ends where it happens before the plan; None where that does not end it.
    passes: whether it goes away by itself, so that the run ends as if nothing had been.
    """

    name: str
    happens: Callable[[Scene], object]
    ends: type[ZtixError] | None = Unavailable
    passes: bool = False


def strikes(**fault: object) -> Callable[[Scene], object]:
    """A fault of the simulator, for ever unless it says how often."""
    return lambda scene: scene.simulator.set_faults({"times": 0} | fault)


def is_slow(patience_s: float, **fault: object) -> Callable[[Scene], object]:
    """Answers come later than anybody waits for them."""

    def happens(scene: Scene) -> None:
        scene.lose_patience(patience_s)
        scene.simulator.set_faults({"delay_s": 2 * patience_s, "times": 0} | fault)

    return happens


def restart(scene: Scene) -> None:
    """The process ends and another one takes its place."""
    scene.machine.stop()
    scene.machine.start()


ROWS = (
    Row("is down", lambda scene: scene.machine.stop()),
    Row("is slow", is_slow(0.3)),
    Row("answers 401", strikes(status=401)),
    Row("answers 404", strikes(status=404)),
    Row("answers 500", strikes(status=500)),
    Row("answers 503", strikes(status=503)),
    Row("answers 200 with nothing", strikes(status=200)),
    Row("answers garbage", strikes(garbage=True)),
    Row("answers half a body", strikes(half_body=True)),
    Row("resets connections", strikes(reset=True)),
    Row("restarts", restart, None, passes=True),
    Row("is a little slow", strikes(delay_s=0.03), None, passes=True),
    # The repeat has a whole second to be answered in.
    Row("is slow once", is_slow(1.0, times=1), None, passes=True),
    Row("answers 503 once", strikes(status=503, times=1), None, passes=True),
    Row("answers half a body once", strikes(half_body=True, times=1), None, passes=True),
    Row("resets a connection", strikes(reset=True, times=1), None, passes=True),
    Row("is a day ahead", strikes(skew_s=86_400), None, passes=True),
    Row("is ten years behind", strikes(skew_s=-315_360_000), None, passes=True),
)


@pytest.mark.parametrize(
    ("row", "moment"), list(product(ROWS, MOMENTS)), ids=lambda part: getattr(part, "name", part)
)
def test_run_when_controller_fails_tells_the_truth_and_the_next_makes_it_whole(
    scene: Scene, row: Row, moment: str
) -> None:
    """Each fault at each moment of a run."""
    scene.happens = MOMENTS[moment], row.happens
    before, receipts = scene.records(), len(scene.lab.state.receipts)
    applied = scene.lab.state.applied
    if MOMENTS[moment] == PLANNING and row.ends is not None:
        with pytest.raises(row.ends):
            scene.run()
        scene.heal()
        assert scene.records() == before
        assert (len(scene.lab.state.receipts), scene.lab.state.applied) == (receipts, applied)
    else:
        ran = scene.run()
        scene.heal()
        assert ran.receipt is scene.lab.state.receipts[-1]
        assert ran.exit is (Exit.DONE if row.passes else Exit.PARTIAL)
        assert_true(ran.receipt, ran.planned.plan, before, scene.records())
        scene.assert_owned()
    scene.converge()


def move(node: str, **body: object) -> Callable[[Scene], object]:
    """Another writer changes a member."""
    return lambda scene: scene.post(node, dict(body))


def delete(node: str) -> Callable[[Scene], object]:
    """Another writer deletes a member."""
    return lambda scene: scene.delete(f"/member/{node}")


ELSEWHERE: Record = {"ipAssignments": ["192.0.2.99"]}
OTHERS: tuple[tuple[str, str, Callable[[Scene], object], list[type[Outcome]]], ...] = (
    # who, when, what, the outcomes: the one that moves, the three that join, the one that leaves
    ("moves the member to move", "planned", move(MOVED, **ELSEWHERE), [Skipped, Done, Done, Done, Done]),
    ("deletes the member to move", "planned", delete(MOVED), [Skipped, Done, Done, Done, Done]),
    ("admits who joins", "planned", move(JOINED[0], authorized=True), [Done, Skipped, Done, Done, Done]),
    ("makes a record of who joins", "planned", move(JOINED[1]), [Done, Done, Skipped, Done, Done]),
    ("renames who leaves", "planned", move(LEFT, name="mine"), [Done, Done, Done, Done, Skipped]),
    ("deletes who leaves", "planned", delete(LEFT), [Done, Done, Done, Done, Skipped]),
    ("undoes a write", "third write", move(MOVED, **ELSEWHERE), [Failed, Done, Done, Done, Done]),
    (
        "undoes an admission",
        "third write",
        move(JOINED[0], authorized=False),
        [Done, Failed, Done, Done, Done],
    ),
    ("deletes who joined", "third write", delete(JOINED[0]), [Done, Failed, Done, Done, Done]),
    ("is overtaken", "third write", move(JOINED[2], **ELSEWHERE), [Done, Done, Done, Done, Done]),
    (
        "readmits who left",
        "reading back the leave",
        move(LEFT, authorized=True),
        [Done, Done, Done, Done, Failed],
    ),
    ("renames who joined", "reading back", move(JOINED[1], name="mine"), [Done, Done, Failed, Done, Done]),
    ("deletes the network", "planned", Scene.delete, [Skipped, Failed, Failed, Failed, Skipped]),
    ("deletes the network", "third write", Scene.delete, [Failed, Failed, Failed, Failed, Skipped]),
)


@pytest.mark.parametrize(
    ("who", "moment", "deed", "kinds"), OTHERS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_run_when_another_writes_leaves_it_be_or_sees_it(
    scene: Scene, who: str, moment: str, deed: Callable[[Scene], object], kinds: list[type[Outcome]]
) -> None:
    """What moved since the plan is not overwritten; what was undone is not called done."""
    before: list[dict[str, Record]] = []

    def happens(scene: Scene) -> None:
        deed(scene)
        before.append(scene.records())

    scene.happens = MOMENTS[moment], happens
    ran = scene.run()
    assert ran.receipt is not None
    assert [type(outcome) for outcome in ran.receipt.outcomes] == kinds
    assert_true(ran.receipt, ran.planned.plan, before[0], scene.records())
    scene.assert_owned()
    if "network" in who:
        scene.simulator.request("POST", scene.path, {})
        scene.simulator.join(STRANGER, scene.path.rpartition("/")[2])
    scene.converge()
