"""Who speaks for a member: joins for others, and changes of contacts and keys by those who may ask for it."""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import (
    ADMIN,
    JOINER,
    NEW_KEY,
    OLD_KEY,
    REVIEWER,
    STRANGER,
    edit,
    joining,
    path_of,
    text_of,
    with_keys,
)

_VICTIM = text_of(64500)
_COPY = JOINER.replace("id: 64502, login", f"id: {STRANGER}, login")
FOREIGN = "somebody changes the file of a member that does not name them"

SPEAKERS: tuple[Pull, ...] = (
    Pull(
        "joins-for-an-account-that-is-deleted",
        Must.WAIT,
        joining(),
        ("the new file does not name account -1",),
        "have a maintainer approve",
        -1,
    ),
    Pull(
        "joins-naming-the-victims-account",
        Must.WAIT,
        joining(JOINER.replace("id: 64502, login", "id: 64500, login")),
        ("the new file does not name account 666",),
        "contacts",
        STRANGER,
    ),
    Pull(
        "joins-twice-for-one-account",
        Must.FAIL,
        {**joining(), **joining(JOINER.replace("asn: 64502", "asn: 64505"), 64505)},
        ("ZT111", "ZT204"),
        "nothing to do if one person speaks for all of them",
    ),
    Pull(
        "joins-and-edits-the-victim",
        Must.WAIT,
        {**joining(), **edit(64500, "fra1", "evil")},
        (FOREIGN, "AS64502 joins"),
        "an owner or admin",
    ),
    Pull(
        "joins-as-somebody-else",
        Must.WAIT,
        joining(_COPY),
        ("the new file does not name account 667",),
        "id: 667",
        667,
    ),
    Pull(
        "joins-without-an-account",
        Must.WAIT,
        joining(JOINER.replace("  - github: {id: 64502, login: user64502}\n    email", "  - email")),
        ("the new file does not name account 64502",),
        "id: 64502",
    ),
    Pull(
        "own-contacts-change",
        Must.WAIT,
        edit(64500, "contacts:\n", "contacts:\n  - github: {id: 70001, login: colleague}\n"),
        ("a member changes who speaks for it", "account 70001 comes"),
        "an owner or admin approves",
        64500,
    ),
    Pull(
        "own-contacts-change-a-reviewer-approves",
        Must.WAIT,
        edit(64500, "contacts:\n", "contacts:\n  - github: {id: 70001, login: colleague}\n"),
        ("a member changes who speaks for it",),
        "an owner or admin approves",
        64500,
        (REVIEWER, STRANGER, 64501),
    ),
    Pull(
        "first-keys-of-ones-own-unsigned",
        Must.WAIT,
        {path_of(64500): with_keys(_VICTIM, NEW_KEY)},
        ("a member changes its keys", "none of them signed this change"),
        "ztix sign AS64500",
        64500,
        (ADMIN,),
        refused=True,
    ),
    Pull(
        "keys-of-another-copied-into-ones-own",
        Must.WAIT,
        {path_of(64500): with_keys(_VICTIM, OLD_KEY)},
        ("a member changes its keys", "none of them signed this change"),
        "ztix sign AS64500",
        64500,
        (ADMIN,),
        refused=True,
    ),
)
