"""`ssh-keygen`: who signed something, and signing.

Touches: one process for each signature, without a shell, bounded in time, and a private folder for it. To
verify it gets no environment but PATH, one signature, and one key that may have made it: its exit alone is
the answer, and nothing that it prints is read. To sign it runs as by hand: it may ask for a passphrase on the
terminal, for a touch of a token, or an agent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ztix.admission.armour import armoured, by_one_of
from ztix.admission.proof import Said, SshSignature, Unanswered
from ztix.errors import Unavailable, Usage

INSTALL = "install OpenSSH's client: `apt-get install openssh-client`"
VERIFY_TIMEOUT_S = 10.0
SIGN_TIMEOUT_S = 300.0  # somebody may have to find a passphrase
_SIGNER = "member"  # the name that a key goes by in the list of allowed signers
_SAYS_NO = 255


@dataclass(frozen=True, slots=True)
class SshKeygen:
    """The program at this path."""

    path: Path

    def who_signed(self, question: SshSignature) -> Said | Unanswered:
        """Which of the keys made one of the signatures, each as it was given. Raises nothing."""
        found: list[str] = []
        for key, signature in by_one_of(question.signature, question.keys, question.namespace):
            if key in found:
                continue
            try:
                if self._verifies(key, signature.text, question):
                    found.append(key)
            except (OSError, subprocess.TimeoutExpired):
                return Unanswered("`ssh-keygen` does not start, or did not end in time")
            except _Unclear as unclear:
                return Unanswered(f"`ssh-keygen` ended with {unclear}")
        return Said(tuple(key for key in question.keys if key in found))

    def sign(self, key: Path, message: bytes, namespace: str) -> bytes:
        """The signature in its armour. key: a private key, or a public one whose other half an agent has.

        Raises Usage where the key does not sign.
        """
        command = [str(self.path), "-Y", "sign", "-q", "-f", str(key.resolve()), "-n", namespace]
        try:
            done = subprocess.run(  # noqa: S603 - a program found by its name, without a shell
                command, input=message, stdout=subprocess.PIPE, timeout=SIGN_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            raise Unavailable("`ssh-keygen -Y sign` does not start, or did not end", help=INSTALL) from None
        if done.returncode != 0 or len(armoured(done.stdout)) != 1:
            raise Usage(
                f"`{key}` signed nothing: `ssh-keygen` ended with {done.returncode}",
                help="name a private SSH key, mode 0600, or the `.pub` of one that your agent holds",
            )
        return done.stdout

    def _verifies(self, key: str, signature: bytes, question: SshSignature) -> bool:
        kind, blob = key.split()[:2]
        with tempfile.TemporaryDirectory(prefix="ztix-verify-") as name:
            folder = Path(name)
            allowed, enclosed = folder / "allowed_signers", folder / "signature"
            allowed.write_text(f"{_SIGNER} {kind} {blob}\n", "ascii")
            enclosed.write_bytes(signature)
            names = ["-I", _SIGNER, "-n", question.namespace]
            done = subprocess.run(  # noqa: S603 - a program found by its name, without a shell
                [self.path, "-Y", "verify", *names, "-f", allowed, "-s", enclosed],
                cwd=folder,
                input=question.signed,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": name},
                timeout=VERIFY_TIMEOUT_S,
                check=False,
            )
        if done.returncode not in (0, _SAYS_NO):
            raise _Unclear(done.returncode)
        return done.returncode == 0


class _Unclear(Exception):
    """An exit that says neither yes nor no."""


def find_ssh_keygen() -> SshKeygen | None:
    """The program on this machine; None where there is none."""
    path = shutil.which("ssh-keygen")
    return SshKeygen(Path(path)) if path else None
