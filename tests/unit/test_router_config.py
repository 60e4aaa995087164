"""The configuration of a member's own router: what is decided, for whom, and what is left to fill in."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, node, server
from tests.routers import ALL, ALONE, ASN, OPEN_MAKES, ROUTING, known, scene, text, texts
from ztix.drivers.templates import load_default_templates
from ztix.errors import Usage
from ztix.evidence import PrefixPattern, PrefixSet
from ztix.exchange import Exchange
from ztix.render import BrokenTemplate
from ztix.routerconfig import DIALECTS, Derivation, RouterView, router_texts
from ztix.routerconfig.patterns import announceable_patterns, refused, uncovered
from ztix.routeserver import views
from ztix.terms import Asn, NetworkRef

NO_EXPANSION = evidence()
MANY = expansion("AS64500:AS-ALL", [64500, *range(1, 400)], [f"198.51.{n}.0/24" for n in range(301 - 256)])


def view(found: Exchange, name: str = "fra1", *, make: str = "bird2", facts: object = None) -> RouterView:
    """The view of one node of AS64500."""
    evidenced = known() if facts is None else facts
    file = found.member(ASN)
    assert file is not None
    derivation = Derivation(found, evidenced, views(found, evidenced), file.member)  # type: ignore[arg-type]  # Evidence
    (chosen,) = [one for one in derivation.nodes() if one.name == name]
    return derivation.router(chosen, DIALECTS[make])


def patterns(*texts_: str) -> tuple[PrefixPattern, ...]:
    return PrefixSet(6 if ":" in texts_[0] else 4, texts_).patterns


# What goes in and out


def served(**routing: object) -> object:
    """The IPv4 side of a route server."""
    found = exchange(member(64500, 10), routing={**LABORATORY, **routing})
    return views(found, NO_EXPANSION)[0].families[0]


def test_refused_prefixes_are_lengths_bogons_and_the_lan() -> None:
    """Each is refused with all that lies in it, and the default route by its length."""
    found = refused(served())  # type: ignore[arg-type]  # a FamilyView
    told = set(map(str, found))
    assert {"0.0.0.0/0{0,7}", "0.0.0.0/0{29,32}", "10.0.0.0/8{8,32}", "192.0.2.0/24{24,32}"} <= told
    assert not [pattern for pattern in found if pattern.prefix == ip_network("198.51.100.0/24")]


def test_refused_prefixes_when_policy_takes_every_length_still_hold_the_default_route() -> None:
    """A length that policy allows is no reason to take everybody's traffic."""
    lengths = {"ipv4": {"min": "0", "max": "32"}, "ipv6": {"min": "16", "max": "48"}}
    found = refused(served(prefix_length=lengths))  # type: ignore[arg-type]  # a FamilyView
    assert [str(pattern) for pattern in found if pattern.prefix.prefixlen == 0] == ["0.0.0.0/0"]


def test_refused_prefixes_when_policy_allows_a_part_of_a_bogon_leave_just_that_out() -> None:
    """What lies around the exception is refused, the prefixes that hold it too."""
    allowed = {"bogon_prefixes_allowed": ["10.128.0.0/9", "198.51.100.0/24", "203.0.113.0/24"]}
    found = refused(served(**allowed))  # type: ignore[arg-type]  # a FamilyView

    def taken(prefix: str) -> bool:
        network = ip_network(prefix)
        return any(
            network.subnet_of(one.prefix) and one.shortest <= network.prefixlen <= one.longest  # type: ignore[arg-type]  # both are IPv4
            for one in found
        )

    assert [taken(prefix) for prefix in ("10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16")] == [True] * 3
    assert [taken(prefix) for prefix in ("10.128.0.0/9", "10.200.0.0/16")] == [False] * 2


def test_uncovered_patterns_keep_what_no_other_says() -> None:
    """A pattern within another one goes; one that says more stays."""
    found = uncovered(patterns("198.51.100.0/24{24,28}", "198.51.100.0/25", "198.51.100.0/26{26,32}"))
    assert list(map(str, found)) == ["198.51.100.0/24{24,28}", "198.51.100.0/26{26,32}"]


