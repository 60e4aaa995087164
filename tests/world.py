"""A World in memory: revisions of an exchange, one fabric, route servers and a state, all by hand.

Law: no file, no process, no network, no real time. A test edits `files`, commits, runs a verb and looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.route_server import FakeClock, RouteServer, text
from tests.unit.exchange_fixture import good_files, tree
from ztix.applied import Applied
from ztix.deploy import Progress
from ztix.diagnostics import Report
from ztix.drivers.event_stream import staged, tell
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.drivers.templates import load_default_templates
from ztix.errors import Unavailable, Usage, ZtixError
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.link import RouteServerLink
from ztix.past import Past, Step, Version
from ztix.policy import RouteServerPolicy
from ztix.proof import Disproved
from ztix.receipt import Receipt, RefusedRun
from ztix.routeserver import RouteServerView
from ztix.terms import Label, NetworkId
from ztix.tree import Tree
from ztix.world import World

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NETWORK = NetworkId("8056c2e21c000001")
EMPTY = text()


@dataclass
class MemoryState:
    """The state branch as a list. broken: raised by a write with a receipt.  silent: raised by a read."""

    applied: Applied = field(default_factory=Applied)
    receipts: list[Receipt] = field(default_factory=list)
    refused: list[RefusedRun] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    broken: Unavailable | None = None
    silent: ZtixError | None = None

    def read(self) -> Applied:
        if self.silent is not None:
            raise self.silent
        return self.applied

    def receipt(self) -> dict[str, object] | None:
        return self.receipts[-1].data() if self.receipts else None

    def refusals(self) -> list[dict[str, object]]:
        return [refused.data() for refused in reversed(self.refused)]

    def write(self, applied: Applied, receipt: Receipt | RefusedRun | None, message: str) -> None:
        if receipt is not None and self.broken is not None:
            raise self.broken
        self.applied = applied
        self.messages.append(message)
        if isinstance(receipt, RefusedRun):
            self.refused.append(receipt)
        elif receipt is not None:
            self.receipts.append(receipt)
            self.refused.clear()


@dataclass
class MemoryHistory:
    """The commits of a laboratory as the main line, in the order of their making."""

    commits: dict[str, Tree]
    times: dict[str, datetime]

    def suspects(self, paths_of: Callable[[bytes], frozenset[str]], known: Iterable[bytes]) -> frozenset[str]:
        contents = {entry.content for tree in self.commits.values() for entry in tree.below("members")}
        return frozenset(path for content in contents - set(known) if content for path in paths_of(content))

    def past(self, revision: str, since: datetime | None, paths: frozenset[str]) -> Past:
        line = [name for name in self.times if name in self.commits]
        if not line:
            return Past()
        line = line[: line.index(self.commits[revision].revision) + 1][::-1]
        steps = []
        for position, name in enumerate(line):
            parent = self.commits[line[position + 1]] if position + 1 < len(line) else Tree("")
            pairs = (
                (path, _content(parent, path), _content(self.commits[name], path)) for path in sorted(paths)
            )
            changed = tuple(Version(*row) for row in pairs if row[1] != row[2])
            if changed and (since is None or self.times[name] >= since):
                steps.append(Step(position, self.times[name], changed))
        return Past(tuple(steps), {path: _content(self.commits[line[0]], path) for path in paths})


def _content(tree: Tree, path: str) -> bytes | None:
    entry = tree.get(path)
    return None if entry is None else entry.content or b""


class Laboratory:
    """An exchange with its past, and everything outside it."""

    def __init__(self, files: dict[str, str] | None = None) -> None:
        self.files = good_files() if files is None else files
        self.commits: dict[str, Tree] = {}
        self.times: dict[str, datetime] = {}
        self.fabric = MemoryFabric(NETWORK)
        self.clock = FakeClock()
        self.servers = {
            name: RouteServer(self.clock, Label(name), EMPTY, EMPTY, sessions=frozenset())
            for name in ("rs1", "rs2")
        }
        self.state = MemoryState()
        self.unreachable: set[str] = set()
        self.objection: Disproved | None = None
        self.evidence = Evidence(NOW)
        self.now = NOW
        self.steps: list[Progress] = []
        self.seen: list[tuple[str, int, int]] = []
        self.commit()

    def commit(self) -> str:
        """Record the files as they are; returns the revision, which is also `HEAD` from now on."""
        revision = f"{len(self.commits) + 1:040x}"
        held = tree(self.files)
        self.commits[revision] = self.commits["HEAD"] = Tree(revision, held.entries)
        self.times[revision] = self.now
        return revision

    def propose(self) -> str:
        """Record the files as those of an open change; returns its revision. `HEAD` stays what it was."""
        head = self.commits["HEAD"]
        revision = self.commit()
        self.commits["HEAD"] = head
        return revision

    @property
    def world(self) -> World:
        return World(
            read_tree=self._read_tree,
            history=MemoryHistory(self.commits, self.times),
            evidence=self._evidence,
            state=self.state,
            open_fabric=lambda _: self.fabric,
            connect=self._connect,
            templates=load_default_templates(),
            prove=self._prove,
            clock=self.clock,
            now=lambda: self.now,
            watch=lambda what, done, total: self.seen.append((what, done, total)),
            report=self.steps.append,
            holder="run-1",
            stage=staged,
            tell=tell,
        )

    def _read_tree(self, ref: str | None) -> Tree:
        if ref is None:
            return tree(self.files)
        if ref not in self.commits:
            raise Usage(f"`{ref}` names no commit")
        return self.commits[ref]

    def _evidence(self, exchange: Exchange, tree: Tree) -> tuple[Evidence, Report]:
        return self.evidence, Report()

    def _prove(self, view: RouteServerView, text: str) -> Disproved | None:
        return self.objection

    @contextlib.contextmanager
    def _connect(self, server: RouteServerPolicy) -> Iterator[RouteServerLink]:
        if server.name in self.unreachable:
            raise Unavailable(f"`{server.name}` does not answer", help="look at it")
        yield self.servers[server.name]
