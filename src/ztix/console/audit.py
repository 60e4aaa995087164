"""The audit trail and what is wrong with it, as text or JSON; returns strings, prints nothing.

Law: pure. Names, subjects and reasons are foreign text: `printable` makes each one harmless line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias, assert_never

from ztix.amounts import few, plural
from ztix.audit import Approval, Begun, Denied, Entry, Noted, Run, counted, subject_of
from ztix.chain import Claim, Flaw
from ztix.console.json_text import json_text
from ztix.console.safe import printable

AuditForm: TypeAlias = Literal["text", "json"]
WIDTH = 78  # characters of a detail; with its indent it fits a terminal of 100
DETAILS = 12  # lines about one run; all are in its receipt and in the JSON
MEMBERS = 3  # names of members on one line


def render_trail(entries: Sequence[Entry], form: AuditForm) -> str:
    """The story, the newest last."""
    if form == "json":
        trail = {"schema": "ztix.audit.v1", "entries": [_data(entry) for entry in entries]}
        return json_text(trail)
    if not entries:
        return "Nothing is on record that fits.\n"
    return "".join(line.rstrip() + "\n" for entry in entries for line in _lines(entry))


def render_flaws(flaws: Sequence[Flaw], records: int, tip: str, form: AuditForm) -> str:
    """What is wrong, the oldest first, and how far the chain reaches."""
    if form == "json":
        rows = [{"commit": flaw.commit, "about": flaw.about, "words": flaw.words} for flaw in flaws]
        told = {"schema": "ztix.audit-verify.v1", "tip": tip, "records": records, "findings": rows}
        return json_text(told)
    lines = [f"{flaw.commit[:12]}  {flaw.about:<7}  {printable(flaw.words)}" for flaw in flaws]
    if flaws:
        lines.append(f"Broken: {plural(len(flaws), 'finding')} in {plural(records, 'record')}.")
    elif records:
        lines += [f"Unbroken: {plural(records, 'record')}, each follows from the one before.", f"Tip {tip}"]
    else:
        lines.append("There is no record yet.")
    return "\n".join(lines) + "\n"


def _lines(entry: Entry) -> Iterator[str]:
    match entry:
        case Approval():
            merged = entry.merged
            pull = f"#{merged.pull_request} " if merged.pull_request else ""
            who = printable(str(merged.by), 40)
            yield f"{_at(entry.at)}  merge    {pull}by {who}  {merged.commit[:12]}"
            yield _detail(": ".join(filter(None, (_named(entry.members), merged.subject))))
            yield _detail(_live(entry))
        case Run():
            kept = entry.kept
            approved = ", a gate was passed by approval" if kept.approved else ""
            yield f"{_at(entry.at)}  run      {kept.plan.short} of {printable(kept.revision[:12])}{approved}"
            if kept.by is not None:
                yield _detail(f"{'approved' if kept.approved else 'started'} by {_claim(kept.by)}")
            yield from _details([*_deeds(entry), *(f"! {words}" for words in entry.troubles())])
            yield _detail(f"ended: {entry.ending}")
        case Begun():
            yield f"{_at(entry.at)}  attempt  {entry.plan}  {_named(entry.members)}"
            yield _detail("its end is not on record")
        case Denied():
            refusal = entry.kept
            yield f"{_at(entry.at)}  refusal  {refusal.plan.short} of {printable(refusal.revision[:12])}"
            if refusal.by is not None:
                yield _detail(f"started by {_claim(refusal.by)}")
            if refusal.read is not None:
                yield _detail(f"another plan had been read: {refusal.read.short}")
            yield from _details([f"gate `{one.gate}`: {one.words}" for one in refusal.gates])
            if entry.members:
                yield _detail(_named(entry.members))
        case Noted():
            what = "by hand" if entry.by_hand else "look"
            yield f"{_at(entry.at)}  {what:<7}  {printable(entry.words, 72)}"
            if entry.members:
                yield _detail(_named(entry.members))
        case _:
            assert_never(entry)


def _claim(claim: Claim) -> str:
    """Who it was by the word of the run's surroundings; nobody has proven it."""
    source = f" by {printable(claim.source, 40)}" if claim.source else ""
    return f"{printable(claim.claimed, 30)} (claimed{source})"


