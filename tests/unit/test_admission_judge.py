"""Verdicts: what is demanded of a join, an edit, a leave, keys and nodes, and what everybody does next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.claim_fixture import MAINTAINERS as WITH_KEYS
from tests.unit.claim_fixture import invited
from tests.unit.exchange_fixture import NOW, POLICY, member_text, read
from tests.unit.submission_fixture import (
    ADMIN,
    ADMISSION,
    MAINTAINERS,
    OWNER,
    REVIEWER,
    STRANGER,
    Nothing,
    Outside,
    base_files,
    judged,
    offered,
    rules_of,
    state_of,
)
from tests.unit.test_proof_node import identity
from tests.unit.test_public_keys import GOOD
from ztix.admission.case import narrowed, open_case
from ztix.admission.demands import _of, asked
from ztix.admission.judge import found_in, waiting_words
from ztix.admission.methods.first_keys import METHOD as FIRST_KEYS
from ztix.admission.methods.node import enclosure_text, sign
from ztix.admission.proof import (
    NodeKey,
    NotGiven,
    PeeringDbNet,
    Question,
    Said,
    SshSignature,
    Unanswered,
)
from ztix.admission.statement import NAMESPACE, statement
from ztix.admission.token import token
from ztix.admission.verdict import Demand, State
from ztix.enclosure import CHECKLIST
from ztix.errors import Exit, Invalid
from ztix.fabric import Attach, Configure, Detach
from ztix.policy import ExchangePolicy, Policy
from ztix.review import exit_of
from ztix.terms import Asn, Label

MEMBER, TEXT = "members/AS64500.yaml", member_text(64500)
JOINING, NEW = "members/AS64503.yaml", member_text(64503)
SIGNATURE = "members/AS64500.yaml.sig"
EXCHANGE = ExchangePolicy(name=Label("example-ix"), title="Example IX", asn=Asn(64496))
PROOFS = ADMISSION.replace("[invitation]", "[peeringdb-notes, dns, invitation]")
NET = PeeringDbNet(Asn(64503))
TOKEN = token(EXCHANGE, Asn(64503), 64503)


def joining(admission: str = PROOFS, **more: object) -> tuple[State, list[Demand], Outside]:
    """The verdict on AS64503's own join, with these answers."""
    outside = Outside(**more)  # type: ignore[arg-type]  # the fields of Outside
    base = {**base_files(), "policy/admission.yaml": admission}
    verdict = judged(offered({JOINING: NEW}, author=64503, base=base), outside)
    return verdict.state, list(verdict.demands), outside


def test_join_when_a_proof_holds_is_ready() -> None:
    """The author is in the new file, and PeeringDB's notes have the token."""
    state, demands, outside = joining(answers={NET: Said((f"hello {TOKEN}", "", "1"))})
    assert state is State.READY
    assert [demand.what for demand in demands] == ["author", "proof"]
    assert NET in outside.asked


def test_join_when_nothing_is_shown_is_open_and_says_how() -> None:
    """Nobody is refused for what they have not done yet."""
    state, demands, _ = joining(answers={NET: Said(("", "", "1"))})
    assert state is State.OPEN
    assert demands[-1] == Demand(
        "proof",
        State.OPEN,
        "nothing shows yet that account 64503 holds AS64503",
        "publish `ztix-verify=354dcfd55ffe00d1d6f4434564cb616c865dd172` as a line in PeeringDB's notes or a "
        "TXT record at the website's domain, and have it judged again; or `ztix prove AS64503 --account "
        "64503` tells what to do; or a maintainer approves",
    )


def test_join_when_nothing_is_published_here_names_no_token() -> None:
    """Where policy takes no published proof, a token would be of no use."""
    base = {**base_files(), "policy/admission.yaml": ADMISSION.replace("invitation", "checklist")}
    (*_, demand) = judged(offered({JOINING: NEW}, author=64503, base=base)).demands
    assert demand.help == "`ztix prove AS64503 --account 64503` tells what to do; or a maintainer approves"


def approvals(author: int, *approving: int, path: str = "policy/gates.yaml") -> list[tuple[str, str]]:
    """State and words of each row about approvals, of a change of policy."""
    verdict = judged(offered({path: "health_timeout_s: 10\n"}, author=author, approvals=approving))
    return [(each.state.name, each.words) for each in verdict.demands if each.what != "author"]


