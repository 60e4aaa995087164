"""Whatever is offered, a review ends with a verdict or with an error of our own family, and harmlessly.

Law: bytes to loader to model to rules to verdict to texts, all in memory. ZTIX_EXAMPLES says how many inputs
each test makes; without it 60. Trees, kinds and names are made as git could hold them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.outcome import assert_harmless
from tests.hostile.rows import PULLS
from tests.hostile.rows.injection import PAYLOADS
from tests.hostile.scene import BASE, JOINER, OLD_KEY, invited, joining, signed
from tests.unit.exchange_fixture import NOW
from ztix.admission.proof import Answer, Question, Said, Unanswered
from ztix.admission.submission import FileChange, Submission
from ztix.console.comment import render_comment
from ztix.console.report import render_report
from ztix.console.verdict import verdict_json, verdict_text
from ztix.diagnostics import Report
from ztix.document import read_document
from ztix.errors import ZtixError
from ztix.evidence_files import evidence
from ztix.member import Member
from ztix.past import Past
from ztix.review import Ground, exit_of, review
from ztix.shape import read_model
from ztix.tree import Entry, Kind, Tree, byte_limit

EXAMPLES = int(os.environ.get("ZTIX_EXAMPLES", "60"))
PATH = "members/AS64502.yaml"
MANY = 20  # files of one submission, so that a review is of many inputs
FOLDERS = ("members", "policy", "templates", "evidence")
_SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_BYTES = {path: text.encode() for path, text in BASE.items()}
_TEXTS = tuple(
    content if isinstance(content, bytes) else content.encode()
    for pull in PULLS
    for content in pull.does.values()
    if isinstance(content, str | bytes) and len(content) < 4000
)
_WORDS = (
    *(
        b"asn: ",
        b"name: ",
        b"contacts:\n",
        b"nodes:\n",
        b"  - ",
        b"github: ",
        b"id: ",
        b"login: ",
        b"email: ",
    ),
    *(b"addresses: ", b"fabric: ", b"auth:\n", b"status: suspended\n", b"expires: 2026-01-31\n", b"as_set: "),
    *(
        b"max_prefixes: ",
        b"ipv4: ",
        b"ipv6: ",
        b"bgp: ",
        b"true",
        b"64500",
        b"192.0.2.10",
        b"2001:db8:64:96::1",
    ),
    *(
        b"\n",
        b"[",
        b"]",
        b"{",
        b"}",
        b", ",
        b"&a ",
        b"*a",
        b"!!x ",
        b"'",
        b'"',
        b"\\",
        b"# ",
        b"---\n",
        b"\t",
    ),
    *(b"\x00", b"\xff", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\r", b"eyJhbGciOiJub25lIn0.eyJub25jZSI6MX0."),
    *(payload.encode() for payload in PAYLOADS.values()),
)
PIECES = st.one_of(st.sampled_from(_WORDS), st.binary(max_size=8))
NUMBERS = st.sampled_from([64500, 64501, 64502, 64503, 0, 4294967295, 99999999999])
NAMES = st.one_of(
    NUMBERS.map("members/AS{}.yaml".format),
    NUMBERS.map("members/AS{}.yaml.sig".format),
    NUMBERS.map("members/AS{}.invite".format),
    NUMBERS.map("members/AS{}.attestation".format),
    NUMBERS.map("members/AS{}.rsc".format),
    NUMBERS.map("members/AS{0}.node-1a2b364502.sig".format),
    st.sampled_from([*BASE, "evidence/peeringdb.json", "evidence/irr.json", "evidence/vrps.json"]),
    st.sampled_from(
        ["policy/routing.yaml", "policy/lan.yaml", "templates/x.j2", ".gitattributes", "members"]
    ),
    st.builds("{}/{}".format, st.sampled_from(FOLDERS), st.text(min_size=1, max_size=12)),
    st.sampled_from([*PAYLOADS.values()]).map("members/{}".format),
    st.text(min_size=1, max_size=12),
)
ACCOUNTS = st.sampled_from([-1, 0, 11, 12, 13, 666, 64500, 64501, 64502, 64503, 2**63])
ANSWERS = st.one_of(
    st.just(Said()),
    st.just(Said(("1a2b364502",))),
    st.lists(st.text(max_size=20), max_size=3).map(tuple).map(Said),
    st.sampled_from([*PAYLOADS.values(), ""]).map(Unanswered),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of the corpus, with parts of it replaced, doubled or cut out."""
    octets = bytearray(draw(st.sampled_from((*_TEXTS, *_BYTES.values()))))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(octets)))
        end = start + draw(st.integers(0, 24))
        octets[start:end] = draw(st.one_of(PIECES, st.just(bytes(octets[start:end] * 2))))
    return bytes(octets)


