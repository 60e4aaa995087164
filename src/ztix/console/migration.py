"""The move of a fabric in words, for maintainers and for each member; returns strings, prints nothing.

Law: what members wrote is shown harmless. The Markdown can be sent as it is; each member's part stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ztix.console.json_text import json_text
from ztix.console.safe import markdown, printable
from ztix.migration import Migration, Rejoin

_PLACES = "policy/fabrics.yaml: `url` and `token` of the new controller, where they are others"


def render_migration(move: Migration, form: str) -> str:
    """text, markdown or json."""
    if form == "json":
        return json_text(_data(move), sort_keys=True)
    lines = _markdown(move) if form == "markdown" else _text(move)
    return "\n".join(lines) + "\n"


def _text(move: Migration) -> Iterator[str]:
    yield f"Fabric {move.fabric} moves from network {move.old} to {move.new}."
    yield "In git, in one change:"
    yield from (f"  {place}: {line}" for place, line in move.policy)
    yield f"  {_PLACES}"
    yield from (f"  {printable(one.place)}: ipv6: {one.ipv6}" for one in move.nodes if one.ipv6)
    if not move.nodes:
        yield "Git lets no node on."
    for commands, nodes in groupby(move.nodes, key=lambda one: one.commands):
        yield "On each node, as root:"
        yield from (f"  {command}" for command in commands)
        yield "Addresses stay. The interface gets another name, and from then on this MAC address:"
        yield from (f"  {one.node}  {one.mac}  {printable(one.name, 60)}" for one in nodes)


def _markdown(move: Migration) -> Iterator[str]:
    yield f"# Fabric {move.fabric} moves to network `{move.new}`"
    yield ""
    yield f"The network `{move.old}` is given up. Addresses, AS numbers and sessions stay what they are."
    yield ""
    yield "## In git, in one change"
    yield ""
    yield from (f"- {place}: `{line}`" for place, line in move.policy)
    yield f"- {_PLACES}"
    yield from (f"- {markdown(one.place)}: `ipv6: {one.ipv6}`" for one in move.nodes if one.ipv6)
    for owner, nodes in groupby(move.nodes, key=lambda one: one.owner):
        yield ""
        yield f"## {markdown(owner)}"
        for one in nodes:
            yield ""
            yield from _node(one)


def _node(one: Rejoin) -> Iterator[str]:
    addresses = ", ".join(f"`{address}`" for address in one.addresses)
    yield f"On node `{one.node}` ({markdown(one.name)}), as root:"
    yield ""
    yield "```"
    yield from one.commands
    yield "```"
    yield ""
    yield f"- The addresses stay: {addresses}." if addresses else "- It has no address of the LAN."
    yield "- The interface gets another name: change it wherever the router's configuration has it."
    yield f"- Its MAC address is `{one.mac}` from then on."


def _data(move: Migration) -> dict[str, object]:
    return {
        "schema": "ztix.migration.v1",
        "fabric": move.fabric,
        "old": move.old,
        "new": move.new,
        "policy": [{"place": place, "line": line} for place, line in move.policy],
        "nodes": [
            {
                "owner": one.owner,
                "node": one.node,
                "name": one.name,
                "addresses": [str(address) for address in one.addresses],
                "commands": list(one.commands),
                "mac": one.mac,
                "place": one.place,
                "ipv6": str(one.ipv6) if one.ipv6 else None,
            }
            for one in move.nodes
        ],
    }
