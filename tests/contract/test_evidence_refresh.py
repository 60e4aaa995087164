"""`ztix evidence refresh` as people run it: the real program and bgpq4, against a small IRR server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.irr_server import Irr, Source, irr_server
from tests.unit.exchange_fixture import good_files, member_text
from ztix.evidence_files import read_expansions, read_vrps
from ztix.terms import AsSet

pytestmark = pytest.mark.skipif(
    not shutil.which("bgpq4"), reason="bgpq4 is not here; `scripts/install-tools`"
)

GOLDEN = Path(__file__).parents[1] / "golden" / "refresh"
ONE, TWO = "RIPE::AS-ONE", "RIPE::AS-TWO"


def sources(one: int = 12, two: int = 3) -> dict[str, Source]:
    """AS64500 with so many prefixes, AS64501 with so many."""
    return {
        "RIPE": Source(
            {"AS-ONE": ["AS64500"], "AS-TWO": ["AS64501", "AS-ONE"]},
            {
                "AS64500": [f"198.51.100.{16 * number}/28" for number in range(one)],
                "AS64501": [f"203.0.{113 + (number >> 8)}.{number & 255}/32" for number in range(two)],
            },
            {"AS64500": ["2001:db8:4500::/48"]},
        )
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exchange of two members, each with an AS-SET of its own, and a list of VRPs."""
    roas = [{"prefix": "198.51.100.0/24", "maxLength": 28, "asn": "AS64500"}]
    (tmp_path / "vrps.json").write_text(json.dumps({"roas": roas}))
    files = good_files() | {
        "policy/admission.yaml": "peeringdb: off\nreserved_asns_allowed: [64496-64511]\n",
        "members/AS64500.yaml": member_text(64500, f'as_set: {{ipv4: "{ONE}", ipv6: "{ONE}"}}\n'),
        "members/AS64501.yaml": member_text(64501, f'as_set: {{ipv4: "{TWO}", ipv6: "{TWO}"}}\n'),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def next_second() -> None:
    """Return once another second has begun: evidence is not written for less than that."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.05)


def refresh(folder: Path, irr: Irr, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program; policy names this server."""
    policy: Mapping[str, object] = {
        "irr": {"host": "127.0.0.1", "port": irr.port, "sources": ["RIPE"], "timeout_s": 10},
        "rov": {"list": {"file": str(folder / "vrps.json")}},
        "bogon_asns_allowed": ["64496-64511"],
    }
    (folder / "policy" / "routing.yaml").write_text(json.dumps(policy))
    command = [sys.executable, "-m", "ztix", "-C", str(folder), "evidence", "refresh", *words]
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME")}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def held(folder: Path) -> dict[AsSet, int]:
    """How many IPv4 prefixes the evidence has of each set."""
    expansions, damage = read_expansions((folder / "evidence" / "irr.json").read_bytes())
    assert damage == []
    return {name: len(found.ipv4) for name, found in expansions.items()}


def test_refresh_writes_evidence_and_tells_counts_for_each_set(
    folder: Path, golden: Callable[[Path, str], None]
) -> None:
    """The first time all is new; the second time nothing changed but the time of it."""
    with irr_server(sources()) as irr:
        first = refresh(folder, irr)
        again = refresh(folder, irr)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert held(folder) == {AsSet(ONE): 12, AsSet(TWO): 15}
    (vrps, _), damage = read_vrps((folder / "evidence" / "vrps.json").read_bytes())
    assert (len(vrps), damage) == (1, [])
    golden(GOLDEN / "first.txt", first.stdout)
    assert "3 unchanged;" in again.stdout
    assert "AS-SETs: 0 of 2\nAS-SETs: 2 of 2\n" in first.stderr


def test_refresh_when_a_set_shrinks_keeps_it_until_somebody_names_it(
    folder: Path, golden: Callable[[Path, str], None]
) -> None:
    """One set in doubt, the other taken; the exit code says that not all is as asked."""
    with irr_server(sources(two=30)) as irr:
        refresh(folder, irr)
    next_second()
    with irr_server(sources(one=2, two=38)) as irr:
        doubted = refresh(folder, irr)
        assert doubted.returncode == 6
        assert held(folder) == {AsSet(ONE): 12, AsSet(TWO): 40}
        accepted = refresh(folder, irr, "--accept", ONE)
    assert accepted.returncode == 0
    assert held(folder) == {AsSet(ONE): 2, AsSet(TWO): 40}
    when = doubted.stdout.split("from ")[1][:16]
    golden(GOLDEN / "doubted.txt", doubted.stdout.replace(when, "2026-01-01 00:00"))


def test_refresh_when_the_server_is_gone_keeps_all_and_says_so_in_json(folder: Path) -> None:
    """Fail closed: what was known stays, and what was not known is not made up."""
    with irr_server(sources()) as irr:
        refresh(folder, irr)
        before = held(folder)
    gone = refresh(folder, irr, "AS64501", "--format", "json")
    told = json.loads(gone.stdout)
    assert (gone.returncode, told["exit"], told["schema"]) == (7, 7, "ztix.refresh.v1")
    assert [(item["subject"], item["outcome"]) for item in told["as_sets"]] == [(TWO, "kept")]
    assert [finding["rule"] for finding in told["findings"]] == ["ZT610"]
    assert (told["written"], held(folder)) == ([], before)


def test_refresh_that_only_tries_writes_nothing(folder: Path) -> None:
    """The summary is the same, the folder is as it was."""
    with irr_server(sources()) as irr:
        tried = refresh(folder, irr, "--dry-run")
    assert tried.returncode == 0
    assert "no file changed" in tried.stdout
    assert not (folder / "evidence").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["AS64999"], 64, "`AS64999` is no member"),
        (["example"], 64, "`example` is no AS number"),
    ],
)
def test_refresh_of_somebody_who_is_no_member_is_refused(
    folder: Path, words: list[str], code: int, said: str
) -> None:
    """Nobody is asked."""
    with irr_server(sources()) as irr:
        refused = refresh(folder, irr, *words)
        assert irr.asked == []
    assert refused.returncode == code
    assert said in refused.stderr


def test_refresh_over_damaged_evidence_is_refused(folder: Path) -> None:
    """With nothing to measure by, anything would be believed."""
    (folder / "evidence").mkdir()
    (folder / "evidence" / "irr.json").write_text("<<<<<<< HEAD\n")
    with irr_server(sources()) as irr:
        refused = refresh(folder, irr)
        assert irr.asked == []
    assert refused.returncode == 3
    assert "policy or evidence has errors" in refused.stderr