CONTENTS = st.one_of(mutated(), st.lists(PIECES, max_size=25).map(b"".join), st.binary(max_size=200))


def entry(path: str, content: bytes, kind: Kind = Kind.FILE, size: int | None = None) -> Entry:
    """What a driver reads at a path: content of short regular files in the exchange's folders only."""
    length = len(content) if size is None else size
    readable = kind is Kind.FILE and path.partition("/")[0] in FOLDERS and length <= byte_limit(path)
    return Entry(path, kind, length, content if readable else None)


def offered(
    base: Mapping[str, Entry], after: Mapping[str, Entry], author: int, approvals: frozenset[int]
) -> Submission:
    """The submission that leads from one tree to the other."""
    paths = sorted(path for path in base.keys() | after.keys() if base.get(path) != after.get(path))
    changes = tuple(FileChange(path, base.get(path), after.get(path)) for path in paths)
    trees = [
        Tree(
            name * 40,
            {path: each for path, each in sorted(side.items()) if path.partition("/")[0] in FOLDERS},
        )
        for name, side in (("b", base), ("a", after))
    ]
    return Submission(trees[0], trees[1], "a" * 40, changes, author, approvals)


class NoHistory:
    """A history without a commit."""

    def suspects(self, *_: object) -> frozenset[str]:
        return frozenset()

    def past(self, *_: object) -> Past:
        return Past()


def end(submission: Submission, answers: Sequence[Answer], past: Sequence[bytes] = ()) -> None:
    """Judge it, and write all forms of the verdict. Fails where anything but an error of ours is raised."""

    def ask(questions: Sequence[Question]) -> Mapping[Question, Answer]:
        return dict(zip(questions, answers, strict=False))

    ground = Ground(
        evidence=lambda _, tree: evidence(tree, NOW),
        ask=ask,
        past=lambda _: past,
        since_run=lambda _: (),
        history=NoHistory(),
        now=lambda: NOW,
    )
    try:
        verdict = review(submission, ground)
    except ZtixError:
        return
    assert exit_of(verdict) is not None
    assert verdict_text(verdict)
    assert verdict_json(verdict)
    assert render_comment(verdict).text
    if submission.author % 4 == 2:  # reading the comment as Markdown is slow
        assert_harmless(verdict)


BASE_ENTRIES = {path: entry(path, content) for path, content in _BYTES.items()}


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Entry]:
    """The exchange with a few paths replaced, added or taken away, of any kind."""
    after = dict(BASE_ENTRIES)
    for _ in range(draw(st.integers(1, 5))):
        path = draw(NAMES)
        if draw(st.integers(0, 5)) == 0:
            after.pop(path, None)
            continue
        kind = draw(st.sampled_from([Kind.FILE, Kind.FILE, Kind.FILE, Kind.FILE, *Kind]))
        size = draw(st.sampled_from([None, None, None, None, 10_000_000]))
        after[path] = entry(path, draw(CONTENTS), kind, size)
    return after


@given(CONTENTS, ACCOUNTS, st.lists(ANSWERS, max_size=3))
@_SETTINGS
def test_review_of_a_member_file_of_any_bytes_ends(
    content: bytes, author: int, answers: list[Answer]
) -> None:
    """Somebody joins with it, with all that usually comes along."""
    path = "members/AS64502.yaml"
    along = {name: (text if isinstance(text, bytes) else text.encode()) for name, text in joining().items()}
    files = {**along, path: content}
    after = {**BASE_ENTRIES, **{name: entry(name, each) for name, each in files.items()}}
    end(offered(BASE_ENTRIES, after, author, frozenset()), answers)


