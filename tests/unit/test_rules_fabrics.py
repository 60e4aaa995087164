"""ZT50x: networks and prefixes do not get in each other's way."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import FABRICS, Told, edited, told

LAB = """\
  - name: lab
    network: "000002"
    url: http://127.0.0.1:9993
    token: {env: CONTROLLER_TOKEN}
    prefixes: [198.51.100.0/24]
"""
DNS = "    dns: {{domain: {}, servers: [{}]}}\n    prefixes"


def fabrics(old: str = "", new: str = "") -> dict[str, str]:
    """policy/fabrics.yaml with a second fabric in which a part is replaced."""
    return {"policy/fabrics.yaml": FABRICS + LAB.replace(old, new)}


CENTRAL = fabrics('"000002"', '"8056c2e21c000002"\n    driver: zerotier-central')
OPEN_LAB = {"policy/lan-rules.yaml": "lans:\n  - fabric: lab\n    base: accept-all\n"}

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT507",
        fabrics('"000002"', '"8056c2e21c000002"\n    controller: "1a2b3c4d5e"'),
        [
            Told(
                "policy/fabrics.yaml:10:17",
                '"1a2b3c4d5e"',
                "the controller of network `8056c2e21c000002` is `8056c2e21c`, not `1a2b3c4d5e`",
                related=("policy/fabrics.yaml:9:14",),
            )
        ],
    ),
    (
        "ZT501",
        fabrics("lab", "lan"),
        [
            Told(
                "policy/fabrics.yaml:8:11",
                "lan",
                "the fabric `lan` stands here a second time",
                related=("policy/fabrics.yaml:2:11",),
            )
        ],
    ),
    (
        "ZT502",
        fabrics("000002", "000001"),
        [
            Told(
                "policy/fabrics.yaml:9:14",
                '"000001"',
                "the network `000001` is already that of the fabric `lan`",
                related=("policy/fabrics.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT502",
        fabrics("000002", "8056c2e21c000001"),
        [
            Told(
                "policy/fabrics.yaml:9:14",
                '"8056c2e21c000001"',
                "the network `8056c2e21c000001` is already that of the fabric `lan`",
                related=("policy/fabrics.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT502",
        {
            "policy/fabrics.yaml": FABRICS.replace("000001", "8056c2e21c000001")
            + LAB.replace("000002", "8056c2e21c000001").replace("9993", "9994")
        },
        [
            Told(
                "policy/fabrics.yaml:9:14",
                '"8056c2e21c000001"',
                "the network `8056c2e21c000001` is already that of the fabric `lan`",
                related=("policy/fabrics.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT503",
        fabrics("198.51.100.0/24", "192.0.2.128/25"),
        [
            Told(
                "policy/fabrics.yaml:12:16",
                "192.0.2.128/25",
                "the prefix `192.0.2.128/25` overlaps with `192.0.2.0/24`",
                related=("policy/fabrics.yaml:6:16",),
            )
        ],
    ),
    (
        "ZT503",
        fabrics("198.51.100.0/24", "198.51.100.0/25, 198.51.100.0/24"),
        [
            Told(
                "policy/fabrics.yaml:12:33",
                "198.51.100.0/24",
                "the prefix `198.51.100.0/24` overlaps with `198.51.100.0/25`",
                related=("policy/fabrics.yaml:12:16",),
            )
        ],
    ),
    (
        "ZT504",
        edited("policy/fabrics.yaml", "192.0.2.0/29", "192.0.2.0/29, 198.51.100.0/29"),
        [
            Told(
                "policy/fabrics.yaml:7:30",
                "198.51.100.0/29",
                "the reserved range `198.51.100.0/29` is in none of the fabric's prefixes",
            )
        ],
    ),
    (
        "ZT504",
        edited("policy/fabrics.yaml", "192.0.2.0/29", "192.0.0.0/16"),
        [
            Told(
                "policy/fabrics.yaml:7:16",
                "192.0.0.0/16",
                "the reserved range `192.0.0.0/16` is in none of the fabric's prefixes",
            )
        ],
    ),
    (
        "ZT505",
        fabrics("name: lab", "name: lab\n    driver: zerotier-controler"),
        [
            Told(
                "policy/fabrics.yaml:9:13",
                "zerotier-controler",
                "the driver `zerotier-controler` is not one of ztix's own",
                severity="warning",
            )
        ],
    ),
    (
        "ZT505",
        fabrics("name: lab", "name: lab\n    driver: memory"),
        [
            Told(
                "policy/fabrics.yaml:9:13",
                "memory",
                "the driver `memory` is not one of ztix's own",
                severity="warning",
            )
        ],
    ),
    (
        "ZT508",
        fabrics("name: lab", "name: lab\n    driver: zerotier-central") | OPEN_LAB,
        [
            Told(
                "policy/fabrics.yaml:10:14",
                '"000002"',
                "`000002` is the end of a network id, and Central has many controllers",
            )
        ],
    ),
    (
        "ZT509",
        CENTRAL,
        [
            Told(
                "policy/fabrics.yaml:10:13",
                "zerotier-central",
                "ztix does not write the rules of the LAN `lab`: it is at Central",
            )
        ],
    ),
    (
        "ZT510",
        edited("policy/fabrics.yaml", "    prefixes", DNS.format("d" * 64 + "." + "d" * 63, "192.0.2.1")),
        [
            Told(
                "policy/fabrics.yaml:6:19",
                "d" * 64 + "." + "d" * 63,
                "the DNS domain of `lan` has 128 characters, and a controller survives 127",
            )
        ],
    ),
    (
        "ZT510",
        edited(
            "policy/fabrics.yaml",
            "    prefixes",
            DNS.format("d", "192.0.2.1, 192.0.2.2, 192.0.2.1, 192.0.2.3, 192.0.2.4"),
        ),
        [
            Told(
                "policy/fabrics.yaml:6:54",
                "192.0.2.1",
                "the DNS server `192.0.2.1` stands here a second time",
            ),
            Told(
                "policy/fabrics.yaml:6:76",
                "192.0.2.4",
                "the DNS server `192.0.2.4` is one more than the 4 that a node is told of",
            ),
        ],
    ),
    (
        "ZT506",
        fabrics("http://127.0.0.1:9993", "http://controller.example.net:9993/x"),
        [
            Told(
                "policy/fabrics.yaml:10:10",
                "http://controller.example.net:9993/x",
                "the controller's token goes to `http://controller.example.net:9993/x` in clear text",
                severity="warning",
            )
        ],
    ),
    (
        "ZT506",
        fabrics("http://127.0.0.1:9993", "http://127.0.0.1.example.net"),
        [
            Told(
                "policy/fabrics.yaml:10:10",
                "http://127.0.0.1.example.net",
                "the controller's token goes to `http://127.0.0.1.example.net` in clear text",
                severity="warning",
            )
        ],
    ),
    (
        "ZT506",
        fabrics("http://127.0.0.1:9993", "http://[2001:db8::1]:9993"),
        [
            Told(
                "policy/fabrics.yaml:10:10",
                "http://[2001:db8::1]:9993",
                "the controller's token goes to `http://[2001:db8::1]:9993` in clear text",
                severity="warning",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT507", fabrics('"000002"', '"8056c2e21c000002"\n    controller: "8056c2e21c"')),
    ("ZT507", fabrics('"000002"', '"000002"\n    controller: "8056c2e21c"')),
    ("ZT501", fabrics()),
    ("ZT502", fabrics()),
    ("ZT502", {"policy/fabrics.yaml": FABRICS + LAB.replace("000002", "000001").replace("9993", "9994")}),
    (
        "ZT502",
        {
            "policy/fabrics.yaml": FABRICS.replace("000001", "8056c2e21c000001")
            + LAB.replace("000002", "1111111111000001")
        },
    ),
    ("ZT503", fabrics()),
    ("ZT504", fabrics()),
    ("ZT505", fabrics("name: lab", "name: lab\n    driver: zerotier-controller")),
    ("ZT505", CENTRAL),
    ("ZT506", fabrics("    url: http://127.0.0.1:9993\n", "")),
    ("ZT508", CENTRAL),
    ("ZT508", fabrics()),
    ("ZT509", CENTRAL | OPEN_LAB),
    ("ZT509", fabrics()),
    ("ZT510", fabrics()),
    ("ZT510", edited("policy/fabrics.yaml", "    prefixes", DNS.format("d" * 127, "192.0.2.1"))),
    ("ZT506", fabrics("http://127.0.0.1:9993", "http://localhost:9993")),
    ("ZT506", fabrics("http://127.0.0.1:9993", "http://[::1]:9993")),
    ("ZT506", fabrics("http://127.0.0.1:9993", "https://controller.example.net")),
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
