"""Links of a website in a folder that lead to no file of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path


class _Links(HTMLParser):
    """What a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for key, value in attrs if key in ("href", "src") and value]


def dead_links(site: Path) -> list[str]:
    """Page and link, for each that leads nowhere; addresses elsewhere are not followed."""
    dead = []
    for page in sorted(site.rglob("*.html")):
        links = _Links()
        links.feed(page.read_text("utf-8"))
        inside = {link.partition("#")[0] for link in links.found if not re.match(r"[a-z]+:|#", link)}
        dead += [f"{page.name}: {link}" for link in sorted(inside) if not (page.parent / link).is_file()]
    return dead
