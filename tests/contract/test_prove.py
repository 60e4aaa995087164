"""`ztix prove` as people and a scheduled job run it, against PeeringDB's answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from click.testing import CliRunner, Result

from tests.unit.exchange_fixture import good_files, read
from tests.unit.exchange_fixture import tree as tree_of
from ztix.admission.remembered import PATH, Remembered, read_remembered, remembered_text
from ztix.admission.token import token
from ztix.cli import asking, cli
from ztix.drivers.peeringdb import BASE_URL
from ztix.errors import Exit, Invalid, Usage
from ztix.terms import Asn, Label

A, B = Asn(64500), Asn(64501)
NOTES = Label("peeringdb-notes")
LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two members, and a policy that goes by PeeringDB's notes alone."""
    files = good_files()
    files["policy/admission.yaml"] += "proofs: [peeringdb-notes]\nnode_proof: off\n"
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that fails is not repeated."""
    monkeypatch.setattr(asking, "PEERINGDB_S", 0.0)


@pytest.fixture
def api() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.get(url__startswith=f"{BASE_URL}net")


def networks(**notes: str) -> httpx.Response:
    """PeeringDB's answer: a record with these notes for each name such as `AS64500`."""
    rows: list[dict[str, Any]] = [
        {"asn": int(name[2:]), "notes": text, "website": "", "org_id": 7, "status": "ok"}
        for name, text in notes.items()
    ]
    return httpx.Response(200, json={"data": rows, "meta": {}})


def prove(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(folder), "prove", *words], standalone_mode=False)


def published(asn: Asn) -> str:
    return token(read(good_files()).policy.exchange, asn, int(asn))


def remembered(folder: Path) -> list[Remembered]:
    found, report = read_remembered(tree_of({PATH: (folder / PATH).read_text()}))
    assert not report.has_errors
    return list(found.values())


def remember(folder: Path, *proofs: Remembered) -> None:
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / PATH).write_text(remembered_text(proofs))


def test_prove_when_the_token_is_published_ends_well(folder: Path, api: respx.Route) -> None:
    """By the first contact of the file."""
    api.mock(return_value=networks(AS64500=f"Hello\n{published(A)}"))
    done = prove(folder, "AS64500")
    assert (done.return_value, done.exception) == (Exit.DONE, None)
    assert "peeringdb-notes (a line in PeeringDB's notes): holds" in done.stdout
    assert prove(folder, "64500", "--format", "json").return_value == Exit.DONE


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (networks(), Exit.INVALID, "not given"),
        (networks(AS64500="Hello"), Exit.INVALID, "not given"),
        (networks(AS64500=published(B)), Exit.INVALID, "does not hold"),
        (httpx.Response(503), Exit.UNAVAILABLE, "could not be checked"),
        (httpx.Response(429), Exit.UNAVAILABLE, "could not be checked"),
        (httpx.ReadTimeout("late"), Exit.UNAVAILABLE, "could not be checked"),
    ],
)
def test_prove_when_nothing_holds_tells_which(
    folder: Path, api: respx.Route, answer: httpx.Response | httpx.HTTPError, code: Exit, words: str
) -> None:
    """Not published is one thing, not answered another."""
    api.mock(side_effect=[answer])
    done = prove(folder, "AS64500")
    assert done.return_value == code
    assert words in done.stdout
    assert published(A) in done.stdout


def test_prove_before_there_is_a_file_needs_an_account(folder: Path, api: respx.Route) -> None:
    """A newcomer may publish first and write afterwards."""
    refused = prove(folder, "AS64509", "--offline")
    assert isinstance(refused.exception, Usage)
    assert "--account" in refused.exception.help
    done = prove(folder, "AS64509", "--offline", "--account", "42")
    assert done.return_value == Exit.DONE
    assert token(read(good_files()).policy.exchange, Asn(64509), 42) in done.stdout
    assert api.call_count == 0
    assert "not among the contacts" in prove(folder, "AS64500", "--offline", "--account", "42").stderr


