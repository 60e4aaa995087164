"""Work that is begun before its result is needed."""

from __future__ import annotations

import threading

import pytest

from ztix.cli.ahead import Ahead
from ztix.errors import Usage


def test_ahead_when_asked_gives_what_was_made_meanwhile() -> None:
    """The work runs beside who began it, and its result stays."""
    may_go = threading.Event()
    ahead = Ahead(lambda: may_go.wait(10))
    may_go.set()
    assert [ahead.result(), ahead.result()] == [True, True]


def test_ahead_when_the_work_fails_raises_it_where_it_is_asked() -> None:
    """What is wrong is told by its own error."""

    def fail() -> None:
        raise Usage("no such commit")

    ahead = Ahead(fail)
    with pytest.raises(Usage, match="no such commit"):
        ahead.result()
