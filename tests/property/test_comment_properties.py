"""Whatever a pull request brings, the comment on it is text: it calls nobody and links nowhere."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.admitting import BASE, HEAD, JOIN
from ztix.admission.auto import Condition
from ztix.admission.verdict import Demand, State, Verdict
from ztix.console.comment import RESULT_MAX, render_comment, with_result
from ztix.console.plan import COMMENT_MAX
from ztix.diagnostics import Diagnostic, Report, Severity, Span

PIECES = st.sampled_from(
    [
        *(
            "@octocat",
            "@example-ix/owners",
            "#1",
            "GH-1",
            "a/b#2",
            "```",
            "````text\n",
            "~~~",
            "|",
            "\n",
            "\r",
        ),
        *(
            "</details>",
            "<script>",
            "<img src=x>",
            "<!-- ztix v1 -->",
            "-->",
            "<b>",
            "&lt;",
            "&#64;a",
            "&commat;a",
        ),
        *(
            "https://example.net",
            "www.example.net",
            "noc@example.net",
            "[x](y)",
            "![x](y)",
            "[x]: y",
            "\\",
            "`",
        ),
        *(
            "::error::x",
            "::set-output name=x::y",
            "##[error]",
            "::add-mask::x",
            "- ",
            "1. ",
            "# ",
            "> ",
            "    ",
        ),
        *(
            "\u202e",
            "\u2066",
            "\u200b",
            "\x1b[31m",
            "\x00",
            "\u2028",
            "\ufeff",
            "**",
            "__",
            "~~",
            "|---|",
            "a",
            " ",
        ),
    ]
)
HOSTILE = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60))
SEVERITY, STATE = st.sampled_from(Severity), st.sampled_from(State)
FINDING = st.builds(
    Diagnostic,
    HOSTILE,
    SEVERITY,
    HOSTILE,
    st.builds(Span, HOSTILE, st.just(1), st.just(1), st.just(4), HOSTILE),
    HOSTILE,
    st.lists(st.builds(Span, HOSTILE), max_size=2).map(tuple),
)
REPORT = st.lists(FINDING, max_size=4).map(Report.of)
CHANGE = st.builds(
    lambda owner, name: replace(JOIN, owner=owner, after=replace(JOIN.after, name=name)), HOSTILE, HOSTILE
)
VERDICT = st.builds(
    Verdict,
    st.just(BASE),
    st.one_of(st.just(HEAD), HOSTILE),
    HOSTILE,
    st.lists(st.builds(Demand, HOSTILE, STATE, HOSTILE, HOSTILE), max_size=4).map(tuple),
    REPORT,
    REPORT,
    st.lists(CHANGE, max_size=3).map(tuple),
    st.lists(HOSTILE, max_size=3).map(tuple),
    st.lists(HOSTILE, max_size=3).map(tuple),
)
CONDITIONS = st.lists(st.builds(Condition, HOSTILE, st.booleans(), HOSTILE), max_size=3).map(tuple)
OWN_HTML = re.compile(
    r"(<!-- ztix v1 head=[0-9a-f]* digest=sha256:[0-9a-f]{64} truncated=(true|false) -->"
    r"|</?code>|<br>|<details><summary>The (changes|first of them)</summary>|</details>)\n?"
)
ACTS = re.compile(r"@\w|#\d|gh-\d", re.IGNORECASE)
LINKS = re.compile(r"https?:|www\.|ftp:|\w@\w")


def read(text: str) -> list[Token]:
    """The comment as a reader of Markdown has it, tables and HTML among it."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def outside_fences(text: str) -> str:
    """The source without its blocks of code, where nothing is a link."""
    return re.sub(r"^(`{3,})text\n.*?^\1\n", "", text, flags=re.DOTALL | re.MULTILINE)


@settings(max_examples=100, deadline=None)
@given(VERDICT, CONDITIONS)
@example(
    Verdict(BASE, HEAD, "x", (Demand("a", State.OPEN, "`@octocat|", "`<b>` `GH-1`|``#1`"),), Report()), ()
)
@example(Verdict(BASE, HEAD, "x", (Demand("a|b", State.READY, "&commat;a", "::x"),), Report()), ())
def test_comment_when_all_of_it_is_hostile_is_text(
    verdict: Verdict, conditions: tuple[Condition, ...]
) -> None:
    """No mention, reference, link, image, tag or command comes out of it, and no cell or fence is broken."""
    text = render_comment(verdict, conditions).text
    tokens = read(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert all(
        OWN_HTML.fullmatch(t.content) for t in (*tokens, *inline) if t.type in ("html_inline", "html_block")
    )
    tags = [t.content for t in inline if t.type == "html_inline" and "code" in t.content]
    assert tags == ["<code>", "</code>"] * (len(tags) // 2)
    assert not {t.type for t in inline} & {"link_open", "image", "s_open", "code_inline", "em_open"}
    assert not any(ACTS.search(t.content) for t in inline if t.type.startswith("text"))
    assert not LINKS.search(outside_fences(text))
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##[" not in text
    assert all(line.isprintable() for line in text.split("\n"))
    cells = [t.type for t in tokens if t.type in ("td_open", "tr_open")]
    assert cells == [
        word for _ in verdict.demands for word in ("tr_open", "td_open", "td_open", "td_open")
    ] or (cells == ["tr_open", *(w for _ in verdict.demands for w in ("tr_open", *["td_open"] * 3))])
    assert sum(t.type == "fence" for t in tokens) == bool(verdict.changes) + bool(len(verdict.report))
    assert sum(t.type == "heading_open" for t in tokens) == 1


@settings(max_examples=10, deadline=None)
@given(VERDICT, st.integers(1, 400))
def test_comment_when_it_is_long_fits_with_its_result(verdict: Verdict, times: int) -> None:
    """Ever so many long parts are no more than a comment holds, and cut is said to be cut."""
    long = replace(
        verdict,
        demands=verdict.demands * times,
        changes=verdict.changes * times,
        waiting=verdict.waiting * times,
        next=verdict.next * times,
    )
    comment = render_comment(long)
    assert len(comment.text) <= COMMENT_MAX - RESULT_MAX
    assert f"truncated={str(comment.truncated).lower()} -->" in comment.text.split("\n")[0]
    assert len(with_result(comment.text, "x" * COMMENT_MAX)) <= COMMENT_MAX
    rows = sum(t.type == "td_open" for t in read(comment.text)) // 3
    assert comment.truncated or rows == len(long.demands)
