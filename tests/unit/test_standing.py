"""Standings from a World in memory: each state by what leads to it, and silence of each source as unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.route_server import Fault
from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.breakglass import allow
from ztix.console.status import render_status
from ztix.errors import Exit, Refused, Unavailable
from ztix.fabric import Sighting
from ztix.health import Filtered, Session
from ztix.lifecycle import State
from ztix.plan import Note
from ztix.reconcile import plan, reconcile
from ztix.standing import Standing, Standings, standings
from ztix.survey import survey
from ztix.terms import ControllerPin, NodeId

NODE = NodeId("1a2b364500")
V4, V6 = "as64500_192_0_2_10", "as64500_2001_db8_64_96__10"
HERE = Sighting(last=NOW, version="1.14.1", latency_ms=3, silent=False)


@pytest.fixture
def lab() -> Laboratory:
    """An exchange of two members before its first run."""
    return Laboratory()


@pytest.fixture
def live(lab: Laboratory) -> Laboratory:
    """The same after its first run, with every node there and no session up."""
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    for server in lab.servers.values():
        server.sessions = frozenset()
    lab.fabric.seen = dict.fromkeys(lab.fabric.attachments, HERE)
    return lab


def look(lab: Laboratory, head: str | None = None) -> tuple[Standings, tuple[Note, ...]]:
    """All standings, and the notes."""
    found = survey(lab.world, "HEAD", head)
    return standings(found.gathered, found.live, found.proposed), found.notes


def member(lab: Laboratory, owner: str = "AS64500") -> tuple[State, str]:
    """A member's state and why."""
    (one,) = look(lab)[0].of(owner).members
    return one.state, one.because


def node(lab: Laboratory, wanted: NodeId = NODE) -> Standing:
    """A node's row."""
    return next(row for row in look(lab)[0].nodes if row.node == wanted)


def tell(lab: Laboratory, sessions: Mapping[str, bool], *servers: str) -> None:
    """Have route servers tell these sessions, up or not."""
    for name in servers or ("rs1", "rs2"):
        lab.servers[name].told = {one: Session(one, up, "", 10, 2) for one, up in sessions.items()}


def test_standing_before_the_first_run_is_approved(lab: Laboratory) -> None:
    """What was merged and not applied is approved."""
    assert member(lab)[0] is State.APPROVED
    assert node(lab).presence == "missing"


def test_standing_after_a_run_is_provisioning_until_sessions_are_up(live: Laboratory) -> None:
    """A node that is there without sessions, one that is not heard from, then sessions."""
    assert member(live) == (State.PROVISIONING, "no session with a route server is up")
    live.fabric.seen[NODE] = Sighting(last=NOW - timedelta(hours=1))
    assert (node(live).online, member(live)[1]) == (False, "its controller has not heard from the node")
    tell(live, {V4: True})
    assert member(live) == (State.ACTIVE, "some of its sessions are down")
    tell(live, {V4: True, V6: True})
    assert member(live) == (State.ACTIVE, "")
    row = node(live)
    assert [(one.up, one.accepted, one.filtered) for one in row.sessions] == [(2, 20, 4)] * 2


def test_standing_of_a_route_server_goes_by_its_node_alone(live: Laboratory) -> None:
    """It wants no session, so being there is all."""
    rows = {row.owner: row.state for row in look(live)[0].nodes}
    assert rows["rs1"] is State.ACTIVE


def test_standing_when_its_write_failed_is_failed_until_it_is_there(lab: Laboratory) -> None:
    """The reason is the last run's, and forgotten once the fabric holds what git says."""
    lab.fabric.failing[NODE] = Unavailable("the controller hung up")
    assert reconcile(lab.world, "HEAD").exit is Exit.PARTIAL
    state, because = member(lab)
    assert (state, because[:23]) == (State.FAILED, "failed in the last run:")
    assert "the controller hung up" in because
    lab.fabric.failing.clear()
    reconcile(lab.world, "HEAD")
    assert member(lab)[0] is not State.FAILED


