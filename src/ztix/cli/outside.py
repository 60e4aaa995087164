"""Fills the World with the real drivers. The only place where all of them meet.

Law: reads the command line's folder and the environment; everything else happens in the drivers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.logs import run_id
from ztix.cli.measuring import measure
from ztix.drivers.clock import SystemClock
from ztix.drivers.event_stream import staged, tell
from ztix.drivers.git_tree import find_exchange, read_revision, read_work_tree
from ztix.errors import Usage
from ztix.tree import Tree

if TYPE_CHECKING:
    from ztix.cli.progress import Reporter
    from ztix.deploy import Progress
    from ztix.diagnostics import Report
    from ztix.drivers.http import RetryBudget
    from ztix.drivers.ssh import SshLink
    from ztix.evidence import Evidence, NetworkLookup
    from ztix.exchange import Exchange
    from ztix.fabric import Fabric
    from ztix.link import RouteServerLink
    from ztix.policy import FabricPolicy, RouteServerPolicy
    from ztix.proof import Disproved
    from ztix.routeserver import RouteServerView
    from ztix.terms import Asn
    from ztix.world import World


def find_root(folder: str) -> Path:
    """The folder of the exchange that `folder` is in. Raises Usage."""
    try:
        return find_exchange(Path(folder).resolve())
    except FileNotFoundError:  # somebody removed what this process stands in
        raise Usage("the folder that this runs in is gone", help="change to one that is there") from None


def open_tree(folder: str, ref: str | None) -> Tree:
    """The exchange's files: at a revision, or (None) in the work tree."""
    root = find_root(folder)
    return read_work_tree(root) if ref is None else read_revision(root, ref)


def open_world(folder: str, reporter: Reporter, *, online: bool = False) -> World:
    """The World of the exchange that `folder` is in."""
    from ztix.drivers.git_past import GitHistory
    from ztix.drivers.state_branch import StateBranch
    from ztix.drivers.templates import load_default_templates
    from ztix.world import World

    root = find_root(folder)
    outside = _Outside(root, online=online)
    if (command := click.get_current_context(silent=True)) is not None:
        command.call_on_close(outside.links.close)
    return World(
        read_tree=outside.read_tree,
        history=GitHistory(root),
        evidence=outside.evidence,
        state=StateBranch(root),
        open_fabric=outside.open_fabric,
        connect=outside.connect,
        templates=load_default_templates(),
        prove=outside.prove,
        clock=SystemClock(),
        now=outside.now,
        watch=reporter.watch,
        report=lambda progress: _step(progress, reporter),
        holder=run_id(),
        stage=staged,
        tell=tell,
    )


def _step(progress: Progress, reporter: Reporter) -> None:
    from ztix.events import Stepped

    step, state = progress.step.value, progress.state.value
    tell(Stepped(str(progress.route_server), step, state, progress.detail))
    reporter.report(progress)


def look_up(tree: Tree, asn: Asn, *, online: bool) -> NetworkLookup:
    """What evidence/ or else (online) PeeringDB says about a network."""
    from pydantic import SecretStr

    from ztix.drivers.http import RetryBudget
    from ztix.drivers.peeringdb import PeeringDb, peeringdb_client
    from ztix.evidence import Found
    from ztix.evidence_files import evidence

    found, _ = evidence(tree, datetime.now(UTC))
    known = found.network(asn)
    if isinstance(known, Found) or not online:
        return known
    key = os.environ.get("ZTIX_PEERINGDB_API_KEY")
    with peeringdb_client(SecretStr(key) if key else None) as client:
        return PeeringDb(client, RetryBudget(retries=1, seconds=5)).networks([asn])[asn]


class _Outside:
    """The ports that need the exchange's folder. online: whether PeeringDB may be asked."""

    def __init__(self, root: Path, *, online: bool) -> None:
        self.root = root
        self.online = online
        self.links = ExitStack()
        self.linked: dict[str, SshLink] = {}

    @cached_property
    def budget(self) -> RetryBudget:
        """The retries of this run, for all HTTP, once a call needs it: httpx is slow to load."""
        from ztix.drivers.http import RetryBudget

        return RetryBudget()

    def read_tree(self, ref: str | None) -> Tree:
        return read_work_tree(self.root) if ref is None else read_revision(self.root, ref)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def evidence(self, exchange: Exchange, tree: Tree) -> tuple[Evidence, Report]:
        from ztix.evidence_files import evidence

        found, report = evidence(tree, self.now())
        known = self.asked(exchange, found) if self.online else found
        measure(known)
        return known, report

    def asked(self, exchange: Exchange, found: Evidence) -> Evidence:
        """The evidence with what PeeringDB says of members that the files do not tell of."""
        from dataclasses import replace

        from pydantic import SecretStr

        from ztix.drivers.evidence_cache import EvidenceCache, cache_path, gather
        from ztix.drivers.peeringdb import PeeringDb, peeringdb_client

        missing = [file.member.asn for file in exchange.members if found.record(file.member.asn) is None]
        key = os.environ.get("ZTIX_PEERINGDB_API_KEY")
        hours = exchange.policy.admission.peeringdb_max_age_h
        cache = EvidenceCache(cache_path(os.environ))
        with peeringdb_client(SecretStr(key) if key else None) as client:
            peeringdb = PeeringDb(client, self.budget)
            asked = gather(missing, cache, peeringdb, found.now, timedelta(hours=hours))
        return replace(found, networks={**found.networks, **asked})

    def open_fabric(self, policy: FabricPolicy) -> Fabric:
        from ztix.drivers.fabrics import open_fabric

        return open_fabric(policy, budget=self.budget)

    @contextmanager
    def connect(self, server: RouteServerPolicy) -> Iterator[RouteServerLink]:
        """The route server's link, one for the whole run: plan and rollout go over the same connection."""
        known = f"{server.name} {server.ssh.model_dump_json()}"
        if known not in self.linked:
            self.linked[known] = self._link(server)
        yield self.linked[known]

    def _link(self, server: RouteServerPolicy) -> SshLink:
        from ztix.drivers.ssh import SshLink, SshTarget

        ssh = server.ssh
        key = self._identity(self.links, server)
        target = SshTarget(server.name, ssh.host, ssh.port, ssh.user, ssh.host_keys, key)
        return self.links.enter_context(SshLink(target))

    def _identity(self, stack: ExitStack, server: RouteServerPolicy) -> str | None:
        """The path of the private key; a key from the environment goes to a file of our own for a moment."""
        from ztix.drivers.fabrics import read_secret

        ref = server.ssh.identity
        if ref is None or ref.file is not None:
            return None if ref is None else str(Path(ref.file or "").expanduser())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ztix-")))
        path = folder / "identity"
        path.touch(mode=0o600)
        path.write_text(read_secret(ref, os.environ).get_secret_value() + "\n", encoding="ascii")
        return str(path)

    def prove(self, view: RouteServerView, text: str) -> Disproved | None:
        from ztix.drivers.bird import find_bird, prove
        from ztix.proof import Disproved

        bird = find_bird(view.bird)
        proof = None if bird is None else prove(text, bird=bird)
        return proof if isinstance(proof, Disproved) else None
