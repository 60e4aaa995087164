"""The verdict on each row of the corpus, made once for a process of tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.hostile.pull import Pull, build, judged
from ztix.admission.verdict import Verdict
from ztix.errors import Exit

Judge: TypeAlias = Callable[[Pull], tuple[Verdict, Exit]]


@pytest.fixture(scope="session")
def verdict_on(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Judges a row, once."""
    folder = tmp_path_factory.mktemp("hostile")
    known: dict[str, tuple[Verdict, Exit]] = {}

    def judge(pull: Pull) -> tuple[Verdict, Exit]:
        if pull.name not in known:
            known[pull.name] = judged(pull, build(pull, folder / f"{len(known)}.git"))
        return known[pull.name]

    return judge
