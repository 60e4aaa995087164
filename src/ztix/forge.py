"""The port to where pull requests live: GitHub today, another forge by the same few words.

Law: values and one Protocol. A driver of a forge raises only `Unavailable` and `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

MARK = "<!-- ztix "
"""How the one comment of ztix begins. Whoever else writes it: only a comment of our own account is ours."""
STATUS = "ztix/verdict"
"""The name of the commit status."""
ISSUE_MARK = "<!-- ztix drift "
"""How the one issue about drift begins; the same holds of it."""
ISSUE_LABEL = "ztix-drift"
"""The label of that issue. Who may not set labels cannot make the search for it long."""
NOBODY = -1
"""The author of what an account opened that is gone: the id of no contact and of no maintainer."""


class Light(Enum):
    """What a commit status says."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request, as the forge tells it now.

    author: numeric id of the account.  author_created: when that account was made.  base: name of the
    branch.  head: the commit that it offers now.  labels: by name.  approvals: ids of the accounts whose
    latest review approves exactly that head.  ready_since: since when the status of that head is success.
    """

    number: int
    author: int
    author_created: datetime | None
    base: str
    head: str
    open: bool
    labels: frozenset[str]
    approvals: frozenset[int]
    ready_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An open issue. text: Markdown, its mark first."""

    number: int
    title: str
    text: str


class Forge(Protocol):
    """What ztix needs of a forge."""

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now."""

    def open_numbers(self, base: str) -> tuple[int, ...]:
        """The open pull requests into this branch; the one that moved last first."""

    def tip(self, branch: str) -> str:
        """The commit that the branch is at now."""

    def told(self, number: int) -> str | None:
        """The one comment of ztix as it is now; None where there is none."""

    def tell(self, number: int, text: str) -> None:
        """Write the one comment of ztix, or put this text in its place. text: Markdown, its mark first."""

    def light(self, head: str, light: Light, words: str) -> None:
        """Set the status `ztix/verdict` of a commit. words: at most 140 characters."""

    def merge(self, number: int, head: str) -> None:
        """Merge, if the head is still this commit; Refused if it moved."""

    def merged_as(self, commit: str) -> int | None:
        """The number of the pull request whose merge this commit is; None where it is of none."""

    def issues(self) -> tuple[Issue, ...]:
        """The open issues of our own account with our mark and label, the oldest first."""

    def open_issue(self, title: str, text: str) -> int:
        """Open an issue with our label; its number. text: Markdown, its mark first."""

    def edit_issue(self, number: int, title: str, text: str) -> None:
        """Put this title and text in the place of an issue's own."""

    def close_issue(self, number: int, words: str) -> None:
        """Close an issue, and say why. words: Markdown."""