def test_approval_of_somebody_who_is_no_maintainer_is_told_not_to_count() -> None:
    """Whoever approves on a forge, and whoever waits for it, learns that it changes nothing."""
    (needed, other) = approvals(64500, STRANGER, 98)
    assert needed == ("OPEN", "the policy changes: `policy/gates.yaml`")
    no = "does not count, for `policy/maintainers.yaml` as merged names no such"
    assert other == ("READY", f"the approval of account 98, account {STRANGER} {no}")
    (_, (_, many)) = approvals(64500, *range(100, 107))
    some = "account 100, account 101, account 102, account 103, account 104 and 2 more"
    assert many == f"the approval of {some} {no}"


def test_approval_of_ones_own_change_is_told_to_count_for_owners_alone() -> None:
    """An admin who approves what it offers is no second pair of eyes."""
    (_, own) = approvals(ADMIN, ADMIN)
    assert own == ("READY", f"account {ADMIN} approves what it offers itself, which counts for owners alone")
    assert [state for state, _ in approvals(OWNER, OWNER)] == ["READY"]


def test_approval_of_a_role_that_is_not_enough_is_told() -> None:
    """It says who approved, and still whose approval is needed."""
    ((state, words),) = approvals(64500, REVIEWER)
    enough = "that cay (reviewer) approves is not enough"
    assert (state, words) == ("OPEN", f"the policy changes: `policy/gates.yaml`; {enough}")


def test_join_when_nobody_answers_is_unknown_and_never_refused() -> None:
    """An outage admits nobody and denies nobody."""
    state, demands, _ = joining(answers={NET: Unanswered("it answered 503")})
    assert state is State.UNKNOWN
    assert "it answered 503" in demands[-1].words


def test_join_when_nobody_answers_tells_to_publish_only_where_that_would_do() -> None:
    """A checklist that could not be checked is waited for; a text in some notes would not be looked at."""
    _, demands, _ = joining(answers={NET: Unanswered("it answered 503")})
    assert TOKEN in demands[-1].help
    base = {**base_files(), "policy/admission.yaml": ADMISSION.replace("invitation", "checklist")}
    changes = {JOINING: NEW, f"members/AS64503{CHECKLIST}": b"\x30\x00"}
    verdict = judged(offered(changes, author=64503, base=base), Outside())
    assert verdict.state is State.UNKNOWN
    assert verdict.demands[-1].help == "run it again later: nobody is refused for what could not be asked"


def test_join_when_an_invitation_counts_asks_nobody_else() -> None:
    """What proves itself spares the look-ups."""
    base = {**base_files(), "policy/admission.yaml": PROOFS, "policy/maintainers.yaml": WITH_KEYS}
    outside = Outside()
    changes = {JOINING: NEW, "members/AS64503.invite": invited(sub="AS64503", account=64503)}
    verdict = judged(offered(changes, author=64503, base=base), outside)
    assert verdict.state is State.READY
    assert verdict.demands[-1].words.endswith("invited by the holder of the key `board`")
    assert not outside.asked


def test_join_when_an_invitation_is_for_no_account_asks_a_maintainer() -> None:
    """It may have been copied: another proof or an approval makes it ready, an outage changes nothing."""
    keys = {"policy/maintainers.yaml": MAINTAINERS + WITH_KEYS, "policy/admission.yaml": PROOFS}
    base = {**base_files(), **keys}
    changes = {JOINING: NEW, "members/AS64503.invite": invited(sub="AS64503", account=None)}
    verdict = judged(offered(changes, author=64503, base=base), Outside({NET: Unanswered("it answered 503")}))
    assert verdict.state is State.OPEN
    assert "for no account" in verdict.demands[-1].words
    assert "`ztix invite AS64503 --account 64503`" in verdict.next[0]
    proven = judged(offered(changes, author=64503, base=base), Outside({NET: Said((TOKEN, "", "1"))}))
    assert proven.state is State.READY
    approved = judged(offered(changes, author=64503, approvals=[REVIEWER], base=base))
    assert approved.state is State.READY
    invited_only = {**base, "policy/admission.yaml": PROOFS + "entry: invited\n"}
    assert judged(offered(changes, author=64503, base=invited_only)).state is State.OPEN


