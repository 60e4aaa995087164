"""ARouteServer as a peer to be measured against: its environment, its configuration, its command line.

It comes from the package index that uv is configured with, into a virtual environment of its own that is
kept below `.tools/`. bgpq4 is replaced by a shell script that prints prepared answers, so that no IRR
server is asked and no time of one is measured. Its protections are set to those that ztix has by default,
where it has them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peer.crowd import LAN4, LAN6, ROUTE_SERVER_ASN, Someone, write_irr_answers

VERSION = "1.27.0"
TRANSIT_FREE = "174, 701, 1299, 2914, 3257, 3320, 3356, 5511, 6453, 6461, 6762, 6830, 7018, 12956"

GENERAL = f"""\
cfg:
  rs_as: {ROUTE_SERVER_ASN}
  router_id: "{LAN4[1]}"
  prepend_rs_as: False
  path_hiding: True
  passive: True
  gtsm: False
  add_path: False
  filtering:
    next_hop: {{policy: "strict"}}
    ipv4_pref_len: {{min: 8, max: 24}}
    ipv6_pref_len: {{min: 16, max: 48}}
    global_black_list_pref:
      - {{prefix: "{LAN4.network_address}", length: {LAN4.prefixlen}, comment: "peering LAN"}}
      - {{prefix: "{LAN6.network_address}", length: {LAN6.prefixlen}, comment: "peering LAN"}}
    max_as_path_len: 32
    reject_invalid_as_in_as_path: True
    reject_policy: {{policy: "tag"}}
    transit_free: {{action: "reject", asns: "{TRANSIT_FREE}"}}
    never_via_route_servers: {{peering_db: False, asns: "2914, 3491"}}
    irrdb:
      enforce_origin_in_as_set: True
      enforce_prefix_in_as_set: True
      tag_as_set: True
      allow_longer_prefixes: False
      peering_db: False
    rpki_bgp_origin_validation: {{enabled: True, reject_invalid: True}}
    max_prefix: {{action: "restart", restart_after: 30, peering_db: False}}
    roles: {{enabled: True}}
  rpki_roas: {{source: "rtr"}}
  blackhole_filtering:
    policy_ipv4: "rewrite-next-hop"
    policy_ipv6: "rewrite-next-hop"
    rewrite_next_hop_ipv4: "{LAN4[-2]}"
    rewrite_next_hop_ipv6: "{LAN6[-2]}"
    announce_to_client: True
    add_noexport: True
    client_community: {{peering_db: False}}
  graceful_shutdown: {{enabled: True}}
  communities:
    blackholing: {{lrg: "rs_as:666:0"}}
    reject_cause: {{std: "65520:dyn_val"}}
    origin_present_in_as_set: {{lrg: "rs_as:65530:1"}}
    origin_not_present_in_as_set: {{lrg: "rs_as:65530:0"}}
    do_not_announce_to_peer: {{std: "0:peer_as", lrg: "rs_as:0:peer_as"}}
    announce_to_peer: {{std: "rs_as:peer_as", lrg: "rs_as:1:peer_as"}}
    do_not_announce_to_any: {{std: "0:rs_as", lrg: "rs_as:0:0"}}
    prepend_once_to_any: {{lrg: "rs_as:101:0"}}
    prepend_twice_to_any: {{lrg: "rs_as:102:0"}}
    prepend_thrice_to_any: {{lrg: "rs_as:103:0"}}
    prepend_once_to_peer: {{lrg: "rs_as:101:peer_as"}}
    prepend_twice_to_peer: {{lrg: "rs_as:102:peer_as"}}
    prepend_thrice_to_peer: {{lrg: "rs_as:103:peer_as"}}
"""
LOGGING = """\
[loggers]
keys=root
[logger_root]
level=WARNING
handlers=h
[handlers]
keys=h
[handler_h]
class=StreamHandler
args=(sys.stderr,)
[formatters]
keys=
"""
CLIENT = """\
  - asn: {asn}
    ip: ["{ipv4}", "{ipv6}"]
    description: "Crowd {asn}"
    cfg:
      filtering:
        irrdb: {{as_sets: ["{as_set}"]}}
        max_prefix: {{limit_ipv4: {limit4}, limit_ipv6: {limit6}}}
