"""The diagnoses, in the order in which they are looked for.

Law: pure. What nobody told is no fault of anybody: it is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ztix.diagnosis.facts import NodeFacts, SessionFacts, Step, Turn

When: TypeAlias = Callable[[NodeFacts], "Mapping[str, object] | bool"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A row. says, do: with facts in braces; do: what is typed, or in words where nothing is.

    when: whether it holds, with the words for the braces.
    """

    name: str
    step: Step
    turn: Turn
    says: str
    do: str
    when: When
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The break in one node's chain."""

    diagnosis: Diagnosis
    says: str
    do: str


def _of(one: SessionFacts | None) -> Mapping[str, object] | bool:
    return one is not None and {
        "rs": one.route_server,
        "session": one.name,
        "address": one.address,
        "family": one.family,
        "error": one.error,
    }


def _said(*words: str) -> When:
    return lambda facts: _of(facts.first(lambda one: any(word in one.error for word in words)))


def _no_tcp(one: SessionFacts) -> bool:
    return one.bgp in ("Active", "Connect", "Passive", "Idle") and not one.error.startswith(
        ("BGP Error", "Received", "Automatic")
    )


def _no_address(facts: NodeFacts) -> Mapping[str, object] | bool:
    """Not where one without need of consent has no TCP either, nor where another of the family has."""
    if facts.first(lambda one: not one.consent and _no_tcp(one)):
        return False
    return _of(facts.first(lambda one: one.consent and _no_tcp(one) and not facts.has_up(one)))


def _untold(facts: NodeFacts) -> Mapping[str, object] | bool:
    return _of(next((one for one in facts.sessions if one.established is None), None))


def _all_filtered(facts: NodeFacts) -> Mapping[str, object] | bool:
    up = [one for one in facts.sessions if one.established]
    bad = [one for one in up if one.filtered and not one.accepted]
    if not bad or any(one.accepted for one in up):
        return False
    reasons = bad[0].reasons
    community, title, count, example = reasons[0] if reasons else ("", "", bad[0].filtered, "")
    why = f"{count} for {title}, such as {example}" if reasons else "why is unknown"
    ask = f"ztix explain {community}" if community else f"ztix status {facts.owner}"
    return {"rs": bad[0].route_server, "why": why, "ask": ask}


def _silent(facts: NodeFacts) -> bool:
    up = [one for one in facts.sessions if one.established]
    return bool(up) and not any(one.accepted or one.filtered for one in up)


