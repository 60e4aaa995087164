"""What a POST makes of a network, a member and their rules, where no recorded exchange shows it.

The recorded exchanges are replayed in `tests/contract/test_simulator_replay.py`; these are the corners.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ztix.lab.controller.members import amended_member
from ztix.lab.controller.networks import amended_network
from ztix.lab.controller.rules import LONGEST_ARRAY, canonical_rule, canonical_rules
from ztix.lab.controller.values import Json, Record, Refused

NETWORK = 0x3D286ADCE9000001
TRANSCRIPTS = Path(__file__).parents[1] / "contract" / "transcripts"
# what the clock, the node and the store decide
ELSEWHERE = ("creationTime", "lastAuthorizedTime", "lastDeauthorizedTime", "revision")


def network(body: Record, stored: Record | None = None) -> Record:
    """A network after one POST."""
    return amended_network(stored, body, NETWORK, 1000)


def member(body: Record, stored: Record | None = None) -> Record:
    """A member after one POST."""
    return amended_member(stored, body, f"{NETWORK:016x}", "1122334455", 1000)


def decided_here(record: Record) -> Record:
    """A record without what these modules do not decide."""
    return {key: value for key, value in record.items() if key not in ELSEWHERE}


@pytest.mark.parametrize("name", ["04-network-fields", "06-member-fields", "08-ip-parsing", "10-rules"])
def test_recorded_posts_one_after_the_other_make_the_recorded_records(name: str) -> None:
    """Each recorded body, on top of the record before it, gives the record that was answered."""
    before: dict[str, Record] = {}
    compared = 0
    for exchange in json.loads((TRANSCRIPTS / f"{name}.json").read_text())["exchanges"]:
        request, response = exchange["request"], exchange["response"]
        if request["method"] not in ("POST", "PUT") or "body" not in request or response["status"] != 200:
            continue
        parts = request["path"].split("/")
        stored = before.get(request["path"].lower())
        if "member" in parts:
            record = amended_member(stored, request["body"], parts[3], parts[5], 1000)
        else:
            record = amended_network(stored, request["body"], int(parts[3], 16), 1000)
        assert decided_here(record) == decided_here(response["body"]), exchange["n"]
        before[request["path"].lower()] = response["body"]
        compared += 1
    assert compared > 45


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("mtu", 2**32 + 1500, 1500),
        ("remoteTraceTarget", "é" * 5, "é" * 5),
        ("authTokens", {"a": 1.5, "b": True, "c": None}, {"a": 1.5}),
        ("v4AssignMode", 5, {"zt": False}),
        ("v6AssignMode", "zt,zt,other", {"rfc4193": False, "zt": True, "6plane": False}),
        ("tags", [{"id": "7", "default": "3"}], [{"id": 7, "default": 3}]),
        ("capabilities", [{"id": 1, "rules": "x"}], [{"id": 1, "default": False, "rules": []}]),
        ("routes", [{"target": "203.0.113.0/24", "via": 5}], [{"target": "203.0.113.0/24", "via": None}]),
        ("ipAssignmentPools", ["x", {"ipRangeStart": "203.0.113.1", "ipRangeEnd": "::"}], []),
    ],
)
def test_network_field_given_a_corner_value_is_stored_so(field: str, value: Json, stored: Json) -> None:
    """Coercions that follow from those measured."""
    assert network({field: value})[field] == stored


def test_network_on_disk_that_spells_the_trace_level_wrong_keeps_it() -> None:
    """The controller looks for `removeTraceLevel`; where that is there, the level is not reset."""
    stored: Record = {"removeTraceLevel": 1, "remoteTraceLevel": 3}
    assert network({}, stored)["remoteTraceLevel"] == 3
    assert network({}, {"remoteTraceLevel": 3})["remoteTraceLevel"] == 0


def test_member_on_disk_that_spells_the_trace_level_wrong_keeps_it() -> None:
    """The same slip, in members."""
    stored: Record = {"removeTraceLevel": 1, "remoteTraceLevel": 3}
    assert member({}, stored)["remoteTraceLevel"] == 3
    assert member({}, {"remoteTraceLevel": 3})["remoteTraceLevel"] == 0


def test_network_on_disk_with_computed_keys_loses_them() -> None:
    """Counters that older versions wrote are taken out; other unknown keys stay."""
    assert "clock" not in network({}, {"clock": 1, "foo": 2})
    assert network({}, {"clock": 1, "foo": 2})["foo"] == 2


@pytest.mark.parametrize("mask", [None, True, [], {}])
def test_rule_with_a_mask_that_is_no_text_is_refused(mask: Json) -> None:
    """The one argument of a rule that the controller does not coerce."""
    with pytest.raises(Refused):
        network({"rules": [{"type": "MATCH_CHARACTERISTICS", "mask": mask}]})


@pytest.mark.parametrize(
    ("rule", "key", "stored"),
    [
        ({"type": "MATCH_CHARACTERISTICS", "mask": 2.9}, "mask", "0000000000000002"),
        ({"type": "MATCH_CHARACTERISTICS", "mask": -1}, "mask", "f" * 16),
        ({"type": "MATCH_MAC_SOURCE", "mac": "aa:bb:cc:dd:ee:ff:00:11"}, "mac", "aa:bb:cc:dd:ee:ff"),
        ({"type": "MATCH_MAC_SOURCE", "mac": "abc"}, "mac", "ab:00:00:00:00:00"),
        ({"type": "MATCH_IPV6_DEST", "ip": "203.0.113.1/24"}, "ip", "::/24"),
        ({"type": "MATCH_IPV4_DEST", "ip": "203.0.113.1/300"}, "ip", "203.0.113.1/32"),
        ({"type": "MATCH_IPV4_DEST"}, "ip", "0.0.0.0/0"),
        ({"type": "MATCH_SOURCE_ZEROTIER_ADDRESS"}, "zt", "0000000000"),
        ({"type": "ACTION_TEE", "address": 5}, "length", 0),
    ],
)
def test_rule_given_a_corner_argument_is_stored_so(rule: Record, key: str, stored: Json) -> None:
    """Masks, lengths and addresses that are too long, too short or absent."""
    canonical = canonical_rule(rule)
    assert canonical is not None
    assert canonical[key] == stored


def test_rules_beyond_the_longest_array_are_cut() -> None:
    """Of one rule too many, the last is lost."""
    assert len(canonical_rules([{"type": "ACTION_DROP"}] * (LONGEST_ARRAY + 1))) == LONGEST_ARRAY


def test_member_addresses_beyond_the_longest_array_are_cut_unread() -> None:
    """What stands behind the longest array is not even looked at."""
    addresses: list[Json] = ["203.0.113.1"] * LONGEST_ARRAY
    stored = member({"ipAssignments": [*addresses, 5]})["ipAssignments"]
    assert stored == addresses


def test_member_address_that_is_no_text_refuses_the_body() -> None:
    """One number among the addresses, and nothing of the body is stored."""
    with pytest.raises(Refused):
        member({"ipAssignments": ["203.0.113.1", 5]})


@pytest.mark.parametrize(("tags", "stored"), [([[1, 2, 3], [-1, -1]], [[0xFFFFFFFF, 0xFFFFFFFF]]), ([5], [])])
def test_member_tags_that_are_no_pairs_are_dropped(tags: list[Json], stored: list[Json]) -> None:
    """Numbers are cut to 32 bits."""
    assert member({"tags": tags})["tags"] == stored


def test_member_authorised_again_keeps_its_time() -> None:
    """Only a change of the authorisation is dated."""
    first = member({"authorized": True})
    again = amended_member(first, {"authorized": 1}, f"{NETWORK:016x}", "1122334455", 2000)
    assert again["lastAuthorizedTime"] == 1000
    assert amended_member(again, {"authorized": None}, "0", "1", 3000)["lastDeauthorizedTime"] == 3000
