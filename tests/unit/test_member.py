"""A member's file: defaults, AS-SETs in their several writings, and who is to be reached."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.unit.exchange_fixture import member_text
from ztix.document import read_document
from ztix.member import MEMBER_PATH, Member, member_path
from ztix.shape import read_model
from ztix.terms import Asn
from ztix.tree import Entry, Kind

BASE = {"asn": "64500", "name": "Example", "contacts": [{"email": "noc@example.net"}]}


def test_member_when_only_the_needful_is_written_has_defaults() -> None:
    """A member is active and has no nodes, sets or limits until it says so."""
    member = Member.model_validate(BASE)
    assert member.status == "active"
    assert member.nodes == ()
    assert (member.as_set.ipv4, member.as_set.ipv6) == (None, None)
    assert (member.max_prefixes.ipv4, member.max_prefixes.ipv6) == (None, None)


def test_member_node_when_only_the_needful_is_written_wants_route_servers() -> None:
    """A node is on the fabric `lan` and has sessions with the route servers."""
    text = member_text(64500).encode()
    document, _ = read_document(Entry("members/AS64500.yaml", Kind.FILE, len(text), text))
    assert document is not None
    member, findings = read_model(document, Member)
    assert findings == []
    assert member is not None
    assert (member.nodes[0].fabric, member.nodes[0].route_servers) == ("lan", True)


@pytest.mark.parametrize(
    ("value", "sets"),
    [
        ("AS-A", ("AS-A",)),
        ("AS-A, RIPE::AS-B", ("AS-A", "RIPE::AS-B")),
        ("AS-A RIPE::AS-B", ("AS-A", "RIPE::AS-B")),
        (["AS-A", "AS64500"], ("AS-A", "AS64500")),
        (("AS-A",), ("AS-A",)),
    ],
)
def test_as_sets_when_written_in_any_way_are_a_tuple(value: object, sets: tuple[str, ...]) -> None:
    """One set, several in a text as PeeringDB has them, or a list."""
    assert Member.model_validate({**BASE, "as_set": {"ipv4": value}}).as_set.ipv4 == sets


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "must be one to eight AS-SETs"),
        ([], "must be one to eight AS-SETs"),
        (["AS-A"] * 9, "must be one to eight AS-SETs"),
        ({"a": "b"}, "must be one AS-SET or a list of them"),
        ("as-a", "must be an AS-SET such as"),
        (["AS-A", ["AS-B"]], "must be an AS-SET such as"),
        ("AS-A ", "must be an AS-SET such as"),
    ],
)
def test_as_sets_when_malformed_are_refused(value: object, message: str) -> None:
    """An empty list, too many, another shape or another writing is refused."""
    with pytest.raises(ValidationError, match=message):
        Member.model_validate({**BASE, "as_set": {"ipv4": value}})


@pytest.mark.parametrize("contacts", [[{}], [{}, {}]])
def test_member_when_nobody_can_be_reached_is_refused(contacts: list[dict[str, str]]) -> None:
    """Contacts that name nobody are none."""
    with pytest.raises(ValidationError, match="must name a GitHub account or an e-mail address"):
        Member.model_validate({**BASE, "contacts": contacts})


@pytest.mark.parametrize(
    "change",
    [
        {"status": "paused"},
        {"name": "a\u202eb"},
        {"name": "a" * 121},
        {"contacts": [{"email": "not an address"}]},
        {"contacts": [{"github": {"id": "1", "login": "-a"}}]},
        {"contacts": [{"email": "noc@example.net"}] * 11},
        {"max_prefixes": {"ipv4": "0"}},
        {"max_prefixes": {"ipv4": "1200001"}},
        {"nodes": [{"id": "1a2b3c4d5e", "name": "a", "addresses": ["192.0.2.1"] * 9}]},
        {"unknown": "1"},
    ],
)
def test_member_when_a_value_is_out_of_bounds_is_refused(change: dict[str, object]) -> None:
    """Every bound of the file holds."""
    with pytest.raises(ValidationError):
        Member.model_validate({**BASE, **change})


def test_member_path_is_what_the_pattern_reads() -> None:
    """The name of a file is made and read by one rule."""
    match = MEMBER_PATH.fullmatch(member_path(Asn(64500)))
    assert match is not None
    assert match["asn"] == "64500"
    for path in (
        "members/AS064500.yaml",
        "members/as64500.yaml",
        "members/AS64500.yml",
        "members/x/AS1.yaml",
    ):
        assert MEMBER_PATH.fullmatch(path) is None
