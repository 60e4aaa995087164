"""What lies at hand: programs, evidence, schemas, the record of runs; each beside what policy asks of it.

Law: asks the Workplace for versions and the World for its records; the rest is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ztix.applied import Applied
from ztix.checkup.workplace import Workplace
from ztix.diagnosis import Age, Schema, Tool
from ztix.errors import ZtixError
from ztix.evidence import Absent, Evidence, Found
from ztix.exchange import Exchange
from ztix.policy import Policy
from ztix.receipt_told import read_told
from ztix.tree import Tree
from ztix.world import World

RECEIPT_HOURS = 24
"""The scheduled run comes every four hours, and the alert on it after a day."""
_REFRESH = "ztix evidence refresh"
_RECEIPT = "the last receipt on ztix-state"
_COMPUTED = "not here: ids of nodes are computed from their keys, some ten seconds each"


def tools(place: Workplace, policy: Policy | None) -> Iterator[Tool]:
    """The programs that this exchange needs here. policy: None where it has errors."""
    yield _tool(place, "python", "ztix runs on it", "install Python 3.11 or newer", "3.11")
    yield _tool(place, "git", "every verb reads the exchange by it", "apt-get install git", "2.29")
    if policy is None:
        return
    if policy.route_servers.route_servers:
        yield _tool(place, "ssh", "route servers are reached by it", "apt-get install openssh-client")
    proofs = policy.admission.proofs
    if "checklist" in proofs:
        yield _tool(
            place, "rpki-client", "proofs by checklist are judged by it", "apt-get install rpki-client"
        )
    if "ssh" in proofs:
        made = _tool(place, "ssh-keygen", "proofs by ssh are judged by it", "apt-get install openssh-client")
        yield replace(made, version=place.version("ssh") or "", oldest="8.2")
    if policy.routing.prefix_sets != "off":
        yield _tool(place, "bgpq4", "`ztix evidence refresh` asks the IRR by it", "apt-get install bgpq4")
    if policy.admission.node_proof != "off":
        told = place.version("zerotier-idtool")
        yield Tool("zerotier-idtool", "", "", version=_COMPUTED if told is None else told)


def _tool(place: Workplace, name: str, purpose: str, install: str, oldest: str = "") -> Tool:
    told = place.version(name)
    return Tool(name, purpose, install, told is not None, told or "", oldest)


def state(world: World) -> tuple[Applied, Age]:
    """What the last run left, and how long ago that was; an empty state where nobody can tell."""
    try:
        applied, data = world.state.read(), world.state.receipt()
    except ZtixError as error:
        return Applied(), Age(_RECEIPT, RECEIPT_HOURS, error.help, None, error.message)
    told = None if data is None else read_told(data)
    try:
        ended = None if told is None else datetime.fromisoformat(told.finished).astimezone(UTC)
    except ValueError:
        ended = None
    if data is not None and ended is None:
        unread = "it has another form"
        return applied, Age(_RECEIPT, RECEIPT_HOURS, "git show ztix-state:receipt.json", None, unread)
    return applied, Age(_RECEIPT, RECEIPT_HOURS, "ztix reconcile", _hours(ended, world.now()))


def evidence_ages(exchange: Exchange, evidence: Evidence) -> Iterator[Age]:
    """The oldest of what each file of evidence has on members, where policy goes by it."""
    policy, now = exchange.policy, evidence.now
    if not exchange.members:
        return
    if policy.admission.peeringdb != "off":
        found = (evidence.network(file.member.asn) for file in exchange.members)
        times = [one.fetched_at for one in found if isinstance(one, Found | Absent)]
        most = policy.admission.peeringdb_max_age_h
        yield Age("evidence/peeringdb.json", most, _REFRESH, _oldest(times, now))
    if policy.routing.prefix_sets != "off":
        times = [one.fetched_at for one in evidence.expansions.values()]
        yield Age("evidence/irr.json", policy.routing.irr.max_age_h, _REFRESH, _oldest(times, now))
    rov = policy.routing.rov
    if rov.invalid == "reject" and evidence.vrps is not None:
        most = rov.list.max_age_h
        yield Age("evidence/vrps.json", most, _REFRESH, _hours(evidence.vrps_fetched_at, now))


def schemas(tree: Tree, made: Mapping[str, str]) -> Iterator[Schema]:
    """The schemas that are not what this version makes, or else all of them as one."""
    held = {path: entry.content for path in made if (entry := tree.get(path)) is not None}
    if not held:
        yield Schema("policy/schema/", there=False, same=False)
        return
    wrong = [path for path in made if held.get(path) != made[path].encode()]
    for path in wrong:
        yield Schema(path, there=path in held, same=False)
    if not wrong:
        yield Schema("policy/schema/", there=True, same=True)


def _oldest(times: Iterable[datetime], now: datetime) -> int | None:
    return _hours(min(times, default=None), now)


def _hours(then: datetime | None, now: datetime) -> int | None:
    return None if then is None else max(0, (now - then) // timedelta(hours=1))
