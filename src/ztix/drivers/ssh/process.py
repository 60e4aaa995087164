"""A program with bounded time and bounded output.

Law: the only module that starts `ssh`; of the environment it hands on what ssh needs and nothing else.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import tempfile
import time
from typing import IO


def run(argv: list[str], stdin: bytes, timeout_s: float, cap: int) -> tuple[int, bytes, bytes]:
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
