"""Proofs that are looked for again: kept, lost, silent, of another organisation, and what follows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.exchange_fixture import good_files, member_text, read
from tests.unit.exchange_fixture import tree as tree_of
from ztix.admission.inquiry import inquire
from ztix.admission.proof import (
    Answer,
    DnsTxt,
    PeeringDbNet,
    Question,
    Remarks,
    Said,
    Unanswered,
    WellKnown,
)
from ztix.admission.recheck import Rechecked, look_again, overdue, recheck, remembered_losses
from ztix.admission.remembered import PATH, Key, Remembered, read_remembered, remembered_text
from ztix.admission.search import claims, due
from ztix.admission.suspension import suspended
from ztix.admission.token import token
from ztix.exchange import Exchange
from ztix.terms import Asn, Label

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
THEN = NOW - timedelta(days=10)
A, B = Asn(64500), Asn(64501)
NOTES, REGISTRY = Label("peeringdb-notes"), Label("registry")
BY_TWO = "proofs: [peeringdb-notes, registry]\nsuspend_after_days: 30\nreproof_days: 7\n"
DOWN = Unanswered("it answered 503")
NET, REMARKS = PeeringDbNet(A), Remarks(A)


def exchange(policy: str = BY_TWO, **changed: str) -> Exchange:
    files = good_files()
    files["policy/admission.yaml"] += policy
    return read({**files, **{f"members/{asn}.yaml": text for asn, text in changed.items()}})


EXCHANGE = exchange()


def published(asn: Asn = A, account: int = 64500) -> str:
    return token(EXCHANGE.policy.exchange, asn, account)


def net(notes: str = "", org_id: int | None = 7) -> Said:
    return Said((notes, "", str(org_id or "")))


def proof(asn: Asn = A, **parts: object) -> Remembered:
    return replace(Remembered(asn, NOTES, int(asn), 7, THEN, THEN), **parts)  # type: ignore[arg-type] # by name


def kept(*proofs: Remembered) -> dict[Key, Remembered]:
    return {one.key: one for one in proofs}


def again(
    said: dict[Question, Answer],
    *proofs: Remembered,
    world: Exchange = EXCHANGE,
    accepted: frozenset[Asn] = frozenset(),
    complete: bool = True,
) -> Rechecked:
    """What is found where only AS64500 is asked about, and the rest is as it is."""
    files = tuple(file for file in world.members if file.member.asn == A)
    held = kept(*proofs)
    answers = inquire(
        claims(world, held, files, NOW), lambda questions: {q: said.get(q, Said()) for q in questions}
    )
    return recheck(world, held, files, answers, NOW, accepted=accepted, complete=complete)


def rules(found: Rechecked) -> list[str]:
    return [finding.rule for finding in found.findings]


def test_recheck_when_a_token_is_seen_first_remembers_it() -> None:
    """With the organisation that PeeringDB names, so that a change of it is seen."""
    found = again({NET: net(published())})
    assert found.proofs == (Remembered(A, NOTES, 64500, 7, NOW, NOW),)
    assert (rules(found), found.asked, found.holding, found.unknown) == ([], 1, 1, 0)


def test_recheck_when_two_ways_hold_remembers_both() -> None:
    """One may be lost then, and nobody is bothered."""
    found = again({NET: net(published()), REMARKS: Said((published(),))})
    assert [one.method for one in found.proofs] == [NOTES, REGISTRY]


def test_recheck_when_nothing_was_ever_published_says_nothing() -> None:
    """Maintainers let that member in by other means."""
    assert again({NET: net()}) == Rechecked((), again({}).findings, 1, 0, 0)
    assert rules(again({NET: DOWN, REMARKS: DOWN})) == []


def test_recheck_when_a_token_still_stands_notes_when_it_was_seen() -> None:
    """What it was first is not forgotten."""
    assert again({NET: net(published())}, proof()).proofs == (proof(seen=NOW),)


def test_recheck_when_a_token_is_gone_warns_and_keeps_the_day() -> None:
    """A day counts from the first time that it was missed."""
    found = again({NET: net("nothing")}, proof())
    assert found.proofs == (proof(lost=NOW),)
    assert rules(found) == ["ZT641"]
    (finding,) = found.findings
    assert finding.span.path == "members/AS64500.yaml"
    assert "since 2026-11-22: `peeringdb-notes` of account `64500`" in finding.message
    assert "`ztix prove AS64500`" in finding.help
    earlier = NOW - timedelta(days=3)
    assert again({NET: net()}, proof(lost=earlier)).proofs == (proof(lost=earlier),)


def test_recheck_when_another_token_stands_there_it_is_gone() -> None:
    """A token of somebody else is as good as none."""
    assert rules(again({NET: net(published(account=1))}, proof())) == ["ZT641"]


def test_recheck_when_the_record_is_gone_warns_and_nothing_more() -> None:
    """PeeringDB has lost records of live networks before."""
    found = again({NET: Said()}, proof())
    assert (found.proofs, rules(found)) == ((proof(lost=NOW),), ["ZT641"])


@pytest.mark.parametrize("lost", [None, NOW - timedelta(days=2)])
def test_recheck_when_nobody_answers_leaves_all_as_it_is(lost: datetime | None) -> None:
    """Unknown stays unknown: what held is not lost, and what was lost does not come back."""
    found = again({NET: DOWN, REMARKS: DOWN}, proof(lost=lost))
    assert found.proofs == (proof(lost=lost),)
    assert rules(found) == (["ZT640", "ZT641"] if lost else ["ZT640"])
    assert (found.holding, found.unknown) == (0, 1)


def test_recheck_when_one_way_is_silent_and_another_holds_is_content() -> None:
    """One proof is enough; the silent one is neither dropped nor told."""
    both = (proof(), proof(method=REGISTRY))
    found = again({NET: DOWN, REMARKS: Said((published(),))}, *both)
    assert found.proofs == (proof(), proof(method=REGISTRY, seen=NOW))
    assert (rules(found), found.unknown) == ([], 0)


def test_recheck_when_one_way_is_lost_and_another_holds_forgets_the_lost_one() -> None:
    """It may return as a new one."""
    found = again({NET: net(), REMARKS: Said((published(),))}, proof(), proof(method=REGISTRY))
    assert (found.proofs, rules(found)) == ((proof(method=REGISTRY, seen=NOW),), [])


def test_recheck_when_a_lost_token_returns_forgets_that_it_was_lost() -> None:
    """As if nothing had been."""
    found = again({NET: net(published())}, proof(lost=NOW - timedelta(days=40)))
    assert (found.proofs, rules(found)) == ((proof(seen=NOW),), [])


def test_recheck_when_the_organisation_is_another_asks_for_a_new_proof() -> None:
    """The token may be what the former holder left in the record."""
    found = again({NET: net(published(), 9)}, proof())
    assert found.proofs == (proof(lost=NOW),)
    (finding,) = found.findings
    assert finding.rule == "ZT643"
    assert "`AS64500` to the organisation `9`, and to `7` when it was proven" in finding.message
    assert "--accept AS64500" in finding.help


def test_recheck_when_the_organisation_is_another_takes_a_new_proof() -> None:
    """By another account, or in another place."""
    theirs = exchange(
        AS64500=member_text(64500).replace("id: 64500, login: user64500", "id: 99, login: other")
    )
    found = again({NET: net(published(account=99), 9)}, proof(), world=theirs)
    assert (found.proofs, rules(found)) == ((Remembered(A, NOTES, 99, 9, NOW, NOW),), [])


def test_recheck_when_a_person_accepts_the_organisation_takes_the_old_proof() -> None:
    """From then on the new one is expected."""
    found = again({NET: net(published(), 9)}, proof(lost=THEN), accepted=frozenset({A}))
    assert (found.proofs, rules(found)) == ((proof(org_id=9, seen=NOW),), [])


@pytest.mark.parametrize(
    ("old", "org_id", "new"),
    [
        (proof(org_id=None), 9, proof(org_id=9, seen=NOW)),
        (proof(org_id=None, lost=THEN), None, proof(org_id=None, seen=NOW)),
        (proof(), None, proof(seen=NOW)),
        (proof(lost=THEN), None, proof(lost=THEN)),
    ],
)
def test_recheck_when_an_organisation_is_not_known(
    old: Remembered, org_id: int | None, new: Remembered
) -> None:
    """What is not known is learnt; what was lost is not won back while nobody can see whose it is."""
    assert again({NET: net(published(), org_id)}, old).proofs == (new,)


def test_recheck_when_a_contact_left_still_knows_its_token() -> None:
    """The organisation published it, whoever speaks for it by now."""
    theirs = exchange(
        AS64500=member_text(64500).replace("id: 64500, login: user64500", "id: 99, login: other")
    )
    found = again({NET: net(published())}, proof(), world=theirs)
    assert (found.proofs, rules(found)) == ((proof(seen=NOW),), [])


def test_recheck_when_policy_no_longer_accepts_a_way_asks_for_another() -> None:
    """A proof that policy dropped proves nothing any more."""
    strict = exchange("proofs: [registry]\n")
    found = again({NET: net(published())}, proof(), world=strict)
    assert (found.proofs, rules(found)) == ((proof(lost=NOW),), ["ZT641"])


def test_recheck_when_members_left_forgets_them_once_all_files_are_read() -> None:
    """A file that cannot be read may be the one that is missing."""
    gone, other = proof(Asn(64510)), proof(B)
    assert again({NET: net()}, gone, other).proofs == (other,)
    assert again({NET: net()}, gone, other, complete=False).proofs == (other, gone)


def test_recheck_when_many_are_silent_tells_it_once() -> None:
    """An outage is one event."""
    held = kept(proof(), proof(B))
    down: dict[Question, Answer] = {
        question: DOWN for asn in (A, B) for question in (PeeringDbNet(asn), Remarks(asn))
    }
    found = recheck(EXCHANGE, held, EXCHANGE.members, down, NOW)
    (finding,) = found.findings
    assert "the proof of `AS64500` and 1 more: could not check PeeringDB: it answered 503" in finding.message
    assert [span.path for span in finding.related] == ["members/AS64501.yaml"]


@pytest.mark.parametrize(("days", "told"), [(29, ["ZT641"]), (30, ["ZT641", "ZT642"])])
def test_recheck_when_a_proof_is_lost_for_long_proposes_a_suspension(days: int, told: list[str]) -> None:
    """After the days of policy, and by a person's merge."""
    found = again({NET: net()}, proof(lost=NOW - timedelta(days=days)))
    assert rules(found) == told


