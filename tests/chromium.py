"""Headless Chromium over its own pipe: opens pages, tells what they logged and asked for, takes pictures.

Law: a process of this test's own with a profile in a folder of its own; it listens nowhere. Speaks the
DevTools protocol on two pipes, one JSON text after another, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

BROWSER = shutil.which("chromium")
_LIMIT_S = 60
_NOISE = "--disable-background-networking --disable-component-update --disable-sync --no-first-run"


class Page:
    """One page. logged: what the console and the browser said of it.  asked: addresses that it asked for."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, back: int) -> None:
        self._process, self._to, self._back = process, to, back
        self._pending = b""
        self._count = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        self.logged: list[str] = []
        self.asked: list[str] = []

    def attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **words: Any) -> dict[str, Any]:
        """Ask for one thing, and wait for its answer."""
        self._count += 1
        asked: dict[str, Any] = {"id": self._count, "method": method, "params": words}
        if self._session is not None:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def open(self, address: str) -> None:
        """Go there, and wait until all of it is loaded: it, and not the page before."""
        self._events.clear()
        loader = self.call("Page.navigate", url=address)["loaderId"]
        while not any(
            event["method"] == "Page.lifecycleEvent"
            and (event["params"]["loaderId"], event["params"]["name"]) == (loader, "load")
            for event in self._events
        ):
            self._next()

    def hear(self, words: str) -> None:
        """Wait until something was logged that has these words."""
        while not any(words in line for line in self.logged):
            self._next()

    def run(self, script: str) -> Any:
        """What an expression gives in the page; a promise is awaited."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key and let it go."""
        text = "\r" if key == "Enter" else ""
        words = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **words)
        self.call("Input.dispatchKeyEvent", type="keyUp", **words)

    def look(self, width: int, height: int, scheme: str) -> None:
        """Be a screen of this size that wants light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=wanted)

    def picture(self, path: Path) -> None:
        """Keep what the screen shows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def scripts(self, on: bool) -> None:
        """Whether pages may run scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _LIMIT_S
        while b"\0" not in self._pending:
            ready, _, _ = select([self._back], [], [], max(0.0, until - time.monotonic()))
            assert ready, "Chromium does not answer"
            part = os.read(self._back, 1 << 20)
            assert part, "Chromium ended"
            self._pending += part
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self._note(message)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        words = event["params"]
        match event["method"]:
            case "Log.entryAdded":
                self.logged.append(f"{words['entry']['level']}: {words['entry']['text']}")
            case "Runtime.consoleAPICalled":
                self.logged.append(f"{words['type']}: {words['args']}")
            case "Runtime.exceptionThrown":
                self.logged.append(f"exception: {words['exceptionDetails']}")
            case "Network.requestWillBeSent":
                self.asked.append(words["request"]["url"])


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """A page of a browser whose profile is in `folder`."""
    assert BROWSER is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # The browser takes its commands from descriptor 3 and answers on 4; a shell puts the pipes there.
    line = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    words = f"--headless=new --no-sandbox --disable-gpu --hide-scrollbars {_NOISE} --remote-debugging-pipe"
    process = subprocess.Popen(
        ["bash", "-c", line, BROWSER, *words.split(), f"--user-data-dir={folder}"],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    os.close(theirs_in)
    os.close(theirs_out)
    page = Page(process, ours_out, ours_in)
    try:
        page.attach()
        yield page
    finally:
        process.terminate()
        process.wait(_LIMIT_S)
        os.close(ours_out)
        os.close(ours_in)
