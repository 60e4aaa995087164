"""The files in `evidence/`: what others said about members, kept in git, to and from values.

Law: pure. What these files hold reaches router configurations, so every word is checked as if a stranger had
written it. One record stands on one line, ascending, so that a diff shows which network changed. A record
that is damaged is left out and reported: then nothing is known, which is not the same as absent.

    evidence/peeringdb.json  networks, or that there is none   ztix.evidence.peeringdb.v1
    evidence/irr.json        AS-SETs and what they expand to   ztix.evidence.irr.v1
    evidence/vrps.json       validated ROA payloads            ztix.evidence.vrps.v1
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeAlias, TypeVar

from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.evidence import Evidence, Expansion, NetworkLookup, Vrp, plain
from ztix.evidence_rows import (
    Damaged,
    Json,
    Row,
    expansion_row,
    network_row,
    read_expansion,
    read_network,
    read_vrps_of,
    vrps_row,
)
from ztix.terms import Asn, AsSet
from ztix.tree import Kind, Tree

FOLDER = "evidence/"  # the path of what stands in place of the folder
NETWORKS_PATH = "evidence/peeringdb.json"
EXPANSIONS_PATH = "evidence/irr.json"
VRPS_PATH = "evidence/vrps.json"
NETWORKS_SCHEMA = "ztix.evidence.peeringdb.v1"
EXPANSIONS_SCHEMA = "ztix.evidence.irr.v1"
VRPS_SCHEMA = "ztix.evidence.vrps.v1"
_HEAD_LINES = 3  # lines before the first record
_SNIPPET = 160  # characters; a longer line is not shown with a finding
_HELP = "fetch the evidence again, or take the file's last good version from git"
_FOLDER_HELP = "commit a folder with the files themselves"

VrpsHeld: TypeAlias = "tuple[tuple[Vrp, ...], datetime | None]"

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass
class RecordFile:
    """One file of records while it is read. name: of its list of records."""

    path: str
    schema: str
    name: str
    content: bytes
    findings: list[Diagnostic] = field(default_factory=list)

    def records(self, read: Callable[[Json], tuple[K, T]]) -> dict[K, T]:
        """What `read` makes of each record that is whole, by its key."""
        found: dict[K, T] = {}
        for number, item in enumerate(self.items(), start=1):
            try:
                key, value = read(item)
                if key in found:
                    raise Damaged(f"is a second one about `{key}`")
            except (Damaged, ValueError) as damage:
                self.record_finding(number, item, f"record {number} of `{self.name}` {damage}")
            else:
                found[key] = value
        return found

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines, once a finding needs them: a large file has many megabytes."""
        return self.content.decode("utf-8", errors="replace").split("\n")

    def items(self) -> list[Json]:
        """The file's records; none, and a finding, where it is damaged."""
        try:
            whole: Json = json.loads(self.content.decode("utf-8"))
        except json.JSONDecodeError as error:
            self.finding("ZT600", f"the file is no JSON from here on: {error.msg}", error.lineno, error.colno)
            return []
        except (UnicodeDecodeError, RecursionError, ValueError):
            self.finding("ZT600", "the file is no JSON in UTF-8")
            return []
        schema = whole.get("schema") if isinstance(whole, dict) else None
        if not isinstance(whole, dict) or schema != self.schema:
            shown = plain(schema, 40) if isinstance(schema, str) else "none"
            self.finding("ZT601", f"the file's `schema` is `{shown}`; only `{self.schema}` is read here")
            return []
        items = whole.get(self.name)
        if not isinstance(items, list):
            self.finding("ZT600", f"the file has no list `{self.name}`")
            return []
        return items

    def record_finding(self, number: int, item: Json, message: str) -> None:
        """A finding on the record's own line, where the file is laid out as ztix writes it."""
        line = number + _HEAD_LINES
        self.finding("ZT602", message, line if self.holds(line, item) else 1)

    def holds(self, line: int, item: Json) -> bool:
        try:
            return bool(json.loads(self.lines[line - 1].rstrip(" ,\r")) == item)
        except (IndexError, ValueError, RecursionError):
            return False

    def finding(self, rule: str, message: str, line: int = 1, column: int = 1) -> None:
        lines = self.lines
        shown = lines[line - 1] if line <= len(lines) else ""
        if len(shown) > _SNIPPET or not shown.isprintable():
            shown = ""
        place = Span(self.path, line, column, column + 1, shown)
        self.findings.append(Diagnostic(rule, Severity.ERROR, message, place, _HELP))