def _live(entry: Approval) -> str:
    match entry.live:
        case None:
            return "no run with it is on record"
        case Noted():
            return f"live by {_at(entry.live.at)}, there was nothing to do"
        case Run():
            troubles = tuple(entry.live.troubles(entry.members))
            when = f"run {entry.live.kept.plan.short} at {_at(entry.live.at)}"
            return f"not all live after {when}: {troubles[0]}" if troubles else f"live by {when}"
        case _:
            assert_never(entry.live)


def _deeds(run: Run) -> Iterator[str]:
    for deed in run.kept.outcomes:
        if deed.outcome == "applied":
            yield f"{subject_of(deed)} {deed.step} applied"
    for turn in run.kept.rollouts:
        if turn.ended.value in ("confirmed", "unchanged"):
            yield f"{turn.route_server} {turn.ended.value}"


def _details(lines: Sequence[str]) -> Iterator[str]:
    """As many as fit, troubles before the rest where not all do."""
    if len(lines) > DETAILS:
        lines = sorted(lines, key=lambda line: not line.startswith("!"))
    yield from map(_detail, lines[:DETAILS])
    if len(lines) > DETAILS:
        yield _detail(f"and {len(lines) - DETAILS} more; `--format json` has all")


def _detail(words: str) -> str:
    return f"{'':18}{printable(words, WIDTH)}"


def _named(members: Sequence[str]) -> str:
    return few([printable(member, 18) for member in members], MEMBERS, " ")


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _data(entry: Entry) -> dict[str, object]:
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    common: dict[str, object] = {"at": at, "members": list(entry.members)}
    match entry:
        case Approval():
            merged, live = entry.merged, entry.live
            return {
                "entry": "merge",
                **common,
                "commit": merged.commit,
                "by": str(merged.by),
                "author": str(merged.author),
                "pull_request": merged.pull_request,
                "subject": merged.subject,
                "live": None if live is None else live.commit,
                "words": _live(entry),
            }
        case Run():
            return {"entry": "run", **common, **_run_data(entry)}
        case Begun():
            return {"entry": "attempt", **common, "commit": entry.commit, "plan": entry.plan}
        case Denied():
            refusal = entry.kept
            return {
                "entry": "refusal",
                **common,
                "commit": entry.commit,
                "plan": refusal.plan,
                "revision": refusal.revision,
                "exit": int(refusal.exit),
                "gates": [{"gate": one.gate, "words": one.words} for one in refusal.gates],
                "read": refusal.read,
                "by": _claim_data(refusal.by),
            }
        case Noted():
            kind = "by-hand" if entry.by_hand else "look"
            return {"entry": kind, **common, "commit": entry.commit, "subject": entry.words}
        case _:
            assert_never(entry)


def _claim_data(claim: Claim | None) -> dict[str, object] | None:
    return None if claim is None else {"claimed": claim.claimed, "source": claim.source}


def _run_data(run: Run) -> dict[str, object]:
    kept = run.kept
    changes = [
        {"outcome": deed.outcome, "step": deed.step, "subject": subject_of(deed), "reason": deed.reason}
        for deed in kept.outcomes
    ]
    rollouts = [
        {
            "route_server": turn.route_server,
            "ended": turn.ended.value,
            "after": turn.after,
            "detail": turn.detail,
        }
        for turn in kept.rollouts
    ]
    return {
        "commit": run.commit,
        "plan": kept.plan,
        "revision": kept.revision,
        "approved": kept.approved,
        "by": _claim_data(kept.by),
        "started": kept.started.isoformat(),
        "exit": int(kept.exit),
        "ending": run.ending,
        "counts": counted(kept.outcomes),
        "changes": changes,
        "rollouts": rollouts,
        "quarantined": [{"member": left.member, "reason": left.reason} for left in kept.quarantined],
    }
