"""A recorded run on a real controller, played back to a driver.

Law: an answer to a write is always one that a real controller gave, and only where it fits: the recorded
body is part of what was sent, and the answer holds everything that was sent. A read gives the latest
recorded state of what it asks for. A write that nothing was recorded for fails the test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

ACCEPT = {"type": "ACTION_ACCEPT"}
UNWRITTEN = {"type": "ACTION_ACCEPT", "not": False, "or": False}
TRANSCRIPTS = Path(__file__).with_name("transcripts")


def recorded(name: str) -> list[dict[str, Any]]:
    """The exchanges of one transcript that are a request and an answer."""
    exchanges = json.loads((TRANSCRIPTS / f"{name}.json").read_text("utf-8"))["exchanges"]
    return [one for one in exchanges if "request" in one and "response" in one]


def is_within(part: Any, whole: Any) -> bool:
    """Whether everything in a recorded body is in a sent one; the controller fills in absent keys."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(is_within(part[key], whole.get(key)) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(is_within, part, whole))
    return bool(part == whole)


def agrees(sent: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether the answer holds what was sent; a member that was never named has no name.

    Rules that nobody ever wrote let everything pass in a form of their own, which counts as the same.
    """
    held = {key: [ACCEPT] if value == [UNWRITTEN] else value for key, value in answer.items()}
    return all(held.get(key, "" if key == "name" else None) == value for key, value in sent.items())


class Replay:
    """One transcript as a controller. state: the latest recorded answer for each path."""

    def __init__(self, name: str, node: str) -> None:
        self.left = recorded(name)
        self.state: dict[str, dict[str, Any]] = {}
        alive = next(
            one["response"]["body"] for one in recorded("01-auth") if one["request"]["path"] == "/controller"
        )
        status = next(
            one["response"]["body"]
            for one in recorded("18-service-api")
            if one["request"]["path"] == "/status"
        )
        assert status["address"] == node
        self.fixed = {"/controller": alive, "/status": status}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "GET":
            value = self.fixed.get(path) or self._listed(path) or self.state.get(path)
            return httpx.Response(404) if value is None else httpx.Response(200, json=value)
        return httpx.Response(200, json=self._written(path, json.loads(request.content)))

    def learn(self, path: str) -> None:
        """Take over the next recorded read of a path: what happened there without a write of ours."""
        read = next(
            one for one in self.left if (one["request"]["method"], one["request"]["path"]) == ("GET", path)
        )
        self.state[path] = read["response"]["body"]

    def _written(self, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        held = self.state.get(path)
        if held is not None and agrees(sent, held):
            return held  # a write that changes nothing is answered with what is there
        for index, one in enumerate(self.left):
            request, answer = one["request"], one["response"].get("body")
            if (request["method"], request["path"]) != ("POST", path):
                continue
            if is_within(request["body"], sent) and agrees(sent, answer):
                self.left = self.left[index + 1 :]
                self.state[path] = answer
                return dict(answer)
        raise AssertionError(f"nothing was recorded for POST {path} with {sent}")

    def _listed(self, path: str) -> dict[str, Any] | None:
        """The bulk list, in the recorded shape and in no order."""
        members = path.removeprefix("/unstable")
        if members == path or members.removesuffix("/member") not in self.state:
            return None
        data = [value for key, value in reversed(self.state.items()) if key.startswith(members + "/")]
        authorised = sum(value["authorized"] for value in data)
        return {"data": data, "meta": {"authorizedCount": authorised, "totalCount": len(data)}}
