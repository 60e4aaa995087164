"""Each diagnosis of the exchange by the fact that leads to it, and how the rows are told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ztix.console.checkup import render_checkup
from ztix.diagnosis import (
    AREAS,
    CHECKS,
    Age,
    ExchangeFacts,
    Files,
    Held,
    Part,
    Release,
    Room,
    Row,
    Schema,
    Secret,
    Service,
    Tool,
    Watch,
    check_up,
    exit_of,
)
from ztix.errors import Exit

GIT = ("git", "every verb reads the exchange by it", "apt-get install git")
FILE = Held("the file `/t`", "/t")
TOKEN = Secret("token of lan", "its controller", FILE)
SSH = "`rs1`: rs1.example.net port 22 does not answer in time"
LOOK = "look whether the machine is up and run again"
WELL = ExchangeFacts(
    (Files("policy/"),),
    (Tool(*GIT, version="2.39.5", oldest="2.29"),),
    (replace(TOKEN, taken="yes"),),
    (Service("fabric lan"),),
    (Service("rs1", told=", BIRD 2.0.12 with it"),),
    (Part("rs1 agent", "it answers"),),
    (Watch("fabric lan", 60.0),),
    (Room("this machine", 1024),),
    (Age("evidence/irr.json", 24, "ztix evidence refresh", 24),),
    (Schema("policy/schema/", there=True, same=True),),
    (Release("controller of lan", "1.14.1", "1.14.x"),),
)
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "policy-broken": ({"files": (Files("policy/", "x:1:2: ZT003 y"),)}, "ZT003 y", "ztix check"),
    "tool-absent": ({"tools": (Tool(*GIT, there=False),)}, "not installed, and every", "apt-get install git"),
    "tool-old": ({"tools": (Tool(*GIT, version="2.9", oldest="2.29"),)}, "2.9 is too old", "apt-get"),
    "tool-untold": ({"tools": (Tool(*GIT),)}, "does not tell", "nothing"),
    "secret-absent": (
        {
            "secrets": (
                replace(
                    TOKEN,
                    held=replace(FILE, there=False, reason="No such file"),
                    remedy="(umask 077; cat > /t)",
                ),
            )
        },
        "the file `/t` is not there: No such file",
        "cat > /t",
    ),
    "secret-open": (
        {"secrets": (replace(TOKEN, held=replace(FILE, open=True, mode="0644")),)},
        "mode `0644`",
        "chmod 600 /t",
    ),
    "secret-refused": (
        {"secrets": (replace(TOKEN, taken="no", said="it answered with 401", remedy="compare"),)},
        "does not take it: it answered with 401",
        "compare",
    ),
    "secret-untried": ({"secrets": (TOKEN,)}, "is not known", "again"),
    "fabric-unasked": ({"fabrics": (Service("fabric lan", asked=False),)}, "nobody asked", "token"),
    "fabric-silent": (
        {"fabrics": (Service("fabric lan", answers="unknown", said=SSH, remedy=LOOK),)},
        "does not answer: `rs1`",
        LOOK,
    ),
    "fabric-refuses": (
        {"fabrics": (Service("fabric lan", answers="no", said="another controller", remedy="find out"),)},
        "another controller",
        "find out",
    ),
    "network-absent": ({"fabrics": (Service("fabric lan", network=False),)}, "network", "ztix reconcile"),
    "route-server-unasked": ({"route_servers": (Service("rs1", asked=False),)}, "nobody asked", "key"),
    "route-server-silent": (
        {"route_servers": (Service("rs1", answers="unknown", said=SSH, remedy=LOOK),)},
        SSH,
        LOOK,
    ),
    "route-server-refuses": (
        {"route_servers": (Service("rs1", answers="no", said="setup", remedy="run it again"),)},
        "setup",
        "run it again",
    ),
    "machine": ({"parts": (Part("rs1 agent", "of another version", "setup"),)}, "another", "setup"),
    "clock-untold": ({"watches": (Watch("rs1", None),)}, "no time of day", "nothing"),
    "clock-apart": ({"watches": (Watch("fabric lan", -61.4),)}, "-61 s from ours", "timedatectl"),
    "disk-untold": ({"rooms": (Room("rs1", None),)}, "does not tell", "nothing"),
    "disk-full": ({"rooms": (Room("this machine", 1023),)}, "1023 MiB", "df -h"),
    "unread": ({"ages": (Age("receipt", 24, "look", None, "no answer"),)}, "unknown: no answer", "look"),
    "none-yet": ({"ages": (Age("receipt", 24, "ztix reconcile", None),)}, "none yet", "ztix reconcile"),
    "old": ({"ages": (Age("receipt", 24, "ztix reconcile", 25),)}, "25 hours old, and may be 24", "ztix"),
    "schema-absent": ({"schemas": (Schema("s", there=False, same=False),)}, "not there", "--write"),
    "schema-old": ({"schemas": (Schema("s", there=True, same=False),)}, "another version", "--write"),
    "release-untold": ({"releases": (Release("c", "", "1.14.x"),)}, "does not tell", "nothing"),
    "release-other": (
        {"releases": (Release("c", "1.16.0", "1.14.x"),)},
        "1.16.0 runs",
        "ZeroTier One 1.14.x",
    ),
}


def only(name: str) -> Row:
    """The one row that the facts of a case lead to."""
    (row,) = check_up(ExchangeFacts(**CASES[name][0]))
    return row


def test_checks_have_a_case_for_each_diagnosis() -> None:
    """A diagnosis without a case could be one that nothing leads to; no two have one name."""
    assert list(CASES) == [fault.name for checks in CHECKS for fault in checks.faults]
    assert {checks.area for checks in CHECKS} == set(AREAS)


@pytest.mark.parametrize("name", CASES)
def test_check_up_the_fact_of_a_row_tells_it(name: str) -> None:
    """It says what is wrong and what to do, in the fact's own words."""
    row = only(name)
    assert row.name == name
    assert CASES[name][1] in row.says
    assert CASES[name][2] in row.do
    assert "{" not in row.says + row.do
    assert row.verdict in ("wrong", "unknown")


