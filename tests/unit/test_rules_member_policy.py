"""ZT55x: exceptions for members that mean somebody, and next hops that are nobody else's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import Told, edited, told


def routing(text: str) -> dict[str, str]:
    """policy/routing.yaml."""
    return {"policy/routing.yaml": text}


PLACE = "policy/routing.yaml"
BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT551",
        routing("members: [{asn: 64500}, {asn: 64505}]\n"),
        [Told(f"{PLACE}:1:31", "64505", "`AS64505` is no member", severity="warning")],
    ),
    (
        "ZT552",
        routing("members: [{asn: 64500}, {asn: 64501}, {asn: 64500}]\n"),
        [
            Told(
                f"{PLACE}:1:45",
                "64500",
                "`AS64500` stands here a second time",
                related=(f"{PLACE}:1:17",),
            )
        ],
    ),
    (
        "ZT553",
        routing(
            "members: [{asn: 64500, next_hop: authorised, next_hops: [203.0.113.1, 192.0.2.11, 192.0.2.1]}]\n"
            "blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: 192.0.2.10}}\n"
        ),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.10",
                "the address `192.0.2.10` is kept as a next hop by `policy/routing.yaml`",
                related=(f"{PLACE}:2:59",),
            ),
            Told(
                "members/AS64501.yaml:9:17",
                "192.0.2.11",
                "the address `192.0.2.11` is kept as a next hop by `policy/routing.yaml`",
                related=(f"{PLACE}:1:71",),
            ),
            Told(f"{PLACE}:1:58", "203.0.113.1", "`203.0.113.1` is in no fabric's prefix"),
            Told(
                f"{PLACE}:1:83",
                "192.0.2.1",
                "`192.0.2.1` is held by `rs1`",
                related=("policy/route-servers.yaml:4:17",),
            ),
        ],
    ),
    (
        "ZT554",
        routing("members: [{asn: 64500, next_hops: [192.0.2.99]}, {asn: 64501, next_hop: authorised}]\n"),
        [
            Told(
                f"{PLACE}:1:35",
                "[",
                "`next_hops` has no effect: next hops of `AS64500` are `strict`",
                severity="warning",
            ),
            Told(
                f"{PLACE}:1:73",
                "authorised",
                "no next hop is authorised for `AS64501` besides its session's own",
                severity="warning",
            ),
        ],
    ),
    (
        "ZT555",
        routing("members: [{asn: 64500, blackhole: true}, {asn: 64501, blackhole: false}]\n"),
        [
            Told(
                f"{PLACE}:1:35",
                "true",
                "`blackhole: true` has no effect: `blackhole.members` is `none`",
                severity="warning",
            ),
            Told(
                f"{PLACE}:1:66",
                "false",
                "`blackhole: false` has no effect: `blackhole.members` is `none`",
                severity="warning",
            ),
        ],
    ),
    (
        "ZT556",
        routing(
            "blackhole:\n"
            '  ipv4: {lengths: {min: 24, max: 64}, next_hop: "2001:db8:64:96::66"}\n'
            "  ipv6: {lengths: {min: 64, max: 128}, next_hop: 192.0.2.66}\n"
        ),
        [
            Told(f"{PLACE}:2:34", "64", "an IPv4 prefix has no length of 64"),
            Told(f"{PLACE}:2:49", '"2001:db8:64:96::66"', "`2001:db8:64:96::66` is no IPv4 address"),
            Told(f"{PLACE}:3:50", "192.0.2.66", "`192.0.2.66` is no IPv6 address"),
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT551", routing("members: [{asn: 64500}, {asn: 64501}]\n")),
    ("ZT552", routing("members: [{asn: 64500}, {asn: 64501}]\n")),
    (
        "ZT553",
        routing(
            "members: [{asn: 64500, next_hop: authorised, next_hops: [192.0.2.99, 192.0.2.10]}]\n"
            "blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: 192.0.2.66}}\n"
        ),
    ),
    (
        "ZT553",
        {
            "policy/infrastructure.yaml": "nodes: [{id: bbbbbbbbb1, name: sink, addresses: [192.0.2.6]}]\n",
            **routing("blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: 192.0.2.6}}\n"),
        },
    ),
    (
        "ZT554",
        routing(
            "next_hop: authorised\n"
            "members: [{asn: 64500, next_hops: [192.0.2.99]}, {asn: 64501, next_hop: same-as}]\n"
        ),
    ),
    ("ZT555", routing("blackhole: {members: listed}\nmembers: [{asn: 64500, blackhole: true}]\n")),
    ("ZT555", routing("blackhole: {members: all}\nmembers: [{asn: 64500, blackhole: false}]\n")),
    (
        "ZT556",
        routing(
            "blackhole:\n"
            "  ipv4: {lengths: {min: 24, max: 32}, next_hop: 192.0.2.66}\n"
            '  ipv6: {lengths: {min: 128, max: 128}, next_hop: "2001:db8:64:96::66"}\n'
        ),
    ),
    (
        "ZT556",
        {
            **edited("policy/fabrics.yaml", '192.0.2.0/24, "2001', '"2001'),
            **routing('blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: "2001:db8:64:96::66"}}\n'),
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
