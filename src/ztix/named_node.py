"""How a file names a node: by its id, or by the IPv6 address that ZeroTier computes from it.

Law: pure. Exactly one of the two; whichever was written, the id that comes out is what all else goes by.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias, cast

from pydantic import ConfigDict, PlainValidator, WithJsonSchema, model_validator

from ztix.node_address import NodeAddress
from ztix.shape import Model
from ztix.terms import NodeId

NodeAddressText: TypeAlias = Annotated[
    NodeAddress,
    PlainValidator(NodeAddress.parse),
    WithJsonSchema({"type": "string", "format": "ipv6", "pattern": "^[fF][cCdD]"}),
]


class NamedNode(Model):
    """A node that is named by `id` or by `ipv6`."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["id"]}, {"required": ["ipv6"]}]},
    )

    id: NodeId | None = None
    """`zerotier-cli info` shows it. Keep it quoted: some ids look like numbers."""
    ipv6: NodeAddressText | None = None
    """Instead of `id`: the node's ZeroTier IPv6 address, in RFC 4193 mode or 6PLANE."""

    @model_validator(mode="after")
    def _one(self) -> NamedNode:
        if (self.id is None) == (self.ipv6 is None):
            raise ValueError("must name the node by either `id` or `ipv6`")
        return self

    @property
    def node_id(self) -> NodeId:
        """The node's id, however it was written."""
        return cast("NodeId", self.id) if self.ipv6 is None else self.ipv6.node

    @property
    def node_key(self) -> str:
        """The key that names the node."""
        return "id" if self.ipv6 is None else "ipv6"
