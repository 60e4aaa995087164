"""Targets for Prometheus, in the form that `file_sd_configs` reads: all addresses on the LAN, to be pinged.

Law: pure. An address is a target as it is, without a port: what pings it is the blackbox exporter, which gets
it as a parameter. Labels are typed; a member's name is none, because alerts are made into HTML and chat.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.exchange import Exchange
from ztix.export.json_text import Json, json_text
from ztix.export.presence import presences


def prometheus_targets(exchange: Exchange) -> str:
    """One group for each node and address family."""
    return json_text(list(_groups(exchange)))


def _groups(exchange: Exchange) -> Iterator[Json]:
    for presence in presences(exchange):
        for family in (4, 6):
            targets = [str(address) for address in presence.addresses if address.version == family]
            if targets:
                labels = {
                    "exchange": str(exchange.policy.exchange.name),
                    "role": presence.role,
                    "asn": str(int(presence.asn)),
                    "node": str(presence.name),
                    "fabric": str(presence.fabric),
                    "family": f"ipv{family}",
                }
                yield {"targets": targets, "labels": labels}
