"""A route server's remote end over the system's `ssh`: one connection a run, pinned keys, bounded answers.

Law: the only module that starts `ssh`. Nothing of the runner's own ssh configuration is read, no other host
key than policy's is accepted, and nothing of what the other side says is passed on but printable ASCII.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from ztix.agent.answer import Answer, garbled, printable, read_answer, read_file, read_health, read_status
from ztix.errors import Locked, Refused, Unavailable, ZtixError
from ztix.health import Health
from ztix.link import Status
from ztix.terms import Label

CONNECT_S = 10
IDLE_S = 60
"""After this long without a verb the connection ends by itself, also where its run was killed."""
ANSWER_BYTES = 4 * 2**20
FILE_BYTES = 96 * 2**20
SOCKET_FOLDER_MAX = 60
"""A socket's path has at most 104 characters on some systems; our folder and ssh add up to 40."""
SSH_FAILED = 255
"""The exit code of ssh's own failures; the agent's are 0 to 2."""

T = TypeVar("T")


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
            _run([*self._argv(), "-O", "exit", self._target.host], b"", 5, ANSWER_BYTES)
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

    def _ask(
        self,
        request: str,
        timeout_s: float,
        read: Callable[[Answer], T],
        stdin: bytes = b"",
        cap: int = ANSWER_BYTES,
    ) -> T:
        try:
            code, out, err = _run([*self._argv(), "--", self._target.host, request], stdin, timeout_s, cap)
            if code == SSH_FAILED:
                raise _not_reached(self._target, printable(err))
            return read(read_answer(out))
        except TimeoutError:
            error: ZtixError = _not_reached(self._target, "timed out")
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


def _not_reached(target: SshTarget, said: str) -> Unavailable:
    """What ssh's own words mean, in ours: what happened and what to do."""
    place = f"{target.host} port {target.port}"
    for words, message, advice in _MEANINGS:
        if any(word in said for word in words):
            return Unavailable(message.format(place=place, user=target.user), help=advice)
    return Unavailable(f"ssh to {place} failed: {said or 'it gave no reason'}", help="try that ssh by hand")


_MEANINGS = (
    (
        ("Host key verification failed", "HOST IDENTIFICATION HAS CHANGED", "No matching host key"),
        "{place} shows another host key than the pinned ones",
        "find out why before you change `host_keys` in policy/route-servers.yaml: it may be another machine",
    ),
    (
        ("Permission denied", "Too many authentication failures"),
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


def _run(argv: list[str], stdin: bytes, timeout_s: float, cap: int) -> tuple[int, bytes, bytes]:
    """Run a program with bounded time and output. Raises TimeoutError, OverflowError, OSError.

    Its own session keeps a terminal's interrupt from it, so that an interrupted run can still revert.
    """
    environment = {k: os.environ[k] for k in ("PATH", "HOME", "SSH_AUTH_SOCK") if k in os.environ}
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        process = subprocess.Popen(  # noqa: S603 - a fixed program; host and user are of policy's exact forms
            argv,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment | {"LC_ALL": "C"},
            start_new_session=True,
        )
    with process:
        try:
            out, err = _collect(process, time.monotonic() + timeout_s, cap)
            return process.wait(timeout=5), out, err
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            process.kill()


def _collect(process: subprocess.Popen[bytes], deadline: float, cap: int) -> tuple[bytes, bytes]:
    assert process.stdout is not None  # noqa: S101 - opened as pipes above
    assert process.stderr is not None  # noqa: S101 - opened as pipes above
    said: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in said:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(stream)
                said[stream] += chunk
                if len(said[stream]) > cap:
                    raise OverflowError
    return bytes(said[process.stdout]), bytes(said[process.stderr])
