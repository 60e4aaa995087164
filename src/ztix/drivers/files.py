"""Files that people asked to have written: schemas, configurations, a new member, a new exchange.

Touches: the paths it is given, below the folder it is given. Each file appears whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ztix.errors import Usage


def write_files(root: Path, texts: Mapping[str, str]) -> Iterator[Path]:
    """Write each text to its path below `root`; yields every path after it was written. Raises Usage."""
    for name, text in texts.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
        except OSError as error:
            raise Usage(
                f"`{path}` cannot be written: {error.strerror}", help="check the folder's owner"
            ) from None
        yield path


def write_whole(path: Path, text: str) -> None:
    """Replace the file in one step: a reader sees the old text or the new one."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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
