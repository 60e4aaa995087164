"""What a plan says of sessions whose fate is unknown, and of route servers without any that stay."""

from __future__ import annotations

import json

import pytest

from tests.route_server import text
from tests.world import Laboratory
from ztix.console.effects import effect_lines, effects_data
from ztix.console.plan import render_plan
from ztix.digests import text_digest
from ztix.effects import Effect, SessionEffect
from ztix.plan import Deploy
from ztix.reconcile import plan, reconcile
from ztix.terms import Label

RS1 = Label("rs1")
UNKNOWN = "      what becomes of the sessions is unknown: the text that runs is not at hand"


def deploy(*kept: str) -> Deploy:
    """A rollout after which these sessions are there as before."""
    return Deploy(RS1, text_digest("old"), text_digest("new"), (), (), kept, ())


def test_effects_when_the_text_that_runs_is_not_at_hand_are_unknown_in_words_and_null_in_json() -> None:
    """Unknown is neither nothing nor a restart: it is said, and is null beside the empty list of another."""
    laboratory = Laboratory()
    reconcile(laboratory.world, "HEAD")
    server = laboratory.servers["rs1"]
    server.running = text("by hand")  # while its file is another: BIRD cannot be asked for what it runs
    planned = plan(laboratory.world, "HEAD")
    assert json.loads(render_plan(planned, "json"))["effects"] == {"rs1": None}
    assert UNKNOWN in render_plan(planned, "text").splitlines()


@pytest.mark.parametrize("foreseen", [{}, {RS1: None}, {RS1: ()}])
def test_effects_without_a_session_that_stays_are_not_told(foreseen: dict[Label, None]) -> None:
    """There is nobody to tell of."""
    assert list(effect_lines(deploy(), foreseen)) == []


def test_effects_of_a_server_that_was_not_looked_at_are_not_told() -> None:
    """A plan without foresight says nothing of sessions."""
    assert list(effect_lines(deploy("m1"), {})) == []


def test_effects_when_known_name_sessions_and_causes() -> None:
    """In words and as JSON; the rest is left alone."""
    known = (SessionEffect("m1", Effect.RESTART, ("password",)),)
    assert list(effect_lines(deploy("m1", "m2"), {RS1: known})) == [
        "  !   restart 1: m1 (password)",
        "      leave alone 1",
    ]
    assert effects_data({RS1: known}) == {
        "rs1": [{"session": "m1", "effect": "restart", "because": ["password"]}]
    }
