"""Changes of the exchange while everybody is there, on both BIRDs: nobody's session notices.

Law: flaps are counted by the members, not asked from the route server. One member has no route refresh:
nothing can be asked from it again. Every change must be seen to have worked, else stillness says
nothing.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from tests.live.members import Announcement, Family
from tests.live.round_table import (
    CUSTOMER,
    FAMILIES,
    RECEIVERS,
    VRPS,
    RoundTable,
    Setting,
    block,
    expansions,
    own,
    table,
)
from tests.route_servers import expansion
from ztix.evidence import Vrp
from ztix.lab.daemons import wait_until

__all__ = ["table"]
pytestmark = pytest.mark.live

SEED = int(os.environ.get("ZTIX_SEED", secrets.randbelow(10**6)))
STILL = "m16"
"""The member without route refresh."""


@pytest.fixture(autouse=True)
def _everybody_announces(table: RoundTable) -> None:
    """Each member announces a prefix of each family, and each other one has it."""
    table.use(Setting())
    for host in RECEIVERS:
        table.members[host].announce(*(Announcement(own(host, family)) for family in FAMILIES))
    everybody_has_all(table)


def _others_have(table: RoundTable, host: str, family: Family) -> bool:
    prefix = own(host, family)
    return all(table.members[other].received(prefix) is not None for other in RECEIVERS if other != host)


def everybody_has_all(table: RoundTable) -> None:
    """Return when each member has every other's prefixes."""
    every = [(host, family) for host in RECEIVERS for family in FAMILIES]
    wait_until(lambda: all(_others_have(table, *one) for one in every), 120, f"all prefixes; seed {SEED}")


def _nobody_has(table: RoundTable, host: str, family: Family) -> bool:
    prefix = own(host, family)
    return all(table.members[other].received(prefix) is None for other in RECEIVERS if other != host)


def no_flap_during(table: RoundTable, setting: Setting, seen: Callable[[], bool]) -> None:
    """The change is made, seen to work, and undone; each session has been up all the time."""
    before = table.times_up()
    table.use(setting)
    # BIRD waits until VRPs have settled, for up to 20 s, before it judges routes anew.
    wait_until(seen, 120, "the change works")
    table.use(Setting())
    everybody_has_all(table)
    assert table.times_up() == before
    assert set(before.values()) == {1}


def empty(host: str) -> Setting:
    """The IRR knows no more prefix of a member."""
    held = expansions()[host]
    return Setting(expansions={host: expansion(str(held.as_set), held.asns)})


@pytest.mark.parametrize("host", [STILL, "m11", "m13"])
@pytest.mark.parametrize("family", FAMILIES)
def test_irr_refresh_takes_a_members_routes_and_flaps_nobody(
    table: RoundTable, host: str, family: Family
) -> None:
    """Its routes go, and come back with the next refresh, without a word of the member."""
    no_flap_during(table, empty(host), lambda: _nobody_has(table, host, family))


def test_new_member_gets_a_session_and_flaps_nobody(table: RoundTable) -> None:
    """Two more members, before and after the others in the text."""
    setting = Setting(newcomers=(64499, 64511))
    no_flap_during(table, setting, lambda: "as64511_" in table.server.bird.ask("show protocols"))


def test_member_that_leaves_flaps_nobody_else(table: RoundTable) -> None:
    """Its session and its routes go; here it is one that has no session up."""
    setting = Setting(without=("m17",))
    no_flap_during(table, setting, lambda: "as64507_" not in table.server.bird.ask("show protocols"))


@pytest.mark.parametrize("host", [STILL, "m12"])
def test_changed_limit_flaps_nobody(table: RoundTable, host: str) -> None:
    """Also not the member whose limit it is, as long as it keeps to it."""
    setting = Setting(members={host: {"max_prefixes": {"ipv4": "77", "ipv6": "77"}}})
    name = table.session(host, 4)
    no_flap_during(table, setting, lambda: "77" in table.server.bird.ask(f"show protocols all {name}"))


POLICIES: dict[str, dict[str, Any]] = {
    "a shorter path": {"as_path_max": "7"},
    "no prefix sets": {"prefix_sets": "off"},
    "no graceful shutdown": {"graceful_shutdown": "false"},
    "fewer communities": {"communities_max": "9"},
    "another transit-free network": {"transit_free": ["64497", "64508"]},
    "blackholes for all": {"blackhole": {"members": "all"}},
    "invalid routes accepted": {"rov": {"invalid": "accept"}},
    "no informational communities": {"informational": "false"},
    "limits that warn": {"max_prefixes": {"action": "warn"}},
}


@pytest.mark.parametrize("routing", POLICIES.values(), ids=POLICIES)
def test_changed_policy_flaps_nobody(table: RoundTable, routing: dict[str, Any]) -> None:
    """What is shared by all members changes, and every session stays."""
    setting = Setting(routing=routing)
    assert setting.text(table.bird) != Setting().text(table.bird)
    no_flap_during(table, setting, lambda: _others_have(table, STILL, 4))


def test_changed_vrps_take_a_route_and_flap_nobody(table: RoundTable) -> None:
    """A route that turns invalid goes, though its member cannot be asked for it again."""
    denied = Vrp(ip_network(block(STILL, 6)), 48, CUSTOMER)
    no_flap_during(table, Setting(vrps=(*VRPS, denied)), lambda: _nobody_has(table, STILL, 6))


def test_same_configuration_again_flaps_nobody(table: RoundTable) -> None:
    """A run with nothing to do, twenty times."""
    before = table.times_up()
    for _ in range(20):
        table.server.reconfigure(Setting().text(table.bird))
    assert table.times_up() == before


def _some_change(chance: random.Random, setting: Setting) -> Setting:
    """The setting with one thing more or otherwise."""
    host = chance.choice(RECEIVERS)
    match chance.randrange(6):
        case 0:
            return replace(setting, expansions={**setting.expansions, **empty(host).expansions})
        case 1:
            return replace(setting, newcomers=tuple(chance.sample(range(64497, 64500), chance.randrange(3))))
        case 2:
            limits = {"ipv4": str(chance.randrange(10, 99)), "ipv6": str(chance.randrange(10, 99))}
            return replace(setting, members={**setting.members, host: {"max_prefixes": limits}})
        case 3:
            return replace(setting, routing=chance.choice(tuple(POLICIES.values())))
        case 4:
            return replace(setting, vrps=tuple(chance.sample(VRPS, chance.randrange(len(VRPS)))))
        case _:
            return Setting()


def test_random_changes_in_a_row_flap_nobody(table: RoundTable) -> None:
    """Forty changes on top of each other; `ZTIX_SEED` repeats a run."""
    chance, before, setting = random.Random(SEED), table.times_up(), Setting()  # noqa: S311 - to be repeated
    for _ in range(40):
        setting = _some_change(chance, setting)
        table.use(setting)
    table.use(Setting())
    everybody_has_all(table)
    assert table.times_up() == before, f"seed {SEED}"
