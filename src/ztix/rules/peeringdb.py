"""ZT3xx: what PeeringDB says about a member.

Law: pure; PeeringDB's answers come in as Evidence. A look-up that brought no answer is a note and never an
error. Members whose private or documentation AS number policy allows are left out: PeeringDB lists none.
`peeringdb: off` in policy/admission.yaml turns the whole family off, `advisory` makes its errors warnings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

from ztix.amounts import few
from ztix.diagnostics import Severity, shown
from ztix.evidence import Absent, Unknown
from ztix.exchange import MemberFile
from ztix.rules.facts import PLACES_MAX, Facts, written
from ztix.rules.registry import Hit, rule
from ztix.terms import AsSet, Family

FAMILIES: tuple[tuple[Family, str], ...] = ((4, "ipv4"), (6, "ipv6"))
LIMIT_FACTOR = 10  # a member's limit this many times above PeeringDB's figure protects nobody
LIMIT_SLACK = 1000  # prefixes; below this a high factor is harmless


def _severity(facts: Facts) -> Severity:
    required = facts.exchange.policy.admission.peeringdb == "required"
    return Severity.ERROR if required else Severity.WARNING


def _together(
    groups: dict[str, list[MemberFile]], message: Callable[[str, str], str], advice: str
) -> Iterator[Hit]:
    """One hit for each group, at its first member: an outage is one event, not ten thousand."""
    for key, files in groups.items():
        whose = few([f"`{file.member.asn}`" for file in files], 1)
        places = tuple(file.document.span(("asn",)) for file in files[: PLACES_MAX + 1])
        yield Hit(message(whose, shown(key)), places[0], advice, places[1:])


@rule(
    "ZT301",
    "PeeringDB could be asked",
    Severity.NOTE,
    what="Tells which members could not be checked because PeeringDB did not answer.",
    why="No answer is not the answer that there is no record: nobody is refused for an outage.",
    wrong="PeeringDB answers 503",
    right="PeeringDB answers with a record, or that it has none",
    remedy="Run the check again later, or give it a snapshot of PeeringDB.",
)
def unknown(facts: Facts) -> Iterator[Hit]:
    """Members whose look-up brought no answer, together for each reason."""
    groups: dict[str, list[MemberFile]] = defaultdict(list)
    for file, lookup in facts.lookups:
        if isinstance(lookup, Unknown):
            groups[lookup.reason].append(file)
    yield from _together(
        groups,
        lambda who, reason: f"could not check {who} against PeeringDB: {reason}",
        "check again when PeeringDB answers",
    )


@rule(
    "ZT302",
    "a member is in PeeringDB",
    Severity.ERROR,
    what="PeeringDB has a record of the member's AS number. A warning only where policy says `advisory`.",
    why="The record names the organisation, its AS-SET and its prefix figures, and only the holder of the "
    "number can make one.",
    wrong="asn: 65001      # no record",
    right="asn: 64500      # https://www.peeringdb.com/asn/64500 exists",
    remedy="Make a record on www.peeringdb.com, or correct the number.",
)
def absent(facts: Facts) -> Iterator[Hit]:
    """Members that PeeringDB does not know."""
    for file, lookup in facts.lookups:
        if isinstance(lookup, Absent):
            asn = file.member.asn
            yield Hit(
                f"`{asn}` has no record in PeeringDB",
                file.document.span(("asn",)),
                "make one on www.peeringdb.com, or correct the number",
                severity=_severity(facts),
            )


@rule(
    "ZT303",
    "a registry lists the member's AS number",
    Severity.WARNING,
    what="PeeringDB's `rir_status` of the AS number is `ok`: a regional registry lists it as allocated.",
    why="A number that was handed back may soon be somebody else's. It is a warning, because the list has "
    "been wrong before and a member should not fall off the exchange by it.",
    wrong="rir_status: null in PeeringDB",
    right="rir_status: ok in PeeringDB",
    remedy="Ask the member, and look the number up at the registry.",
)
def rir_status(facts: Facts) -> Iterator[Hit]:
    """Members whose AS number no registry lists."""
    for file, record in facts.records:
        if record.rir_status != "ok":
            status = f"`{shown(record.rir_status)}`" if record.rir_status else "not `ok`"
            yield Hit(
                f"PeeringDB's `rir_status` of `{file.member.asn}` is {status}",
                file.document.span(("asn",)),
                "look the number up at its registry before you go on",
            )


@rule(
    "ZT304",
    "a member's name is PeeringDB's",
    Severity.WARNING,
    what="`name` and PeeringDB's name (or `aka`) have a word in common.",
    why="Two quite different names for one AS number are how a wrong or a stolen number shows.",
    wrong="name: Other Company      # PeeringDB: Example Networks",
    right="name: Example Networks Ltd",
    remedy="Write the name as PeeringDB has it, or correct PeeringDB.",
)
def name_differs(facts: Facts) -> Iterator[Hit]:
    """Members whose name is quite another one in PeeringDB."""
    for file, record in facts.records:
        if file.member.name != record.name and not _alike(file.member.name, f"{record.name} {record.aka}"):
            yield Hit(
                f"PeeringDB names `{file.member.asn}` `{shown(record.name)}`",
                file.document.span(("name",)),
                "write the name as PeeringDB has it",
            )


# Words that many organisations have in their names say nothing about which one it is.
_COMMON = frozenset(
    ("ab ag and as bv co corp gmbh inc isp llc ltd net network networks of the").split(" ")  # noqa: SIM905 - fits a line
)


def _alike(mine: str, theirs: str) -> bool:
    """Whether two names share a word that tells, or one is in the other when blanks and signs are dropped."""
    one, other = (re.findall(r"[^\W_]+", name.casefold()) for name in (mine, theirs))
    if (set(one) - _COMMON) & (set(other) - _COMMON):
        return True
    return "".join(one) in "".join(other) or "".join(other) in "".join(one)


@rule(
    "ZT305",
    "who is never behind route servers has no sessions with them",
    Severity.ERROR,
    what="Where PeeringDB's `info_never_via_route_servers` is set, no node has `route_servers: true`.",
    why="The network says that its routes never come from a route server; others filter by it, so the "
    "sessions would leak or be useless.",
    wrong="route_servers: true      # info_never_via_route_servers is set",
    right="route_servers: false",
    remedy="Set `route_servers: false`, or clear the flag in PeeringDB.",
)
def never_via_route_servers(facts: Facts) -> Iterator[Hit]:
    """Nodes with sessions that their network says it never has."""
    for file, record in facts.records:
        for index, node in enumerate(file.member.nodes) if record.never_via_route_servers else ():
            if node.route_servers:
                path = written(file.document, ("nodes", index), "route_servers", "name")
                yield Hit(
                    f"PeeringDB says that `{file.member.asn}` is never behind route servers",
                    file.document.span(path),
                    "set `route_servers: false` for this node, or clear the flag in PeeringDB",
                    severity=_severity(facts),
                )


@rule(
    "ZT306",
    "a member's AS-SET is PeeringDB's",
    Severity.NOTE,
    what="Tells where `as_set` names a set that PeeringDB's record of the member does not.",
    why="Other networks filter by what PeeringDB says; a member that tells two stories is half reachable.",
    wrong='as_set: {ipv4: "RIPE::AS-OTHER"}      # PeeringDB: RIPE::AS-EXAMPLE',
    right='as_set: {ipv4: "RIPE::AS-EXAMPLE"}',
    remedy="Change one of the two, or leave `as_set` out: PeeringDB's is the default.",
)
def as_set_differs(facts: Facts) -> Iterator[Hit]:
    """AS-SETs that PeeringDB does not name."""
    for file, record in facts.records:
        names = {_bare(token) for token in re.split(r"[\s,]+", record.irr_as_set) if token}
        for _, key in FAMILIES if names else ():
            sets: tuple[AsSet, ...] = getattr(file.member.as_set, key) or ()
            for as_set in sets:
                if as_set.name not in names:
                    yield Hit(
                        f"PeeringDB does not name `{as_set}`, but `{shown(record.irr_as_set)}`",
                        file.document.span(("as_set", key)),
                        "make both agree, or leave `as_set` out",
                    )


def _bare(token: str) -> str:
    """The set's name without its source, which older records write behind an @."""
    return token.upper().rpartition("::")[2].partition("@")[0]


