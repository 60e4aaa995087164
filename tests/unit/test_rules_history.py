"""ZT108, ZT109, ZT214, ZT630: what time and the history of git say about members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.unit.exchange_fixture import ADMISSION, NOW, POLICY, Told, good_exchange, member_text, read, told
from ztix.evidence import Evidence
from ztix.ledger import GivenUp, Ledger
from ztix.past import OLDEST, Absence
from ztix.rules import check
from ztix.terms import Asn, Label

KNOWN = Evidence(NOW)
DAY = timedelta(days=1)
PATH = "members/AS64500.yaml"
V4 = (Label("lan"), 4, 0xC000020A)
LOWEST = (Label("lan"), 4, 0xC0000208)


def until(day: str, extra: str = "") -> dict[str, str]:
    """AS64500 with a last day."""
    return {PATH: member_text(64500, f"expires: {day}\n{extra}")}


def policy(**days: int) -> dict[str, str]:
    """Other cool-downs."""
    return {"policy/admission.yaml": ADMISSION + "".join(f"{key}: {value}\n" for key, value in days.items())}


def gave_up(days: int, start: int = 0, by: int = 64502) -> Ledger:
    """A ledger in which somebody gave AS64500's address up so many days ago."""
    gone = GivenUp(Asn(by), NOW - days * DAY, 5)
    return Ledger({V4: (gone,)}, {PATH: {V4: start}})


def left(days: int, *accounts: int) -> Ledger:
    """A ledger in which AS64500 was gone so many days ago."""
    return Ledger(absences={PATH: Absence(5, NOW - days * DAY, frozenset(accounts))})


CUT = Ledger(cut=NOW - 3 * DAY)

BROKEN: list[tuple[str, Mapping[str, str], Ledger, str, str, str]] = [
    (
        "ZT108",
        until("2026-02-01"),
        Ledger(),
        f"{PATH}:10:10",
        "2026-02-01",
        "the membership of `AS64500` ends in 30 days, on 2026-02-01",
    ),
    (
        "ZT108",
        until("2026-01-03"),
        Ledger(),
        f"{PATH}:10:10",
        "2026-01-03",
        "the membership of `AS64500` ends in 1 day, on 2026-01-03",
    ),
    (
        "ZT108",
        until("2026-01-02"),
        Ledger(),
        f"{PATH}:10:10",
        "2026-01-02",
        "the membership of `AS64500` ends today, on 2026-01-02",
    ),
    (
        "ZT108",
        until("2026-01-01"),
        Ledger(),
        f"{PATH}:10:10",
        "2026-01-01",
        "the membership of `AS64500` ended on 2026-01-01: it acts like `suspended`",
    ),
    (
        "ZT109",
        {},
        left(3, 7),
        f"{PATH}:3:1",
        "contacts",
        "`AS64500` left on 2025-12-30, and none of its GitHub accounts comes back with it",
    ),
    (
        "ZT214",
        {},
        gave_up(3),
        f"{PATH}:9:17",
        "192.0.2.10",
        "the address `192.0.2.10` was AS64502's until 2025-12-30",
    ),
    (
        "ZT630",
        policy(address_cooldown_days=20),
        CUT,
        "policy/admission.yaml:3:24",
        "20",
        "the history from 2025-12-13 to 2025-12-30 cannot be read here: who held what then is unknown",
    ),
]

KEPT: list[tuple[str, Mapping[str, str], Evidence | None, Ledger]] = [
    ("ZT108", until("2026-01-01"), None, Ledger()),
    ("ZT108", until("2026-02-02"), KNOWN, Ledger()),
    ("ZT108", until("2026-01-01", "status: suspended\n"), KNOWN, Ledger()),
    ("ZT109", {}, KNOWN, Ledger()),
    ("ZT109", {}, KNOWN, left(7, 7)),
    ("ZT109", {}, KNOWN, left(3)),
    ("ZT109", {}, KNOWN, left(3, 7, 64500)),
    ("ZT109", policy(asn_cooldown_days=0), KNOWN, left(3, 7)),
    ("ZT109", {}, None, left(3, 7)),
    ("ZT214", {}, None, gave_up(3)),
    ("ZT214", {}, KNOWN, gave_up(30)),
    ("ZT214", {}, KNOWN, gave_up(3, start=6)),
    ("ZT214", {}, KNOWN, gave_up(3, start=OLDEST)),
    ("ZT214", {}, KNOWN, gave_up(3, by=64500)),
    ("ZT214", policy(address_cooldown_days=0), KNOWN, gave_up(3)),
    ("ZT630", {}, None, CUT),
    ("ZT630", {}, KNOWN, Ledger()),
    ("ZT630", {}, KNOWN, Ledger(cut=NOW - 30 * DAY)),
    ("ZT630", policy(address_cooldown_days=0, asn_cooldown_days=0), KNOWN, CUT),
]


@pytest.mark.parametrize(("rule", "changes", "ledger", "place", "marked", "message"), BROKEN)
def test_rule_when_broken_tells_where_and_since_when(
    rule: str, changes: Mapping[str, str], ledger: Ledger, place: str, marked: str, message: str
) -> None:
    """The finding stands at the value that time made wrong."""
    severity = "warning" if rule in ("ZT108", "ZT630") else "error"
    assert told(rule, changes, KNOWN, ledger) == [Told(place, marked, message, severity)]


@pytest.mark.parametrize(("rule", "changes", "evidence", "ledger"), KEPT)
def test_rule_when_kept_is_silent(
    rule: str, changes: Mapping[str, str], evidence: Evidence | None, ledger: Ledger
) -> None:
    """Long enough ago, not asked for, one's own, or not known."""
    assert told(rule, changes, evidence, ledger) == []


def test_rule_of_a_short_history_says_that_it_is_unknown() -> None:
    """What a shallow clone lacks is unknown, and the finding says how to get it."""
    (found,) = [item for item in check(good_exchange(), KNOWN, CUT) if item.rule == "ZT630"]
    assert "from 2025-12-03 to 2025-12-30" in found.message
    assert "git fetch --unshallow" in found.help


def test_rule_of_a_resting_address_tells_when_it_is_free_and_which_is_now() -> None:
    """The lowest free address that is named does not rest itself."""
    gone = GivenUp(Asn(64503), NOW - DAY, 3)
    ledger = Ledger({**gave_up(3).given_up, LOWEST: (gone,)}, gave_up(3).starts)
    (found,) = [item for item in check(good_exchange(), KNOWN, ledger) if item.rule == "ZT214"]
    assert found.help == "it is free from 2026-01-29 on; the lowest free one now is `192.0.2.9`"


def test_rule_of_a_resting_address_where_none_is_free_names_none() -> None:
    """A full fabric has no other address to name, and neither has one that policy does not know."""
    full = {**POLICY, PATH: member_text(64500)}
    full["policy/fabrics.yaml"] = full["policy/fabrics.yaml"].replace("192.0.2.0/29", "192.0.2.0/24")
    unknown = {
        **POLICY,
        PATH: member_text(64500).replace("    name: fra1", "    name: fra1\n    fabric: lab"),
    }
    for files, what in ((full, V4), (unknown, (Label("lab"), 4, 0xC000020A))):
        ledger = Ledger({what: gave_up(3).given_up[V4]}, {PATH: {what: 0}})
        (found,) = [item for item in check(read(files), KNOWN, ledger) if item.rule == "ZT214"]
        assert found.help == "it is free from 2026-01-29 on"
