"""Rules of a LAN as people read them, and the difference between two sets of them.

Law: pure; returns strings. A rule of the base is told by its title, any other exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ztix.lan.base import TITLES
from ztix.lan.rule import ARP, IPV4, IPV6, Action, Capability, EtherType, Foreign, LanRules, Rule, Tag

SHOWN_MAX = 160  # characters of a rule in a controller's own words
_NAMES = {IPV4: "IPv4", ARP: "ARP", IPV6: "IPv6"}


def words(rule: Rule | Foreign) -> str:
    """One rule in a few words."""
    if isinstance(rule, Foreign):
        text = rule.text if len(rule.text) <= SHOWN_MAX else f"{rule.text[:SHOWN_MAX]}… ({len(rule.text)})"
        return f"a rule that ztix does not know: {text}"
    if not rule.conditions:
        return "all else passes" if rule.action is Action.ACCEPT else "all else is dropped"
    if rule.action is Action.ACCEPT:
        return f"passes: {_exactly(rule)}"
    dropped = TITLES.get(rule.conditions) or _ethertypes(rule) or f"dropped: {_exactly(rule)}"
    return f"{dropped}, unless a capability lifts it" if rule.action is Action.BREAK else dropped


def difference(before: LanRules, after: LanRules) -> tuple[str, ...]:
    """What turns one set into the other: a line for each rule, `- ` before what goes, `+ ` what comes.

    Empty where both are the same.
    """
    if before == after:
        return ()
    old, new = list(_lines(before)), list(_lines(after))
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    lines = (
        *(f"- {line}" for line in dict.fromkeys(old) if line in gone),
        *(f"+ {line}" for line in dict.fromkeys(new) if line in come),
    )
    return lines or ("~ the same rules in another order",)


def _lines(rules: LanRules) -> Iterator[str]:
    yield from map(words, rules.rules)
    yield from map(_tag, rules.tags)
    for capability in rules.capabilities:
        yield _capability(capability)


def _tag(tag: Tag) -> str:
    return f"tag {tag.id}" if tag.default is None else f"tag {tag.id}, by default {tag.default}"


def _capability(capability: Capability) -> str:
    given = ", given to all that are new" if capability.default else ""
    return f"capability {capability.id}{given}: {'; '.join(map(_lifted, capability.rules)) or 'nothing'}"


def _lifted(rule: Rule | Foreign) -> str:
    """A rule of a capability: what it lets pass, told by the title of the drop that it lifts."""
    if isinstance(rule, Foreign) or not rule.conditions:
        return words(rule)
    title = TITLES.get(rule.conditions, f"dropped: {_exactly(rule)}")
    return f"lifts `{title}`" if rule.action is Action.ACCEPT else f"keeps `{title}`"


def _exactly(rule: Rule) -> str:
    return " and ".join(condition.text for condition in rule.conditions)


def _ethertypes(rule: Rule) -> str | None:
    """A rule that drops all ethertypes but some, by their names."""
    kept = []
    for condition in rule.conditions:
        test = condition.test
        if not isinstance(test, EtherType) or not condition.negated or test.number not in _NAMES:
            return None
        kept.append(_NAMES[test.number])
    return f"no ethertype but {' and '.join(kept)}"
