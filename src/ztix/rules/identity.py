"""ZT10x: who a member is. The file's name, the AS number, and whether it may join.

Law: pure. Looks at members' own files and at policy/admission.yaml and policy/exchange.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.member import member_path
from ztix.reserved import AS_TRANS, reserved_as
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule
from ztix.terms import among


@rule(
    "ZT101",
    "a member's file is named after its AS number",
    Severity.ERROR,
    what="members/AS64500.yaml holds the member whose `asn` is 64500.",
    why="The path is the identity: who may change a file is decided by its name, so the content must agree.",
    wrong="# members/AS64500.yaml\nasn: 64501",
    right="# members/AS64500.yaml\nasn: 64500",
    remedy="Correct `asn`, or rename the file.",
)
def file_name(facts: Facts) -> Iterator[Hit]:
    """Files whose `asn` is not that of their name."""
    for file in facts.exchange.members:
        if file.path != member_path(file.member.asn):
            named = file.path.removeprefix("members/").removesuffix(".yaml")
            yield Hit(
                f"`asn` is {int(file.member.asn)}, but the file is named after {named}",
                file.document.span(("asn",)),
                f"write the number of the name, or rename the file to `{member_path(file.member.asn)}`",
            )


@rule(
    "ZT102",
    "a member's AS number is assigned to a network",
    Severity.ERROR,
    what="AS numbers that are reserved, private or for documentation join only where "
    "`reserved_asns_allowed` in policy/admission.yaml names them.",
    why="Anybody may use such a number, so it identifies nobody, and other networks drop paths that hold it.",
    wrong="asn: 64512",
    right="asn: 64512      # with `reserved_asns_allowed: [64512]` in policy/admission.yaml",
    remedy="Use the AS number that a registry assigned to you; a laboratory names its numbers in policy.",
)
def reserved(facts: Facts) -> Iterator[Hit]:
    """Members with a reserved AS number that policy does not allow."""
    for file in facts.exchange.members:
        asn = file.member.asn
        purpose = reserved_as(asn)
        if purpose and asn != AS_TRANS and not facts.reserved_allowed(asn):
            yield Hit(
                f"`{asn}` is no network's own ({purpose})",
                file.document.span(("asn",)),
                "use an assigned AS number, or name this one in `reserved_asns_allowed` of "
                "policy/admission.yaml",
            )


@rule(
    "ZT103",
    "AS23456 is no member",
    Severity.ERROR,
    what="AS23456 (AS_TRANS) never joins, whatever policy says.",
    why="A speaker without four-octet AS numbers puts AS_TRANS in place of any larger number (RFC 6793 "
    "section 9), so it stands for everybody.",
    wrong="asn: 23456",
    right="asn: 4200000000",
    remedy="Write the real AS number of four octets.",
)
def as_trans(facts: Facts) -> Iterator[Hit]:
    """A member that claims AS_TRANS."""
    for file in facts.exchange.members:
        if file.member.asn == AS_TRANS:
            yield Hit(
                "`AS23456` stands for any AS number above 65535, not for a network",
                file.document.span(("asn",)),
                "write the network's own AS number",
            )


@rule(
    "ZT104",
    "a denied AS number does not join",
    Severity.ERROR,
    what="AS numbers in `asns_denied` of policy/admission.yaml are refused, even if `asns_allowed` has them.",
    why="The owners of the exchange decided so.",
    wrong="asn: 64510      # with `asns_denied: [64510]`",
    right="asn: 64510      # with `asns_denied: []`",
    remedy="Talk to the exchange's maintainers.",
)
def denied(facts: Facts) -> Iterator[Hit]:
    """Members that policy denies."""
    for file in facts.exchange.members:
        if among(file.member.asn, facts.exchange.policy.admission.asns_denied):
            place = facts.policy_span("admission", ("asns_denied",))
            yield Hit(
                f"`{file.member.asn}` is denied by `asns_denied` in policy/admission.yaml",
                file.document.span(("asn",)),
                "ask the exchange's maintainers",
                (place,),
            )


@rule(
    "ZT105",
    "only allowed AS numbers join",
    Severity.ERROR,
    what="Where `asns_allowed` in policy/admission.yaml is not empty, it names everybody who may join.",
    why="A closed exchange, or one in a laboratory, has a list of those who are invited.",
    wrong="asn: 64510      # with `asns_allowed: [64496-64509]`",
    right="asn: 64510      # with `asns_allowed: [64496-64511]`",
    remedy="Ask the exchange's maintainers to put the number on the list.",
)
def allowed(facts: Facts) -> Iterator[Hit]:
    """Members that are not on the list of those who may join."""
    ranges = facts.exchange.policy.admission.asns_allowed
    for file in facts.exchange.members if ranges else ():
        if not among(file.member.asn, ranges):
            place = facts.policy_span("admission", ("asns_allowed",))
            yield Hit(
                f"`{file.member.asn}` is not among `asns_allowed` in policy/admission.yaml",
                file.document.span(("asn",)),
                "ask the exchange's maintainers",
                (place,),
            )


@rule(
    "ZT106",
    "the route servers' AS number is no member's",
    Severity.ERROR,
    what="A member's AS number differs from `asn` in policy/exchange.yaml.",
    why="A session between two speakers of one AS is internal BGP: the route server's rules would not hold.",
    wrong="asn: 64496      # with `asn: 64496` in policy/exchange.yaml",
    right="asn: 64500",
    remedy="Use the member's own AS number, or give the route servers one of their own.",
)
def of_route_servers(facts: Facts) -> Iterator[Hit]:
    """A member that claims the route servers' AS number."""
    for file in facts.exchange.members:
        if file.member.asn == facts.exchange.policy.exchange.asn:
            yield Hit(
                f"`{file.member.asn}` is the route servers' AS number",
                file.document.span(("asn",)),
                "write the member's own AS number",
                (facts.policy_span("exchange", ("asn",)),),
            )


@rule(
    "ZT107",
    "a member's AS number is one that was given out",
    Severity.ERROR,
    what="A member's AS number is below 2147483648 (2^31), or one that `reserved_asns_allowed` names.",
    why="IANA has given none of the upper half to a registry, so nobody holds it; some routers and tools "
    "also take such a number for a negative one.",
    wrong="asn: 3000000000",
    right="asn: 64500",
    remedy="Write the AS number that a registry assigned.",
)
def in_upper_half(facts: Facts) -> Iterator[Hit]:
    """AS numbers of the upper half that ZT102 does not tell."""
    for file in facts.exchange.members:
        asn = file.member.asn
        if asn >= 2**31 and not reserved_as(asn) and not facts.reserved_allowed(asn):
            yield Hit(
                f"no registry has given out `{asn}`",
                file.document.span(("asn",)),
                "write the AS number that a registry assigned",
            )
