"""The comment on a pull request: verdict first, always short enough, and never more than text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.admitting import BASE, HEAD, JOIN, PATH, finding, verdict
from ztix.admission.auto import Condition
from ztix.admission.verdict import ByHand, Demand, State, Verdict
from ztix.console.comment import RESULT_MAX, render_comment, status_words, with_result
from ztix.console.plan import COMMENT_MAX
from ztix.diagnostics import Report, Severity, Span
from ztix.forge import MARK

COMMENTS = Path(__file__).parents[1] / "golden" / "comments"
Golden = Callable[[Path, str], None]
HOSTILE = "</details> @octocat #1 `::set-output` | <b>x</b>\n# owned\u202e\x1b[31m ![x](https://example.net)"

READY = Verdict(
    BASE,
    HEAD,
    "AS64500 joins",
    (
        Demand("form", State.READY, "1 file, of a member"),
        Demand("who may", State.READY, "a new file, which lists its author"),
        Demand("proof", State.READY, "PeeringDB's notes name this account"),
    ),
    Report(),
    Report.of([finding("an old thing", "members/AS64501.yaml", severity=Severity.WARNING)]),
    (JOIN,),
    ("1 node drifted; the scheduled run sees to it",),
    ("A maintainer merges it.", "About three minutes later it is live."),
)
NEEDS = replace(
    READY,
    demands=(*READY.demands, Demand("approval", State.OPEN, "nobody approved", "ask `@owners`")),
)
UNKNOWN = replace(
    READY,
    demands=(Demand("proof", State.UNKNOWN, "PeeringDB did not answer", "it is asked again by itself"),),
    changes=(),
    elsewhere=Report(),
    waiting=(),
)
REFUSED = replace(
    READY,
    title=f"AS64500 {HOSTILE}",
    demands=(Demand("who may", State.REFUSED, HOSTILE, HOSTILE),),
    report=Report.of([finding(HOSTILE), finding("::error::x", "::set-output name=x::y.yaml")]),
    waiting=(HOSTILE,),
)
AUTO = (
    Condition("one file", True, "only `members/AS64500.yaml` changes"),
    Condition("wait", False, "until 3"),
)


@pytest.mark.parametrize(
    ("name", "case", "conditions"),
    [
        ("ready", READY, ()),
        ("needs-a-maintainer", NEEDS, ()),
        ("could-not-be-checked", UNKNOWN, ()),
        ("refused", REFUSED, ()),
        ("by-itself", READY, AUTO),
        ("bare", Verdict(BASE, HEAD, "nothing", (), Report()), ()),
    ],
)
def test_comment_in_each_state_is_as_recorded(
    name: str, case: Verdict, conditions: tuple[Condition, ...], golden: Golden
) -> None:
    """Ready, waiting for a person, not to be checked, refused with hostile text, and by itself."""
    comment = render_comment(case, conditions)
    assert not comment.truncated
    golden(COMMENTS / f"{name}.md", comment.text)


def test_comment_when_nothing_changes_says_whether_that_is_known() -> None:
    """Files with errors have no plan, which is no promise that nothing would change."""
    none = "**Plan** a merge changes nothing on a fabric."
    assert none in render_comment(replace(READY, changes=())).text
    refused = render_comment(replace(REFUSED, changes=())).text
    assert none not in refused
    assert "**Plan** none: it cannot be merged as it is." in refused


def test_comment_when_advice_has_a_command_shows_it_as_code_and_all_else_escaped() -> None:
    """A command can be copied; a backtick that is alone, and whatever stands between two, is only text."""
    demand = Demand("proof", State.OPEN, "one ` alone", "run `ztix prove AS64500` or `</code><b>|`")
    text = render_comment(replace(READY, demands=(demand,), next=("author: `ztix sign`",))).text
    assert "one &#96; alone<br>**To do:** run <code>ztix prove AS64500</code> or " in text
    assert "<code>&#60;/code&#62;&#60;b&#62;&#124;</code> |" in text
    assert "1. author&#58; <code>ztix sign</code>" in text


def many(count: int) -> Verdict:
    """A verdict that no comment holds."""
    changes = tuple(replace(JOIN, owner=f"AS{64500 + i}", after=replace(JOIN.after)) for i in range(count))
    return replace(READY, changes=changes)


def test_comment_when_the_plan_is_long_is_cut_by_whole_changes_and_says_so() -> None:
    """A line of the plan is there in full or not at all, and the mark tells that it is not whole."""
    comment = render_comment(many(2000))
    assert comment.truncated
    assert len(comment.text) < COMMENT_MAX - RESULT_MAX
    assert "truncated=true -->" in comment.text.splitlines()[0]
    assert "more are not shown here; `ztix review` on a clone shows all" in comment.text
    head = "  + 1a2b364500 attach as AS64500 fra1 with 192.0.2.10, 2001:db8:64:96::10"
    line = f"{head}    members/AS64500.yaml:6:9"
    shown = [row for row in comment.text.splitlines() if "attach as" in row]
    assert 100 < len(shown) < 2000
    assert set(shown) == {line}


def test_comment_when_only_what_is_not_from_here_is_cut_is_whole() -> None:
    """What other members' files bring is cut without a word about this one."""
    crowd = Report.of(finding(f"{i} {'x' * 300}", "members/AS64501.yaml") for i in range(500))
    comment = render_comment(replace(READY, elsewhere=crowd))
    assert not comment.truncated
    assert "more are not shown here" in comment.text


