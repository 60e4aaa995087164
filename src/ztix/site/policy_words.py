"""Policy in words: what the route servers take and how they speak, and who may join.

Law: pure; sentences from the values of `policy/`, and every choice that policy has is a sentence here. No
secret is among them, because policy holds none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from ztix.admission_policy import AdmissionPolicy, Proof
from ztix.import_policy import LimitAction, NextHops, PrefixSets
from ztix.policy import Policy
from ztix.routing_policy import RoutingPolicy
from ztix.session_policy import Roles


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    title: str
    sentences: tuple[str, ...]


PROOFS: dict[Proof, str] = {
    "peeringdb-notes": "a token in the notes of your network's record in PeeringDB",
    "registry": "a token in a record of your number in the registry",
    "dns": "a token in the DNS",
    "website": "a token on your website",
    "ssh": "a signature by an SSH key of yours",
    "checklist": "a checklist that a maintainer ticks",
    "invitation": "an invitation by a maintainer",
    "attestation": "the word of somebody whom the exchange trusts",
}


def routing_sections(policy: Policy) -> tuple[Section, ...]:
    """How the route servers filter and speak."""
    routing = policy.routing
    return (
        Section("What is accepted", tuple(_accepted(routing))),
        Section("Origin and path validation", tuple(_validated(routing))),
        Section("Limits", tuple(_limits(routing))),
        Section("Sessions", tuple(_sessions(routing))),
    )


def _accepted(routing: RoutingPolicy) -> Iterator[str]:
    for family, bounds in ((4, routing.prefix_length.ipv4), (6, routing.prefix_length.ipv6)):
        yield f"IPv{family} prefixes from /{bounds.min} to /{bounds.max}."
    yield _prefix_sets(routing.prefix_sets)
    yield _next_hop(routing.next_hop)
    yield f"A path has {routing.as_path_max} AS numbers at most."
    yield f"A route has {routing.communities_max} communities at most."
    if routing.transit_free:
        yield f"A path through one of {len(routing.transit_free)} networks that buy no transit is a leak."
    if routing.prefixes_denied:
        yield f"{len(routing.prefixes_denied)} prefixes are accepted from nobody."
    match routing.blackhole.members:
        case "none":
            yield "Nobody may have prefixes blackholed."
        case "listed":
            yield "Members that the exchange names may have prefixes of theirs blackholed (RFC 7999)."
        case "all":
            yield "Members may have prefixes of theirs blackholed (RFC 7999)."
        case _:
            assert_never(routing.blackhole.members)


def _prefix_sets(mode: PrefixSets) -> str:
    match mode:
        case "enforce":
            return "A member announces only what its AS-SET covers, by origin and prefix."
        case "enforce-or-rov-valid":
            return (
                "A member announces what its AS-SET covers; a prefix outside of it too, where that is ROV "
                "valid and its origin is in the AS-SET."
            )
        case "off":
            return "What members announce is not checked against the IRR."
        case _:
            assert_never(mode)


def _next_hop(mode: NextHops) -> str:
    match mode:
        case "strict":
            return "The next hop is the address of the session that brings the route."
        case "same-as":
            return "The next hop is an address of the same member on the LAN."
        case "authorised":
            return "The next hop is the session's own address, or one that the exchange lets the member use."
        case _:
            assert_never(mode)


def _validated(routing: RoutingPolicy) -> Iterator[str]:
    rejected = {"reject": "rejected", "accept": "accepted"}
    yield f"An announcement that is ROV invalid (RFC 6811) is {rejected[routing.rov.invalid]}."
    yield f"A path that is invalid by ASPA is {rejected[routing.aspa.invalid]}."
    if routing.informational:
        yield "Accepted routes tell their ROV and IRR state in large communities."
    if routing.graceful_shutdown:
        yield "A route with GRACEFUL_SHUTDOWN is the last choice (RFC 8326)."


def _limits(routing: RoutingPolicy) -> Iterator[str]:
    limits = routing.max_prefixes
    yield (
        f"A session brings as many prefixes as the member's file says, else PeeringDB's figure with "
        f"{limits.headroom} per cent head-room, else {limits.ipv4} for IPv4 and {limits.ipv6} for IPv6."
    )
    yield (
        "All prefixes count, also rejected ones."
        if limits.counted == "received"
        else "Accepted prefixes count."
    )
    yield f"A session that brings more {_action(limits.action)}."


def _action(action: LimitAction) -> str:
    match action:
        case "shutdown":
            return "ends until somebody starts it again"
        case "restart":
            return "ends, and may come back after a minute"
        case "warn":
            return "goes on, and the log tells"
        case "block":
            return "goes on, and no new prefixes are taken"
        case _:
            assert_never(action)


def _sessions(routing: RoutingPolicy) -> Iterator[str]:
    sessions = routing.sessions
    yield "The route servers wait for members to open sessions. They keep their own AS number out of paths."
    yield f"The hold time is {routing.hold_time_s} seconds."
    yield _roles(sessions.roles)
    if sessions.ttl_security:
        yield "Packets must come from the LAN itself (GTSM, RFC 5082), unless a member says otherwise."
    if sessions.bfd:
        yield "Members may ask for BFD (RFC 5880)."
    if sessions.add_paths:
        yield "Members may ask for all paths to a prefix (RFC 7911)."


def _roles(roles: Roles) -> str:
    match roles:
        case "off":
            return "BGP roles are not used."
        case "on":
            return "The route servers tell their BGP role (RFC 9234) and drop routes that were leaked."
        case "strict":
            return "A router must tell its BGP role, rs_client (RFC 9234), or gets no session."
        case _:
            assert_never(roles)


def admission_section(policy: AdmissionPolicy) -> Section:
    """Who may be a member."""
    return Section("Who may join", tuple(_admission(policy)))


def _admission(policy: AdmissionPolicy) -> Iterator[str]:
    invited = "Whoever has an invitation may join." if policy.entry == "invited" else "Any network may join."
    yield "Networks whose AS number policy names may join." if policy.asns_allowed else invited
    match policy.peeringdb:
        case "required":
            yield "A member has a record in PeeringDB."
        case "advisory":
            yield "A record in PeeringDB is looked for; a member may do without."
        case "off":
            yield "No record in PeeringDB is asked for."
        case _:
            assert_never(policy.peeringdb)
    match policy.node_proof:
        case "required":
            yield "Each new node signs the member's file."
        case "advisory":
            yield "A new node may sign the member's file; without that a maintainer looks."
        case "off":
            yield "Nodes need not sign."
        case _:
            assert_never(policy.node_proof)
    yield (
        f"An address that was given up rests for {policy.address_cooldown_days} days, an AS number that left "
        f"for {policy.asn_cooldown_days}."
    )


def proofs(policy: AdmissionPolicy) -> tuple[str, ...]:
    """The ways to show that an AS number is one's own."""
    return tuple(PROOFS[proof] for proof in policy.proofs)
