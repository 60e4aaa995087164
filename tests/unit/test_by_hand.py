"""What is told to who has no ztix: the statement itself, and what makes an enclosure of it."""

from __future__ import annotations

from tests.unit.exchange_fixture import member_text, read
from tests.unit.submission_fixture import ADMISSION, Files, base_files, judged, offered
from tests.unit.test_public_keys import GOOD
from ztix.admission.statement import statement
from ztix.admission.verdict import ByHand

JOINING, NEW = "members/AS64503.yaml", member_text(64503)
MEMBER, TEXT = "members/AS64500.yaml", member_text(64500)
REQUIRED: Files = {**base_files(), "policy/admission.yaml": ADMISSION.replace("'off'", "required")}
NODE = "members/AS64503.node-1a2b364503.sig"


def body(hand: ByHand) -> bytes:
    """What the lines write into a file."""
    first, *lines, end, _ = hand.lines
    assert (first.endswith(".txt <<'END'"), end) == (True, "END")
    return "".join(f"{line}\n" for line in lines).encode()


def test_join_without_the_nodes_signature_has_the_lines_to_paste_on_the_node() -> None:
    """The five lines that the node signs, and the commands that print what its file holds."""
    (hand,) = judged(offered({JOINING: NEW}, author=64503, base=REQUIRED)).by_hand
    exchange = read({path: text for path, text in REQUIRED.items() if isinstance(text, str)}).policy.exchange
    assert body(hand) == statement(exchange, JOINING, None, NEW.encode())
    assert (hand.path, hand.where) == (NODE, "on the node `1a2b364503`, as root, in /var/lib/zerotier-one")
    signing = "(cat identity.public; echo; zerotier-idtool sign identity.secret AS64503.txt)"
    assert hand.lines[-1] == signing


def test_change_that_no_key_signed_has_the_lines_to_paste_where_the_key_is() -> None:
    """The statement of the change, and the command of OpenSSH."""
    text = f"{TEXT}auth: [{GOOD[0]}]\n"
    submission = offered({MEMBER: f"{text}status: suspended\n"}, base={**REQUIRED, MEMBER: text})
    (hand,) = judged(submission).by_hand
    assert b"before: sha256:" in body(hand)
    assert (hand.path, hand.where) == (f"{MEMBER}.sig", "where the key is")
    assert hand.lines[-1] == "ssh-keygen -q -Y sign -f ~/.ssh/id_ed25519 -n ztix-member@v1 < AS64500.txt"


def test_file_with_findings_has_nothing_to_sign_yet() -> None:
    """What is mended changes what is signed."""
    wrong = NEW.replace("192.0.2.13", "192.0.2.10")
    assert judged(offered({JOINING: wrong}, author=64503, base=REQUIRED)).by_hand == ()


def test_join_that_need_not_be_signed_has_nothing_to_sign() -> None:
    """Policy decides, and a signature that is there already is not asked for again."""
    assert judged(offered({JOINING: NEW}, author=64503)).by_hand == ()
