"""A route server's remote end over the system's `ssh`: one connection a run, pinned keys, bounded answers.

Law: nothing of the runner's own ssh configuration is read, no other host key than policy's is accepted, and
nothing of what the other side says is passed on but printable ASCII.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ztix.agent.answer import Answer, garbled, printable, read_answer, read_file, read_health, read_status
from ztix.agent.filtered import read_filtered
from ztix.agent.readiness import read_readiness
from ztix.drivers.event_stream import calling
from ztix.drivers.ssh.process import run
from ztix.drivers.ssh.target import SshTarget, not_reached
from ztix.errors import Locked, Refused, Unavailable, ZtixError
from ztix.events import Upstream
from ztix.health import Filtered, Health
from ztix.link import Status
from ztix.readiness import Readiness
from ztix.terms import Asn

CONNECT_S = 10
IDLE_S = 60
"""After this long without a verb the connection ends by itself, also where its run was killed."""
ANSWER_BYTES = 4 * 2**20
FILE_BYTES = 96 * 2**20
SOCKET_FOLDER_MAX = 60
"""A socket's path has at most 104 characters on some systems; our folder and ssh add up to 40."""
SSH_FAILED = 255
"""The exit code of ssh's own failures; the agent's are 0 to 2."""

__all__ = ["SshLink", "SshTarget"]

T = TypeVar("T")


class SshLink:
    """The RouteServerLink of `link.py`. A context manager: the connection opens with the first verb.

    A connection that broke is opened anew by the next verb.
    """

    def __init__(self, target: SshTarget, *, idle_s: int = IDLE_S) -> None:
        self._target = target
        self._idle_s = idle_s
        self._holder = "nobody"
        self._folder: Path | None = None

    def __enter__(self) -> SshLink:
        self._folder = Path(tempfile.mkdtemp(prefix="ztix-ssh-", dir=_short_folder()))
        known = "".join(f"{self._target.name} {key}\n" for key in self._target.host_keys)
        (self._folder / "known_hosts").write_text(known, encoding="ascii")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._folder is not None  # noqa: S101 - __exit__ follows __enter__
        with contextlib.suppress(TimeoutError, OverflowError, OSError):
            run([*self._argv(), "-O", "exit", self._target.host], b"", 5, ANSWER_BYTES)
        shutil.rmtree(self._folder, ignore_errors=True)

    def status(self) -> Status:
        """See RouteServerLink."""
        return self._ask("status", 90, read_status)

    def lock(self, holder: str) -> Sequence[str]:
        """See RouteServerLink."""
        self._holder = holder
        return self._ask(f"lock {holder}", 150, _notes)

    def unlock(self, holder: str) -> None:
        """See RouteServerLink."""
        self._ask(f"unlock {holder}", 30, _done)

    def upload(self, text: bytes) -> None:
        """See RouteServerLink."""
        digest = hashlib.sha256(text).hexdigest()
        self._ask(f"upload {self._holder} {len(text)} {digest}", 330, _done, stdin=text)

    def prove(self) -> Sequence[str]:
        """See RouteServerLink."""
        return self._ask(f"prove {self._holder}", 150, _warnings)

    def arm(self, timeout_s: int) -> None:
        """See RouteServerLink."""
        self._ask(f"arm {self._holder} {timeout_s}", 180, _done)

    def health(self) -> Health:
        """See RouteServerLink."""
        return self._ask("health", 60, read_health)

    def confirm(self) -> None:
        """See RouteServerLink."""
        self._ask(f"confirm {self._holder}", 120, _done)

    def revert(self) -> None:
        """See RouteServerLink."""
        self._ask(f"revert {self._holder}", 180, _done)

    def fetch(self) -> bytes:
        """See RouteServerLink."""
        return self._ask("fetch", 150, read_file, cap=FILE_BYTES)

    def check(self) -> Readiness:
        """See RouteServerLink."""
        return self._ask("check", 120, read_readiness)

    def filtered(self, asn: Asn, function: int) -> Sequence[Filtered]:
        """See RouteServerLink."""
        return self._ask(f"filtered {asn:d} {function}", 90, read_filtered)

    def _ask(
        self,
        request: str,
        timeout_s: float,
        read: Callable[[Answer], T],
        stdin: bytes = b"",
        cap: int = ANSWER_BYTES,
    ) -> T:
        verb, name = request.partition(" ")[0], self._target.name
        try:
            with calling(Upstream.ROUTE_SERVER, verb, route_server=name) as call:
                words = [*self._argv(), "--", self._target.host, request]
                code, out, err = run(words, stdin, timeout_s, cap)
                call.status = code
                if code == SSH_FAILED:
                    raise not_reached(self._target, printable(err))
                return read(read_answer(out))
        except TimeoutError:
            error: ZtixError = not_reached(self._target, "timed out")
        except OverflowError:
            error = garbled(f"it said more than {cap} bytes")
        except OSError as trouble:
            error = Unavailable(
                f"`ssh` cannot be started: {trouble.strerror}", help="install OpenSSH's client"
            )
        except (Unavailable, Locked, Refused) as answered:
            error = answered
        raise type(error)(f"`{self._target.name}`: {error.message}", help=error.help)

    def _argv(self) -> list[str]:
        assert self._folder is not None, "a link is used inside its `with`"  # noqa: S101 - a bug of ours
        target = self._target
        options = {
            "BatchMode": "yes",
            "CheckHostIP": "no",
            "ClearAllForwardings": "yes",
            "Compression": "yes",
            "ConnectTimeout": str(CONNECT_S),
            "ControlMaster": "auto",
            "ControlPath": str(self._folder / "c"),
            "ControlPersist": str(self._idle_s),
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": target.name,
            "LogLevel": "ERROR",
            "PreferredAuthentications": "publickey",
            "RequestTTY": "no",
            "ServerAliveCountMax": "3",
            "ServerAliveInterval": "5",
            "StrictHostKeyChecking": "yes",
            "UpdateHostKeys": "no",
            "UserKnownHostsFile": str(self._folder / "known_hosts"),
        }
        if target.identity_file is None:
            options |= {"IdentityFile": "none"}
        else:
            options |= {
                "IdentitiesOnly": "yes",
                "IdentityAgent": "none",
                "IdentityFile": target.identity_file,
            }
        spelt = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        return ["ssh", "-F", "/dev/null", *spelt, "-p", str(target.port), "-l", target.user]


def _done(_: Answer) -> None:
    return None


def _shown(answer: Answer, key: str) -> tuple[str, ...]:
    return tuple(printable(line.encode("ascii", "replace")) for line in answer.all(key))


_warnings, _notes = partial(_shown, key="warning"), partial(_shown, key="note")


def _short_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) <= SOCKET_FOLDER_MAX else "/tmp"  # noqa: S108 - mkdtemp makes a private one in it