@pytest.mark.parametrize(
    ("policy", "questions"),
    [
        (BY_TWO, [{PeeringDbNet(A), Remarks(A)}]),
        ("proofs: [registry]\n", [{Remarks(A)}, {PeeringDbNet(A)}]),
        ("proofs: [registry]\npeeringdb: off\n", [{Remarks(A)}]),
    ],
)
def test_look_again_asks_about_who_is_due_and_whose_the_network_is(
    policy: str, questions: list[set[Question]]
) -> None:
    """The organisation counts for each way, so PeeringDB is asked also where no proof is looked for there."""
    files = good_files()
    files["policy/admission.yaml"] = "reserved_asns_allowed: [64496-64511]\n" + policy
    rounds: list[set[Question]] = []

    def ask(asked: Sequence[Question]) -> Mapping[Question, Answer]:
        rounds.append(set(asked))
        return {question: Said() for question in asked}

    found = look_again(read(files), kept(proof(B, seen=NOW)), ask, NOW)
    assert [asked for asked in rounds if asked] == questions
    assert found.proofs == (proof(B, seen=NOW),)


def test_look_again_when_an_organisation_is_accepted_asks_about_it_though_it_is_not_due() -> None:
    """A person waits for the answer."""
    held = kept(proof(seen=NOW), proof(B, seen=NOW, org_id=9))
    said: dict[Question, Answer] = {PeeringDbNet(B): net(published(B, 64501))}
    found = look_again(
        EXCHANGE,
        held,
        lambda asked: {question: said.get(question, Said()) for question in asked},
        NOW,
        accepted=frozenset({B}),
    )
    assert found.proofs == (proof(seen=NOW), proof(B, seen=NOW))
    assert (found.asked, found.holding) == (1, 1)