TABLE: tuple[Diagnosis, ...] = (
    Diagnosis(
        "no-file",
        "file",
        "member",
        "no file names {owner}",
        "ztix new",
        lambda facts: not facts.merged and not facts.proposed and not facts.finding,
    ),
    Diagnosis(
        "broken-file",
        "file",
        "member",
        "its file has an error: {finding}",
        "ztix check; ztix explain {rule}",
        lambda facts: bool(facts.finding) and not facts.evidence,
    ),
    Diagnosis(
        "evidence",
        "evidence",
        "member",
        "what others say is against it: {finding}",
        "ztix explain {rule}",
        lambda facts: bool(facts.finding),
    ),
    Diagnosis(
        "not-merged",
        "admission",
        "maintainer",
        "it is in an open change only",
        "ztix prove {owner}, then review and merge its pull request",
        lambda facts: not facts.merged,
    ),
    Diagnosis(
        "resting", "admission", "member", "it is off on purpose: {resting}",
        "a pull request that changes what is said there", lambda facts: bool(facts.resting),
    ),
    Diagnosis(
        "no-node", "file", "member", "its file has no node",
        "add one below `nodes` in its file, by a pull request", lambda facts: not facts.node,
    ),
    Diagnosis(
        "failed", "fabric", "maintainer", "the last run could not put it there: {trouble}",
        "ztix reconcile", lambda facts: bool(facts.trouble),
    ),
    Diagnosis(
        "not-applied", "fabric", "maintainer", "it was merged, and no run has applied it",
        "ztix reconcile", lambda facts: facts.applied == "no",
    ),
    Diagnosis(
        "not-authorised", "fabric", "maintainer",
        "node {node} is not authorised on network {network}, although a run put it there",
        "ztix drift; ztix reconcile", lambda facts: facts.authorised == "no",
    ),
    Diagnosis(
        "fabric-unknown", "fabric", "maintainer", "its fabric does not answer",
        "ztix doctor again, once it does", lambda facts: facts.authorised == "unknown", unknown=True,
    ),
    Diagnosis(
        "other-network", "fabric", "member",
        "node {node} talks to the controller and never asked for network {network}: it joined another",
        "zerotier-cli join {network}",
        lambda facts: facts.identity == "no" and facts.online == "yes" and not facts.up,
    ),
    Diagnosis(
        "never-joined", "fabric", "member", "node {node} never asked to join network {network}",
        "zerotier-cli join {network}", lambda facts: facts.identity == "no" and not facts.up,
    ),
    Diagnosis(
        "offline", "fabric", "member", "its controller has not heard from node {node} lately",
        "zerotier-cli info, on the node: it has to say ONLINE",
        lambda facts: facts.online == "no" and not facts.up,
    ),
    Diagnosis(
        "not-rolled-out", "session", "maintainer",
        "it is there, and no route server has its sessions: {rollout}",
        "ztix doctor, for what keeps that route server; then ztix reconcile",
        lambda facts: bool(facts.rollout),
    ),
    Diagnosis(
        "hangs", "session", "maintainer", "BIRD of {rs} never ends session {session} (`flush`)",
        "start BIRD there anew, as docs/rollout.md tells",
        lambda facts: _of(facts.first(lambda one: one.state == "flush")),
    ),
    Diagnosis(
        "wrong-asn", "session", "member",
        "its router came to {rs} with another AS number than {owner} ({error})",
        "set the router's own AS number to {owner}: ztix router-config {owner} --for bird2",
        _said("BGP Error: Bad peer AS"),
    ),
    Diagnosis(
        "wrong-exchange-asn", "session", "member",
        "its router expects another AS number of {rs} than AS{exchange} ({error})",
        "set the neighbour's AS number to {exchange}: ztix router-config {owner} --for bird2",
        _said("Received: Bad peer AS"),
    ),
    Diagnosis(
        "hold-timer", "session", "member",
        "session {session} with {rs} went silent ({error}): its router stopped, or large packets are lost",
        "look whether the router runs, and try ping -M do -s 1472 to the route server's address",
        _said("Hold timer expired"),
    ),
    Diagnosis(
        "too-many", "session", "member", "session {session} with {rs} had too many prefixes ({error})",
        "announce fewer, or raise `max_prefixes` in its file by a pull request",
        _said("limit exceeded", "Maximum number of prefixes", "prefix limit"),
    ),
    Diagnosis(
        "shut-down", "session", "member", "its router ended session {session} with {rs} itself ({error})",
        "enable the session on its router",
        _said("Received: Administrative", "Received: Peer de-configured", "Received: Cease"),
    ),
    Diagnosis(
        "refused", "session", "member", "nothing listens for BGP at {address} ({error})",
        "start the router's BGP: ztix router-config {owner} --for bird2", _said("Connection refused"),
    ),
    Diagnosis(
        "password", "session", "member",
        "no TCP with {address}, and session {session} has a password: both sides need the same",
        "compare the router's MD5 password with the one that was agreed",
        lambda facts: _of(facts.first(lambda one: one.password and _no_tcp(one))),
    ),
    Diagnosis(
        "no-address", "address", "member",
        "no TCP with {address}: nodes take this address only where their owner allows it",
        "zerotier-cli set {network} allowGlobal=1",
        _no_address,
    ),
    Diagnosis(
        "no-tcp", "session", "member", "no TCP with {address}: its router does not come to {rs}, nor answer",
        "zerotier-cli listnetworks, for the address; then ztix router-config {owner} --for bird2",
        lambda facts: _of(facts.first(_no_tcp)),
    ),
    Diagnosis(
        "session-down", "session", "member", "session {session} with {rs} is down ({error})",
        "look at the log of its router", lambda facts: _of(facts.first(lambda _: True)),
    ),
    Diagnosis(
        "all-filtered", "prefixes", "member", "{rs} filters all that it announces: {why}", "{ask}",
        _all_filtered,
    ),
    Diagnosis(
        "announces-nothing", "prefixes", "member", "its sessions are up, and it announces nothing",
        "ztix router-config {owner} --for bird2, for an export filter", _silent,
    ),
    Diagnosis(
        "session-unknown", "session", "maintainer", "{rs} does not answer: session {session} is unknown",
        "ztix status, for why", _untold, unknown=True,
    ),
)  # fmt: skip
"""In the order in which they are looked for."""


def diagnose(facts: NodeFacts) -> Found | None:
    """The first break; None where all holds as far as anybody tells."""
    for diagnosis in TABLE:
        holds = diagnosis.when(facts)
        if holds is False:
            continue
        words = {
            "owner": facts.owner,
            "node": facts.node,
            "network": facts.network,
            "finding": facts.finding,
            "rule": facts.rule,
            "resting": facts.resting,
            "trouble": facts.trouble,
            "rollout": facts.rollout,
            "exchange": facts.exchange_asn,
            **(holds if isinstance(holds, Mapping) else {}),
        }
        return Found(diagnosis, diagnosis.says.format_map(words), diagnosis.do.format_map(words))
    return None
