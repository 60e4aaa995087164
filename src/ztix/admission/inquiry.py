"""Asks all that some proofs need, in rounds, each question once: an answer may lead to the next question.

Law: pure; who carries the questions is handed in. A method whose questions never end gets what was answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from ztix.admission.proof import Answer, Claimed, Method, Question, Unanswered

Ask: TypeAlias = Callable[[Sequence[Question]], Mapping[Question, Answer]]
"""Answers to questions; one that is left out counts as unanswered."""

ROUNDS_MAX = 4


def inquire(claims: Iterable[tuple[Method, Claimed]], ask: Ask) -> dict[Question, Answer]:
    """The answers that these methods need to judge these claims. Raises what `ask` raises."""
    pairs, answers = list(claims), dict[Question, Answer]()
    for _ in range(ROUNDS_MAX):
        wanted = dict.fromkeys(
            question for method, claimed in pairs for question in method.questions(claimed, answers)
        )
        fresh = [question for question in wanted if question not in answers]
        if not fresh:
            break
        said = ask(fresh)
        answers.update({question: said.get(question, Unanswered("nobody asked")) for question in fresh})
    return answers
