"""One file in `members/` is one Member.

Law: what a participant may say about itself, and nothing about others: facts that need more than one file
are in `exchange`. Written by strangers, so every field is of a type that cannot carry configuration text;
`name` and contacts are free text for people and never reach a router.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from ztix.account import GitHubAccount
from ztix.day import DateText
from ztix.named_node import NamedNode
from ztix.public_keys import SshKey
from ztix.shape import AddressText, Count, Flag, Model, Text
from ztix.terms import Asn, AsSet, Label

MEMBER_PATH = re.compile(r"members/AS(?P<asn>[1-9][0-9]{0,9})\.yaml")
PREFIXES_MAX = 1_200_000  # that a member may bring by its own word; more than the whole Internet's IPv4 table
TODO = "TODO"  # what a proposed file has in place of a value that only its reader knows


def member_path(asn: Asn) -> str:
    """Where the file of this member stands in an exchange."""
    return f"members/{asn}.yaml"


def members_in(paths: Iterable[str]) -> tuple[str, ...]:
    """The members whose files are among these paths, such as `AS64500`."""
    found = (path for path in paths if MEMBER_PATH.fullmatch(path))
    return tuple(path.removeprefix("members/").removesuffix(".yaml") for path in found)


def _as_sets(value: object) -> tuple[AsSet, ...]:
    words: list[object]
    if isinstance(value, str):
        words = list(re.split(r"[ ,]+", value)) if value else []
    elif isinstance(value, list | tuple):
        words = list(value)
    else:
        raise ValueError("must be one AS-SET or a list of them")
    if not 1 <= len(words) <= 8:
        raise ValueError("must be one to eight AS-SETs")
    found: list[AsSet] = []
    for word in words:
        try:
            found.append(AsSet(word))
        except ValueError as error:
            raise ValueError(f"{error}") from None
    return tuple(found)


AsSetsText: TypeAlias = Annotated[
    tuple[AsSet, ...],
    BeforeValidator(_as_sets),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}, "description": AsSet.form}),
]


class Contact(Model):
    """Somebody who speaks for the member."""

    github: GitHubAccount | None = None
    """The GitHub account that may change this file."""
    email: Annotated[Text, Field(pattern=r"^[^@\s<>\"'`]{1,64}@[A-Za-z0-9.-]{1,190}$")] | None = None
    """Where the exchange writes to, for instance a NOC's address."""


class NodeBgp(Model):
    """How the node's sessions with the route servers are to be."""

    extended_next_hop: Flag = False
    """Whether the session over IPv6 carries IPv4 prefixes too, with IPv6 next hops (RFC 8950); there is then
    none over IPv4. A change restarts the node's sessions."""
    add_paths: Flag | None = None
    """Whether the node gets all paths to a prefix, not the best only (RFC 7911); its router must be set to
    take them. A change restarts the node's sessions."""
    bfd: Flag | None = None
    """Whether a dead path is noticed by BFD (RFC 5880), where the exchange offers it. A change restarts
    nobody."""
    ttl_security: Flag | None = None
    """Whether packets must come from the LAN itself (GTSM, RFC 5082); both ends must do it. Default: what the
    exchange says. A change restarts the node's sessions."""


class Node(NamedNode):
    """A ZeroTier node of the member and its addresses on a fabric."""

    name: Label
    """What the member calls this node, for instance its place; shown beside it on the controller."""
    fabric: Label = Label("lan")
    """The fabric that it attaches to."""
    addresses: Annotated[tuple[AddressText, ...], Field(min_length=1, max_length=8)]
    """The node's addresses on that fabric; `ztix new` proposes free ones."""
    route_servers: Flag = True
    """Whether the node has sessions with the route servers."""
    bgp: NodeBgp = NodeBgp.model_construct()
    """How these sessions are to be."""

    @model_validator(mode="after")
    def _has_next_hop(self) -> Node:
        if self.bgp.extended_next_hop and not any(address.version == 6 for address in self.addresses):
            raise ValueError("must have an IPv6 address for `bgp.extended_next_hop`")
        return self


class AsSets(Model):
    """Which IRR objects say what the member may announce."""

    ipv4: AsSetsText | None = None
    """For IPv4. Default: what PeeringDB says, else the AS number itself."""
    ipv6: AsSetsText | None = None
    """For IPv6. Default: what PeeringDB says, else the AS number itself."""


class MaxPrefixes(Model):
    """How many prefixes a session may bring before it is shut down."""

    ipv4: Annotated[Count, Field(ge=1, le=PREFIXES_MAX)] | None = None
    """For IPv4. Default: PeeringDB's `info_prefixes4` with head-room."""
    ipv6: Annotated[Count, Field(ge=1, le=PREFIXES_MAX)] | None = None
    """For IPv6. Default: PeeringDB's `info_prefixes6` with head-room."""


class Member(Model):
    """An organisation with an AS number that takes part in the exchange."""

    asn: Asn
    """The AS number; the file is named after it."""
    name: Text
    """The organisation's name, for people."""
    contacts: Annotated[tuple[Contact, ...], Field(min_length=1, max_length=10)]
    """Who speaks for the member."""
    auth: Annotated[tuple[SshKey, ...], Field(max_length=8)] = ()
    """SSH public keys, without their comments. Where there are any, one of them signs every later change."""
    status: Literal["active", "suspended"] = "active"
    """`suspended` takes the member off the fabric and the route servers and keeps its addresses."""
    expires: DateText | None = None
    """The last day of membership, such as `2027-01-31`, where it ends by itself unless it is renewed."""
    nodes: Annotated[tuple[Node, ...], Field(max_length=16)] = ()
    """The member's nodes."""
    as_set: AsSets = AsSets.model_construct()
    """Which IRR objects say what the member may announce."""
    max_prefixes: MaxPrefixes = MaxPrefixes.model_construct()
    """How many prefixes a session may bring."""

    @field_validator("auth")
    @classmethod
    def _distinct(cls, auth: tuple[SshKey, ...]) -> tuple[SshKey, ...]:
        if len(set(auth)) != len(auth):
            raise ValueError("must name each key once")
        return auth

    @field_validator("contacts")
    @classmethod
    def _reachable(cls, contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
        if not any(contact.github or contact.email for contact in contacts):
            raise ValueError("must name a GitHub account or an e-mail address")
        return contacts
