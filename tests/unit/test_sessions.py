"""Sessions of a route server: channels, options, passwords by name, and who hears whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.route_servers import LABORATORY, evidence, exchange, member, node, server
from ztix.drivers.bird import find_bird, prove
from ztix.drivers.templates import load_default_templates
from ztix.proof import Proven
from ztix.render import render
from ztix.routeserver import BirdVersion, RouteServerView, views

EXTENDED = {"bgp": {"extended_next_hop": "true"}}
ONLY6 = {"addresses": ["2001:db8:64:96::b"]}


def view(*members: Any, **changes: Any) -> RouteServerView:
    """The view of the first route server of an exchange with these members."""
    return views(exchange(*members, **changes), evidence())[0]


def routing(*overrides: dict[str, Any], **sessions: Any) -> dict[str, Any]:
    """Routing policy with these keys under `sessions` and these items under `members`."""
    return {**LABORATORY, "sessions": sessions, "members": list(overrides)}


def asking(**bgp: str) -> dict[str, Any]:
    """AS64500 with one node that asks for this."""
    return member(64500, 10, nodes=[node(10, bgp=bgp)])


def proven(text: str) -> None:
    """BIRD 2 and 3 parse it in silence."""
    for version in ("2.0.12", "3.1"):
        bird = find_bird(BirdVersion.parse(version))
        assert bird is not None
        proof = prove(text, bird=bird)
        assert isinstance(proof, Proven), proof
        assert proof.warnings == ()


def test_views_with_extended_next_hop_has_one_session_with_both_channels() -> None:
    """RFC 8950: IPv4 travels over the session over IPv6, and there is none over IPv4."""
    (session,) = view(asking(**EXTENDED["bgp"])).sessions
    assert session.name == "as64500_2001_db8_64_96__a"
    assert session.client == "zx_client_ipv6_both"
    hops = [(c.family, c.ipv4_next_hops, c.ipv6_next_hops) for c in session.channels]
    assert hops == [("ipv4", "true", "true"), ("ipv6", "false", "true")]


def test_views_of_route_servers_that_differ_share_what_they_can() -> None:
    """A member on a route server without IPv4 has the same IPv6 sets as on one with both."""
    only6 = server(2, addresses=["2001:db8:64:96::2"])
    both, one = views(exchange(member(64500, 10), servers=[server(), only6]), evidence())
    assert [sets.prefixes_name for sets in both.members[0].sets] == [
        "zx_as64500_ipv4_prefixes",
        "zx_as64500_ipv6_prefixes",
    ]
    assert one.members[0].sets[0] is both.members[0].sets[1]


def test_views_of_route_servers_alike_are_of_the_same_members() -> None:
    """What is the same is worked out, and later written, once."""
    one, two = views(exchange(member(64500, 10), servers=[server(), server(2)]), evidence())
    assert one.members is two.members


def test_views_with_extended_next_hop_at_a_route_server_without_ipv6_keeps_ipv4() -> None:
    """A session that cannot be is no reason to have none."""
    only4 = server(addresses=["192.0.2.1"])
    (session,) = view(asking(**EXTENDED["bgp"]), servers=[only4]).sessions
    assert (session.client, len(session.channels)) == ("zx_client_ipv4", 1)
    assert (session.channels[0].ipv4_next_hops, session.channels[0].ipv6_next_hops) == ("true", "false")


def test_views_of_a_lan_without_ipv4_carries_it_all_the_same() -> None:
    """The family exists without an address of the route server where a member brings it over IPv6."""
    only6 = server(addresses=["2001:db8:64:96::1"])
    seen = view(member(64500, 11, nodes=[node(11, **EXTENDED, **ONLY6)]), servers=[only6])
    assert (seen.families[0].family, seen.families[0].address) == (4, None)
    assert [client.name for client in seen.clients] == ["zx_client_ipv6", "zx_client_ipv6_both"]
    hops = [(c.family, c.ipv4_next_hops, c.ipv6_next_hops) for c in seen.sessions[0].channels]
    assert hops == [("ipv4", "false", "true"), ("ipv6", "false", "true")]
    assert len(seen.addresses) == 1
    proven(render(seen, load_default_templates()))


@pytest.mark.parametrize(
    "changes", [{"status": "suspended"}, {"nodes": [node(11, **EXTENDED, **ONLY6, route_servers="false")]}]
)
def test_views_of_a_lan_without_ipv4_where_nobody_brings_it_has_no_ipv4(changes: dict[str, Any]) -> None:
    """A member without sessions brings nothing."""
    only6 = server(addresses=["2001:db8:64:96::1"])
    file = member(64500, 11, nodes=[node(11, **EXTENDED, **ONLY6)]) | changes
    assert [family.family for family in view(file, servers=[only6]).families] == [6]


def test_views_of_two_kinds_of_members_tells_who_does_not_hear_whom() -> None:
    """A next hop is changed by nobody, so those who cannot do it miss the routes of those who do."""
    old = [member(64501 + number, 20 + number) for number in range(6)]
    told = [n for n in view(asking(**EXTENDED["bgp"]), *old).notices if "next hops" in n.message]
    assert [notice.asn for notice in told] == [64500]
    assert "do not reach `AS64501`, `AS64502`" in told[0].message
    assert told[0].message.endswith("and 1 more")
    alone = member(64500, 11, nodes=[node(11, **EXTENDED, **ONLY6)])
    told = [n for n in view(alone, old[0]).notices if "next hops" in n.message]
    assert told[0].message.endswith("`AS64501`, and it gets none of theirs")
    both = member(64501, 21, nodes=[node(21, **EXTENDED)])
    assert not [n for n in view(alone, both).notices if "next hops" in n.message]


def test_session_options_by_default_are_roles_alone() -> None:
    """Safe for every router: a role is told, and nobody is refused who tells none."""
    for session in view(member(64500, 10)).sessions:
        assert session.options == ("local role rs_server",)
        assert session.secrets == ()
        assert all(channel.options == () for channel in session.channels)


@pytest.mark.parametrize(
    ("roles", "options"),
    [
        ("off", ()),
        ("on", ("local role rs_server",)),
        ("strict", ("local role rs_server", "require roles on")),
    ],
)
def test_session_options_have_the_roles_of_policy_and_then_of_the_member(
    roles: str, options: tuple[str, ...]
) -> None:
    """What is said of one member goes before what holds for all."""
    assert view(member(64500, 10), routing=routing(roles=roles)).sessions[0].options == options
    own = {"asn": "64500", "sessions": {"roles": roles}}
    seen = view(member(64500, 10), member(64501, 11), routing=routing(own)).sessions
    assert seen[0].options == options
    assert seen[-1].options == ("local role rs_server",)


@pytest.mark.parametrize(
    ("general", "wish", "own", "result"),
    [
        ("false", None, None, False),
        ("true", None, None, True),
        ("true", "false", None, False),
        ("false", "true", None, True),
        ("false", "true", "false", False),
        ("true", "false", "true", True),
    ],
)
def test_session_options_ttl_security_is_the_maintainers_then_the_members_then_policys(
    general: str, wish: str | None, own: str | None, result: bool
) -> None:
    """Three may say, in this order."""
    overrides = [{"asn": "64500", "sessions": {"ttl_security": own}}] if own else []
    file = asking(ttl_security=wish) if wish else member(64500, 10)
    seen = view(file, routing=routing(*overrides, ttl_security=general))
    assert ("ttl security on" in seen.sessions[0].options) == result


@pytest.mark.parametrize(
    ("offered", "wish", "own", "result"),
    [
        ("false", "true", None, False),
        ("false", None, "true", False),
        ("true", None, None, False),
        ("true", "true", None, True),
        ("true", "true", "false", False),
        ("true", None, "true", True),
    ],
)
def test_session_options_bfd_and_all_paths_are_there_where_offered_and_asked_for(
    offered: str, wish: str | None, own: str | None, result: bool
) -> None:
    """Nobody gets what the exchange does not offer, nor what nobody asked for."""
    overrides = [{"asn": "64500", "sessions": {"bfd": own, "add_paths": own}}] if own else []
    file = asking(bfd=wish, add_paths=wish) if wish else member(64500, 10)
    seen = view(file, routing=routing(*overrides, bfd=offered, add_paths=offered))
    assert ("bfd on" in seen.sessions[0].options) == result
    paths = seen.sessions[0].channels[0].options
    assert paths == (("secondary off", "add paths tx") if result else ())
    assert seen.bfds == (("zx_bfd",) if offered == "true" else ())


def test_render_of_every_option_at_once_is_proven_in_silence() -> None:
    """All options of a session stand together in the language of BIRD 2 and of BIRD 3."""
    own = {"asn": "64500", "sessions": {"password": "as64500"}}
    file = asking(extended_next_hop="true", bfd="true", add_paths="true", ttl_security="true")
    seen = view(file, member(64501, 11), routing=routing(own, bfd="true", roles="strict"))
    text = render(seen, load_default_templates())
    block = text[text.index("protocol bgp as64500") : text.index("# member AS64501")]
    for line in (
        "local role rs_server;",
        "require roles on;",
        "ttl security on;",
        "bfd on;",
        'include "secrets/as64500.conf";',
        "secondary off;",
        "add paths tx;",
    ):
        assert line in block
    assert "include" not in text[text.index("# member AS64501") :]
    proven(text)


def test_member_with_extended_next_hop_and_no_ipv6_address_is_refused() -> None:
    """There is no IPv6 next hop to announce with."""
    only4 = node(10, addresses=["192.0.2.10"], **EXTENDED)
    with pytest.raises(AssertionError, match=r"must have an IPv6 address for `bgp\.extended_next_hop`"):
        exchange(member(64500, 10, nodes=[only4]))
