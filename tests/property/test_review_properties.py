"""What a review finds in changed files, having read a few members, is what all members together give."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.exchange_fixture import NOW, member_text
from tests.unit.submission_fixture import base_files, offered
from ztix.admission.case import narrowed
from ztix.diagnostics import Diagnostic
from ztix.evidence import Evidence
from ztix.exchange import read_exchange
from ztix.rules import check
from ztix.tree import Tree

ASNS = tuple(range(64500, 64506))
NODES = ["1a2b364500", "1a2b364501", "0000000017", "aaaaaaaaa1"]
WAYS = [
    'id: "{node}"',
    "id: {node}",
    'id: "\\x{first:02x}{rest}"',
    "ipv6: fd80:56c2:e21c:0:1:99:93{a}:{b}:{c}",
    "ipv6: 'FC00:0:{a}:{b}:{c}::1'",
    "id: >-\n      {node}",
]
FOURS = ["192.0.2.10", "192.0.2.11", "192.0.2.110", "192.0.2.1"]
SIXES = [
    "2001:db8:64:96::10",
    "2001:0db8:0064:0096:0000:0000:0000:0010",
    "2001:DB8:64:96::0.0.0.16",
    "2001:db8:64:96::110",
    "2001:db8:64:96:0:6:4500:1",
    "2001:db8:64:96:0:6:4501:1",
    "2001:DB8:64:96:0:6:4500:0001",
    "2001:db8:64:96::6:4500:1",
    "2001:db8:64:96:1::",
    "2001:db8:64:96:1:0:0:0",
]
SETS = ["", "as_set: {ipv4: AS64501}\n", "as_set: {ipv6: 'AS64503:AS-ALL'}\n"]


def node_line(way: str, node: str) -> str:
    padded = f"00{node}"
    return way.format(
        node=node, first=ord(node[0]), rest=node[1:], a=padded[2:4], b=padded[4:8], c=padded[8:]
    )


@st.composite
def member_files(draw: st.DrawFn, asn: int) -> str:
    """A member that holds what others may hold too, in one of many spellings."""
    line = node_line(draw(st.sampled_from(WAYS)), draw(st.sampled_from(NODES)))
    addresses = [draw(st.sampled_from(FOURS)), f'"{draw(st.sampled_from(SIXES))}"']
    account = draw(st.sampled_from([asn, 64500, 7]))
    text = member_text(asn).replace(f"id: {asn},", f"id: {account},")
    head, _, tail = text.partition("nodes:\n")
    number = draw(st.sampled_from([asn, asn, asn, 64500]))
    nodes = f"nodes:\n  - {line}\n    name: fra1\n    addresses: [{', '.join(addresses)}]\n"
    assert tail
    return head.replace(f"asn: {asn}", f"asn: {number}") + nodes + draw(st.sampled_from(SETS))


exchanges = st.fixed_dictionaries({asn: member_files(asn) for asn in ASNS})


def findings(tree: Tree, path: str) -> list[Diagnostic]:
    exchange, report = read_exchange(tree)
    assert exchange is not None
    return [each for each in report + check(exchange, Evidence(NOW)) if each.span.path == path]


@given(exchanges, st.sampled_from(ASNS))
@settings(max_examples=300, deadline=None)
@example({asn: member_text(asn) for asn in ASNS}, 64500)
def test_review_of_few_members_finds_what_all_of_them_give(members: dict[int, str], changed: int) -> None:
    """But for advice, which names the lowest free address: where there is an error, all members are read."""
    path = f"members/AS{changed}.yaml"
    base = {
        **base_files(),
        **{f"members/AS{asn}.yaml": text for asn, text in members.items() if asn != changed},
    }
    submission = offered({path: members[changed] + "status: active\n"}, base=base)
    trees = narrowed(submission)
    assert trees is not None
    few, everybody = findings(trees[1], path), findings(submission.after, path)

    def known(found: list[Diagnostic]) -> list[tuple[object, ...]]:
        return [(each.rule, each.severity, each.message, each.span, each.related) for each in found]

    assert known(few) == known(everybody)
