"""What owners write of a LAN's rules in policy/lan-rules.yaml, and the rules that it means.

Law: pure. A LAN of which nothing is written has the safe base. A capability lifts drops by name: each
becomes one that yields to who holds the capability, and stands after all drops that yield to nobody, so that
nothing but what is named is ever lifted. Drops by tag come last of the firm ones: a sender that does not yet
know a receiver's tag skips the drop that follows, and that must be no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from ztix.lan.base import GUARD_NAMES, GUARDS, only_ethertypes
from ztix.lan.drop import LanDrop, Number
from ztix.lan.rule import ACCEPT_ALL, ETHERTYPES, Action, Capability, Condition, LanRules, Rule, Tag
from ztix.shape import Line, Model
from ztix.terms import Label


def _guard_name(value: object) -> Label:
    if value not in GUARD_NAMES:
        raise ValueError(f"must be one of {', '.join(f'`{name}`' for name in GUARD_NAMES)}")
    return Label(value)


GuardName: TypeAlias = Annotated[
    Label, PlainValidator(_guard_name), WithJsonSchema({"type": "string", "enum": list(GUARD_NAMES)})
]
Holder: TypeAlias = Annotated[
    Line, Field(pattern=r"^(?:AS[1-9][0-9]{0,9}|[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)$")
]


class TagGiven(Model):
    """The value that one holder has."""

    to: Holder
    """A member as `AS64500`, or the name of a route server or infrastructure node."""
    value: Number
    """The value."""


class LanTag(Model):
    """A number that every node on the LAN has, for drops to go by."""

    name: Label
    """What drops call it."""
    id: Number
    """Its number on the fabric."""
    default: Number = 0
    """The value of all to whom no other is given."""
    given: tuple[TagGiven, ...] = ()
    """Who has another value."""


class LanCapability(Model):
    """Drops that do not hold for who has the capability."""

    name: Label
    """What it is."""
    id: Number
    """Its number on the fabric."""
    lifts: Annotated[tuple[Label, ...], Field(min_length=1)]
    """The drops that it lifts: of the base, or of `drop`, by name."""
    given: tuple[Holder, ...] = ()
    """Who has it: members as `AS64500`, route servers and infrastructure nodes by name."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What one holder gets. tags: number and value, ascending.  capabilities: numbers, ascending."""

    tags: tuple[tuple[int, int], ...] = ()
    capabilities: tuple[int, ...] = ()


NO_GRANTS = Grants()


@dataclass(frozen=True, slots=True)
class Granted:
    """What everybody on a LAN gets. named: those who get something else than the others."""

    others: Grants = NO_GRANTS
    named: Mapping[str, Grants] = field(default_factory=dict)

    def to(self, holder: str) -> Grants:
        """What this holder gets."""
        return self.named.get(holder, self.others)


