"""The block `publication`: texts that fit the forms they go to, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ztix.document import read_document
from ztix.policy import ExchangePolicy
from ztix.publication_policy import (
    Country,
    Domain,
    IxfPolicy,
    Listener,
    Mailbox,
    PublicationPolicy,
    WebAddress,
    ZonesPolicy,
)
from ztix.shape import read_model
from ztix.terms import Word
from ztix.tree import Entry, Kind

ROOT = Path(__file__).parents[2]

GOOD: tuple[tuple[type[Word], str], ...] = (
    (Domain, "lan"),
    (Domain, "lan.ix-1.example.net"),
    (Domain, f"{'a' * 63}.example"),
    (Mailbox, "noc@example.net"),
    (Mailbox, "first.last+ix@example.net"),
    (Country, "NL"),
    (WebAddress, "https://ix.example.net"),
    (WebAddress, "http://192.0.2.1:29184/api/"),
    (WebAddress, "http://[2001:db8::1]:29184/"),
    (Listener, "127.0.0.1:7340"),
    (Listener, "[::1]:7340"),
)
BAD: tuple[tuple[type[Word], str], ...] = (
    (Domain, ""),
    (Domain, "example.net."),
    (Domain, "Example.net"),
    (Domain, "a..b"),
    (Domain, "-a.net"),
    (Domain, "a b"),
    (Domain, "a\n"),
    (Domain, f"{'a' * 64}.net"),
    (Domain, ".".join(["abcdefghi"] * 21)),
    (Mailbox, "noc@example.net\n$INCLUDE /etc/passwd"),
    (Mailbox, "a b@example.net"),
    (Mailbox, ".a@example.net"),
    (Mailbox, "a;b@example.net"),
    (Mailbox, "a@b@example.net"),
    (Mailbox, f"{'a' * 150}@example.net"),
    (Country, "nl"),
    (Country, "NLD"),
    (WebAddress, "javascript:alert(1)"),
    (WebAddress, "https://user@example.net/"),
    (WebAddress, "https://example.net/?a=b"),
    (WebAddress, "https://example.net/ #"),
    (WebAddress, "https://example.net/%n"),
    (WebAddress, "https://example.net/\n[source]"),
    (WebAddress, "https:///"),
    (Listener, "7340"),
    (Listener, "127.0.0.1"),
    (Listener, "127.0.0.1:7340\nasn = 1"),
)


@pytest.mark.parametrize(("word", "text"), GOOD)
def test_word_when_it_fits_is_taken_as_it_is(word: type[Word], text: str) -> None:
    """What people write for their exchange."""
    assert word(text) == text


@pytest.mark.parametrize(("word", "text"), BAD)
def test_word_when_it_could_end_a_line_or_mean_more_is_refused(word: type[Word], text: str) -> None:
    """The sentence says what it must be."""
    with pytest.raises(ValueError, match=r"^must be (?:an?|one) "):
        word(text)


def test_publication_as_the_page_shows_it_is_taken_whole() -> None:
    """What operators copy names every key that there is."""
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    text = "name: ix\ntitle: IX\nasn: 64496\n" + page.split("```yaml\n")[1].split("```")[0]
    entry = Entry("policy/exchange.yaml", Kind.FILE, len(text), text.encode())
    document, findings = read_document(entry)
    assert document is not None, findings
    policy, findings = read_model(document, ExchangePolicy)
    assert policy is not None, findings
    own = policy.publication
    parts = [own, own.ixf, own.dns, own.alice_lg]
    assert all(part is not None and part.model_fields_set == set(type(part).model_fields) for part in parts)


def test_publication_when_a_value_does_not_fit_is_told_in_words() -> None:
    """Each finding says what the value must be."""
    text = (
        "name: ix\ntitle: IX\nasn: 64496\npublication:\n  url: javascript:alert(1)\n  country: nl\n"
        "  dns: {domain: EXAMPLE.net, name_servers: [ns1.], hostmaster: a;b@example.net}\n"
    )
    entry = Entry("policy/exchange.yaml", Kind.FILE, len(text), text.encode())
    document, _ = read_document(entry)
    assert document is not None
    _, findings = read_model(document, ExchangePolicy)
    assert [finding.message for finding in findings] == [
        f"`publication.url` must be {WebAddress.form}",
        f"`publication.country` must be {Country.form}",
        f"`publication.dns.domain` must be {Domain.form}",
        f"`publication.dns.name_servers[0]` must be {Domain.form}",
        f"`publication.dns.hostmaster` must be {Mailbox.form}",
    ]


def test_publication_by_default_says_nothing() -> None:
    """A run needs none of it."""
    policy = ExchangePolicy.model_validate({"name": "ix", "title": "IX", "asn": "64496"})
    assert policy.publication == PublicationPolicy()
    assert policy.publication.ixf is None


@pytest.mark.parametrize("speed", ["10", "49", "0", "fast"])
def test_port_speed_when_peeringdb_would_not_take_it_is_refused(speed: str) -> None:
    """An entry of less changes nothing there, without a word."""
    with pytest.raises(ValidationError):
        IxfPolicy.model_validate({"ixp_id": "1", "port_speed": speed})
    assert IxfPolicy.model_validate({"ixp_id": "1", "port_speed": "50"}).port_speed == 50


@pytest.mark.parametrize(
    "vlans",
    [
        [{"fabric": "lan", "id": "1"}, {"fabric": "lan", "id": "2"}],
        [{"fabric": "lan", "id": "1"}, {"fabric": "lab", "id": "1"}],
    ],
)
def test_vlans_when_a_fabric_or_a_number_is_there_twice_are_refused(vlans: list[dict[str, str]]) -> None:
    """Two LANs of one number are one LAN to a reader."""
    with pytest.raises(ValidationError, match="must have distinct fabrics and distinct numbers"):
        IxfPolicy.model_validate({"ixp_id": "1", "port_speed": "100", "vlans": vlans})


def test_zones_when_no_name_server_is_named_are_refused() -> None:
    """A zone without one cannot be delegated."""
    with pytest.raises(ValidationError):
        ZonesPolicy.model_validate({"domain": "a", "name_servers": [], "hostmaster": "a@b"})
