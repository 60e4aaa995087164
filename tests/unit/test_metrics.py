"""Metrics: what a run was and saw as numbers, in a file that outlives a failure; names that all agree on."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.world import NOW, Laboratory
from ztix.cli import cli
from ztix.cli.measuring import measure, measured
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.drivers.event_stream import tell
from ztix.drivers.metrics_file import last_success, text_of
from ztix.errors import Exit, Unavailable
from ztix.events import Called, Stage, Staged, Upstream
from ztix.health import Filtered, Session
from ztix.metrics import METRICS, Ran, Sample, Source, samples
from ztix.reconcile import plan, reconcile
from ztix.standing import standings
from ztix.survey import survey
from ztix.terms import Label

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
RAN = Ran("plan", 100.0, 2.5, 0, 100.0)


def values(found: tuple[Sample, ...]) -> dict[tuple[str, ...], float]:
    """Each number by its name and the values of its labels."""
    return {(one.name, *(v for k, v in one.labels.items() if k != "verb")): one.value for one in found}


def test_samples_of_a_plan_count_its_steps() -> None:
    """A kind without a change is there too, as nothing."""
    lab = Laboratory()
    lab.evidence = replace(lab.evidence, vrps_fetched_at=NOW - timedelta(hours=1))
    found = values(samples(RAN, [plan(lab.world, "HEAD")]))
    assert found["ztix_plan_changes", "attach"] == 4
    assert found["ztix_plan_changes", "detach"] == 0
    assert found["ztix_plan_changes", "deploy"] == 2
    assert found["ztix_sessions_wanted", "rs1"] == 4
    assert found["ztix_evidence_age_seconds", "vrps"] == 3600
    assert ("ztix_evidence_age_seconds", "irr") not in found
    assert found["ztix_run_exit_code",] == 0


def test_samples_of_a_run_count_outcomes_and_rollouts() -> None:
    """What was applied and how each route server ended."""
    lab = Laboratory()
    ran = reconcile(lab.world, "HEAD")
    assert ran.receipt is not None
    found = values(samples(replace(RAN, succeeded=None), [ran.receipt]))
    assert (found["ztix_outcomes", "applied"], found["ztix_outcomes", "failed"]) == (5, 0)
    assert (found["ztix_rollouts", "confirmed"], found["ztix_rollouts", "stuck"]) == (2, 0)
    assert ("ztix_last_success_timestamp_seconds",) not in found


def test_samples_of_a_report_count_findings() -> None:
    """One number for each severity."""
    report = Report((Diagnostic("ZT003", Severity.ERROR, "x", Span("members/AS64500.yaml")),))
    found = values(samples(RAN, [report]))
    assert (found["ztix_findings", "error"], found["ztix_findings", "note"]) == (1, 0)


def test_samples_of_a_status_tell_of_members_sessions_and_routes() -> None:
    """A route server that does not answer has no number of sessions: unknown is not nothing."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    lab.unreachable.add("rs2")
    seen = survey(lab.world, "HEAD")
    found = standings(seen.gathered, seen.live, seen.proposed)
    nodes = []
    for node in found.nodes:
        parts = [
            replace(
                one,
                held=(Session("a", True, imported=3),),
                rejected=(Filtered("a", 11, 2, "203.0.113.0/24"),),
            )
            if one.route_server == Label("rs1")
            else replace(one, held=None, rejected=None)
            for one in node.sessions
        ]
        nodes.append(replace(node, sessions=tuple(parts)))
    told = values(samples(RAN, [replace(found, nodes=tuple(nodes))]))
    assert sum(value for key, value in told.items() if key[0] == "ztix_members") == 2
    assert (told["ztix_sessions_up", "rs1"], told["ztix_sessions_wanted", "rs2"]) == (2, 4)
    assert ("ztix_sessions_up", "rs2") not in told
    assert told["ztix_prefixes_accepted", "rs1"] == 6
    assert told["ztix_prefixes_filtered", "rs1", "11"] == 4


