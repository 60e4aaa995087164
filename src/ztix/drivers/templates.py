"""The packaged templates, read from where this program was installed.

Law: reads them, and nothing else. In a checkout they are the folder `templates/` at its top; an installed
package carries the same files beside its modules.
"""

from __future__ import annotations

from pathlib import Path

import ztix
from ztix.errors import Unavailable

PACKAGE = Path(ztix.__file__).resolve().parent


def load_default_templates(package: Path = PACKAGE) -> dict[str, str]:
    """Templates by path below `templates/`. Raises Unavailable where the installation has none."""
    for folder in (package / "templates", package.parent.parent / "templates"):
        found = {
            path.relative_to(folder).as_posix(): path.read_text("utf-8")
            for path in sorted(folder.rglob("*.j2"))
        }
        if found:
            return found
    raise Unavailable(
        f"there are no templates beside `{package}`",
        help="install ztix again, from a wheel or a whole checkout",
    )