def test_join_when_a_given_proof_is_false_is_refused_with_its_help() -> None:
    """What is forged is told, and also that the other ways could not be tried."""
    base = {**base_files(), "policy/admission.yaml": PROOFS}
    changes = {JOINING: NEW, "members/AS64503.invite": "eyJhbGciOiJub25lIn0.e30."}
    verdict = judged(offered(changes, author=64503, base=base))
    assert [demand.state for demand in verdict.demands] == [State.READY, State.REFUSED, State.UNKNOWN]
    assert verdict.state is State.REFUSED
    assert verdict.next[0].startswith("author: save the line as it was sent")
    alone = judged(offered(changes, author=64503))
    assert [demand.state for demand in alone.demands] == [State.READY, State.REFUSED]


def test_join_when_a_maintainer_vouches_asks_nobody() -> None:
    """A human's word stands in for the author's name in the file and for the proof."""
    outside = Outside()
    base = {**base_files(), "policy/admission.yaml": PROOFS}
    verdict = judged(offered({JOINING: NEW}, author=STRANGER, approvals=[REVIEWER], base=base), outside)
    assert verdict.state is State.READY
    assert verdict.demands == (Demand("proof", State.READY, "cay (reviewer) vouches for AS64503"),)
    assert not outside.asked


def test_join_when_the_file_does_not_name_the_author_is_open() -> None:
    """Somebody else's network is not registered for them without a word."""
    verdict = judged(offered({JOINING: NEW}, author=STRANGER))
    assert state_of(verdict, "author") is State.OPEN
    assert "add `- github: {id: 99, login: …}`" in verdict.next[0]


def test_join_when_entry_is_by_invitation_takes_no_other_proof() -> None:
    """A token in PeeringDB opens an open exchange only."""
    state, demands, outside = joining(PROOFS + "entry: invited\n", answers={NET: Said((TOKEN, "", "1"))})
    assert state is State.OPEN
    assert not outside.asked
    assert demands[-1].what == "proof"


def test_join_when_the_file_cannot_be_read_is_refused_at_once() -> None:
    """Nothing is proven for a file that says nothing, and nothing is asked."""
    outside = Outside()
    verdict = judged(offered({JOINING: "asn: ["}, author=64503), outside)
    assert rules_of(verdict) == ["ZT004"]
    assert verdict.demands[0] == Demand(
        "file", State.REFUSED, f"`{JOINING}` cannot be read: see what is found in it"
    )
    assert exit_of(verdict) is Exit.INVALID
    assert not outside.asked
    assert not verdict.changes


def signed(
    before: str, after: str | None, keys: tuple[str, ...], signature: bytes = b"armour"
) -> SshSignature:
    content = statement(EXCHANGE, MEMBER, before.encode(), after.encode() if after is not None else None)
    return SshSignature(content, signature, NAMESPACE, keys)


KEYED = TEXT + f"auth: [{GOOD[0]}]\n"
SWAPPED = TEXT + f"auth: [{GOOD[1]}]\n"


def keyed(
    after: str | None, answers: dict[Question, Said | Unanswered] | None, approvals: tuple[int, ...] = ()
) -> dict[str, State]:
    """The demands on a change of a file that has a key. answers: None where nothing is signed."""
    changes: dict[str, str | None] = {MEMBER: after}
    if answers is not None:
        changes[SIGNATURE] = "armour"
    base = {**base_files(), MEMBER: KEYED}
    verdict = judged(offered(changes, base=base, approvals=approvals), Outside(answers=answers or {}))
    return {demand.what: demand.state for demand in verdict.demands}


EDITED = KEYED.replace("fra1", "ams1")


def test_edit_when_the_file_has_keys_needs_one_of_them() -> None:
    """The account alone is not enough; an owner may stand in for a key that is lost."""
    asked_of = signed(KEYED, EDITED, (GOOD[0],))
    assert keyed(EDITED, {asked_of: Said((GOOD[0],))})["signature"] is State.READY
    assert keyed(EDITED, {asked_of: Said(())})["signature"] is State.REFUSED
    assert keyed(EDITED, {asked_of: Unanswered("no ssh-keygen")})["signature"] is State.UNKNOWN
    assert keyed(EDITED, None)["signature"] is State.REFUSED
    assert keyed(EDITED, None, (ADMIN,))["signature"] is State.REFUSED
    assert keyed(EDITED, None, (OWNER,))["signature"] is State.READY
    assert keyed(EDITED, {asked_of: Said(())}, (OWNER,))["signature"] is State.REFUSED


