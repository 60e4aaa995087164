"""The floor under any generator: read YAML and JSON, print each member's sets and sessions with one template.

`floor.py EXCHANGE OUTPUT`. Nothing is checked, no value has a type, and one route server is written. What
is the same for all members costs nothing that could be measured, and is left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jinja2
import yaml

TEMPLATE = """\
{% for m in members %}
define as{{ m.asn }}_origins = [ {{ m.origins }} ];
define as{{ m.asn }}_ipv4 = [ {{ m.ipv4 }} ];
define as{{ m.asn }}_ipv6 = [ {{ m.ipv6 }} ];
{% for family, address in m.addresses %}
protocol bgp as{{ m.asn }}_{{ family }} from client_{{ family }} {
  neighbor {{ address }} as {{ m.asn }};
  {{ family }} {
    receive limit {{ m.limits[family] }} action restart;
    import filter { import_{{ family }}({{ m.asn }}, as{{ m.asn }}_origins, as{{ m.asn }}_{{ family }}); };
    export filter { export_all({{ m.asn }}); };
  };
}
{% endfor %}
{% endfor %}
"""


def main(exchange: Path, output: Path) -> None:
    rows = json.loads((exchange / "evidence/irr.json").read_text())["expansions"]
    expansions = {row["as_set"]: row for row in rows}
    members = []
    for path in sorted((exchange / "members").iterdir()):
        member = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        row = expansions[member["as_set"]["ipv4"]]
        addresses = [address for node in member["nodes"] for address in node["addresses"]]
        members.append(
            {
                "asn": member["asn"],
                "origins": ", ".join(map(str, row["asns"])),
                "ipv4": ",\n".join(row["ipv4"]),
                "ipv6": ",\n".join(row["ipv6"]),
                "limits": member["max_prefixes"],
                "addresses": [("ipv6" if ":" in address else "ipv4", address) for address in addresses],
            }
        )
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    output.write_text(environment.from_string(TEMPLATE).render(members=members))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
