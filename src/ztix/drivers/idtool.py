"""`zerotier-idtool`, the program beside zerotier-one that makes identities and signs moons.

Law: starts that one program, without a shell, with no more than a public identity on its command line: others
on the machine can read that. What it prints may be a secret, so no message has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ztix.errors import Unavailable
from ztix.identity import Identity

NAME = "zerotier-idtool"
TIMEOUT_S = 120.0
INSTALL = "it comes with zerotier-one: install that here, or run the command on a host that has it"
_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin"  # a service's PATH often lacks the first two


@dataclass(frozen=True, slots=True)
class IdTool:
    """The program at this path."""

    path: Path

    def generate(self) -> Identity:
        """A new identity with its secret. Raises Unavailable."""
        return self._identity(self._run("generate"))

    def is_valid(self, identity: Identity) -> bool:
        """Whether the key gives the node id. Raises Unavailable."""
        return self._run("validate", identity.public_text, accept=(0, 1)).returncode == 0

    def sign_moon(self, definition: Path) -> Path:
        """Sign a moon's definition; the `.moon` file that it wrote beside it. Raises Unavailable."""
        folder = definition.resolve().parent
        before = {path: path.stat().st_mtime_ns for path in folder.glob("*.moon")}
        self._run("genmoon", definition.name, folder=folder)
        for path in sorted(folder.glob("*.moon")):
            if before.get(path) != path.stat().st_mtime_ns:
                return path
        raise Unavailable(f"`{self.path} genmoon` wrote no file", help=f"run it by hand in `{folder}`")

    def _identity(self, done: subprocess.CompletedProcess[str]) -> Identity:
        try:
            return Identity.parse(done.stdout)
        except ValueError:
            raise Unavailable(
                f"`{self.path}` printed no identity that ztix knows", help="check its version: 1.14 is known"
            ) from None

    def _run(
        self, *words: str, folder: Path | None = None, accept: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        try:
            done = subprocess.run(  # noqa: S603 - a program found by its name, without a shell
                [self.path, *words],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(
                f"`{self.path} {words[0]}` did not end within {TIMEOUT_S:g} s", help="run it again"
            ) from None
        except OSError as error:
            raise Unavailable(f"`{self.path}` does not start: {error.strerror}", help=INSTALL) from None
        if done.returncode not in accept:
            raise Unavailable(
                f"`{self.path} {words[0]}` ended with {done.returncode}", help="run it by hand to see why"
            )
        return done


def find_idtool(environment: Mapping[str, str] = os.environ) -> IdTool | None:
    """The program on this machine; None where there is none."""
    path = shutil.which(NAME, path=f"{environment.get('PATH', '')}:{_FOLDERS}")
    return IdTool(Path(path)) if path else None
