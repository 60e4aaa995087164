"""Rules of a LAN as values: a frame that meets every condition of a rule is dropped, or passes.

Law: values only. The first rule that a frame meets decides, and a frame that meets none is dropped. A rule
is stateless and judged by sender and receiver alike. Whatever a controller holds can be told in these
values: a rule that ztix would never write is `Foreign`, so that it is seen, compared, and not lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, assert_never

from ztix.terms import Prefix

IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
ETHERTYPES = {"ipv4": IPV4, "arp": ARP, "ipv6": IPV6}
PROTOCOLS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "icmpv6": 58, "ospf": 89, "sctp": 132}
_ETHERTYPE_NAMES = {number: name for name, number in ETHERTYPES.items()}
_PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}


class Action(StrEnum):
    """What becomes of a frame. BREAK drops it too, unless a capability of its sender lets it pass."""

    ACCEPT = "accept"
    DROP = "drop"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class EtherType:
    """The frame's ethertype."""

    number: int


@dataclass(frozen=True, slots=True)
class Protocol:
    """The protocol in an IP packet."""

    number: int

    @classmethod
    def parse(cls, value: object) -> Protocol:
        """From `tcp` or a number. Raises ValueError."""
        text = str(value)
        number = PROTOCOLS.get(text, int(text) if text.isascii() and text.isdigit() else 256)
        if number > 255 or (text.isdigit() and text != str(number)):
            names = ", ".join(f"`{name}`" for name in PROTOCOLS)
            raise ValueError(f"must be {names}, or a number from 0 to 255")
        return cls(number)


@dataclass(frozen=True, slots=True)
class Icmp:
    """An ICMP or ICMPv6 message. code: None for any."""

    type: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """The destination port lies between these two, both included."""

    first: int
    last: int

    @classmethod
    def parse(cls, value: object) -> Ports:
        """From `179` or `137-139`. Raises ValueError."""
        parts = str(value).split("-")
        numbers = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
        if len(numbers) not in (1, 2) or not 1 <= numbers[0] <= numbers[-1] <= 65535:
            raise ValueError("must be a port from 1 to 65535, or a range such as `137-139`")
        return cls(numbers[0], numbers[-1])

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Source:
    """The packet's source address lies in the prefix."""

    prefix: Prefix


@dataclass(frozen=True, slots=True)
class Destination:
    """The packet's destination address lies in the prefix."""

    prefix: Prefix


@dataclass(frozen=True, slots=True)
class Assigned:
    """The address that the sender speaks for was assigned to it.

    For ARP that is the sender's protocol address, for a neighbour advertisement its target, for other packets
    the source. Every neighbour solicitation counts as assigned.
    """


@dataclass(frozen=True, slots=True)
class Multicast:
    """The frame goes to a group address; broadcast is one."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """One side of the frame has this value of the tag. Never met where the side has no such tag."""

    side: Literal["sender", "receiver"]
    tag: int
    value: int


@dataclass(frozen=True, slots=True)
class Apart:
    """Both sides have the tag, with different values."""

    tag: int


Test: TypeAlias = (
    EtherType | Protocol | Icmp | Ports | Source | Destination | Assigned | Multicast | Tagged | Apart
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A test that a frame meets, or (negated) does not meet."""

    test: Test
    negated: bool = False

    @property
    def text(self) -> str:
        """The condition in exact words."""
        return f"not {_text(self.test)}" if self.negated else _text(self.test)


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a frame that meets all conditions; without any, of every frame."""

    action: Action
    conditions: tuple[Condition, ...] = ()

    @property
    def text(self) -> str:
        """The rule in exact words: different rules have different ones."""
        conditions = " and ".join(condition.text for condition in self.conditions)
        return f"{self.action.value} {conditions or 'everything'}"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A rule that a controller holds and ztix never writes, in the controller's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A number that each member has, for rules to go by. default: that of a member that got none."""

    id: int
    default: int | None


@dataclass(frozen=True, slots=True)
class Capability:
    """Rules by which a member that holds it may send what others may not.

    default: whether the controller gives it to each node that is new.
    """

    id: int
    rules: tuple[Rule | Foreign, ...]
    default: bool = False


@dataclass(frozen=True, slots=True)
class LanRules:
    """All rules of one LAN. rules: in order.  tags, capabilities: ascending by id."""

    rules: tuple[Rule | Foreign, ...] = (Rule(Action.ACCEPT),)
    tags: tuple[Tag, ...] = ()
    capabilities: tuple[Capability, ...] = ()

    def data(self) -> dict[str, object]:
        return {
            "rules": [rule.text for rule in self.rules],
            "tags": [{"id": tag.id, "default": tag.default} for tag in self.tags],
            "capabilities": [
                {"id": one.id, "default": one.default, "rules": [rule.text for rule in one.rules]}
                for one in self.capabilities
            ],
        }


ACCEPT_ALL = LanRules()
"""Every frame passes: what a controller's network does before anybody sets it."""


def _text(test: Test) -> str:
    match test:
        case EtherType(number):
            text = f"ethertype {_ETHERTYPE_NAMES.get(number, f'{number:#06x}')}"
        case Protocol(number):
            text = f"protocol {_PROTOCOL_NAMES.get(number, number)}"
        case Icmp(kind, code):
            text = f"icmp type {kind}" + ("" if code is None else f" code {code}")
        case Ports():
            text = f"port {test}"
        case Source(prefix):
            text = f"source {prefix}"
        case Destination(prefix):
            text = f"destination {prefix}"
        case Assigned():
            text = "address assigned"
        case Multicast():
            text = "multicast"
        case Tagged(side, tag, value):
            text = f"{side} tag {tag} is {value}"
        case Apart(tag):
            text = f"tag {tag} differs"
        case _:
            assert_never(test)
    return text
