"""What holds of every decision, whatever the route."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from ipaddress import ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.announcing import Announcement, Announcements
from tests.differential_exchanges import KEPT, POLICIES, the_view
from ztix.evidence import PrefixSet
from ztix.reserved import within
from ztix.routeserver.decide import CHECKS, decide
from ztix.routeserver.decide_export import Exit, decide_export, exits
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.route import PrefixIndex


@cache
def server(policy: str) -> tuple[tuple[Entrance, ...], tuple[Exit, ...]]:
    view = the_view(policy, "2.0.12")
    return tuple(entrances(view)), tuple(exits(view))


def draw(policy: str, seed: int) -> list[Announcement]:
    return list(Announcements(server(policy)[0], seed, KEPT).batch(10))


POLICY, SEED = st.sampled_from(sorted(POLICIES)), st.integers(0, 2**32)


@settings(max_examples=20, deadline=None)
@given(policy=POLICY, seed=SEED)
def test_route_passes_every_step_before_the_one_that_stops_it(policy: str, seed: int) -> None:
    """An accepted route passed all steps, a rejected one those before; amendments are in that order."""
    for item in draw(policy, seed):
        decision = decide(item.entrance, item.route)
        if decision.dropped is not None:
            continue
        steps = item.entrance.family.steps
        stop = steps.index(decision.rejected_by) if decision.rejected_by else len(steps)
        route = item.route
        for step in steps[:stop]:
            after = CHECKS[step.name](item.entrance, route)
            assert after is not None, (step.name, str(item))
            route = after
        assert route == decision.route
        numbers = [step.number for step, _ in decision.amendments]
        assert numbers == sorted(set(numbers))


@settings(max_examples=20, deadline=None)
@given(policy=POLICY, seed=SEED)
def test_control_communities_never_leave_the_exchange(policy: str, seed: int) -> None:
    """What goes to a client has none that steers, has its member first in the path, and is not its own."""
    _, ways = server(policy)
    for item in draw(policy, seed):
        decision = decide(item.entrance, item.route)
        own = int(item.entrance.server.asn)
        for way in ways if decision.accepted else ():
            passage = decide_export(way, decision.route)
            if passage.withheld_by is not None:
                continue
            sent = passage.route
            assert not [c for c in sent.large_communities if c.asn == own and c.function < 1000]
            assert not [c for c in sent.communities if own < 65536 and c.asn in (0, own, 65501, 65281)]
            assert sent.first_as == item.entrance.session.asn != way.session.asn
            assert own not in sent.as_path
            assert sent.link_local is None


@settings(max_examples=20, deadline=None)
@given(policy=POLICY, seed=SEED)
def test_decision_of_the_same_route_is_the_same_again(policy: str, seed: int) -> None:
    """Neither order of communities nor what an accepted route was told before changes what is accepted."""
    for item in draw(policy, seed):
        decision = decide(item.entrance, item.route)
        mirrored = replace(item.route, communities=frozenset(sorted(item.route.communities, reverse=True)))
        assert decide(item.entrance, mirrored) == decision


@settings(max_examples=100)
@given(data=st.data())
def test_prefix_index_is_independent_of_order_and_right(data: st.DataObject) -> None:
    """The index says what going through all patterns would say."""
    lengths = st.integers(0, 32).flatmap(
        lambda low: st.tuples(st.just(low), st.integers(low, 32)).flatmap(
            lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.integers(0, 2**32 - 1))
        )
    )
    texts = []
    for low, high, number in data.draw(st.lists(lengths, max_size=8)):
        texts.append(f"{ip_network((number >> (32 - low) << (32 - low), low))}{{{low},{high}}}")
    index = PrefixIndex(PrefixSet(4, tuple(texts)))
    again = PrefixIndex(PrefixSet(4, tuple(reversed(texts))))
    length = data.draw(st.integers(0, 32))
    number = data.draw(st.sampled_from([0, *(int(t.split(".")[0]) << 24 for t in texts)]))
    prefix = ip_network((number >> (32 - length) << (32 - length), length))
    held = any(
        within(prefix, pattern.prefix) and pattern.shortest <= length <= pattern.longest
        for pattern in PrefixSet(4, tuple(texts)).patterns
    )
    assert (prefix in index) is (prefix in again) is held
