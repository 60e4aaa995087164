"""`route-server check`: asks a route server's agent how its machine is prepared.

Law: effects only through the World; reads only. What does not answer is an item like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.errors import Exit, Invalid, Unavailable, Usage, ZtixError
from ztix.exchange import Exchange, read_exchange
from ztix.gather import gather
from ztix.policy import RouteServerPolicy
from ztix.remedies import Item, judge
from ztix.terms import Digest, Label
from ztix.world import World


@dataclass(frozen=True, slots=True)
class Inspected:
    """One route server and every item about it."""

    route_server: Label
    items: tuple[Item, ...]
    reached: bool = True

    @property
    def exit(self) -> Exit:
        if not self.reached:
            return Exit.UNAVAILABLE
        return Exit.DONE if all(item.well for item in self.items) else Exit.INVALID


def route_server(exchange: Exchange | None, name: str) -> RouteServerPolicy:
    """The route server with this name in policy. Raises Invalid, Usage."""
    if exchange is None:
        raise Invalid("policy/ has errors", help="`ztix check` shows them")
    servers = exchange.policy.route_servers.route_servers
    for server in servers:
        if server.name == name:
            return server
    known = ", ".join(server.name for server in servers) or "there are none"
    raise Usage(f"there is no route server `{name}`", help=f"name one of: {known}")


def inspect(world: World, ref: str | None, name: str, agent: Digest) -> Inspected:
    """Every item about one route server. agent: digest of this version's script.

    Raises Invalid where policy has errors, Usage where it has no such route server or the key is not there.
    """
    exchange, _ = read_exchange(world.read_tree(ref))
    server = route_server(exchange, name)
    view = gather(world, ref, world.state.read()).rendered[server.name].view
    passwords = {word for session in view.sessions for word in session.secrets}
    try:
        with world.connect(server) as link:
            ready = link.check()
    except Usage:
        raise
    except ZtixError as error:
        reached = not isinstance(error, Unavailable)
        item = Item("agent" if reached else "connection", error.message, error.help or "look at it by hand")
        return Inspected(server.name, (item,), reached)
    return Inspected(server.name, judge(ready, server, agent, passwords))
