"""The third version: what it says, what it takes on and gives up, and its JSON."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest

from ztix.applied import Applied, Configuration, Owned, read_applied
from ztix.digests import text_digest
from ztix.fabric import Attachment
from ztix.terms import Label, NodeId

LAN, NODE = Label("lan"), NodeId("1a2b3c4d5e")
HELD = Owned("AS64500", Attachment(NODE, "AS64500 fra1", (ip_address("192.0.2.10"),)))
RUNNING = Configuration(text_digest("one"), ("as64500_fra1_v4",), {"shared": "0123456789ab"})
FULL = Applied("c0ffee", {"members/AS64501.yaml": "beef"}, {LAN: {NODE: HELD}}, {Label("rs1"): RUNNING})


def test_applied_before_the_first_run_is_empty() -> None:
    """Nothing is owned and nothing runs."""
    assert Applied().on(LAN) == {}


def test_applied_takes_a_node_on_and_gives_it_up() -> None:
    """Ownership is one node at a time; the value it came from stays as it was."""
    empty = Applied()
    owning = empty.with_owned(LAN, NODE, HELD)
    assert owning.on(LAN) == {NODE: HELD}
    assert owning.with_owned(LAN, NODE, None).on(LAN) == {}
    assert empty.on(LAN) == {}


def test_applied_holds_the_same_whatever_the_revision() -> None:
    """A new commit alone is no new state."""
    other = Applied("beef", FULL.stand_ins, FULL.owned, FULL.configurations)
    assert FULL.holds_same(other)
    assert not FULL.holds_same(Applied())


def test_applied_read_back_is_the_same() -> None:
    """What was written is what is read."""
    assert read_applied(json.dumps(FULL.data()).encode()) == FULL


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": "ztix.applied.v9", "revision": null, "fabrics": {}, "route_servers": {}}',
        b'{"schema": "ztix.applied.v1", "revision": null, "fabrics": {"LAN!": []}, "route_servers": {}}',
    ],
)
def test_applied_refuses_another_text(text: bytes) -> None:
    """A damaged state is refused, not guessed at."""
    with pytest.raises(ValueError, match=r"\w"):
        read_applied(text)
