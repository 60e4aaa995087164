"""The files of an exchange at one revision, as values.

Law: a Tree is what a driver read, nothing more; this file opens nothing. Content is present only for
regular files of at most MEMBER_BYTES or POLICY_BYTES, so that no other file's text can ever reach a report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

FOLDERS = ("members", "policy", "templates", "evidence")  # where the files of an exchange are
WORK_TREE = "work tree"  # the revision of files that are not of a commit
MEMBER_BYTES = 16 * 1024  # bytes; the longest member file that is read
POLICY_BYTES = 1024 * 1024  # bytes; the longest policy or template file that is read
EVIDENCE_BYTES = 256 * 1024 * 1024  # bytes; the longest evidence file that is read


class Kind(Enum):
    """What git says a path is (its mode)."""

    FILE = "file"
    EXECUTABLE = "executable file"
    SYMLINK = "symbolic link"
    SUBMODULE = "submodule"
    OTHER = "special file"

    @property
    def one(self) -> str:
        """Its name with an article."""
        return f"{'an' if self is Kind.EXECUTABLE else 'a'} {self.value}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path. `content` is None where it is not a regular file or is too long; `size` is in bytes."""

    path: str
    kind: Kind
    size: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Tree:
    """All paths below `members/`, `policy/`, `templates/` and `evidence/`, and where they came from.

    revision: the commit's id, or `work tree`.  entries: by path, ascending.
    """

    revision: str
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def below(self, folder: str) -> Iterator[Entry]:
        """The entries of one folder, ascending by path."""
        prefix = folder + "/"
        return (entry for path, entry in self.entries.items() if path.startswith(prefix))

    def get(self, path: str) -> Entry | None:
        return self.entries.get(path)


def byte_limit(path: str) -> int:
    """How many bytes of this path may be read."""
    if path.startswith("members/"):
        return MEMBER_BYTES
    return EVIDENCE_BYTES if path.startswith("evidence/") else POLICY_BYTES
