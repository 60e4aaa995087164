"""ZT3xx: what PeeringDB says about a member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.unit.exchange_fixture import NOW, SOURCE, Told, found, member_text, member_with, told
from ztix.evidence import Absent, Evidence, NetworkLookup, Unknown
from ztix.terms import Asn

REQUIRED = {"policy/admission.yaml": "peeringdb: required\n"}
ADVISORY = {"policy/admission.yaml": "peeringdb: advisory\n"}
OFF = {"policy/admission.yaml": "peeringdb: off\n"}
LIMIT = {**REQUIRED, "members/AS64500.yaml": member_text(64500, "max_prefixes: {ipv4: 100, ipv6: 2000}\n")}
SETS = {**REQUIRED, "members/AS64500.yaml": member_text(64500, 'as_set: {ipv4: "RIPE::AS-EXAMPLE"}\n')}
LATER = NOW + timedelta(hours=721)


def both(answer: NetworkLookup) -> Evidence:
    """One answer for AS64500, a good one for AS64501."""
    return Evidence(NOW, {Asn(64500): answer, Asn(64501): found(64501)})


BROKEN: list[tuple[str, Mapping[str, str], Evidence | None, list[Told]]] = [
    (
        "ZT301",
        REQUIRED,
        Evidence(NOW),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "could not check `AS64500` and 1 more against PeeringDB: nobody asked PeeringDB about it",
                severity="note",
                related=("members/AS64501.yaml:1:6",),
            )
        ],
    ),
    (
        "ZT301",
        REQUIRED,
        both(Unknown("it answered 503\x1b[31m")),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "could not check `AS64500` against PeeringDB: it answered 503?[31m",
                severity="note",
            )
        ],
    ),
    (
        "ZT302",
        REQUIRED,
        both(Absent(SOURCE, NOW)),
        [Told("members/AS64500.yaml:1:6", "64500", "`AS64500` has no record in PeeringDB")],
    ),
    (
        "ZT302",
        ADVISORY,
        both(Absent(SOURCE, NOW)),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "`AS64500` has no record in PeeringDB",
                severity="warning",
            )
        ],
    ),
    (
        "ZT303",
        REQUIRED,
        both(found(64500, rir_status=None)),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "PeeringDB's `rir_status` of `AS64500` is not `ok`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT303",
        REQUIRED,
        both(found(64500, rir_status="pending")),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "PeeringDB's `rir_status` of `AS64500` is `pending`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT304",
        REQUIRED,
        both(found(64500, "Other `Company`\n")),
        [
            Told(
                "members/AS64500.yaml:2:7",
                "Example 64500",
                "PeeringDB names `AS64500` `Other ?Company??`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT304",
        {**REQUIRED, **member_with("name: Example 64500", "name: Foo Networks Inc")},
        both(found(64500, "Bar Networks Inc")),
        [
            Told(
                "members/AS64500.yaml:2:7",
                "Foo Networks Inc",
                "PeeringDB names `AS64500` `Bar Networks Inc`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT305",
        {**REQUIRED, **member_with("name: fra1", "name: fra1\n    route_servers: true")},
        both(found(64500, never_via_route_servers=True)),
        [
            Told(
                "members/AS64500.yaml:9:20",
                "true",
                "PeeringDB says that `AS64500` is never behind route servers",
            )
        ],
    ),
    (
        "ZT305",
        ADVISORY,
        both(found(64500, never_via_route_servers=True)),
        [
            Told(
                "members/AS64500.yaml:8:11",
                "fra1",
                "PeeringDB says that `AS64500` is never behind route servers",
                severity="warning",
            )
        ],
    ),
    (
        "ZT306",
        SETS,
        both(found(64500, irr_as_set="RIPE::AS-OTHER")),
        [
            Told(
                "members/AS64500.yaml:10:16",
                '"RIPE::AS-EXAMPLE"',
                "PeeringDB does not name `RIPE::AS-EXAMPLE`, but `RIPE::AS-OTHER`",
                severity="note",
            )
        ],
    ),
    (
        "ZT307",
        REQUIRED,
        Evidence(LATER, {Asn(64500): found(64500), Asn(64501): found(64501)}),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "what a list in a test says about `AS64500` and 1 more is more than 720 hours old",
                severity="warning",
                related=("members/AS64501.yaml:1:6",),
            )
        ],
    ),
    (
        "ZT308",
        LIMIT,
        both(found(64500, info_prefixes4=101)),
        [
            Told(
                "members/AS64500.yaml:10:22",
                "100",
                "the limit of 100 is below the 101 prefixes that PeeringDB gives",
                severity="warning",
            )
        ],
    ),
    (
        "ZT309",
        LIMIT,
        both(found(64500, info_prefixes6=99)),
        [
            Told(
                "members/AS64500.yaml:10:33",
                "2000",
                "the limit of 2000 is far above the 99 prefixes that PeeringDB gives",
                severity="warning",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str], Evidence | None]] = [
    ("ZT301", REQUIRED, both(found(64500))),
    ("ZT301", OFF, Evidence(NOW)),
    ("ZT301", {}, Evidence(NOW)),
    ("ZT301", REQUIRED, None),
    ("ZT302", REQUIRED, both(found(64500))),
    ("ZT302", OFF, both(Absent(SOURCE, NOW))),
    ("ZT302", REQUIRED, both(Unknown("it answered 503"))),
    ("ZT303", REQUIRED, both(found(64500))),
    (
        "ZT304",
        {**REQUIRED, **member_with("name: Example 64500", "name: Foo")},
        both(found(64500, "Bar Inc", aka="foo")),
    ),
    (
        "ZT304",
        {**REQUIRED, **member_with("name: Example 64500", "name: Foo-Bar")},
        both(found(64500, "FooBar Ltd")),
    ),
    (
        "ZT304",
        {**REQUIRED, **member_with("name: Example 64500", "name: The FooBar Net")},
        both(found(64500, "Foobar")),
    ),
    ("ZT305", REQUIRED, both(found(64500))),
    (
        "ZT305",
        {**REQUIRED, **member_with("name: fra1", "name: fra1\n    route_servers: false")},
        both(found(64500, never_via_route_servers=True)),
    ),
    ("ZT306", SETS, both(found(64500, irr_as_set="as-other, as-example@ripe"))),
    ("ZT306", SETS, both(found(64500))),
    ("ZT307", REQUIRED, both(found(64500))),
    ("ZT307", REQUIRED, Evidence(LATER)),
    ("ZT308", LIMIT, both(found(64500, info_prefixes4=100))),
    ("ZT308", LIMIT, both(found(64500))),
    ("ZT308", REQUIRED, both(found(64500, info_prefixes4=100))),
    ("ZT309", LIMIT, both(found(64500, info_prefixes6=100))),
]


@pytest.mark.parametrize(("rule", "changes", "known", "findings"), BROKEN)
def test_rule_when_broken_points_at_the_place(
    rule: str, changes: Mapping[str, str], known: Evidence | None, findings: list[Told]
) -> None:
    """A rule that is broken is told at the exact place, in exact words."""
    assert told(rule, changes, known) == findings


@pytest.mark.parametrize(("rule", "changes", "known"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str], known: Evidence | None) -> None:
    """A rule says nothing about what only looks like a breach."""
    assert told(rule, changes, known) == []
