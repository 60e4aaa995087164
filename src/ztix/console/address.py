"""The addresses that ZeroTier computes, as text or JSON; returns strings, prints nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.node_address import LENGTHS, computed, mac
from ztix.terms import NetworkId, NodeId

AddressForm: TypeAlias = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class On:
    """A network, and the fabric that it is of an exchange; None where it was named by its id."""

    network: NetworkId
    fabric: str | None = None


def render_addresses(node: NodeId, networks: Sequence[On], form: AddressForm) -> str:
    """The node's id, and its addresses on each network."""
    if form == "json":
        rows = [
            {"network": on.network, "fabric": on.fabric, **dict(_addresses(node, on.network))}
            for on in networks
        ]
        return json_text({"schema": "ztix.address.v1", "node": node, "networks": rows})
    lines = [f"node     {node}"]
    for on in networks:
        lines += ["", f"network  {on.network}{f' (fabric {on.fabric})' if on.fabric else ''}"]
        lines += [f"{name:<7}  {address}" for name, address in _addresses(node, on.network)]
    return "\n".join(lines) + "\n"


def _addresses(node: NodeId, network: NetworkId) -> list[tuple[str, str]]:
    found = [(name, f"{computed(network, node, name)}/{length}") for name, length in LENGTHS.items()]
    return [*found, ("mac", mac(network, node))]
