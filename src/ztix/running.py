"""What each route server runs, and what somebody wrote over it by hand.

Law: effects only through the World; reads only. One that does not answer is unknown, not empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ztix.applied import Applied, Configuration
from ztix.digests import text_digest
from ztix.effects import sessions
from ztix.errors import ZtixError
from ztix.events import Stage
from ztix.foresight import text_of
from ztix.gather import Gathered
from ztix.hand_edit import HandEdit, difference, runs
from ztix.link import RouteServerLink, Status
from ztix.plan import Note, Scope
from ztix.terms import Digest, Label
from ztix.world import World, staged


@dataclass(frozen=True, slots=True)
class Running:
    """digests: of what each route server runs, None where it cannot tell; silent ones are left out.

    unrecorded: what runs where no receipt tells of it and git asks for another, as after a lost record; None
    where its text is not to be had.
    """

    digests: dict[Label, Digest | None] = field(default_factory=dict)
    unrecorded: dict[Label, Configuration | None] = field(default_factory=dict)


@staged(Stage.OBSERVE)
def running(world: World, gathered: Gathered, applied: Applied, scope: Scope, notes: list[Note]) -> Running:
    """What each route server runs; of one that does not answer there is a note.

    Where its file was edited by hand, the file's digest, so that the edit is overwritten by a plan that says
    so, and by nothing else.
    """
    found = Running()
    for server in gathered.exchange.policy.route_servers.route_servers:
        name = server.name
        if not scope.covers(name):
            continue
        try:
            with world.connect(server) as link:
                status = link.status()
                edited = _is_edited(status, name, gathered, applied)
                if not edited and status.running and _is_unrecorded(status.running, name, gathered, applied):
                    found.unrecorded[name] = _configuration(link, status.running)
        except ZtixError as error:
            text = f"is compared with the last receipt, because {error.message}"
            notes.append(Note(name, text))
            continue
        found.digests[name] = status.file if edited else status.running
        if edited:
            notes.append(Note(name, "has a file that was edited by hand: `ztix drift` shows how"))
    return found


def _is_unrecorded(digest: Digest, name: Label, gathered: Gathered, applied: Applied) -> bool:
    last = applied.configurations.get(name)
    return digest not in (last and last.digest, gathered.rendered[name].configured.digest)


def _configuration(link: RouteServerLink, digest: Digest) -> Configuration | None:
    """What runs there, by the text itself; None where it is not told, or not in our form."""
    try:
        text = text_of(link, digest)
        return None if text is None else Configuration(digest, sessions(text))
    except (ZtixError, ValueError):
        return None


def _is_edited(status: Status, name: Label, gathered: Gathered, applied: Applied) -> bool:
    """Whether the file is neither what BIRD runs, nor what a run left there, nor what git asks for."""
    last = applied.configurations.get(name)
    if last is None or status.armed or status.file is None:
        return False
    return status.file not in (status.running, last.digest, gathered.rendered[name].configured.digest)


@staged(Stage.OBSERVE)
def hand_edits(world: World, gathered: Gathered, names: Iterable[Label]) -> tuple[HandEdit, ...]:
    """What was done by hand on each of these route servers; one that does not answer is left out."""
    wanted = set(names)
    found = []
    for server in gathered.exchange.policy.route_servers.route_servers:
        if server.name not in wanted:
            continue
        text = gathered.rendered[server.name].text
        try:
            with world.connect(server) as link:
                status, file = link.status(), link.fetch().decode("utf-8", "replace")
        except ZtixError:
            continue
        lines, more = difference(text, file)
        found.append(HandEdit(server.name, runs(status, text_digest(text)), lines, more))
    return tuple(found)