def test_look_again_asks_first_about_who_has_something_to_lose() -> None:
    """A registry may stop answering in the middle, and those who were vouched for lose nothing by it."""
    first: list[Question] = []

    def ask(asked: Sequence[Question]) -> Mapping[Question, Answer]:
        first.extend(asked)
        return {question: Said() for question in asked}

    look_again(EXCHANGE, kept(proof(B)), ask, NOW)
    assert first == [PeeringDbNet(B), Remarks(B), PeeringDbNet(A), Remarks(A)]


def test_recheck_when_nobody_could_have_published_anything_asks_nobody() -> None:
    """A member with an e-mail address alone was let in by a person."""
    silent = exchange(AS64500=member_text(64500).replace("github: {id: 64500, login: user64500}\n    ", ""))
    assert again({}, world=silent).asked == 0


def test_overdue_when_the_member_is_suspended_already_is_nobody() -> None:
    """There is nothing left to propose."""
    lost = proof(lost=NOW - timedelta(days=99))
    resting = exchange(AS64500=member_text(64500, "status: suspended\n"))
    assert overdue(resting, [lost], NOW) == []
    assert [file.member.asn for file, _ in overdue(EXCHANGE, [lost], NOW)] == [A]
    assert overdue(EXCHANGE, [lost, proof(method=REGISTRY)], NOW) == []


