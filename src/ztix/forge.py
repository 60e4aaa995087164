"""The port to where pull requests live: GitHub today, another forge by the same few words.

Law: values and one Protocol. A driver of a forge raises only `Unavailable` and `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Light(Enum):
    """What a commit status says."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request, as the forge tells it now.

    author: numeric id of the account.  base: name of the branch.  head: the commit that it offers now.
    labels: by name.  approvals: ids of the accounts whose latest review approves exactly that head.
    """

    number: int
    author: int
    author_created: str
    base: str
    head: str
    open: bool
    labels: frozenset[str]
    approvals: frozenset[int]


class Forge(Protocol):
    """What ztix needs of a forge."""

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now."""

    def tell(self, number: int, text: str) -> None:
        """Write the one comment of ztix, or put this text in its place. text: Markdown, its mark first."""

    def light(self, head: str, light: Light, words: str) -> None:
        """Set the status `ztix/verdict` of a commit. words: at most 140 characters."""

    def merge(self, number: int, head: str) -> None:
        """Merge, if the head is still this commit; Refused if it moved."""

    def merged_as(self, commit: str) -> int | None:
        """The number of the pull request whose merge this commit is; None where it is of none."""
