"""A validator's list of VRPs: whole or not at all."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from ztix.drivers import vrp_list
from ztix.drivers.http import RetryBudget
from ztix.drivers.vrp_list import Validator
from ztix.evidence import Unknown, Vrp
from ztix.evidence_delta import VrpAnswer
from ztix.rov_policy import VrpList

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {"prefix": "192.0.2.0/24", "maxLength": 25, "asn": "AS64500", "ta": "test", "expires": 1900000000}
GOOD = json.dumps(
    {"metadata": {}, "roas": [ROW, {**ROW, "prefix": "2001:db8::/32", "maxLength": 48, "asn": 0}]}
)
VRPS = (Vrp(ip_network("192.0.2.0/24"), 25, 64500), Vrp(ip_network("2001:db8::/32"), 48, 0))
GARBLED = Unknown("it is not JSON with a list `roas` of prefix, maxLength and asn")


def of_file(path: Path) -> VrpAnswer | Unknown:
    return Validator(VrpList(file=str(path)), RetryBudget(retries=0), NOW).vrps()


def test_list_in_a_file_is_read_with_its_time(tmp_path: Path) -> None:
    """AS numbers are texts with `AS` or numbers; AS 0 is nobody."""
    path = tmp_path / "vrps.json"
    path.write_text(GOOD)
    answer = of_file(path)
    assert isinstance(answer, VrpAnswer)
    assert set(answer.vrps) == set(VRPS)
    assert (answer.source, answer.fetched_at) == (str(path), NOW)


@pytest.mark.parametrize(
    "row",
    [
        {"prefix": "192.0.2.1/24"},
        {"prefix": None},
        {"maxLength": 23},
        {"maxLength": 33},
        {"maxLength": True},
        {"maxLength": "25"},
        {"asn": "AS-EXAMPLE"},
        {"asn": -1},
        {"asn": 2**32},
        {"asn": None},
    ],
)
def test_list_with_a_record_that_cannot_be_read_is_none(tmp_path: Path, row: dict[str, object]) -> None:
    """Half a list would let through what the other half forbids."""
    path = tmp_path / "vrps.json"
    path.write_text(json.dumps({"roas": [ROW, ROW | row]}))
    assert of_file(path) == GARBLED


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"roas": 7}', '{"roas": [7]}', "[" * 100_000])
def test_text_that_is_no_list_is_none(tmp_path: Path, text: str) -> None:
    """Whatever it is instead."""
    path = tmp_path / "vrps.json"
    path.write_text(text)
    assert of_file(path) == GARBLED


def test_file_that_is_not_there_or_too_long_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason says which."""
    path = tmp_path / "vrps.json"
    assert of_file(path) == Unknown(f"`{path}` cannot be read: No such file or directory")
    path.write_text(GOOD)
    monkeypatch.setattr(vrp_list, "LIST_BYTES", 10)
    assert of_file(path) == Unknown(f"`{path}` has more than 10 bytes")


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/export/vrps.json"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(GOOD.encode() if found else b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def server() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()


def of_url(url: str) -> VrpAnswer | Unknown:
    return Validator(VrpList(url=url), RetryBudget(retries=0), NOW).vrps()


def test_list_at_a_url_is_fetched() -> None:
    """By the client that all services share."""
    with server() as url:
        answer = of_url(f"{url}/export/vrps.json")
        refused = of_url(f"{url}/none")
    assert isinstance(answer, VrpAnswer)
    assert set(answer.vrps) == set(VRPS)
    assert refused == Unknown(f"the validator answered `GET {url}/none` with 404")
    gone = of_url(f"{url}/export/vrps.json")
    assert isinstance(gone, Unknown)
    assert "no connection" in gone.reason
