"""From a revision to everything a verb decides on: the exchange, its findings, and each configuration.

Law: reads through the World, writes nothing. A member whose file has errors is quarantined: its last good
file stands in for it, or where there is none it is left out and what it holds is frozen. A member that policy
denies, or whose day has passed, is dormant instead, whatever its file has. A policy with errors ends the run,
because there is nothing sound to go by.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ztix.applied import Applied
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.digests import text_digest
from ztix.dormant import DENIALS, Dormant, denied, put_to_rest
from ztix.errors import Invalid, Usage
from ztix.events import Stage
from ztix.evidence import Evidence
from ztix.exchange import Exchange, read_exchange
from ztix.ledger import Ledger
from ztix.member import MEMBER_PATH
from ztix.plan import Configured, Desired
from ztix.recall import recall
from ztix.receipt import Quarantine
from ztix.render import MEMBER_LINE, SHARED_LINE, BrokenTemplate, own_templates, owner_at, render_all
from ztix.routeserver import RouteServerView, views
from ztix.rules import check
from ztix.terms import Label
from ztix.tree import Tree
from ztix.world import World, staged


@dataclass(frozen=True, slots=True)
class Rendered:
    """One route server's configuration."""

    view: RouteServerView
    text: str

    def blame(self, line: int) -> str:
        """Whose line this is, in words; empty where it is everybody's."""
        owner = owner_at(self.text, line)
        return f" (a line of {owner})" if owner else ""

    @property
    def session_names(self) -> tuple[str, ...]:
        """The names of its sessions' protocols, ascending."""
        return tuple(sorted(session.name for session in self.view.sessions))

    @property
    def configured(self) -> Configured:
        return Configured(self.view.name, text_digest(self.text), self.session_names, part_digests(self.text))


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a run goes by.

    quarantined: members whose files have errors.  frozen: those of them that no last good file stands in
    for; their nodes stay as they are.  stand_ins: for each other one, the commit of the file that does.
    dormant: members that act like `suspended`.
    """

    exchange: Exchange
    evidence: Evidence
    report: Report
    rendered: Mapping[Label, Rendered]
    quarantined: tuple[Quarantine, ...] = ()
    frozen: frozenset[str] = frozenset()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    dormant: tuple[Dormant, ...] = ()

    def desired(self, staying: frozenset[str] = frozenset()) -> tuple[Desired, ...]:
        """Git's side of each fabric. staying: other owners whose nodes are left as they are."""
        claims = tuple(self.exchange.claims())
        document = self.exchange.documents["fabrics"]
        return tuple(
            Desired(
                fabric.name,
                self.exchange.settings(fabric),
                document.span(("fabrics", index, "name")),
                tuple(claim for claim in claims if claim.fabric == fabric.name),
                self.frozen | staying,
            )
            for index, fabric in enumerate(self.exchange.policy.fabrics.fabrics)
        )


def part_digests(text: str) -> dict[str, str]:
    """For each member in a configuration, and for `shared`, twelve hex digits over its lines."""
    parts: dict[str, list[str]] = {"shared": []}
    owner = "shared"
    for line in text.splitlines():
        found = MEMBER_LINE.fullmatch(line)
        if found or line == SHARED_LINE:
            owner = found[1] if found else "shared"
        parts.setdefault(owner, []).append(line)
    return {name: text_digest("\n".join(lines))[7:19] for name, lines in parts.items()}


@staged(Stage.GATHER)
def check_tree(world: World, tree: Tree) -> tuple[Exchange | None, Evidence | None, Report]:
    """The exchange in a tree with all findings about it; no exchange where policy has errors.

    Findings about the exchange's own templates are among them; the packaged ones are known to be good.
    """
    exchange, evidence, _, report = _read_and_check(world, tree)
    if exchange is None or evidence is None:
        return None, None, report
    broken = _broken_template(world, exchange, evidence, tree, render_too=not report.has_errors)
    return exchange, evidence, report + Report.of(broken)


def _read_and_check(
    world: World, tree: Tree, ledger: Ledger | None = None
) -> tuple[Exchange | None, Evidence | None, Ledger | None, Report]:
    exchange, report = read_exchange(tree)
    if exchange is None:
        return None, None, None, report
    evidence, damage = world.evidence(exchange, tree)
    ledger = ledger or recall(world.history, exchange, tree, evidence.now)
    return exchange, evidence, ledger, report + damage + check(exchange, evidence, ledger)


def _broken_template(
    world: World, exchange: Exchange, evidence: Evidence, tree: Tree, *, render_too: bool
) -> list[Diagnostic]:
    """What keeps the exchange's own templates from being used. Rendering is slow: not without need."""
    try:
        own = own_templates(tree, world.templates)
        if render_too and own != world.templates:
            _render_all(world, exchange, evidence, tree)
    except BrokenTemplate as broken:
        return [_of_template(tree, broken)]
    return []


