"""Addresses, nodes and AS numbers that are somebody else's, reserved, resting, or nobody's to have."""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import BASE, JOINER, LONG_AGO, REVIEWER, edit, joining, path_of, text_of
from tests.unit.exchange_fixture import member_text

_V4, _V6 = "192.0.2.12", "2001:db8:64:96::12"
_ADMISSION = BASE["policy/admission.yaml"]


def _at(name: str, old: str, new: str, *says: str) -> Pull:
    """A join with another address or node, that a maintainer has even approved."""
    text = JOINER.replace(old, new)
    assert text != JOINER
    return Pull(name, Must.FAIL, joining(text), says, "mend the errors", approvals=(REVIEWER,))


def _by(name: str, asn: int, policy: str, *says: str) -> Pull:
    """A join of another AS number, under a line of policy more."""
    text = member_text(64502).replace("asn: 64502", f"asn: {asn}")
    does = {path_of(asn): text}
    past = ({"policy/admission.yaml": policy},) if policy else ()
    return Pull(name, Must.FAIL, does, says, "mend the errors", approvals=(REVIEWER,), past=past)


_LEFT = ({path_of(64505): member_text(64505)}, {path_of(64505): None})
_GIVEN_UP = ({path_of(64505): member_text(64505).replace("192.0.2.15", _V4)}, {path_of(64505): None})

PLACES: tuple[Pull, ...] = (
    _at("address-of-a-member", _V4, "192.0.2.10", "ZT204"),
    _at("address-of-a-member-ipv6", _V6, "2001:db8:64:96::10", "ZT204"),
    _at("address-of-a-member-spelled-otherwise", _V6, "2001:db8:64:96:0:0:0:0010", "ZT"),
    _at("address-of-a-route-server", _V4, "192.0.2.1", "ZT20"),
    _at("address-of-a-route-server-ipv6", _V6, "2001:db8:64:96::1", "ZT20"),
    _at("address-that-is-reserved", _V4, "192.0.2.5", "ZT208"),
    _at("network-address", _V4, "192.0.2.0", "ZT20"),
    _at("broadcast-address", _V4, "192.0.2.255", "ZT207"),
    _at("router-anycast-address", _V6, "2001:db8:64:96::", "ZT207"),
    _at("address-outside-of-the-lan", _V4, "198.51.100.12", "ZT206"),
    _at("address-outside-of-the-lan-ipv6", _V6, "2001:db8:65::12", "ZT206"),
    _at("loopback-address", _V4, "127.0.0.1", "ZT206"),
    _at("unspecified-address", _V4, "0.0.0.0", "ZT206"),  # noqa: S104 - what a stranger writes
    _at("multicast-address", _V6, "ff02::1", "ZT206"),
    _at("link-local-address", _V6, "fe80::1", "ZT206"),
    _at("address-twice", f'{_V4}, "{_V6}"', f"{_V4}, {_V4}", "ZT205"),
    _at("node-of-a-route-server", "1a2b364502", "aaaaaaaaa1", "ZT202"),
    _at("node-of-the-controller", "1a2b364502", "ffffffffff", "ZT"),
    _at("node-zero", "1a2b364502", "0000000000", "ZT"),
    _at("fabric-that-is-not", "name: fra1", "name: fra1\n    fabric: wan", "ZT201"),
    _at(
        "two-nodes-of-one-id",
        "nodes:\n",
        "nodes:\n  - {id: 1a2b364502, name: x, addresses: [192.0.2.30]}\n",
        "ZT203",
    ),
    _at("as-set-of-nothing", "contacts:", "as_set: {ipv4: []}\ncontacts:", "ZT012"),
    Pull(
        "edit-takes-a-members-address",
        Must.FAIL,
        edit(64500, "192.0.2.10", "192.0.2.11"),
        ("ZT204",),
        "mend the errors",
        64500,
    ),
    Pull(
        "edit-takes-a-route-servers-address",
        Must.FAIL,
        edit(64500, "192.0.2.10", "192.0.2.1"),
        ("ZT20",),
        "mend the errors",
        64500,
    ),
    Pull(
        "two-members-in-one-request-take-one-address",
        Must.FAIL,
        {**edit(64500, "192.0.2.10", "192.0.2.77"), path_of(64502): JOINER.replace(_V4, "192.0.2.77")},
        ("ZT204",),
        "mend the errors",
        64500,
    ),
    Pull(
        "address-is-resting",
        Must.FAIL,
        joining(),
        ("ZT214",),
        "mend the errors",
        approvals=(REVIEWER,),
        past=_GIVEN_UP,
    ),
    Pull(
        "number-comes-back-with-another-account",
        Must.FAIL,
        joining(member_text(64505).replace("id: 64505, login", "id: 64502, login"), 64505),
        ("ZT109", "none of its GitHub accounts comes back with it"),
        "",
        past=_LEFT,
    ),
    _by("number-is-denied", 64502, _ADMISSION + "asns_denied: [64502]\n", "ZT104"),
    _by("number-is-denied-by-a-range", 64502, _ADMISSION + "asns_denied: [64500-64510]\n", "ZT104"),
    _by("number-is-not-allowed", 64502, _ADMISSION + "asns_allowed: [64500-64501]\n", "ZT105"),
    _by("number-is-private", 64512, "", "ZT102"),
    _by("number-is-private-of-32-bits", 4200000000, "", "ZT102"),
    _by("number-is-the-last", 4294967295, "", "ZT102"),
    _by("number-is-as-trans", 23456, "", "ZT103"),
    _by("number-is-the-exchanges-own", 64496, "", "ZT106"),
    _by("number-is-for-documentation", 65540, "", "ZT102"),
    Pull(
        "address-has-rested-long-enough",
        Must.PASS,
        joining(),
        ("AS64502 joins",),
        "merge it",
        past=_GIVEN_UP,
        at=LONG_AGO,
    ),
    Pull(
        "address-back-to-who-gave-it-up",
        Must.PASS,
        {path_of(64500): text_of(64500)},
        ("AS64500 changes its file",),
        "merge it",
        64500,
        past=(edit(64500, "192.0.2.10", "192.0.2.66"),),
    ),
)
