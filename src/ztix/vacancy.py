"""Addresses of a fabric that nobody has.

Law: pure. What is taken, somebody else says: a Container of holdings.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from ztix.past import Holding
from ztix.policy import FabricPolicy
from ztix.terms import Address, Family


def vacant(fabric: FabricPolicy, family: Family, taken: Container[Holding]) -> Iterator[Address]:
    """The fabric's addresses of a family that are neither taken nor reserved, ascending."""
    reserved = [
        (int(part.network_address), int(part.broadcast_address))
        for part in fabric.reserved
        if part.version == family
    ]
    for prefix in (prefix for prefix in fabric.prefixes if prefix.version == family):
        number, last = int(prefix.network_address) + 1, int(prefix.broadcast_address)
        while number < last:
            blocked = next((end for start, end in reserved if start <= number <= end), None)
            if blocked is None and (fabric.name, family, number) not in taken:
                yield prefix.network_address + (number - int(prefix.network_address))
            number = (number if blocked is None else blocked) + 1
