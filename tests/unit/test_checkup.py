"""The check-up over a World in memory: each part of the exchange's works is spoilt there, and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.route_server import WELL
from tests.unit.exchange_fixture import ADMISSION, FABRICS, ROUTE_SERVERS, found
from tests.world import NOW, Laboratory
from ztix.checkup import look_round
from ztix.checkup.services import CONTROLLER_RELEASE
from ztix.diagnosis import Held, Row, check_up, exit_of
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.errors import Exit, Refused, Unadmitted, Unavailable, Usage
from ztix.evidence import Expansion, PrefixSet
from ztix.fabric import About
from ztix.policy import SecretRef
from ztix.reconcile import reconcile
from ztix.schema import schema_files
from ztix.terms import Asn, AsSet, ControllerPin

AGENT = WELL.agent
SCHEMAS = schema_files()
VERSIONS = {
    "python": "3.11.7",
    "git": "2.39.5",
    "ssh": "9.2p1",
    "ssh-keygen": "",
    "rpki-client": "8.2",
    "bgpq4": "1.9",
}


class Telling(MemoryFabric):
    """A fabric whose controller tells of itself. skew: by how much its clock is ahead."""

    lab: Laboratory
    skew = timedelta()
    told: str | None = "1.14.1"
    mute: Unavailable | None = None

    def about(self) -> About:
        if self.mute:
            raise self.mute
        return About(self.told, self.lab.now + self.skew)


@dataclass
class Place:
    """A machine that has all it needs. held: what is otherwise, by the variable or the file."""

    versions: dict[str, str] = field(default_factory=lambda: dict(VERSIONS))
    otherwise: dict[str, Held] = field(default_factory=dict)
    free: int | None = 5000

    def version(self, tool: str) -> str | None:
        return self.versions.get(tool)

    def held(self, ref: SecretRef | None) -> Held:
        place = "the running ssh agent" if ref is None else ref.env or ref.file or ""
        return self.otherwise.get(place, Held(place, "" if ref is None or ref.env else place))

    def free_mib(self) -> int | None:
        return self.free


@dataclass
class Exchange:
    """A laboratory after its first run, with fresh evidence, and the machine it is looked at from."""

    lab: Laboratory
    place: Place
    fabric: Telling

    def rows(self) -> tuple[Row, ...]:
        assert AGENT is not None
        return check_up(look_round(self.lab.world, self.place, "HEAD", AGENT, SCHEMAS))

    def by_subject(self) -> Mapping[str, Row]:
        return {row.subject: row for row in self.rows()}

    def names(self) -> set[str]:
        """What is not well, without what nobody can tell."""
        return {row.name for row in self.rows() if row.verdict != "well" and row.turn != "nobody"}

    def edit(self, path: str, old: str, new: str) -> None:
        assert old in self.lab.files[path]
        self.lab.files[path] = self.lab.files[path].replace(old, new)
        self.lab.commit()


@pytest.fixture
def well() -> Exchange:
    lab = Laboratory()
    lab.files |= SCHEMAS
    lab.commit()
    fabric = Telling(lab.fabric.network)
    fabric.lab = lab
    lab.fabric = fabric
    own = Expansion(AsSet("AS64500"), (Asn(64500),), PrefixSet(4), PrefixSet(6), "a list", NOW)
    networks = {Asn(asn): found(asn) for asn in (64500, 64501)}
    lab.evidence = replace(lab.evidence, networks=networks, expansions={own.as_set: own})
    reconcile(lab.world, "HEAD")
    (receipt,) = lab.state.receipts
    lab.state.receipts = [replace(receipt, finished=NOW.isoformat())]
    return Exchange(lab, Place(), fabric)


def test_look_round_where_all_is_well_leaves_only_what_nobody_can_tell(well: Exchange) -> None:
    """An agent tells no time of day and no disk; all else is well."""
    assert {row.name for row in well.rows()} == {"", "clock-untold", "disk-untold"}
    assert exit_of(well.rows()) is Exit.DONE
    rows = well.by_subject()
    assert rows["fabric lan"].says
    assert rows["controller of lan"].says == "1.14.1, as docs/recovery.md advises"
    assert rows["rs1 version"].says == "2.0.12, as policy says"
    assert rows["zerotier-idtool"].says.startswith("not here: ids of nodes are computed")


@pytest.mark.parametrize("tool", ["git", "ssh", "rpki-client", "bgpq4", "python"])
def test_look_round_when_a_program_is_missing_names_it(well: Exchange, tool: str) -> None:
    """What policy asks for and the machine lacks."""
    del well.place.versions[tool]
    assert well.by_subject()[tool].name == "tool-absent"
    assert exit_of(well.rows()) is Exit.PARTIAL


def test_look_round_asks_only_for_programs_that_policy_uses(well: Exchange) -> None:
    """Without checklists no rpki-client, without route servers no ssh, without prefix sets no bgpq4."""
    more = "proofs: [ssh]\nnode_proof: 'off'\n"
    well.edit("policy/admission.yaml", ADMISSION, ADMISSION + more)
    well.edit("policy/route-servers.yaml", ROUTE_SERVERS, "route_servers: []\n")
    well.lab.files["policy/routing.yaml"] = "prefix_sets: 'off'\n"
    well.lab.commit()
    tools = [row.subject for row in well.rows() if row.area == "tools"]
    assert tools == ["python", "git", "ssh-keygen"]
    assert well.by_subject()["ssh-keygen"].says == "9.2p1"
    del well.place.versions["ssh"]
    assert well.by_subject()["ssh-keygen"].name == "tool-untold"


def test_look_round_when_secrets_are_not_there_asks_nobody(well: Exchange) -> None:
    """No token, an open file, no agent: nothing is opened with them, and it is said how to mend it."""
    well.edit("policy/fabrics.yaml", "{env: CONTROLLER_TOKEN}", "{file: /t}")
    well.place.otherwise["/t"] = Held("the file `/t`", "/t", open=True, mode="0644")
    reason = "none runs here"
    well.place.otherwise["the running ssh agent"] = Held("the running ssh agent", there=False, reason=reason)
    well.fabric.reads = 0
    rows = well.by_subject()
    assert (rows["token of lan"].name, rows["token of lan"].do) == ("secret-open", "chmod 600 /t")
    assert (rows["key of rs1"].name, "ssh-add" in rows["key of rs1"].do) == ("secret-absent", True)
    assert (rows["fabric lan"].name, rows["rs1"].name) == ("fabric-unasked", "route-server-unasked")
    assert well.fabric.reads == 0
    for reason, mode, do in (("No such file", "", "cat > /t"), ("it is empty", "0600", "ls -l /t")):
        well.place.otherwise["/t"] = Held("the file `/t`", "/t", there=False, mode=mode, reason=reason)
        assert do in well.by_subject()["token of lan"].do
    well.edit("policy/fabrics.yaml", "{file: /t}", "{env: CONTROLLER_TOKEN}")
    well.place.otherwise["CONTROLLER_TOKEN"] = Held("the variable", there=False, reason="it is not set")
    assert well.by_subject()["token of lan"].do == "export CONTROLLER_TOKEN=…"


@pytest.mark.parametrize(
    ("error", "secret", "service", "exit_"),
    [
        (
            Unadmitted("it answered with 401", help="compare"),
            "secret-refused",
            "fabric-unasked",
            Exit.PARTIAL,
        ),
        (Unavailable("no answer", help="look"), "secret-untried", "fabric-silent", Exit.UNAVAILABLE),
        (Refused("network of another", help="find out"), "", "fabric-refuses", Exit.PARTIAL),
        (Usage("no such driver"), "secret-untried", "fabric-refuses", Exit.PARTIAL),
    ],
)
def test_look_round_when_a_controller_fails_tells_how(
    well: Exchange, error: Unavailable, secret: str, service: str, exit_: Exit
) -> None:
    """A token that is not taken, silence and a refusal are three things; the rest is looked at as ever."""
    well.fabric.down = error
    rows = well.by_subject()
    assert (rows["token of lan"].name, rows["fabric lan"].name) == (secret, service)
    assert exit_of(well.rows()) is exit_
    assert rows["rs1"].verdict == "well"
    assert "controller of lan" not in rows


def test_look_round_when_a_controller_falls_silent_half_way_says_unknown(well: Exchange) -> None:
    """Its token was taken, and more is not known."""
    well.fabric.mute = Unavailable("no answer", help="look")
    rows = well.by_subject()
    assert (rows["token of lan"].verdict, rows["fabric lan"].name) == ("well", "fabric-silent")


def test_look_round_finds_another_controller_and_no_network(well: Exchange) -> None:
    """Who answers is held against who it was before."""
    well.fabric.settings = None
    assert well.names() == {"network-absent"}
    well.fabric.controller = ControllerPin("8056c2e21c")
    well.edit("policy/fabrics.yaml", "    url:", "    controller: aaaaaaaaaa\n    url:")
    assert well.names() == {"fabric-refuses"}


def test_look_round_tells_clock_and_version_of_a_controller(well: Exchange) -> None:
    """A skew of more than a minute, and a release without a controller."""
    well.fabric.skew, well.fabric.told = timedelta(seconds=-90), "1.16.0"
    assert well.names() == {"clock-apart", "release-other"}
    assert CONTROLLER_RELEASE in next(row for row in well.rows() if row.name == "release-other").do
    well.fabric.told = None
    assert "release-untold" in {row.name for row in well.rows()}


def test_look_round_of_a_fabric_that_tells_nothing_of_itself_knows_no_clock(well: Exchange) -> None:
    """A plug-in's controller has no advised version either."""
    silent = MemoryFabric(well.fabric.network, well.fabric.settings)
    well.lab.fabric = silent
    well.edit("policy/fabrics.yaml", FABRICS.splitlines()[1], FABRICS.splitlines()[1] + "\n    driver: shelf")
    rows = [(row.area, row.name) for row in well.rows() if "lan" in row.subject]
    assert rows == [("secrets", ""), ("fabrics", ""), ("clock", "clock-untold")]


