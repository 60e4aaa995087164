"""Members that act like `suspended` without saying so: their day has passed, or policy denies them.

Law: pure. Their files stay as they are, and so do their addresses; a run takes them off the fabric and the
route servers through the same gates as anybody who leaves. That is no quarantine: nothing is broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ztix.exchange import Exchange, MemberFile
from ztix.member import MEMBER_PATH, Member
from ztix.policy import Policy
from ztix.terms import ASN_MAX, Asn

DENIALS = ("ZT104", "ZT105", "ZT106")
"""The rules that tell of a member that policy denies."""


@dataclass(frozen=True, slots=True)
class Dormant:
    """One such member. owner: such as `AS64500`.  reason: one clause."""

    owner: str
    reason: str


def put_to_rest(exchange: Exchange, now: datetime) -> tuple[Exchange, tuple[Dormant, ...]]:
    """The exchange with the members that act like `suspended` suspended, and who they are."""
    found = tuple(_dormant(exchange, now))
    if not found:
        return exchange, ()
    owners = {one.owner for one in found}
    members = tuple(_resting(file) if str(file.member.asn) in owners else file for file in exchange.members)
    return replace(exchange, members=members), found


def denied(path: str, policy: Policy) -> Dormant | None:
    """Whether policy denies the member that a file is named after, whatever the file says."""
    match = MEMBER_PATH.fullmatch(path)
    if match is None or int(match["asn"]) > ASN_MAX:
        return None
    asn, admission = Asn(match["asn"]), policy.admission
    if any(asn in part for part in admission.asns_denied):
        return Dormant(str(asn), "`asns_denied` in policy/admission.yaml names it")
    if admission.asns_allowed and not any(asn in part for part in admission.asns_allowed):
        return Dormant(str(asn), "`asns_allowed` in policy/admission.yaml does not name it")
    if asn == policy.exchange.asn:
        return Dormant(str(asn), "policy/exchange.yaml gives its number to the route servers")
    return None


def ended(member: Member, now: datetime) -> bool:
    """Whether the member's last day has passed, in UTC."""
    return member.expires is not None and now.date() > member.expires


def _dormant(exchange: Exchange, now: datetime) -> Iterator[Dormant]:
    for file in exchange.members:
        denial = denied(file.path, exchange.policy)
        if file.member.status == "suspended":
            continue
        if denial is not None:
            yield denial
        elif ended(file.member, now):
            yield Dormant(str(file.member.asn), f"it expired on {file.member.expires}")


def _resting(file: MemberFile) -> MemberFile:
    return replace(file, member=file.member.model_copy(update={"status": "suspended"}))
