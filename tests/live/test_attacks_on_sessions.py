"""What a stranger, or a member that goes mad, does to a session, on both BIRDs: it harms its own at most.

Law: the attacker is a member whose session is down otherwise. After each test the route server forgets it,
and everybody else's sessions are as before, by the members' own word.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.live.members import Announcement, Family
from tests.live.members.crafted import Session
from tests.live.members.wire import (
    KEEPALIVE,
    OPEN,
    UPDATE,
    capability,
    hosts,
    message,
    opening,
    update,
)
from tests.live.round_table import FAMILIES, RoundTable, Setting, addresses, table
from ztix.lab.daemons import wait_until

__all__ = ["table"]
pytestmark = pytest.mark.live

OWN, STRANGER = 64507, "192.0.2.117"
ROLE, PROVIDER = 9, b"\0"


@pytest.fixture(autouse=True)
def _others_keep_still(table: RoundTable) -> Iterator[None]:
    """The route server forgets the attacker's errors, and nobody else has noticed anything."""
    yield
    for session in table.outsider.sessions.values():
        with contextlib.suppress(OSError):
            session.connection.close()
    table.use(Setting())
    for family in FAMILIES:
        table.forgive("m17", family)
    assert set(table.times_up().values()) == {1}
    assert all(table.members[host].session_is_up(family) for host, family in table.times_up())


@dataclass(frozen=True)
class Opening:
    """What is said in the place of an OPEN, and the NOTIFICATION (RFC 4271 section 4.5) that answers."""

    name: str
    says: bytes
    code: int
    subcode: int | None = None

    def __str__(self) -> str:
        return self.name


def _with(place: int, value: bytes) -> bytes:
    """A good OPEN with some octets of its body replaced."""
    whole = bytearray(opening(OWN, 4))
    whole[19 + place : 19 + place + len(value)] = value
    return bytes(whole)


OPENINGS = (
    Opening("another member's ASN", opening(64501, 4), 2, 2),
    Opening("the route server's ASN", opening(64496, 4), 2, 2),
    Opening("AS 0", opening(0, 4), 2, 2),
    Opening("version 3", _with(0, b"\3"), 2, 1),
    Opening("a hold time of a second", opening(OWN, 4, hold_s=1), 2, 6),
    Opening("a router id of zeros", opening(OWN, 4, router_id="0.0.0.0"), 2, 3),  # noqa: S104 - an id, no address
    Opening("a provider's role", opening(OWN, 4, capability(ROLE, PROVIDER)), 2, 11),
    Opening("a marker that is none", b"\0" * 16 + opening(OWN, 4)[16:], 1, 1),
    Opening("a length below the header's", b"\xff" * 16 + b"\0\x12\1", 1, 2),
    Opening("a length beyond all messages'", b"\xff" * 16 + b"\xff\xff\1" + b"\0" * 4000, 1, 2),
    Opening("a kind that is none", message(9), 1, 3),
    Opening("an UPDATE before all else", message(UPDATE, b"\0\0\0\0"), 5),
    Opening("a KEEPALIVE before all else", message(KEEPALIVE), 5),
    Opening("half an OPEN", message(OPEN, b"\4\xfb\xfb"), 1, 2),
)


@pytest.mark.parametrize("said", OPENINGS, ids=str)
def test_session_when_its_opening_is_wrong_never_comes_up(table: RoundTable, said: Opening) -> None:
    """The route server says what is wrong, and hangs up."""
    session = table.outsider.open(4, said.says)
    wait_until(lambda: session.ended, 60, "the route server hangs up")
    assert session.times_up == 0
    assert session.notification is not None
    assert session.notification[0] == said.code
    assert said.subcode in (None, session.notification[1])


def test_session_from_a_strangers_address_is_hung_up_without_a_word(table: RoundTable) -> None:
    """An address of the LAN that no member has speaks to nobody."""
    space = table.outsider.place.space
    subprocess.run(["ip", "-n", space, "addr", "add", f"{STRANGER}/24", "dev", "lan0"], check=True)
    session = table.outsider.open(4, own=STRANGER)
    wait_until(lambda: session.ended, 60, "the route server hangs up")
    assert (session.times_up, session.notification) == (0, None)


@pytest.mark.parametrize("family", FAMILIES)
def test_second_session_of_a_member_does_not_end_the_first(table: RoundTable, family: Family) -> None:
    """Who opens another connection beside his session has that one closed, and keeps the first."""
    table.outsider.come_up(family)
    first = table.outsider.sessions[family]
    second = table.outsider.open(family)
    wait_until(lambda: second.ended, 60, "the route server hangs up")
    assert second.times_up == 0
    assert first.up
    first.connection.shutdown(2)


