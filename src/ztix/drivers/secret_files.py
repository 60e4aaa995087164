"""Files that hold a secret: made new, and for their owner only.

Law: never replaces a file, because what was in it may be the only copy.
"""

from __future__ import annotations

import os
from pathlib import Path

from ztix.errors import Usage


def write_secret(path: Path, text: str) -> None:
    """Make the file with mode 0600 and this text. Raises Usage where it is there or cannot be made."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Usage(
            f"`{path}` is there already, and may be the only copy of a secret", help="name a new file"
        ) from None
    except OSError as error:
        raise Usage(
            f"`{path}` cannot be made: {error.strerror}", help="check that its folder is there and yours"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def refuse_open(path: Path) -> None:
    """Refuse a file with a secret that others than its owner may read. Raises Usage."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Usage(
            f"`{path}` holds a secret and is open to others than its owner: mode `{mode:04o}`",
            help=f"run `chmod 600 {path}`; if others had accounts there, make a new one",
        )
