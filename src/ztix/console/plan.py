"""A plan as text, Markdown, JSON or GitHub annotations; returns strings, prints nothing.

Law: what is shown is what the digest covers, grouped by whose it is, each line with its reason and place.
Meaning never rests on colour: the sign in the first column says it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from ztix.amounts import few, fitting, plural
from ztix.console.edits import edit_lines, edits_data
from ztix.console.effects import effect_lines, effects_data
from ztix.console.json_text import json_text
from ztix.console.safe import fenced, markdown, printable, workflow_text, workflow_value
from ztix.diagnostics import Span
from ztix.fabric import Amend, Attach, Attachment, Change, Configure, Detach, Reassert
from ztix.lan import ACCEPT_ALL, difference
from ztix.plan import Deploy, Plan, step_data
from ztix.policy import policy_path

if TYPE_CHECKING:  # a review shows changes too, and has no need of all that a run needs
    from ztix.gates import Refusal
    from ztix.reconcile import Planned

PlanForm: TypeAlias = Literal["text", "markdown", "json", "github"]
NAMED = 8  # members that one line names
COMMENT_MAX = 60_000  # characters; what a comment on a pull request holds, with room to spare
_COLOURS = {"+": "32", "~": "33", "-": "31", "!": "35", "?": "36"}


def render_plan(planned: Planned, form: PlanForm, *, colour: bool = False) -> str:
    """The plan in one of its forms, with a trailing newline."""
    match form:
        case "text":
            return "".join(_paint(line, colour) + "\n" for line in _lines(planned))
        case "markdown":
            return _markdown(planned)
        case "json":
            return json_text(plan_data(planned), sort_keys=True)
        case "github":
            return "".join(_annotations(planned))
        case _:
            assert_never(form)


def plan_data(planned: Planned) -> dict[str, object]:
    """The plan as JSON; `ztix apply` reads the digest from it."""
    plan = planned.plan
    return {
        "schema": "ztix.plan.v1",
        "digest": str(plan.digest),
        "base": str(plan.base),
        "revision": planned.gathered.exchange.revision,
        "steps": [{**step_data(step), "because": _place(step)} for step in (*plan.changes, *plan.deploys)],
        "effects": effects_data(planned.foreseen),
        "edits": edits_data(planned.edits),
        "notes": [{"subject": note.subject, "text": note.text} for note in plan.notes],
        "refusals": [
            {"gate": item.gate, "what": item.what, "limit": item.limit, "where": _where(item)}
            for item in planned.refusals
        ],
    }


def _where(refusal: Refusal) -> str | None:
    return str(refusal.where) if refusal.where else None


def summary(plan: Plan, quarantined: int = 0) -> str:
    """The plan in one sentence."""
    aside = f"; {plural(quarantined, 'member')} quarantined" if quarantined else ""
    others = f" {plural(plan.strangers, 'node')} on a fabric and in no file." if plan.strangers else ""
    if plan.is_empty:
        nodes = plural(plan.managed, "node")
        return f"Nothing to do: {nodes} and the route servers are as git says{aside}.{others}"
    kinds = [
        (sum(isinstance(change, kind) for change in plan.changes), word)
        for kind, word in (
            (Configure, "to configure"),
            (Attach, "to attach"),
            (Amend, "to amend"),
            (Detach, "to detach"),
            (Reassert, "to assert again"),
        )
    ]
    words = [f"{number} {word}" for number, word in kinds if number]
    if plan.deploys:
        words.append(f"{plural(len(plan.deploys), 'route server')} to deploy")
    drift = sum(not isinstance(change, Reassert) and change.because is None for change in plan.changes)
    tail = f"; {drift} of them from drift" if drift else ""
    return f"Plan: {', '.join(words)}{tail}; {plural(plan.managed, 'node')} managed{aside}.{others}"


def _lines(planned: Planned) -> Iterator[str]:
    plan, exchange = planned.plan, planned.gathered.exchange
    name, count = exchange.policy.exchange.name, len(exchange.members)
    yield f"Exchange {name}, {plural(count, 'member')}, at {exchange.revision[:12]}"
    if not plan.is_empty:
        yield "Legend: + attach  ~ change  - detach  ? drift: not from git  ! needs approval"
    for block in change_blocks(plan.changes):
        yield from block
    if plan.deploys:
        yield ""
        yield "route servers"
        for deploy in plan.deploys:
            yield deploy_line(deploy)
            yield from effect_lines(deploy, planned.foreseen)
    yield from edit_lines(planned.edits)
    if plan.notes:
        yield ""
        yield "notes"
        for note in plan.notes:
            yield f"    {printable(note.subject)} {printable(note.text)}"
    if planned.refusals:
        yield ""
        yield "gates"
        for refusal in planned.refusals:
            yield f"  ! {refusal.words}"
    yield ""
    yield summary(plan, len(planned.gathered.quarantined))
    if not plan.is_empty or planned.refusals:
        yield f"Digest {plan.digest}"
        if planned.refusals:
            yield f"Approve with: ztix reconcile --approve {plan.digest}"


def change_blocks(changes: Sequence[Change]) -> Iterator[list[str]]:
    """The lines of each change; whose it is stands over the first of an owner's."""
    previous = None
    for change in changes:
        owner = _owner(change)
        head = [] if owner == previous else ["", owner]
        previous = owner
        yield [*head, _line(change), *_settings(change), *_rules(change)]


def _owner(change: Change) -> str:
    return f"fabric {change.fabric}" if isinstance(change, Configure | Reassert) else change.owner