def command(end: BaseException | int) -> click.Command:
    """A measured verb that ends as it is told."""

    @click.command()
    @measured("plan")
    def verb() -> int:
        measure(Report())
        for attempt in (1, 2):
            tell(Called(Upstream.GITHUB, "GET x", 0.5, attempt, failure="" if attempt == 2 else "no answer"))
        tell(Staged(Stage.GATHER, 2.0, 1.5))
        tell(Staged(Stage.GATHER, 1.0, 1.0))
        if isinstance(end, BaseException):
            raise end
        return end

    return verb


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Exit.DONE, 0),
        (Exit.CHANGES, 2),
        (Unavailable("x"), 7),
        (KeyboardInterrupt(), 6),
        (click.UsageError("x"), 64),
        (ValueError("x"), 1),
    ],
)
def test_metrics_are_written_however_a_verb_ends(end: BaseException | int, code: int, tmp_path: Path) -> None:
    """A failed run keeps the time of the last one that ended well."""
    path = tmp_path / "ztix.prom"
    path.write_text('ztix_last_success_timestamp_seconds{verb="plan"} 12\n')
    CliRunner().invoke(command(end), ["--metrics", str(path)], standalone_mode=False)
    text = path.read_text()
    assert f'ztix_run_exit_code{{verb="plan"}} {code}.0' in text
    assert 'ztix_api_calls{upstream="github",verb="plan"} 2.0' in text
    assert 'ztix_api_retries{upstream="github",verb="plan"} 1.0' in text
    assert 'ztix_api_failures{upstream="github",verb="plan"} 1.0' in text
    assert 'ztix_stage_duration_seconds{stage="gather",verb="plan"} 2.5' in text
    assert 'ztix_findings{severity="error",verb="plan"} 0.0' in text
    assert (last_success(path, "plan") == 12) is (code not in (0, 2))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ztix.prom"]


def measured_verbs(group: click.Group, *above: str) -> dict[str, str]:
    """Each command with `--metrics`, by its words, with the verb that its numbers name."""
    found: dict[str, str] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            found |= measured_verbs(command, *above, name)
        elif command and any(one.name == "metrics" for one in command.params):
            assert command.callback is not None
            found[" ".join((*above, name))] = inspect.getclosurevars(command.callback).nonlocals["verb"]
    return found


def test_numbers_name_the_verb_as_it_is_typed() -> None:
    """No two verbs have one name, and every verb that others are asked in has numbers."""
    found = measured_verbs(cli)
    assert {typed: verb for typed, verb in found.items() if typed != verb} == {}
    asking = {"check", "plan", "status", "doctor", "reconcile", "review", "prove", "evidence refresh", "tell"}
    assert asking <= set(found)


def test_metrics_that_cannot_be_written_change_no_exit_code(tmp_path: Path) -> None:
    """A run is not worse because nobody can count it."""
    words = ["--metrics", str(tmp_path / "nowhere" / "ztix.prom")]
    done = CliRunner().invoke(command(0), words, standalone_mode=False)
    assert (done.return_value, done.exception) == (0, None)
    assert "note: no metrics" in done.stderr
    assert CliRunner().invoke(command(0), [], standalone_mode=False).return_value == 0


def test_last_success_of_a_file_that_is_none_is_unknown(tmp_path: Path) -> None:
    """Damage is not a time."""
    path = tmp_path / "ztix.prom"
    assert last_success(path, "plan") is None
    path.write_text("{{{ 1 1 1")
    assert last_success(path, "plan") is None


def test_dashboard_and_alerts_name_metrics_that_there_are() -> None:
    """Every name that they use is one that is written, and every one is used somewhere."""
    dashboard = (MONITORING / "dashboard.json").read_text("utf-8")
    alerts = (MONITORING / "alerts.yml").read_text("utf-8")
    shown = set(re.findall(r"ztix_[a-z_]+", dashboard)) | set(re.findall(r"ztix_[a-z_]+", alerts))
    assert shown <= set(METRICS)
    assert set(METRICS) - shown <= {"ztix_run_timestamp_seconds"}
    assert json.loads(dashboard)["uid"] == "ztix"


def test_text_of_samples_has_each_metric_s_help() -> None:
    """What a name means stands above its numbers."""
    text = text_of(one.row for one in samples(RAN, [Report()]))
    assert f"# HELP ztix_findings {METRICS['ztix_findings']}" in text
    assert "# TYPE ztix_run_exit_code gauge" in text


def test_samples_of_a_source_that_never_answered_have_no_age() -> None:
    """Unknown is not an age."""
    found = values(
        samples(RAN, [Source("fabric/lan", up=True, age_s=2.5), Source("rs", up=False, age_s=None)])
    )
    assert (found["ztix_source_up", "fabric/lan"], found["ztix_source_up", "rs"]) == (1, 0)
    assert found["ztix_source_age_seconds", "fabric/lan"] == 2.5
    assert ("ztix_source_age_seconds", "rs") not in found


def test_samples_of_evidence_tell_its_age_for_every_verb_that_reads_it() -> None:
    """Of a kind that is there, the oldest."""
    lab = Laboratory()
    held = replace(lab.evidence, vrps_fetched_at=NOW - timedelta(hours=1))
    assert values(samples(RAN, [held]))["ztix_evidence_age_seconds", "vrps"] == 3600
