"""The members as a table for spreadsheets (RFC 4180): a line for each node, or for a member without one.

Law: pure. Names are members' own words, and spreadsheets take a cell that begins with `=` for a formula, also
where a semicolon ends a cell in their reader's country: an apostrophe keeps it text. Every cell is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ztix.exchange import Exchange
from ztix.fabric import ordered
from ztix.member import Member, Node

COLUMNS = ("asn", "name", "status", "node", "fabric", "ipv4", "ipv6", "route_servers")

# What starts a formula, by OWASP's list with its full-width twins.
_FORMULA = re.compile(r"(^|;)(?=\s*[=+@\uff1d\uff0b\uff0d\uff20-])")


def csv_table(exchange: Exchange) -> str:
    """The table with its head, members ascending by ASN. Between addresses of one family is a blank."""
    return "".join(map(_line, [COLUMNS, *_rows(exchange)]))


def _rows(exchange: Exchange) -> Iterator[tuple[str, ...]]:
    for file in exchange.members:
        for node in file.member.nodes or (None,):
            yield _row(file.member, node)


def _row(member: Member, node: Node | None) -> tuple[str, ...]:
    head = str(int(member.asn)), member.name, member.status
    if node is None:
        return (*head, "", "", "", "", "")
    ipv4, ipv6 = (
        " ".join(str(address) for address in ordered(node.addresses) if address.version == family)
        for family in (4, 6)
    )
    return (*head, node.name, node.fabric, ipv4, ipv6, "yes" if node.route_servers else "no")


def _line(cells: tuple[str, ...]) -> str:
    return ",".join(f'"{_text(cell)}"' for cell in cells) + "\r\n"


def _text(cell: str) -> str:
    return _FORMULA.sub(r"\1'", cell).replace('"', '""')
