"""A route server with a member of every make around it, all sessions up.

Law: one LAN and one set of daemons for each BIRD under test and file of tests. A scenario that needs another
policy gives the route server another configuration; nothing is restarted. A scenario after which BIRD can be
used no more has a smaller table of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest

from tests.live.bird import BIRDS
from tests.live.members import Family, Place, Speaker
from tests.live.members.bird import bird_member
from tests.live.members.crafted import CraftedMember, crafted_member
from tests.live.members.exabgp import exabgp_member
from tests.live.members.frr import frr_member
from tests.live.members.gobgp import gobgp_member
from tests.live.members.openbgpd import openbgpd_member
from tests.live.topology import Lan, Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, server
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Expansion, Vrp
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routeserver import views

RS_ASN = 64496
FAMILIES: tuple[Family, ...] = (4, 6)
# The member's name on the LAN: its ASN. Addresses end in the name's number.
ASNS = {
    "m10": 64500,  # BIRD
    "m11": 64501,  # FRR
    "m12": 64502,  # GoBGP
    "m13": 64503,  # OpenBGPD
    "m14": 64504,  # ExaBGP
    "m15": 64505,  # our own speaker: says what it should not
    "m16": 65536,  # BIRD without route refresh, with an ASN of four octets
    "m17": 64507,  # our own speaker: attacks the session itself
}
RECEIVERS = ("m10", "m11", "m12", "m13", "m14", "m16")
SMALL = ("m10", "m16", "m15", "m17")
"""Who is at a small table: both that run BIRD, to see what the others see, and our own speakers."""
CUSTOMER = 64510
"""An ASN in the AS-SET of every member: it may be an origin."""
BIRD_OF = {"bird2": "2.0.12", "bird3": "3.1"}


def number(host: str) -> int:
    """The number of a member's name."""
    return int(host[1:])


def addresses(host: str) -> dict[Family, str]:
    """A member's addresses on the LAN."""
    return {4: f"192.0.2.{number(host)}", 6: f"2001:db8:64:96::{number(host):x}"}


def block(host: str, family: Family) -> str:
    """The prefix that a member's AS-SET covers, with what is more specific, as far as policy lets it."""
    if family == 6:
        return f"2001:db8:{number(host):x}00::/40"
    return "203.0.113.0/24" if host == "m15" else f"198.51.100.{(number(host) - 10) * 32}/27"


def own(host: str, family: Family) -> str:
    """The prefix that a member announces from the start."""
    return block(host, family).replace("/40", "/48") if family == 6 else block(host, 4).replace("/24", "/27")


def expansions() -> dict[str, Expansion]:
    """What the AS-SETs of all members hold."""
    return {
        host: expansion(
            f"AS{asn}:AS-ALL",
            [asn, CUSTOMER],
            [f"{block(host, 4)}{{{block(host, 4).split('/')[1]},32}}"],
            [f"{block(host, 6)}{{40,128}}"],
        )
        for host, asn in ASNS.items()
    }


# In the last quarter of what the crafting member may announce, only AS64510 is a valid origin.
VRPS = (
    Vrp(ip_network("203.0.113.192/26"), 28, CUSTOMER),
    Vrp(ip_network("203.0.113.128/26"), 28, 64505),
    Vrp(ip_network("2001:db8:fc0::/44"), 48, CUSTOMER),
    Vrp(ip_network("2001:db8:f80::/44"), 48, 64505),
)


POLICY: Mapping[str, Any] = {
    **LABORATORY,
    "transit_free": ["64508"],
    "never_via": ["64509"],
    "prefixes_denied": ["203.0.113.176/28", "2001:db8:fdd::/48"],
    "blackhole": {"members": "listed"},
    "members": [{"asn": "64505", "blackhole": "true"}],
}
"""Routing policy of the round table: the laboratory's, with every step of the filter."""


@dataclass(frozen=True)
class Setting:
    """What the exchange's files and evidence say.

    routing: changes to POLICY.  members: changes to their files.  policies: what maintainers say of members
    besides.  newcomers: ASNs of more members.  without: members that there are not.
    """

    routing: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    expansions: Mapping[str, Expansion] = field(default_factory=dict)
    vrps: tuple[Vrp, ...] = VRPS
    newcomers: tuple[int, ...] = ()
    without: tuple[str, ...] = ()
    policies: tuple[Mapping[str, Any], ...] = ()

    def text(self, bird: str) -> str:
        """The route server's configuration."""
        files = {
            host: member(asn, number(host), **self.members.get(host, {}))
            for host, asn in ASNS.items()
            if host not in self.without
        }
        files |= {f"n{asn}": member(asn, asn - 64400) for asn in self.newcomers}
        routing = {**POLICY, **self.routing}
        told = {policy["asn"]: policy for policy in (*POLICY["members"], *self.policies)}
        routing["members"] = list(told.values())
        found = exchange(
            *files.values(),
            servers=[server(1, bird=BIRD_OF[bird])],
            routing=routing,
        )
        known = {**expansions(), **self.expansions}
        (view,) = views(found, evidence(*known.values(), vrps=self.vrps))
        return render(view, load_default_templates())


