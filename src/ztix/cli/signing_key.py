"""The private key that invitations are signed with: one line in a file of its owner's, or in the environment.

Law: reads and makes that one file. What is in it is never printed, and no message quotes it.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ztix.errors import Usage
from ztix.terms import Label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ENVIRONMENT = "ZTIX_INVITATION_KEY"
HELP = "`ztix invite --new-key LABEL --key FILE` makes one"
_LINE = re.compile(r"ztix-invitation-key ([a-z0-9-]{1,32}) ([A-Za-z0-9+/]{43}=)\n?")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """id: the key's name in policy."""

    id: Label
    secret: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """The public key, as policy has it."""
        return base64.b64encode(self.secret.public_key().public_bytes_raw()).decode("ascii")

    @property
    def line(self) -> str:
        """What the file holds."""
        return f"ztix-invitation-key {self.id} {base64.b64encode(self.secret.private_bytes_raw()).decode()}\n"

    @property
    def policy_lines(self) -> str:
        """What goes into policy/maintainers.yaml."""
        return f"invitation_keys:\n  - id: {self.id}\n    key: {self.public}\n"


def new_key(name: Label) -> SigningKey:
    """A key that nobody had before."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(name, Ed25519PrivateKey.generate())


def read_key(file: Path | None) -> SigningKey:
    """The key in a file that is its owner's alone, or else in the environment. Raises Usage."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ztix.drivers.secret_files import refuse_open

    if file is None and ENVIRONMENT not in os.environ:
        raise Usage(f"there is no key to sign with: neither `--key FILE` nor `{ENVIRONMENT}`", help=HELP)
    try:
        if file is not None:
            refuse_open(file)
        text = os.environ[ENVIRONMENT] if file is None else file.read_text("ascii")
        found = _LINE.fullmatch(text)
        if found is None:
            raise ValueError
        secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(found[2], validate=True))
        return SigningKey(Label(found[1]), secret)
    except OSError as error:
        raise Usage(f"`{file}` cannot be read: {error.strerror}", help=HELP) from None
    except (ValueError, binascii.Error):
        raise Usage(f"`{file or ENVIRONMENT}` holds no key for invitations", help=HELP) from None
