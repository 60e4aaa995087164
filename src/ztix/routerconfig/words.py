"""The words of a member's own router's configuration that `terms` and `routeserver.words` have not.

Law: pure. None of these can be made from a text that somebody wrote freely.
"""

from __future__ import annotations

import re

from ztix.terms import Word


class Place(Word):
    """Where the member has to write something: no router's parser takes it as it stands."""

    __slots__ = ()
    pattern = re.compile(r"FILL_IN_[A-Z0-9_]{1,40}")
    form = "a place to fill in, such as `FILL_IN_PASSWORD`"


class Sign(Word):
    """What a comment begins with."""

    __slots__ = ()
    pattern = re.compile(r"[#!]")
    form = "`#` or `!`"


class JoinCommand(Word):
    """A command that puts a node on a network."""

    __slots__ = ()
    pattern = re.compile(r"zerotier-cli (?:join|set) (?:[0-9a-f]{16}|FILL_IN_NETWORK_ID)(?: allowGlobal=1)?")
    form = "a command by which a node joins a network"


PASSWORD = Place("FILL_IN_PASSWORD")
INTERFACE = Place("FILL_IN_INTERFACE")
NETWORK_ID = Place("FILL_IN_NETWORK_ID")
DOWNSTREAM_ASNS = Place("FILL_IN_DOWNSTREAM_ASNS")

MEANINGS: dict[Place, str] = {
    NETWORK_ID: "the network's sixteen digits: the exchange tells them",
    INTERFACE: "the interface of this router that is on the LAN",
    PASSWORD: "the password of the session, in this router's own words; maintainers and you know it",
    DOWNSTREAM_ASNS: "the AS numbers that you take routes from as your downstreams",
    Place(
        "FILL_IN_OWN_IPV4_PREFIXES"
    ): "your own IPv4 prefixes, without downstreams'; take the place out where there are none",
    Place(
        "FILL_IN_OWN_IPV6_PREFIXES"
    ): "your own IPv6 prefixes, without downstreams'; take the place out where there are none",
    Place("FILL_IN_ANNOUNCED_IPV4_PREFIXES"): "the IPv4 prefixes that you announce, downstreams' included",
    Place("FILL_IN_ANNOUNCED_IPV6_PREFIXES"): "the IPv6 prefixes that you announce, downstreams' included",
}
"""What belongs in each place, for people."""
