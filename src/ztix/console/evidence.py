"""What a refresh of the evidence did, for people and programs; returns strings, prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.evidence_delta import Judged, Outcome, Refresh, Sizes
from ztix.refresh import Refreshed

EvidenceForm: TypeAlias = Literal["text", "json"]

_HEAD = ("AS-SET", "AS numbers", "IPv4", "IPv6", "")


def render_refresh(refreshed: Refreshed, written: Iterable[str], form: EvidenceForm) -> str:
    """Counts for each AS-SET, the findings, and what was written."""
    if form == "json":
        return json_text(_data(refreshed, tuple(written)))
    found = refreshed.refresh
    lines = [*_table(found), *_networks(found), *_vrps(found)]
    for finding in found.findings:
        lines += ["", f"{finding.severity.value} {finding.rule}: {printable(finding.message)}"]
        lines += [f" help: {printable(finding.help)}"] if finding.help else []
    counts = Counter(found.outcomes)
    told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    files = ", ".join(written)
    lines += ["", f"{told or 'nothing asked'}; {f'wrote {files}' if files else 'no file changed'}."]
    return "\n".join(lines).removeprefix("\n") + "\n"


def _table(found: Refresh) -> list[str]:
    if not found.expansions:
        return []
    rows = [_HEAD, *map(_cells, found.expansions)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join(
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=False))
        )
        + f"  {row[4]}".rstrip()
        for row in rows
    ]


def _cells(item: Judged[Any]) -> tuple[str, ...]:
    kept = item.outcome in (Outcome.KEPT, Outcome.UNKNOWN)
    sizes = [_size(item.before, None if kept else item.after, at) for at in range(3)]
    return (printable(item.subject), *sizes, item.outcome.value + _age(item))


def _size(before: Sizes | None, after: Sizes | None, at: int) -> str:
    had = None if before is None else before[at]
    has = had if after is None else after[at]
    if has is None:
        return "-"
    return str(has) if had in (None, has) else f"{had} -> {has}"


def _age(item: Judged[Any]) -> str:
    if item.outcome is not Outcome.KEPT or item.fetched_at is None:
        return ""
    return f", from {item.fetched_at:%Y-%m-%d %H:%M}"


def _networks(found: Refresh) -> list[str]:
    return _line("PeeringDB", found.networks)


def _vrps(found: Refresh) -> list[str]:
    vrps = found.vrps
    if vrps is None:
        return []
    kept = vrps.outcome in (Outcome.KEPT, Outcome.UNKNOWN)
    return [f"VRPs: {_size(vrps.before, None if kept else vrps.after, 0)}, {vrps.outcome.value}"]


def _line(name: str, items: tuple[Judged[Any], ...]) -> list[str]:
    counts = Counter(item.outcome for item in items)
    told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    return ["", f"{name}: {told}"] if told else []


def _data(refreshed: Refreshed, written: tuple[str, ...]) -> dict[str, object]:
    found = refreshed.refresh
    return {
        "schema": "ztix.refresh.v1",
        "exit": int(refreshed.exit),
        "networks": [_item(item) for item in found.networks],
        "as_sets": [_item(item) for item in found.expansions],
        "vrps": None if found.vrps is None else _item(found.vrps),
        "findings": [
            {"rule": finding.rule, "message": finding.message, "help": finding.help}
            for finding in found.findings
        ],
        "written": list(written),
    }


def _item(item: Judged[Any]) -> dict[str, object]:
    return {
        "subject": item.subject,
        "outcome": item.outcome.value,
        "before": item.before,
        "after": item.after,
        "fetched_at": None if item.fetched_at is None else f"{item.fetched_at:%Y-%m-%dT%H:%M:%SZ}",
    }
