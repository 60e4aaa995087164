"""Load, validate and check 10,000 member files: seconds of one core, and the ratio to bare YAML events.

The floor is what any reader must pay: reading the files and walking libyaml's events over them. Prints, and
judges nothing. Private AS numbers (RFC 6996) and documentation addresses (RFC 3849), because no documentation
range has ten thousand AS numbers.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import yaml

from ztix.drivers.git_tree import read_work_tree
from ztix.evidence import Evidence
from ztix.exchange import read_exchange
from ztix.rules import check

MEMBERS = 10_000
POLICY = {
    "exchange": "name: bench-ix\ntitle: Bench\nasn: 64496\n",
    "fabrics": """\
fabrics:
  - name: lan
    network: "000001"
    url: http://127.0.0.1:9993
    token: {env: TOKEN}
    prefixes: ["2001:db8:64::/64"]
""",
    "route-servers": """\
route_servers:
  - name: rs1
    node: e4b1c0a7d2
    addresses: ["2001:db8:64::ffff:1"]
    router_id: 192.0.2.1
    canary: true
    ssh: {host: rs1.example.net, host_keys: [ssh-ed25519 AAAA]}
""",
    "admission": 'reserved_asns_allowed: ["4200000000-4200099999"]\npeeringdb: "off"\n',
}
MEMBER = """\
# yaml-language-server: $schema=../policy/schema/member.json
asn: {asn}
name: Example Networks {asn}
contacts:
  - github: {{id: {asn}, login: example-{asn}}}
    email: noc@as{asn}.example.net
nodes:
  - id: "{node:010x}"
    name: fra1
    addresses: ["2001:db8:64::{host:x}"]
    route_servers: true
as_set: {{ipv6: "RIPE::AS-EXAMPLE-{asn}"}}
max_prefixes: {{ipv6: 50}}
"""


def write(folder: Path) -> None:
    (folder / "members").mkdir()
    (folder / "policy").mkdir()
    for name, text in POLICY.items():
        (folder / "policy" / f"{name}.yaml").write_text(text)
    for number in range(MEMBERS):
        asn = 4_200_000_000 + number
        text = MEMBER.format(asn=asn, node=0x1000000000 + number, host=16 + number)
        (folder / "members" / f"AS{asn}.yaml").write_text(text)


def floor(folder: Path) -> None:
    for path in sorted((folder / "members").iterdir()):
        for _ in yaml.parse(path.read_text(), Loader=yaml.CBaseLoader):
            pass


def whole(folder: Path) -> None:
    exchange, report = read_exchange(read_work_tree(folder))
    if exchange is None or report.findings:
        sys.exit("the exchange of this bench is not sound")
    found = check(exchange, Evidence(datetime.now(UTC)))
    if found.findings:
        sys.exit(f"the exchange of this bench is not sound: {found.findings[0]}")


def seconds(work: Callable[[Path], None], folder: Path) -> float:
    began = time.process_time()
    work(folder)
    return time.process_time() - began


def main() -> None:
    gc.disable()  # as the command line does
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        pairs = [(seconds(whole, folder), seconds(floor, folder)) for _ in range(3)]
        best, least = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        print(f"load, validate and check {MEMBERS} members: {best:.2f} s CPU")
        print(f"bare YAML events: {least:.2f} s CPU, ratio {best / least:.2f}")


if __name__ == "__main__":
    main()
