"""`rpki-client -f`: what it makes of a signed checklist (RFC 9323).

Touches: one process without a shell, bounded in time, and a folder of its own for the file. The program goes
by the cache that an earlier run of its own has filled, and asks nobody.

Law: what it prints is handed on, and judged elsewhere: it ends with 0 whatever it finds. It takes a file for
a checklist only where its name ends in `.sig`. Seen with 8.2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ztix.admission.proof import Checklist, Said, Unanswered

CACHE = Path("/var/cache/rpki-client")
TIMEOUT_S = 60.0
OUTPUT_BYTES = 1024 * 1024
_FOLDERS = "/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True)
class RpkiClient:
    """The program, and the cache that it goes by. tals: trust anchors instead of the machine's own."""

    path: Path
    cache: Path = CACHE
    tals: tuple[Path, ...] = ()

    def judged(self, question: Checklist) -> Said | Unanswered:
        """What it prints about a checklist. Raises nothing."""
        if not _is_filled(self.cache):
            return Unanswered(f"the RPKI's cache `{self.cache}` is empty: `rpki-client` has not run here")
        with tempfile.TemporaryDirectory(prefix="ztix-checklist-") as name:
            folder = Path(name)
            folder.chmod(0o755)  # the program may give up root before it reads; nothing in it is secret
            file = folder / "checklist.sig"
            file.write_bytes(question.content)
            anchors = [word for tal in self.tals for word in ("-t", str(tal))]
            try:
                done = subprocess.run(  # noqa: S603 - a program found by its name, without a shell
                    [self.path, "-j", "-d", self.cache, *anchors, "-f", file],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
                    timeout=TIMEOUT_S,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired):
                return Unanswered("`rpki-client` does not start, or did not end in time")
        if done.returncode != 0 or not done.stdout or len(done.stdout) > OUTPUT_BYTES:
            return Unanswered(f"`rpki-client` ended with {done.returncode} and told nothing of use")
        return Said((done.stdout.decode("utf-8", "replace"),))


def _is_filled(cache: Path) -> bool:
    """Whether a run has brought trust anchors."""
    try:
        return any((cache / "ta").iterdir())
    except OSError:
        return False


def find_rpki_client(environment: Mapping[str, str] = os.environ) -> RpkiClient | None:
    """The program on this machine; None where there is none."""
    path = shutil.which("rpki-client", path=f"{environment.get('PATH', '')}:{_FOLDERS}")
    return RpkiClient(Path(path)) if path else None
