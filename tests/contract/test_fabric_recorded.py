"""Every object that a real controller was seen to answer with can be read, and what it bent is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from tests.contract.simulator_recorded import spelled_out, transcripts
from ztix.fabric import ordered
from ztix.zerotier import network_body, read_member, read_network, settings_hazards

Record = dict[str, object]


def recorded(kind: str) -> Iterator[Record]:
    """Each different answer of that `objtype`, also those inside lists."""
    seen: set[str] = set()
    for transcript in transcripts():
        for exchange in transcript.exchanges:
            response = spelled_out(exchange.get("response"))
            body = response.get("body") if isinstance(response, dict) else None
            entries = body.get("data", [body]) if isinstance(body, dict) else []
            for entry in entries if isinstance(entries, list) else []:
                if not isinstance(entry, dict) or isinstance(entry.get("rules"), str):  # too many to record
                    continue
                if entry.get("objtype") == kind and str(entry) not in seen:
                    seen.add(str(entry))
                    yield entry


def routes(record: Record) -> list[str]:
    entries = record["routes"]
    assert isinstance(entries, list)
    return sorted(str(entry) for entry in entries)


SCALARS = ("name", "private", "enableBroadcast", "multicastLimit", "mtu", "ipAssignmentPools", "v4AssignMode")
MEMBERS, NETWORKS = tuple(recorded("member")), tuple(recorded("network"))


def test_recorded_objects_are_many() -> None:
    """The record is there, so that the tests below look at something."""
    assert len(MEMBERS) > 100
    assert len(NETWORKS) > 60


def test_read_member_when_recorded_gives_what_the_record_says() -> None:
    """No record is unreadable, and nothing in it that ztix answers for goes unseen."""
    for record in MEMBERS:
        held = read_member(record)
        if held is None:  # written there by hand: an id that ZeroTier reserves
            assert str(record["id"]).startswith(("00000000", "ff"))
            continue
        assert held.attachment.node == str(record["id"]).lower()
        assert held.attachment.name == record.get("name", "")
        assert held.attachment.authorised is record["authorized"]
        assert held.own is (record["noAutoAssignIps"] is True and record["activeBridge"] is False)
        assert isinstance(record["ipAssignments"], list)
        assert held.attachment.addresses == ordered(tuple(map(ip_address, record["ipAssignments"])))


def test_read_network_when_recorded_gives_what_the_record_says() -> None:
    """No record is unreadable, and one that is read as closed is just what ztix would have written."""
    closed = 0
    for record in NETWORKS:
        settings = read_network(record)
        assert (settings.name, settings.mtu) == (record["name"], record["mtu"])
        assert settings.multicast_limit == record["multicastLimit"]
        if settings.closed and not list(settings_hazards(settings)):
            closed += 1
            body = network_body(settings)
            assert "dns" not in body or body["dns"] == record["dns"]
            assert routes(body) == routes(record)
            assert {key: record[key] for key in SCALARS} == {key: body[key] for key in SCALARS}
    assert closed > 20
