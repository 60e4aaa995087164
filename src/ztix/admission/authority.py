"""Who may change what: a table of acts and roles, and nothing else.

Law: pure; the table is data and is tested as one. Everything is read from what is merged already: a change
that makes its author a maintainer, or names a new key, decides nothing about itself. Accounts are numeric
ids. Who opens a change does not approve it; only an owner's own change counts as approved by an owner,
because somebody must be able to begin, and an owner who is alone must be able to go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ztix.maintainers_policy import MaintainersPolicy, Role


class Act(Enum):
    """What a change does, as people say it."""

    JOIN = "a member joins"
    EDIT = "a member changes its own file"
    LEAVE = "a member leaves"
    CONTACTS = "a member changes who speaks for it"
    KEYS = "a member changes its keys"
    RETURN = "a member ends its own suspension"
    FOREIGN = "somebody changes the file of a member that does not name them"
    SEIZE = "somebody changes who speaks for a member that does not name them"
    STRAY = "an enclosure comes without a change of its member's file"
    EVIDENCE = "the evidence changes"
    DOCS = "texts for people change"
    POLICY = "the policy changes"
    MAINTAINERS = "the list of maintainers changes"
    TEMPLATES = "the templates change"
    WORKFLOWS = "the workflows change"
    SOURCE = "other files change"


@dataclass(frozen=True, slots=True)
class Rights:
    """What an act needs.

    own: whether the author must be named by the member's file, as merged; for a join by the new one.
    proof: whether a proof of holding the AS number is asked for.  signature: whether a key of the merged file
    must sign, where it has any.  approvers: roles of which one must approve; empty where nobody needs to.
    instead: roles whose approval stands in for all that is missing.
    """

    own: bool = False
    proof: bool = False
    signature: bool = False
    approvers: frozenset[Role] = frozenset()
    instead: frozenset[Role] = frozenset()


OWNERS = frozenset([Role.OWNER])
ADMINS = frozenset([Role.OWNER, Role.ADMIN])
ANYBODY = frozenset(Role)

RIGHTS: Mapping[Act, Rights] = {
    Act.JOIN: Rights(own=True, proof=True, instead=ANYBODY),
    Act.EDIT: Rights(own=True, signature=True, instead=OWNERS),
    Act.LEAVE: Rights(own=True, signature=True, instead=OWNERS),
    Act.CONTACTS: Rights(own=True, signature=True, approvers=ADMINS, instead=OWNERS),
    Act.KEYS: Rights(own=True, signature=True, approvers=ADMINS, instead=OWNERS),
    Act.RETURN: Rights(own=True, signature=True, approvers=ADMINS, instead=OWNERS),
    Act.FOREIGN: Rights(approvers=ADMINS),
    Act.SEIZE: Rights(approvers=OWNERS),
    Act.STRAY: Rights(approvers=ANYBODY),
    Act.EVIDENCE: Rights(approvers=ADMINS),
    Act.DOCS: Rights(approvers=ADMINS),
    Act.POLICY: Rights(approvers=OWNERS),
    Act.MAINTAINERS: Rights(approvers=OWNERS),
    Act.TEMPLATES: Rights(approvers=OWNERS),
    Act.WORKFLOWS: Rights(approvers=OWNERS),
    Act.SOURCE: Rights(approvers=OWNERS),
}
"""The table."""


def act_of_path(path: str) -> Act:
    """What a change of a path that is no member's does."""
    folder = path.partition("/")[0]
    if path == "policy/maintainers.yaml":
        return Act.MAINTAINERS
    if path.startswith((".github/workflows/", ".github/actions/")):
        return Act.WORKFLOWS
    if path in ("README.md", "members/README.md") or (folder == "docs" and path.endswith(".md")):
        return Act.DOCS
    return {"policy": Act.POLICY, "templates": Act.TEMPLATES, "evidence": Act.EVIDENCE}.get(
        folder, Act.SOURCE
    )


def approving(maintainers: MaintainersPolicy, author: int, approvals: frozenset[int]) -> Mapping[int, Role]:
    """The maintainers who approve, by account."""
    found: dict[int, Role] = {}
    for account in sorted(approvals | {author}):
        role = maintainers.role(account)
        if role is not None and (account != author or role is Role.OWNER):
            found[account] = role
    return found


def first_of(approved: Mapping[int, Role], roles: frozenset[Role]) -> int | None:
    """The account of one of these roles that approves; None where nobody of them does."""
    return next((account for account, role in approved.items() if role in roles), None)


def named(maintainers: MaintainersPolicy, account: int) -> str:
    """A maintainer in words: login and role as policy has them."""
    each = next(each for each in maintainers.maintainers if each.github.id == account)
    return f"{each.github.login} ({each.role.value})"


def roles_words(roles: frozenset[Role]) -> str:
    """Whom to ask: `an owner`, `an owner or admin`, `a maintainer`."""
    if roles == ANYBODY:
        return "a maintainer"
    return f"an {' or '.join(role.value for role in Role if role in roles)}"
