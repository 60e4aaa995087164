"""Members' own routers for tests: a member with two nodes, and what `router-config` makes for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, node, server
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Evidence, Expansion
from ztix.exchange import Exchange
from ztix.routerconfig import DIALECTS, RouterText, router_texts
from ztix.routeserver import views
from ztix.terms import Asn

OPEN_MAKES = ("bird2", "bird3", "frr", "openbgpd", "gobgp")
ASN = Asn(64500)
EVERYTHING = {"ttl_security": "true", "bfd": "true", "add_paths": "true"}
ROUTING: Mapping[str, Any] = {**LABORATORY, "sessions": {"bfd": "true"}}
ALL = expansion(
    "AS64500:AS-ALL",
    [64500, 64505, 64506],
    ["198.51.100.0/24", "198.51.100.0/25{25,32}", "203.0.113.0/24{26,27}"],
    ["2001:db8:4500::/44{44,48}"],
)
ALONE = expansion("AS64500", [64500], ["198.51.100.0/24"], ["2001:db8:4500::/48"])
PLACES = {
    # What a member writes in each place, in the words of each make.
    "bird": {
        "PREFIXES_4": "203.0.113.0/24",
        "PREFIXES_6": "2001:db8::/48",
        "PASSWORD": '"secret"',
        "ASNS": "64505",
    },
    "frr": {
        "PREFIXES_4": "203.0.113.0/24",
        "PREFIXES_6": "2001:db8::/48",
        "PASSWORD": "password secret",
        "ASNS": "permit ^64505_",
    },
    "openbgpd": {
        "PREFIXES_4": "203.0.113.0/24",
        "PREFIXES_6": "2001:db8::/48",
        "PASSWORD": 'tcp md5sig password "secret"',
        "ASNS": "64505",
    },
    "gobgp": {
        "PREFIXES_4": '"203.0.113.0/24"',
        "PREFIXES_6": '"2001:db8::/48"',
        "PASSWORD": '"secret"',
        "ASNS": '"^64505_"',
    },
}


def filled_in(make: str, text: str) -> str:
    """The text with something written in every place, and commands in comments left as they are."""
    words = PLACES[make.rstrip("23")]
    for family in (4, 6):
        for kind in ("OWN", "ANNOUNCED"):
            text = text.replace(f"FILL_IN_{kind}_IPV{family}_PREFIXES", words[f"PREFIXES_{family}"])
    text = text.replace("FILL_IN_PASSWORD", words["PASSWORD"])
    return text.replace("FILL_IN_DOWNSTREAM_ASNS", words["ASNS"])


def scene(*, routing: Mapping[str, Any] = ROUTING, **changes: Any) -> Exchange:
    """AS64500 with a node that asks for everything and one with IPv4 over IPv6; two route servers."""
    nodes = [node(10, name="fra1", bgp=EVERYTHING), node(20, name="ams1", bgp={"extended_next_hop": "true"})]
    own = member(int(ASN), 10, **({"nodes": nodes} | changes))
    return exchange(own, member(64501, 11), servers=[server(1), server(2)], routing=routing)


def known(*expansions: Expansion) -> Evidence:
    """Evidence of these, by default of all that AS64500 holds."""
    return evidence(*(expansions or (ALL, ALONE)))


def texts(make: str, found: Exchange, facts: Evidence, *, node: str | None = None) -> tuple[RouterText, ...]:
    """What `router-config` makes for AS64500."""
    templates = load_default_templates()
    return router_texts(found, facts, views(found, facts), ASN, DIALECTS[make], templates, node)


def text(make: str, node: str = "fra1", *, facts: Evidence | None = None, **changes: Any) -> str:
    """The text for one node of the scene."""
    (found,) = texts(make, scene(**changes), facts or known(), node=node)
    return found.text
