"""`sessions` in policy/routing.yaml: how route servers speak with members, and where with one differently.

Law: values with their bounds and defaults. What maintainers say of a member goes before its own file, and
that before what holds for all. Each key tells what a change of it does to sessions that are up.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from ztix.shape import Flag, Model
from ztix.terms import Label

Roles: TypeAlias = Literal["off", "on", "strict"]


class SessionPolicy(Model):
    """How route servers speak with members."""

    roles: Roles = "on"
    """BGP roles (RFC 9234): `on` tells members that this is a route server and drops routes that were leaked;
    `strict` refuses members whose routers tell no role. A change restarts all sessions."""
    ttl_security: Flag = False
    """Whether packets of a session must come from the LAN itself (GTSM, RFC 5082), where a member does not
    say; both ends must do it. A change restarts sessions."""
    bfd: Flag = False
    """Whether nodes may ask for BFD (RFC 5880). A change of it restarts nobody."""
    add_paths: Flag = True
    """Whether nodes may ask for all paths (RFC 7911). A change restarts the sessions of those who asked."""


class MemberSessions(Model):
    """How route servers speak with one member."""

    roles: Roles | None = None
    """BGP roles with it: `off` is for a member whose router tells a wrong one. A change restarts its
    sessions."""
    ttl_security: Flag | None = None
    """GTSM with all its nodes, whatever its file says. A change restarts its sessions."""
    bfd: Flag | None = None
    """BFD with all its nodes, whatever its file says. A change restarts nobody."""
    add_paths: Flag | None = None
    """All paths to all its nodes, whatever its file says. A change restarts its sessions."""
    password: Label | None = None
    """TCP MD5 (RFC 2385): the name of a file `secrets/NAME.conf` beside BIRD's configuration on each route
    server, with `password "...";` in it. Never the password itself. A change restarts its sessions."""
