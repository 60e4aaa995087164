"""The files in `policy/`: what the exchange's owners decide.

Law: owners write these files and members cannot. They are trusted to mean well, not to make no mistake, so
they are as strict as a member's file. One model for each file; `POLICY_FILES` is the list of them.
Secrets are never in git: policy names the environment variable or the file that holds one.
"""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import ConfigDict, Field, field_validator, model_validator

from ztix.admission_policy import AdmissionPolicy
from ztix.lan.policy import LanRulesPolicy
from ztix.maintainers_policy import MaintainersPolicy
from ztix.named_node import NamedNode, NodeAddressText
from ztix.publication_policy import PublicationPolicy
from ztix.routing_policy import RoutingPolicy
from ztix.shape import AddressText, Count, Flag, Line, Model, PrefixText, Share, Text
from ztix.terms import Address, Asn, ControllerPin, Label, NetworkId, NetworkRef, NodeId, Prefix


class ExchangePolicy(Model):
    """policy/exchange.yaml: what the exchange is."""

    name: Label
    """Short name; part of generated names."""
    title: Text
    """The name that people read."""
    asn: Asn
    """The route servers' AS number; also the first part of the exchange's large communities (RFC 8092)."""
    publication: PublicationPolicy = PublicationPolicy.model_construct()
    """What outsiders are told of the exchange, by `ztix export`."""


class SecretRef(Model):
    """Where a secret is found at run time: exactly one of the two."""

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] | None = None
    """The environment variable that holds it."""
    file: Annotated[Line, Field(max_length=240)] | None = None
    """The file that holds it, readable by its owner only."""

    @model_validator(mode="after")
    def _one(self) -> SecretRef:
        if (self.env is None) == (self.file is None):
            raise ValueError("must name either `env` or `file`")
        return self


class DnsPolicy(Model):
    """The name servers that nodes on the LAN are told of."""

    domain: Annotated[
        Line,
        Field(
            max_length=253, pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$"
        ),
    ]
    """The domain that they are asked for; at most 127 characters."""
    servers: Annotated[tuple[AddressText, ...], Field(min_length=1)]
    """Their addresses, the one that is asked first at the head; at most 4."""


