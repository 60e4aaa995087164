"""The machine that ztix runs on: which programs it has, how secrets are held, what is free on its disk.

Touches: one process for each program that is asked its version, the modes of files, the environment. No
secret is read: of a file it is asked who may, of a variable whether it is empty.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ztix.diagnosis import Held
from ztix.policy import SecretRef

TIMEOUT_S = 10.0
MIB = 2**20
_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin"  # a service's PATH often lacks the first two
_ASKED = {"git": "--version", "rpki-client": "-V", "ssh": "-V", "bgpq4": "-v", "zerotier-idtool": "-v"}
_VERSION = re.compile(r"(?<![0-9.])[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}(?:p[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class ThisMachine:
    """The machine, seen from an exchange's folder. folders: where programs are besides those of PATH."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folders: str = _FOLDERS

    def version(self, tool: str) -> str | None:
        """What a program says of its version, empty where it says nothing; None where it is not there."""
        if tool == "python":
            return platform.python_version()
        path = shutil.which(tool, path=f"{self.environment.get('PATH', '')}:{self.folders}")
        if path is None:
            return None
        try:
            done = subprocess.run(  # noqa: S603 - a program found by its name, without a shell
                [path, _ASKED[tool]] if tool in _ASKED else [path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={"PATH": self.environment.get("PATH", _FOLDERS), "LC_ALL": "C"},
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        found = _VERSION.search(done.stdout[:4096].decode("ascii", "replace"))
        return found[0] if found else ""

    def held(self, ref: SecretRef | None) -> Held:
        """How a secret is held; None is a key of the running ssh agent."""
        if ref is None:
            there = bool(self.environment.get("SSH_AUTH_SOCK"))
            return Held("the running ssh agent", there=there, reason="" if there else "none runs here")
        if ref.env is not None:
            there = bool(self.environment.get(ref.env, "").strip())
            return Held(
                f"the variable `{ref.env}`", there=there, reason="" if there else "it is not set or empty"
            )
        return _held_file(Path(ref.file or "").expanduser())

    def free_mib(self) -> int | None:
        """MiB that are free where the exchange is; None where the system does not tell."""
        try:
            return shutil.disk_usage(self.root).free // MIB
        except OSError:
            return None


def _held_file(path: Path) -> Held:
    place = f"the file `{path}`"
    try:
        status = path.stat()
    except OSError as error:
        return Held(place, str(path), there=False, reason=str(error.strerror))
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    reason = ""
    if not stat.S_ISREG(status.st_mode):
        reason = "it is not a regular file"
    elif not status.st_size:
        reason = "it is empty"
    elif not os.access(path, os.R_OK):
        reason = "it cannot be read by who runs this"
    is_open = bool(status.st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    return Held(place, str(path), not reason, is_open, mode, reason)
