"""Links to a forge's own editor, for people who never clone.

Law: pure. Of a remote's address only owner and repository are taken: it may hold somebody's token.
"""

from __future__ import annotations

import re
from urllib.parse import quote

BRANCH = "main"
_GITHUB = re.compile(
    r"(?:https://(?:[^@/\s]*@)?github\.com/|ssh://git@github\.com/|git@github\.com:)"
    r"(?P<owner>[A-Za-z0-9-]{1,39})/(?P<name>[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)


def new_file_link(remote: str, path: str, text: str) -> str | None:
    """Where to open GitHub's editor with a new file in it, ready to be proposed; None for another forge.

    remote: the address that git has.  path: from the repository's top.
    """
    match = _GITHUB.fullmatch(remote)
    if match is None:
        return None
    page = f"https://github.com/{match['owner']}/{match['name']}/new/{BRANCH}"
    return f"{page}?filename={quote(path, safe='/')}&value={quote(text, safe='')}"