def test_look_round_when_a_route_server_is_silent_or_old_tells_so(well: Exchange) -> None:
    """What does not answer is unknown; what answers is looked at as by `route-server check`."""
    well.lab.unreachable = {"rs1"}
    well.lab.servers["rs2"].readiness = replace(WELL, agent=None, bird=None, socket="absent")
    rows = well.by_subject()
    assert (rows["rs1"].name, rows["rs2"].verdict) == ("route-server-silent", "well")
    assert [row.subject for row in well.rows() if row.name == "machine"] == [
        "rs2 agent",
        "rs2 control socket",
    ]
    assert "rs1 agent" not in rows


def test_look_round_when_things_are_old_tells_by_how_much(well: Exchange) -> None:
    """Evidence, the record of runs and the schemas."""
    later: datetime = NOW + timedelta(hours=900)
    well.lab.now = later
    well.lab.evidence = replace(well.lab.evidence, now=later, vrps=(), vrps_fetched_at=NOW)
    well.lab.files["policy/schema/member.json"] = "{}\n"
    del well.lab.files["policy/schema/gates.json"]
    well.lab.commit()
    told = {row.subject: row.name for row in well.rows() if row.area == "freshness"}
    assert told == {
        "evidence/peeringdb.json": "old",
        "evidence/irr.json": "old",
        "evidence/vrps.json": "old",
        "the last receipt on ztix-state": "old",
        "policy/schema/member.json": "schema-old",
        "policy/schema/gates.json": "schema-absent",
        "controller of lan": "",
    }


