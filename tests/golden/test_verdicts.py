"""Golden texts of verdicts: what a terminal and a program are shown, whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import (
    ADMIN,
    ADMISSION,
    OWNER,
    STRANGER,
    Outside,
    base_files,
    judged,
    offered,
)
from tests.unit.test_public_keys import GOOD
from ztix.admission.proof import PeeringDbNet, Unanswered
from ztix.admission.verdict import Demand, State, Verdict
from ztix.console.verdict import verdict_json, verdict_text
from ztix.terms import Asn

HERE = Path(__file__).parent / "verdicts"
Golden = Callable[[Path, str], None]
MEMBER, TEXT = "members/AS64500.yaml", member_text(64500)
JOINING, NEW = "members/AS64503.yaml", member_text(64503)
LOOKED_UP = ADMISSION.replace("[invitation]", "[peeringdb-notes, registry, invitation]")
ESCAPES = "\x1b[2J##[add-mask]x"


def join() -> Verdict:
    """Ready: an admin vouches, two members wait for the next run."""
    waiting = ("members/AS64501.yaml", "members/AS64502.yaml", "policy/gates.yaml")
    return judged(offered({JOINING: NEW}, author=64503, approvals=[ADMIN]), Outside(since_run=waiting))


def unproven() -> Verdict:
    """Open: nothing is shown yet, and the node has not signed."""
    base = {**base_files(), "policy/admission.yaml": ADMISSION.replace("'off'", "required")}
    return judged(offered({JOINING: NEW}, author=STRANGER, base=base))


def outage() -> Verdict:
    """Unknown: PeeringDB does not answer."""
    base = {**base_files(), "policy/admission.yaml": LOOKED_UP}
    outside = Outside(answers={PeeringDbNet(Asn(64503)): Unanswered("PeeringDB answered 503")})
    return judged(offered({JOINING: NEW}, author=64503, base=base), outside)


def clash() -> Verdict:
    """Findings: somebody's address, and a key that is none."""
    text = NEW.replace("192.0.2.13", "192.0.2.10") + "status: gone\n"
    return judged(offered({JOINING: text, "members/as64503.yaml": NEW}, author=64503))


def held() -> Verdict:
    """Findings of rules: another member's address and node."""
    text = NEW.replace("192.0.2.13", "192.0.2.10").replace("1a2b364503", "1a2b364501")
    return judged(offered({JOINING: text}, author=64503))


def takeover() -> Verdict:
    """A stranger changes who speaks for a member, and its key."""
    text = TEXT.replace("id: 64500,", "id: 99,") + f"auth: [{GOOD[1]}]\n"
    return judged(offered({MEMBER: text}, author=STRANGER, approvals=[STRANGER]))


def unsigned() -> Verdict:
    """Refused: the file has a key, and nobody signed that it leaves."""
    base = {**base_files(), MEMBER: TEXT + f"auth: [{GOOD[0]}]\n"}
    return judged(offered({MEMBER: None}, base=base))


def policy() -> Verdict:
    """Policy and source, with a mistake of somebody else's in a member's file."""
    base = {**base_files(), "members/AS64502.yaml": member_text(64502).replace("1a2b364502", ESCAPES)}
    changes = {"policy/gates.yaml": "health_timeout_s: 10\n", ".github/workflows/check.yml": "x\n"}
    return judged(offered(changes, author=OWNER, base=base))


def conflict() -> Verdict:
    """It does not merge."""
    return judged(replace(offered({}), conflicts=(MEMBER,)))


def hostile() -> Verdict:
    """Foreign text in every field."""
    demand = Demand(ESCAPES, State.REFUSED, f"{ESCAPES} {'long ' * 60}", f"{ESCAPES} {'help ' * 40}")
    return replace(join(), title=ESCAPES, demands=(demand,), waiting=(ESCAPES,), next=(ESCAPES * 20, ""))


VERDICTS = (join, unproven, outage, clash, held, takeover, unsigned, policy, conflict, hostile)


@pytest.mark.parametrize("make", VERDICTS, ids=lambda make: make.__name__)
def test_verdict_as_text_is_as_recorded(make: Callable[[], Verdict], golden: Golden) -> None:
    """The verdict first, then why, then what comes next."""
    text = verdict_text(make())
    assert all(line.isprintable() and len(line) <= 200 for line in text.splitlines())
    golden(HERE / f"{make.__name__}.txt", text)


def test_verdict_as_json_is_as_recorded(golden: Golden) -> None:
    """Everything that the text has, for programs."""
    text = verdict_json(held())
    assert json.loads(text)["schema"] == "ztix.verdict.v1"
    golden(HERE / "held.json", text)


def test_verdict_in_colour_says_the_same() -> None:
    """Without its colours the coloured text is the plain one."""
    for make in VERDICTS:
        coloured = verdict_text(make(), colour=True)
        for code in ("1;31", "1;33", "1;36", "2", "0"):
            coloured = coloured.replace(f"\x1b[{code}m", "")
        assert coloured == verdict_text(make())
