"""One type for each word of the field.

Law: a value of one of these types is well-formed, because its constructor refuses anything else with a
`ValueError` whose text is a sentence for the reader. Nothing here touches the outside. Only these types
reach a router configuration: text that a member wrote freely never does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

Address: TypeAlias = IPv4Address | IPv6Address
Prefix: TypeAlias = IPv4Network | IPv6Network
Family: TypeAlias = Literal[4, 6]

ASN_MAX = 2**32 - 1
ADDRESSES_KEPT = 2**16  # three times those of 10,000 members with one of each family


class Word(str):
    """A text of one exact form. Subclasses give the form as a pattern and in words."""

    __slots__ = ()
    pattern: ClassVar[re.Pattern[str]]
    form: ClassVar[str]

    def __new__(cls, text: object) -> Word:
        if not isinstance(text, str) or not cls.pattern.fullmatch(text):
            raise ValueError(f"must be {cls.form}")
        return str.__new__(cls, text)  # half the time of super(), which counts with 10,000 nodes

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: core_schema.CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^(?:{cls.pattern.pattern})$", "description": cls.form}


class NodeId(Word):
    """A ZeroTier node: 40 bits as ten lower-case hex digits. 0000000000 and ff… are reserved by ZeroTier."""

    __slots__ = ()
    pattern = re.compile(r"(?!0{10}|ff)[0-9a-f]{10}")
    form = "a ZeroTier node id: ten lower-case hex digits, quoted"


class NetworkId(Word):
    """A ZeroTier network: 64 bits as 16 lower-case hex digits; the first ten are its controller's node id."""

    __slots__ = ()
    pattern = re.compile(r"[0-9a-f]{16}")
    form = "a ZeroTier network id: sixteen lower-case hex digits"

    @property
    def controller(self) -> str:
        """The ten hex digits of the controller's node id."""
        return self[:10]


class NetworkRef(Word):
    """A network as policy names it: a full id, or the six digits that follow the controller's own prefix."""

    __slots__ = ()
    pattern = re.compile(r"[0-9a-f]{16}|[0-9a-f]{6}")
    form = "a ZeroTier network: sixteen hex digits, or the last six of them, quoted"

    def resolve(self, controller: str) -> NetworkId:
        """The full id on the controller with this ten-digit node id."""
        return NetworkId(self if len(self) == 16 else controller + self)


class ControllerPin(Word):
    """Who a controller is: its node id, or its public identity as `identity.public` has it."""

    __slots__ = ()
    pattern = re.compile(r"(?!0{10}|ff)[0-9a-f]{10}(?::0:[0-9a-f]{128})?")
    form = "a controller's node id, or its public identity: ten hex digits, `:0:` and 128 hex digits"

    @property
    def node(self) -> NodeId:
        """The node id."""
        return NodeId(self[:10])


class Label(Word):
    """A name that may be printed into a router configuration."""

    __slots__ = ()
    pattern = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
    form = "a label: 1 to 32 of a-z, 0-9 and -, neither first nor last a hyphen"


class AsSet(Word):
    """An IRR AS-SET or a single AS, with or without its source (RFC 2622 section 5.1)."""

    __slots__ = ()
    pattern = re.compile(
        r"(?:[A-Z][A-Z0-9-]{0,15}::)?(?:AS[1-9][0-9]{0,9}|AS-[A-Z0-9_-]{1,60})"
        r"(?::(?:AS[1-9][0-9]{0,9}|AS-[A-Z0-9_-]{1,60})){0,2}"
    )
    form = "an AS-SET such as `RIPE::AS-EXAMPLE` or `AS64500:AS-ALL`, in upper case"

    @property
    def source(self) -> str | None:
        """The IRR that is named, `None` if none is."""
        head, separator, _ = self.partition("::")
        return head if separator else None

    @property
    def name(self) -> str:
        """The set's name without its source."""
        return self.rpartition("::")[2]


class Digest(Word):
    """A SHA-256 over canonical bytes, as `sha256:` and 64 lower-case hex digits."""

    __slots__ = ()
    pattern = re.compile(r"sha256:[0-9a-f]{64}")
    form = "a digest: `sha256:` and 64 hex digits"

    @property
    def short(self) -> str:
        """The digest as people compare it."""
        return self[:19]


class Asn(int):
    """An autonomous system number, 1 to 4294967295 (RFC 6793). AS 0 is nobody's (RFC 7607)."""

    __slots__ = ()
    form: ClassVar[str] = "an AS number: 1 to 4294967295 in digits"

    def __new__(cls, value: object) -> Asn:
        if isinstance(value, str):
            if not re.fullmatch(r"[1-9][0-9]{0,9}", value):
                raise ValueError(f"must be {cls.form}")
        elif isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be {cls.form}")
        number = int(value)
        if not 1 <= number <= ASN_MAX:
            raise ValueError(f"must be {cls.form}")
        return super().__new__(cls, number)

    def __str__(self) -> str:
        return f"AS{int(self)}"

    __repr__ = __str__

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(int)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: core_schema.CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "integer", "minimum": 1, "maximum": ASN_MAX, "description": cls.form}


@dataclass(frozen=True, slots=True, order=True)
class AsnRange:
    """An inclusive range of AS numbers, from `64496-64511` or a single `64500`."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: object) -> AsnRange:
        """The range that `text` names. Raises ValueError."""
        if not isinstance(text, str):
            raise ValueError("must be an AS number or a range such as `64496-64511`")
        head, separator, tail = text.partition("-")
        first, last = Asn(head), Asn(tail if separator else head)
        if last < first:
            raise ValueError("must be a range whose end is not before its start")
        return cls(int(first), int(last))

    def __contains__(self, asn: int) -> bool:
        return self.first <= asn <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def among(asn: int, ranges: tuple[AsnRange, ...]) -> bool:
    """Whether one of the ranges holds the AS number."""
    return any(asn in part for part in ranges)


@dataclass(frozen=True, slots=True, order=True)
class LargeCommunity:
    """A large community `asn:function:argument`, 32 bits each (RFC 8092)."""

    asn: int
    function: int
    argument: int

    def __post_init__(self) -> None:
        if not all(0 <= part <= ASN_MAX for part in (self.asn, self.function, self.argument)):
            raise ValueError("must be three numbers of 32 bits")

    def __str__(self) -> str:
        return f"{self.asn}:{self.function}:{self.argument}"


def parse_address(value: object) -> Address:
    """An IPv4 or IPv6 address without length or zone. Raises ValueError."""
    if isinstance(value, str):
        try:
            return _read_address(value)
        except ValueError:
            raise ValueError("must be an IPv4 or IPv6 address without a length") from None
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    raise ValueError("must be an IPv4 or IPv6 address without a length")


@lru_cache(maxsize=ADDRESSES_KEPT)
def _read_address(text: str) -> Address:
    """Kept, because git, the last receipt and the controller have the same addresses in the same spelling."""
    if "%" in text:
        raise ValueError(text)
    return IPv6Address(text) if ":" in text else IPv4Address(text)


def parse_prefix(value: object) -> Prefix:
    """A prefix with an explicit length and no host bits. Raises ValueError."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str) or "/" not in value or "%" in value:
        raise ValueError("must be a prefix with its length, such as `192.0.2.0/24`")
    try:
        return ip_network(value, strict=True)
    except ValueError:
        raise ValueError(
            "must be a prefix with its length and no host bits, such as `192.0.2.0/24`"
        ) from None
