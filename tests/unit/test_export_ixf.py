"""IX-F's list of members: the schema, each rule of PeeringDB's importer, and what policy must say for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.ixf_importer import Imported, Record, import_list, validate
from tests.unit.exchange_fixture import EXCHANGE, FABRICS, ROUTE_SERVERS, found, good_files, read
from ztix.errors import Invalid
from ztix.evidence import Evidence
from ztix.export.ixf import MemberList, member_list

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
IXF = "publication:\n  ixf: {ixp_id: 7, port_speed: 100}\n"
WHOLE = """\
publication:
  url: https://ix.example.net/
  country: NL
  city: Amsterdam
  support_email: noc@example.net
  looking_glass: https://lg.example.net/
  ixf: {ixp_id: 7, ixf_id: 12, peeringdb_id: 34, port_speed: 100, vlans: [{fabric: lan, id: 5}]}
"""
NODE = "nodes:\n  - id: 1a2b364500\n    name: fra1\n"


def listed(
    changes: Mapping[str, str] | None = None, publication: str = IXF, evidence: Evidence | None = None
) -> MemberList:
    files = {**good_files(), "policy/exchange.yaml": EXCHANGE + publication, **(changes or {})}
    return member_list(read(files), evidence or Evidence(AT), AT)


def exported(changes: Mapping[str, str] | None = None, publication: str = IXF) -> Any:
    return validate(listed(changes, publication).text)


def imported(changes: Mapping[str, str] | None = None, publication: str = IXF) -> Imported:
    return import_list(listed(changes, publication).text, LAN)


def member(nodes: str, more: str = "") -> dict[str, str]:
    """The file of AS64500 with these nodes."""
    text = f"asn: 64500\nname: Example 64500\ncontacts: [{{email: noc@example.net}}]\n{nodes}{more}"
    return {"members/AS64500.yaml": text}


def entries(value: Any, asn: int) -> list[Any]:
    """All entries in VLANs of one AS number."""
    (one,) = [each for each in value["member_list"] if each["asnum"] == asn]
    return [vlan for connection in one["connection_list"] for vlan in connection["vlan_list"]]


def test_member_list_when_imported_gives_a_record_for_each_port() -> None:
    """PeeringDB takes every port, with speed, state and route server, and has nothing to complain of."""
    made = imported()
    assert made.errors == []
    ports = [(record.asn, str(record.ipv4), str(record.ipv6)) for record in made.records]
    assert ports == [
        (64496, "192.0.2.1", "2001:db8:64:96::1"),
        (64496, "192.0.2.2", "2001:db8:64:96::2"),
        (64500, "192.0.2.10", "2001:db8:64:96::10"),
        (64501, "192.0.2.11", "2001:db8:64:96::11"),
    ]
    assert {record.speed for record in made.records} == {100}
    assert [record.is_rs_peer for record in made.records] == [False, False, True, True]
    assert all(record.operational for record in made.records)


def test_member_list_when_policy_says_all_tells_all_of_the_exchange() -> None:
    """Every key of the exchange's own entry."""
    (own,) = exported(publication=WHOLE)["ixp_list"]
    assert own == {
        "ixp_id": 7,
        "ixf_id": 12,
        "peeringdb_id": 34,
        "shortname": "example-ix",
        "name": "Example IX",
        "country": "NL",
        "url": "https://ix.example.net/",
        "support_email": "noc@example.net",
        "switch": [
            {"id": 5, "name": "lan", "city": "Amsterdam", "country": "NL", "manufacturer": "ZeroTier"}
        ],
        "vlan": [
            {
                "id": 5,
                "name": "lan",
                "ipv4": {
                    "prefix": "192.0.2.0",
                    "mask_length": 24,
                    "looking_glass_urls": ["https://lg.example.net/"],
                },
                "ipv6": {
                    "prefix": "2001:db8:64:96::",
                    "mask_length": 64,
                    "looking_glass_urls": ["https://lg.example.net/"],
                },
            }
        ],
    }


def test_member_list_when_policy_says_little_leaves_keys_out() -> None:
    """No value is null or empty: the schema has no type for null. `ixf_id` is there, as 0."""
    (own,) = exported()["ixp_list"]
    assert list(own) == ["ixp_id", "ixf_id", "shortname", "name", "switch", "vlan"]
    assert own["ixf_id"] == 0
    text = listed().text
    assert "null" not in text
    assert '""' not in text


