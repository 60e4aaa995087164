"""What `ztix new` proposes: free addresses, and a file that is right once its TODOs are replaced."""

from collections.abc import Mapping
from ipaddress import ip_address

import pytest

from tests.unit.exchange_fixture import NOW
from ztix.canonical import canonical
from ztix.document import read_document
from ztix.errors import Usage
from ztix.evidence import Absent, Found, NetworkLookup, NetworkRecord, Unknown
from ztix.exchange import Exchange, read_exchange
from ztix.member import Member, member_path
from ztix.policy import FabricPolicy
from ztix.proposal import Applicant, free_addresses, proposable, propose, told
from ztix.rules import check
from ztix.rules.facts import Facts
from ztix.shape import read_model
from ztix.terms import Asn, NodeId
from ztix.tree import Entry, Kind, Tree

FABRIC = """\
fabrics:
  - name: lan
    network: "64496a"
    url: http://127.0.0.1:9993
    token: {env: TOKEN}
    prefixes: [192.0.2.0/24, 2001:db8:64:96::/64]
    reserved: [192.0.2.0/29, 2001:db8:64:96::/112]
"""
POLICY = {
    "policy/exchange.yaml": "name: example-ix\ntitle: Example Internet Exchange\nasn: 64496\n",
    "policy/fabrics.yaml": FABRIC,
    "policy/route-servers.yaml": "route_servers: []\n",
}


def exchange_of(files: Mapping[str, str]) -> Exchange:
    entries = {
        path: Entry(path, Kind.FILE, len(text), text.encode())
        for path, text in (POLICY | dict(files)).items()
    }
    exchange, report = read_exchange(Tree("work tree", entries))
    assert exchange is not None, report
    assert not report.has_errors, report
    return exchange


