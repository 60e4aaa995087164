"""Answers from outside that are none: limits, outages, nothing, or something of another shape.

Law: the drivers are the real ones; the wire gives each answer from memory. Nothing that could not be asked
refuses anybody, and nothing that could not be asked lets anybody in.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx

from tests.hostile.pull import Must, Outside, Pull
from tests.hostile.scene import IX, NEWCOMER, REVIEWER, joining
from tests.unit.exchange_fixture import NOW
from ztix.admission.proof import Answer, PeeringDbNet, Question, Remarks, Said, Unanswered
from ztix.admission.token import token
from ztix.drivers.http import RetryBudget
from ztix.drivers.peeringdb import PeeringDb
from ztix.terms import Asn

_GOOD = token(IX, Asn(NEWCOMER), NEWCOMER)
_PEERINGDB: dict[str, httpx.Response | Exception] = {
    "429": httpx.Response(429, headers={"Retry-After": "3600"}, text="Request was throttled"),
    "500": httpx.Response(500, text="<html>sorry</html>"),
    "503": httpx.Response(503),
    "401": httpx.Response(401, json={"detail": "Invalid API key"}),
    "timeout": httpx.ReadTimeout("timed out"),
    "refused": httpx.ConnectError("refused"),
    "empty": httpx.Response(200, content=b""),
    "html": httpx.Response(200, text="<html>log in to the hotel</html>"),
    "null": httpx.Response(200, json=None),
    "list": httpx.Response(200, json=[]),
    "no-list": httpx.Response(200, json={"data": {"asn": NEWCOMER}, "meta": {}}),
    "row-is-a-text": httpx.Response(200, json={"data": ["AS64502"], "meta": {}}),
    "no-asn": httpx.Response(200, json={"data": [{"notes": _GOOD}], "meta": {}}),
    "another-asn": httpx.Response(200, json={"data": [{"asn": 64500, "notes": _GOOD}], "meta": {}}),
    "twice": httpx.Response(200, json={"data": [{"asn": NEWCOMER, "notes": _GOOD}] * 2, "meta": {}}),
    "nested": httpx.Response(200, content=b"[" * 100_000),
    "nan": httpx.Response(200, content=b'{"data": [{"asn": NaN}], "meta": {}}'),
    "elsewhere": httpx.Response(302, headers={"Location": "http://127.0.0.1/"}),
}


def _peeringdb(answer: httpx.Response | Exception) -> Outside:
    """PeeringDB's driver over a wire that gives this answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def ask(question: Question) -> Answer:
        assert isinstance(question, PeeringDbNet)
        wire = httpx.MockTransport(handle)
        with httpx.Client(transport=wire, base_url="https://peeringdb.example.net/api/") as http:
            driver = PeeringDb(http, RetryBudget(0, 0.0), lambda: NOW, lambda: 0.0)
            return driver.notes([question.asn])[question.asn]

    return {PeeringDbNet: ask}


def _net(**fields: object) -> Outside:
    row = {"id": 1, "asn": NEWCOMER, "org_id": 1, "website": "", "notes": "", **fields}
    return _peeringdb(httpx.Response(200, content=json.dumps({"data": [row], "meta": {}}).encode()))


_SILENT: dict[str, Callable[[], Outside]] = {
    "registry-silent": lambda: {Remarks: Unanswered("the registry did not answer")},
    "all-silent": lambda: {
        Remarks: Unanswered("no route to host"),
        PeeringDbNet: Unanswered("no route to host"),
    },
}
_JOIN = joining(invite=None)

LOOKUPS: tuple[Pull, ...] = (
    *(
        Pull(
            f"peeringdb-{name}",
            Must.ASK_AGAIN,
            _JOIN,
            ("proof: could not be checked",),
            "nobody is refused for what could not be asked",
            outside=_peeringdb(answer),
            refused=False,
        )
        for name, answer in _PEERINGDB.items()
    ),
    *(
        Pull(
            name,
            Must.ASK_AGAIN,
            _JOIN,
            ("proof: could not be checked",),
            "run it again later",
            outside=outside(),
            refused=False,
        )
        for name, outside in _SILENT.items()
    ),
    Pull(
        "peeringdb-has-no-record",
        Must.WAIT,
        _JOIN,
        ("nothing shows yet that account 64502 holds AS64502",),
        "ztix prove AS64502 --account 64502",
        outside=_peeringdb(httpx.Response(200, json={"data": [], "meta": {}})),
        refused=False,
    ),
    Pull(
        "peeringdb-has-notes-without-a-token",
        Must.WAIT,
        _JOIN,
        ("nothing shows yet",),
        "ztix prove",
        outside=_net(notes="hello"),
        refused=False,
    ),
    Pull(
        "token-of-another-account",
        Must.WAIT,
        _JOIN,
        ("is not the one of `AS64502`, account `64502`",),
        "publish `ztix-verify=",
        outside=_net(notes=token(IX, Asn(NEWCOMER), 64500)),
        refused=True,
    ),
    Pull(
        "token-of-another-number",
        Must.WAIT,
        _JOIN,
        ("is not the one of `AS64502`",),
        "publish `ztix-verify=",
        outside=_net(notes=token(IX, Asn(64500), NEWCOMER)),
        refused=True,
    ),
    Pull(
        "token-cut-short",
        Must.WAIT,
        _JOIN,
        ("is not the one of `AS64502`",),
        "publish `ztix-verify=",
        outside=_net(notes=_GOOD[:-1]),
        refused=True,
    ),
    Pull(
        "token-with-a-digit-more",
        Must.WAIT,
        _JOIN,
        ("is not the one of `AS64502`",),
        "publish `ztix-verify=",
        outside=_net(notes=_GOOD + "0"),
        refused=True,
    ),
    Pull(
        "token-in-another-field",
        Must.WAIT,
        _JOIN,
        ("nothing shows yet",),
        "ztix prove",
        outside=_net(aka=_GOOD, name=_GOOD, notes_private=_GOOD),
        refused=False,
    ),
    Pull(
        "token-on-a-website-that-policy-does-not-take",
        Must.WAIT,
        _JOIN,
        ("nothing shows yet",),
        "ztix prove",
        outside=_net(website="https://www.example.net/"),
        refused=False,
    ),
    Pull(
        "outage-does-not-hide-a-forgery",
        Must.WAIT,
        joining(invite="forged"),
        ("proof: refused", "proof: could not be checked"),
        "ask a maintainer for a new one",
        outside={PeeringDbNet: Unanswered("no route to host")},
        refused=True,
    ),
    Pull(
        "token-in-the-notes",
        Must.PASS,
        _JOIN,
        ("the token stands in",),
        "merge it",
        outside=_net(notes=f"hello\n{_GOOD}\n"),
    ),
    Pull(
        "token-in-the-remarks-while-peeringdb-is-out",
        Must.PASS,
        _JOIN,
        ("the token stands in",),
        "merge it",
        outside={Remarks: Said((_GOOD,)), PeeringDbNet: Unanswered("no route to host")},
    ),
    Pull(
        "maintainer-vouches-in-an-outage",
        Must.PASS,
        _JOIN,
        ("reviewer (reviewer) vouches for AS64502",),
        "merge it",
        approvals=(REVIEWER,),
        outside=_SILENT["all-silent"](),
    ),
)
