"""What all tests share: the option that rewrites golden files, the guard over tokens, patience with examples.

Law: `--rewrite` writes what the code gives now and then fails, so that nobody commits it without a look. No
property is about how fast this machine is just now: an example may take as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.token_guard import TokenGuard

settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check={*settings().suppress_health_check, HealthCheck.too_slow},
)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write golden files, then fail")


def pytest_configure(config: pytest.Config) -> None:
    guard = TokenGuard()
    guard.watch()
    config.pluginmanager.register(guard)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a file; with `--rewrite` writes the file where they differ, and fails."""

    def compare(path: Path, text: str) -> None:
        held = path.read_bytes().decode() if path.exists() else None
        if request.config.getoption("--rewrite") and held != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            pytest.fail(f"{path.name} was rewritten: look at the difference, then run again")
        assert text == held, f"{path} differs: `pytest --rewrite` writes it"

    return compare
