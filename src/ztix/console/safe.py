"""Text that came from outside, made harmless for where it is shown.

Law: pure. Whatever a member, a controller or a route server wrote passes through here before it reaches a
terminal, a log or Markdown: no control character, no escape sequence, no markup, no mention, no link.
"""

from __future__ import annotations

import re

from ztix.console.text import safe

LINE_MAX = 400  # characters of one foreign text that are shown

# A dot makes a link of www.example.net and a list of a number before it; at the end it is only a dot.
_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+!|~@&:$^-]|\.(?!\Z)|(?<=\d)\.")
# A forge looks for mentions after it has read the numbers: only a letter of no width parts them.
_REFERENCE = re.compile(r"&#(?:64|35);|(?<=gh)&#45;", re.IGNORECASE)
_APART = "&#8203;"


def printable(text: str, limit: int = LINE_MAX) -> str:
    """The text as `safe` makes it, at most `limit` characters of it."""
    clean = safe(text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def markdown(text: str, limit: int = LINE_MAX) -> str:
    """The text as Markdown that renders as itself: every markup character is written as a number."""
    written = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", printable(text, limit))
    return _REFERENCE.sub(lambda match: match[0] + _APART, written)


def fenced(text: str) -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"


def workflow_value(text: str) -> str:
    """A value of a GitHub workflow command's property, with what would end it escaped."""
    return workflow_text(text).replace(":", "%3A").replace(",", "%2C")


def workflow_text(text: str) -> str:
    """The message of a GitHub workflow command: one printable line, line ends and per cent signs escaped."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(escaped, len(escaped))
