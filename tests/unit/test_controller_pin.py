"""The controller's identity: what is remembered, what is refused, and how policy lets another one in."""

from __future__ import annotations

import json

import pytest

from tests.unit.exchange_fixture import edited, good_files, read
from tests.world import EMPTY, Laboratory
from ztix.applied import Applied, read_applied
from ztix.breakglass import guests
from ztix.controller_pin import refuse_others, remembered
from ztix.errors import Exit, Refused
from ztix.fabric import Observed
from ztix.plan import Scope
from ztix.policy import FabricPolicy
from ztix.reconcile import plan, reconcile
from ztix.survey import survey
from ztix.terms import ControllerPin, Label

LAN = Label("lan")
NODE, OTHER = "8056c2e21c", "1a2b3c4d5e"
OWN = f"{NODE}:0:{'ab' * 64}"
FORGED = f"{NODE}:0:{'cd' * 64}"
STRANGER = f"{OTHER}:0:{'ef' * 64}"


def pinning(controller: str | None) -> dict[str, str]:
    """policy/fabrics.yaml with this `controller`."""
    line = f'\n    controller: "{controller}"' if controller else ""
    return edited("policy/fabrics.yaml", '"000001"', f'"000001"{line}')


def fabric(controller: str | None) -> FabricPolicy:
    return read({**good_files(), **pinning(controller)}).policy.fabrics.fabrics[0]


def judged(pinned: str | None, last: str | None, seen: str | None) -> str:
    """What is said against a controller; empty where nothing is."""
    observed = {LAN: Observed(None, None, controller=ControllerPin(seen) if seen else None)}
    try:
        refuse_others([fabric(pinned)], observed, {LAN: ControllerPin(last)} if last else {})
    except Refused as refused:
        return refused.message.partition("`http://127.0.0.1:9993` ")[2] or refused.message
    return ""


@pytest.mark.parametrize(
    ("pinned", "last", "seen"),
    [
        (None, None, None),
        (None, None, OWN),
        (None, OWN, None),
        (None, OWN, OWN),
        (None, NODE, OWN),
        (NODE, None, OWN),
        (OWN, OWN, OWN),
        (NODE, OWN, OWN),
        (OTHER, OWN, STRANGER),
        (FORGED, OWN, FORGED),
    ],
)
def test_controller_when_known_or_let_in_by_policy_passes(
    pinned: str | None, last: str | None, seen: str | None
) -> None:
    """First contact, the same one again, or one that policy names now."""
    assert judged(pinned, last, seen) == ""


@pytest.mark.parametrize(
    ("pinned", "last", "seen", "message"),
    [
        (None, OWN, STRANGER, f"is `{OTHER}`, and not `{NODE}`, which the last run met"),
        (None, OWN, FORGED, f"has the node id `{NODE}` with another key than the one that the last run met"),
        (NODE, OWN, FORGED, f"has the node id `{NODE}` with another key than the one that the last run met"),
        (None, OWN, NODE, f"has the node id `{NODE}` with another key than the one that the last run met"),
        (NODE, None, STRANGER, f"is `{OTHER}`, and not `{NODE}`, which policy/fabrics.yaml pins"),
        (OTHER, OWN, OWN, f"is `{NODE}`, and not `{OTHER}`, which policy/fabrics.yaml pins"),
        (
            OWN,
            None,
            FORGED,
            f"has the node id `{NODE}` with another key than the one that policy/fabrics.yaml pins",
        ),
        (NODE, None, None, f"the fabric `lan` does not tell who its controller is, and policy pins `{NODE}`"),
    ],
)
def test_controller_when_it_is_another_is_refused(
    pinned: str | None, last: str | None, seen: str | None, message: str
) -> None:
    """By its id, or by its key where the id is the same; a pin by id alone does not let another key in."""
    assert judged(pinned, last, seen) == message


def test_remembered_controllers_are_those_met_and_else_those_known() -> None:
    """A fabric that nobody asked keeps what it had; one that left policy is forgotten."""
    known = {LAN: ControllerPin(OWN), Label("gone"): ControllerPin(OTHER)}
    lab = Label("lab")
    observed = {LAN: Observed(None, None), lab: Observed(None, None, controller=ControllerPin(STRANGER))}
    assert remembered(observed, known) == {LAN: OWN, lab: STRANGER}
    assert remembered({lab: Observed(None, None)}, known) == {}


def test_applied_when_written_keeps_its_controllers_and_an_older_one_has_none() -> None:
    """A state from before there were any is read as one without."""
    applied = Applied("a" * 40, controllers={LAN: ControllerPin(OWN)})
    data = applied.data()
    assert read_applied(json.dumps(data).encode()) == applied
    del data["controllers"]
    assert read_applied(json.dumps(data).encode()).controllers == {}


def test_reconcile_when_the_controller_is_another_refuses_before_it_plans() -> None:
    """The next run meets another controller: nothing is written, and the help says how to let it in."""
    lab = Laboratory()
    lab.fabric.controller = ControllerPin(OWN)
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    assert lab.state.applied.controllers == {LAN: OWN}
    lab.fabric.controller = ControllerPin(STRANGER)
    lab.fabric.settings, lab.fabric.attachments = None, {}
    written = len(lab.fabric.writes)
    for verb in (plan, reconcile):
        with pytest.raises(Refused, match="which the last run met") as refused:
            verb(lab.world, "HEAD")
        assert f'`controller: "{STRANGER}"`' in refused.value.help
    assert (len(lab.fabric.writes), lab.state.applied.controllers) == (written, {LAN: OWN})


def test_reconcile_when_policy_names_the_new_controller_goes_on_with_it() -> None:
    """A reviewed line in policy is the way to replace a controller; from then on the new one is known."""
    lab = Laboratory()
    lab.fabric.controller = ControllerPin(OWN)
    reconcile(lab.world, "HEAD")
    lab.fabric.controller = ControllerPin(STRANGER)
    lab.files.update(pinning(OTHER))
    lab.commit()
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    assert lab.state.applied.controllers == {LAN: STRANGER}


def test_reconcile_when_it_leaves_fabrics_alone_keeps_what_it_knows() -> None:
    """A run for the route servers asks no controller who it is, and forgets none."""
    lab = Laboratory()
    lab.fabric.controller = ControllerPin(OWN)
    reconcile(lab.world, "HEAD")
    lab.servers["rs1"].file = lab.servers["rs1"].running = EMPTY
    lab.fabric.controller = ControllerPin(STRANGER)
    reconcile(lab.world, "HEAD", scope=Scope(False))
    assert lab.state.applied.controllers == {LAN: OWN}


def test_list_and_status_when_the_controller_is_another_show_nothing_of_it() -> None:
    """What another controller holds is shown to nobody as the exchange's own state: the list of guests is
    refused, and a status has no answer of this fabric."""
    lab = Laboratory()
    lab.fabric.controller = ControllerPin(OWN)
    reconcile(lab.world, "HEAD")
    lab.fabric.controller = ControllerPin(STRANGER)
    with pytest.raises(Refused, match="which the last run met"):
        guests(lab.world, "HEAD")
    surveyed = survey(lab.world, "HEAD")
    assert surveyed.live.observed == {}
    assert any("which the last run met" in note.text for note in surveyed.notes)


def test_plan_from_the_last_receipt_asks_no_controller() -> None:
    """A runner without secrets cannot know who answers, and does not need to."""
    lab = Laboratory({**good_files(), **pinning(NODE)})
    assert plan(lab.world, "HEAD", live=False).observed[LAN].controller is None
