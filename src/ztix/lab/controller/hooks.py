"""The hooks of a test under `/lab`: nodes that join, faults that strike. Only with `--lab-hooks`.

They are no part of the controller's API and need no token.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ztix.lab.controller.controller import Controller, json_answer
from ztix.lab.controller.faults import Fault, read_faults
from ztix.lab.controller.home import made_up_identity
from ztix.lab.controller.http import Answer, Request
from ztix.lab.controller.jsontext import read_json
from ztix.lab.controller.nodes import Asking
from ztix.lab.controller.values import Record, Refused, as_text, as_u64, dump

PREFIX = "/lab/"
_JOIN = re.compile(r"/lab/node/([0-9a-f]{10})/(join|leave)/([0-9a-f]{16})")
_ABSENT = Answer(404, b'{"error":"no such hook"}')


def _object(body: bytes) -> Record:
    """The object in a body that may be empty. Raises Refused."""
    value = read_json(body) if body else {}
    return value if isinstance(value, dict) else {}


def _asking(node: int, body: Record) -> Asking:
    """The node that joins: body may give `identity`, `version` (four numbers) and `token`."""
    identity = as_text(body.get("identity")) or made_up_identity(node)
    token = as_text(body.get("token")) or None
    numbers = body.get("version")
    if not isinstance(numbers, list) or len(numbers) != 4:
        return Asking(node, identity, token=token)
    major, minor, revision, protocol = (as_u64(number, 0) for number in numbers)
    return Asking(node, identity, (major, minor, revision, protocol), token)


def _node(controller: Controller, body: bytes, node: str, verb: str, network: str) -> Answer:
    number, address = int(network, 16), int(node, 16)
    if verb == "leave":
        controller.leave(number, address)
        return json_answer("{}")
    answered = controller.join(number, _asking(address, _object(body)))
    return json_answer(dump({"status": answered.reply.value, "addresses": list(answered.addresses)}))


def answer_hook(
    request: Request, controller: Controller, faults: list[Fault], restart: Callable[[], None]
) -> Answer:
    """Carry out a hook. faults: the list that is in force.  restart: reads everything again from disk."""
    if request.method != "POST":
        return _ABSENT
    try:
        if request.path == "/lab/faults":
            faults[:] = read_faults(read_json(request.body))
            return json_answer("{}")
        if request.path == "/lab/restart":
            restart()
            return json_answer("{}")
        found = _JOIN.fullmatch(request.path)
        return _ABSENT if found is None else _node(controller, request.body, *found.groups())
    except (Refused, ValueError) as error:
        return json_answer(dump({"error": str(error)}), 400)