def networks_text(lookups: Mapping[Asn, NetworkLookup]) -> str:
    """The text of evidence/peeringdb.json. What is unknown is left out."""
    return records_text(
        NETWORKS_SCHEMA, "networks", filter(None, (network_row(*pair) for pair in sorted(lookups.items())))
    )


def expansions_text(expansions: Iterable[Expansion]) -> str:
    """The text of evidence/irr.json."""
    ordered = sorted(expansions, key=lambda expansion: expansion.as_set)
    return records_text(EXPANSIONS_SCHEMA, "expansions", map(expansion_row, ordered))


def vrps_text(vrps: Iterable[Vrp], source: str, fetched_at: datetime) -> str:
    """The text of evidence/vrps.json: one AS number a line."""
    by_asn: dict[int, list[Vrp]] = {}
    for vrp in vrps:
        by_asn.setdefault(vrp.asn, []).append(vrp)
    rows = (vrps_row(asn, held, source, fetched_at) for asn, held in sorted(by_asn.items()))
    return records_text(VRPS_SCHEMA, "vrps", rows)


def read_networks(
    content: bytes, path: str = NETWORKS_PATH
) -> tuple[dict[Asn, NetworkLookup], list[Diagnostic]]:
    """The look-ups in the bytes of evidence/peeringdb.json, and what is damaged in it. Raises nothing."""
    file = RecordFile(path, NETWORKS_SCHEMA, "networks", content)
    return file.records(read_network), file.findings


def read_expansions(content: bytes) -> tuple[dict[AsSet, Expansion], list[Diagnostic]]:
    """The expansions in the bytes of evidence/irr.json, and what is damaged in it. Raises nothing."""
    file = RecordFile(EXPANSIONS_PATH, EXPANSIONS_SCHEMA, "expansions", content)
    return file.records(read_expansion), file.findings


def read_vrps(content: bytes) -> tuple[VrpsHeld, list[Diagnostic]]:
    """The VRPs in the bytes of evidence/vrps.json, ascending, when the oldest of them was fetched (None for
    none), and what is damaged in the file. Raises nothing.
    """
    file = RecordFile(VRPS_PATH, VRPS_SCHEMA, "vrps", content)
    found = file.records(read_vrps_of)
    oldest = min((fetched_at for fetched_at, _ in found.values()), default=None)
    return (tuple(vrp for asn in sorted(found) for vrp in found[asn][1]), oldest), file.findings


def evidence(tree: Tree, now: datetime) -> tuple[Evidence, Report]:
    """All that the evidence files of a tree hold, and what is damaged in them. Raises nothing."""
    findings: list[Diagnostic] = []
    folder = tree.get(FOLDER)
    if folder is not None:
        message = f"this is {folder.kind.one}, no folder, and nothing in it is read"
        findings.append(Diagnostic("ZT600", Severity.ERROR, message, Span(FOLDER), _FOLDER_HELP))
    networks = held_in(tree, NETWORKS_PATH, read_networks, findings)
    expansions = held_in(tree, EXPANSIONS_PATH, read_expansions, findings)
    vrps, fetched_at = held_in(tree, VRPS_PATH, read_vrps, findings) or (None, None)
    return Evidence(now, networks or {}, expansions or {}, vrps, fetched_at), Report.of(findings)


def held_in(
    tree: Tree, path: str, read: Callable[[bytes], tuple[T, list[Diagnostic]]], findings: list[Diagnostic]
) -> T | None:
    """What one file holds; None where there is no such file, or none that may be read."""
    entry = tree.get(path)
    if entry is None:
        return None
    if entry.kind is not Kind.FILE or entry.content is None:
        message = f"this is {entry.kind.one} of {entry.size} bytes and is not read"
        findings.append(Diagnostic("ZT600", Severity.ERROR, message, Span(path), _HELP))
        return None
    value, damage = read(entry.content)
    findings.extend(damage)
    return value


def records_text(schema: str, name: str, rows: Iterable[Row]) -> str:
    """The text of a file: one record a line, in this order."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    end = "\n" if lines else ""
    return f'{{\n"schema": "{schema}",\n"{name}": [\n{lines}{end}]\n}}\n'