@pytest.mark.parametrize(
    ("proofs", "asns"),
    [
        ((), [A, B]),
        ((proof(seen=NOW),), [B]),
        ((proof(seen=NOW - timedelta(days=6, hours=23)),), [A, B]),
        ((proof(seen=NOW - timedelta(days=6)),), [B]),
        ((proof(), proof(method=REGISTRY, seen=NOW)), [B]),
        ((proof(seen=NOW, lost=NOW),), [A, B]),
    ],
)
def test_due_members_are_those_who_have_waited(proofs: tuple[Remembered, ...], asns: list[Asn]) -> None:
    """By date: a weekly job that runs an hour early skips nobody."""
    assert [file.member.asn for file in due(EXCHANGE, kept(*proofs), NOW)] == asns


def test_recheck_by_dns_and_website_asks_where_peeringdb_says() -> None:
    """All four ways are looked for where policy accepts them."""
    wide = exchange("proofs: [peeringdb-notes, registry, dns, website]\n")
    said: dict[Question, Answer] = {
        NET: Said(("", "https://example.net", "7")),
        DnsTxt("example.net"): Said((published(),)),
        WellKnown("example.net"): Said((published(),)),
    }
    assert [one.method for one in again(said, world=wide).proofs] == ["dns", "website"]


def test_remembered_when_written_and_read_is_the_same() -> None:
    """One proof a line, ascending, whatever the order."""
    proofs = [proof(B), proof(lost=NOW), proof(method=REGISTRY, org_id=None)]
    text = remembered_text(proofs)
    assert text == remembered_text(reversed(proofs))
    found, report = read_remembered(tree_of({PATH: text}))
    assert (found, len(report)) == (kept(*proofs), 0)
    assert read_remembered(tree_of({})) == ({}, report)


@pytest.mark.parametrize(
    "part",
    [
        {"asn": 0},
        {"method": "A B"},
        {"account": None},
        {"account": 0},
        {"org_id": "x"},
        {"since": "2026-01-01"},
        {"seen": None},
        {"lost": "never"},
    ],
)
def test_remembered_when_a_record_is_damaged_is_reported(part: dict[str, object]) -> None:
    """On its line, and the others are read."""
    good = remembered_text([proof(), proof(B)])
    row = good.splitlines()[3].rstrip(",")
    spoilt = json.dumps({**json.loads(row), **part})
    found, report = read_remembered(tree_of({PATH: good.replace(row, spoilt)}))
    assert [(finding.rule, finding.span.line) for finding in report] == [("ZT602", 4)]
    assert list(found) == [proof(B).key]


MEMBER = member_text(64500)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MEMBER, MEMBER.replace("nodes:", "status: suspended\nnodes:")),
        (
            MEMBER.replace("nodes:", "# our routers\n# two of them\nnodes:"),
            MEMBER.replace("nodes:", "status: suspended\n# our routers\n# two of them\nnodes:"),
        ),
        (
            MEMBER.replace("nodes:", "status: active  # for now\nnodes:"),
            MEMBER.replace("nodes:", "status: suspended\nnodes:"),
        ),
        (MEMBER.partition("nodes:")[0], MEMBER.partition("nodes:")[0] + "status: suspended\n"),
        ("{asn: 64500, name: A, contacts: [{email: a@example.net}]}\n", None),
        ("asn: [\n", None),
        ("asn: 64500\n", None),
    ],
)
def test_suspended_changes_one_line(text: str, expected: str | None) -> None:
    """Comments stay where they belong; what is written in another form is left to people."""
    assert suspended("members/AS64500.yaml", text.encode()) == expected


def test_losses_are_told_by_the_record_alone() -> None:
    """Whoever checks the exchange hears of a lost proof between two looks, and asks nobody for it."""
    long_ago = NOW - timedelta(days=31)
    lines = remembered_text([proof(lost=THEN), proof(B, lost=long_ago), proof(Asn(64509), lost=THEN)])
    told = list(remembered_losses(EXCHANGE, tree_of({PATH: lines}), NOW))
    assert [(each.rule, each.span.path) for each in told] == [
        ("ZT641", "members/AS64500.yaml"),
        ("ZT641", "members/AS64501.yaml"),
        ("ZT642", "members/AS64501.yaml"),
    ]
    assert "since 2026-11-12" in told[0].message


def test_losses_when_nothing_is_lost_or_nothing_remembered_are_none() -> None:
    """A proof that holds beside one that was lost says all; without a record there is nothing to say."""
    lines = remembered_text([proof(lost=THEN), proof(method=REGISTRY)])
    assert not remembered_losses(EXCHANGE, tree_of({PATH: lines}), NOW)
    assert not remembered_losses(EXCHANGE, tree_of({}), NOW)


def test_losses_when_the_record_is_damaged_tell_that() -> None:
    """A record that cannot be read might hide a loss."""
    (finding,) = remembered_losses(EXCHANGE, tree_of({PATH: "{"}), NOW)
    assert (finding.rule, finding.span.path) == ("ZT600", PATH)
