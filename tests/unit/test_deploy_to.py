"""Going back: an earlier configuration by its commit or its receipt, through the same gates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.world import Laboratory
from ztix.cli import cli
from ztix.cli.running import _revision
from ztix.console.receipt import render_receipt
from ztix.digests import text_digest
from ztix.errors import Refused, Usage
from ztix.plan import Scope
from ztix.reconcile import plan, reconcile
from ztix.terms import Label

ROUTE_SERVERS = Scope(fabrics=False)


def test_deploy_to_a_receipt_gives_the_configuration_of_that_run_back(tmp_path: Path) -> None:
    """The text is byte for byte that of the receipt, and what restarts sessions needs approval again."""
    laboratory = Laboratory()
    first = reconcile(laboratory.world, "HEAD").receipt
    assert first is not None
    path = tmp_path / "receipt.json"
    path.write_text(render_receipt(first, "json"))
    laboratory.files["policy/routing.yaml"] = "hold_time_s: 180\n"
    laboratory.commit()
    reconcile(laboratory.world, "HEAD", approve=plan(laboratory.world, "HEAD").plan.digest)
    ref = _revision(str(path))
    with pytest.raises(Refused, match="restarts"):
        reconcile(laboratory.world, ref, scope=ROUTE_SERVERS)
    digest = plan(laboratory.world, ref, scope=ROUTE_SERVERS).plan.digest
    back = reconcile(laboratory.world, ref, scope=ROUTE_SERVERS, approve=digest).receipt
    assert back is not None
    assert [one.after for one in back.rollouts] == [one.after for one in first.rollouts]
    running = laboratory.servers["rs1"].running.decode()
    assert text_digest(running) == first.rollouts[0].after
    assert {one.route_server for one in plan(laboratory.world, "HEAD").plan.deploys} == {
        Label("rs1"),
        Label("rs2"),
    }


def test_deploy_to_a_commit_takes_it_as_it_is() -> None:
    """What names no file is a revision."""
    assert _revision("v1.0~2") == "v1.0~2"


@pytest.mark.parametrize(
    "text", ["{}", "[]", "no json", json.dumps({"schema": "ztix.plan.v1", "revision": "a"})]
)
def test_deploy_to_a_file_that_is_no_receipt_is_refused(tmp_path: Path, text: str) -> None:
    """A plan or anything else does not name what to go back to."""
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(Usage, match="is no receipt"):
        _revision(str(path))


def test_deploy_to_two_revisions_is_refused() -> None:
    """Both options name a revision, and nobody guesses which one is meant."""
    result = CliRunner().invoke(cli, ["deploy", "--to", "HEAD~1", "--ref", "main"])
    assert isinstance(result.exception, Usage)
