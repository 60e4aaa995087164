"""What policy tells outsiders about the exchange: the block `publication` of policy/exchange.yaml.

Law: all of it is optional, because a run needs none of it; `ztix export` says what a form lacks. Every text
is of a type that fits the form it goes to: none can end a line of a zone, an INI file or a URL.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator

from ztix.shape import Count, Model, Text
from ztix.terms import Label, Word

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_NAME}(?:\.{_NAME})*"


class Domain(Word):
    """A name in the DNS; short enough that the names of a member's nodes below it fit 253 characters."""

    __slots__ = ()
    pattern = re.compile(rf"(?=.{{1,200}}$){_DOMAIN}")
    form = (
        "a domain such as `ix.example.net`: in lower case, without a dot at its end, 200 characters at most"
    )


class Mailbox(Word):
    """An e-mail address that fits the SOA record of a zone as well."""

    __slots__ = ()
    pattern = re.compile(rf"(?=.{{1,150}}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@{_DOMAIN}")
    form = "one e-mail address such as `noc@example.net`"


class Country(Word):
    """A country, by ISO 3166-1."""

    __slots__ = ()
    pattern = re.compile(r"[A-Z]{2}")
    form = "a country's two letters, such as `NL`"


class WebAddress(Word):
    """The address of a page or of an API."""

    __slots__ = ()
    pattern = re.compile(
        r"(?=.{1,200}$)https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])"
        r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9/_.~-]*)?"
    )
    form = "an address such as `https://ix.example.net/`"


class Listener(Word):
    """Where a program listens."""

    __slots__ = ()
    pattern = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:]{2,39}\]):[0-9]{1,5}")
    form = "an address and a port such as `127.0.0.1:7340` or `[::1]:7340`"


class VlanPolicy(Model):
    """The number that stands for a fabric in IX-F's list."""

    fabric: Label
    """The fabric."""
    id: Annotated[Count, Field(ge=1, le=65535)]
    """Its number there; it never changes, and no other fabric gets it."""


class IxfPolicy(Model):
    """What IX-F's list of members says of the exchange."""

    ixp_id: Annotated[Count, Field(ge=1, le=2**31 - 1)]
    """The exchange's own number for itself, such as 1; it never changes."""
    ixf_id: Annotated[Count, Field(le=2**31 - 1)] = 0
    """The exchange's number in IXPDB; 0 until it has one."""
    peeringdb_id: Annotated[Count, Field(ge=1, le=2**31 - 1)] | None = None
    """The number of the exchange in PeeringDB: y of `https://www.peeringdb.com/ix/y`."""
    port_speed: Annotated[Count, Field(ge=50, le=5_000_000)]
    """Mbit/s that are told for each node: a virtual port has none of its own. PeeringDB takes 50 and more."""
    vlans: tuple[VlanPolicy, ...] = ()
    """A number for each fabric; an exchange of one fabric may leave it at 1."""

    @field_validator("vlans")
    @classmethod
    def _distinct(cls, vlans: tuple[VlanPolicy, ...]) -> tuple[VlanPolicy, ...]:
        if len({vlan.fabric for vlan in vlans}) < len(vlans) or len({vlan.id for vlan in vlans}) < len(vlans):
            raise ValueError("must have distinct fabrics and distinct numbers")
        return vlans


class ZonesPolicy(Model):
    """The zones of the LAN in the DNS."""

    domain: Domain
    """Names of nodes stand below it: `fra1.as64500.lan.example.net`, `rs1.lan.example.net`."""
    name_servers: Annotated[tuple[Domain, ...], Field(min_length=1, max_length=8)]
    """The zones' name servers, the primary one at the head."""
    hostmaster: Mailbox
    """Who looks after the zones."""
    ttl_s: Annotated[Count, Field(ge=60, le=604_800)] = 3600
    """Seconds that others may keep a record."""


class BirdwatcherPolicy(Model):
    """Where a looking glass asks one route server."""

    route_server: Label
    """The route server."""
    api: WebAddress
    """Birdwatcher's address there, as the looking glass reaches it."""


class AliceLgPolicy(Model):
    """The looking glass Alice."""

    listen: Listener = Listener("127.0.0.1:7340")
    """Address and port where Alice itself listens."""
    birdwatchers: Annotated[tuple[BirdwatcherPolicy, ...], Field(max_length=32)] = ()
    """One for each route server."""


class PublicationPolicy(Model):
    """What outsiders are told of the exchange, by `ztix export`."""

    url: WebAddress | None = None
    """The exchange's website."""
    country: Country | None = None
    """The country where the exchange is at home."""
    city: Text | None = None
    """The city."""
    support_email: Mailbox | None = None
    """Whom members and others write to."""
    looking_glass: WebAddress | None = None
    """The looking glass that everybody may use."""
    ixf: IxfPolicy | None = None
    """For `ztix export ixf`."""
    dns: ZonesPolicy | None = None
    """For `ztix export dns`."""
    alice_lg: AliceLgPolicy | None = None
    """For `ztix export alice-lg`."""
