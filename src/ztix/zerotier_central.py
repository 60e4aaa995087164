"""ZeroTier Central's words for what a fabric is: API v1's JSON into our values, and our values into its JSON.

Law: pure. Central is a controller behind a service: the settings are those of `zerotier`, nested in `config`,
with the member's name beside it, and what would be bent is refused by the same list. Any field may be null:
null settings are read as what they cannot be meant as, so that they are written again, and a null
`authorized` as no. Only fields that ztix answers for are written; Central keeps the rest (`hidden`,
`description`, rules, tags) as it found it. It compiles rules from a text of its own, which ztix does not
write: rules, tags or capabilities in policy are refused here, and never taken for being in force.

Source: the vendor's specification of the ZeroTier Central API, version 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ztix import zerotier
from ztix.errors import Refused, Unavailable
from ztix.fabric import Attachment, NetworkSettings, ordered
from ztix.lan import ACCEPT_ALL
from ztix.terms import NetworkId, NodeId, Prefix, parse_address

NETWORK_FIELDS = (
    "name",
    "private",
    "enableBroadcast",
    "multicastLimit",
    "mtu",
    "routes",
    "ipAssignmentPools",
    "v4AssignMode",
    "v6AssignMode",
    "dns",
)
MEMBER_FIELDS = ("authorized", "ipAssignments", "noAutoAssignIps", "activeBridge")
NULL_NETWORK: Mapping[str, object] = {
    "name": "",
    "mtu": 0,
    "multicastLimit": 0,
    "routes": [],
    "ipAssignmentPools": [],
    "v4AssignMode": {},
    "v6AssignMode": {},
}
UNWRITTEN = zerotier.network_body(NetworkSettings("", (), zerotier.MTU[0], 1))
"""What stands in for the fields of a network that ztix neither reads nor writes at Central."""
WINDOW_S = 2.0  # seconds; the rate is counted by the second, and its end is told in whole ones
UNTOLD_S = 1.0  # seconds to wait where nobody tells how long


@dataclass(frozen=True, slots=True)
class Held:
    """One member's record. own: automatic addresses and bridging are off, as ztix writes them."""

    attachment: Attachment
    own: bool


def network_body(settings: NetworkSettings, *, had_dns: bool = False) -> dict[str, object]:
    """The body that sets a network so. had_dns: it tells nodes of name servers now. Raises Refused."""
    if settings.rules != ACCEPT_ALL:
        raise _without_rules(f"the settings of network `{settings.name}`")
    whole = zerotier.network_body(settings, had_dns=had_dns)
    return {"config": {key: whole[key] for key in NETWORK_FIELDS if key in whole}}


def member_body(attachment: Attachment, lan: tuple[Prefix, ...]) -> dict[str, object]:
    """The body that makes a member so. lan: the network's prefixes. Raises Refused."""
    if attachment.authorised and (attachment.tags or attachment.capabilities):
        raise _without_rules(f"node `{attachment.node}`")
    whole = zerotier.member_body(attachment, lan)
    return {"name": whole["name"], "config": {key: whole[key] for key in MEMBER_FIELDS}}


def read_network(value: object, network: NetworkId) -> NetworkSettings:
    """The settings of a network object. Raises Unavailable.

    `closed` is False also where people are let in by single sign-on: that is not git's doing.
    """
    record = _record(value, "network")
    config = _record(record.get("config"), "config")
    if record.get("id") not in (network, None):
        raise _foreign("id", "network")
    told = {key: config.get(key) for key in NETWORK_FIELDS}
    whole = {key: NULL_NETWORK.get(key) if value is None else value for key, value in told.items()}
    try:
        settings = zerotier.read_network(UNWRITTEN | whole)
    except Unavailable as error:
        raise Unavailable(error.message, help=_ADVICE) from None
    return replace(settings, closed=settings.closed and not has_single_sign_on(value))


def has_single_sign_on(value: object) -> bool:
    """Whether Central admits whoever a provider of identities vouches for. Raises Unavailable."""
    sso = _record(_record(value, "network").get("config"), "config").get("ssoConfig")
    return isinstance(sso, dict) and sso.get("enabled") is True


def read_member(value: object) -> Held | None:
    """A member object. None where its id is one that no node can have. Raises Unavailable."""
    record = _record(value, "member")
    config = _record({} if record.get("config") is None else record["config"], "config")
    node, name = _node(record), record.get("name")
    texts = config.get("ipAssignments")
    authorised = config.get("authorized")
    if not isinstance(name, str | None):
        raise _foreign("name", "member")
    if not isinstance(authorised, bool | None):
        raise _foreign("authorized", "member")
    if not isinstance(texts, list | None):
        raise _foreign("ipAssignments", "member")
    try:
        addresses = ordered(tuple(parse_address(text) for text in texts or ()))
    except ValueError:
        raise _foreign("ipAssignments", "member") from None
    if node is None:
        return None
    own = config.get("noAutoAssignIps") is True and config.get("activeBridge") in (False, None)
    return Held(Attachment(node, name or "", addresses, authorised is True), own)


def _node(record: Mapping[str, object]) -> NodeId | None:
    """The node's id; where `nodeId` is null, the end of `id`, which is the network, a hyphen and the node."""
    text, whole = record.get("nodeId"), record.get("id")
    if text is None and isinstance(whole, str):
        text = whole.rpartition("-")[2]
    if not isinstance(text, str):
        raise _foreign("nodeId", "member")
    try:
        return NodeId(text.lower())
    except ValueError:
        return None


def pace_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait before the next request, so that the limit on their rate is not met.

    headers: of the last answer.  Nothing while half of the second's requests are left; from there on the rest
    of the time is divided among the rest of them.
    """
    limit, remaining = _count(headers, "x-ratelimit-limit"), _count(headers, "x-ratelimit-remaining")
    if limit is None or remaining is None or remaining * 2 > limit:
        return 0.0
    left_s = _left_s(headers, now)
    return left_s / remaining if remaining else min(left_s + 1, WINDOW_S)


def throttled_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait after an answer 429 that does not tell so itself."""
    return min(_left_s(headers, now) + 1, WINDOW_S)


def _left_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until the requests are counted anew, by the service's own clock where it tells the time."""
    reset, date = _moment(headers, "x-ratelimit-reset"), _moment(headers, "date")
    if reset is None:
        return UNTOLD_S
    return min(max((reset - (date or now)).total_seconds(), 0.0), WINDOW_S)


def _moment(headers: Mapping[str, str], name: str) -> datetime | None:
    try:
        then = parsedate_to_datetime(headers.get(name, ""))
    except ValueError:
        return None
    return then.replace(tzinfo=then.tzinfo or UTC)


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _without_rules(subject: str) -> Refused:
    return Refused(
        f"{subject} was not written: ztix does not write rules, tags and capabilities at Central",
        help="write `base: accept-all` for the fabric in policy/lan-rules.yaml, and the rules as text on the"
        " network's page at Central; or use a controller of your own",
    )


def _record(value: object, kind: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _foreign("config", "network") if kind == "config" else _foreign(None, kind)
    return value


_ADVICE = "check the address in policy/fabrics.yaml; ztix knows version 1 of the ZeroTier Central API"


def _foreign(key: str | None, kind: str) -> Unavailable:
    field = f"field `{key}` of a `{kind}`" if key else f"`{kind}`"
    return Unavailable(f"Central's {field} is in no form that its API has", help=_ADVICE)
