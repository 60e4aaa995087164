"""ZeroTier's words for what a fabric is: a controller's JSON into our values, and our values into its JSON.

Law: pure. A controller never refuses a value: it drops, rewrites or misreads it (an address that it cannot
read becomes 0.0.0.0, a route without a length a default route, a null `authorized` a no). So whatever it
would bend is refused here, before it is sent, and every body that is written here is complete: each field
that ztix answers for, with its exact type. What is read is either in the controller's own form or
`Unavailable`: a record that cannot be read says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple, TypeAlias

from ztix.errors import Refused, Unavailable
from ztix.fabric import Attachment, NetworkSettings, ordered
from ztix.lan import difference
from ztix.terms import ControllerPin, NodeId, Prefix, parse_address
from ztix.zerotier_dns import dns_body, dns_hazards, read_dns
from ztix.zerotier_rules import grants_hazards, read_grants, read_rules, rules_body, rules_hazards

Record: TypeAlias = Mapping[str, object]

MTU = range(1280, 10_001)
ROUTES_MAX = 128  # of a network; a node gets no more
ADDRESSES_MAX = 32  # of a member; a node gets no more
NAME_BYTES_MAX = 127  # of a network's name; a node is shown no more
MULTICAST_MAX = 2**31 - 1


class Held(NamedTuple):
    """One member's record. own: automatic addresses and bridging are off, as ztix writes them.

    A tuple, for there are 10,000 of them, and a frozen dataclass takes more than twice the time to make.
    trace: the level of remote tracing, which a write without it would reset.  created_ms, identity: as the
    record has them, unread.
    """

    attachment: Attachment
    own: bool
    trace: int
    created_ms: object = None
    identity: object = None


def network_body(settings: NetworkSettings, trace: int = 0, *, had_dns: bool = False) -> dict[str, object]:
    """The body that makes a network exactly this. Raises Refused.

    trace: its remoteTraceLevel, kept.  had_dns: it tells nodes of name servers now.
    """
    _refuse(f"the settings of network `{settings.name}`", settings_hazards(settings))
    return {
        "name": settings.name,
        "private": True,
        "enableBroadcast": True,
        "multicastLimit": settings.multicast_limit,
        "mtu": settings.mtu,
        "routes": [{"target": str(prefix), "via": None} for prefix in settings.prefixes],
        "ipAssignmentPools": [],
        "v4AssignMode": {"zt": False},
        "v6AssignMode": {"zt": False, "rfc4193": False, "6plane": False},
        "authTokens": [None],  # whoever presents one would be let in
        "remoteTraceLevel": trace,
        **rules_body(settings.rules),
        **dns_body(settings.dns, held=had_dns),
    }


def member_body(attachment: Attachment, lan: tuple[Prefix, ...], trace: int = 0) -> dict[str, object]:
    """The body that makes a member exactly this. lan: the network's prefixes. Raises Refused."""
    _refuse(f"node `{attachment.node}`", attachment_hazards(attachment, lan))
    return {
        "authorized": attachment.authorised,
        "ipAssignments": [str(address) for address in attachment.addresses],
        "noAutoAssignIps": True,
        "activeBridge": False,
        "name": attachment.name,
        "tags": [list(tag) for tag in attachment.tags],
        "capabilities": list(attachment.capabilities),
        "remoteTraceLevel": trace,
    }


def settings_hazards(settings: NetworkSettings) -> Iterator[str]:
    """What a controller would bend in these settings, or what would end the network; none if sound."""
    if not settings.closed:
        yield "it would be open: ztix writes private networks without pools only"
    if not _sendable(settings.name) or len(settings.name.encode()) > NAME_BYTES_MAX:
        yield f"its name must be text of at most {NAME_BYTES_MAX} bytes"
    if settings.mtu not in MTU:
        yield f"`mtu` is `{settings.mtu}`, outside {MTU[0]} to {MTU[-1]}"
    if not 1 <= settings.multicast_limit <= MULTICAST_MAX:
        yield f"`multicast_limit` is `{settings.multicast_limit}`, and 0 would end ARP"
    if len(settings.prefixes) > ROUTES_MAX:
        yield f"{len(settings.prefixes)} prefixes are more than the {ROUTES_MAX} that a node gets"
    if len(set(settings.prefixes)) != len(settings.prefixes):
        yield "a prefix is there twice"
    for prefix in settings.prefixes:
        if prefix.prefixlen == 0:
            yield f"`{prefix}` would be a default route"
    yield from dns_hazards(settings.dns)
    yield from rules_hazards(settings.rules, settings.prefixes)


def attachment_hazards(attachment: Attachment, lan: tuple[Prefix, ...]) -> Iterator[str]:
    """What would not reach the node as written; none if it is sound.

    lan: the network's prefixes.  A node that is taken off is never refused for what it held.
    """
    if not _sendable(attachment.name):
        yield "its name is no text"
    for address in attachment.addresses:
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            yield f"`{address}` has a zone, which the controller would read as `::`"
    yield from grants_hazards(attachment.tags, attachment.capabilities)
    if not attachment.authorised:
        return
    if len(attachment.addresses) > ADDRESSES_MAX:
        yield f"{len(attachment.addresses)} addresses are more than the {ADDRESSES_MAX} that a node gets"
    if len(set(attachment.addresses)) != len(attachment.addresses):
        yield "an address is there twice"
    for address in attachment.addresses:
        if not any(address.version == prefix.version and address in prefix for prefix in lan):
            yield f"`{address}` is in no prefix of the network, so the node would not get it"