@rule(
    "ZT307",
    "PeeringDB's records are fresh",
    Severity.WARNING,
    what="Records are at most `peeringdb_max_age_h` hours old (policy/admission.yaml).",
    why="Limits and prefix sets follow PeeringDB; old figures refuse new routes.",
    wrong="evidence/peeringdb.json of last year",
    right="evidence/peeringdb.json of this week",
    remedy="Fetch PeeringDB's records again.",
)
def too_old(facts: Facts) -> Iterator[Hit]:
    """Members whose record is too old, together for each source."""
    groups: dict[str, list[MemberFile]] = defaultdict(list)
    hours = facts.exchange.policy.admission.peeringdb_max_age_h
    if facts.evidence is None:
        return
    oldest = facts.evidence.now - timedelta(hours=hours)
    for file, lookup in facts.lookups:
        if not isinstance(lookup, Unknown) and lookup.fetched_at < oldest:
            groups[lookup.source].append(file)
    yield from _together(
        groups,
        lambda who, source: f"what {source} says about {who} is more than {hours} hours old",
        "fetch PeeringDB's records again",
    )


@rule(
    "ZT308",
    "a limit leaves room for what a member announces",
    Severity.WARNING,
    what="`max_prefixes` is not below PeeringDB's figure for the family.",
    why="The session would be shut down as soon as the member announces what it said it would.",
    wrong="max_prefixes: {ipv4: 10}      # info_prefixes4: 100",
    right="max_prefixes: {ipv4: 120}",
    remedy="Raise the limit, or correct PeeringDB; without `max_prefixes`, its figure and head-room count.",
)
def limit_low(facts: Facts) -> Iterator[Hit]:
    """Limits below the figure in PeeringDB."""
    for file, key, limit, figure in _limits(facts):
        if limit < figure:
            yield Hit(
                f"the limit of {limit} is below the {figure} prefixes that PeeringDB gives",
                file.document.span(("max_prefixes", key)),
                "raise it, or leave it out",
            )


