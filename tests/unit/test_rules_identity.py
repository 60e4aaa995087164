"""ZT10x: who a member is, and whether it may join."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import ADMISSION, Told, edited, member_text, member_with, told

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT101",
        member_with("asn: 64500", "asn: 64502"),
        [Told("members/AS64500.yaml:1:6", "64502", "`asn` is 64502, but the file is named after AS64500")],
    ),
    (
        "ZT102",
        {"policy/admission.yaml": "peeringdb: off\nreserved_asns_allowed: [64501]\n"},
        [
            Told(
                "members/AS64500.yaml:1:6", "64500", "`AS64500` is no network's own (documentation, RFC 5398)"
            )
        ],
    ),
    (
        "ZT102",
        {"members/AS64512.yaml": member_text(64510).replace("64510", "64512")},
        [Told("members/AS64512.yaml:1:6", "64512", "`AS64512` is no network's own (private use, RFC 6996)")],
    ),
    (
        "ZT103",
        {"members/AS23456.yaml": member_text(64510).replace("asn: 64510", "asn: 23456")},
        [
            Told(
                "members/AS23456.yaml:1:6",
                "23456",
                "`AS23456` stands for any AS number above 65535, not for a network",
            )
        ],
    ),
    (
        "ZT104",
        {"policy/admission.yaml": ADMISSION + "asns_denied: [64500]\n"},
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "`AS64500` is denied by `asns_denied` in policy/admission.yaml",
                related=("policy/admission.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT105",
        {"policy/admission.yaml": ADMISSION + "asns_allowed: [64501]\n"},
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "`AS64500` is not among `asns_allowed` in policy/admission.yaml",
                related=("policy/admission.yaml:3:15",),
            )
        ],
    ),
    (
        "ZT106",
        edited("policy/exchange.yaml", "asn: 64496", "asn: 64500"),
        [
            Told(
                "members/AS64500.yaml:1:6",
                "64500",
                "`AS64500` is the route servers' AS number",
                related=("policy/exchange.yaml:3:6",),
            )
        ],
    ),
    (
        "ZT107",
        {"members/AS3000000000.yaml": member_text(64502).replace("asn: 64502", "asn: 3000000000")},
        [Told("members/AS3000000000.yaml:1:6", "3000000000", "no registry has given out `AS3000000000`")],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT101", {}),
    ("ZT102", {"members/AS1.yaml": member_text(64511).replace("asn: 64511", "asn: 1")}),
    ("ZT103", {}),
    ("ZT104", {"policy/admission.yaml": ADMISSION + "asns_denied: [64502-64511]\n"}),
    ("ZT105", {"policy/admission.yaml": ADMISSION + "asns_allowed: [64500-64501]\n"}),
    ("ZT106", {}),
    ("ZT107", {"members/AS2147483647.yaml": member_text(64502).replace("asn: 64502", "asn: 2147483647")}),
    (
        "ZT107",
        {
            "policy/admission.yaml": ADMISSION + "asns_allowed: []\n",
            "members/AS4200000000.yaml": member_text(64502).replace("asn: 64502", "asn: 4200000000"),
        },
    ),
]


@pytest.mark.parametrize(("rule", "changes", "findings"), BROKEN)
def test_rule_when_broken_points_at_the_place(
    rule: str, changes: Mapping[str, str], findings: list[Told]
) -> None:
    """A rule that is broken is told at the exact place, in exact words."""
    assert told(rule, changes) == findings


@pytest.mark.parametrize(("rule", "changes"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str]) -> None:
    """A rule says nothing about what only looks like a breach."""
    assert told(rule, changes) == []
