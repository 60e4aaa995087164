"""No text of a member reaches a router, whatever it is, and the order of files changes no byte."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.route_servers import evidence, exchange, expansion, member, node
from ztix.drivers.templates import load_default_templates
from ztix.evidence import NetworkRecord
from ztix.render import render
from ztix.routeserver import views
from ztix.terms import Asn

DEFAULTS = load_default_templates()
KNOWN = expansion("AS64500:AS-ALL", [64500], ["198.51.100.0/24"], ["2001:db8:4500::/48"])

# What a member writes freely, as far as its file's form lets it: one printable line.
HOSTILE = st.one_of(
    st.sampled_from(
        [
            '"; protocol static evil { ipv4; route 0.0.0.0/0 blackhole; }',
            "*/ include /etc/shadow; /*",
            "{{ view }} {% include 'x' %}",
            "# end of configuration",
            "# member AS64501",
            "$(reboot) `reboot` \\",
        ]
    ),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=120),
)


def text_of(*members: dict[str, Any], name_in_peeringdb: str = "x") -> str:
    record = NetworkRecord(Asn(64500), name_in_peeringdb, aka=name_in_peeringdb)
    (view,) = views(exchange(*members), evidence(KNOWN, records=[record]))
    return render(view, DEFAULTS)


PLAIN = text_of(member(64500, 10), member(64501, 11))


@given(name=HOSTILE, listed=HOSTILE, login=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", fullmatch=True))
@settings(max_examples=150, deadline=None)
def test_render_whatever_a_member_calls_itself_changes_no_byte(name: str, listed: str, login: str) -> None:
    """Name, contacts and what PeeringDB calls the network are for people."""
    contacts = [{"github": {"id": "1", "login": login}, "email": "x'or'1@a.b".replace("'", "")}]
    hostile = member(64500, 10, name=name, contacts=contacts)
    assert text_of(hostile, member(64501, 11), name_in_peeringdb=listed) == PLAIN


@given(label=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True))
@settings(max_examples=50, deadline=None)
def test_render_whatever_a_node_is_called_changes_no_byte(label: str) -> None:
    """A node's name is the member's own affair, too."""
    assert text_of(member(64500, 10, nodes=[node(10, name=label)]), member(64501, 11)) == PLAIN


@given(irr=HOSTILE)
@settings(max_examples=100, deadline=None)
def test_render_whatever_peeringdb_says_prints_as_sets_prefixes_only(irr: str) -> None:
    """An `irr_as_set` picks expansions; no character of it is printed."""
    record = NetworkRecord(Asn(64500), "x", irr_as_set=irr)
    alone = exchange(member(64500, 10, as_set={}))
    (view,) = views(alone, evidence(records=[record]))
    (plain,) = views(alone, evidence())
    assert render(view, DEFAULTS) == render(plain, DEFAULTS)


@given(order=st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_render_whatever_the_order_of_nodes_changes_no_byte(order: list[int]) -> None:
    """Files and lists may come in any order; sessions come in one."""
    nodes = [node(10 + number) for number in range(4)]
    one = text_of(member(64500, 10, nodes=nodes))
    assert text_of(member(64500, 10, nodes=[nodes[place] for place in order])) == one