def test_announceable_patterns_are_cut_to_the_lengths_that_the_route_servers_take() -> None:
    """What is longer in the AS-SET is rejected there, so it is not announced."""
    found = PrefixSet(4, ("198.51.100.0/24{24,32}", "203.0.113.0/29"))
    assert list(map(str, announceable_patterns(found, served()))) == ["198.51.100.0/24{24,28}"]  # type: ignore[arg-type]  # a FamilyView


def test_member_without_downstreams_announces_its_as_set_and_calls_it_its_own() -> None:
    """One AS-SET, one AS number: what it covers is the member's."""
    alone = expansion("AS64500:AS-ALL", [64500], ["198.51.100.0/24"], ["2001:db8:4500::/48"])
    ipv4, ipv6 = view(scene(), facts=known(alone)).families
    assert (ipv4.own.patterns, ipv4.announced.patterns) == (
        patterns("198.51.100.0/24{24,32}"),
        patterns("198.51.100.0/24"),
    )
    assert ipv6.own.patterns == patterns("2001:db8:4500::/48{48,128}")
    assert view(scene(), facts=known(alone)).downstreams == ()


def test_member_with_downstreams_keeps_apart_what_its_own_as_number_covers() -> None:
    """Downstreams' routes go out, and their own announcements of them are taken in."""
    found = view(scene())
    assert found.downstreams == (64505, 64506)
    assert found.families[0].own.patterns == patterns("198.51.100.0/24{24,32}")
    told = list(map(str, found.families[0].announced.patterns))
    assert told == ["198.51.100.0/24", "198.51.100.0/25{25,28}", "203.0.113.0/24{26,27}"]


@pytest.mark.parametrize(
    ("facts", "own", "announced", "downstreams"),
    [
        (NO_EXPANSION, 1, 1, 0),  # nobody knows anything
        (known(ALL), 1, 0, 0),  # whose prefixes among those of the AS-SET?
        (known(expansion("AS64500:AS-ALL", [64500, 64505])), 0, 0, 0),  # known to be empty
        (known(MANY), 1, 0, 1),  # too many downstreams to print
        (
            known(expansion("AS64500:AS-ALL", [64500], [f"10.{n // 8}.{n % 8}.0/24" for n in range(301)])),
            1,
            1,
            0,
        ),
    ],
)
def test_what_nobody_here_knows_is_a_place_to_fill_in(
    facts: object, own: int, announced: int, downstreams: int
) -> None:
    """In the list where it is missing, and in no other; a long list is a place too."""
    found = view(scene(), facts=facts)
    ipv4 = found.families[0]
    assert (len(ipv4.own.places), len(ipv4.announced.places)) == (own, announced)
    assert len(found.downstream_places) == downstreams
    assert ipv4.own.places in ((), ("FILL_IN_OWN_IPV4_PREFIXES",))
    assert ipv4.announced.places in ((), ("FILL_IN_ANNOUNCED_IPV4_PREFIXES",))


def test_member_with_one_of_two_as_sets_unknown_announces_the_other_and_has_a_place() -> None:
    """What is known is printed beside the place for the rest."""
    sets = {"ipv4": ["AS64500:AS-ALL", "AS64500:AS-MORE"]}
    ipv4 = view(scene(as_set=sets)).families[0]
    assert ipv4.announced.patterns != ()
    assert ipv4.announced.places == ("FILL_IN_ANNOUNCED_IPV4_PREFIXES",)


# Sessions


def test_sessions_are_as_the_route_servers_have_them() -> None:
    """Each option that the route server sets on its side is set on this one."""
    roles = {"asn": "64500", "sessions": {"password": "as64500"}}
    found = view(scene(routing={**ROUTING, "members": [roles]}))
    assert [str(neighbor.address) for neighbor in found.neighbors] == [
        "192.0.2.1",
        "2001:db8:64:96::1",
        "192.0.2.2",
        "2001:db8:64:96::2",
    ]
    for neighbor in found.neighbors:
        assert (neighbor.gtsm, neighbor.bfd, neighbor.add_paths) == (True, True, True)
        assert (neighbor.role, neighbor.password, neighbor.extended) == (True, True, False)


