"""Which members exchange no IPv4 routes, because one of them takes no next hop of the other's kind.

Law: pure. RFC 8950 lets an IPv4 prefix have an IPv6 next hop, and a route server changes no next hop (RFC
7947 section 2.2.1), so the two kinds of members meet only where both can do it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.amounts import few
from ztix.routeserver.prefix_sets import Notice
from ztix.routeserver.view import MemberView

NAMED = 5  # members that one notice names


def parted(members: tuple[MemberView, ...]) -> Iterator[Notice]:
    """A notice for each member that announces IPv4 with IPv6 next hops and is not heard by all."""
    plain = [member for member in members if _has(member, over=4) and not _has(member, over=6)]
    for member in members:
        if plain and _has(member, over=6):
            taken = _takes_ipv4_next_hops(member)
            mutual = "" if taken else ", and it gets none of theirs"
            yield Notice(
                member.asn,
                f"IPv4 routes of {member.asn} have IPv6 next hops and do not reach {_named(plain)}{mutual}",
                "let those set `extended_next_hop` who can, or take it off here",
            )


def _has(member: MemberView, over: int) -> bool:
    """Whether it has a session over this family that carries IPv4."""
    return any(
        session.address.version == over and channel.family == "ipv4"
        for session in member.sessions
        for channel in session.channels
    )


def _takes_ipv4_next_hops(member: MemberView) -> bool:
    return any(
        channel.ipv4_next_hops == "true" for session in member.sessions for channel in session.channels
    )


def _named(members: list[MemberView]) -> str:
    return few([f"`{member.asn}`" for member in members], NAMED)
