"""What a scenario is, in the field's words, and how it is tried on a round table.

Law: a scenario is data: who says what, and what holds then. `holds` is the only place that acts on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from tests.live.members import Announcement, Route, family_of
from tests.live.members.wire import Attributes, update
from tests.live.round_table import ASNS, RECEIVERS, RS_ASN, SMALL, RoundTable, Setting, laid_table, number
from ztix.lab.daemons import wait_until
from ztix.routeserver import Reason

WAIT_S = 60

Spoil = Callable[[Attributes], Attributes]


@dataclass(frozen=True, slots=True)
class ReceiveRoute:
    """These members get the route; what is given here is as given, the rest may be as it likes.

    path and next_hop: of the route.  large, communities: among its own.  no_large, no_communities: not.
    """

    at: tuple[str, ...] = RECEIVERS
    path: tuple[int, ...] = ()
    next_hop: str = ""
    communities: frozenset[str] = frozenset()
    large: frozenset[str] = frozenset()
    no_communities: frozenset[str] = frozenset()
    no_large: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FilteredWith:
    """The route server keeps it with this reason, and no member gets it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class NotAnnouncedTo:
    """These members do not get it, though a prefix that was announced after it has come through."""

    at: tuple[str, ...] = RECEIVERS


@dataclass(frozen=True, slots=True)
class Prepended:
    """These members get the announcer's ASN so many times more than it was sent."""

    at: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class SessionStays:
    """The announcer's session is the same afterwards."""


@dataclass(frozen=True, slots=True)
class SessionEnds:
    """The route server ends the announcer's session with this code, and with any of these subcodes."""

    code: int
    subcodes: tuple[int, ...] = ()


Check = ReceiveRoute | FilteredWith | NotAnnouncedTo | Prepended | SessionStays | SessionEnds


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. features: rows of the table in docs/scenarios.md that it stands for.

    by: the member that says it.  spoil: what is done to the attributes, by the crafting member only.
    attack: somebody wants what he may not have.  last: BIRD 3 can be used no more afterwards, so it is tried
    at a table of its own.
    """

    name: str
    features: tuple[str, ...]
    says: Announcement
    then: tuple[Check, ...]
    by: str = "m15"
    spoil: Spoil | None = None
    attack: bool = False
    setting: Setting = field(default_factory=Setting)
    last: bool = False

    def __str__(self) -> str:
        return f"{self.name} over IPv{family_of(self.says.prefix)}"


def holds(table: RoundTable, scenario: Scenario) -> None:
    """Try one scenario, at this table, or at a small one where it is the last that a table sees."""
    if not scenario.last:
        _try(table, scenario)
        return
    with laid_table(table.bird, SMALL) as other:
        _try(other, scenario)
        assert set(other.times_up().values()) == {1}


def _try(table: RoundTable, scenario: Scenario) -> None:
    """What was announced is taken back afterwards, also where it fails."""
    table.use(scenario.setting)
    family = family_of(scenario.says.prefix)
    table.crafted.come_up(family)
    speaker = table.members[scenario.by]
    session = table.crafted.sessions[family]
    try:
        if scenario.spoil is None:
            speaker.announce(scenario.says)
        else:
            spoiled = scenario.spoil(table.crafted.attributes(scenario.says))
            session.send(update(spoiled, (scenario.says.prefix,) if family == 4 else ()))
        for check in scenario.then:
            _check(table, scenario, check)
        if scenario.by == "m15" and not any(isinstance(check, SessionEnds) for check in scenario.then):
            assert session.up, f"the session ended with {session.notification}"
    finally:
        if session.ended and not scenario.last:
            table.forgive(scenario.by, family)
        elif not session.ended:
            speaker.withdraw(scenario.says.prefix)


def _check(table: RoundTable, scenario: Scenario, check: Check) -> None:
    prefix = scenario.says.prefix
    match check:
        case ReceiveRoute():
            _received(table, scenario, check)
        case FilteredWith(reason):
            table.server.filtered_with(prefix, f"({RS_ASN}, 1101, {int(reason)})")
            _nobody_got(table, scenario, RECEIVERS)
        case NotAnnouncedTo(at):
            _pass_a_marker(table, scenario, at)
            _nobody_got(table, scenario, at)
        case Prepended(at, times):
            path = table.members[scenario.by].place.whole_path(scenario.says)
            expected = (path[0],) * times + path
            for host in at:
                route = _arrives(table, host, prefix)
                assert route.path == expected, f"{host} has the path {route.path}, not {expected}"
        case SessionStays():
            _pass_a_marker(table, scenario)
        case SessionEnds(code, subcodes):
            session = table.crafted.sessions[family_of(prefix)]
            wait_until(lambda: session.ended, WAIT_S, "the session ends")
            assert session.notification is not None
            assert session.notification[0] == code
            assert not subcodes or session.notification[1] in subcodes
        case _:
            assert_never(check)


def _arrives(table: RoundTable, host: str, prefix: str) -> Route:
    found: list[Route] = []

    def there() -> bool:
        route = table.members[host].received(prefix)
        found.extend([route] if route else [])
        return bool(found)

    wait_until(there, WAIT_S, f"{host} has a route to {prefix}")
    return found[-1]


def _received(table: RoundTable, scenario: Scenario, wanted: ReceiveRoute) -> None:
    for host in wanted.at:
        if host == scenario.by:
            continue
        route = _arrives(table, host, scenario.says.prefix)
        assert wanted.path in ((), route.path), f"{host} has the path {route.path}"
        assert wanted.next_hop in ("", route.next_hop), f"{host} has the next hop {route.next_hop}"
        assert wanted.communities <= route.communities, f"{host} has {route.communities}"
        assert wanted.large <= route.large, f"{host} has {route.large}"
        assert not wanted.no_communities & route.communities, f"{host} has {route.communities}"
        assert not wanted.no_large & route.large, f"{host} has {route.large}"


def _nobody_got(table: RoundTable, scenario: Scenario, at: tuple[str, ...]) -> None:
    got = {host: table.members[host].received(scenario.says.prefix) for host in at if host != scenario.by}
    assert not any(got.values()), got


def marker(scenario: Scenario) -> str:
    """A prefix of the announcer that no scenario uses: what comes after it has seen what came before it."""
    host = scenario.by
    if family_of(scenario.says.prefix) == 6:
        return f"2001:db8:{number(host):x}ff::/48"
    return "203.0.113.16/28" if host == "m15" else f"198.51.100.{(number(host) - 10) * 32 + 16}/28"


def _pass_a_marker(table: RoundTable, scenario: Scenario, at: tuple[str, ...] = ()) -> None:
    """Announce a prefix that is in order, and wait until these and another have it.

    Each session hands on in order, but none waits for another.
    """
    prefix = marker(scenario)
    speaker = table.members[scenario.by]
    witnesses = {*at, "m10" if scenario.by != "m10" else "m16"} - {scenario.by}
    speaker.announce(Announcement(prefix))
    for witness in witnesses:
        _arrives(table, witness, prefix)
    speaker.withdraw(prefix)
    for witness in witnesses:
        gone = partial(_has_not, table, witness, prefix)
        wait_until(gone, WAIT_S, f"{prefix} is gone again from {witness}")


def _has_not(table: RoundTable, host: str, prefix: str) -> bool:
    return table.members[host].received(prefix) is None


def large(function: int, argument: int) -> str:
    """A large community in the exchange's name."""
    return f"{RS_ASN}:{function}:{argument}"


def asn(host: str) -> int:
    """The member's ASN."""
    return ASNS[host]
