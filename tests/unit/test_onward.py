"""What a newcomer is told to do next."""

from __future__ import annotations

from tests.unit.exchange_fixture import ADMISSION, good_files, read
from ztix.onward import steps_after
from ztix.policy import Policy
from ztix.terms import Asn

NEWCOMER = Asn(64502)


def policy(admission: str = "") -> Policy:
    return read({**good_files(), "policy/admission.yaml": ADMISSION + admission}).policy


def test_steps_after_a_file_with_gaps_begin_with_them() -> None:
    """All that is missing is told, in the order in which it is done, up to the verdict."""
    steps = steps_after(NEWCOMER, policy(), "name: TODO\n", None, signed=False, invited=False)
    assert [step.split(":")[0].split(";")[0] for step in steps] == [
        "replace each TODO in members/AS64502.yaml",
        "then sign as your node",
        "prove that AS64502 is yours",
        "`git switch -c join-AS64502 && git add members && git commit -m 'AS64502 joins'`",
        "`ztix review --base main --head HEAD --author-id N` tells what a pull request would hear",
    ]


def test_steps_after_a_whole_file_are_git_s_and_the_verdict() -> None:
    """Who has signed and was invited commits, and asks."""
    steps = steps_after(NEWCOMER, policy(), "name: A\n", 583231, signed=True, invited=True)
    assert len(steps) == 2
    assert "--author-id 583231" in steps[1]


def test_steps_after_a_file_for_an_invited_exchange_ask_for_an_invitation() -> None:
    """Where only the invited join, no other proof is told; a signature that is advice is called that."""
    told = policy("entry: invited\nnode_proof: advisory\n")
    steps = steps_after(NEWCOMER, told, "name: A\n", 583231, signed=False, invited=False)
    assert (
        steps[0]
        == "sign as your node (not required here): `ztix sign AS64502 --node-identity identity.secret`"
    )
    assert steps[1] == "ask a maintainer for an invitation, and save it as members/AS64502.invite"


def test_steps_after_where_nodes_need_not_sign_leave_that_out() -> None:
    """`node_proof: off` asks for nothing."""
    steps = steps_after(NEWCOMER, policy("node_proof: off\n"), "", 7, signed=False, invited=True)
    assert len(steps) == 2


def test_steps_after_a_signed_file_with_gaps_have_it_signed_again() -> None:
    """A signature over a text that must change counts for nothing, and the path is the one that was given."""
    steps = steps_after(
        NEWCOMER, policy(), "name: TODO\n", 7, signed=True, invited=True, secret="/root/my key"
    )
    assert steps[1] == "then sign as your node: `ztix sign AS64502 --node-identity '/root/my key'`"