def test_standing_when_its_file_broke_is_failed_with_the_finding(live: Laboratory) -> None:
    """A quarantined member says so, whether a good file stands in for the broken one or not."""
    live.files["members/AS64500.yaml"] = "asn: 64500\nname: [\n"
    live.commit()
    state, because = member(live)
    assert (state, because.split(":")[0]) == (State.FAILED, "quarantined")
    del live.commits[live.state.applied.revision or ""]
    assert member(live)[0] is State.FAILED
    assert node(live).state is State.FAILED


def test_standing_when_every_rollout_failed_is_failed_until_it_is_told_otherwise(lab: Laboratory) -> None:
    """A member that no route server has taken failed, with the route server's words."""
    for server in lab.servers.values():
        server.fault = lambda verb: Fault.BEFORE if verb == "arm" else None
    reconcile(lab.world, "HEAD")
    state, because = member(lab)
    assert state is State.FAILED
    assert because.startswith("rs1 ")
    for server in lab.servers.values():
        server.fault = lambda verb: None
    reconcile(lab.world, "HEAD")
    assert member(lab)[0] is not State.FAILED


def test_standing_when_suspended_is_leaving_until_it_is_off(live: Laboratory) -> None:
    """Its file suspends it; the next run takes it off."""
    live.files["members/AS64500.yaml"] = member_text(64500, "status: suspended\n")
    live.commit()
    assert member(live)[0] is State.LEAVING
    reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert member(live) == (State.SUSPENDED, "its file says `status: suspended`")


def test_standing_when_its_day_has_passed_is_suspended_with_the_day(live: Laboratory) -> None:
    """An expired member acts like suspended, and says since when."""
    live.files["members/AS64500.yaml"] = member_text(64500, "expires: 2025-12-31\n")
    live.commit()
    reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert member(live) == (State.SUSPENDED, "it expired on 2025-12-31")


def test_standing_when_policy_denies_it_is_suspended_with_the_list(lab: Laboratory) -> None:
    """A denied member is no finding and no failure."""
    lab.files["policy/admission.yaml"] += "asns_denied: [64500]\n"
    lab.commit()
    state, because = member(lab)
    assert (state, "asns_denied" in because) == (State.SUSPENDED, True)


def test_standing_when_its_file_is_gone_is_leaving(live: Laboratory) -> None:
    """A node that was applied and that no file names is on its way out."""
    del live.files["members/AS64500.yaml"]
    live.commit()
    assert member(live)[0] is State.LEAVING
    assert node(live).presence == "leaving"


def test_standing_of_a_guest_is_no_row(live: Laboratory) -> None:
    """Who was let in by hand is told of by `fabric list`."""
    guest = NodeId("dddddddddd")
    live.fabric.knock(guest)
    allow(live.world, "HEAD", "lan", guest, (), NOW + timedelta(hours=1))
    assert guest not in {row.node for row in look(live)[0].nodes}


def test_standing_of_members_without_a_node_goes_by_their_files(lab: Laboratory) -> None:
    """There is no row of a node, but one of the member."""
    bare = "\n".join(member_text(64500).splitlines()[:5]) + "\n"
    lab.files["members/AS64500.yaml"] = bare
    lab.files["members/AS64501.yaml"] = bare.replace("64500", "64501") + "status: suspended\n"
    lab.commit()
    assert member(lab) == (State.PROVISIONING, "its file has no node yet")
    assert member(lab, "AS64501")[0] is State.SUSPENDED
    text = render_status(look(lab)[0].of("AS64501"), (), "text")
    assert text.startswith("AS64501: suspended: its file says")
    assert "AS64501 suspended" in render_status(look(lab)[0].of("AS64501"), (), "markdown")


