"""What may be merged without a maintainer: each condition by its name, with what was found.

Law: pure. Computed anew at the moment of merging, on that very head, from the files as they are in git: no
label, title, name of a check or text of a difference lets anything through; the one label that counts stops.
All of it is off unless policy says `approval: auto`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ztix.admission.submission import FileChange, Submission
from ztix.admission.verdict import State, Verdict
from ztix.admission_policy import AutoPolicy
from ztix.amounts import few, plural
from ztix.diagnostics import Severity
from ztix.document import Value, read_document
from ztix.enclosure import SIGNATURE, Enclosure
from ztix.fabric import Configure, Detach, Reassert
from ztix.member import MEMBER_PATH, Member, member_path
from ztix.policy import Policy
from ztix.tree import Entry, Kind

SHOWN = 5  # paths that one line names
WAIT = "wait"  # the condition that time alone makes true


@dataclass(frozen=True, slots=True)
class Standing:
    """What the forge and git's history tell, at the moment that counts.

    author_created: when the author's account was made, None where that is unknown.  ready_since: since when
    this head is ready, None where it was not until now.  merges: when the member's file was merged lately.
    invited: whether the submission has an invitation that a maintainer made to admit by itself.
    """

    now: datetime
    author_created: datetime | None = None
    labels: frozenset[str] = frozenset()
    ready_since: datetime | None = None
    merges: tuple[datetime, ...] = ()
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. words: what was found."""

    name: str
    holds: bool
    words: str


def conditions(
    policy: Policy,
    submission: Submission,
    verdict: Verdict,
    standing: Standing,
    *,
    base: Member | None,
    truncated: bool,
) -> tuple[Condition, ...]:
    """Every condition of merging this by itself; none where policy wants a maintainer for all.

    base: the member as it is now, None who joins.  truncated: whether the comment had to be cut.
    """
    if policy.admission.approval != "auto":
        return ()
    auto = policy.admission.auto
    change, alone = _one_file(submission)
    return (
        alone,
        *((_member(submission, change, base, standing)) if change else ()),
        *((_paths(change, auto),) if change and change.before is not None else ()),
        _removals(verdict),
        _warnings(verdict),
        Condition("comment", not truncated, "is cut short" if truncated else "is shown whole"),
        Condition("verdict", verdict.state is State.READY, f"is `{verdict.state.value}`"),
        _account(standing, auto),
        _rate(standing, auto),
        _hold(standing.labels, auto),
        _wait(standing, auto),
    )


def may_merge(found: tuple[Condition, ...]) -> bool:
    """Whether policy lets it be merged by itself and every condition holds."""
    return bool(found) and all(condition.holds for condition in found)


def waits_only(found: tuple[Condition, ...]) -> bool:
    """Whether nothing but time is missing, if anything is."""
    return bool(found) and all(condition.holds for condition in found if condition.name != WAIT)


def held(policy: Policy, labels: frozenset[str]) -> bool:
    """Whether somebody set the label that stops every merge."""
    return policy.admission.auto.hold_label in labels


def _one_file(submission: Submission) -> tuple[FileChange | None, Condition]:
    """The member's file, where nothing else changes but what is enclosed with it."""
    members = [change for change in submission.changes if MEMBER_PATH.fullmatch(change.path)]
    if len(members) == 1:
        change = members[0]
        others = [item.path for item in submission.changes if not _enclosed(item.path, change)]
        if not others and change.after is not None and change.after.kind is Kind.FILE:
            return change, Condition("one file", True, f"only `{change.path}` changes")
        if not others:
            return None, Condition("one file", False, f"`{change.path}` is gone, or is no file")
    count = len(submission.changes)
    return None, Condition("one file", False, f"{plural(count, 'file')} changed, or none of a member")


def _enclosed(path: str, change: FileChange) -> bool:
    """Whether a path is the member's file, or lies beside it: who joins may enclose proofs as well."""
    if path == change.path:
        return True
    found = Enclosure.parse(path)
    beside = found is not None and member_path(found.asn) == change.path
    return beside and (change.before is None or path.endswith(SIGNATURE))