def _line(change: Change) -> str:
    place = _place(change) or _without_git(change)
    match change:
        case Configure(_, before, after):
            if before is not None:
                return f"  {'?' if change.because is None else '~'} set the network    {place}"
            prefixes = ", ".join(map(str, after.prefixes))
            return f"  + create the network: {prefixes}, mtu {after.mtu}    {place}"
        case Attach(_, _, _, after):
            sign = "?" if change.because is None else "+"
            return (
                f"  {sign} {after.node} attach as {printable(after.name)} with {_addresses(after)}    {place}"
            )
        case Amend(_, _, before, after):
            sign = "?" if change.because is None else "~"
            return f"  {sign} {after.node} {_difference(before, after)}    {place}"
        case Detach(_, _, before, _):
            return (
                f"  - {before.node} detach {printable(before.name)}, gives up {_addresses(before)}    {place}"
            )
        case Reassert(_, node):
            return f"  - {node} detach once more, so that every member hears of it"
        case _:
            assert_never(change)


def _settings(change: Change) -> Iterator[str]:
    """What of a network's settings changes, but for its rules."""
    if not isinstance(change, Configure):
        return
    if change.before is None:
        if change.after.dns:
            yield f"      dns: {printable(str(change.after.dns))}"
        return
    old, new = change.before.data(), change.after.data()
    for key in ("name", "prefixes", "mtu", "multicast_limit"):
        if old[key] != new[key]:
            yield f"      {key}: {printable(_plain(old[key]))} -> {printable(_plain(new[key]))}"
    if change.before.dns != change.after.dns:
        was, will = change.before.dns or "none", change.after.dns or "none"
        yield f"      dns: {printable(str(was))} -> {printable(str(will))}"
    if old["closed"] != new["closed"]:
        yield "      open to others (public, a pool, a token, or a foreign route) -> private, as ztix sets it"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _without_git(change: Change) -> str:
    if not isinstance(change, Configure | Reassert) and change.owner.startswith("by-hand-"):
        return "allowed by hand, and its time is over"
    return "changed on the controller, not in git"


def _rules(change: Change) -> Iterator[str]:
    """What a network's rules become, a line for each rule: it is what a reviewer approves."""
    if isinstance(change, Configure):
        before = change.before.rules if change.before else ACCEPT_ALL
        for line in difference(before, change.after.rules):
            yield f"      {line[:1]} rule: {printable(line[2:])}"


def _addresses(attachment: Attachment) -> str:
    return ", ".join(map(str, attachment.addresses)) or "no address"


def _difference(before: Attachment, after: Attachment) -> str:
    parts = []
    if before.addresses != after.addresses:
        parts.append(f"{_addresses(before)} -> {_addresses(after)}")
    if before.name != after.name:
        parts.append(f"name {printable(before.name) or 'none'} -> {printable(after.name)}")
    if before.tags != after.tags:
        parts.append(f"tags {_tags(before)} -> {_tags(after)}")
    if before.capabilities != after.capabilities:
        parts.append(f"capabilities {_capabilities(before)} -> {_capabilities(after)}")
    return "; ".join(parts) or "take automatic addresses away"


def _tags(attachment: Attachment) -> str:
    return ", ".join(f"{number}={value}" for number, value in attachment.tags) or "none"


def _capabilities(attachment: Attachment) -> str:
    return ", ".join(map(str, attachment.capabilities)) or "none"


def deploy_line(deploy: Deploy) -> str:
    """What a route server would get, in a line."""
    before = deploy.before.short if deploy.before else "nothing of ours"
    sessions = f"+{len(deploy.added)} -{len(deploy.removed)} sessions, {len(deploy.kept)} kept"
    whose = f"; changed: {few(deploy.changed, NAMED)}" if deploy.changed else ""
    return f"  ~ {deploy.route_server} {sessions}{whose}    {before} -> {deploy.after.short}"


def _place(step: Change | Deploy) -> str | None:
    return None if isinstance(step, Deploy | Reassert) or step.because is None else str(step.because)


def _paint(line: str, colour: bool) -> str:
    sign = line[2:3] if line.startswith("  ") else ""
    return f"\x1b[{_COLOURS[sign]}m{line}\x1b[0m" if colour and sign in _COLOURS else line


def _markdown(planned: Planned) -> str:
    plan = planned.plan
    lines = [f"### ztix plan: {markdown(summary(plan, len(planned.gathered.quarantined)))}", ""]
    if planned.refusals:
        lines.append("**Needs approval**")
        lines += [f"- {markdown(item.words)}" for item in planned.refusals]
        lines.append("")
    body, cut = fitting(_lines(planned), COMMENT_MAX - sum(map(len, lines)) - 500)
    if cut:
        lines += [
            "**The plan is longer than a comment and is cut here; it cannot be approved from this text.**",
            "",
        ]
    lines += ["<details><summary>The whole plan</summary>", "", fenced("\n".join(body)), "</details>", ""]
    if not cut and not plan.is_empty:
        lines.append(f"Digest `{plan.digest}`")
    return "\n".join(lines).rstrip() + "\n"


def _annotations(planned: Planned) -> Iterator[str]:
    for refusal in planned.refusals:
        where = refusal.where or Span(policy_path("gates"))
        place = f"file={workflow_value(where.path)},line={where.line}"
        message = workflow_text(printable(refusal.words))
        yield f"::warning {place},title=gate {workflow_value(refusal.gate)}::{message}\n"
    told = summary(planned.plan, len(planned.gathered.quarantined))
    yield f"::notice title=ztix plan::{workflow_text(told)} Digest {planned.plan.digest}\n"
