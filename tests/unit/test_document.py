"""Reading one file: what is accepted, and for each fault the id, the place and the words."""

from __future__ import annotations

import time

import pytest

from ztix.diagnostics import FINDINGS_MAX, Span
from ztix.document import DEPTH_MAX, Document, read_document
from ztix.tree import MEMBER_BYTES, POLICY_BYTES, Entry, Kind

PATH = "members/AS64500.yaml"
HIDES = "is not allowed: it hides what a reviewer sees"


def entry(content: str | bytes) -> Entry:
    """A regular file."""
    data = content.encode() if isinstance(content, str) else content
    return Entry(PATH, Kind.FILE, len(data), data)


def accepted(content: str) -> Document:
    """The document of a text that must have no finding."""
    document, findings = read_document(entry(content))
    assert findings == []
    assert document is not None
    return document


def refused(content: str | bytes) -> list[tuple[str, str, str, str]]:
    """Rule, place, marked text and message of each finding."""
    document, findings = read_document(entry(content))
    assert document is None
    return [(f.rule, str(f.span).removeprefix(PATH + ":"), marked(f.span), f.message) for f in findings]


def marked(span: Span) -> str:
    """What stands above the carets."""
    return span.text[span.column - 1 : span.end_column - 1]


# The second of each pair needs the slow reading: a comment with one of `&*!%` is enough.
@pytest.mark.parametrize("tail", ["", "# & or not\n"])
def test_document_when_good_holds_texts_only(tail: str) -> None:
    """Every scalar stays the text that was written, however it is quoted, in both readings."""
    text = "a: 1e10\nb: 'yes'\nc: [0x1f, ~, {d: \"1\"}]\ne:\nf: |\n  two\n  lines\n" + tail
    assert accepted(text).value == {
        "a": "1e10",
        "b": "yes",
        "c": ["0x1f", "~", {"d": "1"}],
        "e": "",
        "f": "two\nlines\n",
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_document_span_when_asked_marks_the_value(newline: str) -> None:
    """A path leads to the line, the column and the end of a value, whatever ends a line."""
    text = newline.join(
        ["asn: 64500", "nodes:", '  - id: "1a2b3c4d5e"', "    note: one", "      two", "x: ''", ""]
    )
    document = accepted(text)
    places = {
        ("asn",): ("1:6", "64500"),
        ("nodes", 0, "id"): ("3:9", '"1a2b3c4d5e"'),
        ("nodes", 0, "note"): ("4:11", "one"),
        ("x",): ("6:4", "''"),
        (): ("1:1", "a"),
        ("nodes", 0): ("3:5", "i"),
    }
    for path, (place, text) in places.items():
        span = document.span(path)
        assert (f"{span.line}:{span.column}", marked(span)) == (place, text)
        assert "\r" not in span.text


def test_document_span_when_there_is_no_such_value_is_the_nearest_parent() -> None:
    """A path that leads nowhere leads to what is around it."""
    document = accepted("nodes:\n  - id: one\n")
    assert document.span(("nodes", 0, "addresses", 3)) == document.span(("nodes", 0))
    assert document.span(("nodes", 7)) == document.span(("nodes",))


def test_document_key_span_marks_the_key() -> None:
    """The place of a key is its own, and that of the value where there is no such key."""
    document = accepted("nodes:\n  - id: one\n    name: two\n")
    span = document.key_span(("nodes", 0, "name"))
    assert (span.line, span.column, marked(span)) == (3, 5, "name")
    assert document.key_span(("nodes", 0)) == document.span(("nodes", 0))
    assert document.key_span(()) == document.span(())


@pytest.mark.parametrize(
    ("kind", "size", "path", "message"),
    [
        (Kind.SYMLINK, 9, PATH, "this is a symbolic link, not a regular file"),
        (Kind.EXECUTABLE, 9, PATH, "this is an executable file, not a regular file"),
        (Kind.SUBMODULE, 0, PATH, "this is a submodule, not a regular file"),
        (Kind.OTHER, 0, PATH, "this is a special file, not a regular file"),
        (Kind.FILE, 20_000, PATH, f"the file has 20000 bytes, more than {MEMBER_BYTES}"),
        (Kind.FILE, 2_000_000, "policy/gates.yaml", f"the file has 2000000 bytes, more than {POLICY_BYTES}"),
    ],
)
def test_document_when_the_entry_is_not_a_short_file_is_not_read(
    kind: Kind, size: int, path: str, message: str
) -> None:
    """Links, submodules and long files are refused by what git says of them."""
    document, findings = read_document(Entry(path, kind, size, None))
    assert document is None
    assert [(f.rule, str(f.span), f.message) for f in findings] == [("ZT001", f"{path}:1:1", message)]


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        (b"a: 1\nb: \xff\n", [("ZT002", "2:4", "", "the file is not UTF-8 from here on")]),
        (
            "a: 1\nb: x\u202ey\x1b\n",
            [
                (
                    "ZT003",
                    "2:5",
                    "\ufffd",
                    f"the character U+202E {HIDES}",
                ),
                (
                    "ZT003",
                    "2:7",
                    "\ufffd",
                    f"the character U+001B {HIDES}",
                ),
            ],
        ),
        (
            "a: 1\rb: 2\n",
            [
                (
                    "ZT003",
                    "1:5",
                    "\ufffd",
                    f"the character U+000D {HIDES}",
                )
            ],
        ),
        (
            "a: \ufeff",
            [
                (
                    "ZT003",
                    "1:4",
                    "\ufffd",
                    f"the character U+FEFF {HIDES}",
                )
            ],
        ),
        ("a: [1\n", [("ZT004", "1:4", "[", "YAML: did not find expected ',' or ']'")]),
        ("a: 1\n b: 2\n", [("ZT004", "2:3", ":", "YAML: mapping values are not allowed in this context")]),
        ("a: `x`\n", [("ZT004", "1:4", "`", "YAML: found character that cannot start any token")]),
        (
            "a: &x 1\nb: *x\nc: !!str 1\nd: &y !t [1]\n",
            [
                ("ZT005", "1:4", "&x 1", "the anchor `&x` is not allowed"),
                ("ZT005", "2:4", "*x", "the alias `*x` is not allowed"),
                ("ZT005", "3:4", "!!str 1", "the tag `tag:yaml.org,2002:str` is not allowed"),
                ("ZT005", "4:4", "&y !t [", "the anchor `&y` is not allowed"),
                ("ZT005", "4:4", "&y !t [", "the tag `!t` is not allowed"),
            ],
        ),
        ("!%1b a: 1\n", [("ZT005", "1:1", "!%1b a", "the tag `!?` is not allowed")]),
        ("a: 1\n---\nb: 2\n", [("ZT005", "2:1", "---", "a second document starts here")]),
        (
            'a: 1\nb: 2\na: 3\n"\\e`": 1\n"\\e`": 2\n',
            [
                ("ZT006", "3:1", "a", "the key `a` stands here a second time"),
                ("ZT006", "5:1", '"\\e`"', "the key `??` stands here a second time"),
            ],
        ),
        ("", [("ZT007", "1:1", "", "the file is empty")]),
        ("# nothing\n", [("ZT007", "1:1", "", "the file is empty")]),
        ("- a\n", [("ZT007", "1:1", "", "the file must be a mapping of keys to values")]),
        ("text\n", [("ZT007", "1:1", "", "the file must be a mapping of keys to values")]),
        ("[a, b]: 1\n", [("ZT007", "1:1", "[", "a key must be a plain word")]),
        ("a: {[1]: 2}\n", [("ZT007", "1:5", "[", "a key must be a plain word")]),
        ("a: " + "[" * DEPTH_MAX + "]" * DEPTH_MAX, [("ZT007", "1:15", "[", "nested deeper than 12 levels")]),
    ],
)
def test_document_when_bad_says_where_and_why(
    content: str | bytes, findings: list[tuple[str, str, str, str]]
) -> None:
    """Each fault of form has its id, its exact place and a sentence; foreign texts are made harmless."""
    assert refused(content) == findings


