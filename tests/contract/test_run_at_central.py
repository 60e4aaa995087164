"""Whatever ZeroTier Central does to a run, at whichever moment: the receipt is true, the next run ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from tests.contract.central_double import Answer, CentralDouble, Fault, running_central
from tests.contract.fabric_drivers import at_central
from tests.unit.exchange_fixture import member_text
from tests.world import NETWORK, Laboratory
from ztix.errors import Exit, Refused, Unavailable, ZtixError
from ztix.fabric import Configure
from ztix.receipt import Done, Outcome, Skipped
from ztix.reconcile import Planned, plan, reconcile
from ztix.world import World

Held = tuple[bool, str, list[str]]
GONE, JOINED = "1a2b364500", ("1a2b364502", "1a2b364503")
MOMENTS = {"planning": -2, "planned": -1, "first write": 0, "second write": 1, "reading back": 2, "leave": 3}
"""In the order of a run; the numbers are those of its words about progress."""


@dataclass
class Scene:
    """A live exchange at Central that has work: two join and one leaves.

    faults: what Central answers from the moment on.
    """

    central: CentralDouble
    lab: Laboratory = field(default_factory=Laboratory)
    moment: int = 99
    faults: tuple[Fault, ...] = ()
    told: int = 0

    @property
    def world(self) -> World:
        return replace(
            self.lab.world, open_fabric=lambda _: at_central(self.central, NETWORK), watch=self._watch
        )

    def come(self, moment: int) -> None:
        if moment == self.moment:
            self.central.faults += [replace(fault) for fault in self.faults]

    def announce(self, planned: Planned) -> None:
        self.come(-1)

    def _watch(self, what: str, done: int, total: int) -> None:
        self.come(self.told)
        self.told += 1

    def records(self) -> dict[str, Held]:
        """Every member as Central holds it: authorised, name, addresses."""
        return {
            node: (
                member["config"]["authorized"],
                member["name"],
                sorted(member["config"]["ipAssignments"]),
            )
            for node, member in self.central.members[NETWORK].items()
        }


@pytest.fixture
def scene() -> Iterator[Scene]:
    with running_central(NETWORK) as double:
        made = Scene(double)
        made.lab.files["policy/lan-rules.yaml"] = "lans:\n  - fabric: lan\n    base: accept-all\n"
        made.lab.commit()
        first = plan(made.world, "HEAD").plan
        assert reconcile(made.world, "HEAD", approve=first.digest).exit is Exit.DONE
        del made.lab.files["members/AS64500.yaml"]
        for asn in (64502, 64503):
            made.lab.files[f"members/AS{asn}.yaml"] = member_text(asn)
        made.lab.commit()
        yield made


def throttled(**headers: str) -> Answer:
    return Answer(429, headers={name.replace("_", "-"): text for name, text in headers.items()})


# What Central answers, how often (0: for ever), how a run ends that meets it at its plan (None: well).
ROWS: dict[str, tuple[Fault, type[ZtixError] | None]] = {
    "429 once": (Fault(throttled(), 1), None),
    "429 with Retry-After once": (Fault(throttled(Retry_After="3"), 1), None),
    "429 until a date, once": (Fault(throttled(Retry_After="Fri, 02 Jan 2026 03:04:30 GMT"), 1), None),
    "429 until a date long past, once": (
        Fault(throttled(Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), 1),
        None,
    ),
    "429 until a date far ahead": (
        Fault(throttled(Retry_After="Fri, 02 Jan 2036 03:04:30 GMT"), 0),
        Unavailable,
    ),
    "429 for ever": (Fault(throttled(), 0), Unavailable),
    "429 with Retry-After for ever": (Fault(throttled(Retry_After="40"), 0), Unavailable),
    "500 twice": (Fault(Answer(500), 2), None),
    "500 for ever": (Fault(Answer(500), 0), Unavailable),
    "401": (Fault(Answer(401), 0), Unavailable),
    "403": (Fault(Answer(403), 0), Unavailable),
    "404": (Fault(Answer(404), 0), Refused),
    "no JSON": (Fault(Answer(200, b"<html>"), 0), Unavailable),
    "half a body once": (Fault(Answer(200, b"[1]" * 9, cut=True), 1), None),
    "half a body for ever": (Fault(Answer(200, b"[1]" * 9, cut=True), 0), Unavailable),
}


@pytest.mark.parametrize(("name", "moment"), list(product(ROWS, MOMENTS)))
def test_run_at_central_when_it_fails_tells_the_truth_and_the_next_makes_it_whole(
    scene: Scene, name: str, moment: str
) -> None:
    """Each fault at each moment; what passes within a run's patience costs time and nothing else."""
    fault, ends = ROWS[name]
    scene.moment, scene.faults, scene.told = MOMENTS[moment], (fault,), 0
    digest, before = plan(scene.world, "HEAD").plan.digest, scene.records()
    scene.told = 0
    scene.come(-2)
    if ends is not None and moment == "planning":
        with pytest.raises(ends):
            reconcile(scene.world, "HEAD", approve=digest)
        assert scene.records() == before
    else:
        ran = reconcile(scene.world, "HEAD", approve=digest, announce=scene.announce)
        assert ran.exit is (Exit.DONE if ends is None else Exit.PARTIAL)
        assert_true(ran.receipt.outcomes if ran.receipt else (), before, scene.records())
    assert sum(scene.central.slept) < 700
    scene.central.faults.clear()
    scene.moment = 99
    planned = plan(scene.world, "HEAD").plan
    assert reconcile(scene.world, "HEAD", approve=planned.digest).exit is Exit.DONE
    assert plan(scene.world, "HEAD").plan.is_empty
    assert scene.records()[GONE][0] is False
    assert all(scene.records()[node][0] for node in JOINED)


def assert_true(outcomes: tuple[Outcome, ...], before: dict[str, Held], after: dict[str, Held]) -> None:
    """What is called done is so, and what was not tried is as it was."""
    assert len(outcomes) == 3
    for outcome in outcomes:
        assert not isinstance(outcome.change, Configure)
        meant = outcome.change.after
        if isinstance(outcome, Done):
            held = (meant.authorised, meant.name, sorted(map(str, meant.addresses)))
            assert after[str(meant.node)] == held, outcome
        if isinstance(outcome, Skipped):
            assert after.get(str(meant.node)) == before.get(str(meant.node)), outcome