def _member(
    submission: Submission, change: FileChange, base: Member | None, standing: Standing
) -> Iterator[Condition]:
    if change.before is None:
        words = "an invitation says so" if standing.invited else "who joins needs a maintainer"
        yield Condition("join", standing.invited, words)
        return
    known = base is not None and any(
        contact.github is not None and contact.github.id == submission.author for contact in base.contacts
    )
    words = "is" if known else "is not"
    yield Condition("author", known, f"{words} among the contacts of the file as it is now")


def _paths(change: FileChange, auto: AutoPolicy) -> Condition:
    """Which keys differ, by the parsed files: not by any text of a difference."""
    before, after = _value(change.before), _value(change.after)
    if before is None or after is None:
        return Condition("keys", False, "the file cannot be read")
    changed = tuple(_different("", before, after))
    foreign = [path for path in changed if not any(_covers(pattern, path) for pattern in auto.self_service)]
    if foreign:
        return Condition("keys", False, f"{_some(foreign)} may not change by itself")
    return Condition("keys", True, f"{_some(changed)} may change by itself" if changed else "none changes")


def _value(entry: Entry | None) -> Value | None:
    document = read_document(entry)[0] if entry is not None and entry.content is not None else None
    return None if document is None else document.value


def _different(path: str, before: Value | None, after: Value | None) -> Iterator[str]:
    """The path of each value that differs; of a list whole, where it got longer or shorter."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else None
        new = after if isinstance(after, Mapping) else None
        if (old is None and before is not None) or (new is None and after is not None):
            yield path
            return
        for key in sorted({*(old or {}), *(new or {})}):
            yield from _different(f"{path}/{key}", (old or {}).get(key), (new or {}).get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _different(f"{path}/{index}", left, right)
    elif before != after:
        yield path


def _covers(pattern: str, path: str) -> bool:
    """Whether a path of policy names this one, or what this one is a part of."""
    names, parts = pattern.split("/"), path.split("/")
    return len(names) <= len(parts) and all(
        name in ("*", part) for name, part in zip(names, parts, strict=False)
    )


def _some(paths: Sequence[str]) -> str:
    return few([f"`{path}`" for path in paths], SHOWN)


def _removals(verdict: Verdict) -> Condition:
    gone = sum(isinstance(change, Detach | Reassert | Configure) for change in verdict.changes)
    words = (
        "takes nobody off a fabric" if not gone else f"takes off or reconfigures in {plural(gone, 'change')}"
    )
    return Condition("plan", not gone, words)


def _warnings(verdict: Verdict) -> Condition:
    """The rules warn of values out of bounds: a limit far above PeeringDB's, another member's AS-SET."""
    count = verdict.report.count(Severity.WARNING)
    words = (
        f"{plural(count, 'warning')} in the file for a person to weigh" if count else "no warning in the file"
    )
    return Condition("findings", not count, words)


def _account(standing: Standing, auto: AutoPolicy) -> Condition:
    if standing.author_created is None:
        return Condition("account", False, "its age is unknown")
    days = (standing.now - standing.author_created).days
    words = f"is {plural(days, 'day')} old; policy asks for {auto.account_age_days}"
    return Condition("account", days >= auto.account_age_days, words)


def _rate(standing: Standing, auto: AutoPolicy) -> Condition:
    day = standing.now - timedelta(days=1)
    count = sum(at > day for at in standing.merges)
    words = f"{count} in the last day; policy allows {auto.merges_per_day}"
    return Condition("merges", count < auto.merges_per_day, words)


def _hold(labels: frozenset[str], auto: AutoPolicy) -> Condition:
    stopped = auto.hold_label in labels
    words = f"`{auto.hold_label}` is set" if stopped else f"nobody set `{auto.hold_label}`"
    return Condition("label", not stopped, words)


def _wait(standing: Standing, auto: AutoPolicy) -> Condition:
    if standing.ready_since is None:
        return Condition(WAIT, not auto.wait_minutes, f"{auto.wait_minutes} minutes begin now")
    until = standing.ready_since + timedelta(minutes=auto.wait_minutes)
    words = f"{auto.wait_minutes} minutes, until {until:%Y-%m-%d %H:%M} UTC"
    return Condition(WAIT, standing.now >= until, words)
