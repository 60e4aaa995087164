"""Route origin and path validation: where a route server has its VRPs and ASPAs from.

Law: pure. Caches come first. The list in the evidence judges only what no cache knows anything about, and
only while it is young enough: it may reject a route, and never makes one valid that no cache did. Without
caches it is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from ztix.evidence import Evidence, Vrp
from ztix.policy import Policy
from ztix.routeserver.prefix_sets import Notice
from ztix.routeserver.words import BirdVersion, Symbol, cache_name
from ztix.terms import Address, Family

ASPA_SINCE = BirdVersion(2, 16)
"""The first BIRD with `aspa_check` and version 2 of RTR; all of 3.x have both."""

_POLICY = "`policy/routing.yaml`"


@dataclass(frozen=True, slots=True)
class CacheView:
    """A cache that serves VRPs over RTR.

    refresh_s, retry_s, expire_s: RFC 8210 section 6.  aspas: the table for its ASPAs; none or one.
    """

    name: Symbol
    host: Address
    port: int
    refresh_s: int
    retry_s: int
    expire_s: int
    aspas: tuple[Symbol, ...] = ()


def caches(policy: Policy, bird: BirdVersion) -> tuple[CacheView, ...]:
    """The caches of a route server that runs this BIRD."""
    tables = aspa_tables(policy, bird)
    return tuple(
        CacheView(
            cache_name(cache.host, cache.port),
            cache.host,
            cache.port,
            cache.refresh_s,
            cache.retry_s,
            cache.expire_s,
            tables,
        )
        for cache in policy.routing.rov.caches
    )


def aspa_tables(policy: Policy, bird: BirdVersion) -> tuple[Symbol, ...]:
    """The table of ASPAs, where paths are validated: none or one."""
    routing = policy.routing
    wanted = routing.aspa.invalid == "reject" and routing.rov.caches and bird >= ASPA_SINCE
    return (Symbol("zx_aspas"),) if wanted else ()


def roa_table(family: Family) -> Symbol:
    """BIRD's name for a kind of table, and the end of our first one's."""
    return Symbol(f"roa{family}")


def fallbacks(policy: Policy, evidence: Evidence, family: Family) -> tuple[Symbol, ...]:
    """The tables that judge what the first one knows nothing about: none or one."""
    both = bool(policy.routing.rov.caches) and _usable(policy, evidence)
    return (Symbol(f"zx_list{family}"),) if both else ()


def list_table(policy: Policy, evidence: Evidence, family: Family) -> Symbol:
    """The table that the list of the evidence goes to: one behind the first, or the first itself."""
    return next(iter(fallbacks(policy, evidence, family)), Symbol(f"zx_{roa_table(family)}"))


def listed(policy: Policy, evidence: Evidence, family: Family) -> tuple[Vrp, ...]:
    """The VRPs of the list, ascending; none where it is too old."""
    if not evidence.vrps or not _usable(policy, evidence):
        return ()
    # By numbers, because there may be half a million, and prefixes compare and hash twenty times as slowly.
    held = {_key(vrp): vrp for vrp in evidence.vrps if vrp.prefix.version == family}
    return tuple(held[key] for key in sorted(held))


def _key(vrp: Vrp) -> tuple[int, int, int, int]:
    return int(vrp.prefix.network_address), vrp.prefix.prefixlen, vrp.max_length, vrp.asn


def is_validated(policy: Policy, evidence: Evidence) -> bool:
    """Whether invalid routes are rejected: policy wants it, and there is something to go by."""
    rov = policy.routing.rov
    return rov.invalid == "reject" and (bool(rov.caches) or _usable(policy, evidence))


def tables_told(policy: Policy, evidence: Evidence, family: Family) -> tuple[Symbol, ...]:
    """The table by which members are told the state of a route; none where there is nothing to go by."""
    known = bool(policy.routing.rov.caches) or _usable(policy, evidence)
    return (Symbol(f"zx_{roa_table(family)}"),) if known else ()


def too_old(policy: Policy, evidence: Evidence) -> bool:
    """Whether there is a list that is older than policy lets it be."""
    if evidence.vrps is None or evidence.vrps_fetched_at is None:
        return False
    return evidence.now - evidence.vrps_fetched_at > timedelta(hours=policy.routing.rov.list.max_age_h)


def _usable(policy: Policy, evidence: Evidence) -> bool:
    """Whether the list may judge. An empty one judges nothing, and ROV by it would only seem to be done."""
    return bool(evidence.vrps) and not too_old(policy, evidence)


def notices(policy: Policy, evidence: Evidence, bird: BirdVersion) -> Iterator[Notice]:
    """What a reader of the plan should know about validation."""
    rov, aspa = policy.routing.rov, policy.routing.aspa
    if rov.invalid == "reject" and too_old(policy, evidence):
        message = f"the list of VRPs is more than {rov.list.max_age_h} hours old and is not used"
        yield Notice(0, message, "refresh it with `ztix evidence refresh`")
    elif rov.invalid == "reject" and not is_validated(policy, evidence):
        message = "ROV is not done: there is neither a cache in policy nor a list of VRPs in the evidence"
        yield Notice(0, message, f"name a cache under `rov.caches` in {_POLICY}")
    if aspa.invalid == "reject" and not rov.caches:
        message = "ASPA is not done: ASPAs come from caches, and policy names none"
        yield Notice(0, message, f"name a cache under `rov.caches` in {_POLICY}")
    elif aspa.invalid == "reject" and bird < ASPA_SINCE:
        message = f"ASPA is not done: BIRD {bird} cannot do it, {ASPA_SINCE} and later can"
        yield Notice(0, message, "upgrade BIRD, then its version in `policy/route-servers.yaml`")
