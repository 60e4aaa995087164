"""Which records a running controller holds, each with its revision: what its files are compared with.

Touches: reads of the controller's API on its own machine. The token gets into no message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ztix.backup import record_path
from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.errors import Unavailable
from ztix.terms import NodeId

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

NETWORK = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Running:
    """A controller that runs. revisions: of every record, by the path of its file."""

    node: NodeId
    version: str
    revisions: dict[str, int]


def ask(url: str, token: SecretStr) -> Running:
    """What the controller at this address holds now. Raises Unavailable, Usage."""
    with client(
        url.rstrip("/"), headers={"X-ZT1-Auth": token.get_secret_value()}, keep_alive=False, timeout_s=30.0
    ) as http:
        try:
            return _ask(http, f"the controller at `{url}`")
        except (KeyError, TypeError, ValueError):
            raise Unavailable(
                f"the controller at `{url}` answered otherwise than ZeroTier's controllers do",
                help="check --url; `--stopped` copies the home of a controller that does not run",
            ) from None


def _ask(http: httpx.Client, service: str) -> Running:
    status = _get(http, "/status", service).json()
    revisions: dict[str, int] = {}
    for network in _get(http, "/controller/network", service).json():
        if not NETWORK.fullmatch(network):
            raise ValueError
        path = f"/controller/network/{network}"
        revisions[record_path(network)] = int(_get(http, path, service).json()["revision"])
        members = _get(http, f"{path}/member", service).json()
        revisions |= {record_path(network, NodeId(node)): int(number) for node, number in members.items()}
    return Running(NodeId(status["address"]), str(status["version"])[:40], revisions)


def _get(http: httpx.Client, path: str, service: str) -> Reply:
    reply = request(http, "GET", path, service=service, budget=RetryBudget(retries=1, seconds=5.0))
    if reply.status != 200:
        raise Unavailable(
            f"{service} answered {reply.where} with {reply.status}",
            help="check --url, and that the token in the home is the one it was started with; "
            "`--stopped` copies the home of a controller that does not run",
        )
    return reply
