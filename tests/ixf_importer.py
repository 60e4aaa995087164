"""PeeringDB's importer of IX-F lists, as far as its rules can be told: what it refuses, and what it makes.

Law: written from what the importer does (PeeringDB 2.82), not from what ztix exports. Pure. A list that is
wrong as a whole raises Refused; what is wrong in one entry is an error, and its network's record is lost.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = json.loads(
    (Path(__file__).parent / "schemas" / "ixp-member-list-1.0.schema.json").read_text(encoding="utf-8")
)
STATES = {"", "active", "inactive", "connected", "operational"}
SPEEDS = range(50, 5_000_001)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Refused(Exception):
    """The whole import fails."""


@dataclass(frozen=True)
class Record:
    """What PeeringDB has of one port (its `netixlan`)."""

    asn: int
    ipv4: IPv4Address | None
    ipv6: IPv6Address | None
    speed: int
    operational: bool
    is_rs_peer: bool | None


@dataclass
class Imported:
    """The outcome: records, and errors about entries."""

    records: list[Record] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    vlans: set[int] = field(default_factory=set)


def validate(text: str) -> Any:
    """The list, valid by the schema with the formats that it names. Raises what jsonschema raises."""
    value = json.loads(text, parse_constant=_no_constant)
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(value)
    assert TIME.fullmatch(value["timestamp"])
    return value


def import_list(text: str, prefixes: tuple[IPv4Network | IPv6Network, ...]) -> Imported:
    """What PeeringDB makes of the list for a LAN of these prefixes. Raises Refused."""
    whole, made = validate(text), Imported()
    seen: set[str] = set()
    for member in whole["member_list"]:
        for connection in member["connection_list"]:
            state = connection.get("state", "active").lower()
            if state not in STATES:
                made.errors.append(f"state {state}")
                continue
            speed = sum(part.get("if_speed", 0) for part in connection.get("if_list", []))
            if speed not in SPEEDS:
                made.errors.append(f"speed {speed}")
            for vlan in connection.get("vlan_list", []):
                for address in _texts(vlan):
                    if address in seen:
                        raise Refused(f"Address {address} assigned to more than one distinct connection")
                    seen.add(address)
                _take(made, member["asnum"], speed, state, vlan, prefixes)
    return made


def _take(
    made: Imported,
    asn: int,
    speed: int,
    state: str,
    vlan: Any,
    prefixes: tuple[IPv4Network | IPv6Network, ...],
) -> None:
    try:
        ipv4 = IPv4Address(vlan["ipv4"]["address"]) if "ipv4" in vlan else None
        ipv6 = IPv6Address(vlan["ipv6"]["address"]) if "ipv6" in vlan else None
    except (AddressValueError, ValueError) as error:
        made.errors.append(str(error))
        return
    if ipv4 is None and ipv6 is None:
        made.errors.append(f"no address of AS{asn}")
        return
    if not any(address in prefix for address in (ipv4, ipv6) if address for prefix in prefixes):
        return  # outside of the LAN: skipped without a word
    made.vlans.add(vlan["vlan_id"])
    if len(made.vlans) > 1:
        raise Refused("multiple VLANs for the prefixes")
    said = vlan.get("ipv4", {}), vlan.get("ipv6", {})
    is_rs_peer = next((part["routeserver"] for part in said if "routeserver" in part), None)
    made.records.append(Record(asn, ipv4, ipv6, speed, state != "inactive", is_rs_peer))


def _texts(vlan: Any) -> list[str]:
    return [vlan[family]["address"] for family in ("ipv4", "ipv6") if family in vlan]


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
