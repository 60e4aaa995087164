"""An exchange in memory for unit tests: a small good one, and ways to spoil it.

Law: documentation numbers only, and no file is read. `good_exchange` has no finding; a test adds or replaces
files and sees what changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ztix.evidence import Evidence, Found, NetworkRecord
from ztix.exchange import Exchange, read_exchange
from ztix.ledger import Ledger
from ztix.rules import check
from ztix.terms import Asn
from ztix.tree import Entry, Kind, Tree

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOURCE = "a list in a test"

EXCHANGE = "name: example-ix\ntitle: Example IX\nasn: 64496\n"
FABRICS = """\
fabrics:
  - name: lan
    network: "000001"
    url: http://127.0.0.1:9993
    token: {env: CONTROLLER_TOKEN}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
    reserved: [192.0.2.0/29]
"""
ROUTE_SERVERS = """\
route_servers:
  - name: rs1
    node: aaaaaaaaa1
    addresses: [192.0.2.1, "2001:db8:64:96::1"]
    router_id: 192.0.2.1
    canary: true
    ssh: {host: rs1.example.net, host_keys: [ssh-ed25519 AAAA]}
  - name: rs2
    node: aaaaaaaaa2
    addresses: [192.0.2.2, "2001:db8:64:96::2"]
    router_id: 192.0.2.2
    ssh: {host: rs2.example.net, host_keys: [ssh-ed25519 AAAA]}
"""
ADMISSION = "reserved_asns_allowed: [64496-64511]\npeeringdb: advisory\n"
POLICY = {
    "policy/exchange.yaml": EXCHANGE,
    "policy/fabrics.yaml": FABRICS,
    "policy/route-servers.yaml": ROUTE_SERVERS,
    "policy/admission.yaml": ADMISSION,
}


def member_text(asn: int, extra: str = "") -> str:
    """A good member's file: one node with an address of each family, derived from the AS number."""
    host = asn - 64490
    return (
        f"asn: {asn}\nname: Example {asn}\ncontacts:\n  - github: {{id: {asn}, login: user{asn}}}\n"
        f"    email: noc@as{asn}.example.net\nnodes:\n  - id: 1a2b3{asn}\n    name: fra1\n"
        f'    addresses: [192.0.2.{host}, "2001:db8:64:96::{host}"]\n{extra}'
    )


def good_files() -> dict[str, str]:
    """Policy and the members AS64500 and AS64501."""
    return {**POLICY, **{f"members/AS{asn}.yaml": member_text(asn) for asn in (64500, 64501)}}


def tree(files: Mapping[str, str]) -> Tree:
    """The files as a Tree of regular files."""
    contents = {path: text.encode() for path, text in sorted(files.items())}
    return Tree("work tree", {path: Entry(path, Kind.FILE, len(c), c) for path, c in contents.items()})


def read(files: Mapping[str, str]) -> Exchange:
    """The exchange that these files hold; fails where their form has findings."""
    exchange, report = read_exchange(tree(files))
    assert exchange is not None, report.findings
    assert report.findings == ()
    return exchange


def good_exchange() -> Exchange:
    """A small exchange without findings."""
    return read(good_files())


def found(asn: int, name: str = "", **fields: Any) -> Found:
    """PeeringDB's answer that it has a record: public, allocated, and named as `member_text` names it."""
    record = NetworkRecord(Asn(asn), name or f"Example {asn}", rir_status="ok")
    return Found(replace(record, **fields), SOURCE, NOW)


def edited(path: str, old: str, new: str) -> dict[str, str]:
    """One file of the good exchange with a part replaced; the part must be there."""
    text = good_files()[path]
    assert old in text, f"{old!r} is not in {path}"
    return {path: text.replace(old, new)}


def member_with(old: str, new: str) -> dict[str, str]:
    """The file of AS64500 with a part replaced."""
    return edited("members/AS64500.yaml", old, new)


@dataclass(frozen=True)
class Told:
    """A finding as a test writes it: `path:line:column`, the text under the carets, the message."""

    place: str
    marked: str
    message: str
    severity: str = "error"
    related: tuple[str, ...] = ()


def told(
    rule: str, changes: Mapping[str, str], known: Evidence | None = None, ledger: Ledger | None = None
) -> list[Told]:
    """What one rule says about the good exchange with these files changed."""
    report = check(read({**good_files(), **changes}), known, ledger)
    return [
        Told(
            str(finding.span),
            finding.span.text[finding.span.column - 1 : finding.span.end_column - 1],
            finding.message,
            finding.severity.value,
            tuple(str(span) for span in finding.related),
        )
        for finding in report
        if finding.rule == rule
    ]
