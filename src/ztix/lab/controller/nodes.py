"""What the controller does when a node asks for its configuration. Pure.

First contact creates the record and pins the identity; an authorised request fills the versions; a
public network or an auth token authorises; pools give addresses (transcripts 11, 13, 15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from ztix.lab.controller.addresses import LaxAddress, read_address
from ztix.lab.controller.members import with_defaults, without_computed
from ztix.lab.controller.values import U32, U64, Json, Record, as_bool, as_text, as_u64

MOST_ADDRESSES = 32
_TRIALS = 1000
_NODES = 0xFFFFFFFFFF


class Reply(Enum):
    """What the node is told."""

    OK = "OK"
    ACCESS_DENIED = "ACCESS_DENIED"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Asking:
    """One node that asks: version is major, minor, revision, protocol; token the auth token it presents."""

    node: int
    identity: str
    version: tuple[int, int, int, int] = (1, 14, 1, 12)
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """record: the member as it is now to be stored, None when nothing is.  addresses: what the node gets."""

    reply: Reply
    record: Record | None
    addresses: tuple[str, ...] = ()


def _credential(network: Record, member: Record, token: str | None, now_ms: int) -> Record | None:
    """The keys that authorise the member by itself, {} when it is authorised, None when it is refused."""
    if as_bool(member.get("authorized"), False):
        return {}
    kind, credential = "public", None
    if as_bool(network.get("private"), True):
        tokens = network.get("authTokens")
        expiry = tokens.get(token) if isinstance(tokens, dict) and token else None
        if not isinstance(expiry, (int, float)) or not (expiry == 0 or expiry > now_ms):
            return None
        kind, credential = "token", token
    return {
        "authorized": True,
        "lastAuthorizedTime": now_ms,
        "lastAuthorizedCredentialType": kind,
        "lastAuthorizedCredential": credential,
    }


def _entries(record: Record, key: str) -> list[Json]:
    """An array of a record, empty when it is something else."""
    value = record.get(key)
    return value if isinstance(value, list) else []


def _default_capabilities(network: Record, member: Record) -> list[Json]:
    """The capabilities of a new member: its own and those that are on by default."""
    held = list(_entries(member, "capabilities"))
    for capability in _entries(network, "capabilities"):
        if isinstance(capability, dict) and as_bool(capability.get("default"), False):
            number = as_u64(capability.get("id"), 0) & U32
            if number not in held:
                held.append(number)
    return held


def _default_tags(network: Record, member: Record) -> list[Json]:
    """The member's tags and the defaults of those it lacks."""
    held = list(_entries(member, "tags"))
    known = {as_u64(pair[0], 0) & U32 for pair in held if isinstance(pair, list) and len(pair) == 2}
    for tag in _entries(network, "tags"):
        default = tag.get("default") if isinstance(tag, dict) else None
        if isinstance(tag, dict) and isinstance(default, (int, float)) and not isinstance(default, bool):
            number = as_u64(tag.get("id"), 0) & U32
            if number not in known:
                held.append([number, default])
    return held


def _routes(network: Record) -> list[tuple[LaxAddress, bool]]:
    """The targets of the routes, and whether each is local: without a via."""
    routes = []
    for route in _entries(network, "routes"):
        if isinstance(route, dict):
            target = read_address(as_text(route.get("target")))
            if target is not None:
                routes.append((target, route.get("via") is None))
    return routes


def _longest(routes: list[tuple[LaxAddress, bool]], address: LaxAddress) -> int | None:
    """The length of the most specific route to an address, None when there is none."""
    return max((target.bits for target, _ in routes if target.contains(address)), default=None)


def _candidates(start: LaxAddress, end: LaxAddress, node: int, random: Callable[[int], int]) -> Iterator[int]:
    """Addresses of a pool in the order in which the controller tries them."""
    first, last = int.from_bytes(start.packed), int.from_bytes(end.packed)
    if start.is_ipv4:
        if first == 0 or last < first:
            return
        for trial in range(min(last - first + 1, _TRIALS)):
            yield first + ((node & U32) + trial) % (last - first) if last > first else first
        return
    # the controller draws the lower half of the address only
    span = (last & U64) - (first & U64)
    for trial in range(_TRIALS):
        if trial == 0 and span >= _NODES:
            yield first + node
        else:
            yield first + (random(span) if span > 0 else 0)


