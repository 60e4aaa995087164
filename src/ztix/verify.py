"""Whether each record on branch `ztix-state` follows from the one before it, as far as can be said.

Law: pure. Every finding names its commit. What a run may have learnt by looking (nodes that were already as
git says, or gone without it) is not held against it; what it did is: every applied change and every rollout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ztix.applied import Applied
from ztix.chain import (
    FILES,
    WRITER,
    About,
    Act,
    Chain,
    Flaw,
    Kept,
    KeptRefusal,
    Record,
    act_of,
    at_most,
    form_flaws,
    on_main,
    read_kept,
    read_kept_refusal,
    read_state,
    tip_flaws,
)
from ztix.rollout import Ended

_LIVE = (Ended.CONFIRMED, Ended.UNCHANGED)


def verify(chain: Chain, main: Collection[str] | None, tips: Mapping[str, str]) -> tuple[Flaw, ...]:
    """Everything that is wrong with the chain, the oldest first.

    main: every commit that the main line is made of; None where this clone does not have them all.
    tips: commits that the chain must contain, by the name of who remembers them.
    """
    found = list(tip_flaws(chain, tips))
    before: Record | None = None
    state: Applied | None = None if chain.lost else Applied()
    for record in reversed(chain.records):
        found += [Flaw(record.commit, about, words) for about, words in _alone(record, main)]
        found += [Flaw(record.commit, about, words) for about, words in _order(record, before, chain)]
        now = read_state(record)
        if state is not None and now is not None:
            found += [Flaw(record.commit, "state", words) for words in _follows(record, state, now)]
        before, state = record, now
    return tuple(found)


def _alone(record: Record, main: Collection[str] | None) -> Iterator[tuple[About, str]]:
    """What is wrong with one record by itself."""
    if len(record.parents) > 1:
        yield "parents", f"has {len(record.parents)} parents; a record continues one"
    for who in sorted({record.author, record.committer} - {WRITER}):
        yield "writer", f"was written by `{who}`, not by a run"
    for name in sorted(set(record.files) - FILES):
        yield "files", f"holds `{name}`, which no run writes"
    for name in sorted(name for name, content in record.files.items() if content is None and name in FILES):
        yield "files", f"holds `{name}` as something else than a plain file"
    if "applied.json" not in record.files:
        yield "files", "holds no `applied.json`"
    for words in form_flaws(record):
        yield "form", words
    kept, refusal, state = read_kept(record), read_kept_refusal(record), read_state(record)
    if kept is not None:
        yield from _of_receipt(record, kept)
    if refusal is not None:
        yield from _of_refusal(record, refusal)
    named = {
        "receipt": None if kept is None else kept.revision,
        "refusal": None if refusal is None else refusal.revision,
        "state": None if state is None else state.revision,
    }
    for what, revision in named.items():
        if not on_main(revision, main):
            yield "git", f"its {what} is of `{revision}`, which the main line does not have"


def _of_receipt(record: Record, kept: Kept) -> Iterator[tuple[About, str]]:
    if kept.exit is not kept.called_for:
        yield "form", f"its receipt says exit {kept.exit.value}; what it tells of is {kept.called_for.value}"
    if kept.started > kept.finished:
        yield "times", "its run ended before it began"
    if not at_most(kept.finished, record.at):
        yield "times", f"its run ended at {kept.finished.isoformat()}, after it was recorded"


def _of_refusal(record: Record, refusal: KeptRefusal) -> Iterator[tuple[About, str]]:
    if refusal.exit is not refusal.called_for:
        yield (
            "form",
            f"its refusal says exit {refusal.exit.value}; what it tells of is {refusal.called_for.value}",
        )
    if not at_most(refusal.at, record.at):
        yield "times", f"its run was refused at {refusal.at.isoformat()}, after it was recorded"


def _order(record: Record, before: Record | None, chain: Chain) -> Iterator[tuple[About, str]]:
    """What is wrong with a record beside the one before it."""
    if before is not None and not at_most(before.at, record.at):
        yield "times", f"is of {record.at.isoformat()}, before the record that it follows"
    act, kept = act_of(record.subject), read_kept(record)
    if act is None:
        yield "order", "has a subject that no run writes"
        return
    kind, names = act
    if (kind == "end") is not ("receipt.json" in record.files):
        yield "order", "ends a run without a receipt" if kind == "end" else "holds a receipt and ends no run"
    if (kind == "refuse") is not ("refusal.json" in record.files):
        yield (
            "order",
            "refuses a run and does not tell it" if kind == "refuse" else "holds a refusal of no run",
        )
    refusal = read_kept_refusal(record)
    if kind == "refuse" and refusal is not None and refusal.plan.short != names["plan"]:
        yield "order", f"its subject tells of another plan than its refusal, that of {refusal.plan.short}"
    if kind != "end" or (before is None and chain.lost is not None):
        return
    begun = act_of(before.subject) if before is not None else None
    if begun is None or begun[0] != "begin" or begun[1]["plan"] != names["plan"]:
        yield "order", f"ends {names['plan']}, which the record before it does not begin"
    elif before is not None and kept is not None and not at_most(kept.started, before.at):
        yield "times", "its run began after the record of its beginning"
    if kept is not None and (kept.plan.short, kept.exit.name.lower()) != (names["plan"], names["exit"]):
        yield "order", f"its subject tells of another run than its receipt, that of {kept.plan.short}"


def _follows(record: Record, before: Applied, after: Applied) -> Iterator[str]:
    """What the state has that neither the state before nor the record's own receipt explains."""
    act, kept = act_of(record.subject), read_kept(record)
    if act is None:
        return
    kind, names = act
    if kind == "end":
        if kept is not None:
            yield from _of_run(kept, before, after)
        return
    for name, server in after.configurations.items():
        if server != before.configurations.get(name):
            yield f"the configuration of `{name}` is another one, and no rollout made it so"
    if kind != "note":
        yield from _of_act(kind, names, before, after)