@pytest.mark.parametrize(
    ("content", "rule", "message", "advice"),
    [
        (
            "a:\n\tb: 1\n",
            "ZT004",
            "YAML: the line is indented with a tab",
            "indent it with blanks: YAML takes no tabs there",
        ),
        ("\ufeffa: 1\n", "ZT003", f"the character U+FEFF {HIDES}", "save the file as UTF-8 without BOM"),
        ("a: \ufeff1\n", "ZT003", f"the character U+FEFF {HIDES}", "delete it"),
    ],
)
def test_document_when_an_editor_did_it_says_what_to_set(
    content: str, rule: str, message: str, advice: str
) -> None:
    """What nobody sees in an editor is named, with what to do there."""
    _, findings = read_document(entry(content))
    assert [(item.rule, item.message, item.help) for item in findings] == [(rule, message, advice)]


def test_document_when_nested_as_deep_as_allowed_is_accepted() -> None:
    """The limit itself is within."""
    depth = DEPTH_MAX - 1
    accepted("a: " + "[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("content", "most"),
    [
        ("a: 1\n" * (MEMBER_BYTES // 5), FINDINGS_MAX + 1),
        ("\x00" * MEMBER_BYTES, FINDINGS_MAX + 1),
        ("[&a 1," * (MEMBER_BYTES // 6), DEPTH_MAX + 1),
        ("a: [" + "&a 1," * (MEMBER_BYTES // 5 - 2) + "]", FINDINGS_MAX + 1),
        ("[" * MEMBER_BYTES, 1),
        ("- " * (MEMBER_BYTES // 2), 1),
        ("{a: " * (MEMBER_BYTES // 4), 1),
        ("? " * (MEMBER_BYTES // 2), 1),
        ("a" * MEMBER_BYTES, 1),
        ("\x00" * POLICY_BYTES, FINDINGS_MAX + 1),
    ],
)
def test_document_when_hostile_ends_soon_with_a_bounded_report(content: str, most: int) -> None:
    """The worst a file can hold ends within a second, in findings that fit a page."""
    started = time.process_time()
    document, findings = read_document(entry(content))
    assert time.process_time() - started < 1
    assert document is None
    assert 1 <= len(findings) <= most
    assert sum(len(finding.span.text) for finding in findings) <= (FINDINGS_MAX + 1) * MEMBER_BYTES


def test_document_when_there_are_more_findings_than_anybody_reads_says_how_many_more() -> None:
    """The hundredth finding is followed by a count."""
    findings = refused("a: 1\n" * 300)
    assert len(findings) == FINDINGS_MAX + 1
    assert findings[-1] == ("ZT006", "101:1", "a", "199 more findings in this file are not shown")
    assert refused("\x00" * 300)[-1][3] == "more such characters are not shown"
    assert refused("\x00" * FINDINGS_MAX)[-1][3] != "more such characters are not shown"


def test_document_when_a_forbidden_character_is_far_out_has_no_snippet() -> None:
    """A line of a megabyte is not copied into a hundred findings."""
    assert refused("a: " + "b" * 600 + "\x00\n") == [
        ("ZT003", "1:604", "", f"the character U+0000 {HIDES}"),
    ]


def test_document_when_too_long_for_the_quick_reading_is_read_all_the_same() -> None:
    """A long list goes the slow way to the same value."""
    items = [str(number) for number in range(2000)]
    assert accepted("a: [" + ", ".join(items) + "]").value == {"a": items}
