"""What keys and nodes sign: of another namespace, path, exchange or content, replayed, missing."""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import (
    ADMIN,
    IX,
    KEYED,
    NEW_KEY,
    OLD_KEY,
    OWNER,
    REVIEWER,
    THIRD_KEY,
    path_of,
    signed,
    with_keys,
)
from tests.unit.exchange_fixture import member_text
from ztix.admission.proof import SshSignature, Unanswered
from ztix.terms import Asn, Label

PATH, SIG = path_of(64503), "members/AS64503.yaml.sig"
_AFTER = KEYED.replace("fra1", "ams1")
_EDIT = {PATH: _AFTER}
_SWAPPED = with_keys(member_text(64503), NEW_KEY)
_BOTH = with_keys(member_text(64503), OLD_KEY, NEW_KEY)
_OTHER_IX = IX.model_copy(update={"name": Label("other-ix")})
_OTHER_NUMBER = IX.model_copy(update={"asn": Asn(64497)})
_SIGN = "ztix sign AS64503 --key FILE"
_ANOTHER = "is of another change, or was made before this one"


def _edit(name: str, signature: str | bytes | None, says: str, must: Must = Must.WAIT) -> Pull:
    """An edit of AS64503 with something in place of its signature."""
    does: dict[str, str | bytes | None] = dict(_EDIT)
    if signature is not None:
        does[SIG] = signature
    return Pull(name, must, does, (says,), _SIGN, 64503, refused=True)


