"""Who may join a fabric, and what is typed on each node; returns strings, prints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ztix.console.safe import printable
from ztix.exchange import Claim
from ztix.joining import join_commands
from ztix.policy import FabricPolicy
from ztix.terms import NetworkId


def render_joining(network: NetworkId, fabric: FabricPolicy, claims: Sequence[Claim]) -> str:
    """The commands, which are the same everywhere, and every node of the fabric that git lets on."""
    nodes = [claim for claim in claims if claim.fabric == fabric.name and claim.active]
    lines = [f"On each node of fabric {fabric.name}:"]
    lines += [f"  {command}" for command in join_commands(network, fabric.prefixes)]
    lines.append("The nodes:" if nodes else "Git lets no node on yet.")
    lines += [f"  {claim.node}  {printable(claim.name, 60)}" for claim in nodes]
    return "\n".join(lines) + "\n"
