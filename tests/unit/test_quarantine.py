"""Whom a run goes on without: the later of two, the denied, the expired, and those of broken files."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.unit.exchange_fixture import ADMISSION, member_text
from tests.world import NOW, Laboratory
from ztix.errors import Exit, Refused
from ztix.fabric import Attach, Detach
from ztix.reconcile import plan, reconcile
from ztix.terms import NodeId

AS64500, AS64501, AS64502 = (NodeId(f"1a2b3{asn}") for asn in (64500, 64501, 64502))
ADMISSION_PATH = "policy/admission.yaml"


@pytest.fixture
def live() -> Laboratory:
    """An exchange of five members after its first run."""
    lab = Laboratory()
    lab.files |= {f"members/AS{asn}.yaml": member_text(asn) for asn in (64503, 64504, 64505)}
    lab.commit()
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    return lab


def quarantined(lab: Laboratory) -> dict[str, str]:
    """Who a run would quarantine, and why."""
    return {item.member: item.reason for item in plan(lab.world, "HEAD").gathered.quarantined}


def notes(lab: Laboratory) -> list[str]:
    """What a plan says besides its changes."""
    return [f"{note.subject} {note.text}" for note in plan(lab.world, "HEAD").plan.notes]


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ("192.0.2.12", "192.0.2.10", "the address `192.0.2.10` is already held by AS64500"),
        ("1a2b364502", "1a2b364500", "the node `1a2b364500` is already held by AS64500"),
    ],
)
def test_reconcile_when_a_newcomer_takes_what_a_member_has_quarantines_the_newcomer(
    live: Laboratory, mine: str, theirs: str, words: str
) -> None:
    """Who held it keeps it and hears nothing of it; the finding names who that is."""
    live.files["members/AS64502.yaml"] = member_text(64502).replace(mine, theirs)
    live.commit()
    reasons = quarantined(live)
    assert set(reasons) == {"AS64502"}
    assert words in reasons["AS64502"]
    assert reconcile(live.world, "HEAD").exit is Exit.PARTIAL
    assert live.fabric.attachments[AS64500].name == "AS64500 fra1"


def test_reconcile_when_two_newcomers_take_the_same_admits_the_first_commit(live: Laboratory) -> None:
    """Of two merges between two runs the first counts, also where its AS number is the larger."""
    first = member_text(64507).replace("192.0.2.17", "192.0.2.77")
    live.files["members/AS64507.yaml"] = first
    live.commit()
    live.files["members/AS64502.yaml"] = member_text(64502).replace("192.0.2.12", "192.0.2.77")
    live.commit()
    live.files["members/AS64508.yaml"] = member_text(64508)
    live.commit()
    assert set(quarantined(live)) == {"AS64502"}
    ran = reconcile(live.world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    assert {str(change.owner) for change in ran.planned.plan.changes if isinstance(change, Attach)} == {
        "AS64507",
        "AS64508",
    }


def test_reconcile_when_one_commit_makes_both_claims_admits_neither(live: Laboratory) -> None:
    """Git prefers nobody there, so both wait."""
    for asn in (64502, 64507):
        text = member_text(asn).replace(f"192.0.2.{asn - 64490}", "192.0.2.77")
        live.files[f"members/AS{asn}.yaml"] = text
    live.commit()
    assert set(quarantined(live)) == {"AS64502", "AS64507"}


def test_reconcile_when_a_member_takes_a_resting_address_keeps_its_last_good_file(live: Laboratory) -> None:
    """An address that was merged too early is taken on the first run after its cool-down."""
    live.now = NOW + timedelta(days=10)
    del live.files["members/AS64505.yaml"]
    live.commit()
    reconcile(live.world, "HEAD")
    live.files["members/AS64504.yaml"] = member_text(64504).replace("192.0.2.14", "192.0.2.15")
    live.commit()
    assert "was AS64505's until 2026-01-12" in quarantined(live)["AS64504"]
    assert plan(live.world, "HEAD").plan.changes == ()
    live.evidence = type(live.evidence)(NOW + timedelta(days=40, seconds=1))
    assert quarantined(live) == {}


def test_reconcile_without_cool_downs_lets_an_address_change_hands(live: Laboratory) -> None:
    """Where policy has no cool-down, one commit may hand an address over, and no history is read."""
    live.files[ADMISSION_PATH] = ADMISSION + "address_cooldown_days: 0\nasn_cooldown_days: 0\n"
    live.files["members/AS64504.yaml"] = member_text(64504).replace("192.0.2.14", "192.0.2.99")
    live.files["members/AS64505.yaml"] = member_text(64505).replace("192.0.2.15", "192.0.2.14")
    live.commit()
    assert quarantined(live) == {}


def test_reconcile_when_policy_denies_a_member_takes_it_off(live: Laboratory) -> None:
    """Denied is suspended, not frozen: sessions end, then the node, and the plan says why."""
    live.files[ADMISSION_PATH] = ADMISSION + "asns_denied: [64501]\n"
    live.commit()
    assert notes(live) == ["AS64501 acts like `suspended`: `asns_denied` in policy/admission.yaml names it"]
    ran = reconcile(live.world, "HEAD")
    assert ran.exit is Exit.DONE
    assert [type(change) for change in ran.planned.plan.changes] == [Detach]
    assert not live.fabric.attachments[AS64501].authorised
    assert b"as64501" not in live.servers["rs1"].running
    live.files[ADMISSION_PATH] = ADMISSION
    live.commit()
    reconcile(live.world, "HEAD")
    assert live.fabric.attachments[AS64501].authorised


@pytest.mark.parametrize(
    "text",
    ["asn: [", member_text(64501).replace("192.0.2.11", "192.0.2.10"), member_text(64501, "x: 1\n")],
    ids=["no file", "another's address", "another key"],
)
def test_reconcile_when_a_denied_member_s_file_is_broken_takes_it_off_too(
    live: Laboratory, text: str
) -> None:
    """Nobody stays on by breaking a file, and nobody else is quarantined for it."""
    live.files[ADMISSION_PATH] = ADMISSION + "asns_denied: [64501]\n"
    live.files["members/AS64501.yaml"] = text
    live.commit()
    assert quarantined(live) == {}
    assert reconcile(live.world, "HEAD").exit is Exit.DONE
    assert not live.fabric.attachments[AS64501].authorised
    assert live.fabric.attachments[AS64500].authorised


def test_reconcile_when_policy_denies_many_asks_for_approval(live: Laboratory) -> None:
    """Those who are denied leave through the same gate as all who leave."""
    live.files[ADMISSION_PATH] = ADMISSION + "asns_denied: [64500-64502, 64503]\n"
    live.commit()
    with pytest.raises(Refused, match="removals"):
        reconcile(live.world, "HEAD")


def test_reconcile_when_a_membership_ends_takes_it_off_until_it_is_renewed(live: Laboratory) -> None:
    """The day after the last one the member is off; a later day brings it back."""
    live.files["members/AS64501.yaml"] = member_text(64501, "expires: 2026-01-02\n")
    live.commit()
    assert reconcile(live.world, "HEAD").planned.plan.is_empty
    live.evidence = type(live.evidence)(NOW + timedelta(days=1))
    assert notes(live) == ["AS64501 acts like `suspended`: it expired on 2026-01-02"]
    assert reconcile(live.world, "HEAD").exit is Exit.DONE
    assert not live.fabric.attachments[AS64501].authorised
    live.files["members/AS64501.yaml"] = member_text(64501, f"expires: {date(2027, 1, 2)}\n")
    live.commit()
    reconcile(live.world, "HEAD")
    assert live.fabric.attachments[AS64501].authorised
