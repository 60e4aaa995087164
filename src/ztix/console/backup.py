"""What an archive of a controller holds, in words; returns strings, prints nothing, and knows no secret."""

from __future__ import annotations

from ztix.amounts import plural
from ztix.backup import Manifest
from ztix.console.safe import printable


def render_manifest(manifest: Manifest) -> str:
    """The controller, its networks, and how much of it there is."""
    version = (
        f"ZeroTier {printable(manifest.version, 40)}" if manifest.version else "a ZeroTier that was stopped"
    )
    files, size = len(manifest.files), sum(item.bytes for item in manifest.files)
    lines = [
        f"controller {manifest.node}, copied {printable(manifest.made, 40)} from {version}",
        f"  {plural(files, 'file')}, {plural(size, 'byte')}",
    ]
    lines += [
        f"  network {network.id}: {plural(network.members, 'member')}, {network.authorised} authorised"
        for network in manifest.networks
    ]
    return "\n".join(lines) + "\n"