def _opened(table: RoundTable, family: Family, *, ttl: int = 1, password: str = "") -> Session | None:
    """A session that came up, or None: packets that are dropped are answered by nobody."""
    try:
        session = table.outsider.open(family, ttl=ttl, password=password)
    except OSError:
        return None
    # By the route server's word: an OPEN that came before GTSM was set for its connection is answered still.
    name = table.session("m17", family)
    with contextlib.suppress(AssertionError):
        wait_until(lambda: table.server.session_is_up(name) or session.ended, 2, "an answer")
    return session if table.server.session_is_up(name) else None


@pytest.mark.parametrize("family", FAMILIES)
def test_session_with_gtsm_takes_only_packets_of_the_lan(table: RoundTable, family: Family) -> None:
    """A packet with a TTL below 255 has crossed a router, or pretends to (RFC 5082)."""
    table.use(Setting(policies=({"asn": "64507", "sessions": {"ttl_security": "true"}},)))
    assert _opened(table, family, ttl=64) is None
    table.forgive("m17", family)
    wait_until(lambda: _opened(table, family, ttl=255) is not None, 60, "the session is up")


@pytest.mark.parametrize("family", FAMILIES)
def test_session_with_md5_takes_only_who_knows_the_password(table: RoundTable, family: Family) -> None:
    """A wrong password and none are answered by nothing (RFC 2385)."""
    secrets = table.server.bird.folder / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "m17.conf").write_text('password "between us";\n')
    table.use(Setting(policies=({"asn": "64507", "sessions": {"password": "m17"}},)))
    assert _opened(table, family) is None
    assert _opened(table, family, password="wrong") is None
    wait_until(lambda: _opened(table, family, password="between us") is not None, 60, "the session is up")


@pytest.mark.parametrize("family", FAMILIES)
def test_session_that_floods_ends_and_its_routes_are_gone(table: RoundTable, family: Family) -> None:
    """More prefixes than the limit end the session; also those count that would be rejected."""
    table.use(Setting(members={"m17": {"max_prefixes": {"ipv4": "5", "ipv6": "5"}}}))
    table.outsider.come_up(family)
    session = table.outsider.sessions[family]
    own = "198.51.100.224/28" if family == 4 else "2001:db8:1100::/48"
    table.outsider.announce(Announcement(own))
    wait_until(lambda: table.members["m16"].received(own) is not None, 60, "the first prefix arrives")
    for prefix in hosts(
        "198.51.100.128/25" if family == 4 else "2001:db8:1100::/40", 32 if family == 4 else 64, 9
    ):
        table.outsider.announce(Announcement(prefix))
    wait_until(lambda: session.ended, 60, "the session ends")
    assert session.notification == (6, 1)
    wait_until(lambda: not any(table.members[h].received(own) for h in ("m10", "m16")), 60, "its routes go")


def test_session_that_hangs_after_half_a_message_keeps_nobody_else_waiting(table: RoundTable) -> None:
    """A connection that says half a message and then nothing holds up no other member's announcement."""
    session = table.outsider.open(4, opening(OWN, 4)[:25])
    prefix = "2001:db8:faa::/48"
    table.crafted.come_up(6)
    table.crafted.announce(Announcement(prefix))
    wait_until(lambda: table.members["m10"].received(prefix) is not None, 60, "another's prefix arrives")
    table.crafted.withdraw(prefix)
    assert not session.up


def test_session_that_announces_and_withdraws_a_thousand_times_leaves_nothing(table: RoundTable) -> None:
    """Churn of one member ends in what it said last."""
    table.outsider.come_up(6)
    session = table.outsider.sessions[6]
    said = Announcement("2001:db8:1101::/48")
    attributes = table.outsider.attributes(said)
    for _ in range(1000):
        session.send(update(attributes))
        table.outsider.withdraw(said.prefix)
    last = Announcement("2001:db8:1102::/48")
    table.outsider.announce(last)
    wait_until(lambda: table.members["m10"].received(last.prefix) is not None, 60, "the last prefix arrives")
    assert table.members["m10"].received(said.prefix) is None
    assert session.up


def test_route_server_after_all_this_still_answers_on_its_addresses(table: RoundTable) -> None:
    """A member whose session was down comes up as on the first day."""
    wait_until(lambda: _opened(table, 4) is not None, 60, addresses("m17")[4])
    wait_until(lambda: _opened(table, 6) is not None, 60, addresses("m17")[6])
