"""The peering LAN's rules: what frames may pass between members, whatever the fabric that holds to them.

Law: pure, and no fabric's language. `base` is the safe set, `policy` what owners write, `rule` the values
that both become, `words` how people read them, `frame` whether members can still reach each other.
"""

from __future__ import annotations

from ztix.lan.frame import CutOff, cut_off
from ztix.lan.rule import (
    ACCEPT_ALL,
    Action,
    Apart,
    Assigned,
    Capability,
    Condition,
    Destination,
    EtherType,
    Foreign,
    Icmp,
    LanRules,
    Multicast,
    Ports,
    Protocol,
    Rule,
    Source,
    Tag,
    Tagged,
    Test,
)
from ztix.lan.words import difference, words

__all__ = [
    "ACCEPT_ALL",
    "Action",
    "Apart",
    "Assigned",
    "Capability",
    "Condition",
    "CutOff",
    "Destination",
    "EtherType",
    "Foreign",
    "Icmp",
    "LanRules",
    "Multicast",
    "Ports",
    "Protocol",
    "Rule",
    "Source",
    "Tag",
    "Tagged",
    "Test",
    "cut_off",
    "difference",
    "words",
]
