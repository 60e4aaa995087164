"""What is known of nodes, as text or JSON; returns strings, prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.exchange import Claim
from ztix.fabric import UNSEEN, Sighting, seen_words
from ztix.known import Known
from ztix.terms import Address

HELD = "the controller holds it to this key"
FIRST = "none yet: the controller takes the first key that comes with this id"


def render_known(nodes: Sequence[Known], *, json_form: bool) -> str:
    """A block for each node."""
    if json_form:
        data = {"schema": "ztix.nodes.v1", "nodes": [_data(one) for one in nodes]}
        return json_text(data)
    return "\n".join("".join(f"{line}\n" for line in _lines(one)) for one in nodes)


def _lines(one: Known) -> Iterator[str]:
    yield f"{one.node} on {one.fabric.name}"
    for what, text in (
        ("git", _git(one)),
        ("controller", _record(one)),
        ("seen", _seen(one.sighting)),
        ("identity", _identity(one)),
        ("by hand", f"allowed until {_minute(one.until)}" if one.until else "no"),
        ("last run", _last_run(one)),
        ("pin", _pin(one)),
    ):
        yield f"  {what:<11} {text}".rstrip()


def _git(one: Known) -> str:
    claim = one.claim
    if claim is None:
        return "no file names it"
    state = "active" if claim.active else "suspended"
    return f"{claim.owner}, {state}, as {claim.name} with {_addresses(claim.addresses)}    {claim.because}"


def _record(one: Known) -> str:
    if one.held is None:
        return "no record"
    state = "authorised" if one.held.authorised else "not authorised"
    name = f" as {printable(one.held.name, 60)}" if one.held.name else ""
    more = ", and it may add addresses or bridge" if one.automatic else ""
    return f"{state}{name} with {_addresses(one.held.addresses)}{more}"


def _seen(sighting: Sighting) -> str:
    when = seen_words(sighting) or "first seen unknown, last seen unknown"
    place = f", at {printable(sighting.place, 60)}" if sighting.place else ""
    version = f", ZeroTier {printable(sighting.version, 20)}" if sighting.version else ""
    return f"{when}{place}{version}"


def _identity(one: Known) -> str:
    if one.sighting.identity:
        return f"{printable(one.sighting.identity)}    {HELD}"
    return "unknown" if one.sighting == UNSEEN else FIRST


def _last_run(one: Known) -> str:
    leaving = f"off since {_minute(one.leaving)}, and may not have heard of it" if one.leaving else ""
    held = one.owned
    owned = f"left it to {held.owner} with {_addresses(held.attachment.addresses)}" if held else ""
    return "; ".join(filter(None, (owned, leaving))) or "did not own it"


def _pin(one: Known) -> str:
    who = f"the controller is {one.controller.node}" if one.controller else "the controller tells nothing"
    if one.fabric.controller:
        return f"{who}, as policy/fabrics.yaml pins"
    return f"{who}, as the last run met" if one.met else f"{who}; no run has met it, and policy pins none"


def _addresses(addresses: tuple[Address, ...]) -> str:
    return " ".join(map(str, addresses)) or "no address"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _data(one: Known) -> dict[str, object]:
    claim, owned, sighting = one.claim, one.owned, one.sighting
    return {
        "fabric": str(one.fabric.name),
        "node": str(one.node),
        "git": _claim_data(claim) if claim else None,
        "controller": one.held.data() | {"automatic": one.automatic} if one.held else None,
        "first_seen": _iso(sighting.first),
        "last_seen": _iso(sighting.last),
        "place": sighting.place,
        "version": sighting.version,
        "identity": sighting.identity,
        "until": _iso(one.until),
        "leaving_since": _iso(one.leaving),
        "last_run": {"owner": owned.owner, **owned.attachment.data()} if owned else None,
        "pin": {"controller": one.controller, "policy": one.fabric.controller, "last_run": one.met},
    }


def _claim_data(claim: Claim) -> dict[str, object]:
    told = {"owner": claim.owner, "active": claim.active, "because": str(claim.because)}
    return {**told, "name": claim.name, "addresses": [str(address) for address in claim.addresses]}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
