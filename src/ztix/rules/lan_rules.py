"""ZT53x: policy/lan-rules.yaml. Rules under which members still reach each other, and that mean somebody.

Law: pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ztix.amounts import few
from ztix.diagnostics import Severity
from ztix.document import Path
from ztix.lan import CutOff, cut_off, words
from ztix.lan.policy import LanPolicy
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule
from ztix.zerotier_rules import rules_hazards

NAMED = 3  # kinds of frames that one finding names


def _lans(facts: Facts) -> Iterator[tuple[LanPolicy, Path]]:
    for index, lan in enumerate(facts.exchange.policy.lan_rules.lans):
        yield lan, ("lans", index)


@rule(
    "ZT531",
    "members reach each other under the LAN's rules",
    Severity.ERROR,
    what="Under the rules of each fabric, these pass between two plain members: ARP and neighbour discovery, "
    "BGP on the LAN, and packets between networks behind members.",
    why="One drop too wide ends the exchange for everybody at once, the route servers' sessions included.",
    wrong="drop: [{name: old, protocol: tcp, ports: 1-1024}]",
    right="drop: [{name: old, protocol: tcp, ports: 19}]",
    remedy="Narrow the drop that the finding names; policy cannot make an exception for what lies under it.",
)
def cut(facts: Facts) -> Iterator[Hit]:
    """Drops that take something from members which an exchange lives by."""
    for lan, path in _lans(facts):
        fabric = facts.fabrics.get(lan.fabric)
        lost: dict[Path, list[CutOff]] = defaultdict(list)
        for frame in cut_off(lan.rules(), fabric.prefixes if fabric else ()):
            lost[_place(lan, path, frame)].append(frame)
        for place, frames in lost.items():
            what = few(list(dict.fromkeys(frame.what for frame in frames)), NAMED)
            by = f": {words(frames[0].by)}" if frames[0].by else ""
            yield Hit(
                f"{what} would no longer pass on the fabric `{lan.fabric}`{by}",
                facts.policy_span("lan-rules", place),
                "narrow it, or delete it",
            )


def _place(lan: LanPolicy, path: Path, frame: CutOff) -> Path:
    """Where the rule stands that drops the frame: no drop of the base does, but by its ethertypes."""
    ids = {tag.name: tag.id for tag in lan.tags}
    for index, drop in enumerate(lan.drop):
        if frame.by is not None and drop.conditions(ids) == frame.by.conditions:
            return (*path, "drop", index, "name")
    return (*path, "ethertypes")


@rule(
    "ZT532",
    "the rules of a LAN are those of a fabric",
    Severity.ERROR,
    what="Each `fabric` of policy/lan-rules.yaml is the name of one in policy/fabrics.yaml.",
    why="Rules for a fabric that does not exist hold nowhere, and the fabric that was meant has others.",
    wrong="lans: [{fabric: lna}]",
    right="lans: [{fabric: lan}]",
    remedy="Correct the name.",
)
def fabric_unknown(facts: Facts) -> Iterator[Hit]:
    """LANs of fabrics that are not there."""
    for lan, path in _lans(facts):
        if lan.fabric not in facts.fabrics:
            known = ", ".join(f"`{name}`" for name in sorted(facts.fabrics))
            yield Hit(
                f"there is no fabric `{lan.fabric}`",
                facts.policy_span("lan-rules", (*path, "fabric")),
                f"there is {known}",
            )


@rule(
    "ZT533",
    "what is given is given to somebody on the LAN",
    Severity.WARNING,
    what="Who is given a tag's value or a capability has a node on that fabric.",
    why="A right that waits for its holder is forgotten, and comes to life with whoever takes the name.",
    wrong="capabilities: [{name: igmp, id: 1, lifts: [igmp], given: [AS64999]}]",
    right="capabilities: [{name: igmp, id: 1, lifts: [igmp], given: [AS64500]}]",
    remedy="Correct the name, or delete the line.",
)
def given_to_nobody(facts: Facts) -> Iterator[Hit]:
    """Names in `given` that nobody on the fabric has."""
    present = {(claim.fabric, claim.owner) for claim in facts.claims}
    for lan, path in _lans(facts):
        for holder, at in _holders(lan, path):
            if lan.fabric in facts.fabrics and (lan.fabric, holder) not in present:
                yield Hit(
                    f"`{holder}` has no node on the fabric `{lan.fabric}`",
                    facts.policy_span("lan-rules", at),
                    "correct the name, or delete the line",
                )


def _holders(lan: LanPolicy, path: Path) -> Iterator[tuple[str, Path]]:
    for index, tag in enumerate(lan.tags):
        for place, given in enumerate(tag.given):
            yield given.to, (*path, "tags", index, "given", place, "to")
    for index, capability in enumerate(lan.capabilities):
        for place, holder in enumerate(capability.given):
            yield holder, (*path, "capabilities", index, "given", place)


@rule(
    "ZT534",
    "a node can hold all of the LAN's rules",
    Severity.ERROR,
    what="A network has at most 1,024 entries of rules, a capability 64, and there are at most 128 tags and "
    "128 capabilities. A drop takes one entry for each thing that is said of it, and one more.",
    why="A node cuts off what is too much without a word, and the end is where frames are accepted.",
    wrong="drop: [...]      # 400 of them",
    right="drop: [...]      # 100 of them",
    remedy="Use fewer and wider drops: ranges of ports, shorter prefixes.",
)
def too_many(facts: Facts) -> Iterator[Hit]:
    """LANs with more rules than fit."""
    for lan, path in _lans(facts):
        for hazard in rules_hazards(lan.rules(), ()):
            yield Hit(
                f"{hazard}, on the fabric `{lan.fabric}`",
                facts.policy_span("lan-rules", (*path, "fabric")),
                "use fewer and wider drops",
            )


@rule(
    "ZT535",
    "a LAN has rules",
    Severity.NOTE,
    what="`base` is `safe`, and not `accept-all`.",
    why="Without rules a member can answer ARP for the route server's address, or tell all others that it is "
    "their default router.",
    wrong="base: accept-all",
    right="base: safe",
    remedy="Name the drops that are in the way in `without`, and keep the others.",
)
def open_lan(facts: Facts) -> Iterator[Hit]:
    """LANs on which everything passes."""
    for lan, path in _lans(facts):
        if lan.base == "accept-all":
            yield Hit(
                f"everything passes on the fabric `{lan.fabric}`, also what pretends to be another member",
                facts.policy_span("lan-rules", (*path, "base")),
                "name the drops that are in the way in `without`, and keep the others",
            )
