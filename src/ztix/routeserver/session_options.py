"""The options of a session and its channels: from the member's file, policy and what maintainers say of it.

Law: pure. What maintainers say goes before the member's wish, and that before what holds for all; what policy
does not offer is not done. A channel has `secondary` or `add paths tx`, never both, as BIRD is to refuse:
who gets all paths needs no best one chosen for it, and no path is hidden either way.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.member import Member, Node
from ztix.policy import Policy
from ztix.routeserver.words import Option, Symbol
from ztix.terms import Label


def session_options(member: Member, node: Node, policy: Policy) -> Iterator[Option]:
    """Options of the session."""
    general, own = policy.routing.sessions, policy.routing.member(member.asn).sessions
    roles = own.roles or general.roles
    if roles != "off":
        yield Option("local role rs_server")
    if roles == "strict":
        yield Option("require roles on")
    if _first(own.ttl_security, node.bgp.ttl_security, general.ttl_security):
        yield Option("ttl security on")
    if general.bfd and _first(own.bfd, node.bgp.bfd):
        yield Option("bfd on")


def channel_options(member: Member, node: Node, policy: Policy) -> Iterator[Option]:
    """Options of each channel of the session."""
    general, own = policy.routing.sessions, policy.routing.member(member.asn).sessions
    if general.add_paths and _first(own.add_paths, node.bgp.add_paths):
        yield Option("secondary off")
        yield Option("add paths tx")


def secrets(member: Member, policy: Policy) -> tuple[Label, ...]:
    """Names of the files that hold the session's password; none or one."""
    name = policy.routing.member(member.asn).sessions.password
    return (name,) if name is not None else ()


def bfds(policy: Policy) -> tuple[Symbol, ...]:
    """Names of the protocols that do BFD: one where policy offers it, or nothing would listen for it."""
    return (Symbol("zx_bfd"),) if policy.routing.sessions.bfd else ()


def _first(*said: bool | None) -> bool:
    """What the first says that says anything."""
    return next((word for word in said if word is not None), False)
