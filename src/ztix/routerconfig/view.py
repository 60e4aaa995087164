"""The view of one member's own router: everything that its configuration says, decided.

Law: pure. Values only, all typed; the templates of all makes loop over the same view and decide nothing but
how their router writes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.evidence import PrefixPattern
from ztix.routerconfig.words import JoinCommand, Place, Sign
from ztix.routeserver.words import Remark, Symbol
from ztix.terms import Address, Asn, AsSet, Family, Label, NodeId, Prefix


@dataclass(frozen=True, slots=True)
class LanAddress:
    """An address of the node, in the prefix of the LAN that holds it."""

    address: Address
    prefix: Prefix


@dataclass(frozen=True, slots=True)
class PrefixesView:
    """A list of prefixes. places: where the member has to write what nobody here knows; none or one."""

    patterns: tuple[PrefixPattern, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyView:
    """What goes over the sessions of one address family.

    refused: what is taken from nobody.  own: what is the member's own, so that nobody else announces it to
    it. announced: what the member may announce.  as_sets: where the exchange has that from. max_prefixes:
    more than the route servers can send, unless something is wrong. shortest, longest: the lengths of
    prefixes that the exchange takes.
    """

    family: Family
    name: Label
    refused: tuple[PrefixPattern, ...]
    own: PrefixesView
    announced: PrefixesView
    as_sets: tuple[AsSet, ...]
    max_prefixes: int
    shortest: int
    longest: int

    @property
    def is_ipv6(self) -> bool:
        """Whether it is IPv6."""
        return self.family == 6


@dataclass(frozen=True, slots=True)
class NeighborView:
    """One session with a route server.

    name, symbol: what it is called here.  families: what it carries.  extended: whether that is IPv4 over
    IPv6 besides (RFC 8950).  gtsm: whether packets must come from the LAN itself.  add_paths: whether the
    route server sends all paths.  role: whether it tells its role (RFC 9234).  password: whether it has
    one.
    """

    name: Label
    symbol: Symbol
    server: Label
    address: Address
    local: Address
    families: tuple[FamilyView, ...]
    extended: bool = False
    gtsm: bool = False
    bfd: bool = False
    add_paths: bool = False
    role: bool = False
    password: bool = False

    @property
    def max_prefixes(self) -> int:
        """The limits of all families together, for routers that have one for a session."""
        return sum(family.max_prefixes for family in self.families)

    @property
    def is_ipv6(self) -> bool:
        """Whether the two speak over IPv6."""
        return self.address.version == 6


@dataclass(frozen=True, slots=True)
class CommunityView:
    """A community that the member may set, and what it does."""

    forms: Remark
    meaning: Remark


@dataclass(frozen=True, slots=True)
class RouterView:
    """One node's router.

    exchange, symbol: the exchange's name, and how names of a BIRD configuration begin.  rs_asn: the route
    servers'.  join: commands, once.  joins: whether ZeroTier runs on the router itself.  router_id: a
    number, of use where the router has no other.  downstreams: first ASNs of paths that are the member's to
    announce. notes: what this make cannot do of what the sessions ask for.
    """

    dialect: Label
    sign: Sign
    asn: Asn
    rs_asn: Asn
    exchange: Label
    symbol: Symbol
    node: Label
    node_id: NodeId
    join: tuple[JoinCommand, ...]
    joins: bool
    mtu: int
    addresses: tuple[LanAddress, ...]
    router_id: Address
    families: tuple[FamilyView, ...]
    neighbors: tuple[NeighborView, ...]
    downstreams: tuple[Asn, ...]
    downstream_places: tuple[Place, ...]
    communities: tuple[CommunityView, ...]
    notes: tuple[Remark, ...]

    @property
    def bfd(self) -> bool:
        """Whether any session has BFD."""
        return any(neighbor.bfd for neighbor in self.neighbors)