def _from_pools(
    network: Record, node: int, is_ipv4: bool, taken: set[str], random: Callable[[int], int]
) -> str | None:
    """A free, locally routed address of the wanted family, None when the pools have none."""
    local = [target for target, is_local in _routes(network) if is_local]
    for pool in _entries(network, "ipAssignmentPools"):
        if not isinstance(pool, dict):
            continue
        start = read_address(as_text(pool.get("ipRangeStart")))
        end = read_address(as_text(pool.get("ipRangeEnd")))
        if start is None or end is None or not start.is_ipv4 == end.is_ipv4 == is_ipv4:
            continue
        for number in _candidates(start, end, node, random):
            address = LaxAddress(number.to_bytes(len(start.packed)), 0)
            if address.text not in taken and any(one.bits > 0 and one.contains(address) for one in local):
                return address.text
    return None


def _assigned(
    network: Record, member: Record, asking: Asking, taken: set[str], random: Callable[[int], int]
) -> list[Json]:
    """The member's addresses, with one from a pool for each family that wants and lacks one."""
    held = list(_entries(member, "ipAssignments"))
    if as_bool(member.get("noAutoAssignIps"), False):
        return held
    routes = _routes(network)
    routed = [a for text in held if (a := read_address(as_text(text))) and _longest(routes, a) is not None]
    for mode, is_ipv4 in (("v6AssignMode", False), ("v4AssignMode", True)):
        wish = network.get(mode)
        wanted = isinstance(wish, dict) and as_bool(wish.get("zt"), False)
        if wanted and not any(address.is_ipv4 is is_ipv4 for address in routed):
            found = _from_pools(network, asking.node, is_ipv4, taken, random)
            if found is not None:
                held.append(found)
    return held


def derived_addresses(network: int, node: int) -> dict[str, str]:
    """The addresses that follow from the two ids alone, by assign mode, with their prefix lengths."""
    rfc4193 = b"\xfd" + network.to_bytes(8) + b"\x99\x93" + node.to_bytes(5)
    folded = (network >> 32) ^ (network & U32)
    six_plane = b"\xfc" + folded.to_bytes(4) + node.to_bytes(5) + bytes(5) + b"\x01"
    return {
        "rfc4193": LaxAddress(rfc4193, 88).text_with_bits,
        "6plane": LaxAddress(six_plane, 40).text_with_bits,
    }


def _configured(network: Record, number: int, member: Record, node: int) -> tuple[str, ...]:
    """The addresses in the configuration that the node gets: derived ones, then routed ones, at most 32."""
    found: list[str] = []
    modes = network.get("v6AssignMode")
    if isinstance(modes, dict) and not as_bool(member.get("noAutoAssignIps"), False):
        derived = derived_addresses(number, node)
        found += [text for mode, text in derived.items() if as_bool(modes.get(mode), False)]
    routes = _routes(network)
    for text in _entries(member, "ipAssignments"):
        address = read_address(as_text(text))
        bits = None if address is None else _longest(routes, address)
        if address is not None and bits is not None:
            found.append(f"{address.text}/{bits}")
    return tuple(found[:MOST_ADDRESSES])


def answer_node(
    number: int,
    network: Record | None,
    stored: Record | None,
    asking: Asking,
    taken: set[str],
    random: Callable[[int], int],
    now_ms: int,
    genuine: bool = True,
) -> Answered:
    """What one request changes and what the node is told.

    taken: addresses of all members.  random: a number below its argument.
    genuine: False when the controller pushes by itself; versions are then left alone.
    """
    if network is None:
        return Answered(Reply.NOT_FOUND, None)
    member = with_defaults(stored, now_ms)
    pinned = as_text(member.get("identity"))
    if pinned and pinned != asking.identity:
        return Answered(Reply.ACCESS_DENIED, None)
    name = f"{asking.node:010x}"
    member |= {"identity": asking.identity, "id": name, "address": name, "nwid": f"{number:016x}"}
    credential = _credential(network, member, asking.token, now_ms)
    if credential is None:
        return Answered(Reply.ACCESS_DENIED, without_computed(member))
    member |= credential
    if genuine:
        member |= dict(zip(("vMajor", "vMinor", "vRev", "vProto"), asking.version, strict=True))
    if stored is None:
        member["capabilities"] = _default_capabilities(network, member)
    member["tags"] = _default_tags(network, member)
    member["ipAssignments"] = _assigned(network, member, asking, taken, random)
    addresses = _configured(network, number, member, asking.node)
    return Answered(Reply.OK, without_computed(member), addresses)