"""
# The last argument names the object; `-f 1`, `-4` or `-6` the question.
BGPQ4 = """\
#!/bin/sh
kind=4 name=
while [ $# -gt 0 ]; do
  case $1 in
    -h|-S|-l|-R) shift ;;
    -f) kind=asn; shift ;;
    -4) kind=4 ;;
    -6) kind=6 ;;
    -*) ;;
    *) name=$1 ;;
  esac
  shift
done
exec cat "{answers}/$name.$kind.json"
"""
RTR = """\
protocol rpki RTR1 {
  roa4 { table RPKI4; };
  roa6 { table RPKI6; };
  remote "127.0.0.1" port 8282;
}
"""


@dataclass(frozen=True, slots=True)
class ARouteServer:
    """ARouteServer for one crowd. folder: its configuration and cache."""

    environment: Path
    folder: Path

    def command(self, target: str, output: Path) -> list[str]:
        """Write the configuration of one route server. target: the version of BIRD, one that it knows."""
        return [
            str(self.environment / "bin/arouteserver"),
            *("bird", "--cfg", str(self.folder / "arouteserver.yml")),
            *("--target-version", target, "--local-files-dir", str(self.folder / "local")),
            *("-o", str(output)),
        ]


def environment(root: Path) -> Path:
    """The virtual environment with ARouteServer, made where it is missing."""
    place = root / ".tools" / f"arouteserver-{VERSION}"
    if not (place / "bin/arouteserver").exists():
        make = ["uv", "venv", "--quiet", "--clear", "--python", sys.executable, place]
        subprocess.run(make, check=True, stdout=sys.stderr)
        package = ["--python", place / "bin/python", f"arouteserver=={VERSION}"]
        subprocess.run(["uv", "pip", "install", "--quiet", *package], check=True, stdout=sys.stderr)
    return place


def prepare(
    environment: Path, folder: Path, members: Sequence[Someone], *, lenient: bool = False
) -> ARouteServer:
    """Its configuration for these members, in a new folder.

    lenient: it lets private prefixes and AS numbers pass, for sessions that carry such.
    """
    (folder / "cache").mkdir(parents=True)
    (folder / "local").mkdir()
    write_irr_answers(folder / "irr", members)
    bgpq4 = folder / "bgpq4"
    bgpq4.write_text(BGPQ4.format(answers=folder / "irr"))
    bgpq4.chmod(0o755)
    packaged = next(environment.glob("lib/python*/site-packages/pierky/arouteserver"))
    shutil.copytree(packaged / "templates", folder / "templates")
    if lenient:
        (folder / "bogons.yml").write_text('bogons:\n  - prefix: "192.0.2.0"\n    length: 24\n')
    else:
        shutil.copy(packaged / "config.d/bogons.yml", folder)
    bogon_asns = f"reject_invalid_as_in_as_path: {not lenient}"
    files = {
        "general.yml": GENERAL.replace("reject_invalid_as_in_as_path: True", bogon_asns),
        "log.ini": LOGGING,
        "clients.yml": "clients:\n" + "".join(map(_client, members)),
        "local/rpki_rtr_config.local": RTR,
        "arouteserver.yml": _program(folder, bgpq4),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return ARouteServer(environment, folder)


def _client(someone: Someone) -> str:
    return CLIENT.format(
        asn=int(someone.asn),
        ipv4=someone.ipv4,
        ipv6=someone.ipv6,
        as_set=someone.object_name,
        limit4=someone.limits[0],
        limit6=someone.limits[1],
    )


def _program(folder: Path, bgpq4: Path) -> str:
    settings = {
        "cfg_dir": folder,
        "logging_config_file": "log.ini",
        "cfg_general": "general.yml",
        "cfg_clients": "clients.yml",
        "cfg_bogons": "bogons.yml",
        "templates_dir": "templates",
        "cache_dir": "cache",
        "bgpq3_path": bgpq4,
        "bgpq3_host": "127.0.0.1",
        "bgpq3_sources": "RIPE,RADB",
        "rtt_getter_path": "",
    }
    lines = [f'{name}: "{value}"\n' for name, value in settings.items()]
    return "".join([*lines, "check_new_release: False\n", "cache_expiry: 43200\n", "threads: 2\n"])