def test_leave_when_the_file_has_keys_needs_one_of_them() -> None:
    """Deleting a file is a change of it."""
    assert keyed(None, {signed(KEYED, None, (GOOD[0],)): Said((GOOD[0],))})["signature"] is State.READY
    assert keyed(None, None)["signature"] is State.REFUSED


def test_keys_when_they_change_need_the_old_the_new_and_a_maintainer() -> None:
    """A new key that signs for itself swaps nothing."""
    asked_of = signed(KEYED, SWAPPED, (GOOD[0], GOOD[1]))
    for keys, state in (((GOOD[1],), State.REFUSED), ((GOOD[0],), State.REFUSED), (GOOD[:2], State.READY)):
        found = keyed(SWAPPED, {asked_of: Said(tuple(keys))})
        assert (found["signature"], found["approval"]) == (state, State.OPEN)
    assert keyed(SWAPPED, {asked_of: Said(tuple(GOOD[:2]))}, (ADMIN,))["approval"] is State.READY


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Said(tuple(GOOD[:1])), State.READY),
        (Said(()), State.REFUSED),
        (Unanswered("no ssh-keygen"), State.UNKNOWN),
        (None, State.REFUSED),
    ],
)
def test_first_keys_sign_the_change_that_brings_them(answer: Said | Unanswered | None, state: State) -> None:
    """So that no key gets in that nobody has."""
    changes: dict[str, str | None] = {MEMBER: KEYED}
    if answer is not None:
        changes[SIGNATURE] = "armour"
    asked_of = signed(TEXT, KEYED, (GOOD[0],))
    outside = Outside(answers={asked_of: answer} if answer else {})
    verdict = judged(offered(changes, approvals=[ADMIN]), outside)
    assert state_of(verdict, "signature") is state
    assert outside.asked == ([asked_of] if answer else [])


def test_first_keys_are_explained() -> None:
    """`ztix prove` has no such method, and its words are right all the same."""
    submission = offered({MEMBER: KEYED})
    case = open_case(submission, policy())
    (found,) = found_in(case, {}, NOW)
    ((method, claimed),) = [pair for pair in asked(found) if pair[0] is FIRST_KEYS]
    assert "ztix sign AS64500 --key" in method.instructions(claimed)
    assert method.title


def policy() -> Policy:
    return read({path: text for path, text in base_files().items() if isinstance(text, str)}).policy


def node_state(
    wanted: str, *, enclose: bool, answer: Said | Unanswered | None = None, approvals: tuple[int, ...] = ()
) -> State | None:
    """The demand on the new node of a member that adds it to its file."""
    base = {**base_files(), "policy/admission.yaml": ADMISSION.replace("'off'", wanted)}
    after = TEXT.replace("1a2b364500", "1a2b364509")
    me = identity("1a2b364509")
    content = statement(EXCHANGE, MEMBER, TEXT.encode(), after.encode())
    changes = {MEMBER: after}
    if enclose:
        changes["members/AS64500.node-1a2b364509.sig"] = enclosure_text(me, sign(me, content))
    answers: dict[Question, Said | Unanswered] = {NodeKey(me.public_text): answer} if answer else {}
    verdict = judged(offered(changes, base=base, approvals=approvals), Outside(answers=answers))
    return state_of(verdict, "node 1a2b364509")


HELD, FORGED, SILENT = Said(("1a2b364509",)), Said(()), Unanswered("no time")


def test_node_when_it_is_added_signs_as_far_as_policy_asks() -> None:
    """Nobody names a node that is somebody else's; who cannot sign has a maintainer answer for it."""
    assert node_state("required", enclose=True, answer=HELD) is State.READY
    assert node_state("required", enclose=True, answer=FORGED) is State.REFUSED
    assert node_state("required", enclose=True, answer=SILENT) is State.UNKNOWN
    assert node_state("required", enclose=False) is State.REFUSED
    assert node_state("required", enclose=False, approvals=(REVIEWER,)) is State.REFUSED
    assert node_state("required", enclose=False, approvals=(ADMIN,)) is State.READY
    assert node_state("advisory", enclose=False) is State.READY
    assert node_state("advisory", enclose=True, answer=SILENT) is State.READY
    assert node_state("advisory", enclose=True, answer=FORGED) is State.REFUSED
    assert node_state("'off'", enclose=True, answer=FORGED) is None


