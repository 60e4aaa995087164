"""Events: what a run tells while it goes on, who hears it, and the line of a log that it becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Thread

import pytest

from tests.world import Laboratory
from ztix.console.log import log_line
from ztix.drivers.event_stream import calling, listening, staged, tell
from ztix.errors import Unavailable
from ztix.events import (
    Called,
    Changed,
    Decided,
    Ended,
    Event,
    Quarantined,
    Rolled,
    Stage,
    Staged,
    Upstream,
    Worded,
    told,
)
from ztix.reconcile import reconcile
from ztix.survey import survey

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)


def heard(lab: Laboratory) -> list[Event]:
    """What a run of the laboratory's world tells."""
    found: list[Event] = []
    with listening(found.append):
        reconcile(lab.world, "HEAD")
    return found


def test_events_of_a_run_name_each_change_and_each_route_server() -> None:
    """In the order of the run: what was decided, then what became of it."""
    lab = Laboratory()
    found = heard(lab)
    (decided,) = (one for one in found if isinstance(one, Decided))
    changes = [one for one in found if isinstance(one, Changed)]
    assert (decided.changes, decided.deploys, decided.refusals) == (5, 2, "")
    assert {(one.step, one.outcome) for one in changes} == {("configure", "done"), ("attach", "done")}
    assert {one.member for one in changes if one.step == "attach"} >= {"AS64500"}
    assert [one.node for one in changes if one.step == "configure"] == [""]
    assert [one.ended for one in found if isinstance(one, Rolled)] == ["confirmed", "confirmed"]
    assert found.index(decided) < found.index(changes[0])


def test_events_of_a_run_name_who_is_quarantined() -> None:
    """A member's file has errors."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    lab.files["members/AS64500.yaml"] = "asn: [\n"
    lab.commit()
    found = heard(lab)
    assert [one.member for one in found if isinstance(one, Quarantined)] == ["AS64500"]


def test_stages_of_a_run_add_up_to_less_than_the_run() -> None:
    """Each second counts in the innermost stage alone, and a plan has stages within it."""
    found = [one for one in heard(Laboratory()) if isinstance(one, Staged)]
    stages = [one.stage for one in found]
    assert set(stages) == set(Stage)
    assert stages.index(Stage.RENDER) < stages.index(Stage.GATHER) < stages.index(Stage.PLAN)
    plan = next(one for one in found if one.stage is Stage.PLAN)
    gather = next(one for one in found if one.stage is Stage.GATHER)
    assert plan.own_s <= plan.duration_s - gather.duration_s
    assert all(one.own_s >= 0 for one in found)


def test_survey_is_a_stage_for_each_that_is_asked() -> None:
    """One fabric and two route servers."""
    found: list[Event] = []
    with listening(found.append):
        survey(Laboratory().world, "HEAD")
    assert [one.stage for one in found if isinstance(one, Staged)].count(Stage.OBSERVE) == 3


def test_stage_that_fails_is_told_of() -> None:
    """How long it took until then."""
    found: list[Event] = []
    with listening(found.append), pytest.raises(Unavailable), staged(Stage.PROVE):
        raise Unavailable("x")
    assert [type(one) for one in found] == [Staged]


def test_call_that_fails_tells_our_own_words_only() -> None:
    """A library's text may quote what was sent."""
    found: list[Event] = []
    with listening(found.append):
        with pytest.raises(Unavailable), calling(Upstream.FABRIC, "GET x", fabric="lan"):
            raise Unavailable("it is away")
        with pytest.raises(ValueError, match="secret"), calling(Upstream.DNS, "TXT x"):
            raise ValueError("secret")
        with calling(Upstream.ROUTE_SERVER, "status", route_server="rs1") as call:
            call.status = 0
    assert [one.failure for one in found if isinstance(one, Called)] == ["it is away", "ValueError", ""]


def test_events_of_other_threads_are_heard_and_none_after_the_end() -> None:
    """Drivers ask from threads of their own."""
    found: list[Event] = []
    with listening(found.append):
        thread = Thread(target=tell, args=(Worded("x"),))
        thread.start()
        thread.join()
    tell(Worded("y"))
    assert found == [Worded("x")]


def test_told_leaves_out_what_says_nothing() -> None:
    """Zero says something, no text does not; durations are rounded."""
    assert told(Called(Upstream.GITHUB, "GET x", 0.123456, status=200)) == {
        "event": "call",
        "upstream": "github",
        "request": "GET x",
        "duration_s": 0.1235,
        "attempt": 1,
        "status": 200,
    }
    assert told(Ended(0, 1.0)) == {"event": "run-ended", "exit": 0, "duration_s": 1.0}


HOSTILE = 'a\x1b[2J\u202eb\r\n::error::c\n##[group]d " \\ \x7f é'


@pytest.mark.parametrize("form", ["json", "text"])
def test_log_line_of_a_hostile_text_does_nothing_where_it_is_read(form: str) -> None:
    """One line of printable ASCII that begins with no command, has none in it, and is whole."""
    line = log_line(
        Quarantined("AS64500", HOSTILE), AT, "run-1", "plan", "json" if form == "json" else "text"
    )
    assert line.endswith("\n")
    assert line[:-1].isascii()
    assert line[:-1].isprintable()
    assert "##[" not in line
    assert not line.startswith(":")
    if form == "json":
        row = json.loads(line)
        assert (row["time"], row["run"], row["verb"]) == ("2026-01-02T03:04:05.678Z", "run-1", "plan")
        assert (row["event"], row["member"]) == ("quarantine", "AS64500")
    else:
        assert line.startswith('2026-01-02T03:04:05.678Z run-1 [plan] quarantine member=AS64500 reason="a')


def test_log_line_of_a_long_text_is_bounded() -> None:
    """Nobody fills a disk by one value."""
    assert len(log_line(Worded("x" * 100_000), AT, "run-1", "plan", "json")) < 2300