def lan(**changed: str) -> tuple[Exchange, FabricPolicy]:
    """An exchange whose fabric has other prefixes or reserved parts."""
    text = FABRIC
    for key, value in changed.items():
        lines = [f"    {key}: {value}" if key in line else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    exchange = exchange_of({"policy/fabrics.yaml": text})
    return exchange, exchange.policy.fabrics.fabrics[0]


def holder(asn: int, *addresses: str, status: str = "active") -> dict[str, str]:
    """A member that holds these addresses."""
    quoted = ", ".join(f'"{address}"' for address in addresses)
    node = f'{{id: "{asn:010x}", name: a, addresses: [{quoted}]}}'
    text = f"asn: {asn}\nname: A\nstatus: {status}\ncontacts: [{{email: a@example.net}}]\nnodes: [{node}]\n"
    return {f"members/AS{asn}.yaml": text}


def filled(text: str) -> str:
    """The proposal as its reader completes it."""
    return (
        text.replace("name: TODO", "name: Example")
        .replace("      id: TODO", "      id: 583231")
        .replace("login: TODO", "login: octocat")
        .replace("email: TODO", "email: noc@example.net")
        .replace('"TODO"', '"0123456701"')
        .replace("      - TODO", "      - 192.0.2.9")
    )


def read_member(text: str, asn: int) -> Member:
    """The member in a proposal, which must be in canonical form."""
    path = member_path(Asn(asn))
    document, findings = read_document(Entry(path, Kind.FILE, len(text), text.encode()))
    assert document is not None, findings
    member, findings = read_model(document, Member)
    assert member is not None, findings
    assert canonical(document, Member) == text
    return member


def test_free_addresses_when_nobody_is_there_follow_from_the_asn() -> None:
    """The last octet is the ASN modulo the prefix's size; IPv6 spells the ASN in decimal digits."""
    exchange, fabric = lan()
    assert [str(a) for a in free_addresses(exchange, fabric, Asn(64522))] == [
        "192.0.2.10",
        "2001:db8:64:96:0:6:4522:1",
    ]
    assert str(free_addresses(exchange, fabric, Asn(4294967294))[1]) == "2001:db8:64:96:42:9496:7294:1"


def test_free_addresses_when_held_are_the_next_ones() -> None:
    """Addresses of members, suspended ones too, are stepped over."""
    held = holder(64501, "192.0.2.10", "2001:DB8:64:96::6:4522:1") | holder(
        64502, "192.0.2.11", status="suspended"
    )
    exchange = exchange_of(held)
    fabric = exchange.policy.fabrics.fabrics[0]
    assert [str(a) for a in free_addresses(exchange, fabric, Asn(64522))] == [
        "192.0.2.12",
        "2001:db8:64:96:0:6:4522:2",
    ]


def test_free_addresses_skip_next_hops_that_policy_names() -> None:
    """A newcomer there would get the traffic that members drop, or another's."""
    sink = "blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: 192.0.2.10}}\n"
    named = "members: [{asn: 64500, next_hop: authorised, next_hops: [192.0.2.11]}]\n"
    exchange = exchange_of({"policy/routing.yaml": sink + named})
    fabric = exchange.policy.fabrics.fabrics[0]
    assert str(free_addresses(exchange, fabric, Asn(64522))[0]) == "192.0.2.12"
    assert str(Facts.of(exchange, None).free_address(fabric.name, 4)) == "192.0.2.8"
    lower = exchange_of({"policy/routing.yaml": sink.replace("2.10", "2.8") + named.replace("2.11", "2.9")})
    assert str(Facts.of(lower, None).free_address(fabric.name, 4)) == "192.0.2.10"


@pytest.mark.parametrize(
    ("asn", "first"),
    [(64512, "192.0.2.8"), (64516, "192.0.2.8"), (64767, "192.0.2.8"), (64766, "192.0.2.254")],
)
def test_free_addresses_skip_network_broadcast_and_reserved(asn: int, first: str) -> None:
    """Neither .0 nor .255 nor a reserved address is proposed; after the last comes the first."""
    exchange, fabric = lan()
    assert str(free_addresses(exchange, fabric, Asn(asn))[0]) == first


def test_free_addresses_when_a_family_is_full_leave_it_out() -> None:
    """Two hosts in a /30 are reserved or held: only IPv6 is left; then nothing is."""
    exchange, fabric = lan(prefixes="[192.0.2.0/30, 2001:db8::/126]", reserved="[192.0.2.1/32]")
    assert [str(a) for a in free_addresses(exchange, fabric, Asn(64500))] == ["192.0.2.2", "2001:db8::1"]
    exchange, fabric = lan(prefixes="[192.0.2.0/30, 2001:db8::/126]", reserved="[192.0.2.0/30]")
    assert [str(a) for a in free_addresses(exchange, fabric, Asn(64500))] == ["2001:db8::1"]
    exchange, fabric = lan(prefixes="[192.0.2.0/30]", reserved="[192.0.0.0/16]")
    assert free_addresses(exchange, fabric, Asn(64500)) == ()


def test_free_addresses_when_a_family_has_two_prefixes_take_the_first_with_room() -> None:
    """A full prefix is followed by the next of its family."""
    exchange, fabric = lan(
        prefixes="[192.0.2.0/30, 198.51.100.0/24, 203.0.113.0/24]", reserved="[192.0.2.0/30]"
    )
    assert [str(a) for a in free_addresses(exchange, fabric, Asn(64522))] == ["198.51.100.10"]


def test_free_addresses_on_another_fabric_do_not_count_as_held() -> None:
    """The same address on another fabric is another address."""
    second = FABRIC + FABRIC.removeprefix("fabrics:\n").replace("lan", "lan2").replace("64496a", "64496b")
    exchange = exchange_of({"policy/fabrics.yaml": second} | holder(64501, "192.0.2.10"))
    first, other = exchange.policy.fabrics.fabrics
    assert free_addresses(exchange, first, Asn(64522))[0] == ip_address("192.0.2.11")
    assert free_addresses(exchange, other, Asn(64522))[0] == ip_address("192.0.2.10")
    assert "    fabric: lan2\n" in propose(Asn(64522), exchange, fabric=other)


def test_propose_when_peeringdb_has_the_network_takes_name_sets_and_limits() -> None:
    """The record's name, its AS-SETs for each family and its figures with head-room stand in the file."""
    record = NetworkRecord(Asn(64522), "Example: Networks", irr_as_set="AS-EXAMPLE@RIPE", info_prefixes4=101)
    text = propose(Asn(64522), exchange_of({}), record, NodeId("1234567890"))
    member = read_member(filled(text), 64522)
    assert member.name == "Example: Networks"
    assert (member.as_set.ipv4, member.as_set.ipv6) == (("RIPE::AS-EXAMPLE",), ("RIPE::AS-EXAMPLE",))
    assert (member.max_prefixes.ipv4, member.max_prefixes.ipv6) == (122, None)
    assert [str(address) for address in member.nodes[0].addresses] == [
        "192.0.2.10",
        "2001:db8:64:96:0:6:4522:1",
    ]
    assert member.nodes[0].id == "1234567890"
    assert '"1234567890"' in text


def test_propose_when_peeringdb_lists_several_sets_and_a_huge_figure_writes_what_a_file_may_say() -> None:
    """Several AS-SETs become a list; a figure over the highest limit is left to the default."""
    record = NetworkRecord(Asn(64522), "A", irr_as_set="AS-A RIPE::AS-B", info_prefixes6=1_100_000)
    member = read_member(filled(propose(Asn(64522), exchange_of({}), record)), 64522)
    assert member.as_set.ipv4 == ("AS-A", "RIPE::AS-B")
    assert member.max_prefixes.ipv6 is None


def test_propose_when_nothing_is_known_fails_closed_until_each_todo_is_replaced() -> None:
    """Contacts and node id are placeholders that no check lets pass; filled in, the file is good."""
    text = propose(Asn(64522), exchange_of({}))
    path = member_path(Asn(64522))
    document, _ = read_document(Entry(path, Kind.FILE, len(text), text.encode()))
    assert document is not None
    _, findings = read_model(document, Member)
    places = [text.splitlines()[finding.span.line - 1].strip() for finding in findings]
    assert [place for place in places if "TODO" in place] == ["id: TODO", "email: TODO", '- id: "TODO"']
    member = read_member(filled(text), 64522)
    assert member.name == "Example"
    assert member.as_set.ipv4 is None


def test_propose_when_only_the_form_is_made_right_leaves_findings() -> None:
    """A name and a login that nobody replaced are texts of a good form, and errors all the same."""
    text = filled(propose(Asn(64522), exchange_of({}))).replace("octocat", "TODO")
    exchange = exchange_of({"members/AS64522.yaml": text.replace("name: Example", "name: TODO")})
    found = [(item.rule, item.message) for item in check(exchange, None) if item.rule == "ZT115"]
    assert found == [("ZT115", "`name` is still `TODO`"), ("ZT115", "`login` is still `TODO`")]


def test_propose_when_the_fabric_is_full_says_so() -> None:
    """Without a free address the file has a placeholder and no routing keys that need a family."""
    exchange, _ = lan(prefixes="[192.0.2.0/30]", reserved="[192.0.0.0/16]")
    text = propose(Asn(64522), exchange)
    assert "the fabric has no free address" in text
    assert read_member(filled(text), 64522).as_set.ipv4 is None


def test_propose_when_the_name_has_hidden_characters_shows_none_of_them() -> None:
    """A name from PeeringDB cannot break out of its line, nor hide anything in it."""
    record = NetworkRecord(Asn(64522), "A\nnodes: []\u202e #b", irr_as_set="x\n- y")
    member = read_member(filled(propose(Asn(64522), exchange_of({}), record)), 64522)
    assert member.name == "A nodes: [] #b"


def test_propose_when_the_member_is_there_refuses() -> None:
    """A member that has a file gets no second one."""
    with pytest.raises(Usage, match="`AS64501` is a member already"):
        propose(Asn(64501), exchange_of(holder(64501, "192.0.2.10")))


def test_propose_when_the_node_is_held_names_the_holder() -> None:
    """A node id that was copied from a neighbour's file is refused before anything is written."""
    with pytest.raises(Usage) as caught:
        propose(Asn(64522), exchange_of(holder(64501, "192.0.2.10")), node=NodeId("000000fbf5"))
    assert caught.value.message == ("the node `000000fbf5` is held by `AS64501`: members/AS64501.yaml:5:14")


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        (
            Found(NetworkRecord(Asn(64522), "Example"), "", NOW),
            "PeeringDB has a record of AS64522: `Example`",
        ),
        (Absent("", NOW), "PeeringDB has no record of AS64522: name and limits are left to you"),
        (
            Unknown("no route"),
            "PeeringDB did not answer about AS64522 (no route): name and limits are left to you",
        ),
        (
            Unknown("PeeringDB did not answer `GET https://peeringdb.example.net/api/net`: it answered 429"),
            "PeeringDB did not answer about AS64522 (it answered 429): name and limits are left to you",
        ),
        (
            Unknown("PeeringDB did not answer"),
            "PeeringDB did not answer about AS64522: name and limits are left to you",
        ),
    ],
)
def test_told_says_what_peeringdb_said(lookup: NetworkLookup, words: str) -> None:
    """No record and no answer are two things, and neither is silence."""
    assert told(Asn(64522), lookup) == words