def test_look_round_when_there_is_no_evidence_or_receipt_tells_so(well: Exchange) -> None:
    """Nothing yet is another thing than nothing known; who has no member needs no evidence."""
    well.lab.evidence = replace(well.lab.evidence, networks={}, expansions={})
    (receipt,) = well.lab.state.receipts
    well.lab.state.receipts.clear()
    assert [row.subject for row in well.rows() if row.name == "none-yet"] == [
        "evidence/peeringdb.json",
        "evidence/irr.json",
        "the last receipt on ztix-state",
    ]
    for asn in (64500, 64501):
        del well.lab.files[f"members/AS{asn}.yaml"]
    for path in SCHEMAS:
        del well.lab.files[path]
    well.lab.commit()
    assert well.names() == {"none-yet", "schema-absent"}
    well.lab.state.receipts = [replace(receipt, finished="yesterday")]
    assert "it has another form" in well.by_subject()["the last receipt on ztix-state"].says
    well.lab.state.silent = Unavailable("the remote does not answer", help="look")
    assert well.by_subject()["the last receipt on ztix-state"].name == "unread"


def test_look_round_when_policy_is_broken_looks_at_what_needs_none(well: Exchange) -> None:
    """Programs, disk and schemas are told; the exit is that of an exchange with findings."""
    well.place.free = 12
    well.edit("policy/exchange.yaml", "asn: 64496", "asn: many")
    rows = well.rows()
    assert [row.name for row in rows if row.verdict == "wrong"] == ["policy-broken", "disk-full"]
    assert exit_of(rows) is Exit.INVALID
    assert {row.area for row in rows} == {"policy", "tools", "disk", "freshness"}


def test_look_round_when_policy_breaks_a_rule_still_asks_the_services(well: Exchange) -> None:
    """A finding about the whole is told beside the rest."""
    well.edit("policy/route-servers.yaml", "node: aaaaaaaaa2", "node: aaaaaaaaa1")
    rows = well.by_subject()
    assert rows["policy/"].name == "policy-broken"
    assert rows["rs1"].verdict == "well"
