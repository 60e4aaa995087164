"""`ztix export`: what it takes from git, where it writes, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.git_repository import GitRepository, new_repository
from tests.ixf_importer import validate
from tests.unit.exchange_fixture import EXCHANGE, good_files, read
from ztix.applied import Applied
from ztix.cli import cli
from ztix.drivers.state_branch import StateBranch
from ztix.errors import Exit, Invalid, Usage
from ztix.export.moment import moment

PUBLICATION = """\
publication:
  ixf: {ixp_id: 7, port_speed: 100}
  dns: {domain: lan.example.net, name_servers: [ns1.example.net], hostmaster: noc@example.net}
  alice_lg:
    birdwatchers:
      - {route_server: rs1, api: "http://rs1.example.net:29184/"}
      - {route_server: rs2, api: "http://rs2.example.net:29184/"}
"""
FORMS = ("ixf", "prometheus-targets", "alice-lg", "dns", "csv")
BROKEN = "asn: 64501\nname: [\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """The good exchange with its block, committed on 2 January 2026 at 03:04:05 UTC."""
    made = new_repository(tmp_path / "ix")
    for path, text in {**good_files(), "policy/exchange.yaml": EXCHANGE + PUBLICATION}.items():
        made.write(path, text)
    made.commit()
    return made


def export(repo: GitRepository, *words: str) -> Result:
    result = CliRunner().invoke(cli, ["-C", str(repo.folder), "export", *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


@pytest.mark.parametrize("form", FORMS)
def test_export_when_run_twice_gives_the_same_bytes(repo: GitRepository, form: str) -> None:
    """Nothing of it comes from a clock or from what is not committed."""
    first = export(repo, form)
    repo.write("members/AS64500.yaml", "not committed")
    assert export(repo, form).stdout == first.stdout != ""
    assert first.return_value == Exit.DONE


def test_export_ixf_has_the_time_of_the_commit(repo: GitRepository) -> None:
    """An earlier commit gives its own text again."""
    first = validate(export(repo, "ixf").stdout)
    assert first["timestamp"] == "2026-01-02T03:04:05Z"
    (repo.folder / "members" / "AS64501.yaml").unlink()
    repo.commit()
    assert len(validate(export(repo, "ixf").stdout)["member_list"]) == 2
    assert validate(export(repo, "ixf", "--ref", "HEAD^").stdout) == first


def test_export_ixf_tells_its_remarks_on_stderr(repo: GitRepository) -> None:
    """What is for the maker stays out of the text."""
    result = export(repo, "ixf")
    assert result.stderr.startswith("note: `ixf_id` is 0")
    json.loads(result.stdout)


@pytest.mark.parametrize("form", ["ixf", "prometheus-targets", "alice-lg", "csv"])
def test_export_to_a_file_writes_the_same_text(repo: GitRepository, form: str, tmp_path: Path) -> None:
    """Line ends too; stdout stays empty."""
    place = tmp_path / "out"
    result = export(repo, form, "--out", str(place))
    assert result.stdout == ""
    assert place.read_bytes() == export(repo, form).stdout_bytes
    assert f"wrote {place}" in result.stderr


def test_export_dns_lists_prints_and_writes_zones(repo: GitRepository, tmp_path: Path) -> None:
    """Without a name it lists; with one it prints that zone; to a folder it writes all, or that one."""
    names = export(repo, "dns").stdout.split()
    assert names[:2] == ["lan.example.net", "2.0.192.in-addr.arpa"]
    text = export(repo, "dns", names[1]).stdout
    assert "10 IN PTR fra1.as64500.lan.example.net." in text
    result = export(repo, "dns", "--out", str(tmp_path / "all"))
    assert result.stdout == ""
    assert {path.name for path in (tmp_path / "all").iterdir()} == {f"{name}.zone" for name in names}
    export(repo, "dns", names[1], "--out", str(tmp_path / "one"))
    (only,) = (tmp_path / "one").iterdir()
    assert only.read_text(encoding="utf-8") == text
    with pytest.raises(Usage, match=r"there is no zone `example\.net`"):
        export(repo, "dns", "example.net")


def test_export_dns_takes_its_serial_from_the_commit_or_from_the_command_line(repo: GitRepository) -> None:
    """Seconds since 1970 of 2 January 2026 at 03:04:05 UTC."""
    assert " 1767323045 " in export(repo, "dns", "lan.example.net").stdout
    assert " 2026010299 " in export(repo, "dns", "lan.example.net", "--serial", "2026010299").stdout


@pytest.mark.parametrize("form", FORMS)
def test_export_when_a_member_is_new_and_broken_leaves_it_out(repo: GitRepository, form: str) -> None:
    """The others are told, stderr says who is not, and the exit code is that of a run."""
    repo.write("members/AS64501.yaml", BROKEN)
    repo.commit()
    result = export(repo, form)
    assert "64501" not in result.stdout
    assert "note: AS64501 is left out: members/AS64501.yaml:" in result.stderr
    assert result.return_value == Exit.PARTIAL


def test_export_when_a_member_was_good_tells_its_last_good_file(repo: GitRepository, tmp_path: Path) -> None:
    """Who is live is not struck from PeeringDB for a slip in a file."""
    before = export(repo, "csv").stdout_bytes
    StateBranch(repo.folder).write(Applied(revision=repo.git("rev-parse", "HEAD")), None, "A run")
    repo.write("members/AS64501.yaml", BROKEN)
    repo.commit()
    result = export(repo, "csv", "--out", str(tmp_path / "members.csv"))
    assert (tmp_path / "members.csv").read_bytes() == before
    assert "note: AS64501 is told by its last good file: " in result.stderr
    assert result.return_value == Exit.PARTIAL
    assert export(repo, "dns", "--out", str(tmp_path / "zones")).return_value == Exit.PARTIAL


def test_export_when_a_membership_has_ended_bears_the_midnight_after(repo: GitRepository) -> None:
    """Its ports are inactive from then on, without a commit; a text that is another has another time."""
    for asn, day in ((64500, "2026-01-01"), (64501, "2026-01-04")):
        repo.write(f"members/AS{asn}.yaml", good_files()[f"members/AS{asn}.yaml"] + f"expires: {day}\n")
    repo.commit()
    result = export(repo, "ixf")
    made = validate(result.stdout)
    assert made["timestamp"] == "2026-01-05T00:00:00Z"
    states = {
        member["asnum"]: {each["state"] for each in member["connection_list"]}
        for member in made["member_list"]
    }
    assert states == {64496: {"active"}, 64500: {"inactive"}, 64501: {"inactive"}}
    assert "note: AS64501 is told as if suspended: it expired on 2026-01-04" in result.stderr
    assert result.return_value == Exit.DONE
    zone = export(repo, "dns", "lan.example.net").stdout
    assert " 1767571200 " in zone
    assert "as64501" not in zone


def test_moment_when_nobody_s_day_has_passed_is_the_commit_s() -> None:
    """Neither a day to come nor one before the commit counts."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for day, now, expected in (
        ("2026-01-04", datetime(2026, 1, 4, 23, 59, tzinfo=UTC), at),
        ("2026-01-04", datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)),
        ("2025-12-31", datetime(2026, 1, 5, tzinfo=UTC), at),
    ):
        text = good_files()["members/AS64500.yaml"] + f"expires: {day}\n"
        assert moment(read({**good_files(), "members/AS64500.yaml": text}), at, now) == expected


def test_export_when_two_members_hold_one_address_tells_no_one_s_twice(repo: GitRepository) -> None:
    """One address in two records would end PeeringDB's import of all members: who came first keeps it."""
    text = good_files()["members/AS64501.yaml"].replace("192.0.2.11", "192.0.2.10")
    repo.write("members/AS64501.yaml", text)
    repo.commit()
    result = export(repo, "ixf")
    assert result.stdout.count('"192.0.2.10"') == 1
    assert "note: AS64501 is left out" in result.stderr
    assert result.return_value == Exit.PARTIAL


@pytest.mark.parametrize("form", FORMS)
def test_export_when_policy_is_broken_is_refused(repo: GitRepository, form: str) -> None:
    """There is nothing sound to tell; no file is written."""
    repo.write("policy/fabrics.yaml", "fabrics: []\n")
    repo.commit()
    place = repo.folder / "out"
    with pytest.raises(Invalid):
        export(repo, form, "--out", str(place))
    assert not place.exists()