def test_member_list_tells_a_prefix_as_its_bare_address() -> None:
    """The length is a key of its own."""
    (vlan,) = exported()["ixp_list"][0]["vlan"]
    assert (vlan["ipv4"]["prefix"], vlan["ipv4"]["mask_length"]) == ("192.0.2.0", 24)
    assert (vlan["ipv6"]["prefix"], vlan["ipv6"]["mask_length"]) == ("2001:db8:64:96::", 64)


def test_member_list_has_route_servers_as_a_member_of_their_own() -> None:
    """They serve on their addresses, and are no clients of themselves."""
    own = exported()["member_list"][0]
    assert (own["asnum"], own["member_type"], own["name"]) == (64496, "ixp", "Example IX route servers")
    for vlan in entries(exported(), 64496):
        for family in ("ipv4", "ipv6"):
            assert vlan[family]["routeserver"] is False
            assert vlan[family]["services"] == [
                {"type": "ixrouteserver", "daemon": "BIRD", "daemon_version": "2.0.12"}
            ]


def test_member_list_without_route_servers_has_members_only() -> None:
    """Nobody has a session then."""
    made = imported({"policy/route-servers.yaml": "route_servers: []\n"})
    assert [(record.asn, record.is_rs_peer) for record in made.records] == [(64500, False), (64501, False)]


def test_member_list_when_a_node_wants_no_session_says_so() -> None:
    """What PeeringDB shows as route server peer is what the member chose."""
    made = imported(member(NODE + "    addresses: [192.0.2.10]\n    route_servers: false\n"))
    assert [record.is_rs_peer for record in made.records if record.asn == 64500] == [False]


@pytest.mark.parametrize(
    ("server", "node", "peer"),
    [
        ('["2001:db8:64:96::1"]', '[192.0.2.10, "2001:db8:64:96::10"]', True),
        ('["2001:db8:64:96::1"]', "[192.0.2.10]", False),
        ("[192.0.2.1]", '["2001:db8:64:96::10"]', False),
        ("[192.0.2.1]", '[192.0.2.10, "2001:db8:64:96::10"]', True),
    ],
)
def test_member_list_tells_a_session_where_both_ends_speak_a_family(
    server: str, node: str, peer: bool
) -> None:
    """PeeringDB reads the IPv4 address of a port alone, so both of its addresses say the same."""
    servers = (
        "route_servers:\n  - name: rs1\n    node: aaaaaaaaa1\n    router_id: 192.0.2.1\n"
        f"    addresses: {server}\n    ssh: {{host: rs1.example.net, host_keys: [ssh-ed25519 AAAA]}}\n"
    )
    changes = {**member(NODE + f"    addresses: {node}\n"), "policy/route-servers.yaml": servers}
    (entry,) = entries(exported(changes), 64500)
    assert {said["routeserver"] for said in entry.values() if isinstance(said, dict)} == {peer}


def test_member_list_when_a_member_is_suspended_tells_its_ports_as_inactive() -> None:
    """PeeringDB then shows them as not operational, keeps the record, and sees no session."""
    text = good_files()["members/AS64501.yaml"] + "status: suspended\n"
    made = imported({"members/AS64501.yaml": text})
    assert made.errors == []
    assert made.records[-1] == Record(
        64501,
        ip_address("192.0.2.11"),
        ip_address("2001:db8:64:96::11"),
        100,
        operational=False,
        is_rs_peer=False,
    )


def test_member_list_leaves_out_a_member_without_a_node() -> None:
    """It is on no port."""
    assert [each["asnum"] for each in exported(member(""))["member_list"]] == [64496, 64501]


def test_member_list_puts_both_families_of_a_port_into_one_entry() -> None:
    """As many pairs as there are, and what is left alone; all in one connection, each address once."""
    addresses = '[192.0.2.20, "2001:db8:64:96::a", 192.0.2.10]'
    made = exported(member(NODE + f"    addresses: {addresses}\n"))
    told = [(vlan["ipv4"]["address"], vlan.get("ipv6", {}).get("address")) for vlan in entries(made, 64500)]
    assert told == [("192.0.2.10", "2001:db8:64:96::a"), ("192.0.2.20", None)]
    made = exported(member(NODE + '    addresses: ["2001:db8:64:96::b", "2001:db8:64:96::a", 192.0.2.10]\n'))
    told = [(vlan.get("ipv4", {}).get("address"), vlan["ipv6"]["address"]) for vlan in entries(made, 64500)]
    assert told == [("192.0.2.10", "2001:db8:64:96::a"), (None, "2001:db8:64:96::b")]


