"""Golden texts of plans, receipts and status: what people and programs are shown, whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import get_args

import pytest

from tests.route_server import Fault
from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.console.plan import COMMENT_MAX, PlanForm, render_plan, summary
from ztix.console.receipt import ReceiptForm, render_receipt
from ztix.console.status import StatusForm, render_status
from ztix.errors import Unavailable
from ztix.fabric import Attachment, Dns, Sighting
from ztix.health import Filtered, Session
from ztix.plan import Note
from ztix.reconcile import Planned, plan, reconcile
from ztix.standing import standings
from ztix.survey import survey
from ztix.terms import NodeId

HERE = Path(__file__).parent / "plans"
SUFFIX = {"text": "txt", "markdown": "md", "json": "json", "github": "txt"}
Golden = Callable[[Path, str], None]


def busy_day() -> Laboratory:
    """A live exchange of five: one joins, one moves, one is renamed, one leaves, and much drifted."""
    lab = Laboratory()
    for asn in (64502, 64503, 64504):
        lab.files[f"members/AS{asn}.yaml"] = member_text(asn)
    lab.commit()
    reconcile(lab.world, "HEAD")
    lab.files["members/AS64505.yaml"] = member_text(64505)
    del lab.files["members/AS64504.yaml"]
    lab.files["members/AS64501.yaml"] = member_text(64501).replace("192.0.2.11", "192.0.2.41")
    lab.files["members/AS64502.yaml"] = member_text(64502).replace("fra1", "ams1")
    lab.files["members/AS64506.yaml"] = "asn: 64506\nname: `</details> @all`\n"
    lab.files["policy/gates.yaml"] = "removals: {count: 0, share: 0}\n"
    lab.commit()
    drifted = NodeId("1a2b364503")
    lab.fabric.attachments[drifted] = Attachment(drifted, "gone \x1b[31mred", ())
    lab.fabric.attachments[NodeId("eeeeeeeeee")] = Attachment(NodeId("eeeeeeeeee"), "laptop", ())
    lab.fabric.knock(NodeId("dddddddddd"))
    lab.unreachable = {"rs2"}
    return lab


@pytest.fixture(scope="module")
def planned() -> Planned:
    """The plan of that day."""
    return plan(busy_day().world, "HEAD")


@pytest.mark.parametrize("form", get_args(PlanForm))
def test_plan_in_each_form_is_as_recorded(planned: Planned, form: PlanForm, golden: Golden) -> None:
    """Joins, moves, names, leaves, drift, strangers, a quarantine and a gate, in every form."""
    golden(HERE / f"busy-day.{form}.{SUFFIX[form]}", render_plan(planned, form))


def test_plan_with_colour_says_the_same(planned: Planned) -> None:
    """Without its colours the coloured text is the plain one, so that nothing rests on colour."""
    coloured = render_plan(planned, "text", colour=True)
    assert "\x1b[32m" in coloured
    plain = coloured
    for code in ("0", "31", "32", "33", "35", "36"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == render_plan(planned, "text")


def test_plan_without_changes_says_so(golden: Golden) -> None:
    """A plan of nothing is one sentence in text, and has no digest to approve."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    nothing = plan(lab.world, "HEAD")
    golden(HERE / "nothing.txt", render_plan(nothing, "text"))
    golden(HERE / "nothing.md", render_plan(nothing, "markdown"))


def test_plan_of_a_new_exchange_is_as_recorded(golden: Golden) -> None:
    """The first plan makes the network and everything on it."""
    golden(HERE / "first.txt", render_plan(plan(Laboratory().world, "HEAD"), "text"))


def test_plan_of_name_servers_is_as_recorded_and_drift_of_them_is_put_back(golden: Golden) -> None:
    """Name servers are shown when the network is made, and when somebody set others on the controller."""
    lab, dns = Laboratory(), "    dns: {domain: ix.example.net, servers: [192.0.2.2, 2001:db8:64:96::2]}\n"
    lab.files["policy/fabrics.yaml"] += dns
    lab.commit()
    first = render_plan(plan(lab.world, "HEAD"), "text")
    reconcile(lab.world, "HEAD")
    meant = lab.fabric.settings
    assert meant is not None
    lab.fabric.settings = replace(meant, dns=Dns("evil.example\x1b[31m", ("not-an-address",)))
    drifted = plan(lab.world, "HEAD")
    golden(HERE / "dns.txt", first[: first.index("AS64500")] + render_plan(drifted, "text"))
    reconcile(lab.world, "HEAD", approve=drifted.plan.digest if drifted.refusals else None)
    assert lab.fabric.settings == meant
    lab.files["policy/fabrics.yaml"] = lab.files["policy/fabrics.yaml"].replace(dns, "")
    lab.commit()
    gone = render_plan(plan(lab.world, "HEAD"), "text")
    assert "dns: ix.example.net from 192.0.2.2, 2001:db8:64:96::2 -> none" in gone


