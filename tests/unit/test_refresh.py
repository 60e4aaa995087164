"""A refresh of the evidence: who is asked, what is believed, and what the files hold afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from tests.unit.exchange_fixture import NOW, good_files, member_text, read
from ztix.errors import Exit
from ztix.evidence import (
    Absent,
    Evidence,
    Expansion,
    Found,
    NetworkLookup,
    NetworkRecord,
    PrefixSet,
    Unknown,
    Vrp,
)
from ztix.evidence_delta import VrpAnswer
from ztix.evidence_files import read_expansions, read_networks, read_vrps
from ztix.refresh import Asked, Refreshed, Sources, refresh
from ztix.terms import Asn, AsSet

LATER = NOW + timedelta(days=1)
FILES = good_files() | {
    "policy/admission.yaml": "peeringdb: advisory\nreserved_asns_allowed: [64501]\n",
    "members/AS64501.yaml": member_text(64501, 'as_set: {ipv4: "RIPE::AS-ONE", ipv6: "RIPE::AS-SIX"}\n'),
}
VRPS = (Vrp(ip_network("192.0.2.0/24"), 24, 64500),)


def expansion(name: str, *ipv4: str, at: object = LATER) -> Expansion:
    moment = NOW if at is NOW else LATER
    return Expansion(AsSet(name), (Asn(64500),), PrefixSet(4, ipv4), PrefixSet(6), "test", moment)


def network(irr_as_set: str = "RIPE::AS-EXAMPLE") -> Found:
    return Found(NetworkRecord(Asn(64500), "Example", irr_as_set=irr_as_set), "test", LATER)


@dataclass
class Others:
    """PeeringDB, the IRR and a validator, as a test makes them answer; what is not said is unknown."""

    said: dict[Asn, NetworkLookup] = field(default_factory=dict)
    expanded: dict[str, Expansion] = field(default_factory=dict)
    listed: VrpAnswer | Unknown | None = None
    asked: list[str] = field(default_factory=list)

    def networks(self, asns: Iterable[Asn]) -> Mapping[Asn, NetworkLookup]:
        asked = list(asns)
        self.asked += map(str, asked)
        return {asn: self.said.get(asn, Unknown("down")) for asn in asked}

    def expansions(self, names: Iterable[AsSet]) -> Iterator[tuple[AsSet, Expansion | Unknown]]:
        for name in reversed(list(names)):  # answers come in any order
            self.asked.append(name)
            yield name, self.expanded.get(name, Unknown("down"))

    def vrps(self) -> VrpAnswer | Unknown:
        assert self.listed is not None
        return self.listed

    @property
    def sources(self) -> Sources:
        return Sources(self.networks, self.expansions, self.vrps if self.listed else None)


def refreshed(
    others: Others,
    held: Evidence | None = None,
    *,
    asns: Iterable[int] = (),
    accepted: Iterable[str] = (),
    complete: bool = True,
    files: Mapping[str, str] = FILES,
) -> Refreshed:
    asked = Asked(frozenset(map(Asn, asns)), frozenset(accepted))
    seen: list[tuple[str, int, int]] = []

    def watch(what: str, done: int, total: int) -> None:
        seen.append((what, done, total))

    found = refresh(read(files), held or Evidence(NOW), others.sources, asked, watch, complete=complete)
    assert seen[-1][1] == seen[-1][2]
    return found


def all_well() -> Others:
    names = ("RIPE::AS-EXAMPLE", "RIPE::AS-ONE", "RIPE::AS-SIX")
    return Others({Asn(64500): network()}, {name: expansion(name, "192.0.2.0/24") for name in names})


def test_refresh_asks_peeringdb_first_and_the_irr_what_it_names() -> None:
    """Reserved numbers are in no PeeringDB; a member's own AS-SETs go before PeeringDB's."""
    others = all_well()
    found = refreshed(others)
    assert others.asked == ["AS64500", "RIPE::AS-SIX", "RIPE::AS-ONE", "RIPE::AS-EXAMPLE"]
    assert [item.subject for item in found.refresh.expansions] == [
        "RIPE::AS-EXAMPLE",
        "RIPE::AS-ONE",
        "RIPE::AS-SIX",
    ]
    assert found.exit is Exit.DONE
    expansions, damage = read_expansions(found.texts["evidence/irr.json"].encode())
    assert (set(expansions), damage) == (set(others.expanded), [])
    networks, damage = read_networks(found.texts["evidence/peeringdb.json"].encode())
    assert (networks, damage) == ({Asn(64500): network()}, [])


def test_refresh_of_some_members_asks_about_these_and_keeps_the_rest() -> None:
    """Nor does it fetch a list of VRPs, which is everybody's."""
    others = all_well()
    others.listed = VrpAnswer(VRPS, "test", LATER)
    old = expansion("RIPE::AS-ONE", "198.51.100.0/24", at=NOW)
    found = refreshed(others, Evidence(NOW, expansions={old.as_set: old}), asns=[64500])
    assert others.asked == ["AS64500", "RIPE::AS-EXAMPLE"]
    expansions, _ = read_expansions(found.texts["evidence/irr.json"].encode())
    assert expansions[AsSet("RIPE::AS-ONE")] == old
    assert "evidence/vrps.json" not in found.texts


