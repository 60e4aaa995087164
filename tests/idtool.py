"""A stand-in for `zerotier-idtool`: a shell script that answers as the recorded one did.

Law: knows one identity, the recorded one, and a secret that opens nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

RECORDED = json.loads(
    (Path(__file__).parent / "contract" / "transcripts" / "17-idtool.json").read_text("utf-8")
)["runs"]
PUBLIC: str = next(run["stdout"] for run in RECORDED if run["argv"][1:] == ["getpublic", "i.secret"])
BAD: str = next(run["stdout"] for run in RECORDED if run["argv"][1:] == ["getpublic", "bad.public"])
SECRET = "c5" * 64
MOON: dict[str, object] = next(run["stdout_json"] for run in RECORDED if run["argv"][1] == "initmoon")


def idtool(
    folder: Path, *, generates: str = f"{PUBLIC}:{SECRET}", moon: str = "0000004fd7e5c5fe.moon"
) -> Path:
    """Write the script into a folder, for a test's PATH. moon: the file that it writes, none if empty."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "zerotier-idtool"
    signs = f"echo signed > {moon}" if moon else ":"
    path.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        f"generate) printf %s '{generates}' ;;\n"
        f'validate) [ "$2" = "{PUBLIC}" ] ;;\n'
        f'genmoon) [ -f "$2" ] && {signs} ;;\n'
        "*) exit 2 ;;\n"
        "esac\n",
        encoding="ascii",
    )
    path.chmod(0o755)
    return path