def _sendable(text: str) -> bool:
    """Whether JSON can carry the text: half of a surrogate pair has no bytes in UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _refuse(subject: str, hazards: Iterator[str]) -> None:
    found = list(hazards)
    if found:
        raise Refused(
            f"{subject} was not written: {'; '.join(found)}",
            help="correct it in git; the controller would take it and keep something else",
        )


def read_network(value: object) -> NetworkSettings:
    """The settings of a network object. Raises Unavailable.

    `closed` is False wherever something differs that ztix always sets alike: also a route with a gateway or
    with host bits, a token that lets nodes in, broadcast (and so ARP) off. None of these may pass unseen.
    """
    record = _record(value, "network")
    routes = [_route(route) for route in _list(record, "routes")]
    modes = (*_record(record.get("v4AssignMode"), "v4AssignMode").values(),)
    modes += (*_record(record.get("v6AssignMode"), "v6AssignMode").values(),)
    closed = (
        record.get("private") is True
        and record.get("enableBroadcast", True) is True
        and not _list(record, "ipAssignmentPools")
        and not any(modes)
        and record.get("authTokens") in (None, [], [None], {})
        and all(plain for _, plain in routes)
    )
    prefixes = tuple(sorted((prefix for prefix, _ in routes), key=lambda prefix: (prefix.version, prefix)))
    name, mtu, rules = record.get("name"), _number(record, "mtu"), read_rules(record)
    if not isinstance(name, str) or rules is None:
        raise _foreign("network", "rules" if isinstance(name, str) else "name")
    try:
        dns = read_dns(record.get("dns"))
    except ValueError:
        raise _foreign("network", "dns") from None
    return NetworkSettings(name, prefixes, mtu, _number(record, "multicastLimit"), closed, rules, dns)


def read_controller(value: object) -> ControllerPin:
    """Who a controller says that it is, from its `/status`. Raises ValueError."""
    get = value.get if isinstance(value, dict) else {}.get
    own = NodeId(get("address"))
    pin = ControllerPin(get("publicIdentity", own))
    if pin.node != own:
        raise ValueError("must have the identity of its own address")
    return pin


def read_trace(value: object) -> int:
    """The level of remote tracing in a network object, 0 where it has none. Raises Unavailable."""
    return _trace(_record(value, "network").get("remoteTraceLevel"))


def read_member(value: object) -> Held | None:
    """A member object. None where its id is one that no node can have. Raises Unavailable.

    A record keeps the spelling of its id from the path that made it, so it may be in upper case.
    """
    get = _record(value, "member").get
    name, text, authorised, texts = get("name", ""), get("id"), get("authorized"), get("ipAssignments")
    if not isinstance(text, str) or not isinstance(name, str):
        raise _foreign("member", "id" if not isinstance(text, str) else "name")
    if not isinstance(authorised, bool):
        raise _foreign("member", "authorized")
    if not isinstance(texts, list):
        raise _foreign("member", "ipAssignments")
    try:
        node = NodeId(text.lower())
    except ValueError:
        return None
    try:
        addresses = tuple(map(parse_address, texts))
    except ValueError:
        raise _foreign("member", "ipAssignments") from None
    if len(addresses) > 1:
        addresses = ordered(addresses)
    own = get("noAutoAssignIps") is True and get("activeBridge", False) is False
    attachment = Attachment(node, name, addresses, authorised)
    if get("tags") or get("capabilities"):  # few networks have any
        try:
            tags, capabilities = read_grants(get("tags", []), get("capabilities", []))
        except (TypeError, ValueError):
            raise _foreign("member", "tags") from None
        attachment = replace(attachment, tags=tags, capabilities=capabilities)
    return Held(attachment, own, _trace(get("remoteTraceLevel")), get("creationTime"), get("identity"))


def differences(meant: NetworkSettings, kept: NetworkSettings) -> str:
    """What a controller keeps otherwise than meant, in words; empty if nothing."""
    wanted = replace(meant, prefixes=tuple(sorted(meant.prefixes, key=lambda one: (one.version, one)))).data()
    found = [
        f"`{key}` is `{value}`, not `{wanted[key]}`"
        for key, value in kept.data().items()
        if key not in ("rules", "dns") and value != wanted[key]
    ]
    if meant.dns != kept.dns:
        found.append(f"`dns` is `{kept.dns or 'none'}`, not `{meant.dns or 'none'}`")
    return "; ".join([*found, *(f"its rules: {line}" for line in difference(meant.rules, kept.rules))])


def _route(value: object) -> tuple[Prefix, bool]:
    """The prefix of a route, and whether it is one that ztix could have written."""
    route = _record(value, "routes")
    target = route.get("target")
    if not isinstance(target, str) or "/" not in target:
        raise _foreign("network", "routes")
    network = IPv6Network if ":" in target else IPv4Network
    try:
        prefix = network(target, strict=False)
    except ValueError:
        raise _foreign("network", "routes") from None
    exact = ip_address(target.partition("/")[0]) == prefix.network_address
    return prefix, exact and route.get("via") is None


def _trace(level: object) -> int:
    return level if isinstance(level, int) and not isinstance(level, bool) else 0


def _record(value: object, kind: str) -> Record:
    if not isinstance(value, dict):
        raise _foreign(kind, None)
    return value


def _list(record: Record, key: str) -> list[object]:
    value = record.get(key)
    if not isinstance(value, list):
        raise _foreign(str(record.get("objtype", "record")), key)
    return value


def _number(record: Record, key: str) -> int:
    value = record.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _foreign("network", key)
    return value


def _foreign(kind: str, key: str | None) -> Unavailable:
    field = f"field `{key}` of a `{kind}`" if key else f"`{kind}`"
    return Unavailable(
        f"the controller's {field} is in no form that a ZeroTier controller has",
        help="check the controller's address and version; ztix knows the controller of ZeroTier One 1.14",
    )
