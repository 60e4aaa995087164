"""What the proofs that are looked up have in common: a token that stands, or not, in what somebody answered.

Law: pure. A place that did not answer leaves the proof undecided, whatever the other places said, unless one
of them has the token. A place that answered without any token says that nobody tried this way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ztix.admission.host import website_host
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    Judgement,
    NotGiven,
    PeeringDbNet,
    Proven,
    Question,
    Said,
    Unanswered,
    Undecided,
)
from ztix.admission.token import Found, find, token
from ztix.evidence import plain
from ztix.terms import Label

Places: TypeAlias = Mapping[Question, str]
"""Where the token may stand: each question with the place's name, for people."""

SLOW = "What was just published may take 15 minutes to be seen. Leave it there: it is looked for again."


def token_of(claimed: Claimed) -> str:
    """The token that proves this claim."""
    return token(claimed.policy.exchange, claimed.asn, claimed.account)


def unasked(wanted: tuple[Question, ...], answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    """Those that have no answer yet."""
    return tuple(question for question in wanted if question not in answers)


def judged(method: Label, claimed: Claimed, places: Places, answers: Mapping[Question, Answer]) -> Judgement:
    """What the answers about these places make of a claim."""
    wanted, silent, others = token_of(claimed), list[str](), list[str]()
    for question, place in places.items():
        answer = answers.get(question, Unanswered("nobody asked"))
        if isinstance(answer, Unanswered):
            silent.append(f"{place}: {plain(answer.reason, 300)}")
            continue
        found = find(answer.texts, wanted)
        if found is Found.WANTED:
            return Proven(method, f"the token stands in {place}")
        if found is Found.OTHER:
            others.append(place)
    if silent:
        return Undecided(method, f"could not check {'; '.join(silent)}")
    if not others:
        return NotGiven(method)
    return Disproven(
        method,
        f"the token in {' and in '.join(others)} is not the one of `{claimed.asn}`, account "
        f"`{claimed.account}` and this exchange",
        f"publish `{wanted}`, exactly so, beside it or in its place; then ask for the check again",
    )


def at_website(
    claimed: Claimed, answers: Mapping[Question, Answer], places: Callable[[str], Places]
) -> tuple[Question, ...]:
    """What must be asked to find a token at the website's host. places: of a host."""
    host = _host(claimed, answers)
    return unasked((PeeringDbNet(claimed.asn), *(places(host) if host else ())), answers)


def judged_at_website(
    method: Label, claimed: Claimed, answers: Mapping[Question, Answer], places: Callable[[str], Places]
) -> Judgement:
    """What the answers make of a claim; without a website, nobody can have tried."""
    record, host = PeeringDbNet(claimed.asn), _host(claimed, answers)
    if host is not None:
        return judged(method, claimed, places(host), answers)
    if isinstance(answers.get(record), Said):
        return NotGiven(method)
    return judged(method, claimed, {record: "PeeringDB"}, answers)


def _host(claimed: Claimed, answers: Mapping[Question, Answer]) -> str | None:
    """The host of the website that PeeringDB names; None where it names none, or did not answer."""
    said = answers.get(PeeringDbNet(claimed.asn))
    return website_host(said.texts[1]) if isinstance(said, Said) and len(said.texts) > 1 else None