def _of_template(tree: Tree, broken: BrokenTemplate) -> Diagnostic:
    """The finding at the template's line. What is no regular file is not shown."""
    entry = tree.get(broken.path)
    lines = (entry.content or b"").decode().split("\n") if entry and broken.readable else []
    text = lines[broken.line - 1].rstrip("\r") if broken.line <= len(lines) else ""
    place = Span(broken.path, broken.line, 1, len(text) + 1, text)
    rule = "ZT542" if broken.readable else "ZT541"
    return Diagnostic(rule, Severity.ERROR, broken.reason, place, broken.help)


@staged(Stage.GATHER)
def gather(world: World, ref: str | None, applied: Applied) -> Gathered:
    """All that a run at `ref` goes by. Raises Invalid where policy or evidence has errors."""
    tree = world.read_tree(ref)
    exchange, evidence, ledger, report = _read_and_check(world, tree)
    denials = _denials(exchange, tree)
    remaining = _weighty(report, denials)
    found = remaining
    stand_ins: dict[str, str] = {}
    quarantined: dict[str, None] = {}
    while bad := [path for path in _members_with_errors(remaining) if path in tree.entries]:
        tree, guilty = _without(tree, denials), [path for path in bad if path not in denials]
        # A last good file may meet one that was good until now: who held a thing first keeps it.
        fresh = [path for path in guilty if path not in quarantined]
        if fresh:
            tree, commits = _with_last_good(world, tree, applied, fresh)
        else:
            tree, commits = _without(tree, guilty), {}
        stand_ins = {path: commit for path, commit in stand_ins.items() if path in tree.entries} | commits
        quarantined |= dict.fromkeys(guilty)
        ledger = ledger and ledger.with_keepers(stand_ins)
        exchange, evidence, _, remaining = _read_and_check(world, tree, ledger)
        found += remaining
    if exchange is None or evidence is None or remaining.has_errors:
        raise Invalid(
            f"the exchange at `{tree.revision}` has errors outside `members/`, so nothing can be planned",
            help="`ztix check` shows them",
        )
    exchange, dormant = put_to_rest(exchange, evidence.now)
    dormant = tuple(dict.fromkeys((*denials.values(), *dormant)))
    frozen = frozenset(_owner(path) for path in quarantined if path not in stand_ins)
    rendered = _render_all(world, exchange, evidence, tree)
    reasons = _quarantine(found, tuple(quarantined))
    return Gathered(exchange, evidence, report, rendered, reasons, frozen, stand_ins, dormant)


def _denials(exchange: Exchange | None, tree: Tree) -> dict[str, Dormant]:
    """The members that policy denies, by their files' paths."""
    if exchange is None:
        return {}
    found = ((entry.path, denied(entry.path, exchange.policy)) for entry in tree.below("members"))
    return {path: denial for path, denial in found if denial}


def _weighty(report: Report, denials: Mapping[str, Dormant]) -> Report:
    """The report without the findings which say no more than that policy denies a member."""
    return Report(tuple(item for item in report if item.rule not in DENIALS or item.span.path not in denials))


def _members_with_errors(report: Report) -> tuple[str, ...]:
    paths = (item.span.path for item in report if item.severity is Severity.ERROR)
    return tuple(dict.fromkeys(path for path in paths if path.startswith("members/")))


def _quarantine(report: Report, paths: tuple[str, ...]) -> tuple[Quarantine, ...]:
    first = {item.span.path: item for item in reversed(report.findings) if item.severity is Severity.ERROR}
    return tuple(
        Quarantine(_owner(path), f"{first[path].span}: {first[path].rule} {first[path].message}")
        for path in paths
    )


def _owner(path: str) -> str:
    match = MEMBER_PATH.fullmatch(path)
    return f"AS{match['asn']}" if match else path


def _with_last_good(
    world: World, tree: Tree, applied: Applied, bad: Sequence[str]
) -> tuple[Tree, dict[str, str]]:
    """The tree with each bad file replaced by its last good version, and the commits these are from."""
    past: dict[str, Tree] = {}
    entries, commits = dict(tree.entries), {}
    for path in bad:
        del entries[path]
        commit = applied.stand_ins.get(path, applied.revision)
        if commit is None:
            continue
        if commit not in past:
            past[commit] = _read_past(world, commit)
        entry = past[commit].get(path)
        if entry is not None:
            entries[path], commits[path] = entry, commit
    return replace(tree, entries=dict(sorted(entries.items()))), commits


def _without(tree: Tree, paths: Collection[str]) -> Tree:
    """The tree without these files."""
    return replace(tree, entries={path: tree.entries[path] for path in tree.entries if path not in paths})


def _read_past(world: World, commit: str) -> Tree:
    try:
        return world.read_tree(commit)
    except Usage:  # a shallow clone may lack the commit; then there is no last good file
        return Tree(commit)


@staged(Stage.RENDER)
def _render_all(world: World, exchange: Exchange, evidence: Evidence, tree: Tree) -> dict[Label, Rendered]:
    templates = own_templates(tree, world.templates)
    seen = views(exchange, evidence)
    texts = render_all(seen, templates)
    return {view.name: Rendered(view, text) for view, text in zip(seen, texts, strict=True)}