def test_check_up_where_all_is_well_has_a_row_for_each_thing() -> None:
    """Also what is just within its bounds is well, and says by how much."""
    rows = check_up(WELL)
    assert {row.verdict for row in rows} == {"well"}
    assert [row.area for row in rows] == [checks.area for checks in CHECKS]
    assert exit_of(rows) is Exit.DONE
    assert "24 hours old, of 24" in {row.subject: row.says for row in rows}["evidence/irr.json"]


def test_exit_of_rows_is_the_gravest_of_them() -> None:
    """What nobody can tell counts for nothing; what did not answer less than what is wrong."""
    untold, silent, wrong, broken = map(only, ("clock-untold", "fabric-silent", "old", "policy-broken"))
    assert exit_of((untold,)) is Exit.DONE
    assert exit_of((untold, silent)) is Exit.UNAVAILABLE
    assert exit_of((silent, wrong)) is Exit.PARTIAL
    assert exit_of((silent, wrong, broken)) is Exit.INVALID


def test_render_checkup_as_text_tells_whose_turn_it_is_and_the_command() -> None:
    """What is well has one line; what is nobody's turn has no command; foreign words act on nobody."""
    part = Row("route servers", "rs1 x", "wrong", "a\x1b[2J" + "b" * 200, "machine", "maintainer", "c " * 90)
    rows = (*check_up(WELL)[:2], only("secret-absent"), part, only("clock-untold"))
    assert render_checkup(rows, "text", width=70) == (
        "policy\n  well    policy/: they can be read\n"
        "tools\n  well    git: 2.39.5\n"
        "secrets\n  wrong   token of lan: the file `/t` is not there: No such file\n"
        "          turn: a maintainer's\n          do: (umask 077; cat > /t)\n"
        f"route servers\n  wrong   rs1 x:\n          a\ufffd[2J{'b' * 200}\n"
        f"          turn: a maintainer's\n          do: {'c ' * 90}\n"
        "clock\n  unknown rs1: its agent or service tells no time of day\n          turn: nobody's\n"
        "\n2 well, 2 wrong, 1 unknown.\n"
    )


def test_render_checkup_as_json_has_the_diagnosis_by_name() -> None:
    """Programs go by the name, the turn and the exit."""
    data = json.loads(render_checkup((check_up(WELL)[0], only("old")), "json"))
    assert (data["schema"], data["exit"]) == ("ztix.doctor.exchange.v1", 6)
    well, old = data["rows"]
    assert (well["verdict"], well["diagnosis"], well["turn"], well["do"]) == ("well", None, None, None)
    assert (old["verdict"], old["diagnosis"], old["turn"]) == ("wrong", "old", "maintainer")
