"""The website in a real browser, opened from a folder: nothing is refused, nothing is fetched elsewhere.

Pictures go to `.pictures/site/`, which CI keeps. axe-core looks for what keeps people with other senses out.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import BROWSER, Page, chromium
from tests.golden.test_site import pages
from tests.property.test_site_properties import HOSTILE, named
from ztix.drivers.files import write_folder

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".pictures" / "site"
NAMES = ("index", "members/AS64501", "route-servers", "policy", "join", "status")
SCREENS = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}
ENTER, TAB = ("Enter", 13), ("Tab", 9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website of the example, with a past."""
    place = tmp_path_factory.mktemp("site")
    list(write_folder(place, pages()))
    return place


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert BROWSER, "there is no `chromium`: scripts/install-tools brings it"
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Iterator[Page]:
    """The browser; whatever a test did, no page complained and none asked for anything but files."""
    browser.open("about:blank")  # what the page before had still to say comes first
    browser.logged.clear()
    browser.asked.clear()
    yield browser
    assert browser.logged == []
    assert [address for address in browser.asked if not address.startswith("file://")] == []


def axe() -> str:
    """The text of axe-core, from the package that carries it."""
    found = importlib.util.find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


def rows(page: Page) -> list[str]:
    """The AS numbers that the table shows, from the top."""
    return list(
        page.run(
            "[...table.querySelectorAll('tbody tr:not([hidden]) td:first-child')].map(c => c.textContent)"
        )
    )


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", NAMES)
def test_page_is_shown_without_a_complaint(page: Page, folder: Path, name: str, screen: str) -> None:
    """Light, dark and on a phone, where nothing is wider than the screen and nobody is kept out."""
    page.look(*SCREENS[screen])
    page.open(f"{folder.as_uri()}/{name}.html")
    page.picture(PICTURES / f"{name.replace('/', '-')}-{screen}.png")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.run(axe())
    found = page.run(
        "axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
    )
    assert json.loads(found) == []


def test_page_runs_no_script_but_its_own(browser: Page, folder: Path, tmp_path: Path) -> None:
    """A script that got into a page all the same is refused by its policy, so the test above would see it."""
    text = pages()["index.html"].replace("</main>", "<script>document.title = 'Mine'</script></main>")
    (tmp_path / "index.html").write_text(text, "utf-8")
    browser.logged.clear()
    browser.open(f"{tmp_path.as_uri()}/index.html")
    assert browser.run("document.title") != "Mine"
    browser.hear("Content Security Policy")


def test_search_shows_who_fits_and_says_how_many(page: Page, folder: Path) -> None:
    """By name, number with AS or without, and address."""
    page.look(*SCREENS["light"])
    page.open(f"{folder.as_uri()}/index.html")
    whole = rows(page)
    for words, expected in (("fictional", ["64502"]), ("AS64503", ["64503"]), ("192.0.2.14", ["64504"])):
        page.run(f"words.value = {words!r}; words.dispatchEvent(new Event('input'))")
        assert rows(page) == expected
        assert page.run("found.textContent") == f"1 of {len(whole)} members"
    page.run("words.value = ''; words.dispatchEvent(new Event('input'))")
    assert rows(page) == whole


def test_table_is_sorted_by_keyboard(page: Page, folder: Path) -> None:
    """Tab leads to the skip link first, then on to heads of columns; Enter sorts, and again the other way."""
    page.open(f"{folder.as_uri()}/index.html")
    page.press(*TAB)
    assert page.run("document.activeElement.className") == "skip"
    page.run("document.querySelector('thead th:nth-child(2) button').focus()")
    order = "document.querySelector('thead th:nth-child(2)').getAttribute('aria-sort')"
    names = "[...document.querySelectorAll('#table tbody bdi')].map(c => c.textContent)"
    for expected in ("ascending", "descending"):
        page.press(*ENTER)
        assert page.run(order) == expected
        told = [name.casefold() for name in page.run(names)]
        assert told == sorted(told, reverse=expected == "descending")
    page.run("document.querySelector('thead th:nth-child(4) button').click()")
    assert (
        page.run("document.querySelector('#table tbody tr:last-child td:nth-child(4)').textContent.trim()")
        == ""
    )


def test_page_without_scripts_has_the_whole_table(page: Page, folder: Path) -> None:
    """There is no search then, and no head that could be pressed."""
    page.scripts(on=False)
    try:
        page.open(f"{folder.as_uri()}/index.html")
        assert len(rows(page)) == len([name for name in pages() if name.startswith("members/")])
        assert page.run("getComputedStyle(document.getElementById('search')).display") == "none"
        assert page.run("document.querySelectorAll('button').length") == 0
    finally:
        page.scripts(on=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_text_to_a_browser(page: Page, tmp_path: Path, name: str) -> None:
    """It stands where a name stands, and nothing runs."""
    list(write_folder(tmp_path / "site", named(name)))
    for file in ("index", "members/AS64500", "status"):
        page.open(f"{(tmp_path / 'site').as_uri()}/{file}.html")
        assert name in page.run("[...document.querySelectorAll('bdi')].map(e => e.textContent)")
