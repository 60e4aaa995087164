"""The lookout: what is known after a look in which somebody was silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.world import Laboratory
from ztix.errors import Unavailable
from ztix.fabric import Sighting
from ztix.lookout import look
from ztix.reconcile import reconcile
from ztix.standing import standings
from ztix.terms import Label

LAN, RS2 = Label("lan"), Label("rs2")


def live() -> Laboratory:
    """An exchange after its first run."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    return lab


def test_look_of_which_everybody_answers_is_what_a_survey_sees() -> None:
    """Each source answered now."""
    lab = live()
    seen = look(lab.world, "HEAD")
    assert (seen.silent, set(seen.answered.values())) == (frozenset(), {lab.now})
    assert set(seen.answered) == {"ztix-state", "fabric/lan", "route-server/rs1", "route-server/rs2"}


def test_look_keeps_what_a_silent_source_said() -> None:
    """Its sessions are as they were, and it answered when it did."""
    lab = live()
    first = look(lab.world, "HEAD")
    then = lab.now
    lab.now += timedelta(hours=1)
    lab.unreachable.add("rs2")
    lab.state.silent = Unavailable("the branch is away")
    seen = look(lab.world, "HEAD", look(lab.world, "HEAD", first))
    assert seen.silent == {"route-server/rs2", "ztix-state"}
    assert (seen.answered["route-server/rs2"], seen.answered["fabric/lan"]) == (then, lab.now)
    assert seen.live.health[RS2] == first.live.health[RS2]
    assert (seen.live.applied, seen.live.told) == (first.live.applied, first.live.told)
    states = [[one.state for one in standings(it.gathered, it.live).members] for it in (first, seen)]
    assert states[0] == states[1]


def test_look_takes_nobody_offline_because_the_controller_is_silent() -> None:
    """When a node was heard from last is as long ago as it was."""
    lab = live()
    first = look(lab.world, "HEAD")
    node = next(iter(first.live.observed[LAN].attachments))
    sightings = {LAN: {node: Sighting(last=lab.now - timedelta(minutes=1)), "other": Sighting()}}
    first = replace(first, live=replace(first.live, sightings=sightings))
    lab.now += timedelta(hours=1)
    world = replace(lab.world, open_fabric=gone)
    seen = look(world, "HEAD", first)
    assert seen.live.observed == first.live.observed
    assert seen.live.sightings[LAN][node].last == lab.now - timedelta(minutes=1)
    assert "fabric/lan" in seen.silent


def gone(_: object) -> object:
    raise Unavailable("the controller is away")


def test_look_forgets_what_policy_has_no_more() -> None:
    """A route server that was taken out is no source, and none that is silent."""
    lab = live()
    first = look(lab.world, "HEAD")
    text = lab.files["policy/route-servers.yaml"]
    lab.files["policy/route-servers.yaml"] = text[: text.index("  - name: rs2")]
    lab.commit()
    seen = look(lab.world, "HEAD", first)
    assert "route-server/rs2" not in {*seen.answered, *seen.silent}
    assert RS2 not in seen.live.health


def test_look_of_a_source_that_never_answered_has_no_time() -> None:
    """Unknown is not an age."""
    lab = live()
    lab.unreachable.add("rs2")
    seen = look(lab.world, "HEAD", look(lab.world, "HEAD"))
    assert "route-server/rs2" not in seen.answered
    assert seen.silent == {"route-server/rs2"}