@rule(
    "ZT309",
    "a limit protects",
    Severity.WARNING,
    what=f"`max_prefixes` is not more than {LIMIT_FACTOR} times PeeringDB's figure plus {LIMIT_SLACK}.",
    why="A limit is there to stop a leak of the whole table; one far above what is announced stops nothing.",
    wrong="max_prefixes: {ipv4: 1000000}      # info_prefixes4: 100",
    right="max_prefixes: {ipv4: 120}",
    remedy="Lower the limit, or correct PeeringDB.",
)
def limit_high(facts: Facts) -> Iterator[Hit]:
    """Limits far above the figure in PeeringDB."""
    for file, key, limit, figure in _limits(facts):
        if limit > figure * LIMIT_FACTOR + LIMIT_SLACK:
            yield Hit(
                f"the limit of {limit} is far above the {figure} prefixes that PeeringDB gives",
                file.document.span(("max_prefixes", key)),
                "lower it, or leave it out",
            )


def _limits(facts: Facts) -> Iterator[tuple[MemberFile, str, int, int]]:
    for file, record in facts.records:
        for family, key in FAMILIES:
            limit: int | None = getattr(file.member.max_prefixes, key)
            figure = record.info_prefixes(family)
            if limit is not None and figure is not None:
                yield file, key, limit, figure