def test_node_of_who_joins_may_be_vouched_for_by_any_maintainer() -> None:
    """Who vouches for the member vouches for its node."""
    base = {**base_files(), "policy/admission.yaml": ADMISSION.replace("'off'", "required")}
    verdict = judged(offered({JOINING: NEW}, author=64503, approvals=[REVIEWER], base=base))
    assert verdict.state is State.READY
    assert verdict.demands[-1].words.endswith("cay (reviewer) answers for it")


def test_judgement_that_was_not_given_is_no_demand() -> None:
    """Whoever asks for one has dealt with that before."""
    with pytest.raises(AssertionError):
        _of("x", NotGiven(Label("x")))


def test_invitation_when_merged_before_is_spent() -> None:
    """What the path ever held in the history of the base counts as used."""
    outside = Outside(merged={"members/AS64503.invite": (b"eyJhbGciOiJub25lIn0.e30.", b"rubbish")})
    changes = {JOINING: NEW, "members/AS64503.invite": "eyJhbGciOiJub25lIn0.e30."}
    assert judged(offered(changes, author=64503), outside).state is State.REFUSED


def test_address_when_taken_is_looked_back_for_and_an_edit_is_not() -> None:
    """The history is asked by its tip, only where somebody takes a place."""
    outside = Outside()
    judged(offered({MEMBER: TEXT.replace("fra1", "ams1")}), outside)
    assert outside.history.asked == []
    judged(offered({MEMBER: TEXT.replace("192.0.2.10", "192.0.2.77")}), outside)
    assert outside.history.asked == ["suspects", "b" * 40]


def test_history_when_it_begins_too_late_leaves_the_verdict_unknown() -> None:
    """What a shallow clone lacks is unknown, not free."""
    late, early = NOW - timedelta(days=1), NOW - timedelta(days=400)
    changes = {MEMBER: TEXT.replace("192.0.2.10", "192.0.2.77")}
    assert state_of(judged(offered(changes), Outside(history=Nothing(late))), "history") is State.UNKNOWN
    assert judged(offered(changes), Outside(history=Nothing(early))).state is State.READY
    off = ADMISSION + "address_cooldown_days: 0\nasn_cooldown_days: 0\n"
    base = {**base_files(), "policy/admission.yaml": off}
    assert judged(offered(changes, base=base), Outside(history=Nothing(late))).state is State.READY


def test_conflict_is_refused_with_what_to_do() -> None:
    """Nothing is judged that cannot be merged."""
    verdict = judged(replace(offered({}), conflicts=(MEMBER, "x`y")))
    assert verdict.title == "It does not merge"
    assert verdict.demands[0].words == f"it does not merge: both sides changed `{MEMBER}`, `x?y`"
    assert exit_of(verdict) is Exit.REFUSED


def test_nothing_changed_is_refused() -> None:
    """A branch that was merged already, or that lost its file."""
    verdict = judged(offered({}))
    assert verdict.title == "Nothing changes"
    assert verdict.demands[0].words == "a merge would change nothing"
    assert exit_of(verdict) is Exit.REFUSED


def test_many_files_keep_their_demands_by_path() -> None:
    """Of 200 files none was read, but whose they are is told."""
    verdict = judged(offered({f"policy/{n}.yaml": "x" for n in range(200)}, author=STRANGER))
    assert [demand.what for demand in verdict.demands] == ["size", "approval"]
    assert verdict.demands[1].words.endswith("`policy/101.yaml` and 195 more")
    assert rules_of(verdict) == ["ZT901"]


@pytest.mark.parametrize(
    ("changes", "author", "title"),
    [
        ({JOINING: NEW}, 64503, "AS64503 joins"),
        ({MEMBER: None}, 64500, "AS64500 leaves"),
        ({MEMBER: "asn: ["}, 64500, "AS64500 changes its file"),
        ({SIGNATURE: "x"}, 64500, "AS64500 gets an enclosure"),
        ({"policy/x.yaml": "x", "src/x": "x"}, OWNER, "Policy and other files change"),
        (
            {f"members/AS6451{n}.yaml": member_text(64510 + n) for n in range(4)},
            STRANGER,
            "AS64510 joins, AS64511 joins, AS64512 joins and 1 more",
        ),
    ],
)
def test_title_says_what_is_done(changes: dict[str, str | None], author: int, title: str) -> None:
    """A few words, for a status and a comment."""
    assert judged(offered(changes, author=author)).title == title


