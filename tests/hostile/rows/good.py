"""Pull requests of people who mean well: the corpus is worth nothing where these do not pass."""

from __future__ import annotations

from tests.hostile.objects import RUNS, File
from tests.hostile.pull import Must, Pull
from tests.hostile.scene import (
    ADMIN,
    JOINER,
    KEYED,
    NEW_KEY,
    OLD_KEY,
    OWNER,
    REVIEWER,
    attested,
    edit,
    invited,
    joining,
    nodes_sign,
    path_of,
    signed,
    text_of,
    with_keys,
)
from tests.unit.exchange_fixture import ADMISSION, member_text

_PATH, _SIG = path_of(64503), "members/AS64503.yaml.sig"
_EDITED = KEYED.replace("fra1", "ams1")
_SWAPPED = with_keys(member_text(64503), NEW_KEY)
_KEYS = with_keys(text_of(64500), NEW_KEY)
_SECOND = '  - id: 1a2b3aaaaa\n    name: ams1\n    addresses: [192.0.2.20, "2001:db8:64:96::20"]\n'
_LONGER, _TWO = text_of(64500) + _SECOND, JOINER + _SECOND


def _good(
    name: str, does: dict[str, str | bytes | File | None], says: str, author: int, *approvals: int
) -> Pull:
    return Pull(name, Must.PASS, does, (says,), "merge it", author, approvals)


GOOD: tuple[Pull, ...] = (
    _good("joins-invited", {**joining()}, "invited by the holder of the key `board`", 64502),
    _good(
        "joins-invited-for-this-account", {**joining(invite=invited(account=64502))}, "AS64502 joins", 64502
    ),
    _good(
        "joins-invited-for-this-node", {**joining(invite=invited(node="1a2b364502"))}, "AS64502 joins", 64502
    ),
    _good("joins-invited-with-a-line-end", {**joining(invite=invited() + "\n")}, "AS64502 joins", 64502),
    _good(
        "joins-with-an-attestors-word",
        {**joining(invite=None, attestation=attested())},
        "`login` says so, by `peeringdb-oidc`",
        64502,
    ),
    _good(
        "joins-with-a-maintainer",
        {path_of(64502): JOINER},
        "reviewer (reviewer) vouches for AS64502",
        64502,
        REVIEWER,
    ),
    _good(
        "joins-with-two-nodes",
        {**joining(_TWO), **nodes_sign(64502, _TWO, None, "1a2b364502", "1a2b3aaaaa")},
        "the node `1a2b3aaaaa` signed the change",
        64502,
    ),
    _good("brought-in-by-an-owner", {path_of(64502): JOINER}, "owner (owner) vouches", OWNER),
    _good("brought-in-by-an-admin-and-a-reviewer", {path_of(64502): JOINER}, "reviewer", ADMIN, REVIEWER),
    _good("edits-its-file", {**edit(64500, "fra1", "ams1")}, "account 64500 is named", 64500),
    _good(
        "edits-its-file-with-a-new-login",
        {**edit(64500, "fra1", "ams1")},
        "account 64500 is named",
        64500,
    ),
    _good("changes-its-login", {**edit(64500, "login: user64500", "login: renamed")}, "AS64500", 64500),
    _good(
        "changes-its-name",
        {**edit(64500, "Example 64500", "\u8a9e Ex\u00e4mple & S\u00f6hne")},
        "AS64500",
        64500,
    ),
    _good("moves-its-address", {**edit(64500, "192.0.2.10", "192.0.2.77")}, "AS64500 changes", 64500),
    _good("suspends-itself", {path_of(64500): text_of(64500) + "status: suspended\n"}, "AS64500", 64500),
    _good("leaves", {path_of(64500): None}, "AS64500 leaves", 64500),
    _good(
        "adds-a-node-that-signs",
        {path_of(64500): _LONGER, **nodes_sign(64500, _LONGER, text_of(64500), "1a2b3aaaaa")},
        "the node `1a2b3aaaaa` signed the change",
        64500,
    ),
    _good("adds-a-node-with-an-admin", {path_of(64500): _LONGER}, "answers for it", 64500, ADMIN),
    _good("edits-signed", {_PATH: _EDITED, _SIG: signed(OLD_KEY, KEYED, _EDITED)}, "signed by", 64503),
    _good("leaves-signed", {_PATH: None, _SIG: signed(OLD_KEY, KEYED, None)}, "signed by", 64503),
    _good(
        "swaps-keys-signed-by-both-with-an-admin",
        {_PATH: _SWAPPED, _SIG: signed(OLD_KEY, KEYED, _SWAPPED) + signed(NEW_KEY, KEYED, _SWAPPED)},
        "a member changes its keys",
        64503,
        ADMIN,
    ),
    _good(
        "first-keys-signed-with-an-admin",
        {
            path_of(64500): _KEYS,
            "members/AS64500.yaml.sig": signed(NEW_KEY, text_of(64500), _KEYS, path=path_of(64500)),
        },
        "a member changes its keys",
        64500,
        ADMIN,
    ),
    _good(
        "changes-contacts-with-an-admin",
        {**edit(64500, "contacts:\n", "contacts:\n  - github: {id: 70001, login: colleague}\n")},
        "approved by admin (admin)",
        64500,
        ADMIN,
    ),
    _good(
        "is-edited-by-an-admin-for-an-admin",
        {**edit(64500, "fra1", "ams1")},
        "approved by owner (owner)",
        ADMIN,
        OWNER,
    ),
    _good("edits-two-of-its-own", {**edit(64500, "fra1", "ams1")}, "AS64500", 64500, REVIEWER),
    _good("owner-adds-a-program", {"scripts/x": File(b"#!/bin/sh\n", RUNS)}, "other files change", OWNER),
    _good("twenty-files", {f"docs/{n}.md": "x\n" for n in range(20)}, "texts for people change", OWNER),
    Pull(
        "exchange-without-node-proofs",
        Must.PASS,
        {path_of(64502): JOINER, "members/AS64502.invite": invited()},
        ("AS64502 joins",),
        "merge it",
        past=({"policy/admission.yaml": ADMISSION + "node_proof: off\n"},),
    ),
    Pull(
        "exchange-of-invited-only",
        Must.PASS,
        joining(),
        ("invited by the holder",),
        "merge it",
        past=({"policy/admission.yaml": ADMISSION + "entry: invited\n"},),
    ),
    Pull(
        "reusable-invitation-again",
        Must.PASS,
        joining(invite=invited(reusable=True)),
        ("invited by the holder",),
        "merge it",
        past=(
            {"members/AS64502.invite": invited(reusable=True)},
            {"members/AS64502.invite": None},
        ),
    ),
    Pull(
        "broken-neighbour-harms-nobody",
        Must.PASS,
        joining(),
        ("AS64502 joins",),
        "merge it",
        past=({path_of(64501): "asn: [\n"},),
    ),
)
