"""A cache that serves VRPs over RTR: StayRTR in a namespace, fed from a file.

Law: touches its own folder and the loopback of the namespace that it is given; is ended by its pid.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.topology import Lan
from ztix.lab.daemons import ended

STAYRTR = shutil.which("stayrtr", path="/usr/bin:/usr/sbin:/usr/local/bin")
PORT = 8282


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache of VRPs. They are told to the route servers a second after they change."""

    lan: Lan
    host: str
    file: Path

    def holds(self, vrps: Iterable[tuple[str, int, int]]) -> None:
        """From now on these: prefix, max length, AS number."""
        roas = [
            {"prefix": prefix, "maxLength": longest, "asn": f"AS{asn}", "ta": "test"}
            for prefix, longest, asn in vrps
        ]
        whole = {"metadata": {"buildtime": "2026-01-01T00:00:00Z"}, "roas": roas}
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(whole))
        beside.replace(self.file)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The daemon, until the block ends."""
        words = ["-bind", f"127.0.0.1:{PORT}", "-metrics.addr", "", "-cache", str(self.file), "-refresh", "1"]
        words += ["-checktime=false", "-rtr.refresh", "3600", "-rtr.retry", "600", "-rtr.expire", "172800"]
        command = self.lan.command(self.host, str(STAYRTR), *words)
        with self.file.with_suffix(".log").open("ab") as sink:
            process = subprocess.Popen(command, stdout=sink, stderr=sink)
            with ended(process):
                yield
