"""For all attachments and settings: what is written is read as the same, or it is not written at all."""

from __future__ import annotations

import json
import string
from ipaddress import IPv4Address, IPv6Address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from ztix.errors import Refused, Unavailable
from ztix.fabric import Attachment, Dns, NetworkSettings, ordered
from ztix.lab.controller.members import amended_member
from ztix.lab.controller.networks import amended_network
from ztix.terms import NodeId
from ztix.zerotier import member_body, network_body, read_member, read_network

LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
NETWORK = 0x6FA725440C0A0001

nodes = st.integers(1, (0xFF << 32) - 1).map(lambda number: NodeId(f"{number:010x}"))
names = st.text(st.characters(), max_size=140)
inside = st.one_of(
    st.integers(0, 255).map(lambda n: LAN[0][n]), st.integers(0, 2**64 - 1).map(lambda n: LAN[1][n])
)
anywhere = st.one_of(inside, st.ip_addresses(), st.just(IPv6Address("fe80::1%eth0")))
attachments = st.builds(
    Attachment, nodes, names, st.lists(anywhere, max_size=34).map(tuple).map(ordered), st.booleans()
)
prefixes = st.one_of(
    st.sampled_from(LAN),
    st.builds(
        lambda address, length: ip_network(f"{address}/{length % (address.max_prefixlen + 1)}", strict=False),
        st.ip_addresses(),
        st.integers(0, 128),
    ),
)
dns = st.builds(
    Dns,
    st.one_of(st.text(max_size=5), st.integers(0, 140).map(lambda size: "d" * size)),
    st.lists(st.one_of(st.ip_addresses(), st.text(max_size=5), anywhere), max_size=5).map(tuple),
)
settings = st.builds(
    NetworkSettings,
    names,
    st.lists(prefixes, max_size=6).map(
        lambda found: tuple(sorted(found, key=lambda one: (one.version, one)))
    ),
    st.integers(-1, 12_000),
    st.integers(-1, 2**65),
    st.booleans(),
    dns=st.none() | dns,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(string.printable, max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(attachments)
def test_attachment_when_written_is_kept_by_a_controller_exactly_or_refused(wanted: Attachment) -> None:
    """No attachment comes back as another, neither by its way through JSON nor by a controller's bending."""
    try:
        body = member_body(wanted, LAN)
    except Refused:
        return
    sent = json.loads(json.dumps(body, ensure_ascii=False).encode())
    kept = amended_member(None, sent, f"{NETWORK:016x}", wanted.node, 0)
    held = read_member(kept)
    assert held is not None
    assert held.attachment == wanted
    assert held.own


@given(
    st.builds(Attachment, nodes, st.text(max_size=40), st.lists(inside, max_size=8, unique=True).map(tuple))
)
def test_attachment_when_inside_the_network_is_never_refused(wanted: Attachment) -> None:
    """What git may ask for can be written."""
    assert member_body(wanted, LAN)["authorized"] is True


@given(settings, st.booleans())
def test_settings_when_written_are_kept_by_a_controller_exactly_or_refused(
    wanted: NetworkSettings, had_dns: bool
) -> None:
    """No settings come back as others."""
    try:
        body = network_body(wanted, 2, had_dns=had_dns)
    except Refused:
        return
    sent = json.loads(json.dumps(body, ensure_ascii=False).encode())
    assert read_network(amended_network(None, sent, NETWORK, 0)) == wanted


@given(attachments)
def test_body_when_written_has_no_hazard(wanted: Attachment) -> None:
    """No address reaches a controller that it would read as another, or not hand out to its node."""
    try:
        body = member_body(wanted, LAN)
    except Refused:
        return
    assert isinstance(body["authorized"], bool)
    texts = body["ipAssignments"]
    assert isinstance(texts, list)
    if wanted.authorised:
        assert len(texts) == len(set(texts)) <= 32
        for text in texts:
            address = IPv6Address(text) if ":" in text else IPv4Address(text)
            assert any(address in prefix for prefix in LAN if prefix.version == address.version)


@given(
    values,
    st.dictionaries(
        st.sampled_from(sorted(network_body(NetworkSettings("n", LAN, 2800, 32), had_dns=True))), values
    ),
)
def test_read_when_value_is_anything_is_read_or_unavailable(
    value: object, changed: dict[str, object]
) -> None:
    """No answer, however strange, ends otherwise."""
    record = network_body(NetworkSettings("n", LAN, 2800, 32)) | changed
    member = {"id": "1a2b3c4d5e", "authorized": True, "ipAssignments": []} | changed
    for read, found in (
        (read_network, value),
        (read_network, record),
        (read_member, value),
        (read_member, member),
    ):
        try:
            read(found)
        except Unavailable:
            continue
