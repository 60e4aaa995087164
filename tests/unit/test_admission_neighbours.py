"""Which members a change could meet: never too few, in whatever spelling they write what they hold."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import Files, base_files, tree
from ztix.admission.neighbours import neighbours
from ztix.document import read_document
from ztix.member import Member
from ztix.shape import read_model
from ztix.tree import Entry, Kind, Tree

OTHER = "members/AS64501.yaml"


def member(text: str) -> Member:
    content = text.encode()
    document, _ = read_document(Entry("members/AS64500.yaml", Kind.FILE, len(content), content))
    assert document is not None
    found, findings = read_model(document, Member)
    assert found is not None, findings
    return found


def met(mine: str, other: str | bytes, path: str = OTHER) -> bool:
    """Whether a file counts as a neighbour of this member."""
    files: Files = {**base_files(), path: other}
    return path in neighbours(tree(files, "x"), [member(mine)], frozenset(["members/AS64500.yaml"]))


MINE = member_text(64500)
THEIRS = member_text(64501)


def test_neighbour_that_holds_other_things_is_passed_over() -> None:
    """Of three good members each is alone."""
    assert not neighbours(tree(base_files(), "x"), [member(MINE)], frozenset(["members/AS64500.yaml"]))
    assert not met(MINE, THEIRS)
    account = "github: {id: 64500, login: user64500}\n    "
    assert account in MINE
    assert not met(MINE.replace(account, ""), THEIRS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1a2b364501", "1a2b364500"),
        ("192.0.2.11", "192.0.2.10"),
        ("2001:db8:64:96::11", "2001:db8:64:96::10"[:-2] + "a"),
        ("id: 64501,", "id: 64500,"),
        ("name: fra1", 'name: "fra\\x31"'),
        ("id: 1a2b364501", "ipv6: fd80:56c2:e21c:0:1:99:931a:2b36:4500"),
        ("id: 1a2b364501", "ipv6: FC00:0:1A:2B36:4500::1"),
    ],
)
def test_neighbour_that_may_hold_the_same_is_kept(old: str, new: str) -> None:
    """A node by id or by address, an address, an account, and what has escapes."""
    assert old in THEIRS
    assert met(MINE.replace("2001:db8:64:96::10", "2001:db8:64:96::a"), THEIRS.replace(old, new))


def spellings(address: IPv6Address) -> list[str]:
    whole = address.exploded
    low = int(address) & 0xFFFFFFFF
    dotted = ".".join(str(low >> shift & 0xFF) for shift in (24, 16, 8, 0))
    return [
        address.compressed,
        whole,
        whole.upper(),
        ":".join(f"{int(part, 16):x}" for part in whole.split(":")),
        f"{':'.join(whole.split(':')[:6])}:{dotted}",
        f"{':'.join(f'{int(part, 16):X}' for part in whole.split(':')[:6])}:{dotted}",
    ]


ADDRESSES = (
    "2001:db8:64:96::10",
    "2001:db8:64:96:0:6:4500:1",
    "2001:db8:64:96:a:b:c:d",
    "2001:db8:64:96:1::",
    "2001:db8:64:96::1:0",
    "2001:db8:64:96:abcd:ef01:2345:6789",
)


@pytest.mark.parametrize("text", ADDRESSES)
def test_neighbour_that_spells_an_address_otherwise_is_kept(text: str) -> None:
    """Zeros, capitals, the long form and the dotted end are all one address."""
    mine = MINE.replace("2001:db8:64:96::10", text)
    for spelled in spellings(IPv6Address(text)):
        for written in (f'"{spelled}"', f"'{spelled}' "):
            assert met(mine, THEIRS.replace('"2001:db8:64:96::11"', written)), spelled


def test_neighbour_whose_address_only_begins_or_ends_alike_is_passed_over() -> None:
    """::10 is neither ::1, ::101 nor ::110."""
    mine = MINE.replace("2001:db8:64:96::10", "2001:db8:64:96::1f")
    for other in ("::1f1", "::1f:1", "::11f", "::f", "::1e"):
        assert not met(mine, THEIRS.replace("2001:db8:64:96::11", f"2001:db8:64:96{other}")), other


def test_neighbour_whose_number_an_as_set_begins_with_is_kept() -> None:
    """A set of another member's is a warning, if that is a member."""
    sets = "as_set: {ipv4: 'AS64501:AS-ALL', ipv6: AS-OWN}\n"
    assert met(MINE + sets, THEIRS)
    assert not met(MINE + sets.replace("AS64501:AS-ALL", "AS64502"), THEIRS)


def test_neighbour_that_is_no_members_file_or_was_not_read_is_passed_over() -> None:
    """It cannot hold anything."""
    assert not met(MINE, MINE, "members/README.md")
    entries = {OTHER: Entry(OTHER, Kind.SYMLINK, 9, None)}
    assert not neighbours(Tree("x", entries), [member(MINE)], frozenset())
    assert not neighbours(Tree("x"), [member(MINE)], frozenset())
