"""Text from outside shows as itself, wherever it is shown, and does nothing there."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest

from ztix.console.safe import LINE_MAX, fenced, markdown, printable, workflow_text, workflow_value

HOSTILE = (
    "\x1b[2J\x1b[31mred",
    "\x9b31m",
    "a\nb\r\nc\td",
    "\x00\x07\x08\x7f",
    "\u202eright to left\u202c",
    "\u2066isolate\u2069",
    "zero\u200bwidth\ufeff",
    "line\u2028end\u2029",
    "\ud800",
    "\U000e0041tag",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_printable_when_hostile_is_one_harmless_line(text: str) -> None:
    """No control, format, surrogate or line character is left, and each leaves a mark."""
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert "\ufffd" in shown
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_printable_when_it_would_command_a_log_is_harmless() -> None:
    """A line that a CI log would take for a command is none any more."""
    shown = printable("##[error]owned ##[group]x")
    assert "##[" not in shown
    assert shown.replace("\ufffd", "[") == "##[error]owned ##[group]x"


def test_printable_when_harmless_is_the_same() -> None:
    """Names in any script stay as they are."""
    for text in ("Example Networks", "Größe & Söhne", "例え", "Ελλάς 🦊", ""):
        assert printable(text) == text


def test_printable_when_long_is_cut_to_the_limit() -> None:
    """A cut shows as one, and the limit counts it."""
    assert printable("x" * LINE_MAX) == "x" * LINE_MAX
    assert printable("x" * (LINE_MAX + 1)) == "x" * (LINE_MAX - 1) + "…"
    assert printable("abcdef", limit=3) == "ab…"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[here](https://example.net)",
        "![x](https://example.net/x.png)",
        "@everyone #1 owner/repo#2 !3",
        "https://example.net www.example.net noc@example.net",
        "`code` **bold** __bold__ ~~gone~~",
        "| a | b |\n|---|---|",
        "# heading\n- item\n1. one\n+ plus\n> quote",
        "&lt;b&gt; \\*",
        ":smile: GH-1 $x^2$ 1.",
        "<!-- comment -->",
    ],
)
def test_markdown_when_it_is_markup_renders_as_itself(text: str) -> None:
    """Of what has a meaning in Markdown, no character is left as such; read back, the text is the same."""
    shown = markdown(text)
    shown = shown.replace("&#8203;", "")
    bare = re.sub(r"&#\d+;", "", shown)
    assert not set(bare) & set("\\`*_{}[]()<>#+!|~@&:-$^")
    assert "www." not in shown
    assert re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), shown) == printable(text)


@pytest.mark.parametrize("text", ["@everyone", "a/b#2", "#1", "GH-1", "gh-12", "@@a", "noc@example.net"])
def test_markdown_when_numbers_are_read_back_mentions_and_refers_to_nobody(text: str) -> None:
    """A forge reads the numbers first and looks for names then: what makes one does not stand beside it."""
    read = html.unescape(markdown(text))
    assert read.replace("\u200b", "") == text
    assert not re.search(r"@\w|#\d|gh-\d", read, re.IGNORECASE)


@pytest.mark.parametrize("text", ["1. one", "12) twelve", "www.example.net", "GH-12", "1) a"])
def test_markdown_when_it_would_be_a_list_or_a_link_is_neither(text: str) -> None:
    """A number at the start makes no list, and a name with dots makes no link."""
    assert not re.match(r"\d+[.)]", markdown(text))
    assert "." not in markdown(text).replace("&#46;", "")


@pytest.mark.parametrize("text", ["plain", "a\n```\nb", "~~~\n````` x", "", "`" * 40])
def test_fenced_when_text_has_fences_stays_closed(text: str) -> None:
    """The first line opens, the last closes, and no line between could."""
    lines = fenced(text).splitlines()
    fence = lines[0].removesuffix("text")
    assert set(fence) == {"`"}
    assert len(fence) >= 3
    assert lines[-1] == fence
    assert all(fence not in line for line in lines[1:-1])
    assert "\n".join(lines[1:-1]) == text


@pytest.mark.parametrize("text", ["a\n::error::b", "a\r::stop-commands::x", "100%0A", "%"])
def test_workflow_text_stays_one_line(text: str) -> None:
    """No second command begins, and what looks escaped is escaped again."""
    shown = workflow_text(text)
    assert len(shown.splitlines()) == 1
    assert shown.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == text


@pytest.mark.parametrize("text", HOSTILE)
def test_workflow_text_when_hostile_is_printable(text: str) -> None:
    """What a runner's log shows is one line without control characters, other line ends among them."""
    assert workflow_text(text).isprintable()


def test_workflow_value_ends_no_property() -> None:
    """A comma or a colon in a value does not begin another property or the message."""
    shown = workflow_value("members/a,line=1::error::b.yaml")
    assert not set(shown) & {",", ":"}
