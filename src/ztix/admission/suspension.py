"""A member's file with `status: suspended`, for a person to merge.

Law: pure. Nothing else in the file changes: comments and form stay. A file of another form than people write
is left alone.
"""

from __future__ import annotations

import re

from ztix.document import read_document
from ztix.member import Member
from ztix.shape import read_model
from ztix.tree import Entry, Kind

_STATUS = re.compile(r"^status:[^\n]*$", re.MULTILINE)
_AFTER = re.compile(r"^(?:expires|nodes|as_set|max_prefixes):", re.MULTILINE)
_COMMENTS = re.compile(r"(?:^[ ]*#[^\n]*\n)+\Z", re.MULTILINE)
LINE = "status: suspended"


def suspended(path: str, content: bytes) -> str | None:
    """The text of the file; None where this is not the way to write it. Raises nothing."""
    before = _read(path, content)
    if before is None:
        return None
    text = _written(content.decode("utf-8"))
    after = _read(path, text.encode("utf-8"))
    return text if after == before.model_copy(update={"status": "suspended"}) else None


def _written(text: str) -> str:
    if _STATUS.search(text):
        return _STATUS.sub(LINE, text, count=1)
    key = _AFTER.search(text)
    if key is None:
        return f"{text.rstrip()}\n{LINE}\n"
    head = text[: key.start()]
    if above := _COMMENTS.search(head):  # a comment belongs to the key below it
        head = head[: above.start()]
    return f"{head}{LINE}\n{text[len(head) :]}"


def _read(path: str, content: bytes) -> Member | None:
    document, _ = read_document(Entry(path, Kind.FILE, len(content), content))
    if document is None:
        return None
    member, _ = read_model(document, Member)
    return member if isinstance(member, Member) else None
