"""What a verdict says of members that act like `suspended`: what the run after its merge would do."""

from __future__ import annotations

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import ADMISSION, OWNER, base_files, judged, offered
from ztix.fabric import Attach, Detach

PATH = "members/AS64500.yaml"


def test_verdict_on_a_denial_shows_who_is_taken_off() -> None:
    """A policy that denies a member detaches its nodes, and the verdict says so before the merge."""
    denying = {"policy/admission.yaml": ADMISSION + "asns_denied: [64502]\n"}
    verdict = judged(offered(denying, author=OWNER))
    assert [(type(change), change.owner) for change in verdict.changes if isinstance(change, Detach)] == [
        (Detach, "AS64502")
    ]


def test_verdict_on_a_renewal_shows_who_comes_back() -> None:
    """A day that is moved attaches the member again."""
    base = {**base_files(), PATH: member_text(64500, "expires: 2026-01-01\n")}
    renewed = {PATH: member_text(64500, "expires: 2027-01-01\n")}
    verdict = judged(offered(renewed, base=base))
    assert [type(change) for change in verdict.changes] == [Attach]
