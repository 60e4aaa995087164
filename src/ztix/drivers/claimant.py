"""Who starts a run, by what its surroundings say of it: a claim for the record, never a proof.

Touches: the environment that it is given, and git's word for who would commit here. Whoever can start a run
can set both; what a forge says of a workflow's run is better evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ztix.drivers.repository import repository
from ztix.errors import Usage
from ztix.receipt import Claimed

NAME_MAX = 100  # characters of a name that are kept


def claimed(root: Path, environment: Mapping[str, str]) -> Claimed | None:
    """Who starts a run: in a workflow the forge's account, elsewhere git's person; None where neither tells.

    On a schedule the account is that of who set the schedule up, so the event stands beside it.
    """
    account = environment.get("GITHUB_TRIGGERING_ACTOR") or environment.get("GITHUB_ACTOR")
    if environment.get("GITHUB_ACTIONS") == "true" and account:
        event = environment.get("GITHUB_EVENT_NAME") or "a workflow"
        return Claimed(_line(account), _line(f"GITHUB_ACTOR, {event}"))
    person = _person(root)
    return Claimed(person, "git") if person else None


def _person(root: Path) -> str:
    """`Name <address>` as git would write it; empty where git knows none."""
    from git.exc import GitCommandError

    try:
        told = str(repository(root).git.execute(["git", "var", "GIT_AUTHOR_IDENT"]))
    except (GitCommandError, Usage):
        return ""
    return _line(told.rsplit(" ", 2)[0])


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:NAME_MAX]
