"""The view of one route server: everything its configuration says, decided.

Law: pure. Values only, all typed; a template loops over them and decides nothing. Order is by ASN, family and
address, so that the same exchange and evidence give the same view, and no other order of files another.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.evidence import PrefixSet, Vrp
from ztix.routeserver.control import CONTROL_FUNCTIONS, SCHEME, Scheme
from ztix.routeserver.export_order import EXPORT_STEPS, ExportStep
from ztix.routeserver.imports import BlackholeView, ImportView
from ztix.routeserver.limits import Limit
from ztix.routeserver.order import REASON_FUNCTION, Step
from ztix.routeserver.prefix_sets import Notice
from ztix.routeserver.rov import CacheView
from ztix.routeserver.told import Told
from ztix.routeserver.words import AsnSet, BirdVersion, LogTarget, Option, Symbol, Truth
from ztix.terms import Address, Asn, Family, Label


@dataclass(frozen=True, slots=True)
class FamilyView:
    """One address family on a route server.

    name: `ipv4` or `ipv6`, as BIRD calls the channel and as our names end.  address: the route server's own,
    None where it has none and the family travels in sessions of the other.
    shortest, longest: bounds of prefix lengths.
    vrps: the list of the evidence.  vrp_table: where it goes.  fallbacks: tables that judge what that of the
    caches knows nothing about; none or one.
    denied: what is accepted from nobody.  no_prefixes: the name of an empty set.
    validated: tables of VRPs by which the ROV state is told; none or one.
    blackhole: what blackholing is; none where nobody may.
    fingerprint: of `lan`, the bogons and `denied`.
    """

    family: Family
    name: Symbol
    table: Symbol
    roa: Symbol
    address: Address | None
    shortest: int
    longest: int
    lan: PrefixSet
    bogons: PrefixSet
    bogons_allowed: PrefixSet
    denied: PrefixSet
    no_prefixes: Symbol
    steps: tuple[Step, ...]
    vrp_table: Symbol
    vrps: tuple[Vrp, ...]
    fallbacks: tuple[Symbol, ...]
    validated: tuple[Symbol, ...]
    blackhole: tuple[BlackholeView, ...]
    fingerprint: int


@dataclass(frozen=True, slots=True)
class SetsView:
    """What one member may announce in one family, and the names of the sets.

    blackholes: what it may have blackholed; none where it may not, and then the name is that of an empty set.
    """

    origins_name: Symbol
    prefixes_name: Symbol
    blackholes_name: Symbol
    origins: AsnSet
    prefixes: PrefixSet
    blackholes: tuple[PrefixSet, ...]
    fingerprint: int


@dataclass(frozen=True, slots=True)
class ChannelView:
    """What one session carries of one address family.

    family: the name of the channel.  max_prefixes: how many prefixes it may bring.  limits: that, for BIRD.
    imported: what its import goes by besides the sets.  options: of the channel.
    ipv4_next_hops, ipv6_next_hops: whether the client can send to a next hop of that kind.
    fingerprint: of all sets that its import goes by.
    """

    family: Symbol
    max_prefixes: int
    limits: tuple[Limit, ...]
    imported: ImportView
    sets: SetsView
    fingerprint: int
    ipv4_next_hops: Truth
    ipv6_next_hops: Truth
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session: route server, node, address family of the two that speak.

    name: of BIRD's protocol.  node: the member's name for the node.  client: the template that it is made
    from.  channels: one, or both families over one session (RFC 8950).  options: of the session.
    secrets: names of the files on the route server that hold its password; none or one.
    """

    name: Symbol
    asn: Asn
    node: Label
    address: Address
    client: Symbol
    channels: tuple[ChannelView, ...]
    options: tuple[Option, ...] = ()
    secrets: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientView:
    """What sessions of one kind have in common.

    name: of BIRD's template.  address: the route server's own.  plain: families whose channel has next hops
    of the session's own kind.  extended: those with IPv6 next hops for IPv4 prefixes.
    """

    name: Symbol
    address: Address
    plain: tuple[FamilyView, ...]
    extended: tuple[FamilyView, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member on this route server: its sets, then its sessions."""

    asn: Asn
    sets: tuple[SetsView, ...]
    sessions: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True)
class RouteServerView:
    """One route server.

    asn: its AS number, and the first part of the exchange's large communities.  as_path_max: ASNs in a path,
    at most.  communities_max: communities of a route, at most.  notices: what a reader of the plan should
    know.
    """

    name: Label
    asn: Asn
    router_id: Address
    bird: BirdVersion
    log: LogTarget
    families: tuple[FamilyView, ...]
    clients: tuple[ClientView, ...]
    bfds: tuple[Symbol, ...]
    bogon_asns: AsnSet
    transit_free: AsnSet
    never_via: AsnSet
    as_path_max: int
    communities_max: int
    hold_time_s: int
    caches: tuple[CacheView, ...]
    aspas: tuple[Symbol, ...]
    members: tuple[MemberView, ...]
    notices: tuple[Notice, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Its addresses on the fabric."""
        return tuple(family.address for family in self.families if family.address is not None)

    @property
    def sessions(self) -> tuple[SessionView, ...]:
        """All sessions, in the order of the configuration."""
        return tuple(session for member in self.members for session in member.sessions)

    @property
    def reason_function(self) -> int:
        """The function of the large communities that tell why a route was rejected."""
        return REASON_FUNCTION

    @property
    def export_steps(self) -> tuple[ExportStep, ...]:
        """The steps that a route takes on its way to a client."""
        return EXPORT_STEPS

    @property
    def scheme(self) -> Scheme:
        """The numbers of the communities that members set."""
        return SCHEME

    @property
    def standard_asns(self) -> tuple[int, ...]:
        """The AS number as a part of standard communities; where it does not fit, there are none."""
        return (int(self.asn),) if self.asn < 65536 else ()

    @property
    def told(self) -> Told:
        """The communities that tell members the state of a route."""
        return Told.of(self.asn)

    @property
    def first_told(self) -> int:
        """The first function of large communities that only the exchange sets."""
        return CONTROL_FUNCTIONS

    @property
    def keepalive_time_s(self) -> int:
        """A third of the hold time (RFC 4271 section 10)."""
        return self.hold_time_s // 3