@pytest.mark.parametrize("complete", [True, False])
def test_set_that_nobody_names_any_more_is_dropped_where_all_files_could_be_read(complete: bool) -> None:
    """The file that could not be read may be the one that names it."""
    old = expansion("RIPE::AS-OLD", "198.51.100.0/24", at=NOW)
    found = refreshed(all_well(), Evidence(NOW, expansions={old.as_set: old}), complete=complete)
    expansions, _ = read_expansions(found.texts["evidence/irr.json"].encode())
    assert (old.as_set in expansions) != complete


def test_set_without_an_answer_keeps_its_old_expansion_and_the_others_go_on() -> None:
    """One that fails harms nobody else; the run is partial."""
    others = all_well()
    del others.expanded["RIPE::AS-ONE"]
    old = expansion("RIPE::AS-ONE", "198.51.100.0/24", at=NOW)
    found = refreshed(others, Evidence(NOW, expansions={old.as_set: old}))
    expansions, _ = read_expansions(found.texts["evidence/irr.json"].encode())
    assert expansions[old.as_set] == old
    assert expansions[AsSet("RIPE::AS-SIX")].fetched_at == LATER
    assert [finding.rule for finding in found.refresh.findings] == ["ZT610"]
    assert found.exit is Exit.PARTIAL


def test_everybody_silent_is_unavailable_and_changes_no_record() -> None:
    """What was held is what the files hold again."""
    old = expansion("RIPE::AS-EXAMPLE", "198.51.100.0/24", at=NOW)
    known = replace(network(), fetched_at=NOW)
    held = Evidence(NOW, {Asn(64500): known}, {old.as_set: old}, VRPS)
    found = refreshed(Others(listed=Unknown("down")), held)
    assert found.exit is Exit.UNAVAILABLE
    assert read_networks(found.texts["evidence/peeringdb.json"].encode())[0] == held.networks
    assert read_expansions(found.texts["evidence/irr.json"].encode())[0] == held.expansions
    assert "evidence/vrps.json" not in found.texts


def test_change_that_is_doubted_is_taken_for_the_subject_that_was_named() -> None:
    """Names are exact: one accepted subject opens no other."""
    others = all_well()
    others.said = {Asn(64500): Absent("test", LATER)}
    others.expanded["AS64500"] = expansion("AS64500", "192.0.2.0/24")
    others.expanded["RIPE::AS-ONE"] = expansion("RIPE::AS-ONE")
    others.listed = VrpAnswer((), "test", LATER)
    old = expansion("RIPE::AS-ONE", "198.51.100.0/24", at=NOW)
    held = Evidence(NOW, {Asn(64500): network()}, {old.as_set: old}, VRPS)
    rules = [finding.rule for finding in refreshed(others, held).refresh.findings]
    assert rules == ["ZT612", "ZT615", "ZT617"]
    for subject, left in {
        "RIPE::AS-ONE": ["ZT615", "ZT617"],
        "AS64500": ["ZT612", "ZT617"],
        "vrps": ["ZT612", "ZT615"],
    }.items():
        found = refreshed(others, held, accepted=[subject])
        assert [finding.rule for finding in found.refresh.findings] == left
        assert found.exit is Exit.PARTIAL


def test_list_of_vrps_is_written_with_its_source_and_time() -> None:
    """Where policy names a place for one."""
    others = all_well()
    others.listed = VrpAnswer(VRPS, "test", LATER)
    found = refreshed(others)
    assert read_vrps(found.texts["evidence/vrps.json"].encode()) == ((VRPS, LATER), [])


def test_list_of_vrps_that_was_not_taken_leaves_the_file_alone() -> None:
    """There is no text for it at all."""
    others = all_well()
    others.listed = Unknown("down")
    found = refreshed(others)
    assert "evidence/vrps.json" not in found.texts
    assert [finding.rule for finding in found.refresh.findings] == ["ZT616"]


def test_exchange_without_members_asks_nobody() -> None:
    """And writes nothing."""
    files = {path: text for path, text in FILES.items() if path.startswith("policy/")}
    others = Others()
    found = refreshed(others, files=files)
    assert (others.asked, dict(found.texts), found.exit) == ([], {}, Exit.DONE)


def test_exchange_that_does_without_peeringdb_does_not_ask_it() -> None:
    """Members' AS numbers stand in for sets that they do not name."""
    others = all_well()
    others.expanded["AS64500"] = expansion("AS64500", "192.0.2.0/24")
    found = refreshed(others, files=FILES | {"policy/admission.yaml": "peeringdb: off\n"})
    assert others.asked == ["RIPE::AS-SIX", "RIPE::AS-ONE", "AS64500"]
    assert "evidence/peeringdb.json" not in found.texts
