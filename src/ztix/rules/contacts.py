"""ZT11x: who speaks for a member, and members that do nothing at present.

Law: pure. Contacts are for people; nothing here decides who may change a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ztix.amounts import few
from ztix.diagnostics import Severity, Span, shown
from ztix.document import Path
from ztix.exchange import MemberFile
from ztix.member import TODO
from ztix.rules.facts import PLACES_MAX, Facts, written
from ztix.rules.registry import Hit, rule


@rule(
    "ZT110",
    "a contact stands once in a member's file",
    Severity.WARNING,
    what="No two contacts of a member have the same GitHub id or the same e-mail address.",
    why="The second one is a slip: another person was meant, or the list is not kept.",
    wrong="contacts:\n  - email: noc@example.net\n  - email: noc@example.net",
    right="contacts:\n  - email: noc@example.net\n  - email: peering@example.net",
    remedy="Delete the second one, or write whom you meant.",
)
def repeated(facts: Facts) -> Iterator[Hit]:
    """Contacts that a file has twice."""
    for file in facts.exchange.members:
        seen: dict[int | str, Path] = {}
        for key, at in _identities(file) if len(file.member.contacts) > 1 else ():
            if key in seen:
                what = f"the GitHub id `{key}`" if isinstance(key, int) else f"`{shown(key)}`"
                yield Hit(
                    f"{what} stands here a second time",
                    file.document.span(at),
                    "delete one of the two",
                    (file.document.span(seen[key]),),
                )
            seen.setdefault(key, at)


def _identities(file: MemberFile) -> Iterator[tuple[int | str, Path]]:
    for index, contact in enumerate(file.member.contacts):
        if contact.github:
            yield contact.github.id, ("contacts", index, "github", "id")
        if contact.email:
            yield contact.email.lower(), ("contacts", index, "email")


@rule(
    "ZT111",
    "a GitHub account speaks for one member",
    Severity.NOTE,
    what="Tells where one GitHub account is a contact of several members.",
    why="It is often right, for a consultant or a group of companies, and a maintainer should know: this one "
    "person may change all of these files.",
    wrong="# AS64500.yaml and AS64501.yaml\ncontacts: [{github: {id: 583231, login: octocat}}]",
    right="# AS64501.yaml\ncontacts: [{github: {id: 9919, login: github}}]",
    remedy="Nothing, if it is meant.",
)
def shared(facts: Facts) -> Iterator[Hit]:
    """Accounts that several members name."""
    holders: dict[int, list[tuple[MemberFile, int]]] = defaultdict(list)
    for file in facts.exchange.members:
        for index, contact in enumerate(file.member.contacts):
            if contact.github:
                holders[contact.github.id].append((file, index))
    for account, found in holders.items():
        (first, first_index), *others = found
        others = [other for other in others if other[0] is not first]
        if others:
            names = few([str(file.member.asn) for file, _ in others], PLACES_MAX)
            yield Hit(
                f"the GitHub id `{account}` also speaks for {names}",
                _github(first, first_index),
                "nothing to do if one person speaks for all of them",
                tuple(_github(file, index) for file, index in others[:PLACES_MAX]),
            )


def _github(file: MemberFile, index: int) -> Span:
    return file.document.span(("contacts", index, "github", "id"))


@rule(
    "ZT112",
    "a contact names somebody",
    Severity.WARNING,
    what="Each contact has a GitHub account or an e-mail address.",
    why="An empty contact looks as if somebody could be reached.",
    wrong="contacts:\n  - email: noc@example.net\n  - {}",
    right="contacts:\n  - email: noc@example.net",
    remedy="Fill it, or delete it.",
)
def empty(facts: Facts) -> Iterator[Hit]:
    """Contacts with nothing in them."""
    for file in facts.exchange.members:
        for index, contact in enumerate(file.member.contacts):
            if contact.github is None and contact.email is None:
                place = file.document.span(("contacts", index))
                yield Hit("this contact names nobody", place, "add `github:` or `email:`, or delete it")


@rule(
    "ZT113",
    "a member has a node",
    Severity.NOTE,
    what="Tells where an active member has no nodes.",
    why="It is approved and holds nothing on a fabric; perhaps the nodes were forgotten.",
    wrong="asn: 64500\nnodes: []",
    right='asn: 64500\nnodes: [{id: "1a2b3c4d5e", name: fra1, addresses: [192.0.2.10]}]',
    remedy="Add nodes when they are there.",
)
def without_nodes(facts: Facts) -> Iterator[Hit]:
    """Active members without nodes."""
    for file in facts.exchange.members:
        if not file.member.nodes and file.member.status == "active":
            place = file.document.span(written(file.document, (), "nodes", "asn"))
            advice = "add `nodes:`; `ztix explain ZT113` shows one"
            yield Hit(f"`{file.member.asn}` has no nodes", place, advice)


@rule(
    "ZT114",
    "a suspended member is off the exchange",
    Severity.NOTE,
    what="Tells which members are suspended: they keep their addresses and are on no fabric.",
    why="Suspension is for a while; a list of it helps not to forget anybody.",
    wrong="status: suspended",
    right="status: active",
    remedy="Set `status: active` when the reason is gone, or delete the file to free the addresses.",
)
def suspended(facts: Facts) -> Iterator[Hit]:
    """Members that are suspended."""
    for file in facts.exchange.members:
        if file.member.status == "suspended":
            place = file.document.span(("status",))
            yield Hit(f"`{file.member.asn}` is suspended", place, "`status: active` brings it back")


@rule(
    "ZT115",
    "each TODO is replaced",
    Severity.ERROR,
    what="Neither the name nor the login of a GitHub account is the `TODO` that `ztix new` writes.",
    why="A placeholder would be approved as if it were somebody; the account named TODO is a stranger's.",
    wrong="name: TODO",
    right="name: Example Networks",
    remedy="Write the value that the comment above it asks for.",
)
def placeholders(facts: Facts) -> Iterator[Hit]:
    """Values that were never filled in. Those of other forms are refused as what they are."""
    for file in facts.exchange.members:
        texts: list[tuple[str, Path]] = [(file.member.name, ("name",))]
        for index, contact in enumerate(file.member.contacts):
            if contact.github:
                texts.append((contact.github.login, ("contacts", index, "github", "login")))
        for text, at in texts:
            if text == TODO or text.startswith(f"{TODO}:"):
                place = file.document.span(at)
                yield Hit(f"`{at[-1]}` is still `{TODO}`", place, "replace it; nobody is named by it")
