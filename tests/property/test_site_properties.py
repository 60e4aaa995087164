"""Whatever members call themselves, pages have the same elements, and the names are read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.exchange_fixture import member_text
from tests.unit.test_site import site, turn
from ztix.site import Register

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=120)
HOSTILE = [
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% include 'site/layout.j2' %}",
    "</svg><style>*{display:none}</style>",
    "]]><x/>&lt;&#60;&nbsp;",
    "javascript:alert(1)",
    "<!--",
]


@dataclass
class Elements(HTMLParser):
    """What a parser of HTML makes of a page: elements with the names of their attributes, and texts."""

    elements: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    comments: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def seen(text: str) -> Elements:
    found = Elements()
    found.feed(text)
    found.close()
    return found


def named(name: str) -> dict[str, str]:
    """The site of an exchange in which one member has this name, and one that had it has left."""
    quoted = json.dumps(name, ensure_ascii=False)
    files = {
        f"members/AS{asn}.yaml": member_text(asn).replace(f"Example {asn}", quoted) for asn in (64500, 64502)
    }
    gone = files.pop("members/AS64502.yaml")
    turns = (turn(1, 64500, True), turn(2, 64502, True), turn(3, 64502, False, gone))
    return site(files, register=Register(turns))


@cache
def plain() -> dict[str, Elements]:
    return {path: seen(text) for path, text in named("Plain").items() if path.endswith(".html")}


def examples(test: object) -> object:
    for name in HOSTILE:
        test = example(name)(test)  # type: ignore[arg-type, assignment] # a decorator of what was decorated
    return test


@settings(max_examples=10, deadline=None)
@given(TEXTS)
def check(name: str) -> None:
    told = named(name)
    for path, before in plain().items():
        found = seen(told[path])
        assert found.elements == before.elements, path
        assert found.links == before.links, path
        assert found.comments == 0
    assert name in seen(told["index.html"]).texts
    assert name in seen(told["members/AS64500.html"]).texts
    assert seen(told["status.html"]).texts.count(name) >= 3
    titles = list(titles_of(told["feed.xml"]))
    assert titles == [f"{name} (AS64502) left", f"{name} (AS64502) joined", f"{name} (AS64500) joined"]


def titles_of(text: str) -> Iterator[str]:
    for entry in ElementTree.fromstring(text).iter("{http://www.w3.org/2005/Atom}entry"):  # noqa: S314 - our own text
        yield entry.findtext("{http://www.w3.org/2005/Atom}title") or ""


def test_pages_with_any_name_have_the_same_elements_and_read_it_back() -> None:
    """No element, attribute, link or comment comes of a name, in HTML, SVG or Atom."""
    examples(check)()  # type: ignore[operator] # the test with its examples
