"""The ways to prove that one holds an AS number, and how far each is, for people and programs.

Law: pure; returns strings. What was found may hold a stranger's words and is made printable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, assert_never

from ztix.admission.proof import Disproven, Judgement, NotGiven, Proven, Unbound, Undecided
from ztix.admission.ways import Way, Ways
from ztix.console.json_text import json_text
from ztix.console.safe import printable

ProofForm: TypeAlias = Literal["text", "json"]


def render_ways(ways: Ways, form: ProofForm) -> str:
    """The ways with their instructions and what holds now."""
    return _json(ways) if form == "json" else _text(ways)


def _text(ways: Ways) -> str:
    count = len(ways.proofs)
    head = {
        0: f"This exchange accepts no proof of `{ways.asn}`: a maintainer has to vouch for it.",
        1: f"One way proves that `{ways.asn}` is yours, as account {ways.account}:",
    }.get(count, f"Any one of {count} ways proves that `{ways.asn}` is yours, as account {ways.account}:")
    lines = [head]
    if ways.invited:
        lines.append("Nobody joins this exchange without an invitation, whatever else is proven.")
    shown = any(way.holds for way in ways.proofs)
    for way in ways.proofs:
        lines += ["", *_way(way, brief=shown)]
    if ways.node:
        must = "must" if ways.node_required else "may"
        lines += ["", f"Besides, each new node {must} sign:", "", *_way(ways.node, brief=ways.node.holds)]
    return "\n".join([*lines, *_end(ways, shown)]) + "\n"


def _way(way: Way, *, brief: bool) -> list[str]:
    """The lines about one way. brief: without how to go it, because there is no need."""
    state, words, advice = _told(way.judgement)
    lines = [f"{way.name} ({way.title}){f': {state}' if state else ''}"]
    lines += [f"  {printable(words)}"] if words else []
    lines += [f"  help: {printable(advice)}"] if advice else []
    return lines if brief else lines + [f"    {line}" for line in way.instructions.splitlines()]


def _end(ways: Ways, shown: bool) -> list[str]:
    again = f"`ztix prove {ways.asn} --account {ways.account}`"
    if not ways.proofs:
        return []
    if not ways.asked:
        return ["", f"Nobody was asked what holds already; {again} asks."]
    if ways.proven:
        return ["", "Proven: nothing is left to do."]
    if ways.unknown:
        return ["", f"Not everything could be checked: run {again} again."]
    left = "The number is proven, the node is not: sign" if shown else "Not proven yet: follow one of these"
    return ["", f"{left}, then run {again} again."]


def _told(judgement: Judgement | None) -> tuple[str, str, str]:
    """State, words and advice."""
    match judgement:
        case None:
            return "", "", ""
        case Proven(_, words):
            return "holds", words, ""
        case Unbound(_, words, advice):
            return "needs a maintainer", words, advice
        case Disproven(_, words, advice):
            return "does not hold", words, advice
        case Undecided(_, words):
            return "could not be checked", words, ""
        case NotGiven():
            return "not given", "", ""
        case _:
            assert_never(judgement)


def _json(ways: Ways) -> str:
    held: dict[str, object] = {
        "schema": "ztix.prove.v1",
        "asn": int(ways.asn),
        "account": ways.account,
        "proven": ways.proven,
        "invited": ways.invited,
        "proofs": _rows(ways.proofs),
        "node": {"required": ways.node_required, **_rows([ways.node])[0]} if ways.node else None,
    }
    return json_text(held)


def _rows(ways: Sequence[Way]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for way in ways:
        state, words, advice = _told(way.judgement)
        rows.append(
            {
                "name": way.name,
                "title": way.title,
                "state": state or "not asked",
                "words": words,
                "help": advice,
                "instructions": way.instructions,
            }
        )
    return rows
