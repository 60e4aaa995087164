"""A network's DNS: what is refused, what is written, what is read of what others wrote."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from ztix import zerotier, zerotier_central
from ztix.errors import Refused, Unavailable
from ztix.fabric import Dns, NetworkSettings
from ztix.terms import NetworkId
from ztix.zerotier_dns import dns_body, dns_hazards, read_dns

FIRST, SECOND = ip_address("192.0.2.53"), ip_address("2001:db8:64:96::53")
DNS = Dns("lan.example.net", (FIRST, SECOND))
BODY = {"domain": "lan.example.net", "servers": ["192.0.2.53", "2001:db8:64:96::53"]}
NETWORK = NetworkId("8056c2e21c000001")
SETTINGS = NetworkSettings("example-ix lan", (ip_network("192.0.2.0/24"),), 2800, 1024)


def test_dns_body_when_nothing_is_wanted_or_held_is_nothing() -> None:
    """A network without name servers is written as before there were any."""
    assert dns_body(None, held=False) == {}
    assert dns_body(None, held=True) == {"dns": {"domain": "", "servers": []}}
    assert dns_body(DNS, held=False) == dns_body(DNS, held=True) == {"dns": BODY}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, None),
        ([], None),
        ({}, None),
        ({"domain": None, "servers": []}, None),
        ({"domain": "", "servers": None}, None),
        (BODY, DNS),
        ({"domain": "d"}, Dns("d", ())),
        ({"servers": ["192.0.2.53"]}, Dns("", (FIRST,))),
        ({"domain": 5, "servers": ["not-an-ip", 7]}, Dns("5", ("not-an-ip", "7"))),
    ],
)
def test_read_dns_when_recorded_is_read_as_it_is(value: object, seen: Dns | None) -> None:
    """A controller checks nothing, so whatever is there is seen; nothing is told in several ways."""
    assert read_dns(value) == seen


@pytest.mark.parametrize("value", ["lan.example.net", 5, [BODY], {"domain": "d", "servers": "192.0.2.53"}])
def test_read_dns_when_in_no_known_form_is_unavailable(value: object) -> None:
    """A record that cannot be read says nothing."""
    record = zerotier.network_body(SETTINGS) | {"dns": value}
    with pytest.raises(Unavailable, match="field `dns`"):
        zerotier.read_network(record)


@pytest.mark.parametrize(
    ("dns", "words"),
    [
        (replace(DNS, domain="d" * 128), "its DNS domain has 128 bytes, and a controller survives 1 to 127"),
        (replace(DNS, domain="\ud800" * 50), "its DNS domain has 150 bytes"),
        (replace(DNS, domain=""), "its DNS domain has 0 bytes"),
        (replace(DNS, domain="löcal"), "its DNS domain is not plain ASCII"),
        (replace(DNS, domain="a\nb"), "its DNS domain is not plain ASCII"),
        (replace(DNS, servers=()), "it has 0 DNS servers, and a node takes 1 to 4"),
        (replace(DNS, servers=tuple(SETTINGS.prefixes[0])[1:6]), "it has 5 DNS servers"),
        (replace(DNS, servers=(FIRST, FIRST)), "a DNS server is there twice"),
        (replace(DNS, servers=("bad",)), "the DNS server `bad` is no plain address"),
        (replace(DNS, servers=(IPv6Address("fe80::1%eth0"),)), "`fe80::1%eth0` is no plain address"),
    ],
)
def test_dns_when_controller_or_node_could_not_take_it_is_refused(dns: Dns, words: str) -> None:
    """What would end the controller, or not reach a node, is written neither here nor at Central."""
    assert any(hazard.startswith(words) or words in hazard for hazard in dns_hazards(dns))
    for body in (zerotier.network_body, zerotier_central.network_body):
        with pytest.raises(Refused, match="DNS"):
            body(replace(SETTINGS, dns=dns))


def test_dns_when_written_is_read_as_the_same() -> None:
    """Both bodies have it, and both readers find it again."""
    wanted = replace(SETTINGS, dns=DNS)
    assert list(dns_hazards(DNS)) == []
    assert zerotier.read_network(zerotier.network_body(wanted)) == wanted
    body = zerotier_central.network_body(wanted)
    assert zerotier_central.read_network(body, NETWORK) == wanted
    cleared = zerotier_central.network_body(SETTINGS, had_dns=True)
    assert zerotier_central.read_network(cleared, NETWORK) == SETTINGS


def test_differences_when_dns_is_kept_otherwise_names_both() -> None:
    """A controller that keeps other name servers is told from one that does as it is asked."""
    wanted, other = replace(SETTINGS, dns=DNS), replace(SETTINGS, dns=Dns("", ("bad",)))
    assert zerotier.differences(wanted, wanted) == ""
    told = "`dns` is `none`, not `lan.example.net from 192.0.2.53, 2001:db8:64:96::53`"
    assert zerotier.differences(wanted, SETTINGS) == told
    assert zerotier.differences(SETTINGS, other) == "`dns` is `no domain from bad`, not `none`"
    assert zerotier.differences(SETTINGS, replace(SETTINGS, dns=Dns("d", ()))).startswith(
        "`dns` is `d from no"
    )