def test_comment_when_one_more_is_cut_counts_one() -> None:
    """The sentence is right for one, too."""
    long = tuple(Demand("x", State.OPEN, "@" * 390) for _ in range(3))
    comment = render_comment(replace(READY, demands=long))
    assert "1 more is not shown here" in comment.text
    assert comment.truncated


@pytest.mark.parametrize("other", [replace(READY, title="other"), replace(READY, base=HEAD), NEEDS, many(2)])
def test_comment_mark_when_anything_that_decides_differs_has_another_digest(other: Verdict) -> None:
    """Two verdicts have the same digest only where they say the same."""
    first, second = (render_comment(case).text.splitlines()[0] for case in (READY, other))
    assert first.startswith(f"{MARK}v1 head={HEAD} digest=sha256:")
    assert first != second


def test_comment_when_the_head_is_no_commit_shows_none_of_it() -> None:
    """The mark is no place for another's words."""
    assert "head= digest" in render_comment(replace(READY, head="-->\n@zzz")).text.splitlines()[0]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (READY, "AS64500 joins: ready"),
        (NEEDS, "AS64500 joins: needs a maintainer: approval"),
        (
            verdict(State.READY, findings=(finding(),)),
            "AS64500 joins: cannot be merged as it is: 1 error in 1 file",
        ),
        (verdict(State.REFUSED, title="x" * 500), f"{'x' * 60}: cannot be merged as it is: demand 0"),
    ],
)
def test_status_words_say_the_state_and_the_first_reason(case: Verdict, words: str) -> None:
    """What stands beside the commit fits there."""
    assert status_words(case) == words
    assert len(words) <= 140


def test_result_when_it_comes_stands_first_and_replaces_an_earlier_one() -> None:
    """After the merge the result is what is read first; the next run's is put in its place."""
    before = render_comment(READY).text
    once = with_result(before, "### live\n")
    assert once.splitlines()[0] == before.splitlines()[0]
    assert once.index("### live") < once.index("### ztix")
    assert with_result(once, "### live\n") == once
    assert "### live" not in with_result(once, "### not live\n").replace("### not live", "")
    assert before.splitlines()[1:] == once.splitlines()[-len(before.splitlines()[1:]) :]


def test_result_when_a_file_s_lines_read_like_its_marks_keeps_them() -> None:
    """Only a line that is a mark alone is one: what a member wrote takes nothing out of the comment."""
    marks = ("# <!-- ztix result -->", "# <!-- ztix result ends -->")
    found = [replace(finding(), span=Span(PATH, line, 1, 3, text)) for line, text in enumerate(marks, 6)]
    before = render_comment(replace(READY, report=Report.of(found))).text
    assert all(f"| {text}\n" in before for text in marks)
    after = with_result(with_result(before, "### not live\n"), "### live\n")
    assert after.endswith(before.partition("\n")[2])
    assert "### not live" not in after


def test_result_when_there_was_no_comment_brings_its_own_mark() -> None:
    """A comment that was never written, or that somebody spoilt, is made anew."""
    assert with_result("", "### live").startswith(f"{MARK}v1 -->\n")
    assert with_result("spoilt", "### live").endswith("spoilt")


def test_result_when_all_is_long_still_fits() -> None:
    """The longest comment and the longest result are a comment together."""
    full = replace(
        many(2000),
        title="@" * 500,
        demands=tuple(Demand("@" * 99, State.OPEN, "@" * 999, "@" * 999) for _ in range(99)),
        report=Report.of(finding(f"{i} {'@' * 300}") for i in range(999)),
        elsewhere=Report.of(finding(f"{i} {'@' * 300}") for i in range(999)),
        next=tuple("@" * 999 for _ in range(99)),
    )
    text = render_comment(full, tuple(Condition("@" * 99, True, "@" * 999) for _ in range(99))).text
    assert len(text) <= COMMENT_MAX - RESULT_MAX
    result = with_result(text, "x" * 99_999)
    assert len(result) <= COMMENT_MAX
    assert result.rstrip().endswith(text.rstrip()[-40:])


BY_HAND = ByHand(
    "members/AS64500.node-1a2b364500.sig", "on the node `1a2b364500`", ("cat > x <<'END'", "END")
)


def test_comment_when_something_is_to_be_signed_has_the_lines_to_paste() -> None:
    """Who never cloned signs by what the comment holds."""
    text = render_comment(replace(NEEDS, by_hand=(BY_HAND,))).text
    assert (
        "**To sign without a clone**\n\n<code>members/AS64500&#46;node&#45;1a2b364500&#46;sig</code>" in text
    )
    assert "```text\ncat > x <<'END'\nEND\n```\n" in text
    assert "`ztix sign` makes the others" not in text
    assert "To sign without" not in render_comment(NEEDS).text


def test_comment_when_many_things_are_to_be_signed_says_how_the_others_are_made() -> None:
    """Lines to paste never push the verdict out, and do not count as a part of it."""
    comment = render_comment(replace(NEEDS, by_hand=(BY_HAND,) * 40))
    assert "`ztix sign` makes the others, on a clone." in comment.text
    assert not comment.truncated
