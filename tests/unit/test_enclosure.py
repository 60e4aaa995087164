"""What may stand beside a member's file, by name."""

import pytest

from tests.unit.exchange_fixture import good_files, tree
from ztix.enclosure import CHECKLIST, SIGNATURE, Enclosure, meant, node_signature
from ztix.exchange import read_exchange
from ztix.terms import Asn, NodeId
from ztix.tree import Entry, Kind, Tree


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        ("members/AS64500.yaml.sig", SIGNATURE),
        ("members/AS64500.node-1a2b3c4d5e.sig", node_signature(NodeId("1a2b3c4d5e"))),
        ("members/AS64500.invite", ".invite"),
        ("members/AS64500.attestation", ".attestation"),
        ("members/AS64500.rsc", CHECKLIST),
    ],
)
def test_enclosure_when_named_rightly_is_read(path: str, suffix: str) -> None:
    """Each kind has one name, and says whose it is."""
    enclosure = Enclosure.parse(path)
    assert enclosure == Enclosure(Asn(64500), suffix)
    assert enclosure.path == path


@pytest.mark.parametrize(
    "path",
    [
        "members/AS64500.yaml",
        "members/AS064500.invite",
        "members/as64500.invite",
        "members/AS64500.INVITE",
        "members/AS64500.node-1A2B3C4D5E.sig",
        "members/AS64500.node-ff2b3c4d5e.sig",
        "members/AS64500.node-0000000000.sig",
        "members/AS4294967296.invite",
        "members/AS64500.invite\n",
        "members/x/AS64500.invite",
        "policy/AS64500.invite",
    ],
)
def test_enclosure_when_named_otherwise_is_none(path: str) -> None:
    """Case, leading zeros, other folders and impossible numbers are no enclosure."""
    assert Enclosure.parse(path) is None


def test_exchange_with_enclosures_reads_its_members_alone() -> None:
    """An enclosure is neither a member nor a finding, whatever is in it."""
    files = {**good_files(), "members/AS64500.yaml.sig": "\x00 rubbish", "members/AS64500.invite": "a.b.c"}
    exchange, report = read_exchange(tree(files))
    assert exchange is not None
    assert [int(file.member.asn) for file in exchange.members] == [64500, 64501]
    assert not list(report)


def test_exchange_with_an_enclosure_that_is_a_link_or_too_long_has_findings() -> None:
    """A link could show another file's text, and nobody signs 16 KiB."""
    entries = dict(tree(good_files()).entries)
    entries["members/AS64500.invite"] = Entry("members/AS64500.invite", Kind.SYMLINK, 9, None)
    entries["members/AS64500.rsc"] = Entry("members/AS64500.rsc", Kind.FILE, 20_000, None)
    _, report = read_exchange(Tree("work tree", entries))
    assert [(finding.rule, str(finding.span)) for finding in report] == [
        ("ZT001", "members/AS64500.invite:1:1"),
        ("ZT001", "members/AS64500.rsc:1:1"),
    ]


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("members/as64500.yaml", "members/AS64500.yaml"),
        ("members/AS064500.yml", "members/AS64500.yaml"),
        ("members/64500.yaml", "members/AS64500.yaml"),
        ("AS64500.yaml", "members/AS64500.yaml"),
        ("Member/AS64500.YAML", "members/AS64500.yaml"),
        ("members/AS64500.sig", "members/AS64500.yaml.sig"),
        ("members/AS64500.invitation", "members/AS64500.invite"),
        ("members/AS64500.yaml.invite.txt", "members/AS64500.invite"),
        ("members/AS64500.attestation.jwt", "members/AS64500.attestation"),
        ("members/AS64500.RSC", "members/AS64500.rsc"),
        ("members/AS64500.node-1A2B364500.sig", "members/AS64500.node-1a2b364500.sig"),
        ("members/AS64500_node_1a2b364500.txt", "members/AS64500.node-1a2b364500.sig"),
        ("members/AS64500.yaml", None),
        ("members/AS64500.invite", None),
        ("members/AS64500.node.sig", None),
        ("members/AS9999999999.yml", None),
        ("examples/evix/members/AS64500.yml", None),
        ("docs/AS64500.md", None),
    ],
)
def test_path_when_mistyped_is_known_for_what_was_meant(path: str, right: str | None) -> None:
    """Who named a file almost rightly is told the name."""
    assert meant(path) == right


def test_exchange_when_a_members_file_is_misnamed_says_its_name() -> None:
    """The finding has the very name where it is plain, and the form of all names where not."""
    _, report = read_exchange(tree({**good_files(), "members/64502.yml": "x", "members/notes": "x"}))
    assert [(finding.span.path, finding.help) for finding in report] == [
        ("members/64502.yml", "name it `members/AS64502.yaml`, or delete it"),
        ("members/notes", "name it `members/AS<number>.yaml`, without leading zeros, or delete it"),
    ]


def test_exchange_when_an_enclosure_outlives_its_member_says_what_to_delete() -> None:
    """One finding for each member that left, with the very command; who is there keeps what is enclosed."""
    left = ("members/AS64502.invite", "members/AS64502.node-1a2b364502.sig")
    files = {**good_files(), **dict.fromkeys((*left, "members/AS64500.invite"), "x")}
    exchange, report = read_exchange(tree(files))
    assert exchange is not None
    (finding,) = report
    assert (finding.rule, finding.severity.value, finding.span.path) == ("ZT015", "warning", left[0])
    assert [span.path for span in finding.related] == [left[1]]
    assert finding.help == (
        f"delete what is left: `git rm {left[0]} {left[1]}`; or bring `members/AS64502.yaml` with it"
    )
