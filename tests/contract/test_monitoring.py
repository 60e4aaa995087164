"""What Prometheus itself says of the metrics that are written and of the alerts that ship."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.git_repository import new_repository
from ztix.cli import cli
from ztix.drivers.metrics_file import text_of
from ztix.metrics import METRICS, Sample

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "docs" / "monitoring" / "alerts.yml"
TABLE = Path(__file__).parent / "monitoring" / "alerts_test.yml"


def promtool(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("there is no promtool; `scripts/install-tools` brings it")
    return subprocess.run([program, *words], input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of this repository's own exchange, without its history, which holds what stood in tests."""
    repository = new_repository(tmp_path / "exchange")
    for name in ("members", "policy", "evidence", "templates"):
        shutil.copytree(ROOT / name, repository.folder / name)
    repository.commit()
    return repository.folder


def test_alerts_are_rules_of_prometheus() -> None:
    """The rules that ship are taken whole."""
    done = promtool("check", "rules", str(ALERTS))
    assert done.returncode == 0, done.stderr
    assert "10 rules found" in done.stdout


def test_each_alert_fires_when_it_shall_and_not_before() -> None:
    """As the table beside this file has it: after its time, with its words, for that series alone."""
    done = promtool("test", "rules", str(TABLE))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_moment_at_which_it_fires_and_one_at_which_it_does_not() -> None:
    """None ships that nobody tried."""
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    tried = [row for test in yaml.safe_load(TABLE.read_text())["tests"] for row in test["alert_rule_test"]]
    for fires in (True, False):
        names = {row["alertname"] for row in tried if bool(row["exp_alerts"]) is fires}
        assert names == {rule["alert"] for rule in rules}


@pytest.mark.parametrize(
    "change", [("for: 1h", "for: 2h"), ("0.8 *", "0.6 *"), ("== 9", "== 8"), (" > 0", " > 9")]
)
def test_table_of_alerts_sees_a_change_of_an_alert(change: tuple[str, str], tmp_path: Path) -> None:
    """Another time, share or number is another alert."""
    (tmp_path / "alerts.yml").write_text(ALERTS.read_text().replace(*change))
    table = yaml.safe_load(TABLE.read_text()) | {"rule_files": ["alerts.yml"]}
    (tmp_path / "table.yml").write_text(yaml.safe_dump(table))
    assert promtool("test", "rules", str(tmp_path / "table.yml")).returncode != 0


def test_metrics_of_a_real_verb_pass_the_linter(folder: Path, tmp_path: Path) -> None:
    """What `ztix check --metrics` writes of this repository's own exchange is well named and well formed."""
    path = tmp_path / "check.prom"
    words = ["-C", str(folder), "check", "--metrics", str(path)]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.return_value == 0, done.output
    linted = promtool("check", "metrics", stdin=path.read_text())
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


def test_every_metric_passes_the_linter() -> None:
    """Each name and help is as Prometheus wants them."""
    text = text_of(Sample(name, 1, {"verb": "plan"}).row for name in METRICS)
    linted = promtool("check", "metrics", stdin=text)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")
