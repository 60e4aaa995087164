"""Fails every test in which a token of the suite gets out.

Whoever makes a token in a test, or a double that has one, registers it by `made`. From then on, after each
test's body, this looks for all of them in

- what the test and the code under it wrote to stdout, stderr and the log;
- what every process wrote that the test ran to its end, such as `ztix reconcile`;
- every JSON, Markdown, YAML, text and log file in the test's folder: receipts, reports, policy;
- every object of every git repository in that folder: the commits and files of `ztix-state` among them.

It does not see a message that a test caught and did not print; the tests of faults look at theirs. Each test
worker knows the tokens that were made in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

KINDS = {".json", ".md", ".yaml", ".yml", ".txt", ".log"}
GIT = shutil.which("git") or "git"
"""Found once: a test may take PATH away, and its folder is looked at before it gives PATH back."""
_KNOWN: set[bytes] = set()


def made(token: str) -> str:
    """Register a token; returns it."""
    _KNOWN.add(token.encode())
    return token


def tells(content: str | bytes | None) -> bool:
    """Whether a token that was made is in it."""
    known = content.encode("utf-8", "replace") if isinstance(content, str) else content or b""
    return any(token in known for token in _KNOWN)


def places(folder: Path) -> Iterator[str]:
    """Where in a folder a token is that has no place there."""
    for path, folders, files in os.walk(folder):
        if {"HEAD", "objects", "refs"} <= {*folders, *files}:
            folders.clear()
            if tells(_objects(Path(path))):
                yield f"a git object in {path}"
            continue
        for name in files:
            file = Path(path, name)
            if file.suffix in KINDS and file.is_file() and tells(_content(file)):
                yield str(file)


def _content(file: Path) -> bytes:
    """Nothing where the file went away since it was listed: a process of the test may still be at work."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _objects(repository: Path) -> bytes:
    command = [GIT, "cat-file", "--batch-all-objects", "--batch"]
    with subprocess.Popen(
        command,
        env={**os.environ, "GIT_DIR": str(repository), "GIT_CONFIG_GLOBAL": os.devnull},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        return process.stdout.read() if process.stdout else b""


class TokenGuard:
    """The plug-in of pytest. watched: outputs of processes that were looked at."""

    def __init__(self) -> None:
        self.watched = 0
        self._leaks: list[str] = []
        self._communicate: Callable[..., Any] = subprocess.Popen.communicate

    def watch(self) -> None:
        """Look at the outputs of processes from now on, until the session ends."""
        original, guard = self._communicate, self

        def communicate(process: subprocess.Popen[Any], *words: Any, **named: Any) -> Any:
            outputs = original(process, *words, **named)
            guard.watched += 1
            if any(tells(output) for output in outputs):
                guard._leaks.append(f"the output of `{process.args!s:.100}`")
            return outputs

        subprocess.Popen.communicate = communicate  # type: ignore[method-assign] - a pair of eyes, no other

    def pytest_unconfigure(self) -> None:
        subprocess.Popen.communicate = self._communicate  # type: ignore[method-assign] - as it was

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        found = [f"the {name.lower()}" for name, text in report.sections if tells(text)]
        if call.when == "call" and _KNOWN:
            folder = getattr(item, "funcargs", {}).get("tmp_path")
            found += [] if folder is None else places(folder)
        found, self._leaks = [*found, *self._leaks], []
        if found and report.passed:
            report.outcome = "failed"
            report.longrepr = f"a token is told: {'; '.join(found)}"
        return report