SIGNATURES: tuple[Pull, ...] = (
    _edit("unsigned", None, "none of them signed this change"),
    _edit("signed-by-another-key", signed(NEW_KEY, KEYED, _AFTER), "which is no key of the merged file"),
    _edit(
        "signed-in-another-namespace",
        signed(OLD_KEY, KEYED, _AFTER, namespace="git"),
        "is signed for `git`, not for `ztix-member@v1`",
    ),
    _edit("signed-for-another-path", signed(OLD_KEY, KEYED, _AFTER, path="members/AS64500.yaml"), _ANOTHER),
    _edit("signed-for-another-exchange", signed(OLD_KEY, KEYED, _AFTER, exchange=_OTHER_IX), _ANOTHER),
    _edit(
        "signed-for-an-exchange-of-the-same-name",
        signed(OLD_KEY, KEYED, _AFTER, exchange=_OTHER_NUMBER),
        _ANOTHER,
    ),
    _edit("signed-over-other-content", signed(OLD_KEY, KEYED, KEYED + "# more\n"), _ANOTHER),
    _edit("signed-as-a-join", signed(OLD_KEY, None, _AFTER), _ANOTHER),
    _edit("signed-as-a-leave", signed(OLD_KEY, KEYED, None), _ANOTHER),
    _edit("signature-empty", "", "holds no SSH signature"),
    _edit("signature-is-rubbish", b"\xff\xfe\x00" * 50, "holds no SSH signature", must=Must.FAIL),
    _edit("signature-cut-short", signed(OLD_KEY, KEYED, _AFTER)[:150], "holds no SSH signature"),
    _edit(
        "signature-of-10-MB",
        b"-----BEGIN SSH SIGNATURE-----\n" * 350_000,
        "none of them signed",
        must=Must.FAIL,
    ),
    Pull(
        "signature-replayed",
        Must.WAIT,
        {PATH: _AFTER, SIG: "# again\n" + signed(OLD_KEY, KEYED, _AFTER)},
        (_ANOTHER,),
        _SIGN,
        64503,
        past=({PATH: _AFTER}, {PATH: KEYED.replace("fra1", "ber1"), SIG: signed(OLD_KEY, KEYED, _AFTER)}),
        refused=True,
    ),
    Pull(
        "signature-lying-there-from-before",
        Must.WAIT,
        {PATH: _AFTER},
        ("none of them signed this change",),
        _SIGN,
        64503,
        past=({SIG: signed(OLD_KEY, KEYED, _AFTER)},),
        refused=True,
    ),
    Pull(
        "key-swapped-and-signed-by-itself",
        Must.WAIT,
        {PATH: _SWAPPED, SIG: signed(NEW_KEY, KEYED, _SWAPPED)},
        ("which is no key of the merged file", "a member changes its keys"),
        _SIGN,
        64503,
        (ADMIN,),
        refused=True,
    ),
    Pull(
        "key-swapped-and-signed-by-the-old-one-only",
        Must.WAIT,
        {PATH: _SWAPPED, SIG: signed(OLD_KEY, KEYED, _SWAPPED)},
        ("has not signed",),
        "sign with it too",
        64503,
        (ADMIN,),
        refused=True,
    ),
    Pull(
        "key-added-that-nobody-holds",
        Must.WAIT,
        {PATH: _BOTH, SIG: signed(OLD_KEY, KEYED, _BOTH) + signed(THIRD_KEY, KEYED, _BOTH)},
        ("has not signed",),
        "sign with it too",
        64503,
        (ADMIN,),
        refused=True,
    ),
    Pull(
        "keys-removed-unsigned",
        Must.WAIT,
        {PATH: member_text(64503)},
        ("none of them signed this change", "a member changes its keys"),
        _SIGN,
        64503,
        (ADMIN,),
        refused=True,
    ),
    Pull(
        "keys-swapped-signed-by-both-wait-for-a-maintainer",
        Must.WAIT,
        {PATH: _SWAPPED, SIG: signed(OLD_KEY, KEYED, _SWAPPED) + signed(NEW_KEY, KEYED, _SWAPPED)},
        ("a member changes its keys", "signature: ready"),
        "an owner or admin approves",
        64503,
        (REVIEWER,),
        refused=False,
    ),
    Pull("leaves-unsigned", Must.WAIT, {PATH: None}, ("none of them signed",), _SIGN, 64503, refused=True),
    Pull(
        "leaves-with-the-signature-of-an-edit",
        Must.WAIT,
        {PATH: None, SIG: signed(OLD_KEY, KEYED, _AFTER)},
        (_ANOTHER,),
        _SIGN,
        64503,
        refused=True,
    ),
    Pull(
        "unsigned-and-an-admin-approves",
        Must.WAIT,
        _EDIT,
        ("none of them signed this change",),
        _SIGN,
        64503,
        (ADMIN, REVIEWER),
        refused=True,
    ),
    Pull(
        "signature-right-and-author-wrong",
        Must.WAIT,
        {PATH: _AFTER, SIG: signed(OLD_KEY, KEYED, _AFTER)},
        ("somebody changes the file of a member that does not name them",),
        "an owner or admin approves",
        64501,
    ),
    Pull(
        "ssh-keygen-is-missing",
        Must.ASK_AGAIN,
        {PATH: _AFTER, SIG: signed(OLD_KEY, KEYED, _AFTER)},
        ("the signatures were not checked",),
        "run it again",
        64503,
        outside={SshSignature: Unanswered("there is no `ssh-keygen`")},
    ),
    Pull(
        "signature-alone-comes-from-a-stranger",
        Must.WAIT,
        {"members/AS64500.yaml.sig": signed(NEW_KEY, None, "x")},
        ("an enclosure comes without a change",),
        "a maintainer approves",
        666,
    ),
    Pull(
        "signature-is-a-log-of-commands",
        Must.WAIT,
        {PATH: _AFTER, SIG: "::set-output name=x::y\n##[add-mask]a\n@everyone\n"},
        ("holds no SSH signature",),
        _SIGN,
        64503,
        refused=True,
    ),
    Pull(
        "owner-stands-in-for-a-lost-key",
        Must.PASS,
        _EDIT,
        ("owner (owner) stands in for the signature",),
        "merge it",
        64503,
        (OWNER,),
    ),
)
