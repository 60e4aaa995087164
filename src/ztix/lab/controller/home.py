"""The home folder of a simulated controller: identity, tokens, port. Touches files and randomness."""

from __future__ import annotations

import hashlib
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

_TOKEN_ALPHABET = string.ascii_lowercase + string.digits
_TOKEN_LENGTH = 24


def made_up_identity(node: int) -> str:
    """The public identity of a simulated node: the right shape, derived from its id, never valid."""
    return f"{node:010x}:0:{hashlib.sha512(f'{node:010x}'.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Home:
    """directory: the home folder.  identity: public form.  token: opens the API."""

    directory: Path
    identity: str
    token: str
    token_file: Path

    @property
    def node(self) -> int:
        """The controller's own node id, the prefix of its network ids."""
        return int(self.identity[:10], 16)


def _private_file(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _identity(directory: Path, node: int | None) -> str:
    """The identity that is there, or a new one. Raises ValueError when another node was asked for."""
    public = directory / "identity.public"
    if public.exists():
        identity = public.read_text().strip()
        if node is not None and int(identity[:10], 16) != node:
            raise ValueError(
                f"`{public}` belongs to node `{identity[:10]}`, not `{node:010x}`: choose another --home"
            )
        return identity
    identity = made_up_identity(secrets.randbelow(0xFEFFFFFFFF) + 1 if node is None else node)
    secret = hashlib.sha512(f"secret of {identity[:10]}".encode()).hexdigest()
    _private_file(directory / "identity.secret", f"{identity}:{secret}")
    public.write_text(identity)
    return identity


def open_home(directory: Path, node: int | None, token_file: Path | None) -> Home:
    """The home in `directory`, made complete. Raises ValueError, OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    path = token_file or directory / "authtoken.secret"
    if not path.exists():
        _private_file(path, "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(_TOKEN_LENGTH)))
    return Home(directory, _identity(directory, node), path.read_text().strip(), path)
