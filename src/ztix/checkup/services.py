"""Each fabric's controller and each route server, asked with the secret that opens it.

Law: effects only through the World and the Workplace, and reads only. A service that does not answer is
unknown, and one whose secret is not there is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ztix.applied import Applied
from ztix.checkup.workplace import Workplace
from ztix.controller_pin import refuse_others
from ztix.diagnosis import Held, Part, Release, Room, Secret, Service, Watch
from ztix.errors import Refused, Unadmitted, Unavailable, ZtixError
from ztix.fabric import About, Informant
from ztix.policy import FabricPolicy, RouteServerPolicy, SecretRef
from ztix.remedies import judge
from ztix.terms import Digest
from ztix.world import World

CONTROLLER_RELEASE = "1.14.x"
"""What docs/recovery.md advises."""


@dataclass(frozen=True, slots=True)
class Services:
    """Asks each service once, and notes what it tells.

    applied: what the last run left.  agent: digest of this version's script.  The lists are what was found.
    """

    world: World
    place: Workplace
    applied: Applied
    agent: Digest
    secrets: list[Secret] = field(default_factory=list)
    fabrics: list[Service] = field(default_factory=list)
    route_servers: list[Service] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    def ask_fabric(self, fabric: FabricPolicy) -> None:
        """A fabric's token, its controller, and that one's clock and version."""
        held, name = self.place.held(fabric.token), f"fabric {fabric.name}"
        secret = _secret(f"token of {fabric.name}", "its controller", held, fabric.token)
        if not held.there or held.open:
            self._note(secret, self.fabrics, Service(name, asked=False))
            return
        try:
            port = self.world.open_fabric(fabric)
            observed = port.observe()
            secret = _taken(secret)
            refuse_others([fabric], {fabric.name: observed}, self.applied.controllers)
            before = self.world.now()
            about = port.about() if isinstance(port, Informant) else About()
            after = self.world.now()
        except ZtixError as error:
            self._failed(secret, self.fabrics, name, error)
            return
        self._note(secret, self.fabrics, Service(name, network=observed.settings is not None))
        ahead = None if about.now is None else (about.now - before - (after - before) / 2).total_seconds()
        self.watches.append(Watch(f"clock of {name}", ahead))
        if fabric.driver == "zerotier-controller":
            told = about.version or ""
            self.releases.append(Release(f"controller of {fabric.name}", told, CONTROLLER_RELEASE))

    def ask_route_server(self, server: RouteServerPolicy, passwords: frozenset[str]) -> None:
        """A route server's key, its machine, and what that tells of itself."""
        ref, name = server.ssh.identity, f"{server.name}"
        held = self.place.held(ref)
        secret = _secret(f"key of {name}", name, held, ref)
        if not held.there or held.open:
            self._note(secret, self.route_servers, Service(name, asked=False))
            return
        try:
            with self.world.connect(server) as link:
                ready = link.check()
        except ZtixError as error:
            self._failed(secret, self.route_servers, name, error)
            return
        told = f", BIRD {ready.bird} with it" if ready.bird else ""
        self._note(_taken(secret), self.route_servers, Service(name, told=told))
        items = judge(ready, server, self.agent, passwords)
        self.parts.extend(Part(f"{name} {item.name}", item.found, item.remedy) for item in items)
        self.watches.append(Watch(f"clock of {name}", None))
        self.rooms.append(Room(f"disk of {name}", None))

    def _failed(self, secret: Secret, services: list[Service], name: str, error: ZtixError) -> None:
        said, remedy = error.message, error.help or "look at it by hand"
        if isinstance(error, Unadmitted):
            refused = replace(secret, taken="no", said=said, remedy=remedy)
            self._note(refused, services, Service(name, asked=False))
        elif isinstance(error, Unavailable):
            self._note(secret, services, Service(name, answers="unknown", said=said, remedy=remedy))
        else:
            taken = _taken(secret) if isinstance(error, Refused) else secret
            self._note(taken, services, Service(name, answers="no", said=said, remedy=remedy))

    def _note(self, secret: Secret, services: list[Service], service: Service) -> None:
        self.secrets.append(secret)
        services.append(service)


def _secret(subject: str, user: str, held: Held, ref: SecretRef | None) -> Secret:
    if ref is None:
        remedy = "start one and add the key: eval $(ssh-agent); ssh-add KEY"
    elif ref.env is not None:
        remedy = f"export {ref.env}=…"
    else:
        remedy = f"ls -l {held.path}" if held.mode else f"(umask 077; cat > {held.path})"
    return Secret(subject, user, held, remedy=remedy)


def _taken(secret: Secret) -> Secret:
    return replace(secret, taken="yes")
