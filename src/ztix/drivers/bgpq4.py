"""The IRR by `bgpq4`: what an AS-SET expands to.

Touches: processes, so many at a time, bounded in time and output, each with its words as a list and no shell;
the connection to the IRR is the program's. An object's name is an AsSet, which can be no option and nothing
to a shell.

Law: three outcomes. An answer counts only where the program ended with 0, said nothing on stderr and its
output is whole. Seen with 1.9: where the server answers with an error, or the registry in `SOURCE::NAME` is
not there, it ends with 0 all the same, the list being empty or, worse, taken from another registry; only
stderr tells. An unknown set looks like an empty one. `SOURCE::` is heeded for the set itself only: sets below
it come from the first source that has them, so the set's own source is asked first. `SOURCE::AS64500`, which
it does not know, is asked for as `AS64500` in that source alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ztix.drivers.event_stream import calling
from ztix.errors import Unavailable
from ztix.events import Upstream
from ztix.evidence import Expansion, PrefixSet, Unknown, plain
from ztix.irr_policy import IrrPolicy
from ztix.terms import Asn, AsSet, Family

INSTALL = "install it: `apt-get install bgpq4`, or `scripts/install-tools` in a checkout"
LINE_BYTES = 96  # bytes of output for one prefix, at most; an IPv6 one takes 80
HEAD_BYTES = 4096  # bytes of output besides
ASNS_MAX = 200_000  # AS numbers in one set; there are not so many
WORDS_BYTES = 1024 * 1024  # bytes on stderr, at most
_POLL_S = 0.02
_LEFT_OUT = re.compile("ERROR:Invalid AS number: [0-9]{1,10}")  # a private one, where those do not count


class _Failed(Exception):
    """A question without an answer; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Bgpq4:
    """The program, and whom it asks how. private: whether private and documentation AS numbers count.

    now: the time that answers are marked with.  monotonic: seconds, for the bounds.
    """

    program: Path
    policy: IrrPolicy
    private: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic

    @property
    def source(self) -> str:
        """Where its answers come from, as evidence tells it."""
        return plain(f"irr://{self.policy.host}")

    def expansions(self, as_sets: Iterable[AsSet]) -> Iterator[tuple[AsSet, Expansion | Unknown]]:
        """An answer for each set, in the order in which they come. Raises nothing.

        What the time of the whole is not enough for is unknown.
        """
        deadline = self.monotonic() + self.policy.budget_s
        with ThreadPoolExecutor(self.policy.processes, "bgpq4") as pool:
            asked = {pool.submit(self._answer, name, deadline): name for name in sorted(set(as_sets))}
            try:
                for done in as_completed(asked):
                    yield asked[done], done.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, name: AsSet, deadline: float) -> Expansion | Unknown:
        if name.source is not None and name.source not in self.policy.sources:
            return Unknown(f"`{name.source}` is not among the sources of `irr.sources`")
        try:
            asns = self._asns(name, deadline)
            ipv4, ipv6 = self._prefixes(name, 4, deadline), self._prefixes(name, 6, deadline)
        except _Failed as failed:
            return Unknown(str(failed))
        return Expansion(name, asns, ipv4, ipv6, self.source, self.now())

    def _asns(self, name: AsSet, deadline: float) -> tuple[Asn, ...]:
        answer = self._ask(("-t", "-j"), name, deadline, ASNS_MAX * 11 + HEAD_BYTES)
        try:
            return tuple(sorted({Asn(number) for number in answer}))
        except ValueError:
            raise _Failed("bgpq4 answered with something that is no AS number") from None

    def _prefixes(self, name: AsSet, family: Family, deadline: float) -> PrefixSet:
        most = self.policy.prefixes_max
        limit = most * LINE_BYTES + HEAD_BYTES
        answer = self._ask((f"-{family}", "-j"), name, deadline, limit)
        if len(answer) > most:
            raise _Failed(_too_long(family, most))
        try:
            return PrefixSet(family, tuple(str(item["prefix"]) for item in answer))
        except (ValueError, TypeError, KeyError):
            raise _Failed(f"bgpq4 answered with something that is no IPv{family} prefix") from None

    def _ask(self, options: tuple[str, ...], name: AsSet, deadline: float, limit: int) -> list[Any]:
        """The list in an answer. Raises _Failed."""
        ends = min(deadline, self.monotonic() + self.policy.timeout_s)
        if ends <= self.monotonic():
            raise _Failed(f"the {self.policy.budget_s} s of `irr.budget_s` were over")
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as words:
            asked = (*options, "-l", "it", _object(name))
            with calling(Upstream.IRR, f"bgpq4 {' '.join(asked)}") as call:
                code = self._run((*self._words(name), *asked), output, words, ends, limit)
                said, call.status = _complaint(words), code
                if code != 0 or said:
                    raise _Failed(f"bgpq4 says `{said}`" if said else _ending(code))
            output.seek(0)
            try:
                held = json.loads(output.read(limit))["it"]
            except (ValueError, KeyError, TypeError, RecursionError):
                raise _Failed("bgpq4's answer is not whole") from None
            if not isinstance(held, list):
                raise _Failed("bgpq4's answer is not whole")
            return held

    def _words(self, name: AsSet) -> tuple[str, ...]:
        """The words of the command line that say whom to ask."""
        others = [source for source in self.policy.sources if source != name.source]
        first = [name.source] if name.source else []
        sources = first if first and _is_asn(name) else first + others
        private = ("-p",) if self.private else ()
        return ("-h", f"{self.policy.host}:{self.policy.port}", "-S", ",".join(sources), *private)

    def _run(
        self, words: tuple[str, ...], output: IO[bytes], said: IO[bytes], ends: float, limit: int
    ) -> int:
        """The program's exit code. Raises _Failed where it does not start, end in time or stay in bounds."""
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of typed words, and no shell
                [self.program, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=said,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
            )
        except OSError as error:
            raise _Failed(f"`{self.program}` does not start: {error.strerror}") from None
        try:
            while (code := _ended(process)) is None:
                if self.monotonic() >= ends:
                    raise _Failed("no answer in time")
                if _size(output) > limit or _size(said) > WORDS_BYTES:
                    break
        finally:
            process.kill()
            process.wait()
        if _size(output) > limit or _size(said) > WORDS_BYTES:
            raise _Failed("the answer is longer than what `irr.prefixes_max` allows")
        return code or 0


def find_bgpq4() -> Path:
    """The program. Raises Unavailable."""
    found = shutil.which("bgpq4")
    if found is None:
        raise Unavailable("there is no `bgpq4` on PATH, and the IRR is asked by it", help=INSTALL)
    return Path(found)


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return None


def _is_asn(name: AsSet) -> bool:
    return re.fullmatch("AS[0-9]+", name.name) is not None


def _object(name: AsSet) -> str:
    return name.name if _is_asn(name) else str(name)


def _too_long(family: Family, most: int) -> str:
    return f"it has more than the {most} IPv{family} prefixes of `irr.prefixes_max`"


def _ending(code: int) -> str:
    """How a program ended that said nothing. It does not survive a write to a connection that is gone."""
    return "the server closed the connection" if code == -signal.SIGPIPE else f"bgpq4 ended with {code}"


def _complaint(words: IO[bytes]) -> str:
    """What the program said on stderr, as one short line; that it leaves out an AS number is none."""
    words.seek(0)
    said = words.read(WORDS_BYTES).decode("utf-8", "replace").splitlines()
    return plain(" ".join(line for line in said if not _LEFT_OUT.fullmatch(line)).replace("`", "'"), 160)
