"""ZT52x: bounds that fit, exceptions that are needed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import Told, told
from tests.unit.test_rules_routing import expanding


def routing(text: str) -> dict[str, str]:
    """policy/routing.yaml."""
    return {"policy/routing.yaml": text}


def admission(text: str) -> dict[str, str]:
    """policy/admission.yaml."""
    return {"policy/admission.yaml": text}


BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT521",
        routing("prefix_length: {ipv4: {min: 33, max: 48}}\n"),
        [
            Told("policy/routing.yaml:1:29", "33", "an IPv4 prefix has no length of 33"),
            Told("policy/routing.yaml:1:38", "48", "an IPv4 prefix has no length of 48"),
        ],
    ),
    (
        "ZT522",
        routing('bogon_prefixes_allowed: [192.0.0.0/8, 8.0.0.0/8, "2000::/3"]\n'),
        [
            Told(
                "policy/routing.yaml:1:26",
                "192.0.0.0/8",
                "the exception `192.0.0.0/8` is wider than what is refused",
                severity="warning",
            ),
            Told(
                "policy/routing.yaml:1:39",
                "8.0.0.0/8",
                "the exception `8.0.0.0/8` has no effect: it is not refused anyway",
                severity="warning",
            ),
            Told(
                "policy/routing.yaml:1:50",
                '"2000::/3"',
                "the exception `2000::/3` is wider than what is refused",
                severity="warning",
            ),
        ],
    ),
    (
        "ZT523",
        {
            **routing("bogon_asns_allowed: [64000-70000]\n"),
            **admission("reserved_asns_allowed: [64496-64511, 1]\n"),
        },
        [
            Told(
                "policy/admission.yaml:1:38",
                "1",
                "the exception `1` has no effect: it is not reserved",
                severity="warning",
            ),
            Told(
                "policy/routing.yaml:1:22",
                "64000-70000",
                "the exception `64000-70000` is wider than what is reserved",
                severity="warning",
            ),
        ],
    ),
    (
        "ZT524",
        admission("asns_allowed: [64000-64400, 64500-64511]\nasns_denied: [1, 64505-64600]\n"),
        [
            Told(
                "policy/admission.yaml:2:18",
                "64505-64600",
                "`64505-64600` is denied here and allowed by `64500-64511`",
                severity="warning",
                related=("policy/admission.yaml:1:29",),
            )
        ],
    ),
    (
        "ZT525",
        routing("prefix_sets: off\nrov: {invalid: accept}\ntransit_free: []\nmax_prefixes: {action: warn}\n"),
        [
            Told(
                "policy/routing.yaml:1:14",
                "off",
                "route servers accept any prefix from a member",
                severity="note",
            ),
            Told(
                "policy/routing.yaml:2:16", "accept", "route servers accept invalid routes", severity="note"
            ),
            Told(
                "policy/routing.yaml:3:15",
                "[",
                "route servers accept leaks of large networks' routes",
                severity="note",
            ),
            Told("policy/routing.yaml:4:24", "warn", "no number of prefixes ends a session", severity="note"),
        ],
    ),
    (
        "ZT525",
        routing("members: [{asn: 64500, prefix_sets: off, max_prefixes: {action: warn}}]\n"),
        [
            Told(
                "policy/routing.yaml:1:37",
                "off",
                "route servers accept any prefix from `AS64500`",
                severity="note",
            ),
            Told(
                "policy/routing.yaml:1:65",
                "warn",
                "no number of prefixes ends a session of `AS64500`",
                severity="note",
            ),
        ],
    ),
    (
        "ZT526",
        routing(
            'prefixes_denied: [192.0.2.0/28, 0.0.0.0/0, "2000::/3"]\n'
            "prefix_length: {ipv4: {min: 0, max: 7}, ipv6: {min: 0, max: 15}}\n"
        ),
        [
            Told("policy/routing.yaml:1:33", "0.0.0.0/0", "`0.0.0.0/0` denies every route of its family"),
            Told("policy/routing.yaml:1:44", '"2000::/3"', "`2000::/3` denies every route of its family"),
            Told("policy/routing.yaml:2:37", "7", "lengths up to 7 leave nothing to accept"),
            Told("policy/routing.yaml:2:61", "15", "lengths up to 15 leave nothing to accept"),
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT521", routing("prefix_length: {ipv4: {min: 0, max: 32}, ipv6: {min: 33, max: 64}}\n")),
    ("ZT522", routing('bogon_prefixes_allowed: [192.0.2.0/24, "2001:db8:1::/48"]\n')),
    ("ZT523", routing("bogon_asns_allowed: [64496-64511, 65536]\n")),
    ("ZT524", admission("asns_allowed: [64500-64509]\nasns_denied: [64510]\n")),
    ("ZT525", routing("prefix_sets: enforce\nrov: {invalid: reject}\n")),
    ("ZT526", routing('prefixes_denied: [128.0.0.0/1, "2000::/4"]\n')),
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


@pytest.mark.parametrize(
    ("policy", "findings"),
    [
        ("prefix_length: {ipv4: {min: 8, max: 23}}\n", ["policy/routing.yaml:1:23"]),
        (
            "prefix_length: {ipv4: {min: 8, max: 24}}\nprefixes_denied: [203.0.0.0/8]\n",
            ["policy/routing.yaml:1:23"],
        ),
        ("prefix_sets: off\nprefix_length: {ipv4: {min: 8, max: 23}}\n", []),
        ("prefix_length: {ipv4: {min: 8, max: 24}}\n", []),
    ],
)
def test_policy_that_refuses_all_that_is_known_is_told(policy: str, findings: list[str]) -> None:
    """What members' AS-SETs hold is tried: where none of it would pass, nothing would."""
    found = told("ZT526", routing(policy), expanding(64500, "203.0.113.0/24"))
    assert [finding.place for finding in found] == findings
