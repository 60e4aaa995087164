"""Every question reaches the one who can answer it, once, and what is missing here is told."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from threading import Semaphore

import pytest

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
from ztix.cli import asking
from ztix.cli.asking import Asking, NodeIds
from ztix.terms import Asn

A, B = Asn(64500), Asn(64501)
SIGNED = SshSignature(b"text", b"signature", "ztix-member@v1", ("ssh-ed25519 AAAA",))
EACH: dict[Question, Answer] = {
    PeeringDbNet(A): Said(("notes of AS64500",)),
    PeeringDbNet(B): Said(("notes of AS64501",)),
    Remarks(A): Said(("remarks of AS64500",)),
    DnsTxt("example.net"): Said(("txt of example.net",)),
    WellKnown("example.net"): Said(("file of example.net",)),
    SIGNED: Said(("ssh-ed25519 AAAA",)),
    Checklist(b"list"): Said(("list",)),
    NodeKey("identity"): Said(("identity",)),
}


class Everybody:
    """Answers with what it was asked, and counts."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def asking(self) -> Asking:
        return Asking(
            notes=self.notes,
            remarks=lambda asn: self.one(asn, f"remarks of {asn}"),
            txt=lambda name: self.one(name, f"txt of {name}"),
            file=lambda host: self.one(host, f"file of {host}"),
            who_signed=lambda question: self.one(question, question.keys[0]),
            judged=lambda question: self.one(question, question.content.decode()),
            node_of=lambda question: self.one(question, question.identity),
        )

    def notes(self, asns: Iterable[Asn]) -> Mapping[Asn, Answer]:
        wanted = list(asns)
        self.calls.append(wanted)
        return {asn: Said((f"notes of {asn}",)) for asn in wanted}

    def one(self, asked: object, text: str) -> Answer:
        self.calls.append(asked)
        return Said((text,))


def test_asking_when_each_kind_is_asked_answers_each() -> None:
    """PeeringDB is asked about all of its networks at once, everything else one by one."""
    others = Everybody()
    assert others.asking()(list(EACH)) == EACH
    assert [A, B] in others.calls
    assert len(others.calls) == 7


def test_asking_when_asked_again_asks_nobody() -> None:
    """Neither the same question twice in one call, nor in a later one."""
    others = Everybody()
    ask = others.asking()
    ask([Remarks(A), Remarks(A)])
    assert ask([Remarks(A)]) == {Remarks(A): Said(("remarks of AS64500",))}
    assert others.calls == [A]
    assert ask([]) == {}


def test_asking_when_one_is_slow_does_not_wait_for_it_before_the_next() -> None:
    """Several websites are asked together: each of two waits for the other, or the test hangs and fails."""
    both = threading.Barrier(2, timeout=10)

    def file(host: str) -> Answer:
        both.wait()
        return Said((host,))

    hosts = [WellKnown("a.example"), WellKnown("b.example")]
    assert len(Asking(file=file)(hosts)) == 2


def test_asking_when_peeringdb_leaves_one_out_has_no_answer() -> None:
    """Nothing is known of it."""
    ask = Asking(notes=lambda _: {})
    assert ask([PeeringDbNet(A)]) == {PeeringDbNet(A): Unanswered("nobody asked PeeringDB")}


def test_asking_when_programs_are_missing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without them can tell nothing, and nobody is denied for it."""
    monkeypatch.setenv("PATH", "/nonexistent")
    signed = asking.who_signed(SIGNED)
    assert isinstance(signed, Unanswered)
    assert "there is no `ssh-keygen`" in signed.reason


def test_node_of_what_is_no_identity_is_none() -> None:
    """A text without a key gives no node id."""
    assert NodeIds().node_of(NodeKey("rubbish")) == Said()


def test_node_of_when_its_turns_are_over_computes_no_more() -> None:
    """Twenty keys of a stranger would keep the others waiting for minutes, and could be made in one."""
    answer = NodeIds(lambda: None, Semaphore(0)).node_of(NodeKey(f"1a2b3c4d5e:0:{'00' * 64}"))
    assert isinstance(answer, Unanswered)
    assert "there is no `zerotier-idtool` here" in answer.reason
