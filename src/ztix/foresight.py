"""What each rollout of a plan would do to the sessions that stay.

Law: reads through the World, writes nothing. The text that runs comes from the route server, or is made again
from the revision that was reconciled last; either counts only with the digest that the plan goes by. Where
neither is to be had, what happens is unknown, which is told and is not taken for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ztix.applied import Applied
from ztix.digests import text_digest
from ztix.effects import SessionEffect, effects
from ztix.errors import ZtixError
from ztix.gather import Gathered, gather
from ztix.link import RouteServerLink
from ztix.plan import Deploy
from ztix.terms import Digest, Label
from ztix.world import World

Foreseen = Mapping[Label, tuple[SessionEffect, ...] | None]
"""For each route server that gets another configuration, the sessions that notice; None where unknown."""


def foresee(
    world: World, deploys: Sequence[Deploy], gathered: Gathered, applied: Applied, *, live: bool
) -> Foreseen:
    """What these rollouts do to sessions. live: whether route servers may be asked. Raises nothing."""
    past = _past(world, deploys, applied) if deploys else {}
    foreseen: dict[Label, tuple[SessionEffect, ...] | None] = {}
    for deploy in deploys:
        rendered = gathered.rendered[deploy.route_server]
        old = past.get(deploy.route_server)
        if old is None and live:
            old = _fetched(world, deploy, gathered)
        foreseen[deploy.route_server] = None
        if old is not None:
            try:
                foreseen[deploy.route_server] = effects(old, rendered.text, str(rendered.view.bird))
            except ValueError:  # a text that is not in our form, from templates of the exchange's own
                continue
    return foreseen


def _past(world: World, deploys: Sequence[Deploy], applied: Applied) -> dict[Label, str]:
    """The texts of the last revision, where they are still made to the byte."""
    wanted = {deploy.route_server: deploy.before for deploy in deploys}
    if applied.revision is None or not any(wanted.values()):
        return {}
    try:
        rendered = gather(world, applied.revision, applied).rendered
    except ZtixError:  # a shallow clone may lack the commit, and rules may have become stricter
        return {}
    return {
        name: rendered[name].text
        for name, before in wanted.items()
        if name in rendered and text_digest(rendered[name].text) == before
    }


def _fetched(world: World, deploy: Deploy, gathered: Gathered) -> str | None:
    servers = gathered.exchange.policy.route_servers.route_servers
    server = next(server for server in servers if server.name == deploy.route_server)
    try:
        with world.connect(server) as link:
            return text_of(link, deploy.before)
    except ZtixError:
        return None


def text_of(link: RouteServerLink, digest: Digest | None) -> str | None:
    """The text of a route server's file, where it is the one of this digest. Raises Unavailable, Refused."""
    text = link.fetch().decode("utf-8", "replace")
    return text if text_digest(text) == digest else None
