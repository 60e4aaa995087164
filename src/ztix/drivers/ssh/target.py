"""How a route server is reached, and what ssh's own words mean where it is not.

Law: no effect.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.errors import Unadmitted, Unavailable
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class SshTarget:
    """How one route server is reached, from policy.

    host_keys: the only ones that are accepted, as `ssh-keyscan` prints them after the name.
    identity_file: path of the private key; `None` for the keys of the running ssh agent.
    """

    name: Label
    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    identity_file: str | None = None


def not_reached(target: SshTarget, said: str) -> Unavailable:
    """What ssh's own words mean, in ours: what happened and what to do."""
    place = f"{target.host} port {target.port}"
    for words, message, advice in _MEANINGS:
        if any(word in said for word in words):
            kind = Unadmitted if words is _KEY_REFUSED else Unavailable
            return kind(message.format(place=place, user=target.user), help=advice)
    return Unavailable(f"ssh to {place} failed: {said or 'it gave no reason'}", help="try that ssh by hand")


_KEY_REFUSED = ("Permission denied", "Too many authentication failures")
_MEANINGS = (
    (
        ("Host key verification failed", "HOST IDENTIFICATION HAS CHANGED", "No matching host key"),
        "{place} shows another host key than the pinned ones",
        "find out why before you change `host_keys` in policy/route-servers.yaml: it may be another machine",
    ),
    (
        _KEY_REFUSED,
        "{place} does not let `{user}` in with this key",
        "compare `user` and `identity` in policy/route-servers.yaml with the authorized_keys over there",
    ),
    (
        ("timed out", "Timeout", "not responding"),
        "{place} does not answer in time",
        "look whether the machine is up and run again",
    ),
    (
        ("Connection refused",),
        "nothing listens at {place}",
        "look whether sshd runs there, and on this port",
    ),
    (
        ("Could not resolve",),
        "the name of {place} does not resolve",
        "correct `host` in policy/route-servers.yaml",
    ),
    (
        ("No route to host", "Network is unreachable"),
        "there is no route to {place}",
        "look at the network and run again",
    ),
    (
        ("closed by", "Connection reset", "Broken pipe"),
        "{place} closed the connection",
        "run again; if it stays, look at its sshd's log",
    ),
)
