"""Where a route stops, told to people: every sentence, and the text and JSON of whole ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.differential_exchanges import the_view
from ztix.console.route import Explained, RouteForm, render_route
from ztix.errors import Usage
from ztix.routeserver import EXPORT_STEPS, STEPS, RouteServerView, advice
from ztix.routeserver.decide import Drop
from ztix.routeserver.decide_export import exits
from ztix.routeserver.route import BLACKHOLE, GRACEFUL_SHUTDOWN, Route, StandardCommunity
from ztix.routeserver.tracing import entrance_of, notes, trace_export, trace_import, traces_to
from ztix.terms import Asn, LargeCommunity

GOLDEN = Path(__file__).parents[1] / "golden" / "routes"
GOOD = Route(ip_network("198.51.100.0/24"), (64500,), ip_address("192.0.2.10"))
GOOD6 = Route(ip_network("2001:db8:4500::/40"), (64500,), ip_address("2001:db8:64:96::a"))
HOLE = frozenset({BLACKHOLE})
A500, A501, A537 = Asn(64500), Asn(64501), Asn(65537)


def at(prefix: str, **changes: Any) -> Route:
    return replace(GOOD, prefix=ip_network(prefix), **changes)


STOPS = [
    at("192.0.2.0/25"),
    at("10.0.0.0/9"),
    at("8.0.0.0/7"),
    at("198.51.100.1/32"),
    replace(GOOD, as_path=(64500,) * 33),
    replace(GOOD, as_path=(64505, 64500)),
    replace(GOOD, as_path=(64500, 64512, 0, 64500)),
    replace(GOOD, as_path=(64500, 1299, 174, 64505)),
    replace(GOOD, as_path=(64500, 64505)),
    replace(GOOD, communities=frozenset(StandardCommunity(64511, n) for n in range(6))),
    replace(GOOD, next_hop=ip_address("192.0.2.11")),
    at("203.0.113.255/32", communities=HOLE),
    replace(GOOD, as_path=(64500, 64501)),
    at("198.18.128.0/18"),
    at("198.18.0.0/24"),
    at("127.0.0.0/9"),
    replace(GOOD, as_set=True),
    replace(GOOD, as_path=(64500, 64496)),
    replace(GOOD, next_hop=ip_address("203.0.113.1")),
]


@pytest.fixture(scope="module")
def rich() -> RouteServerView:
    return the_view("rich", "2.0.12")


def test_advice_is_there_for_each_step_that_may_stop_a_route() -> None:
    """A stop without a sentence of what to do would help nobody."""
    assert set(advice.IMPORT) == {step.name for step in STEPS if step.reason is not None}
    assert set(advice.EXPORT) == {step.name for step in EXPORT_STEPS if step.withholds}
    assert set(advice.BEFORE) == set(get_args(Drop))


def test_stop_of_each_kind_says_what_is_so_and_what_to_do(
    rich: RouteServerView, golden: Callable[[Path, str], None]
) -> None:
    """Every sentence, in the order of the steps."""
    text = ""
    for route in STOPS:
        trace = trace_import(entrance_of(rich, A500, route.prefix, None), route)
        assert trace.stop is not None, route
        text += f"{trace.lines[-1].name if trace.lines else 'before'} {trace.reason}\n"
        text += f"  {trace.stop[0]}\n  help: {trace.stop[1]}\n"
    way = entrance_of(rich, A501, ip_network("198.18.128.1/32"), None)
    hole = Route(ip_network("198.18.128.1/32"), (64501,), ip_address("192.0.2.11"), communities=HOLE)
    stop = trace_import(way, hole).stop
    text += f"blackhole, of a member that may not\n  {stop}\n"
    text += f"aspa\n  {advice.IMPORT['aspa'](way, hole)}\n"
    golden(GOLDEN / "stops.txt", text)


def test_withheld_of_each_kind_says_what_is_so_and_what_to_do(
    rich: RouteServerView, golden: Callable[[Path, str], None]
) -> None:
    """Every sentence of the export."""
    ways = {(int(way.session.asn), str(way.channel.family)): way for way in exits(rich)}
    kept = replace(GOOD, large_communities=frozenset({LargeCommunity(64496, 0, 65537)}))
    strange = replace(GOOD, next_hop=ip_address("2001:db8:64:96::a"))
    text = f"{advice.EXPORT['not-bgp'](ways[64501, 'ipv4'], GOOD)}\n"
    for asn, route in ((64500, GOOD), (64501, strange), (65537, kept)):
        text += f"{trace_export(ways[asn, 'ipv4'], route).stop}\n"
    golden(GOLDEN / "withheld-each.txt", text)


SEVERAL = replace(
    GOOD6,
    link_local=IPv6Address("fe80::bad"),
    communities=frozenset({GRACEFUL_SHUTDOWN, StandardCommunity(0, 64501)}),
    large_communities=frozenset({LargeCommunity(64496, 1000, 9), LargeCommunity(64496, 102, 65537)}),
)
STEERED = at("198.51.100.200/32", communities=HOLE)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("name", "route", "to"),
    [
        ("accepted", SEVERAL, A537),
        ("blackhole", STEERED, None),
        ("withheld", SEVERAL, A501),
        ("rejected", at("8.0.0.0/7"), None),
        ("dropped", replace(GOOD, as_path=(64500, 64496)), None),
    ],
)
def test_whole_way_is_told_as_recorded(
    rich: RouteServerView,
    golden: Callable[[Path, str], None],
    name: str,
    route: Route,
    to: Asn | None,
    form: RouteForm,
) -> None:
    """Each step with its verdict, where it stops, and who may have it."""
    inward = trace_import(entrance_of(rich, A500, route.prefix, route.next_hop), route)
    outward = () if inward.stop else traces_to(rich, inward.route, to)
    told = Explained(rich.name, route, inward, outward, to, ("a note",))
    golden(GOLDEN / f"{name}.{'txt' if form == 'text' else 'json'}", render_route(told, form))


def test_session_is_the_one_with_the_next_hop_else_the_first(rich: RouteServerView) -> None:
    """A member with two nodes may announce by either."""
    second = ip_address("192.0.2.33")
    assert entrance_of(rich, A537, GOOD.prefix, second).session.address == second
    assert entrance_of(rich, A537, GOOD.prefix, None).session.address == ip_address("192.0.2.13")


def test_member_without_a_session_is_told_who_has_one(rich: RouteServerView) -> None:
    """Both ways."""
    with pytest.raises(Usage, match="AS64999 has no session with route server `rs1`"):
        entrance_of(rich, Asn(64999), GOOD.prefix, None)
    with pytest.raises(Usage, match="AS64999 has no session"):
        traces_to(rich, GOOD, Asn(64999))
    nobody = replace(rich, members=())
    with pytest.raises(Usage) as raised:
        entrance_of(nobody, A500, GOOD.prefix, None)
    assert "nobody" in raised.value.help


def test_member_without_a_session_of_the_family_is_told_what_both_need(rich: RouteServerView) -> None:
    """An address of the family, or IPv4 over IPv6."""
    one = entrance_of(rich, A500, GOOD.prefix, None).session.asn
    silent = replace(rich, members=tuple(replace(m, sessions=()) for m in rich.members if m.asn == one))
    with pytest.raises(Usage, match="AS64500 has no session for IPv4") as raised:
        entrance_of(silent, A500, GOOD.prefix, None)
    assert "extended_next_hop" in raised.value.help
    with pytest.raises(Usage, match="AS64500 has no session for IPv6") as raised:
        entrance_of(silent, A500, ip_network("2001:db8:1::/48"), None)
    assert "extended_next_hop" not in raised.value.help


def test_blackhole_where_nobody_may_have_any_says_so_at_its_length(rich: RouteServerView) -> None:
    """The step before, which refuses its length, tells of the policy and not of covering prefixes."""
    long = ip_network("198.51.100.7/32")
    way = entrance_of(rich, A500, long, None)
    plain = replace(GOOD, prefix=long)
    assert "covering prefix" in advice.IMPORT["too-long"](way, plain)[1]
    asked = replace(plain, communities=frozenset({BLACKHOLE}))
    assert "`blackhole.members`" in advice.IMPORT["too-long"](way, asked)[1]


def test_every_step_that_can_be_off_says_why() -> None:
    """Each name is a step's, and none says only that policy did it."""
    assert set(advice.OFF) <= {step.name for step in STEPS}


def test_notes_tell_what_is_judged_on_the_route_server_alone(rich: RouteServerView) -> None:
    """Caches and ASPAs are nowhere else."""
    way = entrance_of(rich, A500, GOOD.prefix, None)
    assert notes(way) == ()
    cached = the_view("cached", "3.1")
    words = notes(entrance_of(cached, A500, GOOD.prefix, None))
    assert ["RPKI caches" in words[0], "ASPA" in words[1]] == [True, True]
