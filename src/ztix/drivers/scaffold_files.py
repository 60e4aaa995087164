"""The packaged texts of a new exchange, read from where this program was installed.

Law: reads them, and nothing else. Texts of its own lie beside `scaffold`; those that an exchange shares with
ztix's own repository are at the top of a checkout, and an installed package carries them beside the others.
"""

from __future__ import annotations

from pathlib import Path

import ztix
from ztix.errors import Unavailable
from ztix.scaffold import SHARED

NAMES = {"gitignore": ".gitignore"}  # a file that would act on our own repository has another name here


def load_scaffold_files() -> dict[str, str]:
    """The texts by the path that they get in an exchange. Raises Unavailable where one is missing."""
    package = Path(ztix.__file__).resolve().parent
    own = package / "scaffold" / "files"
    found = {}
    for path in sorted(own.rglob("*")):
        if path.is_file():
            name = path.relative_to(own).as_posix()
            found[NAMES.get(name, name)] = path.read_text("utf-8")
    for name in SHARED:
        path = package.parent.parent / name
        if name not in found and path.is_file():
            found[name] = path.read_text("utf-8")
    missing = [name for name in ("README.md", *SHARED) if name not in found]
    if missing:
        raise Unavailable(
            f"`{missing[0]}` is not among the files of `{package}`",
            help="install ztix again, from a wheel or a whole checkout",
        )
    return found
