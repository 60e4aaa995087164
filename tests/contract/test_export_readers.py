"""What outsiders read, given to the programs that read it: BIND's parser of zones, Prometheus's of targets.

Both are told files on this machine only and ask nothing of a network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.golden.test_exports import EXCHANGES, held
from tests.unit.exchange_fixture import EXCHANGE, FABRICS, good_files, read
from tests.unit.test_cli_export import PUBLICATION
from ztix.export.dns_zones import zone_file, zones
from ztix.export.prometheus_targets import prometheus_targets

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is missing; run `make install`"
    return found


def checked(zone: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """BIND's verdict; `local` looks at what the zone itself can tell and asks no resolver."""
    place = folder / zone_file(zone)
    place.write_text(text, encoding="ascii")
    command = [program("named-checkzone"), "-i", "local", "-k", "fail", "-n", "fail", zone, str(place)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", EXCHANGES)
def test_bind_when_given_the_zones_of_an_exchange_loads_them(name: str, tmp_path: Path) -> None:
    """Every zone, with its serial and without a warning."""
    exchange, _ = held(name)
    for zone, text in zones(exchange, 2026112200).items():
        done = checked(zone, text, tmp_path)
        assert (done.returncode, done.stdout) == (0, f"zone {zone}/IN: loaded serial 2026112200\nOK\n"), zone


def test_bind_when_given_zones_of_odd_prefixes_loads_them(tmp_path: Path) -> None:
    """Zones by RFC 2317, and those that hold nothing; a name server in the zone has its address there."""
    fabrics = FABRICS.replace("192.0.2.0/24", "192.0.2.0/28, 192.0.2.64/30, 10.2.4.0/23")
    files = {
        **good_files(),
        "policy/exchange.yaml": EXCHANGE + PUBLICATION.replace("ns1.example", "ns1.lan.example"),
        "policy/fabrics.yaml": fabrics.replace("64:96::/64", "64:94::/62"),
        "policy/infrastructure.yaml": "nodes:\n  - {id: c0ffee6496, name: ns1, addresses: [192.0.2.3]}\n",
    }
    made = zones(read(files), 0)
    assert len(made) == 1 + 4 + 4
    for zone, text in made.items():
        done = checked(zone, text, tmp_path)
        assert done.returncode == 0, (zone, done.stdout)
        assert "warning" not in done.stdout


def test_bind_when_a_zone_is_spoilt_refuses_it(tmp_path: Path) -> None:
    """The verdict means something."""
    exchange, _ = held("example-ix")
    (zone, text), *_ = zones(exchange, 1).items()
    done = checked(zone, text.replace("IN A 192.0.2.10", "IN A 192.0.2.256"), tmp_path)
    assert done.returncode != 0


def _promtool(folder: Path, targets: str) -> subprocess.CompletedProcess[str]:
    """Prometheus's verdict on a configuration, that of docs/exports.md, and the targets that it names."""
    (folder / "targets.json").write_text(targets, encoding="utf-8")
    page = DOCS.read_text(encoding="utf-8").split("## Prometheus\n")[1]
    text = page.split("```yaml\n")[1].split("```")[0]
    assert "files: [targets.json]" in text
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")
    command = [program("promtool"), "check", "config", "prometheus.yml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", EXCHANGES)
def test_prometheus_when_given_the_targets_of_an_exchange_takes_them(name: str, tmp_path: Path) -> None:
    """By the configuration that the page shows."""
    exchange, _ = held(name)
    done = _promtool(tmp_path, prometheus_targets(exchange))
    assert done.returncode == 0, done.stderr
    assert "is valid prometheus config file syntax" in done.stdout


def test_prometheus_when_a_label_is_spoilt_refuses_it(tmp_path: Path) -> None:
    """The verdict means something."""
    exchange, _ = held("example-ix")
    groups = json.loads(prometheus_targets(exchange))
    groups[0]["labels"]["a-b"] = "c"
    assert _promtool(tmp_path, json.dumps(groups)).returncode != 0
