"""What an archive of a controller holds, in words; returns strings, prints nothing, and knows no secret."""

from __future__ import annotations

from ztix.backup import Manifest
from ztix.console.safe import printable


def render_manifest(manifest: Manifest) -> str:
    """The controller, its networks, and how much of it there is."""
    version = (
        f"ZeroTier {printable(manifest.version, 40)}" if manifest.version else "a ZeroTier that was stopped"
    )
    lines = [
        f"controller {manifest.node}, copied {printable(manifest.made, 40)} from {version}",
        f"  {len(manifest.files)} files, {sum(item.bytes for item in manifest.files)} bytes",
    ]
    lines += [
        f"  network {network.id}: {network.members} members, {network.authorised} of them authorised"
        for network in manifest.networks
    ]
    return "\n".join(lines) + "\n"