def test_session_without_wishes_has_no_option() -> None:
    """What nobody asked for is not set, a role neither where policy has them off."""
    routing = {**LABORATORY, "sessions": {"roles": "off"}}
    for neighbor in view(scene(nodes=[node(10, name="fra1")], routing=routing)).neighbors:
        asked = (neighbor.gtsm, neighbor.bfd, neighbor.add_paths, neighbor.role, neighbor.password)
        assert asked == (False,) * 5


def test_node_with_ipv4_over_ipv6_has_one_session_with_each_route_server() -> None:
    """It carries both families."""
    found = view(scene(), "ams1")
    assert [(neighbor.is_ipv6, neighbor.extended) for neighbor in found.neighbors] == [(True, True)] * 2
    assert [family.family for family in found.neighbors[0].families] == [4, 6]
    assert "neighbor 2001:db8:64:96::1 maximum-routes 2000" in text("eos", "ams1")


def test_node_with_several_addresses_speaks_from_its_first() -> None:
    """Many routers have one session with a neighbour."""
    nodes = [node(10, name="fra1", addresses=["192.0.2.77", "192.0.2.12", "192.0.2.13"])]
    found = view(scene(nodes=nodes))
    assert [(str(one.address), str(one.local)) for one in found.neighbors] == [
        ("192.0.2.1", "192.0.2.77"),
        ("192.0.2.2", "192.0.2.77"),
    ]
    assert [family.family for family in found.families] == [4]


def test_limit_on_prefixes_is_twice_what_the_others_may_bring_in_round_numbers() -> None:
    """And no less than a thousand, and no more than a router can hold."""

    def limit(maximum: str) -> int:
        other = member(64501, 11, max_prefixes={"ipv4": maximum})
        found = exchange(member(64500, 10, nodes=[node(10, name="fra1")]), other, servers=[server(1)])
        return view(found).families[0].max_prefixes

    assert [limit(maximum) for maximum in ("7", "6001", "1200000")] == [1000, 13_000, 2_400_000]
    crowd = [member(asn, asn - 64480, max_prefixes={"ipv4": "1200000"}) for asn in range(64501, 64510)]
    found = exchange(member(64500, 10, nodes=[node(10, name="fra1")]), *crowd, servers=[server(1)])
    assert view(found).families[0].max_prefixes == 10_000_000


def test_router_id_is_the_node_s_ipv4_address_else_made_of_its_id() -> None:
    """A router without IPv4 has to have a number too."""
    nodes = [node(10, name="fra1", addresses=["2001:db8:64:96::a"], bgp={"extended_next_hop": "true"})]
    assert view(scene()).router_id == ip_address("192.0.2.10")
    assert view(scene(nodes=nodes)).router_id == ip_address("10.0.0.10")


def test_join_commands_when_git_has_the_whole_id_are_ready() -> None:
    """Else they have a place for it."""
    found = scene()
    (fabric,) = found.policy.fabrics.fabrics
    whole = fabric.model_copy(update={"network": NetworkRef("8056c2e21c123456")})
    fabrics = found.policy.fabrics.model_copy(update={"fabrics": (whole,)})
    policy = found.policy.model_copy(update={"fabrics": fabrics})
    pinned = Exchange(found.revision, policy, found.members, found.documents)
    assert view(pinned).join == (
        "zerotier-cli join 8056c2e21c123456",
        "zerotier-cli set 8056c2e21c123456 allowGlobal=1",
    )
    assert view(found).join[0] == "zerotier-cli join FILL_IN_NETWORK_ID"


def test_node_on_a_fabric_that_policy_has_not_gets_no_commands() -> None:
    """`ztix check` finds that; this does not fall over it."""
    other = member(64500, 10, nodes=[node(10, name="fra1", fabric="other")])
    found = view(exchange(other, servers=[server(1, fabric="other")]))
    assert (found.join, found.addresses) == ((), ())


def test_communities_of_an_exchange_with_a_large_as_number_have_no_standard_form() -> None:
    """As the exchange itself has none."""
    assert "64496:0:PEER or 0:PEER: not announced to this AS" in text("bird2")
    found = exchange(member(64500, 10, nodes=[node(10, name="fra1")]), asn=65550)
    told = [str(community.forms) for community in view(found).communities]
    assert "65550:0:PEER" in told
    assert not [form for form in told if " or " in form]
    assert "GRACEFUL_SHUTDOWN" in str(view(found).communities[-1].meaning)


