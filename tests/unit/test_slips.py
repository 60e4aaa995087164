"""What a newcomer most likely meant: each wrong value is answered with what to write instead."""

from __future__ import annotations

import pytest

from tests.unit.exchange_fixture import tree
from ztix.document import read_document
from ztix.member import Member
from ztix.shape import read_model
from ztix.slips import likely, missing, pasted_key

NODE = "must be a ZeroTier node id: ten lower-case hex digits, quoted"
ZEROTIER_CLI = "the ten digits that `zerotier-cli info` shows on the router, in quotes"
KEY = "must be an SSH public key without its comment, such as `ssh-ed25519 AAAA…`"
NUMBER = "must be a whole number in digits"
ADDRESS = "must be an IPv4 or IPv6 address without a length"
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIJw2oPTeDbXMG4JmEi7ivTm4d61x7hBSLzmLYgCy1TjD"
FIRST_TWO = "write the first two words of the `.pub` file alone: the kind and the key that begins with `AAAA`"


@pytest.mark.parametrize(
    ("value", "sentence", "key", "advice"),
    [
        ("1A2B365540", NODE, "id", "write `1a2b365540`"),
        ("1a2b36554", NODE, "id", f"it has 9 digits: write {ZEROTIER_CLI}"),
        ("1a2b3655401", NODE, "id", f"it has 11 digits: write {ZEROTIER_CLI}"),
        ("8056c2e21c000001", NODE, "id", f"sixteen digits are a network's id: write {ZEROTIER_CLI}"),
        ("1a:2b:36:55:40", NODE, "id", "did you mean `1a2b365540`?"),
        (
            "la2b36554o",
            NODE,
            "id",
            "did you mean `1a2b365540`: it has the digits 0 and 1, not letters that look like them?",
        ),
        ("200 info 1a2b365540 1.14.1 ONLINE", NODE, "id", "write the id alone: `1a2b365540`"),
        ("router1", NODE, "id", f"write {ZEROTIER_CLI}"),
        (
            "ffffffffff",
            NODE,
            "id",
            f"ZeroTier reserves ten zeros and what begins with `ff`: write {ZEROTIER_CLI}",
        ),
        (["a"], NODE, "id", f"write {ZEROTIER_CLI}"),
        ("x" * 61, NODE, "id", f"write {ZEROTIER_CLI}"),
        ("1_000", NUMBER, "ipv4", "write `1000`"),
        ("12.000.000", NUMBER, "ipv4", "write `12000000`"),
        ("2k", NUMBER, "ipv4", "write `2000`"),
        ("ten", NUMBER, "ipv4", ""),
        (
            "example-as65540",
            NUMBER,
            "id",
            "write the account's number, which https://api.github.com/users/example-as65540 shows as `id`",
        ),
        (
            "@me!",
            NUMBER,
            "id",
            "write the account's number, which https://api.github.com/users/LOGIN shows as `id`",
        ),
        ("192.0.2.8/24", ADDRESS, "addresses", "write `192.0.2.8`"),
        ("192.0.02.8", ADDRESS, "addresses", "a number in it starts with a zero: write `192.0.2.8`"),
        ("192.0.2.8", ADDRESS, "addresses", ""),
        ("65540", "must be an AS-SET such as `RIPE::AS-EXAMPLE`, in upper case", "ipv4", ""),
        ("AS-x", "must be an AS-SET such as `RIPE::AS-EXAMPLE`, in upper case", "ipv4", "write `AS-X`"),
        (f"ssh-ed25519 {BLOB} me@host", KEY, "auth", FIRST_TWO),
        ({f"ssh-ed25519 {BLOB} me@host": "laptop"}, KEY, "auth", FIRST_TWO),
        (
            f"ssh-ed25519 {BLOB[:-3]}",
            KEY,
            "auth",
            "the key is cut short or changed: copy the first two words of the `.pub` file again",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            KEY,
            "auth",
            "this is the private half: make a new pair, and write what its `.pub` file has",
        ),
        (
            f"ssh-ed25519 {BLOB} me@host",
            "must be a list",
            "auth",
            "write each key on a line of its own below `auth:`: `- ssh-ed25519 AAAA…`, without the comment "
            "at its end",
        ),
        (
            {"a": "b"},
            "must be a list",
            "auth",
            "write each key on a line of its own below `auth:`: `- ssh-ed25519 AAAA…`, without the comment "
            "at its end",
        ),
        ("x", "must name each key once", "auth", ""),
        ("x", "must be a list", "nodes", "write each item on a line of its own below, behind `- `"),
        (
            {"id": "x"},
            "must be a list",
            "nodes",
            "put `- ` before the first key of each item, and indent its others as far",
        ),
        (None, "must be a label", "name", ""),
    ],
)
def test_slip_when_it_is_plain_what_was_meant_is_answered_with_what_to_write(
    value: object, sentence: str, key: str, advice: str
) -> None:
    """A newcomer's value is answered by one that works, or by where to find it."""
    assert likely(value, sentence, key) == advice


def test_slip_when_a_mapping_belongs_there_shows_its_keys() -> None:
    """Who wrote a value where keys belong is told which."""
    told = likely("AS-X", "must be a mapping of keys to values", "as_set", ("ipv4", "ipv6"))
    assert told == "write its keys on lines of their own below, indented: `ipv4: …`, `ipv6: …`"
    many = likely("x", "must be a mapping of keys to values", "nodes", ("a", "b", "c", "d", "e"))
    assert many.endswith("`d: …`, …")
    assert likely("x", "must be a mapping of keys to values", "x") == ""


def test_missing_key_when_it_is_an_accounts_number_tells_where_it_stands() -> None:
    """The one number that nobody knows by heart comes with the address that shows it."""
    assert missing("name", "") == "add `name:`"
    assert missing("id", "nodes") == "add `id:`"
    assert missing("id", "github").startswith("add `id:` with the account's number, which https://")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            f"ssh-ed25519 {BLOB} me@host",
            "a public key is an item below `auth:`: `  - ssh-ed25519 AAAA…`, without the comment at its end",
        ),
        ("name Example", "check the indentation, colons and quotes here"),
    ],
)
def test_file_when_a_public_key_stands_in_it_bare_says_where_it_belongs(text: str, advice: str) -> None:
    """The line of a `.pub` file is no YAML, and the finding says what to make of it."""
    assert bool(pasted_key(text)) == text.startswith("ssh-")
    entry = tree({"members/AS64500.yaml": f"asn: 64500\n{text}\n"}).entries["members/AS64500.yaml"]
    _, (finding,) = read_document(entry)
    assert (finding.rule, finding.help) == ("ZT004", advice)


def test_member_file_when_a_value_stands_where_keys_belong_names_them_by_the_model() -> None:
    """The keys that advice shows are those of the file's own form, required or not."""
    text = "asn: 64500\nname: x\ncontacts:\n  - github: example\nmax_prefixes: 100\n"
    entry = tree({"members/AS64500.yaml": text}).entries["members/AS64500.yaml"]
    document, _ = read_document(entry)
    assert document is not None
    _, findings = read_model(document, Member)
    below = "write its keys on lines of their own below, indented: "
    assert [finding.help for finding in findings] == [
        f"{below}`id: …`, `login: …`",
        f"{below}`ipv4: …`, `ipv6: …`",
    ]
