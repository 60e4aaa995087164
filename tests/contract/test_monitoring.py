"""What Prometheus itself says of the metrics that are written and of the alerts that ship."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.git_repository import new_repository
from ztix.cli import cli
from ztix.drivers.metrics_file import text_of
from ztix.metrics import METRICS, Sample

ROOT = Path(__file__).parents[2]


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
    done = promtool("check", "rules", str(ROOT / "docs" / "monitoring" / "alerts.yml"))
    assert done.returncode == 0, done.stderr
    assert "10 rules found" in done.stdout


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
