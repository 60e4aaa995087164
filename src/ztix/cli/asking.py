"""Carries the questions of proofs to the drivers that can answer them. The only place where these meet.

Law: a question is asked once in a run. What is in it may be a stranger's, and each driver is on its guard for
itself; what cannot be asked here, because a program is missing, is unanswered and says what is missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Semaphore
from typing import TYPE_CHECKING, assert_never

from ztix.admission.proof import (
    Answer,
    Checklist,
    DnsTxt,
    NodeKey,
    PeeringDbNet,
    Question,
    Remarks,
    Said,
    SshSignature,
    Unanswered,
    WellKnown,
)

if TYPE_CHECKING:
    from ztix.drivers.idtool import IdTool
    from ztix.drivers.rdap import Rdap
    from ztix.drivers.well_known import WellKnownFile
    from ztix.terms import Asn

AT_ONCE = 8  # questions that are under way together
COMPUTED_MAX = 6  # ids of nodes that one run computes
PEERINGDB_S = 70.0  # seconds of waiting; PeeringDB most often asks for a minute


def notes(asns: Iterable[Asn]) -> Mapping[Asn, Answer]:
    """Asks PeeringDB, in as few queries as it likes."""
    from pydantic import SecretStr

    from ztix.drivers.http import RetryBudget
    from ztix.drivers.peeringdb import PeeringDb, peeringdb_client

    key = os.environ.get("ZTIX_PEERINGDB_API_KEY")
    with peeringdb_client(SecretStr(key) if key else None) as client:
        return PeeringDb(client, RetryBudget(retries=3, seconds=PEERINGDB_S)).notes(asns)


def remarks(asn: Asn) -> Answer:
    """Asks the AS number's registry."""
    return _registries().remarks(asn)


def txt(name: str) -> Answer:
    """Asks the name servers."""
    from ztix.drivers.dns_txt import DnsRecords

    return DnsRecords().txt(name)


def file(host: str) -> Answer:
    """Asks a website."""
    return _websites().text(host)


def who_signed(question: SshSignature) -> Answer:
    """Asks `ssh-keygen`."""
    from ztix.drivers.ssh_keygen import INSTALL, find_ssh_keygen

    program = find_ssh_keygen()
    return program.who_signed(question) if program else Unanswered(f"there is no `ssh-keygen`: {INSTALL}")


def judged(question: Checklist) -> Answer:
    """Asks `rpki-client`."""
    from ztix.drivers.rpki_client import find_rpki_client

    program = find_rpki_client()
    return program.judged(question) if program else Unanswered("there is no `rpki-client` on this machine")


@cache
def _registries() -> Rdap:
    from ztix.drivers.rdap import Rdap

    return Rdap()


@cache
def _websites() -> WellKnownFile:
    from ztix.drivers.well_known import WellKnownFile

    return WellKnownFile()


def _idtool() -> IdTool | None:
    from ztix.drivers.idtool import find_idtool

    return find_idtool()


@dataclass(frozen=True, slots=True)
class NodeIds:
    """Asks `zerotier-idtool`, or computes: some ten seconds for each, so only a few in a run.

    find: the program, None where it is missing.  turns: how many more are computed; anybody can offer many
    keys, and others wait.
    """

    find: Callable[[], IdTool | None] = _idtool
    turns: Semaphore = field(default_factory=lambda: Semaphore(COMPUTED_MAX))

    def node_of(self, question: NodeKey) -> Answer:
        """The node whose key it is; Said() where the id does not follow from the key."""
        from ztix.errors import Unavailable
        from ztix.identity import Identity, derived

        try:
            identity, tool = Identity.parse(question.identity), self.find()
            if tool is None and not self.turns.acquire(blocking=False):
                return Unanswered("there is no `zerotier-idtool` here, and computing all would take too long")
            holds = tool.is_valid(identity) if tool else derived(identity.public) == identity.node
        except ValueError:
            return Said()
        except Unavailable as error:
            return Unanswered(error.message)
        return Said((identity.node,)) if holds else Said()


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks. The fields are who is asked, so that tests stay at home; answers: what was said so far."""

    notes: Callable[[Iterable[Asn]], Mapping[Asn, Answer]] = notes
    remarks: Callable[[Asn], Answer] = remarks
    txt: Callable[[str], Answer] = txt
    file: Callable[[str], Answer] = file
    who_signed: Callable[[SshSignature], Answer] = who_signed
    judged: Callable[[Checklist], Answer] = judged
    node_of: Callable[[NodeKey], Answer] = field(default_factory=lambda: NodeIds().node_of)
    answers: dict[Question, Answer] = field(default_factory=dict)

    def __call__(self, questions: Sequence[Question]) -> Mapping[Question, Answer]:
        """An answer to each question. Raises nothing that a driver does not."""
        fresh = [question for question in dict.fromkeys(questions) if question not in self.answers]
        self.answers.update(self._asked(fresh))
        return {question: self.answers[question] for question in questions}

    def _asked(self, questions: list[Question]) -> Iterator[tuple[Question, Answer]]:
        """PeeringDB is asked once about all; the rest at the same time as that, a few at once."""
        from concurrent.futures import ThreadPoolExecutor

        networks = [question for question in questions if isinstance(question, PeeringDbNet)]
        others = [question for question in questions if not isinstance(question, PeeringDbNet)]
        if not questions:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            about = pool.submit(self._networks, networks)
            yield from zip(others, pool.map(self._one, others), strict=True)
            yield from about.result()

    def _networks(self, questions: list[PeeringDbNet]) -> list[tuple[Question, Answer]]:
        if not questions:
            return []
        said = self.notes([question.asn for question in questions])
        return [(asked, said.get(asked.asn, Unanswered("nobody asked PeeringDB"))) for asked in questions]

    def _one(self, question: Question) -> Answer:
        answer: Answer
        match question:
            case PeeringDbNet():
                answer = dict(self._networks([question]))[question]
            case Remarks(asn):
                answer = self.remarks(asn)
            case DnsTxt(name):
                answer = self.txt(name)
            case WellKnown(host):
                answer = self.file(host)
            case SshSignature():
                answer = self.who_signed(question)
            case Checklist():
                answer = self.judged(question)
            case NodeKey():
                answer = self.node_of(question)
            case _:
                assert_never(question)
        return answer