def _of_act(kind: Act, names: Mapping[str, str], before: Applied, after: Applied) -> Iterator[str]:
    """A beginning claims nodes, an act by hand is about one node, a new token or a refusal is about none."""
    same = replace(after, owned=before.owned, temporary=before.temporary, leaving=before.leaving)
    if kind == "begin" and before.revision is None:
        same = replace(same, revision=None)
    if same.data() != before.data():
        yield "more of the state changed than its subject tells of"
    if kind in ("begin", "refuse", "rotate") and (after.temporary, after.leaving) != (
        before.temporary,
        before.leaving,
    ):
        yield "who stays for a time, or is leaving, changed without a run"
    for fabric in sorted({*before.owned, *after.owned}):
        had, has = before.on(fabric), after.on(fabric)
        for node in sorted(node for node in {*had, *has} if had.get(node) != has.get(node)):
            if kind == "begin" and node in has:
                held = has[node].attachment
                if not held.authorised and not held.addresses:
                    continue
            if kind in ("allow", "forget") and (fabric, node) == (names["fabric"], names["node"]):
                continue
            yield f"`{node}` on `{fabric}` changed, and its subject does not tell of it"


def _of_run(kept: Kept, before: Applied, after: Applied) -> Iterator[str]:
    if after.revision not in (before.revision, kept.revision):
        yield f"the state is of `{after.revision}`, the run was of `{kept.revision}`"
    for deed in kept.outcomes:
        fabric, node = deed.fabric, deed.after.node if deed.after is not None else None
        if deed.outcome != "applied" or deed.after is None or node is None:
            continue
        owned = after.on(fabric).get(node)
        if deed.step == "detach" and owned is not None:
            yield f"`{node}` was taken off `{fabric}`, and the state still has it"
        if deed.step in ("attach", "amend"):
            wanted = (deed.owner, deed.after.name, deed.after.addresses, deed.after.authorised)
            if owned is None or wanted != (
                owned.owner,
                owned.attachment.name,
                tuple(map(str, owned.attachment.addresses)),
                owned.attachment.authorised,
            ):
                yield f"`{node}` on `{fabric}` is not what its receipt says was written"
    yield from _of_turns(kept, before, after)


def _of_turns(kept: Kept, before: Applied, after: Applied) -> Iterator[str]:
    turns = {turn.route_server: turn for turn in kept.rollouts}
    for name in sorted({*turns, *after.configurations}):
        had, has, turn = before.configurations.get(name), after.configurations.get(name), turns.get(name)
        if turn is not None and turn.ended in _LIVE:
            if has is None or has.digest != turn.after:
                yield f"`{name}` does not run what its rollout left"
        elif has is not None and has != had and (turn is None or has.digest != turn.running):
            yield f"the configuration of `{name}` is another one, and no rollout made it so"
