"""Tokens of fabrics, to rotate them: whether a service accepts one, and the file that a controller reads.

Touches: one GET for each question; `authtoken.secret` in a controller's home, and one file beside it while a
rotation lasts. A controller reads its token once, when it starts. Files are replaced in one step, keep their
owner, and are their owner's alone. No token gets into a message.
"""

from __future__ import annotations

import os
import secrets
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.errors import Unavailable, Usage
from ztix.zerotier import read_controller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ztix.terms import ControllerPin

TOKEN_FILE, ASIDE = "authtoken.secret", "authtoken.secret.ztix-old"
ALPHABET = string.ascii_lowercase + string.digits
LENGTH = 24  # as ZeroTier makes its own


@dataclass(frozen=True, slots=True)
class TokenDoor:
    """One address that answers 200 to who has the token.

    header: what carries a token.  word: what goes before it there.  judge: raises Refused where another
    controller answers than the runs know.  who: where it tells who it is; empty where nobody does.
    """

    service: str
    url: str
    path: str
    header: str
    judge: Callable[[ControllerPin | None], None]
    word: str = ""
    who: str = ""
    timeout_s: float = 5.0

    def opens(self, token: SecretStr) -> bool:
        """Whether the service accepts the token now. Raises Unavailable, Usage."""
        reply = self._ask(self.path, token)
        if reply.status in (401, 403):
            return False
        if reply.status != 200:
            raise self._unusable(reply)
        return True

    def check(self, token: SecretStr) -> None:
        """Raises Refused where another controller answers than the runs know; Unavailable, Usage."""
        if not self.who:
            return self.judge(None)
        reply = self._ask(self.who, token)
        if reply.status != 200:
            raise self._unusable(reply)
        try:
            seen = read_controller(reply.json())
        except ValueError:
            raise self._unusable(reply) from None
        return self.judge(seen)

    def _ask(self, path: str, token: SecretStr) -> Reply:
        headers = {self.header: f"{self.word}{token.get_secret_value()}"}
        # nothing is repeated: who asks looks again by itself
        with client(
            self.url.rstrip("/"),
            headers=headers,
            timeout_s=self.timeout_s,
            keep_alive=False,
            verify=self.url.startswith("https:"),
            trust_environment=self.url.startswith("https:"),
        ) as http:
            return request(http, "GET", path, service=self.service, budget=RetryBudget(retries=0))

    def _unusable(self, reply: Reply) -> Unavailable:
        return Unavailable(
            f"{self.service} answered {reply.where} with {reply.status}, and does not tell what it should",
            help="check its address, and that it is what policy says",
        )


@dataclass(frozen=True, slots=True)
class ControllerHome:
    """A controller's folder. read: reads a file with a secret, and refuses one that is open to others."""

    folder: Path
    read: Callable[[Path], SecretStr]

    def held(self) -> SecretStr:
        """The token in its file. Raises Usage, Refused."""
        return self.read(self.folder / TOKEN_FILE)

    def former(self) -> SecretStr | None:
        """The token that was put aside; None where no rotation is under way. Raises Usage, Refused."""
        path = self.folder / ASIDE
        return self.read(path) if path.exists() else None

    def replace(self, new: SecretStr) -> None:
        """Put the old token aside and the new one into the file. Raises Usage.

        The old one comes first: whenever this ends, no token is lost that a running controller goes by.
        """
        self._write(ASIDE, self.held())
        self._write(TOKEN_FILE, new)

    def settle(self) -> None:
        """Remove what was put aside. Raises Usage."""
        try:
            (self.folder / ASIDE).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.folder / ASIDE, error) from None

    def _write(self, name: str, token: SecretStr) -> None:
        path = self.folder / name
        try:
            owner = (self.folder / TOKEN_FILE).stat()
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix=".ztix-")  # mode 0600
        except OSError as error:
            raise _unwritable(path, error) from None
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                file.write(token.get_secret_value())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError as error:
            raise _unwritable(path, error) from None
        finally:
            Path(temporary).unlink(missing_ok=True)


def make_token() -> SecretStr:
    """A new token, of the form that ZeroTier makes."""
    return SecretStr("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def read_variable(name: str, environment: Mapping[str, str]) -> SecretStr:
    """The token in a variable. Raises Usage."""
    text = environment.get(name, "").strip()
    if not text:
        raise Usage(f"the variable `{name}` is not set or empty", help=f"set it: `export {name}=…`")
    return SecretStr(text)


def _unwritable(path: Path, error: OSError) -> Usage:
    return Usage(
        f"`{path}` cannot be written: {error.strerror}", help="run as the owner of the folder, or root"
    )