class LanPolicy(Model):
    """The rules of one fabric's LAN."""

    fabric: Label
    """The fabric."""
    base: Literal["safe", "accept-all"] = "safe"
    """What the rules begin with. `accept-all` is a LAN without any rule."""
    ethertypes: Annotated[tuple[Literal["ipv4", "arp", "ipv6"], ...], Field(min_length=1)] = (
        "ipv4",
        "arp",
        "ipv6",
    )
    """What kinds of frames there are."""
    without: tuple[GuardName, ...] = ()
    """Drops of the safe base that are not made here."""
    drop: tuple[LanDrop, ...] = ()
    """More drops."""
    tags: tuple[LanTag, ...] = ()
    """Numbers that nodes have, for drops to go by."""
    capabilities: tuple[LanCapability, ...] = ()
    """Who may send what others may not."""

    @model_validator(mode="after")
    def _sound(self) -> LanPolicy:
        names = [*(guard.name for guard in GUARDS), *(drop.name for drop in self.drop)]
        for what, found in (
            ("drops with names of their own, that the base has not either", names),
            ("tags with different names", [tag.name for tag in self.tags]),
            ("tags with different ids", [tag.id for tag in self.tags]),
            ("capabilities with different names", [one.name for one in self.capabilities]),
            ("capabilities with different ids", [one.id for one in self.capabilities]),
        ):
            if len(set(found)) != len(found):
                raise ValueError(f"must have {what}")
        tags = {tag.name for tag in self.tags}
        for tag in (tag for drop in self.drop for tag in drop.tags if tag not in tags):
            raise ValueError(f"must have the tag `{tag}`, which a drop goes by, in `tags`")
        self._sound_lifts(set(names) - set(self.without))
        if self.base == "accept-all" and self.model_fields_set - {"fabric", "base"}:
            raise ValueError("must have nothing beside `base: accept-all`, which lets everything pass")
        return self

    def _sound_lifts(self, names: set[Label]) -> None:
        by_tag = {drop.name for drop in self.drop if drop.tags}
        for name in (name for one in self.capabilities for name in one.lifts):
            if name not in names:
                raise ValueError(f"must have the drop `{name}`, which a capability lifts")
            if name in by_tag:
                raise ValueError(f"must not lift `{name}`: it goes by a tag, so give another value instead")

    def rules(self) -> LanRules:
        """The rules that this means."""
        if self.base == "accept-all":
            return ACCEPT_ALL
        drops = dict(self._drops())
        lifted = {name for one in self.capabilities for name in one.lifts}
        firm = (Rule(Action.DROP, met) for name, met in drops.items() if name not in lifted)
        soft = (Rule(Action.BREAK, met) for name, met in drops.items() if name in lifted)
        tags = sorted((Tag(tag.id, tag.default) for tag in self.tags), key=lambda tag: tag.id)
        capabilities = (
            Capability(one.id, tuple(_capability(one, drops, lifted))) for one in self.capabilities
        )
        return LanRules(
            (*firm, *soft, Rule(Action.ACCEPT)),
            tuple(tags),
            tuple(sorted(capabilities, key=lambda one: one.id)),
        )

    def _drops(self) -> Iterator[tuple[Label, tuple[Condition, ...]]]:
        """All drops in order: the base, then policy's own, those that go by tags last."""
        first = only_ethertypes(*(number for name, number in ETHERTYPES.items() if name in self.ethertypes))
        for guard in (first, *GUARDS[1:]):
            if guard.name not in self.without:
                yield guard.name, guard.conditions
        ids = {tag.name: tag.id for tag in self.tags}
        for drop in sorted(self.drop, key=lambda drop: bool(drop.tags)):
            yield drop.name, drop.conditions(ids)

    @property
    def grants_anything(self) -> bool:
        """Whether anybody gets a tag or a capability."""
        return bool(self.tags or self.capabilities)

    def granted(self) -> Granted:
        """What each holder gets: every tag has a value, so that a controller has none to fill in."""
        holders = {one.to for tag in self.tags for one in tag.given}
        holders |= {holder for one in self.capabilities for holder in one.given}
        return Granted(self._grants(None), {holder: self._grants(holder) for holder in sorted(holders)})

    def _grants(self, holder: str | None) -> Grants:
        values = {tag.id: tag.default for tag in self.tags}
        values |= {tag.id: one.value for tag in self.tags for one in tag.given if one.to == holder}
        held = (one.id for one in self.capabilities if holder in one.given)
        return Grants(tuple(sorted(values.items())), tuple(sorted(held)))


def _capability(
    capability: LanCapability, drops: Mapping[Label, tuple[Condition, ...]], lifted: set[Label]
) -> Iterator[Rule]:
    """A capability's rules: first it keeps the drops that others may lift, then it lifts its own."""
    for name in (name for name in drops if name in lifted and name not in capability.lifts):
        yield Rule(Action.DROP, drops[name])
    for name in (name for name in drops if name in capability.lifts):
        yield Rule(Action.ACCEPT, drops[name])


class LanRulesPolicy(Model):
    """policy/lan-rules.yaml: what may be on the peering LANs."""

    lans: tuple[LanPolicy, ...] = ()
    """The rules of each fabric; one that is not here has the safe base."""

    @model_validator(mode="after")
    def _distinct(self) -> LanRulesPolicy:
        if len({lan.fabric for lan in self.lans}) != len(self.lans):
            raise ValueError("must have each fabric once")
        return self

    def on(self, fabric: Label) -> LanPolicy:
        """The rules of a fabric."""
        return next((lan for lan in self.lans if lan.fabric == fabric), LanPolicy(fabric=fabric))
