"""What can be wrong with the exchange's own works, in the order in which it is looked for.

Law: pure. Each kind of fact has its faults, and the first that holds is told. What nobody told is unknown and
no fault; where nobody can tell it either, it is nobody's turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Generic, Literal, Never, TypeAlias, TypeVar

from ztix.diagnosis.exchange_facts import (
    Age,
    Area,
    ExchangeFacts,
    Files,
    Part,
    Release,
    Room,
    Schema,
    Secret,
    Service,
    Tool,
    Watch,
)
from ztix.diagnosis.facts import Turn
from ztix.errors import Exit

CLOCK_S = 60
"""Seconds that two clocks may be apart: `last seen` and the ages of evidence are compared in minutes."""
FREE_MIB = 1024
"""A configuration of a large exchange has 103 MB, and is held three times while it is rolled out."""

Fact: TypeAlias = Files | Tool | Secret | Service | Part | Watch | Room | Age | Schema | Release
F = TypeVar("F", bound=Fact)
F_contra = TypeVar("F_contra", bound=Fact, contravariant=True)
Verdict: TypeAlias = Literal["well", "wrong", "unknown"]


@dataclass(frozen=True, slots=True)
class Fault(Generic[F_contra]):
    """A row. says, do: with the fact's own fields in braces.  unknown: it is no fault, but not known."""

    name: str
    turn: Turn
    says: str
    do: str
    when: Callable[[F_contra], bool]
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Checks(Generic[F_contra]):
    """The faults of one kind of fact. well: what is said where none holds."""

    area: Area
    well: str
    faults: tuple[Fault[F_contra], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What was found about one subject. name: of the fault, empty where all is well."""

    area: Area
    subject: str
    verdict: Verdict
    says: str
    name: str = ""
    turn: Turn = "nobody"
    do: str = ""


FILES: Checks[Files] = Checks(
    "policy", "they can be read",
    (Fault("policy-broken", "maintainer", "{finding}", "{remedy}", lambda files: bool(files.finding)),),
)  # fmt: skip
TOOLS: Checks[Tool] = Checks(
    "tools", "{version}",
    (
        Fault(
            "tool-absent", "maintainer", "it is not installed, and {purpose}", "{install}",
            lambda tool: not tool.there,
        ),
        Fault(
            "tool-old", "maintainer", "{version} is too old: {purpose} with {oldest} or newer", "{install}",
            lambda tool: bool(tool.version) and numbers(tool.version) < numbers(tool.oldest),
        ),
        Fault(
            "tool-untold", "nobody", "it is installed, and does not tell its version", "nothing",
            lambda tool: not tool.version, unknown=True,
        ),
    ),
)  # fmt: skip
SECRETS: Checks[Secret] = Checks(
    "secrets", "{held.place}; {user} takes it",
    (
        Fault(
            "secret-absent", "maintainer", "{held.place} is not there: {held.reason}", "{remedy}",
            lambda secret: not secret.held.there,
        ),
        Fault(
            "secret-open", "maintainer", "{held.place} is open to others than its owner: mode `{held.mode}`",
            "chmod 600 {held.path}", lambda secret: secret.held.open,
        ),
        Fault(
            "secret-refused", "maintainer", "{held.place} is there, and {user} does not take it: {said}",
            "{remedy}", lambda secret: secret.taken == "no",
        ),
        Fault(
            "secret-untried", "nobody", "{held.place} is there; whether {user} takes it is not known",
            "ztix doctor again, once it answers", lambda secret: secret.taken == "unknown", unknown=True,
        ),
    ),
)  # fmt: skip


def _services(area: Area, absent: tuple[Fault[Service], ...]) -> Checks[Service]:
    prefix = area.removesuffix("s").replace(" ", "-")
    return Checks(
        area, "it answers{told}",
        (
            Fault(
                f"{prefix}-unasked", "nobody", "nobody asked it, for want of what opens it",
                "see to its token or key first", lambda one: not one.asked, unknown=True,
            ),
            Fault(
                f"{prefix}-silent", "maintainer", "it does not answer: {said}", "{remedy}",
                lambda one: one.answers == "unknown", unknown=True,
            ),
            Fault(
                f"{prefix}-refuses", "maintainer", "{said}", "{remedy}", lambda one: one.answers == "no",
            ),
            *absent,
        ),
    )  # fmt: skip


FABRICS = _services(
    "fabrics",
    (
        Fault(
            "network-absent", "maintainer", "its network is not there", "ztix reconcile",
            lambda one: not one.network,
        ),
    ),
)  # fmt: skip
ROUTE_SERVERS = _services("route servers", ())
PARTS: Checks[Part] = Checks(
    "route servers", "{found}",
    (Fault("machine", "maintainer", "{found}", "{remedy}", lambda part: bool(part.remedy)),),
)  # fmt: skip
WATCHES: Checks[Watch] = Checks(
    "clock", "it agrees with ours within a minute",
    (
        Fault(
            "clock-untold", "nobody", "its agent or service tells no time of day", "nothing",
            lambda watch: watch.ahead_s is None, unknown=True,
        ),
        Fault(
            "clock-apart", "maintainer", "it is {ahead_s:+.0f} s from ours: one of the two is wrong",
            "timedatectl, there and here: both have to say `System clock synchronized: yes`",
            lambda watch: abs(watch.ahead_s or 0.0) > CLOCK_S,
        ),
    ),
)  # fmt: skip
ROOMS: Checks[Room] = Checks(
    "disk", "{free_mib} MiB are free",
    (
        Fault(
            "disk-untold", "nobody", "its agent does not tell what is free", "nothing",
            lambda room: room.free_mib is None, unknown=True,
        ),
        Fault(
            "disk-full", "maintainer", f"{{free_mib}} MiB are free, and a run may need {FREE_MIB}", "df -h",
            lambda room: (room.free_mib or 0) < FREE_MIB,
        ),
    ),
)  # fmt: skip
AGES: Checks[Age] = Checks(
    "freshness", "{hours} hours old, of {most_hours} that it may be",
    (
        Fault(
            "unread", "maintainer", "its age is unknown: {unread}", "{remedy}",
            lambda age: bool(age.unread), unknown=True,
        ),
        Fault("none-yet", "maintainer", "there is none yet", "{remedy}", lambda age: age.hours is None),
        Fault(
            "old", "maintainer", "it is {hours} hours old, and may be {most_hours}", "{remedy}",
            lambda age: (age.hours or 0) > age.most_hours,
        ),
    ),
)  # fmt: skip
SCHEMAS: Checks[Schema] = Checks(
    "freshness", "it is what this version makes",
    (
        Fault(
            "schema-absent", "maintainer", "it is not there, so editors help nobody",
            "ztix schema --write, then commit policy/schema/", lambda schema: not schema.there,
        ),
        Fault(
            "schema-old", "maintainer", "it is of another version of ztix",
            "ztix schema --write, then commit policy/schema/", lambda schema: not schema.same,
        ),
    ),
)  # fmt: skip
RELEASES: Checks[Release] = Checks(
    "freshness", "{version}, as docs/recovery.md advises",
    (
        Fault(
            "release-untold", "nobody", "it does not tell its version", "nothing",
            lambda release: not release.version, unknown=True,
        ),
        Fault(
            "release-other", "maintainer", "{version} runs, and docs/recovery.md advises {advised}",
            "install ZeroTier One {advised} there and hold the package back: docs/recovery.md tells why",
            lambda release: numbers(release.version)[:2] != numbers(release.advised)[:2],
        ),
    ),
)  # fmt: skip


CHECKS: tuple[Checks[Never], ...] = (
    *(FILES, TOOLS, SECRETS, FABRICS, ROUTE_SERVERS, PARTS, WATCHES, ROOMS, AGES, SCHEMAS, RELEASES),
)
"""In the order in which they are told."""


def check_up(facts: ExchangeFacts) -> tuple[Row, ...]:
    """A row for each fact."""
    return (
        *_rows(FILES, facts.files),
        *_rows(TOOLS, facts.tools),
        *_rows(SECRETS, facts.secrets),
        *_rows(FABRICS, facts.fabrics),
        *_rows(ROUTE_SERVERS, facts.route_servers),
        *_rows(PARTS, facts.parts),
        *_rows(WATCHES, facts.watches),
        *_rows(ROOMS, facts.rooms),
        *_rows(AGES, facts.ages),
        *_rows(SCHEMAS, facts.schemas),
        *_rows(RELEASES, facts.releases),
    )


def exit_of(rows: Iterable[Row]) -> Exit:
    """The gravest of them. What nobody can tell is nobody's fault, and counts for nothing."""
    counted = [row for row in rows if row.turn != "nobody"]
    if any(row.area == "policy" for row in counted):
        return Exit.INVALID
    if any(row.verdict == "wrong" for row in counted):
        return Exit.PARTIAL
    return Exit.UNAVAILABLE if counted else Exit.DONE


def _rows(checks: Checks[F], facts: Iterable[F]) -> Iterator[Row]:
    for fact in facts:
        words = {field.name: getattr(fact, field.name) for field in fields(fact)}
        fault = next((one for one in checks.faults if one.when(fact)), None)
        if fault is None:
            yield Row(checks.area, fact.subject, "well", checks.well.format_map(words))
            continue
        says, do = fault.says.format_map(words), fault.do.format_map(words)
        verdict: Verdict = "unknown" if fault.unknown else "wrong"
        yield Row(checks.area, fact.subject, verdict, says, fault.name, fault.turn, do)


def numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, to be compared."""
    return tuple(map(int, re.findall(r"[0-9]{1,9}", version)))