def test_plan_that_is_too_long_for_a_comment_is_cut_and_cannot_be_approved(planned: Planned) -> None:
    """A comment that shows half a plan has no digest in it."""
    notes = tuple(Note(f"{number:010x}", "x" * 200) for number in range(1000))
    long = replace(planned, plan=replace(planned.plan, notes=notes))
    text = render_plan(long, "markdown")
    assert len(text) < COMMENT_MAX
    assert "cut here" in text
    assert "Digest" not in text


def test_plan_line_names_a_few_of_many_changed_members(planned: Planned) -> None:
    """A configuration in which everybody changed is still one line."""
    many = tuple(f"AS{number}" for number in range(64496, 64511))
    deploys = (replace(planned.plan.deploys[0], changed=many),)
    text = render_plan(replace(planned, plan=replace(planned.plan, deploys=deploys)), "text")
    assert "AS64503 and 7 more" in text


def test_plan_of_an_automatic_node_says_what_is_taken_away() -> None:
    """A node that the controller may give addresses to is amended in words."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    lab.fabric.automatic.add(NodeId("1a2b364500"))
    assert "take automatic addresses away" in render_plan(plan(lab.world, "HEAD"), "text")


def test_summary_counts_each_kind(planned: Planned) -> None:
    """One sentence has all the numbers."""
    assert summary(planned.plan) == (
        "Plan: 1 to attach, 3 to amend, 1 to detach, 2 route servers to deploy; 1 of them from drift; "
        "8 nodes managed. 1 node on a fabric and in no file."
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_receipt_of_a_bad_day_is_as_recorded(form: ReceiptForm, golden: Golden) -> None:
    """Troubles stand first, each with its reason; the last line is the meaning of the exit code."""
    lab = busy_day()
    lab.unreachable = set()
    lab.fabric.failing[NodeId("1a2b364505")] = Unavailable("the controller hung up")
    lab.servers["rs1"].fault = lambda verb: Fault.BEFORE if verb == "arm" else None
    ran = reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest)
    assert ran.receipt is not None
    golden(HERE / f"bad-day.receipt.{SUFFIX[form]}", render_receipt(ran.receipt, form))


def test_receipt_of_a_good_run_is_as_recorded(golden: Golden) -> None:
    """A run without trouble is told in a few lines."""
    ran = reconcile(Laboratory().world, "HEAD")
    assert ran.receipt is not None
    golden(HERE / "good.receipt.txt", render_receipt(ran.receipt, "text"))


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_status_of_that_day_is_as_recorded(form: StatusForm, golden: Golden) -> None:
    """Each node, what the fabric says of it, and its sessions; unknown where nobody answered."""
    lab = busy_day()
    lab.files["members/AS64503.yaml"] = member_text(64503, "status: suspended\n")
    lab.fabric.attachments[NodeId("1a2b364500")] = Attachment(
        NodeId("1a2b364500"), "AS64500 fra1", (ip_address("192.0.2.10"),)
    )
    lab.commit()
    lab.files["members/AS64507.yaml"] = member_text(64507)
    head = lab.propose()
    lab.servers["rs1"].sessions = frozenset()
    lab.servers["rs1"].told = {
        "as64500_192_0_2_10": Session("as64500_192_0_2_10", True, "10:00:00", 120, 3, 7),
        "as64502_192_0_2_12": Session(
            "as64502_192_0_2_12",
            False,
            "",
            state="start",
            bgp="Active",
            error="Received: Bad peer AS \x1b[31m",
        ),
    }
    lab.servers["rs1"].refused = (Filtered("as64500_192_0_2_10", 9, 3, "198.51.100.0/28"),)
    lab.fabric.seen[NodeId("1a2b364500")] = Sighting(last=NOW, version="1.14.1", latency_ms=14, silent=False)
    lab.fabric.seen[NodeId("1a2b364502")] = Sighting(last=NOW - timedelta(hours=5), version="1.10.6|")
    lab.fabric.seen[NodeId("1a2b364501")] = Sighting(silent=True)
    found = survey(lab.world, "HEAD", head)
    seen = standings(found.gathered, found.live, found.proposed)
    golden(HERE / f"busy-day.status.{SUFFIX[form]}", render_status(seen, found.notes, form))
    if form == "text":
        one = render_status(seen.of("AS64500"), (), form, detail=True)
        golden(HERE / "busy-day.status.AS64500.txt", one)
        assert max(map(len, one.splitlines())) <= 100


def test_json_forms_are_one_document_each(planned: Planned) -> None:
    """What programs read parses."""
    assert json.loads(render_plan(planned, "json"))["schema"] == "ztix.plan.v1"