def test_changes_are_those_of_this_submission_alone() -> None:
    """What a run would do for it, from the base to the merge, whatever is live."""
    text = TEXT.replace("192.0.2.10", "192.0.2.77")
    assert [type(each).__name__ for each in judged(offered({MEMBER: text})).changes] == ["Amend"]
    (left,) = judged(offered({MEMBER: None})).changes
    assert isinstance(left, Detach)
    (joined,) = judged(offered({JOINING: NEW}, author=64503)).changes
    assert isinstance(joined, Attach)
    more = POLICY["policy/fabrics.yaml"].replace(
        "fabrics:\n",
        "fabrics:\n  - {name: two, network: '000002', token: {env: T}, prefixes: [198.51.100.0/24]}\n",
    )
    (made,) = judged(offered({"policy/fabrics.yaml": more}, author=OWNER)).changes
    assert isinstance(made, Configure)


def test_policy_when_it_cannot_be_read_after_the_merge_is_refused() -> None:
    """Its errors are findings, and there is nothing to plan."""
    verdict = judged(offered({"policy/exchange.yaml": "name: X\n"}, author=OWNER))
    assert set(rules_of(verdict)) == {"ZT011", "ZT012"}
    assert verdict.changes == ()


def test_policy_of_the_base_when_it_cannot_be_read_judges_nothing() -> None:
    """An owner mends it first."""
    base = {**base_files(), "policy/exchange.yaml": "name: X\n"}
    with pytest.raises(Invalid, match="has no policy to judge by"):
        judged(offered({MEMBER: None}, base=base))


def test_findings_elsewhere_do_not_count_and_are_told_where_all_is_read() -> None:
    """One member's mistake stops no other's change."""
    base = {**base_files(), "members/AS64502.yaml": member_text(64502).replace("1a2b364502", "xyz")}
    verdict = judged(offered({"policy/gates.yaml": "health_timeout_s: 10\n"}, author=OWNER, base=base))
    assert verdict.state is State.READY
    assert "members/AS64502.yaml:7:9" in [str(finding.span) for finding in verdict.elsewhere]
    assert not judged(offered({MEMBER: TEXT.replace("fra1", "ams1")}, base=base)).elsewhere


def test_advice_in_an_error_knows_all_members() -> None:
    """The lowest free address is the one that is free among all, though few were read at first."""
    verdict = judged(offered({JOINING: NEW.replace("192.0.2.13", "192.0.2.10")}, author=64503))
    (finding,) = [each for each in verdict.report if each.rule == "ZT204"]
    assert finding.help == "the lowest free one is `192.0.2.8`"
    assert exit_of(verdict) is Exit.INVALID


def test_exit_codes_are_those_of_the_states() -> None:
    """Ready 0, open and refused 4, unknown 7."""
    ready = judged(offered({MEMBER: TEXT.replace("fra1", "ams1")}))
    codes = {state: exit_of(replace(ready, demands=(Demand("x", state, "y"),))) for state in State}
    assert codes == {
        State.READY: Exit.DONE,
        State.OPEN: Exit.REFUSED,
        State.UNKNOWN: Exit.UNAVAILABLE,
        State.REFUSED: Exit.REFUSED,
    }


def test_waiting_words_name_members_and_folders() -> None:
    """What the next run does besides, without a word of anybody's text."""
    assert waiting_words(()) == ()
    head = "changed since the last run, and live with the next one: "
    paths = [f"members/AS645{n:02}.yaml" for n in range(10)] + ["policy/gates.yaml", "templates/x.j2"]
    assert waiting_words(paths) == (
        f"{head}AS64500, AS64501, AS64502, AS64503, AS64504, AS64505, AS64506, AS64507 and 2 more",
        f"{head}policy",
        f"{head}templates",
    )
    assert waiting_words(["policy/gates.yaml"]) == (f"{head}policy",)


def test_narrowing_keeps_everybody_where_policy_changes() -> None:
    """A new policy may concern any member."""
    assert narrowed(offered({"policy/gates.yaml": "x", MEMBER: None})) is None
    trees = narrowed(offered({MEMBER: TEXT.replace("fra1", "ams1")}))
    assert trees is not None
    assert [path for path in trees[1].entries if path.startswith("members/")] == [MEMBER]


def test_time_of_a_review_is_handed_in() -> None:
    """The same submission at the same moment gives the same verdict."""
    moment = Outside(now=datetime(2027, 1, 1, tzinfo=UTC))
    submission = offered({MEMBER: None})
    assert judged(submission, moment) == judged(submission, moment)