@dataclass
class RoundTable:
    """The route server and the members around it. said: what a test announced and takes back itself."""

    lan: Lan
    bird: str
    server: Router
    members: dict[str, Speaker]
    crafted: CraftedMember
    outsider: CraftedMember
    setting: Setting = field(default_factory=Setting)
    said: set[str] = field(default_factory=set)

    def use(self, setting: Setting) -> None:
        """Have the route server run what follows from this, unless it does."""
        if setting != self.setting:
            self.setting = setting
            self.server.reconfigure(setting.text(self.bird))

    @property
    def receivers(self) -> tuple[str, ...]:
        """Those of RECEIVERS that are at this table."""
        return tuple(host for host in RECEIVERS if host in self.members)

    def times_up(self) -> dict[tuple[str, Family], int]:
        """How often each member's sessions came up, by the members' own word."""
        return {
            (host, family): self.members[host].times_up(family)
            for host in self.receivers
            for family in FAMILIES
        }

    def session(self, host: str, family: Family) -> str:
        """The name of a member's session in the route server."""
        flat = addresses(host)[family].replace(".", "_").replace(":", "_")
        found = [
            line.split()[0]
            for line in self.server.bird.ask("show protocols").splitlines()
            if line.startswith(f"as{ASNS[host]}_") and f"_{flat.split('_', 1)[1]}" in line
        ]
        assert found, f"no session of {host} in the route server"
        return found[0]

    def forgive(self, host: str, family: Family) -> None:
        """Have the route server forget a member's errors, for which it would shun it for minutes."""
        name = self.session(host, family)
        self.server.bird.ask(f"restart {name}")
        shown = f"show protocols {name}"
        wait_until(lambda: "Passive" in self.server.bird.ask(shown), 90, f"{name} listens")

    def wait_for_members(self) -> None:
        """Return when every session is up."""
        for host in self.receivers:
            for family in FAMILIES:
                self.wait_for(host, family)

    def wait_for(self, host: str, family: Family) -> None:
        """Return when this session is up."""
        wait_until(lambda: self.members[host].session_is_up(family), 90, f"{host}'s session over IPv{family}")


def _place(wires: Lan, host: str) -> Place:
    return Place(wires.hosts[host], wires.folder / host, ASNS[host], addresses(host))


MAKES: dict[str, Callable[[Place], AbstractContextManager[Speaker]]] = {
    "m10": bird_member,
    "m11": frr_member,
    "m12": gobgp_member,
    "m13": openbgpd_member,
    "m14": exabgp_member,
    "m16": lambda place: bird_member(place, "enable route refresh off; bfd on;"),
}


@contextlib.contextmanager
def laid_table(bird: str, hosts: Collection[str] = tuple(ASNS)) -> Iterator[RoundTable]:
    """A round table for this BIRD with these of its members, each announcing a prefix of each family."""
    program = BIRDS[bird]
    assert program.exists(), (
        f"`{program}` is not installed; run scripts/install-tools and scripts/install-bird"
    )
    where = {host: (f"{addresses(host)[4]}/24", f"{addresses(host)[6]}/64") for host in hosts}
    with (
        lan({"rs": ("192.0.2.1/24", "2001:db8:64:96::1/64")} | where) as wires,
        contextlib.ExitStack() as stack,
    ):
        routes = stack.enter_context(wires.running("rs", program, Setting().text(bird)))
        members: dict[str, Speaker] = {
            host: stack.enter_context(make(_place(wires, host)))
            for host, make in MAKES.items()
            if host in hosts
        }
        crafted, outsider = (stack.enter_context(crafted_member(_place(wires, h))) for h in ("m15", "m17"))
        found = RoundTable(wires, bird, routes, {**members, "m15": crafted}, crafted, outsider)
        found.wait_for_members()
        crafted.come_up(*FAMILIES)
        yield found


@pytest.fixture(scope="module", params=sorted(BIRDS))
def table(request: pytest.FixtureRequest) -> Iterator[RoundTable]:
    """A round table with all members for each BIRD under test."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root; run `sudo make test`")
    with laid_table(request.param) as found:
        yield found