def test_propose_with_what_the_applicant_says_leaves_nothing_to_do() -> None:
    """A whole file has no TODO, is canonical as it stands, and every value is the applicant's."""
    applicant = Applicant("Yes: & Co", 583231, "octocat", "noc@example.net")
    text = propose(Asn(64522), exchange_of({}), None, NodeId("0123456701"), None, applicant)
    assert "TODO" not in text
    member = read_member(text, 64522)
    assert member.name == "Yes: & Co"
    assert [(c.github.id, c.github.login, c.email) for c in member.contacts if c.github] == [
        (583231, "octocat", "noc@example.net")
    ]


def test_free_addresses_leave_out_those_that_rest() -> None:
    """What was another's until lately is not proposed; the next one is."""
    exchange, fabric = lan()
    resting = {(fabric.name, 4, int(ip_address("192.0.2.10")))}
    assert str(free_addresses(exchange, fabric, Asn(64522), resting)[0]) == "192.0.2.11"


def test_proposable_tells_the_first_of_each_prefix() -> None:
    """So many of each, the one that would be proposed first at the head."""
    exchange, fabric = lan()
    found = [str(address) for address in proposable(exchange, fabric, Asn(64522), 2)]
    assert found == ["192.0.2.10", "192.0.2.11", "2001:db8:64:96:0:6:4522:1", "2001:db8:64:96:0:6:4522:2"]
