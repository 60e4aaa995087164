"""Asks the git history what the rules need of it, and makes the ledger.

Law: reads through the History, writes nothing. Where policy has no cool-down and no two members claim the
same, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from ztix.exchange import Claim, Exchange
from ztix.ledger import NO_LEDGER, Ledger, Suspicion, contested, look_back, oldest_of_interest
from ztix.member import MEMBER_PATH
from ztix.past import History, Holding, holding
from ztix.terms import Address, Family
from ztix.tree import WORK_TREE, Tree
from ztix.vacancy import vacant

NEXT = 8  # free addresses of each fabric and family whose past is looked at, so that a finding can name one
_FAMILIES: tuple[Family, ...] = (4, 6)


def recall(
    history: History,
    exchange: Exchange,
    tree: Tree,
    now: datetime,
    *,
    revision: str | None = None,
    proposed: Iterable[Address] = (),
    advise: bool = True,
    taken: Container[Holding] = frozenset(),
) -> Ledger:
    """The ledger of the exchange in a tree.

    revision: the tip of the main line that the tree is to be on, by default the tree's own commit, or HEAD
    for the work tree.  proposed: addresses that somebody may take next.  advise: whether a finding is to
    name a free address.  taken: what members hold that are not in the exchange as it was read.
    """
    admission = exchange.policy.admission
    since = oldest_of_interest(now, admission.address_cooldown_days, admission.asn_cooldown_days)
    claims = tuple(exchange.claims())
    paths = rivals = contested(claims)
    if since is not None:
        suspicion = Suspicion.of(exchange, (*proposed, *(_next(exchange, claims, taken) if advise else ())))
        # Members' files alone: a copy of an old one that somebody encloses must not hide that there was one.
        files = (entry for entry in tree.below("members") if MEMBER_PATH.fullmatch(entry.path))
        known = (entry.content for entry in files if entry.content is not None)
        paths = rivals | history.suspects(suspicion.paths, known)
    elif not rivals:
        return replace(NO_LEDGER, taken=taken)
    tip = revision or ("HEAD" if tree.revision == WORK_TREE else tree.revision)
    past = history.past(tip, None if rivals else since, paths)
    return replace(look_back(tree, past, now), taken=taken)


def _next(exchange: Exchange, claims: Iterable[Claim], unread: Container[Holding]) -> Iterable[Address]:
    taken: set[Holding] = {holding(c.fabric, a) for c in claims for a in c.addresses}
    for fabric in exchange.policy.fabrics.fabrics:
        for family in _FAMILIES:
            free = vacant(fabric, family, taken)
            yield from islice((a for a in free if holding(fabric.name, a) not in unread), NEXT)
