"""An exchange from a tree: what is left out, what is refused, and who claims what."""

from __future__ import annotations

import gc
import time

import pytest

from tests.unit.exchange_fixture import FABRICS, edited, good_exchange, good_files, member_text, read, tree
from ztix.exchange import read_exchange
from ztix.rules import check
from ztix.terms import Asn
from ztix.tree import EVIDENCE_BYTES, MEMBER_BYTES, POLICY_BYTES, Entry, Kind, Tree, byte_limit


def test_exchange_when_good_has_members_ascending_by_number() -> None:
    """Order is that of AS numbers, not of names."""
    files = {**good_files(), "members/AS2.yaml": member_text(64510).replace("asn: 64510", "asn: 2")}
    files["members/AS10.yaml"] = member_text(64509).replace("asn: 64509", "asn: 10")
    exchange = read(files)
    assert [int(file.member.asn) for file in exchange.members] == [2, 10, 64500, 64501]
    assert exchange.revision == "work tree"


def test_exchange_member_finds_by_number() -> None:
    """A member is known by its AS number."""
    exchange = good_exchange()
    found = exchange.member(Asn(64501))
    assert found is not None
    assert found.path == "members/AS64501.yaml"
    assert exchange.member(Asn(64502)) is None


def test_exchange_when_a_member_file_is_bad_leaves_out_that_one() -> None:
    """One bad file does not stop the others."""
    exchange, report = read_exchange(tree({**good_files(), "members/AS64500.yaml": "asn: [\n"}))
    assert exchange is not None
    assert [int(file.member.asn) for file in exchange.members] == [64501]
    assert report.errors_in("members/AS64500.yaml")


@pytest.mark.parametrize(
    ("changes", "rule", "place"),
    [
        ({"policy/fabrics.yaml": None}, "ZT014", "policy/fabrics.yaml:1:1"),
        ({"policy/fabrics.yaml": "fabrics: ["}, "ZT004", "policy/fabrics.yaml:1:10"),
        ({"policy/gates.yaml": "removal: 1\n"}, "ZT010", "policy/gates.yaml:1:1"),
    ],
)
def test_exchange_when_policy_is_broken_is_none(
    changes: dict[str, str | None], rule: str, place: str
) -> None:
    """Without a whole policy there is nothing to check members against; they are read all the same."""
    changed = {**good_files(), **changes, "members/AS64500.yaml": "asn: [\n"}
    exchange, report = read_exchange(tree({path: text for path, text in changed.items() if text is not None}))
    assert exchange is None
    assert (rule, place) in [(finding.rule, str(finding.span)) for finding in report]
    assert report.errors_in("members/AS64500.yaml")


def test_exchange_when_optional_policy_is_absent_takes_defaults() -> None:
    """A file that is not there means its defaults."""
    policy = good_exchange().policy
    assert policy.gates.removals.count == 2
    assert policy.infrastructure.nodes == ()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("members/AS064500.yaml", True),
        ("members/as64500.yaml", True),
        ("members/notes/AS64500.yaml", True),
        ("members/README.md", False),
        ("members/.gitkeep", False),
        ("docs/AS64500.txt", False),
    ],
)
def test_exchange_when_a_name_is_no_members_says_so(path: str, told: bool) -> None:
    """Nothing lies in `members/` unread."""
    _, report = read_exchange(tree({**good_files(), path: ""}))
    assert [str(finding.span) for finding in report if finding.rule == "ZT013"] == [f"{path}:1:1"] * told


def test_exchange_when_a_member_is_a_link_reads_nothing_of_it() -> None:
    """A link is refused by its mode."""
    files = dict(tree(good_files()).entries)
    files["members/AS64502.yaml"] = Entry("members/AS64502.yaml", Kind.SYMLINK, 20, None)
    _, report = read_exchange(Tree("work tree", files))
    assert [finding.rule for finding in report] == ["ZT001"]