def test_standing_of_an_open_change_is_pending(live: Laboratory) -> None:
    """A node and a member that only the open change has; whoever is live stays what they are."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.files["members/AS64503.yaml"] = "\n".join(member_text(64503).splitlines()[:5]) + "\n"
    live.files["members/AS64500.yaml"] = member_text(64500).replace("fra1", "ams1")
    seen, notes = look(live, live.propose())
    states = {one.owner: one.state for one in seen.members}
    assert (states["AS64502"], states["AS64503"]) == (State.PENDING, State.PENDING)
    assert states["AS64500"] is State.PROVISIONING
    assert notes == ()


def test_standing_when_a_route_server_is_silent_is_unknown_in_its_column(live: Laboratory) -> None:
    """One that answers is enough for a state; none is not."""
    live.unreachable = {"rs2"}
    tell(live, {V4: True, V6: True}, "rs1")
    assert member(live)[0] is State.ACTIVE
    assert [one.up for one in node(live).sessions] == [2, None]
    live.unreachable = {"rs1", "rs2"}
    assert member(live)[0] is State.UNKNOWN
    assert [note.subject for note in look(live)[1]] == ["rs1", "rs2"]
    assert "unknown" in render_status(look(live)[0], (), "text", detail=True)


def test_standing_when_the_fabric_is_silent_is_unknown_in_its_columns(live: Laboratory) -> None:
    """The sessions still tell; without them nobody does."""
    live.fabric.down = Unavailable("no answer")
    assert (node(live).presence, member(live)[0]) == ("unknown", State.UNKNOWN)
    assert [note.text for note in look(live)[1]] == ["is unknown: no answer"]
    tell(live, {V4: True, V6: True})
    assert member(live)[0] is State.ACTIVE


def test_standing_when_another_controller_answers_takes_nothing_from_it(live: Laboratory) -> None:
    """What a stranger says of nodes is worth nothing."""
    live.fabric.controller = ControllerPin("1111111111")
    pinned = "    url: http://127.0.0.1:9993\n"
    live.files["policy/fabrics.yaml"] = live.files["policy/fabrics.yaml"].replace(
        pinned, pinned + '    controller: "8056c2e21c"\n'
    )
    live.commit()
    assert node(live).presence == "unknown"
    assert "1111111111" in look(live)[1][0].text


def test_standing_when_the_records_are_silent_goes_on_without(live: Laboratory) -> None:
    """What the last run did is unknown; what is live is not."""
    live.state.silent = Unavailable("the remote is gone")
    tell(live, {V4: True, V6: True})
    assert member(live)[0] is State.ACTIVE
    assert look(live)[1] == (Note("ztix-state", "is unknown: the remote is gone"),)
    del live.fabric.attachments[NODE]
    tell(live, {})
    assert member(live)[0] is State.UNKNOWN


def test_standing_when_the_last_receipt_has_another_form_notes_it(live: Laboratory) -> None:
    """A receipt that cannot be read says nothing about any member."""

    class Odd(list[object]):
        def __getitem__(self, _: object) -> object:
            return Odd()

        def data(self) -> dict[str, object]:
            return {"schema": "another"}

    live.state.receipts = Odd([1])  # type: ignore[assignment]  # as a damaged branch would give it
    assert [note.text for note in look(live)[1]] == ["is unknown in part: the last receipt has another form"]


def test_standing_when_the_agent_is_older_tells_no_reasons(live: Laboratory) -> None:
    """Counts are there, why is unknown, and a note says so."""
    tell(live, {V4: True, V6: True})

    def older(verb: str) -> None:
        if verb == "filtered":
            raise Refused("the verbs are others")

    live.servers["rs1"].fault = older
    seen, notes = look(live)
    assert notes == (Note("rs1", "does not tell why routes are filtered: the verbs are others"),)
    row = next(row for row in seen.nodes if row.node == NODE)
    assert (row.sessions[0].rejected, row.sessions[0].filtered) == (None, 4)
    assert "4 filtered: why is unknown" in render_status(seen, notes, "text", detail=True)


def test_standing_when_sightings_fail_notes_it(live: Laboratory) -> None:
    """When nodes were there is unknown, the rest is not."""

    def broken(_: object) -> None:
        raise Unavailable("no list of peers")

    object.__setattr__(live, "fabric", _Blind(live.fabric, broken))
    assert node(live).online is None
    assert look(live)[1][0].text == "does not tell when nodes were there: no list of peers"


class _Blind:
    """A fabric whose sightings are another's."""

    def __init__(self, fabric: object, sightings: object) -> None:
        self.fabric, self.sightings = fabric, sightings

    def __getattr__(self, name: str) -> object:
        return getattr(self.fabric, name)