def test_prove_all_when_run_again_and_again(folder: Path, api: respx.Route) -> None:
    """What holds is remembered; a lost one is told and dated; an outage changes nothing; then it returns."""
    api.mock(return_value=networks(AS64500=published(A), AS64501="Hello"))
    done = prove(folder, "--all")
    assert (done.return_value, done.stdout) == (Exit.DONE, "no findings\n")
    assert "looked for the proofs of 2 members: 1 hold, 1 have none, 0 could not be checked" in done.stderr
    (first,) = remembered(folder)
    assert (first.asn, first.org_id, first.lost) == (A, 7, None)
    remember(folder, Remembered(A, NOTES, 64500, 7, LONG_AGO, LONG_AGO))
    api.mock(return_value=httpx.Response(503))
    before = (folder / PATH).read_text()
    done = prove(folder, "--all")
    assert done.return_value == Exit.UNAVAILABLE
    assert "ZT640" in done.stdout
    assert (folder / PATH).read_text() == before
    api.mock(return_value=networks(AS64500="tidied up"))
    assert "would write evidence/proofs.json" in prove(folder, "--all", "--dry-run").stderr
    assert (folder / PATH).read_text() == before
    done = prove(folder, "--all", "--format", "json")
    assert done.return_value == Exit.DONE
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["ZT641"]
    assert remembered(folder)[0].lost is not None
    api.mock(return_value=networks(AS64500=published(A)))
    assert prove(folder, "--all").stdout == "no findings\n"
    assert remembered(folder)[0].lost is None


def test_prove_all_when_there_is_nothing_to_remember_writes_nothing(folder: Path, api: respx.Route) -> None:
    """An exchange of invited members has no such file."""
    api.mock(return_value=networks())
    assert prove(folder, "--all").return_value == Exit.DONE
    assert not (folder / PATH).exists()


def test_prove_propose_writes_suspensions_and_asks_nobody(folder: Path, api: respx.Route) -> None:
    """For a person to merge: nothing else in the file changes, and nobody else's."""
    remember(folder, Remembered(A, NOTES, 64500, 7, LONG_AGO, LONG_AGO, LONG_AGO))
    text = (folder / "members/AS64500.yaml").read_text()
    assert "would write members/AS64500.yaml" in prove(folder, "--propose", "--dry-run").stderr
    done = prove(folder, "--propose")
    assert done.return_value == Exit.DONE
    assert (folder / "members/AS64500.yaml").read_text() == text.replace(
        "nodes:", "status: suspended\nnodes:"
    )
    assert api.call_count == 0
    assert prove(folder, "--propose").stderr == ""


def test_prove_propose_when_a_file_is_of_another_form_leaves_it_to_people(folder: Path) -> None:
    """What cannot be written safely is named."""
    remember(folder, Remembered(A, NOTES, 64500, 7, LONG_AGO, LONG_AGO, LONG_AGO))
    flow = "{asn: 64500, name: Example 64500, contacts: [{email: noc@as64500.example.net}]}\n"
    (folder / "members/AS64500.yaml").write_text(flow)
    done = prove(folder, "--propose")
    assert "write `status: suspended` into members/AS64500.yaml by hand" in done.stderr
    assert (folder / "members/AS64500.yaml").read_text() == flow


def test_prove_all_when_the_record_is_damaged_writes_nothing(folder: Path, api: respx.Route) -> None:
    """Written anew it would have forgotten who proved what."""
    (folder / "evidence").mkdir()
    (folder / PATH).write_text("{")
    refused = prove(folder, "--all")
    assert isinstance(refused.exception, Invalid)
    assert (folder / PATH).read_text() == "{"
    assert api.call_count == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--accept", "AS64500"),
        ("AS64500", "--all"),
        ("--all", "--offline"),
        ("--propose", "--account", "7"),
        ("--all", "--accept", "AS64509"),
        ("bla",),
        ("AS64500", "--base", "nowhere", "--offline"),
    ],
)
def test_prove_when_the_words_cannot_be_says_what_to_write(folder: Path, words: tuple[str, ...]) -> None:
    """One member, or all of them."""
    refused = prove(folder, *words)
    assert isinstance(refused.exception, Usage)
    assert refused.exception.help
