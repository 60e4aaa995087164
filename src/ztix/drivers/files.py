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


def write_files(root: Path, texts: Mapping[str, str]) -> Iterator[Path]:
    """Write each text to its path below `root`; yields every path after it was written. Raises Usage.

    No link leads out of `root`: the files may be strangers' work, and so may the links among them.
    """
    for name, text in texts.items():
        path = root / name
        with _told(path):
            if not path.parent.resolve().is_relative_to(root.resolve()):
                raise Usage(f"`{path}` is behind a link that leads out of `{root}`", help="remove the link")
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text)
        yield path


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


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ztix-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
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