def mutation(random: Random) -> bytes:
    """A file of the corpus with up to four parts replaced, doubled or cut out; quicker than `mutated`."""
    octets = bytearray(random.choice(_TEXTS))
    for _ in range(random.randint(0, 4)):
        start = random.randint(0, len(octets))
        end_ = min(len(octets), start + random.randint(0, 24))
        words = (random.choice(_WORDS), random.randbytes(4), bytes(octets[start:end_] * 2), b"")
        octets[start:end_] = random.choice(words)
    return bytes(octets)


@pytest.mark.parametrize("seed", range(4))
def test_review_of_a_great_many_files_ends(seed: int) -> None:
    """A hundred times as many as of the others: each is read, and those that are members are judged."""
    random, members = Random(seed), list[bytes]()  # noqa: S311 - nothing secret
    for _ in range(25 * EXAMPLES):
        content = mutation(random)
        document, findings = read_document(entry(PATH, content))
        if document is not None:
            member, more = read_model(document, Member)
            findings = [*findings, *more]
            members += [content] if member is not None else []
        assert render_report(Report.of(findings), form="text")
        if len(members) == MANY:
            judge_all(members)
            members.clear()


def judge_all(contents: Sequence[bytes], author: int = 64500) -> None:
    """One submission that brings all of these as new members' files."""
    files = {f"members/AS{65536 + number}.yaml": each for number, each in enumerate(contents)}
    after = {**BASE_ENTRIES, **{name: entry(name, each) for name, each in files.items()}}
    end(offered(BASE_ENTRIES, after, author, frozenset()), ())


@given(st.lists(CONTENTS, min_size=MANY, max_size=MANY), ACCOUNTS)
@_SETTINGS
def test_review_of_many_files_of_any_bytes_ends(contents: list[bytes], author: int) -> None:
    """As many new members as one request may bring, each file an input of its own."""
    judge_all(contents, author)


@given(trees(), ACCOUNTS, st.frozensets(ACCOUNTS, max_size=2), st.lists(ANSWERS, max_size=4))
@_SETTINGS
def test_review_of_any_tree_ends(
    after: dict[str, Entry], author: int, approvals: frozenset[int], answers: list[Answer]
) -> None:
    """Several paths at once, of any kind and name."""
    end(offered(BASE_ENTRIES, after, author, approvals), answers)


@given(trees(), trees(), ACCOUNTS, st.frozensets(ACCOUNTS, max_size=2), st.lists(ANSWERS, max_size=4))
@_SETTINGS
def test_review_onto_any_base_ends(
    base: dict[str, Entry],
    after: dict[str, Entry],
    author: int,
    approvals: frozenset[int],
    answers: list[Answer],
) -> None:
    """What was merged before may be broken too."""
    end(offered(base, after, author, approvals), answers)


ENCLOSED = (invited().encode(), signed(OLD_KEY, None, JOINER).encode(), b"1a2b364502:0:" + b"0" * 128)


@st.composite
def enclosures(draw: st.DrawFn) -> bytes:
    """An enclosure with parts replaced."""
    octets = bytearray(draw(st.sampled_from(ENCLOSED)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(octets)))
        octets[start : start + draw(st.integers(0, 9))] = draw(PIECES)
    return bytes(octets)


@given(
    st.dictionaries(
        st.sampled_from([".invite", ".attestation", ".yaml.sig", ".rsc", ".node-1a2b364502.sig"]),
        st.one_of(enclosures(), CONTENTS),
        min_size=1,
    ),
    st.sampled_from([64502, 64503]),
    st.lists(ANSWERS, max_size=4),
    st.lists(enclosures(), max_size=2),
)
@_SETTINGS
def test_review_of_any_enclosures_ends(
    enclosed: dict[str, bytes], asn: int, answers: list[Answer], past: list[bytes]
) -> None:
    """A join, or an edit of a member that has keys, with whatever lies beside it."""
    path = f"members/AS{asn}.yaml"
    text = JOINER if asn == 64502 else BASE[path].replace("fra1", "ams1")
    files = {path: text.encode(), **{f"members/AS{asn}{name}": each for name, each in enclosed.items()}}
    after = {**BASE_ENTRIES, **{name: entry(name, each) for name, each in files.items()}}
    end(offered(BASE_ENTRIES, after, asn, frozenset()), answers, past)