# Makes


@pytest.mark.parametrize(
    ("make", "name", "policy", "said"),
    [
        ("gobgp", "fra1", {"roles": "strict"}, ["RFC 9234", "RFC 5880"]),
        ("gobgp", "fra1", {}, ["RFC 5880"]),
        ("openbgpd", "ams1", {"roles": "strict"}, ["RFC 8950"]),
        ("routeros", "fra1", {}, ["RFC 7911"]),
        ("bird3", "fra1", {"roles": "strict"}, []),
    ],
)
def test_what_a_make_cannot_do_is_noted(
    make: str, name: str, policy: dict[str, str], said: list[str]
) -> None:
    """The operator reads it at the head, where it matters, and nowhere else."""
    routing = {**ROUTING, "members": [{"asn": "64500", "sessions": policy}]}
    notes = view(scene(routing=routing), name, make=make).notes
    assert [re.findall(r"RFC \d+", note)[0] for note in notes] == said


@pytest.mark.parametrize("make", DIALECTS)
def test_every_make_says_each_session_and_each_limit(make: str) -> None:
    """No template leaves a route server, a family or a filter out."""
    found = view(scene(), make=make)
    written = text(make)
    for neighbor in found.neighbors:
        assert str(neighbor.address) in written
        assert str(neighbor.local) in written
    for family in found.families:
        assert str(family.max_prefixes) in written
        for pattern in (*family.refused, *family.own.patterns, *family.announced.patterns):
            assert str(pattern.prefix) in written
    assert all(str(int(asn)) in written for asn in found.downstreams)
    assert "65535:0" in written or "65535, 0" in written or "GRACEFUL_SHUTDOWN" in written
    assert max(map(len, written.splitlines())) <= 160


@pytest.mark.parametrize(
    ("make", "line"),
    [
        ("bird2", "extended next hop on;"),
        ("bird3", "extended next hop on;"),
        ("frr", "capability extended-nexthop"),
        ("gobgp", 'afi-safi-name = "ipv4-unicast"'),
        ("routeros", "afi=ip,ipv6"),
        ("junos", "extended-nexthop;"),
        ("iosxr", "address-family ipv4 unicast\n   route-policy"),
        ("eos", "next-hop address-family ipv6 originate"),
    ],
)
def test_ipv4_over_ipv6_is_asked_for_in_every_make_that_has_it(make: str, line: str) -> None:
    """Over the one session that there is."""
    assert line in text(make, "ams1")
    assert "192.0.2.1 " not in text(make, "ams1")


@pytest.mark.parametrize("make", DIALECTS)
def test_password_is_a_place_in_every_make(make: str) -> None:
    """ztix knows none, and no file of git has one."""
    secret = {**ROUTING, "members": [{"asn": "64500", "sessions": {"password": "as64500"}}]}
    assert "FILL_IN_PASSWORD" in text(make, routing=secret)
    assert "FILL_IN_PASSWORD" not in text(make)


@pytest.mark.parametrize("make", DIALECTS)
def test_unknown_prefixes_are_places_in_every_make(make: str) -> None:
    """No make takes silence for everything."""
    written = text(make, facts=NO_EXPANSION)
    for family in (4, 6):
        assert f"FILL_IN_OWN_IPV{family}_PREFIXES" in written
        assert f"FILL_IN_ANNOUNCED_IPV{family}_PREFIXES" in written
    assert "FILL_IN_DOWNSTREAM_ASNS" in text(make, facts=known(MANY, ALONE))


