"""What networks of examples/evix-2021 say on their sessions, and what is to become of it.

Law: pure but for reading the example. Each network tells of prefixes that its AS-SETs cover, as the example's
evidence has them; the first few also tell of one that no filter may let through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ztix.drivers.git_tree import read_work_tree
from ztix.exchange import Claim, Exchange, read_exchange
from ztix.member import Member
from ztix.routeserver import Reason

EXAMPLE = Path(__file__).parents[2] / "examples" / "evix-2021"
ASN = 137933
EACH = 3  # prefixes of a family that a network tells of, where its AS-SETs cover so many
BOGON, ABROAD, STRANGER = "192.168.77.0/24", "193.0.0.0/21", 3333
FAULTS = (Reason.BOGON_PREFIX, Reason.PREFIX_TOO_LONG, Reason.PREFIX_SET, Reason.ORIGIN)
_LENGTHS = {4: (8, 24), 6: (16, 48)}


@dataclass(frozen=True, slots=True)
class Voice:
    """What a node says in one family. good: what has to be accepted.  bad: what has to be filtered, and why.

    asn, address: its own.
    """

    claim: Claim
    asn: int
    family: int
    address: str
    good: tuple[str, ...]
    bad: Mapping[str, Reason]

    def text(self, servers: Mapping[str, Sequence[str]]) -> str:
        """Its part of a BIRD that is everybody: a table, routes, and a session with each route server."""
        name, kind = f"{self.claim.node}_{self.family}", f"ipv{self.family}"
        routes = "".join(f" route {prefix} blackhole;" for prefix in (*self.good, *self.bad))
        strange = [prefix for prefix, why in self.bad.items() if why is Reason.ORIGIN]
        amend = "".join(f" if net = {prefix} then bgp_path.prepend({STRANGER});" for prefix in strange)
        blocks = [
            f"{kind} table t{name};\nprotocol static s{name} {{ {kind} {{ table t{name}; }};{routes} }}\n"
        ]
        blocks += [
            f"protocol bgp {server}_{name} {{\n"
            f"  local {self.address} as {self.asn}; neighbor {there[self.family == 6]} as {ASN};\n"
            "  enforce first as off; connect delay time 1; connect retry time 2; error wait time 1, 3;\n"
            f"  {kind} {{ table t{name}; import all;\n"
            f"    export filter {{ if source != RTS_STATIC then reject;{amend} accept; }}; }};\n}}\n"
            for server, there in servers.items()
        ]
        return "".join(blocks)


def example() -> Exchange:
    """All of it."""
    exchange, _ = read_exchange(read_work_tree(EXAMPLE))
    assert exchange is not None
    return exchange


def voices(count: int) -> dict[int, tuple[Voice, ...]]:
    """The first so many networks that have something to tell in every family of theirs, by AS number."""
    exchange, known = example(), _covered()
    found: dict[int, tuple[Voice, ...]] = {}
    for file in exchange.members:
        own = tuple(_voices(exchange, file.member, known, len(found)))
        if own and all(voice.good for voice in own) and len(found) < count:
            found[int(file.member.asn)] = own
    assert len(found) == count
    return found


def by_node(voices: Mapping[int, tuple[Voice, ...]]) -> dict[str, list[Voice]]:
    """Voices by the node that they are of."""
    found: dict[str, list[Voice]] = {}
    for own in voices.values():
        for voice in own:
            found.setdefault(voice.claim.node, []).append(voice)
    return found


def _voices(
    exchange: Exchange, member: Member, known: Mapping[str, tuple[set[int], dict[int, list[str]]]], place: int
) -> Iterator[Voice]:
    asn = int(member.asn)
    for claim in exchange.claims():
        for address in claim.addresses if claim.owner == str(member.asn) else ():
            family = address.version
            named = (member.as_set.ipv4 if family == 4 else member.as_set.ipv6) or (member.asn,)
            sets = [known[str(one)] for one in named if str(one) in known]
            origins = {origin for origins, _ in sets for origin in origins}
            covered = [prefix for _, by_family in sets for prefix in by_family[family]]
            good = tuple(covered[:EACH]) if asn in origins else ()
            bad = dict(_bad(FAULTS[place], family, good)) if place < len(FAULTS) else {}
            yield Voice(claim, asn, family, str(address), good, bad)


def _bad(why: Reason, family: int, good: tuple[str, ...]) -> Iterator[tuple[str, Reason]]:
    if why is Reason.BOGON_PREFIX and family == 4:
        yield BOGON, why
    if why is Reason.PREFIX_TOO_LONG and good:
        yield f"{good[0].partition('/')[0]}/{29 if family == 4 else 64}", why
    if why in (Reason.PREFIX_SET, Reason.ORIGIN) and family == 4:
        yield ABROAD, why


def _covered() -> dict[str, tuple[set[int], dict[int, list[str]]]]:
    """Origins and plain prefixes of each AS-SET, and AS number, of the evidence."""
    expansions = json.loads((EXAMPLE / "evidence/irr.json").read_text("utf-8"))["expansions"]
    return {
        one["as_set"]: (set(one["asns"]), {family: list(_plain(one, family)) for family in (4, 6)})
        for one in expansions
    }


def _plain(expansion: Mapping[str, list[str]], family: int) -> Iterator[str]:
    shortest, longest = _LENGTHS[family]
    for pattern in expansion[f"ipv{family}"]:
        prefix, _, lengths = pattern.partition("{")
        length = int(prefix.partition("/")[2])
        least = re.match(r"\d+", lengths)
        if prefix.startswith("2002:"):
            continue  # 6to4, which real AS-SETs have and no filter lets through
        if shortest <= length <= longest and (least is None or int(least[0]) == length):
            yield prefix
