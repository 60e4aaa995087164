"""Questions are asked in rounds, together, and once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.unit.test_proofs_looked_up import AT, BELOW, CLAIM, FILE_AT, METHODS, NET, REMARKS, SITE
from ztix.admission.inquiry import ROUNDS_MAX, inquire
from ztix.admission.proof import Answer, Claimed, DnsTxt, Judgement, NotGiven, Question, Said, Unanswered
from ztix.terms import Label


class Asked:
    """Answers from a table, and tells what it was asked, round by round."""

    def __init__(self, table: Mapping[Question, Answer]) -> None:
        self.table, self.rounds = table, list[list[Question]]()

    def __call__(self, questions: Sequence[Question]) -> Mapping[Question, Answer]:
        self.rounds.append(list(questions))
        return {question: self.table[question] for question in questions if question in self.table}


def test_inquire_when_methods_share_a_question_asks_it_once() -> None:
    """PeeringDB's answer serves three methods, and names the host for the second round."""
    ask = Asked({NET: SITE, REMARKS: Said(), BELOW: Said(), AT: Said(), FILE_AT: Said()})
    answers = inquire([(method, CLAIM) for method in METHODS.values()], ask)
    assert ask.rounds == [[NET, REMARKS], [BELOW, AT, FILE_AT]]
    assert answers == ask.table


def test_inquire_when_a_question_is_left_out_counts_it_as_unanswered() -> None:
    """Nobody is proven, and nobody denied, by what was not asked."""
    assert inquire([(METHODS["registry"], CLAIM)], Asked({})) == {REMARKS: Unanswered("nobody asked")}


def test_inquire_when_nothing_is_to_be_asked_asks_nobody() -> None:
    """No method, no call."""
    ask = Asked({})
    assert inquire([], ask) == {}
    assert ask.rounds == []


class Endless:
    """A method that always has one more question."""

    name = Label("endless")
    title = "endless"

    def instructions(self, claimed: Claimed) -> str:
        return f"{claimed.asn}"

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        return (*answers, DnsTxt(f"{len(answers)}.example"))

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        return NotGiven(self.name)


def test_inquire_when_questions_never_end_ends() -> None:
    """After a few rounds, with one new question in each."""
    ask = Asked({})
    assert len(inquire([(Endless(), CLAIM)], ask)) == ROUNDS_MAX
    assert all(len(questions) == 1 for questions in ask.rounds)
