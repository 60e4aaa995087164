"""docs/ as a website, built as CI does and opened in a real browser: nothing is fetched elsewhere.

Pictures go to `.pictures/docs/`, which CI keeps.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.chromium import BROWSER, Page, chromium
from tests.contract.test_site_browser import SCREENS, axe

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / ".pictures" / "docs"
NAMES = ("index", "self-hosting", "runbook/exit-4")
# What a page would fetch by itself: not what a reader may follow.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//[^"'>\s]+"""
    r"""|<link\b[^>]*\bhref=["']?(?:https?:)?//[^"'>\s]+|@import[^;]*//|url\(["']?(?:https?:)?//"""
)


def build(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """As `scripts/run-tests lint` does; with `--quiet` mkdocs would not count what it does not say."""
    return subprocess.run(
        ["mkdocs", "build", "--strict", "--site-dir", str(folder), *words],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("docs")
    done = build(place)
    assert done.returncode == 0, done.stderr
    return place


class Quiet(SimpleHTTPRequestHandler):
    """A web server's part that says nothing of itself."""

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the library's name for it
        """Nothing."""


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where the website is; on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert BROWSER, "there is no `chromium`: scripts/install-tools brings it"
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


def test_pages_fetch_nothing_from_elsewhere(folder: Path) -> None:
    """No font, script, picture or style; and no diagram, for which the theme would fetch a script."""
    pages = [*folder.rglob("*.html"), *folder.rglob("*.css")]
    assert len(pages) > 60
    for page in pages:
        text = page.read_text("utf-8")
        assert FETCHED.findall(text) == [], page.name
        assert 'class="mermaid"' not in text, page.name


def test_pages_have_lists_and_tables_where_their_texts_do(folder: Path) -> None:
    """mkdocs wants four spaces below a point and an empty line before a list; else it shows their signs."""
    for page in folder.rglob("*.html"):
        article = re.search(r"<article.*?</article>", page.read_text("utf-8"), re.S)
        shown = re.sub(r"<pre>.*?</pre>", "", article[0], flags=re.S) if article else ""
        for text in re.findall(r"<(?:p|li)>(.*?)</(?:p|li)>", shown, re.S):
            assert not re.search(r"\n\s*(?:[-*] |\d+\. |\|)|```", text), f"{page.name}: {text}"
        source = ROOT / "docs" / page.relative_to(folder).with_suffix(".md")
        if source.is_file():
            rules = re.findall(r"^ *\|(?: *:?-+:? *\|)+ *$", source.read_text("utf-8"), re.M)
            assert len(re.findall("<table", shown)) == len(rules), page.name


def test_reading_of_what_is_fetched_sees_it() -> None:
    """The test above could fail."""
    for text in (
        '<script src="https://cdn.example.net/a.js">',
        '<link rel="stylesheet" href="//fonts.example.net/css">',
        "@import url(https://example.net/a.css);",
        '<img alt="" src=https://example.net/badge.svg>',
    ):
        assert FETCHED.search(text)
    assert not FETCHED.search('<a href="https://example.net/">elsewhere</a> <img src="a.svg">')


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", NAMES)
def test_page_is_shown_without_a_complaint(browser: Page, address: str, name: str, screen: str) -> None:
    """Light, dark and on a phone; no page is wider than its screen, and nobody is kept out."""
    browser.open("about:blank")
    browser.logged.clear()
    browser.asked.clear()
    browser.look(*SCREENS[screen])
    browser.open(f"{address}/{name}.html")
    browser.picture(PICTURES / f"{name.replace('/', '-')}-{screen}.png")
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert [one for one in browser.asked if not one.startswith((f"{address}/", "data:"))] == []
    assert browser.logged == []
    browser.run(axe())
    told = "JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    found = browser.run(f"axe.run('article').then(r => {told})")
    assert json.loads(found) == []


def test_build_ends_where_a_link_leads_nowhere(tmp_path: Path) -> None:
    """To a page, to a heading, from the top, and out of the folder; and where no menu has a page."""
    docs = tmp_path / "docs"
    docs.mkdir()
    wrong = ("nowhere.md", "join.md#nowhere", "/join.md", "../README.md")
    (docs / "index.md").write_text("# One\n\n" + "".join(f"[a]({link})\n" for link in wrong), "utf-8")
    (docs / "join.md").write_text("# Two\n", "utf-8")
    (docs / "lost.md").write_text("# Three\n", "utf-8")
    config = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    config = config.replace("docs_dir: docs", f"docs_dir: {docs}")
    (tmp_path / "mkdocs.yml").write_text(f"{config}\nnav: [index.md, join.md]\n", "utf-8")
    done = build(tmp_path / "built", "--config-file", str(tmp_path / "mkdocs.yml"))
    assert done.returncode == 1
    warnings = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    for link in (*wrong, "lost.md"):
        assert any(link in line for line in (warnings if link != "lost.md" else done.stderr.splitlines())), (
            link
        )