def test_member_list_has_one_number_for_a_fabric_everywhere() -> None:
    """Two in one LAN would end the import; the switch has the same."""
    made = exported(publication=WHOLE)
    connections = [each for one in made["member_list"] for each in one["connection_list"]]
    assert {vlan["vlan_id"] for each in connections for vlan in each["vlan_list"]} == {5}
    assert {part["switch_id"] for each in connections for part in each["if_list"]} == {5}
    assert {each["ixp_id"] for each in connections} == {made["ixp_list"][0]["ixp_id"]} == {7}


SECOND = """\
  - name: lab
    driver: my-fabric
    network: "8056c2e21c000002"
    token: {env: CONTROLLER_TOKEN}
    prefixes: [198.51.100.0/24]
"""
BOTH = """\
publication:
  ixf: {ixp_id: 7, port_speed: 100, vlans: [{fabric: lan, id: 2}, {fabric: lab, id: 1}]}
"""


def test_member_list_of_two_fabrics_has_a_number_for_each() -> None:
    """Each LAN is imported as if the other were not there; a plug-in's fabric is not called ZeroTier's."""
    node = "  - id: 1a2b364501\n    name: ber1\n    fabric: lab\n    addresses: [198.51.100.7]\n"
    changes = {
        "policy/fabrics.yaml": FABRICS + SECOND,
        **member(NODE + "    addresses: [192.0.2.10]\n" + node),
    }
    text = listed(changes, BOTH).text
    one, other = import_list(text, LAN), import_list(text, (ip_network("198.51.100.0/24"),))
    assert (one.vlans, other.vlans) == ({2}, {1})
    assert [(record.asn, str(record.ipv4)) for record in other.records] == [(64500, "198.51.100.7")]
    assert other.records[0].is_rs_peer is False
    lan, lab = validate(text)["ixp_list"][0]["switch"]
    assert (lan["id"], lan["manufacturer"]) == (2, "ZeroTier")
    assert lab == {"id": 1, "name": "8056c2e21c000002"}


@pytest.mark.parametrize(
    ("vlans", "words"),
    [
        (
            "",
            "`ixf.vlans` has no number for the fabric `lan`; `ixf.vlans` has no number for the fabric `lab`",
        ),
        (", vlans: [{fabric: lan, id: 1}]", "has no number for the fabric `lab`"),
        (
            ", vlans: [{fabric: lan, id: 1}, {fabric: lab, id: 2}, {fabric: lam, id: 3}]",
            "`ixf.vlans` has `lam`, which is no fabric",
        ),
    ],
)
def test_member_list_when_a_number_is_wanting_is_refused(vlans: str, words: str) -> None:
    """A number that nobody wrote would be another one day, so it is asked for."""
    publication = f"publication:\n  ixf: {{ixp_id: 7, port_speed: 100{vlans}}}\n"
    with pytest.raises(Invalid) as caught:
        listed({"policy/fabrics.yaml": FABRICS + SECOND}, publication)
    assert words in caught.value.message
    assert "docs/exports.md" in caught.value.help


def test_member_list_without_its_block_is_refused() -> None:
    """Nothing of it can be guessed."""
    with pytest.raises(Invalid, match=r"needs `publication\.ixf` in policy/exchange\.yaml"):
        listed(publication="")


def test_member_list_when_the_network_is_known_tells_mac_addresses() -> None:
    """In lower case, of members and route servers, as ZeroTier makes them of network and node."""
    pinned = FABRICS.replace("    token", "    controller: 8056c2e21c\n    token")
    made = exported({"policy/fabrics.yaml": pinned})
    (entry,) = entries(made, 64500)
    (address,) = entry["ipv4"]["mac_addresses"]
    assert entry["ipv6"]["mac_addresses"] == [address]
    assert address == address.lower()
    assert len(address) == 17
    macs = [vlan["ipv4"]["mac_addresses"][0] for asn in (64496, 64500, 64501) for vlan in entries(made, asn)]
    assert len(set(macs)) == 4
    assert made["ixp_list"][0]["switch"][0]["name"] == "8056c2e21c000001"