def test_gaps_are_told_with_their_lines_and_what_belongs_there() -> None:
    """From top to bottom, each once; one that an exchange's own template has is told as well."""
    (found,) = texts("junos", scene(), NO_EXPANSION, node="fra1")
    gaps = {str(gap.place): gap for gap in found.gaps}
    assert list(gaps)[:3] == ["FILL_IN_NETWORK_ID", "FILL_IN_INTERFACE", "FILL_IN_OWN_IPV4_PREFIXES"]
    assert len(gaps["FILL_IN_NETWORK_ID"].lines) == 2
    (line,) = gaps["FILL_IN_INTERFACE"].lines
    assert "FILL_IN_INTERFACE" in found.text.splitlines()[line - 1]
    assert gaps["FILL_IN_INTERFACE"].meaning == "the interface of this router that is on the LAN"
    templates = {**load_default_templates(), "router/junos.j2": "FILL_IN_SOMETHING\n"}
    facts = known()
    (own,) = router_texts(scene(), facts, views(scene(), facts), ASN, DIALECTS["junos"], templates, "fra1")
    assert [(gap.lines, gap.meaning) for gap in own.gaps] == [((1,), "see the lines around it")]


# Whom for


def test_each_node_has_a_text_and_a_file_of_its_own() -> None:
    """In the order of the member's file."""
    files = [found.file for found in texts("gobgp", scene(), known())]
    assert files == ["AS64500-fra1-gobgp.toml", "AS64500-ams1-gobgp.toml"]


@pytest.mark.parametrize(
    ("changes", "name", "message", "advice"),
    [
        ({"status": "suspended"}, None, "AS64500 is suspended", "members/AS64500.yaml"),
        ({}, "x\x1b[31m", "AS64500 has no node", "`fra1`, `ams1`"),
        (
            {"nodes": [node(10, name="fra1", route_servers="false")]},
            None,
            "no node with a session",
            "see `nodes`",
        ),
    ],
)
def test_router_texts_of_what_has_no_session_say_why(
    changes: dict[str, object], name: str | None, message: str, advice: str
) -> None:
    """What, and where to look; a name that was typed is shown safely."""
    with pytest.raises(Usage) as raised:
        texts("frr", scene(**changes), known(), node=name)
    assert message in raised.value.message
    assert advice in raised.value.help
    assert "\x1b" not in raised.value.message


def test_router_texts_of_no_member_say_how_to_become_one() -> None:
    """An unknown AS number is the command line's mistake."""
    facts, found = known(), scene()
    with pytest.raises(Usage, match="AS64510 is no member here"):
        router_texts(found, facts, views(found, facts), Asn(64510), DIALECTS["frr"], load_default_templates())


@pytest.mark.parametrize("make", DIALECTS)
def test_free_text_of_a_member_or_of_policy_reaches_no_router(make: str) -> None:
    """Names and titles are for people; a hostile one leaves no trace."""
    hostile = {"name": "Evil'; } \"accept; #!", "contacts": [{"email": "evil@as64500.example.net"}]}
    written = text(make, **hostile)
    assert written == text(make)
    assert "vil" not in written
    assert "Test IX" not in written


def test_template_that_prints_plain_text_is_refused() -> None:
    """Also an exchange's own one."""
    templates = {**load_default_templates(), "router/frr.j2": "{{ view.node_id.upper }}{{ 'text' }}"}
    facts, found = known(), scene()
    with pytest.raises(BrokenTemplate, match=r"templates/router/frr\.j2"):
        router_texts(found, facts, views(found, facts), ASN, DIALECTS["frr"], templates)


def test_texts_are_the_same_each_time() -> None:
    """Nothing in them hangs on a clock or on chance."""
    assert [found.text for found in texts("eos", scene(), known())] == [
        found.text for found in texts("eos", scene(), known())
    ]


def test_page_of_routers_names_every_make_and_no_other() -> None:
    """And says of the open ones alone that something was proven."""
    page = (Path(__file__).parents[2] / "docs" / "router-config.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \| .* \| (.*) \|$", page, flags=re.M)
    told = {make: proof for makes, proof in rows for make in re.findall(r"`(\w+)`", makes) if make != "--for"}
    assert list(told) == list(DIALECTS)
    assert {make for make, proof in told.items() if proof != "nothing"} == set(OPEN_MAKES)


def test_makes_of_the_command_line_are_those_of_the_table() -> None:
    """The list of the option is written out, so that help does not wait for the table."""
    from ztix.cli.router_config import MAKES

    assert tuple(DIALECTS) == MAKES
    assert {f"router/{make}.j2" for make in MAKES} <= set(load_default_templates())
