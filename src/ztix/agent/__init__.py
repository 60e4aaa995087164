"""Both ends of what is said to a route server: the script that runs there, and (in `answer`) how it is read.

Law: the script is package data; nothing here runs it. It is installed on the route server by its operator.
"""

from __future__ import annotations

from importlib.resources import files


def script() -> str:
    """The text of `ztix-agent`, a POSIX sh script, to be installed on a route server."""
    return files(__name__).joinpath("ztix-agent").read_text(encoding="ascii")
