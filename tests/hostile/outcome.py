"""What must hold of a verdict on a row: as the row says, with a next step for each reason, and harmless."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.hostile.pull import Pull
from ztix.admission.verdict import State, Verdict
from ztix.console.comment import render_comment, status_words
from ztix.console.plan import COMMENT_MAX
from ztix.console.verdict import verdict_json, verdict_text
from ztix.diagnostics import Severity
from ztix.errors import Exit

# Tabs too: what is aligned by one on a terminal is not in a log.
_HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_HTML = re.compile(r"<[^>]*>?")
_OUR_HTML = re.compile(r"</?(?:details|summary|code)>|<br>|<!-- ztix[ -][^>]*-->")
_MENTION = re.compile(r"(?<![\w&#])@\w")
_REFERENCE = re.compile(r"(?<![\w&])#\d|\bGH-\d")


def found(verdict: Verdict) -> str:
    """All that a verdict found, a line for each."""
    demands = [f"{demand.what}: {demand.state.value}: {demand.words}" for demand in verdict.demands]
    findings = [f"{each.rule} {each.span}: {each.message}" for each in verdict.report]
    return "\n".join([verdict.title, *demands, *findings])


def advised(verdict: Verdict) -> str:
    """All that a verdict says is to be done, a line for each."""
    helps = [*(demand.help for demand in verdict.demands), *(each.help for each in verdict.report)]
    return "\n".join([*helps, *verdict.next])


def assert_as_the_row_says(pull: Pull, verdict: Verdict, code: Exit) -> None:
    """How it ends, for which reasons, and with which advice."""
    told, advice = found(verdict), advised(verdict)
    assert code is pull.must.value, told
    for words in pull.says:
        assert words in told, told
    assert pull.helps in advice, advice
    if pull.refused is not None:
        assert (verdict.state is State.REFUSED) is pull.refused, told


def assert_each_reason_has_a_next_step(verdict: Verdict) -> None:
    """Nobody is sent away without one. A message that says what a value must be is advice."""
    assert verdict.next
    for demand in verdict.demands:
        by_findings = demand.what == "file" and verdict.report.has_errors
        assert demand.help or demand.state is State.READY or by_findings, demand
    for finding in verdict.report:
        told = finding.help or " must " in finding.message or " is missing" in finding.message
        assert told or finding.severity is not Severity.ERROR, finding


def assert_harmless(verdict: Verdict) -> None:
    """No text that is published of a verdict acts on a reader, a terminal, a log or a forge."""
    plain, coloured = verdict_text(verdict), verdict_text(verdict, colour=True)
    comment, data = render_comment(verdict).text, verdict_json(verdict)
    for text in (plain, comment, data, status_words(verdict)):
        assert not _HIDDEN.search(text), repr(_HIDDEN.search(text))
        _assert_no_command(text)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert json.loads(data)["head"] == verdict.head
    assert len(comment) <= COMMENT_MAX
    _assert_only_text(comment)


def _assert_no_command(text: str) -> None:
    """A CI runner takes `::` at the beginning of a line, and `##[` anywhere in it, for a command."""
    assert "##[" not in text
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::"), line


def _assert_only_text(comment: str) -> None:
    for token in _flat(MarkdownIt("commonmark").enable("table").parse(comment)):
        if token.type in ("html_block", "html_inline"):
            assert all(map(_OUR_HTML.fullmatch, _HTML.findall(token.content))), token.content
        assert token.type not in ("image", "link_open", "heading_open") or token.tag == "h3", token
        if token.type in ("heading_open", "hr", "blockquote_open"):
            assert token.markup == "###", token
    outside = "".join(_outside_of_fences(comment))
    assert not _MENTION.search(outside), outside
    assert not _REFERENCE.search(outside), outside
    assert "http" not in re.sub(r"https?&#58;", "", outside), outside


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _outside_of_fences(comment: str) -> Iterator[str]:
    """What a forge looks for mentions in: all but code blocks, by the lines that the parser gives them."""
    lines = comment.splitlines(keepends=True)
    inside: set[int] = set()
    for token in MarkdownIt("commonmark").enable("table").parse(comment):
        if token.type == "fence" and token.map is not None:
            inside |= set(range(*token.map))
    yield from (line for number, line in enumerate(lines) if number not in inside)