def test_member_list_goes_by_the_evidence_as_route_servers_do() -> None:
    """AS-SETs and limits: the member's own word, else PeeringDB's, else the exchange's default."""
    record = found(64500, irr_as_set="RIPE::AS-ONE RADB::AS-TWO", info_prefixes4=50)
    made = validate(listed(evidence=Evidence(AT, networks={64500: record})).text)
    (entry,) = entries(made, 64500)
    assert entry["ipv4"]["as_macro"] == "RIPE::AS-ONE RADB::AS-TWO"
    assert (entry["ipv4"]["max_prefix"], entry["ipv6"]["max_prefix"]) == (60, 100)
    (entry,) = entries(made, 64501)
    assert entry["ipv4"]["as_macro"] == "AS64501"


def test_member_list_tells_the_moment_in_utc() -> None:
    """The same moment in another zone gives the same bytes."""
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    exchange = read({**good_files(), "policy/exchange.yaml": EXCHANGE + IXF})
    text = member_list(exchange, Evidence(AT), there).text
    assert json.loads(text)["timestamp"] == "2026-01-02T03:04:05Z"
    assert text == listed().text


def test_member_list_holds_a_name_that_no_page_takes_for_markup() -> None:
    """A page may show the text as it is; whoever reads the JSON has the name."""
    name = "</script><img src=x onerror=alert(1)> & Söhne \\"
    text = good_files()["members/AS64500.yaml"].replace("Example 64500", json.dumps(name, ensure_ascii=False))
    made = listed({"members/AS64500.yaml": text}).text
    assert validate(made)["member_list"][1]["name"] == name
    assert "\\u003c/script\\u003e" in made
    assert not set(made) & set("<>&")


def test_member_list_tells_no_mail_address_of_a_member() -> None:
    """Contacts are for the exchange; a list that all may fetch is none for them."""
    assert "noc@" not in listed().text


@pytest.mark.parametrize(
    ("changes", "publication", "remark"),
    [
        ({}, IXF, "`ixf_id` is 0, which some readers refuse: IXPDB gives an exchange its number"),
        (
            {"policy/route-servers.yaml": "route_servers: []\n"},
            WHOLE,
            "2 AS numbers: PeeringDB makes no exchange of a list with fewer than 3",
        ),
        (
            {"policy/fabrics.yaml": FABRICS.replace("192.0.2.0/24,", "192.0.2.0/24, 203.0.113.0/29,")},
            WHOLE,
            "PeeringDB takes IPv4 LANs of /18 to /28, not `203.0.113.0/29`",
        ),
        (
            {"policy/fabrics.yaml": FABRICS.replace("192.0.2.0/24,", "192.0.2.0/24, 203.0.113.0/24,")},
            WHOLE,
            "`203.0.113.0/24` is not told: a VLAN of IX-F has one IPv4 prefix",
        ),
        (
            {"policy/fabrics.yaml": FABRICS.replace('"2001:db8:64:96::/64"', '"2001:db8:64:96::/120"')},
            WHOLE,
            "PeeringDB takes IPv6 LANs of /64 to /116, not `2001:db8:64:96::/120`",
        ),
    ],
)
def test_member_list_remarks_on_what_readers_will_not_take(
    changes: dict[str, str], publication: str, remark: str
) -> None:
    """The list is right all the same, and its maker is told."""
    assert remark in listed(changes, publication).remarks


def test_member_list_of_a_whole_exchange_has_no_remark() -> None:
    """There is nothing to say where nothing is odd."""
    assert listed(publication=WHOLE).remarks == ()


def test_member_list_of_a_lan_of_one_family_tells_that_one() -> None:
    """A family without a prefix has no key."""
    servers = ROUTE_SERVERS.replace(', "2001:db8:64:96::1"', "").replace(', "2001:db8:64:96::2"', "")
    changes = {
        "policy/fabrics.yaml": FABRICS.replace(', "2001:db8:64:96::/64"', ""),
        "policy/route-servers.yaml": servers,
        **member(NODE + "    addresses: [192.0.2.10]\n"),
        "members/AS64501.yaml": "asn: 64501\nname: B\ncontacts: [{email: noc@example.net}]\n",
    }
    (vlan,) = exported(changes)["ixp_list"][0]["vlan"]
    assert list(vlan) == ["id", "name", "ipv4"]
