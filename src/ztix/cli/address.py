"""The verb for the addresses that ZeroTier computes from a network and a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ztix.cli.options import format_option

if TYPE_CHECKING:
    from ztix.console.address import AddressForm, On
    from ztix.node_address import NodeAddress
    from ztix.terms import NetworkId, NodeId


@click.command(short_help="Compute a node's addresses, or the node of one.")
@click.argument("node", metavar="NODE|IPV6")
@click.option("--network", metavar="NWID", help="On this network, instead of the exchange's.")
@format_option("text", "json")
@click.pass_obj
def address(folder: str, node: str, network: str | None, form: AddressForm) -> int:
    """Print the IPv6 addresses (RFC 4193 mode and 6PLANE) and the MAC address of a node on each network.

    NODE is a node id, or one of these IPv6 addresses, which hold it. Without --network: on the network that
    the address names, else on those fabrics of the exchange whose full network id policy tells. Reads policy
    where it needs it, asks nobody, writes to stdout. Exits 0, 3 where the address is not of the network or
    policy has errors, 64 usage.
    """
    from ztix.console.address import On, render_addresses
    from ztix.errors import Exit, Invalid

    found, given = _node(node), _network(network) if network else None
    number = found if isinstance(found, str) else found.node
    if given is not None:
        networks = [On(given)]
    elif isinstance(found, str) or found.network is None:
        networks = _fabrics(folder)
    else:
        networks = [On(found.network)]
    if not isinstance(found, str):
        on = [item for item in networks if found.is_on(item.network)]
        if networks and not on:
            named = ", ".join(f"`{item.network}`" for item in networks)
            raise Invalid(f"`{found}` is an address of node `{number}`, but not on {named}")
        networks = on
    click.echo(render_addresses(number, networks, form), nl=False)
    if not networks:
        click.echo("policy tells no full network id: name one with --network", err=True)
    return Exit.DONE


def _node(text: str) -> NodeId | NodeAddress:
    from ztix.errors import Usage
    from ztix.node_address import NodeAddress, bare
    from ztix.terms import NodeId

    try:
        return NodeAddress.parse(bare(text)) if ":" in text else NodeId(text.lower())
    except ValueError as error:
        raise Usage(f"`{text}` {error}") from None


def _network(text: str) -> NetworkId:
    from ztix.errors import Usage
    from ztix.terms import NetworkId

    try:
        return NetworkId(text.lower())
    except ValueError as error:
        raise Usage(f"--network {error}") from None


def _fabrics(folder: str) -> list[On]:
    """The exchange's networks, as far as policy tells their full ids."""
    from ztix.cli.outside import open_tree
    from ztix.console.address import On
    from ztix.errors import Invalid
    from ztix.exchange import read_exchange

    exchange, _ = read_exchange(open_tree(folder, None))
    if exchange is None:
        raise Invalid("policy/ has errors", help="`ztix check` shows them; or name a network with --network")
    known = ((fabric.network_id, fabric.name) for fabric in exchange.policy.fabrics.fabrics)
    return [On(network, name) for network, name in known if network is not None]
