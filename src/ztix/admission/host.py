"""The host of the website that a network names in PeeringDB.

Law: pure. What is in that field is a stranger's: only a host name that anybody could look up leaves here, in
ASCII and lower case, never an address, a port or a name of one label.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)"
# The last label has a letter: otherwise it is an address in one of its many spellings.
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_LENGTH = 200  # characters; leaves room for a label in front


def website_host(website: str) -> str | None:
    """The host of a URL, or of a bare name; None where it has none that is fit to ask. Raises nothing."""
    text = website.strip()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return None
    host = host.removesuffix(".")
    return host if len(host) <= _LENGTH and _HOST.fullmatch(host) else None


def domain(host: str) -> str:
    """The domain that a website's host stands for: the same without `www.`, and never a parent of it."""
    rest = host.removeprefix("www.")
    return rest if "." in rest else host
