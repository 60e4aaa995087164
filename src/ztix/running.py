"""What each route server runs, and what somebody wrote over it by hand.

Law: effects only through the World; reads only. One that does not answer is unknown, not empty.
"""

from __future__ import annotations

from collections.abc import Iterable

from ztix.applied import Applied
from ztix.digests import text_digest
from ztix.errors import ZtixError
from ztix.events import Stage
from ztix.gather import Gathered
from ztix.hand_edit import HandEdit, difference, runs
from ztix.link import Status
from ztix.plan import Note, Scope
from ztix.terms import Digest, Label
from ztix.world import World, staged


@staged(Stage.OBSERVE)
def running(
    world: World, gathered: Gathered, applied: Applied, scope: Scope, notes: list[Note]
) -> dict[Label, Digest | None]:
    """The digest of what each route server runs; one that does not answer is left out, with a note.

    Where its file was edited by hand, the file's digest, so that the edit is overwritten by a plan that says
    so, and by nothing else.
    """
    found: dict[Label, Digest | None] = {}
    for server in gathered.exchange.policy.route_servers.route_servers:
        if not scope.covers(server.name):
            continue
        try:
            with world.connect(server) as link:
                status = link.status()
        except ZtixError as error:
            text = f"is compared with the last receipt, because {error.message}"
            notes.append(Note(server.name, text))
            continue
        edited = _is_edited(status, server.name, gathered, applied)
        found[server.name] = status.file if edited else status.running
        if edited:
            notes.append(Note(server.name, "has a file that was edited by hand: `ztix drift` shows how"))
    return found


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
