"""A file that was edited by hand on a real route server: what is told of it before and after `configure`."""

from __future__ import annotations

import pytest

from tests.live.rollout_lab import Lab, assert_runs
from ztix.digests import text_digest
from ztix.drivers.ssh import SshLink
from ztix.hand_edit import Runs, difference, runs
from ztix.rollout import Ended

pytestmark = pytest.mark.live


def test_hand_edit_is_told_line_by_line_and_goes_by_a_rollout_only(lab: Lab) -> None:
    """BIRD runs git's text until somebody configures; then nobody can know. A rollout overwrites it."""
    text = lab.text("ours")
    assert lab.run(text).ended in (Ended.CONFIRMED, Ended.UNCHANGED)
    git = text.decode()
    with SshLink(lab.target) as link:
        lab.bird.conf.write_bytes(
            text.replace(b"protocol device {}", b"# \x1b[2J by hand\nprotocol device {}")
        )
        assert runs(link.status(), text_digest(git)) is Runs.GIT
        lines, more = difference(git, link.fetch().decode())
        assert ([line for line in lines if line[0] in "+-"][2:], more) == (["+# \x1b[2J by hand"], 0)
        lab.bird.ask("configure")
        assert runs(link.status(), text_digest(git)) is Runs.UNKNOWN
        assert b"by hand" in link.fetch()
    assert lab.run(text).ended is Ended.CONFIRMED
    assert_runs(lab, text, not_running=lab.text("other"))
