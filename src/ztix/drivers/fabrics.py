"""Chooses the driver that policy names for a fabric, and finds the token it needs.

Law: the only place that reads a fabric's secret, and only of a fabric that policy has. It stays a SecretStr
until the driver's header; no message has it. A file that others may read is refused, because then it is no
secret. ztix's own drivers are named here, so that no installed package can take the name of one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ztix.drivers.plug_ins import FabricDriver, Opening, load
from ztix.errors import Refused, Usage
from ztix.fabric import Fabric
from ztix.policy import FabricPolicy, SecretRef

if TYPE_CHECKING:
    from ztix.drivers.http import RetryBudget

SECRET_BYTES = 4096  # of a token file, at most
CONTROLLER, CENTRAL = "zerotier-controller", "zerotier-central"
CONTROLLER_URL = "http://127.0.0.1:9993"


def open_fabric(
    policy: FabricPolicy,
    *,
    budget: RetryBudget,
    environment: Mapping[str, str] = os.environ,
    timeout_s: float = 15.0,
) -> Fabric:
    """The fabric that policy describes; nothing is asked of it yet. Raises Usage, Refused.

    timeout_s: for a connection, and for each pause in an answer.
    """
    driver = OWN[policy.driver] if policy.driver in OWN else load(policy, tuple(OWN))
    token = read_secret(policy.token, environment)
    return driver(Opening(policy, token, secret_place(policy.token), budget, timeout_s))


def _controller(opening: Opening) -> Fabric:
    from ztix.drivers.zerotier_controller import ZeroTierController, controller_client

    policy, token = opening.policy, opening.token.get_secret_value()
    http = controller_client(policy.url or CONTROLLER_URL, token, timeout_s=opening.timeout_s)
    return ZeroTierController(http, policy.network, opening.budget, opening.token_from, policy.name)


def _central(opening: Opening) -> Fabric:
    from ztix.drivers.zerotier_central import URL, ZeroTierCentral, central_client

    policy, token = opening.policy, opening.token.get_secret_value()
    http = central_client(policy.url or URL, token, timeout_s=opening.timeout_s)
    return ZeroTierCentral(http, policy.network, opening.budget, opening.token_from, policy.name)


OWN: Mapping[str, FabricDriver] = {CONTROLLER: _controller, CENTRAL: _central}
"""ztix's own drivers, by the name that policy calls them."""


def secret_place(ref: SecretRef) -> str:
    """Where a secret is, in words."""
    return f"the variable `{ref.env}`" if ref.env else f"the file `{ref.file}`"


def read_secret(ref: SecretRef, environment: Mapping[str, str]) -> SecretStr:
    """The secret that `ref` points to, without the white space around it. Raises Usage, Refused."""
    text = environment.get(ref.env, "") if ref.env else _read_secret_file(Path(ref.file or "").expanduser())
    secret = SecretStr(text.strip())
    if not secret.get_secret_value():
        how = f"set it, for instance `export {ref.env}=…`" if ref.env else "write the token into it"
        raise Usage(f"{secret_place(ref)}, which should hold a token or key, is not set or empty", help=how)
    return secret


def _read_secret_file(path: Path) -> str:
    """The file's text. Its mode is asked of the open file, so that nothing changes in between."""
    try:
        # without O_NONBLOCK, a named pipe would hold the run for ever
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Usage(
            f"the token file `{path}` cannot be read: {error.strerror}",
            help="check its path, in policy/fabrics.yaml or on the command line, and who owns it",
        ) from None
    with os.fdopen(opened, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise Refused(f"the token file `{path}` is not a regular file", help="name a regular file")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Refused(
                f"the token file `{path}` is open to others than its owner: mode `{stat.S_IMODE(mode):04o}`",
                help=f"run `chmod 600 {path}`, and change the token if others had accounts there",
            )
        content = file.read(SECRET_BYTES)
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise Usage(
            f"the token file `{path}` does not hold a token, but something that is not ASCII",
            help="check `token` in policy/fabrics.yaml",
        ) from None
