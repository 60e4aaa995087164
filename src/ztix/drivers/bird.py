"""BIRD as a judge: `bird -p` parses a configuration and says what is wrong with it.

Touches: a private temporary folder and one process at a time, bounded in time and output. Needs no root, no
network and no running daemon; nothing of the text is carried out. Where the text includes a password's file,
an empty one stands for it: only route servers have passwords, and the proof there misses a file that is not.
Reads `ZTIX_BIRD2` and `ZTIX_BIRD3`, which name binaries to use before those that are installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import ztix
from ztix.errors import Unavailable
from ztix.proof import Disproved, Objection, Proof, Proven
from ztix.routeserver.words import BirdVersion

OUTPUT_BYTES = 64 * 1024  # of BIRD's words, at most
MESSAGE_LENGTH = 300  # characters of one message
INSTALL = "install BIRD: `apt-get install bird2`, and `scripts/install-bird` in a checkout for BIRD 3"

SECRET = re.compile(r'^ *include "secrets/([a-z0-9-]{1,32})\.conf";$', re.M)
PLACEHOLDER = "# On a route server a password stands here, and nowhere else.\n"

# 2.x: `bird: FILE:LINE:COLUMN message`; 3.x: `bird: DATE TIME [thread] <FATAL> FILE:LINE:COLUMN message`.
# A warning has a colon after the column.
_LINE = re.compile(
    r"(?:bird: )?(?:\S+ \S+ \[[0-9]+\] <[A-Z]+> )?"
    r"(?:[^:\s]+:(?P<line>[0-9]{1,9}):(?P<column>[0-9]{1,9}):? )?(?P<message>.*)"
)


def prove(text: str, *, bird: Path, timeout_s: float = 60) -> Proof:
    """What this BIRD says about a configuration.

    Raises Unavailable where the program does not start, does not end in time, or dies.
    """
    version = version_of(bird)
    if version is None:
        raise Unavailable(f"`{bird}` is no BIRD that starts here", help=INSTALL)
    code, said = _run(bird, text, timeout_s)
    objections = tuple(_objections(said))
    if code == 0:
        return Proven(version, objections)
    if code < 0:
        raise Unavailable(
            f"`{bird} -p` was killed by signal {-code}", help="run it again; if it stays, try another BIRD"
        )
    first = objections[0] if objections else Objection(0, 0, f"it ended with {code} and said nothing")
    return Disproved(version, first.line, first.column, first.message)


def find_bird(version: BirdVersion) -> Path | None:
    """The binary at hand that is nearest to this version: the same, else of its minor, else of its major.

    None where there is none of that major version: it would judge another language.
    """
    found = [(candidate, version_of(candidate)) for candidate in _candidates(version.major)]
    same = [(path, own) for path, own in found if own is not None and own.major == version.major]
    if not same:
        return None
    return min(same, key=lambda pair: _distance(pair[1], version))[0]


def _distance(own: BirdVersion, wanted: BirdVersion) -> tuple[int, int]:
    return abs(own.minor - wanted.minor), abs(own.patch - wanted.patch)


def _candidates(major: int) -> Iterator[Path]:
    named = os.environ.get(f"ZTIX_BIRD{major}")
    if named:
        yield Path(named)
        return
    on_path = shutil.which("bird")
    if on_path:
        yield Path(on_path)
    yield Path("/usr/sbin/bird")
    checkout = Path(ztix.__file__).resolve().parents[2]
    yield checkout / ".tools" / f"bird{major}" / "bin" / "bird"


@lru_cache(maxsize=32)
def version_of(bird: Path) -> BirdVersion | None:
    """What the program says that it is; None where it is no BIRD or does not start."""
    try:
        done = subprocess.run(  # noqa: S603 - a program that the operator names, without a shell
            [bird, "--version"], capture_output=True, timeout=10, check=False, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = (done.stdout + done.stderr)[:200].decode("ascii", "replace")
    match = re.search(r"BIRD version ([0-9.]+)", said)
    try:
        return BirdVersion.parse(match[1]) if match else None
    except ValueError:
        return None


def _run(bird: Path, text: str, timeout_s: float) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="ztix-bird-") as folder, tempfile.TemporaryFile() as words:
        (Path(folder) / "bird.conf").write_text(text, encoding="utf-8")
        (Path(folder) / "secrets").mkdir()
        for name in set(SECRET.findall(text)):
            (Path(folder) / "secrets" / f"{name}.conf").write_text(PLACEHOLDER, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - as in version_of
                [bird.absolute(), "-p", "-c", "bird.conf"],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(
                f"`{bird} -p` did not end within {timeout_s:g} s", help="run it again on a less busy machine"
            ) from None
        except OSError as error:
            raise Unavailable(f"`{bird}` does not start: {error.strerror}", help=INSTALL) from None
        words.seek(0)
        return done.returncode, words.read(OUTPUT_BYTES).decode("utf-8", "replace")


def _objections(said: str) -> Iterator[Objection]:
    for line in said.splitlines():
        clean = "".join(character if character.isprintable() else " " for character in line).strip()
        match = _LINE.fullmatch(clean)
        if clean and match:
            message = match["message"][:MESSAGE_LENGTH]
            yield Objection(int(match["line"] or 0), int(match["column"] or 0), message)


def _environment() -> dict[str, str]:
    """Nothing of the caller's but the way to programs: a wrapper of BIRD may need `readlink`."""
    return {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
