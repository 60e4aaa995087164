"""Objects of git, written octet by octet, so that a tree can hold what `git add` refuses.

Law: writes a bare repository with loose objects into a folder of a test, and starts no process. Names in a
tree are whatever a row says, also `..`, `.git`, a line end, or octets that are no text.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

PLAIN, RUNS, LINK, MODULE, FOLDER = 0o100644, 0o100755, 0o120000, 0o160000, 0o040000


class File(NamedTuple):
    """What stands at a path. content: of a link where it leads, of a submodule the commit in hex digits."""

    content: bytes
    mode: int = PLAIN


Files = Mapping[str, File]
_Folder = dict[bytes, "File | _Folder"]


@dataclass(slots=True)
class Objects:
    """A bare repository that commits are written to."""

    folder: Path
    _made: dict[tuple[str, bytes], str] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> Objects:
        """An empty repository, of the few files that make one: git itself would take longer."""
        for each in ("objects", "refs/heads"):
            (folder / each).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        return cls(folder)

    def commit(self, files: Files, parents: Iterable[str], at: datetime) -> str:
        """The id of a commit of exactly these files."""
        who = f"Somebody <somebody@example.net> {int(at.timestamp())} +0000"
        lines = [f"tree {self._tree(_nested(files))}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {who}", f"committer {who}", "", "Change", ""]
        return self._put("commit", "\n".join(lines).encode())

    def _tree(self, folder: _Folder) -> str:
        rows = []
        for name, entry in folder.items():
            if isinstance(entry, dict):
                rows.append((name + b"/", FOLDER, name, self._tree(entry)))
            elif entry.mode == MODULE:
                rows.append((name, MODULE, name, entry.content.decode("ascii")))
            else:
                rows.append((name, entry.mode, name, self._put("blob", entry.content)))
        listing = (b"%o %s\0%s" % (mode, name, bytes.fromhex(sha)) for _, mode, name, sha in sorted(rows))
        return self._put("tree", b"".join(listing))

    def _put(self, kind: str, content: bytes) -> str:
        if (kind, content) not in self._made:
            octets = b"%s %d\0%s" % (kind.encode(), len(content), content)
            name = hashlib.sha1(octets, usedforsecurity=False).hexdigest()
            place = self.folder / "objects" / name[:2] / name[2:]
            place.parent.mkdir(exist_ok=True)
            if not place.exists():
                place.write_bytes(zlib.compress(octets, 1))
            self._made[kind, content] = name
        return self._made[kind, content]

    def point(self, branch: str, commit: str) -> None:
        """Let a branch be at a commit."""
        place = self.folder / "refs" / "heads" / branch
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{commit}\n")


def _nested(files: Files) -> _Folder:
    whole: _Folder = {}
    for path, file in files.items():
        *folders, name = path.encode("utf-8", "surrogateescape").split(b"/")
        folder = whole
        for each in folders:
            inner = folder.setdefault(each, {})
            assert isinstance(inner, dict), path
            folder = inner
        folder[name] = file
    return whole
