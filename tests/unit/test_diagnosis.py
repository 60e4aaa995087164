"""Each diagnosis by the facts that lead to it, in words that name a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ztix.diagnosis import STEPS, TABLE, NodeFacts, SessionFacts, diagnose, page

DOCS = Path(__file__).parents[2] / "docs" / "doctor.md"
UP = SessionFacts("rs1", "as64500_192_0_2_10", "192.0.2.10", 4)
UP6 = replace(UP, name="as64500_v6", address="2001:db8::a", family=6)
WELL = NodeFacts("AS64500", "1a2b364500", "8056c2e21c000001", exchange_asn=64496, sessions=(UP, UP6))


def down(error: str = "", bgp: str = "Active", **more: Any) -> dict[str, Any]:
    """A session of IPv4 that is down, beside one of IPv6 that is up."""
    return {"sessions": (replace(UP, established=False, error=error, bgp=bgp, **more), UP6)}


REASON = ("64496:1101:9", "a prefix outside the prefix set", 3, "198.51.100.0/28")
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-file": ({"merged": False}, "no file names AS64500", "ztix new"),
    "broken-file": ({"finding": "x:1:2: ZT204 y", "rule": "ZT204"}, "ZT204 y", "ztix explain ZT204"),
    "evidence": ({"finding": "ZT301 y", "rule": "ZT301", "evidence": True}, "others say", "explain ZT301"),
    "not-merged": ({"merged": False, "proposed": True}, "open change", "ztix prove AS64500"),
    "resting": ({"resting": "it expired"}, "it expired", "pull request"),
    "no-node": ({"node": ""}, "no node", "`nodes`"),
    "failed": ({"trouble": "failed: hung up", "applied": "no"}, "hung up", "ztix reconcile"),
    "not-applied": ({"applied": "no"}, "no run", "ztix reconcile"),
    "not-authorised": ({"authorised": "no"}, "1a2b364500 is not authorised", "ztix drift"),
    "fabric-unknown": ({"authorised": "unknown"}, "does not answer", "again"),
    "other-network": ({"identity": "no", "sessions": ()}, "joined another", "join 8056c2e21c000001"),
    "never-joined": (
        {"identity": "no", "online": "no", "sessions": ()},
        "never asked",
        "zerotier-cli join 8056c2e21c000001",
    ),
    "offline": ({"online": "no", "sessions": ()}, "has not heard", "zerotier-cli info"),
    "not-rolled-out": ({"rollout": "rs1 unreachable: refused"}, "rs1 unreachable", "ztix doctor"),
    "hangs": (down(bgp="Flush", state="flush"), "`flush`", "docs/rollout.md"),
    "wrong-asn": (down("BGP Error: Bad peer AS"), "another AS number than AS64500", "to AS64500"),
    "wrong-exchange-asn": (down("Received: Bad peer AS"), "than AS64496", "to 64496"),
    "hold-timer": (down("BGP Error: Hold timer expired"), "went silent", "ping"),
    "too-many": (down("Automatic shutdown: Route limit exceeded"), "too many", "max_prefixes"),
    "shut-down": (down("Received: Administrative shutdown"), "itself", "enable"),
    "refused": (down("Socket: Connection refused"), "nothing listens for BGP at 192.0.2.10", "start"),
    "password": (down(password=True), "has a password", "MD5"),
    "no-address": (down(consent=True), "owner allows it", "set 8056c2e21c000001 allowGlobal=1"),
    "no-tcp": (down(bgp="Passive"), "no TCP with 192.0.2.10", "listnetworks"),
    "session-down": (down("BGP Error: Cease", bgp="OpenSent"), "(BGP Error: Cease)", "log"),
    "all-filtered": (
        {"sessions": (replace(UP, accepted=0, filtered=3, reasons=(REASON,)),)},
        "rs1 filters all that it announces: 3 for a prefix outside the prefix set, such as 198.51.100.0/28",
        "ztix explain 64496:1101:9",
    ),
    "announces-nothing": ({"sessions": (replace(UP, accepted=0),)}, "announces nothing", "export filter"),
    "session-unknown": (
        {"sessions": (UP, replace(UP6, established=None))},
        "rs1 does not answer: session as64500_v6 is unknown",
        "ztix status",
    ),
}


def test_table_has_a_case_for_each_diagnosis() -> None:
    """A diagnosis without a case could be one that nothing leads to."""
    assert list(CASES) == [one.name for one in TABLE]
    assert {one.step for one in TABLE} == set(STEPS)


@pytest.mark.parametrize("name", CASES)
def test_diagnose_the_facts_of_a_row_tells_it(name: str) -> None:
    """It says what is wrong and what to do, in the facts' own words."""
    changes, says, does = CASES[name]
    found = diagnose(replace(WELL, **changes))
    assert found is not None
    assert found.diagnosis.name == name
    assert says in found.says
    assert does in found.do
    assert "{" not in found.says + found.do


def test_diagnose_where_all_is_well_tells_nothing() -> None:
    """What is up is no break, whatever the fabric knows of it."""
    assert diagnose(WELL) is None
    assert diagnose(replace(WELL, identity="no", online="no")) is None
    assert diagnose(replace(WELL, sessions=())) is None


def test_diagnose_where_one_of_two_route_servers_has_no_session_tells_it_after_a_whole_family() -> None:
    """Routes still pass, but not when the other route server goes; and consent is given where one has TCP."""
    other = replace(UP, route_server="rs2", name="second", established=False, bgp="Active", consent=True)
    found = diagnose(replace(WELL, sessions=(UP, other)))
    assert found is not None
    assert (found.diagnosis.name, "rs2" in found.says) == ("no-tcp", True)
    graver = replace(UP6, established=False, bgp="Active")
    found = diagnose(replace(WELL, sessions=(UP, other, graver)))
    assert found is not None
    assert (found.diagnosis.name, UP6.address in found.says) == ("no-tcp", True)


def test_diagnose_where_no_family_has_tcp_blames_no_address() -> None:
    """A router that is off is not taken for an owner who does not consent."""
    off = replace(UP, established=False, bgp="Passive")
    off6 = replace(UP6, established=False, bgp="Passive", consent=True)
    for sessions, expected in (((off, off6), "no-tcp"), ((off6,), "no-address"), ((UP, off6), "no-address")):
        found = diagnose(replace(WELL, sessions=sessions))
        assert found is not None
        assert found.diagnosis.name == expected


def test_diagnose_where_some_routes_are_accepted_is_no_break() -> None:
    """Who announces one prefix too many is told so by `status`."""
    some = (replace(UP, filtered=3), replace(UP6, accepted=0, filtered=1))
    assert diagnose(replace(WELL, sessions=some)) is None


def test_diagnose_where_reasons_are_unknown_still_tells_that_all_is_filtered() -> None:
    """An older agent tells counts alone."""
    found = diagnose(replace(WELL, sessions=(replace(UP, accepted=0, filtered=3),)))
    assert found is not None
    assert (found.says, found.do) == (
        "rs1 filters all that it announces: why is unknown",
        "ztix status AS64500",
    )


def test_page_is_the_table(golden: Callable[[Path, str], None]) -> None:
    """docs/doctor.md has every diagnosis."""
    golden(DOCS, page())
