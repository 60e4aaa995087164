"""Files that people asked to have written: schemas, configurations, a new member, a new exchange.

Touches: the paths it is given, below the folder it is given. Each file appears whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ztix.errors import Usage

MADE = ".ztix-made"
"""The list of files that `write_folder` wrote, beside them."""


def write_files(root: Path, texts: Mapping[str, str], *, durable: bool = True) -> Iterator[Path]:
    """Write each text to its path below `root`; yields every path after it was written. Raises Usage.

    No link leads out of `root`: the files may be strangers' work, and so may the links among them.
    durable: whether each is on the disk before the next one.
    """
    looked_at: set[Path] = set()
    for name, text in texts.items():
        path = root / name
        with _told(path):
            if path.parent not in looked_at:
                if not path.parent.resolve().is_relative_to(root.resolve()):
                    raise Usage(
                        f"`{path}` is behind a link that leads out of `{root}`", help="remove the link"
                    )
                path.parent.mkdir(parents=True, exist_ok=True)
                looked_at.add(path.parent)
            _replace(path, text, durable=durable)
        yield path


def write_folder(root: Path, texts: Mapping[str, str]) -> Iterator[Path]:
    """Make `root` hold these texts, by path; yields every path after it was written. Raises Usage.

    A list of what was written stays there, `MADE`. What the list of last time names and is not among the
    texts is deleted; a folder with files and without a list is somebody else's and is refused.
    """
    with _told(root):
        if root.is_dir() and any(root.iterdir()) and not (root / MADE).is_file():
            raise Usage(
                f"`{root}` has files that were not written here", help="name a new folder, or an empty one"
            )
        before = (root / MADE).read_text("utf-8", "replace").splitlines() if (root / MADE).is_file() else []
        root.mkdir(parents=True, exist_ok=True)
        _replace(root / MADE, "".join(f"{name}\n" for name in sorted({*before, *texts})), durable=False)
    yield from write_files(root, texts, durable=False)
    for name in sorted(set(before) - set(texts)):
        _delete(root, name)
    _replace(root / MADE, "".join(f"{name}\n" for name in sorted(texts)), durable=True)


def _delete(root: Path, name: str) -> None:
    """Delete a file that was written below `root`, and nothing elsewhere, whatever the list says."""
    path = root / name
    with _told(path):
        if path.parent.resolve().is_relative_to(root.resolve()) and (path.is_file() or path.is_symlink()):
            path.unlink()


def write_whole(path: Path, text: str) -> None:
    """Replace the file in one step: a reader sees the old text or the new one. Raises Usage.

    A link is followed. What is no regular file, such as `/dev/stdout`, is written to and not replaced.
    """
    with _told(path):
        place = path.resolve()
        if place.exists() and not place.is_file() and not place.is_dir():
            place.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(place, text)


def _replace(path: Path, text: str, *, durable: bool = True) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ztix-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Usage(
            f"`{path}` cannot be written: {error.strerror}", help="check that its folder is there and yours"
        ) from None