class FabricPolicy(Model):
    """One shared layer 2."""

    name: Label
    """What members write in `fabric:`."""
    driver: Label = Label("zerotier-controller")
    """The kind of controller: `zerotier-controller`, `zerotier-central`, or one that a package brings."""
    network: NetworkRef
    """The network: six hex digits after the controller's own prefix, or (always at Central) a full id."""
    controller: ControllerPin | None = None
    """Who the controller is: its node id, or its whole public identity. A run refuses any other."""
    url: Annotated[Text, Field(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(?:/[A-Za-z0-9/_.-]*)?$")] | None = None
    """Where the controller's API answers: by default http://127.0.0.1:9993, or Central's own address."""
    token: SecretRef
    """The controller's token."""
    prefixes: Annotated[tuple[PrefixText, ...], Field(min_length=1, max_length=8)]
    """The peering LAN's prefixes."""
    reserved: tuple[PrefixText, ...] = ()
    """Parts of them that no member gets."""
    mtu: Annotated[Count, Field(ge=1280, le=10_000)] = 2800
    """Bytes."""
    multicast_limit: Annotated[Count, Field(ge=1, le=100_000)] = 1024
    """Recipients of one multicast or broadcast frame; 0 would end ARP."""
    dns: DnsPolicy | None = None
    """Name servers for nodes whose owner lets them in: `zerotier-cli set NETWORK allowDNS=1`."""

    @property
    def network_id(self) -> NetworkId | None:
        """The network's full id; None where only the controller can tell."""
        if len(self.network) == 16:
            return NetworkId(self.network)
        return self.network.resolve(self.controller.node) if self.controller else None


class FabricsPolicy(Model):
    """policy/fabrics.yaml"""

    fabrics: Annotated[tuple[FabricPolicy, ...], Field(min_length=1, max_length=16)]
    """The exchange's fabrics."""


class SshPolicy(Model):
    """How a route server is reached. Nothing is taken from the runner's own ssh configuration."""

    host: Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$")]
    """Name or address."""
    port: Annotated[Count, Field(ge=1, le=65535)] = 22
    """TCP port."""
    user: Annotated[Text, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "ztix"
    """The account that may run the agent and nothing else."""
    host_keys: Annotated[
        tuple[
            Annotated[Line, Field(max_length=2000, pattern=r"^(?:ssh-|ecdsa-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+$")],
            ...,
        ],
        Field(min_length=1),
    ]
    """The server's public keys, as `ssh-keyscan` prints them after the name. Pinned: no other is accepted."""
    identity: SecretRef | None = None
    """The private key; where absent, the running ssh agent's."""


class RouteServerPolicy(Model):
    """One route server (RFC 7947)."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["node"]}, {"required": ["ipv6"]}]},
    )

    name: Label
    """Its name."""
    fabric: Label = Label("lan")
    """The fabric that its clients reach it on."""
    node: NodeId | None = None
    """Its ZeroTier node."""
    ipv6: NodeAddressText | None = None
    """Instead of `node`: the node's ZeroTier IPv6 address, in RFC 4193 mode or 6PLANE."""
    addresses: Annotated[tuple[AddressText, ...], Field(min_length=1, max_length=2)]
    """Its addresses on the fabric, at most one of a family."""
    router_id: AddressText
    """Its BGP identifier, an IPv4 address."""
    bird: Annotated[str, Field(pattern=r"^[23]\.[0-9]{1,2}(?:\.[0-9]{1,2})?$")] = "2.0.12"
    """The version of BIRD that it runs."""
    canary: Flag = False
    """Gets a new configuration first."""
    ssh: SshPolicy
    """How it is reached."""

    @model_validator(mode="after")
    def _one(self) -> RouteServerPolicy:
        if (self.node is None) == (self.ipv6 is None):
            raise ValueError("must name its node by either `node` or `ipv6`")
        return self

    @property
    def node_id(self) -> NodeId:
        """The node's id, however it was written."""
        return cast("NodeId", self.node) if self.ipv6 is None else self.ipv6.node

    @property
    def node_key(self) -> str:
        """The key that names the node."""
        return "node" if self.ipv6 is None else "ipv6"


class RouteServersPolicy(Model):
    """policy/route-servers.yaml"""

    route_servers: Annotated[tuple[RouteServerPolicy, ...], Field(max_length=32)]
    """The exchange's route servers."""


class Limit(Model):
    """A gate: a plan above both number and share, or with half of all, needs approval by its digest."""

    count: Count
    """So many always pass, if they are less than half."""
    share: Share
    """So large a share of what is there passes."""


class GatesPolicy(Model):
    """policy/gates.yaml: how much one run may change without approval."""

    removals: Limit = Limit.model_construct(count=2, share=0.1)
    """Members' nodes taken off a fabric."""
    readdressed: Limit = Limit.model_construct(count=4, share=0.1)
    """Nodes whose addresses change."""
    sessions: Limit = Limit.model_construct(count=16, share=0.25)
    """Sessions removed or restarted on one route server."""
    min_sessions_share: Share = 1.0
    """Share of the sessions up before a rollout that must be up again after it."""
    max_route_loss_share: Share = 0.2
    """Share of accepted routes that a rollout may lose."""
    health_timeout_s: Annotated[Count, Field(ge=1, le=600)] = 60
    """Seconds that sessions get to come back before a rollout is reverted."""


class InfrastructureNode(NamedNode):
    """A node on the LAN that belongs to no member: a collector, monitoring, a looking glass."""

    name: Label
    """What it is."""
    fabric: Label = Label("lan")
    """The fabric it attaches to."""
    addresses: Annotated[tuple[AddressText, ...], Field(max_length=8)] = ()
    """Its addresses there."""


class InfrastructurePolicy(Model):
    """policy/infrastructure.yaml: who else is on the LAN."""

    nodes: tuple[InfrastructureNode, ...] = ()
    """The nodes."""

    @field_validator("nodes")
    @classmethod
    def _distinct(cls, nodes: tuple[InfrastructureNode, ...]) -> tuple[InfrastructureNode, ...]:
        if len({node.name for node in nodes}) != len(nodes):
            raise ValueError("must have distinct names")
        return nodes


class Policy(Model):
    """All of `policy/`."""

    exchange: ExchangePolicy
    fabrics: FabricsPolicy
    route_servers: RouteServersPolicy
    routing: RoutingPolicy = RoutingPolicy.model_construct()
    admission: AdmissionPolicy = AdmissionPolicy.model_construct()
    maintainers: MaintainersPolicy = MaintainersPolicy.model_construct()
    gates: GatesPolicy = GatesPolicy.model_construct()
    infrastructure: InfrastructurePolicy = InfrastructurePolicy.model_construct()
    lan_rules: LanRulesPolicy = LanRulesPolicy.model_construct()

    def fabric(self, name: str) -> FabricPolicy | None:
        """The fabric of that name."""
        return next((fabric for fabric in self.fabrics.fabrics if fabric.name == name), None)


POLICY_FILES: dict[str, type[Model]] = {
    "exchange": ExchangePolicy,
    "fabrics": FabricsPolicy,
    "route-servers": RouteServersPolicy,
    "routing": RoutingPolicy,
    "admission": AdmissionPolicy,
    "maintainers": MaintainersPolicy,
    "gates": GatesPolicy,
    "infrastructure": InfrastructurePolicy,
    "lan-rules": LanRulesPolicy,
}
REQUIRED_POLICY = ("exchange", "fabrics", "route-servers")


def policy_path(name: str) -> str:
    """Where a policy file stands in an exchange."""
    return f"policy/{name}.yaml"


def holds(prefixes: tuple[Prefix, ...], address: Address) -> bool:
    """Whether one of the prefixes contains the address."""
    return any(address.version == prefix.version and address in prefix for prefix in prefixes)
