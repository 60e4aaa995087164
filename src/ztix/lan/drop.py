"""One drop of a LAN as owners write it, and what a frame must meet for it.

Law: pure. Everything that is written of a drop must be met; a drop of which nothing is written would be one
of every frame, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from ztix.lan.rule import (
    ETHERTYPES,
    Apart,
    Condition,
    Destination,
    EtherType,
    Multicast,
    Ports,
    Protocol,
    Source,
    Tagged,
    Test,
)
from ztix.shape import Count, Flag, Model, PrefixText
from ztix.terms import Label

NUMBER_MAX = 2**32 - 1
PORTED = frozenset([6, 17, 132])  # TCP, UDP, SCTP

Number: TypeAlias = Annotated[Count, Field(le=NUMBER_MAX)]
ProtocolText: TypeAlias = Annotated[
    Protocol,
    PlainValidator(Protocol.parse),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^(icmp|igmp|tcp|udp|icmpv6|ospf|sctp)$"}),
]
PortsText: TypeAlias = Annotated[
    Ports,
    PlainValidator(Ports.parse),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$"}),
]


class TagIs(Model):
    """A value of a tag."""

    tag: Label
    """The tag's name."""
    value: Number
    """Its value."""


class LanDrop(Model):
    """One more drop: frames that meet all that is written here."""

    name: Label
    """What it is called."""
    family: Literal["ipv4", "ipv6"] | None = None
    """Of one family only."""
    protocol: ProtocolText | None = None
    """The protocol in the packet: a name, or a number."""
    ports: PortsText | None = None
    """The destination port, or a range of them; for TCP, UDP and SCTP."""
    source: PrefixText | None = None
    """Where the packet comes from."""
    destination: PrefixText | None = None
    """Where it goes to."""
    multicast: Flag = False
    """Only multicast and broadcast."""
    sender: TagIs | None = None
    """Only from members with this value of a tag."""
    receiver: TagIs | None = None
    """Only to members with this value of a tag."""
    apart: Label | None = None
    """Only between members whose values of this tag differ."""

    @model_validator(mode="after")
    def _sound(self) -> LanDrop:
        if not any(getattr(self, key) for key in type(self).model_fields if key != "name"):
            raise ValueError("must say which frames it drops: all of them would end the network")
        if self.ports and (self.protocol is None or self.protocol.number not in PORTED):
            raise ValueError("must have `protocol: tcp`, `udp` or `sctp` beside `ports`")
        versions = {f"ipv{one.version}" for one in (self.source, self.destination) if one}
        if len(versions | ({self.family} if self.family else set())) > 1:
            raise ValueError("must be of one family")
        return self

    @property
    def tags(self) -> tuple[Label, ...]:
        """The tags that it goes by."""
        named = (self.sender and self.sender.tag, self.receiver and self.receiver.tag, self.apart)
        return tuple(tag for tag in named if tag)

    def conditions(self, ids: Mapping[Label, int]) -> tuple[Condition, ...]:
        """What a frame must meet. ids: of tags by name."""
        return tuple(map(Condition, self._tests(ids)))

    def _tests(self, ids: Mapping[Label, int]) -> Iterator[Test]:
        if self.family:
            yield EtherType(ETHERTYPES[self.family])
        if self.protocol is not None:
            yield self.protocol
        if self.source is not None:
            yield Source(self.source)
        if self.destination is not None:
            yield Destination(self.destination)
        if self.multicast:
            yield Multicast()
        if self.ports is not None:
            yield self.ports
        if self.sender:
            yield Tagged("sender", ids[self.sender.tag], self.sender.value)
        if self.receiver:
            yield Tagged("receiver", ids[self.receiver.tag], self.receiver.value)
        if self.apart:
            yield Apart(ids[self.apart])
