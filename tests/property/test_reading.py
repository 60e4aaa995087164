"""Whatever bytes a stranger sends: findings with places inside the text, or acceptance; never a fault."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.exchange_fixture import good_files, member_text, tree
from ztix.console.report import render_report
from ztix.diagnostics import Report, Span
from ztix.document import Value, _plain, _Walk, read_document
from ztix.exchange import read_exchange
from ztix.past import held, mentions
from ztix.rules import check
from ztix.tree import Entry, Kind, Tree

PATH = "members/AS64500.yaml"
GOOD = member_text(64500)
# Pieces that YAML gives a meaning, so that random files are not all nonsense of one kind.
PIECES = st.sampled_from(
    [
        *("a", "b", "asn", "nodes", "name", ": ", ":", "\n", "\n  ", "\n- ", "- ", "[", "]", "{", "}", ", "),
        *("&x ", "*x", "!t ", "!!str ", "? ", "|\n", ">-\n ", "'", '"', "#", " #", "---\n", "...\n", "\\"),
        *("%YAML 1.1\n", "\t", "\r\n", "\x00", "\u202e", "\ufeff", "~", "<<", "64500", "@", "`", "\u0085"),
        *("\u8a9e", "\U0001f600", "\ud7ff", "\r"),
    ]
)
YAMLISH = st.lists(PIECES, max_size=40).map("".join)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good member's file with some of its bytes replaced, doubled or cut out."""
    data = bytearray(GOOD.encode())
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 12))
        data[start:end] = draw(st.one_of(st.binary(max_size=6), YAMLISH.map(str.encode)))
    return bytes(data)


CONTENTS = st.one_of(
    st.binary(max_size=400), st.text(max_size=400).map(str.encode), YAMLISH.map(str.encode), spoiled()
)


def entry(content: bytes) -> Entry:
    """A regular file."""
    return Entry(PATH, Kind.FILE, len(content), content)


def assert_inside(span: Span, content: bytes) -> None:
    """The place is one that the text has."""
    lines = content.split(b"\n")
    assert 1 <= span.line <= len(lines)
    assert 1 <= span.column <= span.end_column
    assert span.column <= len(lines[span.line - 1]) + 1
    if span.text:
        assert span.end_column <= len(span.text) + 2


def assert_sound(report: Report, content: bytes) -> None:
    """Findings have places in the text and can be printed."""
    for finding in report:
        assert finding.message.isprintable()
        assert finding.help.isprintable()
        if finding.span.path == PATH:
            assert_inside(finding.span, content)
    for form in ("text", "github", "json", "sarif"):
        assert render_report(report, form=form) is not None


@settings(deadline=None)
@given(CONTENTS)
@example(b"? a\n")
@example(b'"\\0key": 1\n')
@example(b"a: |\n  x\n \n")
@example(b"%YAML 1.1\n---\na: 1\n")
@example(b"\xef\xbf\xbe")
@example(b"\t")
@example(b"\x00\r\r")
@example(b"\x00\r\n")
@example(b"a: [\n\n")
def test_document_of_any_bytes_is_read_or_refused_with_places(content: bytes) -> None:
    """Reading ends in a mapping of texts or in findings."""
    document, findings = read_document(entry(content))
    assert (document is None) == bool(findings)
    assert_sound(Report.of(findings), content)
    if document is not None:
        assert all(isinstance(key, str) for key in document.value)
        assert_inside(document.span(), content)


@settings(deadline=None)
@given(CONTENTS)
def test_exchange_with_any_bytes_as_a_member_is_checked(content: bytes) -> None:
    """A stranger's file never stops the others and never raises."""
    files = dict(tree(good_files()).entries)
    files[PATH] = entry(content)
    exchange, report = read_exchange(Tree("work tree", files))
    assert exchange is not None
    assert "members/AS64501.yaml" in [file.path for file in exchange.members]
    assert_sound(report + check(exchange, None), content)


@settings(deadline=None)
@given(st.sampled_from(sorted(good_files())), CONTENTS)
def test_exchange_with_any_bytes_as_policy_is_checked_or_refused(path: str, content: bytes) -> None:
    """A broken policy file means findings and no exchange, never an exception."""
    files = dict(tree(good_files()).entries)
    files[path] = Entry(path, Kind.FILE, len(content), content)
    exchange, report = read_exchange(Tree("work tree", files))
    if exchange is None:
        assert report.errors_in(path)
    else:
        report += check(exchange, None)
    for finding in report:
        if finding.span.path == path:
            assert_inside(finding.span, content)


@settings(deadline=None)
@given(YAMLISH)
@example("a: 1\n")
@example("a:\n- b\n-\n- {c: }\n")
def test_quick_reading_when_it_accepts_agrees_with_the_slow_one(text: str) -> None:
    """The two readings of one grammar never differ about a file that both accept."""
    quick = _plain(text)
    if quick is not None:
        walk = _Walk(PATH, text)
        slow: Value | None = walk.run()
        assert walk.findings == []
        assert slow == quick


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text("asndeoticrlgihu:-[]{}\"' \n0123456789.#&*!", max_size=300))
def test_past_of_any_bytes_is_read_or_unknown(content: bytes | str) -> None:
    """What anybody ever merged can be looked back at: nothing in it raises."""
    raw = content.encode() if isinstance(content, str) else content
    mentions(raw)
    held(raw)
    held(b"contacts: []\nnodes:\n- " + raw)