def test_claims_when_a_member_is_suspended_keep_addresses_and_ask_for_no_attachment() -> None:
    """Suspended: in git with addresses, on the fabric without."""
    files = good_files()
    files["members/AS64500.yaml"] = files["members/AS64500.yaml"].replace(
        "nodes:", "status: suspended\nnodes:"
    )
    claim, active, *_ = read(files).claims()
    assert len(claim.addresses) == 2
    assert (claim.attachment.authorised, claim.attachment.addresses) == (False, ())
    assert (active.attachment.authorised, active.attachment.addresses) == (True, active.addresses)


def test_claims_are_of_members_route_servers_and_infrastructure() -> None:
    """Whoever is on the LAN is claimed once, IPv4 addresses first, with the place in git."""
    files = {
        **good_files(),
        **edited(
            "members/AS64500.yaml", '192.0.2.10, "2001:db8:64:96::10"', '"2001:db8:64:96::10", 192.0.2.10'
        ),
        "policy/infrastructure.yaml": "nodes:\n  - {id: bbbbbbbbb1, name: lg, addresses: [192.0.2.3]}\n",
    }
    claims = list(read(files).claims())
    assert [claim.owner for claim in claims] == ["AS64500", "AS64501", "rs1", "rs2", "lg"]
    assert [claim.name for claim in claims][::4] == ["AS64500 fra1", "lg"]
    assert [str(address) for address in claims[0].addresses] == ["192.0.2.10", "2001:db8:64:96::10"]
    assert [str(claim.because) for claim in claims][::4] == [
        "members/AS64500.yaml:7:9",
        "policy/infrastructure.yaml:2:10",
    ]


def test_settings_are_policys_with_prefixes_in_order() -> None:
    """What a network is to be set to does not depend on how a list is written."""
    text = FABRICS.replace('[192.0.2.0/24, "2001:db8:64:96::/64"]', '["2001:db8:64:96::/64", 192.0.2.0/24]')
    exchange = read({**good_files(), "policy/fabrics.yaml": text})
    settings = exchange.settings(exchange.policy.fabrics.fabrics[0])
    assert settings.name == "example-ix lan"
    assert [str(prefix) for prefix in settings.prefixes] == ["192.0.2.0/24", "2001:db8:64:96::/64"]
    assert settings.closed


def test_tree_gives_the_entries_of_a_folder() -> None:
    """A folder's entries are those below it, not those that begin alike."""
    files = tree({"members/AS1.yaml": "", "members-old/AS2.yaml": "", "policy/exchange.yaml": ""})
    assert [entry.path for entry in files.below("members")] == ["members/AS1.yaml"]
    assert files.get("policy/exchange.yaml") is not None
    assert files.get("policy/none.yaml") is None


def test_byte_limit_is_smallest_for_strangers() -> None:
    """Members get kilobytes, policy a megabyte, evidence what a large exchange needs."""
    paths = ("members/AS1.yaml", "policy/gates.yaml", "evidence/irr.json")
    assert [byte_limit(path) for path in paths] == [MEMBER_BYTES, POLICY_BYTES, EVIDENCE_BYTES]


def test_exchange_of_a_thousand_members_is_read_and_checked_in_a_share_of_its_budget() -> None:
    """Ten thousand take under three seconds on a quiet machine; a thousand get one here, for a busy one."""
    files = {key: text for key, text in good_files().items() if key.startswith("policy/")}
    files["policy/fabrics.yaml"] = FABRICS.replace("192.0.2.0/24", "10.0.0.0/8")
    for number in range(1000):
        text = member_text(64500).replace("asn: 64500", f"asn: {200_000 + number}")
        text = text.replace("1a2b364500", f"1a2b3{number:05}").replace("::10", f"::1:{number:x}")
        text = text.replace("192.0.2.10", f"10.1.{number // 250}.{number % 250 + 1}").replace(
            "64500,", f"{number + 1},"
        )
        files[f"members/AS{200_000 + number}.yaml"] = text
    held = tree(files)
    gc.collect()
    started = time.process_time()
    exchange, report = read_exchange(held)
    assert exchange is not None
    report += check(exchange, None)
    assert time.process_time() - started < 1
    assert len(exchange.members) == 1000
    assert {finding.rule for finding in report} <= {"ZT206", "ZT504"}
