"""ZT109, ZT214, ZT630: what the history of git says about who holds what now.

Law: pure; the ledger and the moment of the run come in as Facts. A thing that was given up rests for a while,
because filters, ARP caches and people elsewhere still take it for its last holder's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ztix.diagnostics import Severity
from ztix.ledger import accounts_of
from ztix.past import holding
from ztix.rules.facts import Facts, address_spans, by_member
from ztix.rules.registry import Hit, rule


@rule(
    "ZT109",
    "an AS number that left comes back with who held it",
    Severity.ERROR,
    what="A new member's file has a GitHub account of the one that was deleted under this number less than "
    "`asn_cooldown_days` ago (policy/admission.yaml).",
    why="To end a membership and begin it anew under another account is how a network's place is taken over; "
    "time lets its holder notice.",
    wrong="# the deleted file had 9990064500\ncontacts: [{github: {id: 9990064599, login: other}}]",
    right="contacts: [{github: {id: 9990064500, login: example-as64500}}]",
    remedy="Wait until the day that the finding names, or put an account of before among the contacts.",
)
def returned(facts: Facts) -> Iterator[Hit]:
    """Members that left lately and came back under other accounts."""
    days = facts.exchange.policy.admission.asn_cooldown_days
    oldest = facts.since(days)
    if oldest is None or not facts.ledger.absences:
        return
    for file in facts.exchange.members:
        gone = facts.ledger.absences.get(file.path)
        if gone is None or gone.at <= oldest or not gone.accounts:
            continue
        if not gone.accounts & accounts_of(file.member):
            asn, free = file.member.asn, gone.at + timedelta(days=days)
            yield Hit(
                f"`{asn}` left on {gone.at:%Y-%m-%d}, and none of its GitHub accounts comes back with it",
                file.document.key_span(("contacts",)),
                f"an account of before may bring it back now, another from {free:%Y-%m-%d} on",
            )


@rule(
    "ZT214",
    "an address that a member gave up rests before another takes it",
    Severity.ERROR,
    what="A member takes no address that another member held less than `address_cooldown_days` ago "
    "(policy/admission.yaml). The main line of git is the ledger; who held it may take it again at once.",
    why="ARP caches, filters and monitoring elsewhere still take the address for its last holder's.",
    wrong="addresses: [192.0.2.10]      # AS64501 gave it up last week",
    right="addresses: [192.0.2.30]",
    remedy="Take another address: the finding names the lowest free one, and from when on this one is.",
)
def rests(facts: Facts) -> Iterator[Hit]:
    """Members' addresses that were somebody else's a short while ago."""
    days = facts.exchange.policy.admission.address_cooldown_days
    oldest = facts.since(days)
    if oldest is None or not facts.ledger.given_up:
        return
    for claim in filter(by_member, facts.claims):
        for address in claim.addresses:
            what = holding(claim.fabric, address)
            gone = facts.ledger.rests(what, claim.document.path, oldest)
            if gone is None:
                continue
            free = (
                facts.free_address(claim.fabric, address.version) if claim.fabric in facts.fabrics else None
            )
            now = f"; the lowest free one now is `{free}`" if free else ""
            yield Hit(
                f"the address `{address}` was {gone.by}'s until {gone.at:%Y-%m-%d}",
                address_spans(claim, address)[0],
                f"it is free from {gone.at + timedelta(days=days):%Y-%m-%d} on{now}",
            )


@rule(
    "ZT630",
    "the history reaches back over the cool-downs",
    Severity.WARNING,
    what="The clone has the main line of the last `address_cooldown_days` and `asn_cooldown_days` "
    "(policy/admission.yaml).",
    why="In a shallow clone nobody can tell who held an address before: that is unknown, not free.",
    wrong="git clone --depth 1 …",
    right="git clone …",
    remedy="Run `git fetch --unshallow`; in a workflow, check out with `fetch-depth: 0`.",
)
def cut_off(facts: Facts) -> Iterator[Hit]:
    """A history that begins too late."""
    admission = facts.exchange.policy.admission
    oldest = facts.since(max(admission.address_cooldown_days, admission.asn_cooldown_days))
    cut = facts.ledger.cut
    if oldest is not None and cut is not None and cut > oldest:
        yield Hit(
            f"the history from {oldest:%Y-%m-%d} to {cut:%Y-%m-%d} cannot be read here: who held what then "
            "is unknown",
            facts.policy_span("admission", ("address_cooldown_days",)),
            "run `git fetch --unshallow`, or check out with `fetch-depth: 0`; else see what `git log` says",
        )