def test_status_in_words_says_why_sessions_are_down_and_routes_filtered(live: Laboratory) -> None:
    """A session that hangs has its word, an error is quoted harmless, a reason has its title."""
    live.servers["rs1"].told = {
        V4: Session(V4, False, state="flush", bgp="Flush"),
        V6: Session(V6, True, "10:00:00", 5, 3),
    }
    live.servers["rs2"].told = {V4: Session(V4, False, bgp="Active", error="Received: \x1b[31mBad peer AS")}
    live.servers["rs1"].refused = (
        Filtered(V6, 9, 2, "2001:db8::/48"),
        Filtered(V6, 0, 1, "2001:db8:1::/48"),
        Filtered("as64501_192_0_2_11", 9, 7, "192.0.2.0/24"),
    )
    text = render_status(look(live)[0].of("AS64500"), (), "text", detail=True, colour=True)
    assert "down in `flush`: BIRD never ends it" in text
    assert "2 filtered: a prefix outside the prefix set (9), such as 2001:db8::/48" in text
    assert "1 filtered: no reason is told" in text
    assert "down: Active, Received: \ufffd[31mBad peer AS" in text
    assert "down: why is unknown" in text
    assert "7 filtered" not in text


def test_status_when_a_node_was_here_tells_how_long_ago(live: Laboratory) -> None:
    """Ages are in the unit that a person would use."""
    for age, words in (
        (timedelta(minutes=6), "6 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=9), "9 d ago"),
    ):
        live.fabric.seen[NODE] = Sighting(last=NOW - age)
        assert words in render_status(look(live)[0], (), "text")
    live.fabric.seen[NODE] = Sighting(last=NOW, silent=False)
    assert "  now  " in render_status(look(live)[0], (), "text")


def test_status_when_narrow_counts_sessions_in_one_column(live: Laboratory) -> None:
    """In 80 columns no word is broken: versions go, sessions with all route servers are one count."""
    tell(live, {V4: True, V6: True}, "rs1")
    wide, narrow = (render_status(look(live)[0], (), "text", width=at).splitlines() for at in (200, 80))
    assert "version" in wide[0]
    assert narrow[0].split() == ["member", "node", "state", "seen", "sessions", "accepted", "filtered"]
    assert max(map(len, narrow)) <= 80
    assert "  2/4  " in narrow[1]
    servers = [line.split()[-3:] for line in narrow if line.startswith("rs1 ")]
    assert servers == [["none", "none", "none"]]


def test_status_when_narrow_tells_how_many_sessions_are_unknown(live: Laboratory) -> None:
    """A route server that does not answer makes none of them down, and all that do not none known."""

    def silent(_: str) -> None:
        raise Unavailable("no answer")

    tell(live, {V4: True, V6: True})
    live.servers["rs2"].fault = silent
    assert "2/2, 2" in render_status(look(live)[0], (), "text", width=80)
    live.servers["rs1"].fault = silent
    assert "  4 unknown  " in render_status(look(live)[0], (), "text", width=80)


def test_status_when_all_is_well_is_a_table_and_a_sentence(live: Laboratory) -> None:
    """Nothing stands between them but one empty line."""
    wanted = (one for row in look(live)[0].nodes for item in row.sessions for one in item.names)
    tell(live, dict.fromkeys(wanted, True))
    seen = look(live)[0]
    assert [row.because for row in seen.nodes if row.because] == []
    lines = render_status(seen, (), "text").splitlines()
    assert len(lines) == 1 + len(seen.nodes) + 2
    assert (lines[-2], lines[-1].split(";")[0]) == ("", "2 members: 2 active")
