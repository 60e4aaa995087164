"""The drivers that fetch proofs: an answer, that there is nothing, and everything else as no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dns.resolver
import httpx
import pytest
import respx

from tests.contract.strangers_web import (
    StrangersWeb,
    Wire,
    answer,
    certificate,
    name_server,
    patience,
    public_web,
    strangers_web,
)
from tests.unit.test_proofs_looked_up import CLAIM
from ztix.admission.inquiry import inquire
from ztix.admission.methods import LOOKED_UP
from ztix.admission.proof import Answer, Disproven, Proven, Said, Unanswered
from ztix.admission.token import token
from ztix.cli.asking import Asking
from ztix.drivers import dns_txt
from ztix.drivers.dns_txt import DnsRecords
from ztix.drivers.event_stream import listening
from ztix.drivers.http import RetryBudget
from ztix.drivers.peeringdb import BASE_URL, PeeringDb, peeringdb_client
from ztix.drivers.rdap import Rdap
from ztix.drivers.well_known import WellKnownFile
from ztix.events import Called, Event
from ztix.terms import Asn

TOKEN = "ztix-verify=" + "0123456789" * 4
FILE = ("example.net", "/.well-known/ztix-verify")
LIST = ("data.example.net", "/rdap/asn.json")
AUTNUM = ("rdap.example.net", "/autnum/64500")
SERVICES = {"services": [[["64496-64499", "64500"], ["http://rdap.example.net", "https://rdap.example.net"]]]}
OBJECT: dict[str, Any] = {
    "objectClassName": "autnum",
    "startAutnum": 64500,
    "endAutnum": 64500,
    "remarks": [{"description": ["Example", TOKEN]}],
    "entities": [{"remarks": [{"description": ["somebody else's words"]}]}],
}


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(pem: Path) -> Iterator[StrangersWeb]:
    with strangers_web(pem) as server:
        yield server


def reason(said: Answer) -> str:
    assert isinstance(said, Unanswered), said
    assert said.reason.isprintable()
    return said.reason


def read_file(web: StrangersWeb, pem: Path, host: str = "example.net") -> tuple[Answer, Wire]:
    way, wire, _ = public_web(web.port, pem)
    return WellKnownFile(way, patience).text(host), wire


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (answer(200, TOKEN.encode() + b"\r\n"), Said((TOKEN,))),
        (answer(200, b"\xff" + TOKEN.encode()), Said(("\ufffd" + TOKEN,))),
        (answer(200, b"<html>no such page</html>"), Said(("<html>no such page</html>",))),
        (answer(404, TOKEN.encode()), Said()),
        (answer(403), Said()),
        (answer(410), Said()),
        (answer(302, b"", "Location: https://www.example.net/.well-known/ztix-verify"), Said()),
        (answer(302, b"", "Location: http://example.net/.well-known/ztix-verify"), Said()),
        (answer(301, b"", "Location: https://127.0.0.1/"), Said()),
        (answer(301, b"", "Location: https://[/"), Said()),
        (answer(301, b"", "Location: /.well-known/ztix-verify"), Said()),
        (answer(301), Said()),
    ],
)
def test_file_when_the_website_answers_is_said(
    web: StrangersWeb, pem: Path, place: bytes, said: Said
) -> None:
    """What stands at that very host counts, and what its server says is elsewhere or nowhere does not."""
    web.places[FILE] = place
    found, wire = read_file(web, pem)
    assert found == said
    assert len(wire.meant) == 1


def test_file_when_redirected_on_the_host_is_followed_once(web: StrangersWeb, pem: Path) -> None:
    """A slash at the end, most often; a ring of redirects ends."""
    web.places[FILE] = answer(301, b"", "Location: /.well-known/ztix-verify/")
    web.places["example.net", FILE[1] + "/"] = answer(200, TOKEN.encode())
    assert read_file(web, pem)[0] == Said((TOKEN,))
    web.places["example.net", FILE[1] + "/"] = answer(301, b"", f"Location: {FILE[1]}")
    found, wire = read_file(web, pem)
    assert found == Said()
    assert len(wire.meant) == 2


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (answer(200), "an empty file"),
        (answer(200, b" \n"), "an empty file"),
        (answer(204), "with 204"),
        (answer(206, TOKEN.encode()), "with 206"),
        (answer(200, b"." * 16385), "more than 16384 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + TOKEN.encode(), "the connection broke"),
        (b"", "the connection broke"),
        (answer(408), "with 408"),
        (answer(429), "it answered 429"),
        (answer(500, TOKEN.encode()), "with 500"),
        (answer(503), "it answered 503"),
    ],
)
def test_file_when_the_server_fails_is_unanswered(
    web: StrangersWeb, pem: Path, place: bytes, words: str
) -> None:
    """Throttled, broken, empty, too long or cut: nothing is known."""
    web.places[FILE] = place
    assert words in reason(read_file(web, pem)[0])


def test_file_when_the_host_is_not_there_is_said_to_be_none(web: StrangersWeb, pem: Path) -> None:
    """A name without addresses serves nothing; one with a private address is not asked."""
    assert read_file(web, pem, "gone.example.net")[0] == Said()
    way, wire, _ = public_web(web.port, pem, {"example.net": ("127.0.0.1",)})
    assert "has no public address" in reason(WellKnownFile(way, patience).text("example.net"))
    assert wire.meant == []


def test_file_when_the_host_wants_everybody_to_wait_is_not_waited_for(web: StrangersWeb, pem: Path) -> None:
    """One stranger's `Retry-After` costs the run a few seconds at most."""
    web.places[FILE] = answer(503, b"", "Retry-After: 100")
    way, wire, _ = public_web(web.port, pem)
    assert "asks to wait 100 s" in reason(WellKnownFile(way).text("example.net"))
    assert len(wire.meant) == 1


def rdap(web: StrangersWeb, pem: Path) -> tuple[Rdap, Wire]:
    way, wire, _ = public_web(web.port, pem)
    return Rdap(way, patience(), "https://data.example.net/rdap/asn.json"), wire


def found(web: StrangersWeb, pem: Path, whole: object, status: int = 200) -> Answer:
    web.places[LIST] = answer(200, json.dumps(SERVICES).encode())
    web.places[AUTNUM] = answer(status, whole if isinstance(whole, bytes) else json.dumps(whole).encode())
    return rdap(web, pem)[0].remarks(Asn(64500))


def test_remarks_are_those_of_the_number_itself(web: StrangersWeb, pem: Path) -> None:
    """Its contacts' remarks are other people's."""
    assert found(web, pem, OBJECT) == Said((f"Example\n{TOKEN}",))
    assert "accept: application/rdap+json" in web.asked[-1].lower()


@pytest.mark.parametrize("remarks", [[], [{}], [{"description": []}], ...])
def test_remarks_when_there_are_none_are_said_to_be_none(
    web: StrangersWeb, pem: Path, remarks: object
) -> None:
    """A whole answer without remarks is an answer."""
    whole = {key: value for key, value in OBJECT.items() if key != "remarks"}
    assert found(web, pem, whole if remarks is ... else {**whole, "remarks": remarks}) == Said()


def test_remarks_when_no_registry_has_the_number_are_none(web: StrangersWeb, pem: Path) -> None:
    """IANA gave it to nobody, or its registry says 404."""
    assert found(web, pem, b"", 404) == Said()
    source, wire = rdap(web, pem)
    assert source.remarks(Asn(65536)) == Said()
    assert len(wire.meant) == 1


@pytest.mark.parametrize(
    ("whole", "status", "words"),
    [
        (b"", 200, "is no JSON object"),
        (b"<html>", 200, "is no JSON object"),
        (b"[]", 200, "is no JSON object"),
        (b"[" * 100_000, 200, "is no JSON object"),
        ({}, 200, "is not about an AS number"),
        ({**OBJECT, "objectClassName": "entity"}, 200, "is not about an AS number"),
        ({**OBJECT, "startAutnum": "64500"}, 200, "is not about an AS number"),
        ({**OBJECT, "endAutnum": None}, 200, "is not about an AS number"),
        ({**OBJECT, "startAutnum": 64501, "endAutnum": 64501}, 200, "is about `AS64501` to `AS64501`"),
        ({**OBJECT, "remarks": TOKEN}, 200, "`remarks` that are no list"),
        ({**OBJECT, "remarks": [TOKEN]}, 200, "`remarks` that are no list"),
        ({**OBJECT, "remarks": [{"description": TOKEN}]}, 200, "no list of lines"),
        ({**OBJECT, "remarks": [{"description": [7]}]}, 200, "no list of lines"),
        ({**OBJECT, "notices": [{"type": "object truncated due to excessive load"}]}, 200, "cut short"),
        ({**OBJECT, "remarks": [{"type": "object truncated due to authorization"}]}, 200, "cut short"),
        (b"x" * (512 * 1024 + 1), 200, "more than 524288 bytes"),
        (OBJECT, 429, "it answered 429"),
        (OBJECT, 500, "with 500"),
        (OBJECT, 403, "with 403"),
        (OBJECT, 503, "it answered 503"),
    ],
)
def test_remarks_when_the_answer_is_none_are_unanswered(
    web: StrangersWeb, pem: Path, whole: object, status: int, words: str
) -> None:
    """Throttled, broken, empty, of another number or another form, or cut by the registry."""
    assert words in reason(found(web, pem, whole, status))


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"{}",
        b'{"services": 7}',
        b'{"services": [[["x"], ["https://a.example/"]]]}',
        b'{"services": [[1]]}',
    ],
)
def test_remarks_when_the_list_of_registries_is_none_are_unanswered(
    web: StrangersWeb, pem: Path, listed: bytes
) -> None:
    """IANA's list is asked for once, and its failure is remembered."""
    web.places[LIST] = answer(200, listed)
    source, wire = rdap(web, pem)
    assert "IANA's list of registries" in reason(source.remarks(Asn(64500)))
    assert source.remarks(Asn(64500)) == source.remarks(Asn(64501))
    assert len(wire.meant) == 1


def test_remarks_when_the_list_is_unreachable_are_unanswered(web: StrangersWeb, pem: Path) -> None:
    """A registry that only speaks without TLS is not asked, a list that fails is no list."""
    web.places[LIST] = answer(503)
    assert "IANA's list of registries did not answer" in reason(rdap(web, pem)[0].remarks(Asn(64500)))
    plain = {"services": [[["64500"], ["http://rdap.example.net/"]]]}
    web.places[LIST] = answer(200, json.dumps(plain).encode())
    assert rdap(web, pem)[0].remarks(Asn(64500)) == Said()


def test_remarks_when_sent_on_are_fetched_from_the_other_registry(web: StrangersWeb, pem: Path) -> None:
    """Numbers move between registries; each step is to a public address over HTTPS, and there are few."""
    web.places[LIST] = answer(200, json.dumps(SERVICES).encode())
    web.places[AUTNUM] = answer(302, b"", "Location: https://rdap2.example.net/autnum/64500")
    web.places["rdap2.example.net", "/autnum/64500"] = answer(200, json.dumps(OBJECT).encode())
    assert rdap(web, pem)[0].remarks(Asn(64500)) == Said((f"Example\n{TOKEN}",))
    web.places["rdap2.example.net", "/autnum/64500"] = answer(302, b"", "Location: /autnum/64500")
    source, wire = rdap(web, pem)
    assert "with 302" in reason(source.remarks(Asn(64500)))
    assert len(wire.meant) == 1 + 4


@pytest.mark.parametrize("place", ["http://rdap2.example.net/", "https://127.0.0.1/", "https://[/", ""])
def test_remarks_when_sent_astray_are_unanswered(web: StrangersWeb, pem: Path, place: str) -> None:
    """A redirect is no way around the rules."""
    web.places[LIST] = answer(200, json.dumps(SERVICES).encode())
    web.places[AUTNUM] = answer(302, b"", f"Location: {place}")
    source, wire = rdap(web, pem)
    reason(source.remarks(Asn(64500)))
    assert {host for host, _ in wire.meant} == {"198.51.100.7"}


def test_remarks_when_a_registry_is_down_stop_asking_it(web: StrangersWeb, pem: Path) -> None:
    """Ten thousand members would wait for ten thousand time-outs."""
    web.places[LIST] = answer(200, json.dumps(SERVICES).encode())
    for asn in (64496, 64497, 64498, 64499):
        web.places["rdap.example.net", f"/autnum/{asn}"] = answer(503)
    source, wire = rdap(web, pem)
    reasons = [reason(source.remarks(Asn(asn))) for asn in (64496, 64497, 64498, 64499)]
    assert "did not answer 3 other questions" in reasons[3]
    assert len(wire.meant) == 1 + 3


def test_txt_of_a_name_joins_the_strings_of_each_record() -> None:
    """Long texts are several strings; an answer that is too long for UDP comes over TCP."""
    crowd = tuple(f'"{number:03} {"x" * 40}"' for number in range(60))
    zone = {
        "_ztix-verify.example.net.": (
            '"ztix-verify=" "0123456789012345678901234567890123456789"',
            '"v=spf1"',
        ),
        "long.example.net.": crowd,
        "empty.example.net.": (),
    }
    with name_server(zone) as resolver:
        source = DnsRecords(lambda: resolver)
        assert source.txt("_ztix-verify.example.net") == Said(("v=spf1", TOKEN))
        long = source.txt("long.example.net")
        assert isinstance(long, Said)
        assert len(long.texts) == 60
        assert source.txt("empty.example.net") == Said()
        assert source.txt("gone.example.net") == Said()


def test_txt_of_no_name_is_a_call_that_was_answered() -> None:
    """A name server that says so did not fail; one that is silent did."""
    heard: list[Event] = []
    with listening(heard.append), name_server({"mute.example.": "silent"}) as resolver:
        DnsRecords(lambda: resolver).txt("gone.example")
        DnsRecords(lambda: resolver, 0.5).txt("mute.example")
    told = [(one.request, one.failure) for one in heard if isinstance(one, Called)]
    assert told == [("TXT gone.example", ""), ("TXT mute.example", "LifetimeTimeout")]


def test_txt_when_the_name_servers_fail_is_unanswered() -> None:
    """Failing, refusing, silent, garbled, or answering somebody else's question."""
    faults = {f"{word.lower()}.example.": word for word in ("SERVFAIL", "REFUSED", "silent", "garbage")}
    zone = {**faults, "elsewhere.example.": "elsewhere"}
    with name_server(zone) as resolver:
        for name in zone:
            reason(DnsRecords(lambda: resolver, 0.5).txt(name))
    gone = dns.resolver.Resolver(configure=False)
    gone.nameservers, gone.port = ["127.0.0.1"], resolver.port
    reason(DnsRecords(lambda: gone, 0.5).txt("example.net"))


def test_txt_when_there_is_too_much_or_no_resolver_is_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads a thousand records of a stranger's."""
    monkeypatch.setattr(dns_txt, "TEXT_BYTES", 10)
    with name_server({"long.example.": ('"12345678901"',)}) as resolver:
        assert "more than" in reason(DnsRecords(lambda: resolver).txt("long.example"))
        assert "NameTooLong" in reason(DnsRecords(lambda: resolver).txt("a." * 200))

    def missing() -> dns.resolver.Resolver:
        raise dns.resolver.NoResolverConfiguration

    assert "NoResolverConfiguration" in reason(DnsRecords(missing).txt("example.net"))


@pytest.fixture
def api() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.get(url__startswith=f"{BASE_URL}net")


def notes(*asns: int) -> dict[Asn, Answer]:
    budget = RetryBudget(0, 0.0, lambda _: None)
    return PeeringDb(peeringdb_client(), budget, apart_s=0.0).notes(map(Asn, asns))


ROW = {
    "id": 1,
    "org_id": 7,
    "asn": 64500,
    "notes": f"a\n{TOKEN}",
    "website": "https://example.net",
    "status": "ok",
}


def rows(*data: object) -> httpx.Response:
    return httpx.Response(200, json={"data": list(data), "meta": {}})


def test_notes_tell_text_website_and_organisation(api: respx.Route) -> None:
    """A network that a good answer leaves out has none."""
    api.mock(return_value=rows(ROW, {**ROW, "asn": 64502, "org_id": None}))
    assert notes(64500, 64501, 64502) == {
        Asn(64500): Said((ROW["notes"], "https://example.net", "7")),  # type: ignore[arg-type] # a text
        Asn(64501): Said(),
        Asn(64502): Said((ROW["notes"], "https://example.net", "")),  # type: ignore[arg-type] # a text
    }
    assert api.calls.last.request.url.params["fields"] == "id,org_id,asn,notes,website,status"


def test_notes_of_many_are_asked_for_in_small_portions(api: respx.Route) -> None:
    """Notes are long, and an answer that is too long would leave all of its networks unknown."""
    api.mock(return_value=rows())
    assert len(notes(*range(4200000000, 4200000100))) == 100
    assert [len(call.request.url.params["asn__in"].split(",")) for call in api.calls] == [40, 40, 20]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(200),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [], "meta": {"truncated": "yes"}}),
        httpx.ReadTimeout("late"),
        httpx.ConnectError("refused"),
        rows({**ROW, "notes": None}),
        rows({**ROW, "website": 7}),
        rows({key: value for key, value in ROW.items() if key != "notes"}),
        rows(ROW, ROW),
        rows({**ROW, "asn": 64511}),
    ],
)
def test_notes_when_the_answer_is_none_are_unanswered(
    api: respx.Route, failure: httpx.Response | httpx.HTTPError
) -> None:
    """Throttled, down, late, empty, cut, or without the field that was asked for."""
    api.mock(side_effect=[failure])
    reason(notes(64500)[Asn(64500)])


def test_all_four_ways_hold_where_the_token_is_published(
    web: StrangersWeb, pem: Path, respx_mock: respx.MockRouter
) -> None:
    """From PeeringDB's record to the name servers and the website that it names, over the real drivers."""
    asn, account = CLAIM.asn, CLAIM.account
    wanted = token(CLAIM.policy.exchange, asn, account)
    record = {**ROW, "notes": wanted, "website": "https://www.example.net/peering"}
    respx_mock.get(url__startswith=f"{BASE_URL}net").mock(return_value=rows(record))
    respx_mock.route(host__regex=r"example\.net$").pass_through()
    web.places[LIST] = answer(200, json.dumps(SERVICES).encode())
    web.places[AUTNUM] = answer(200, json.dumps({**OBJECT, "remarks": [{"description": [wanted]}]}).encode())
    web.places["www.example.net", FILE[1]] = answer(200, wanted.encode())
    way, _, _ = public_web(web.port, pem)
    with name_server({"_ztix-verify.example.net.": (f'"{wanted}"',)}) as resolver:
        ask = Asking(
            notes=lambda asns: notes(*map(int, asns)),
            remarks=rdap(web, pem)[0].remarks,
            txt=DnsRecords(lambda: resolver).txt,
            file=WellKnownFile(way, patience).text,
        )
        answers = inquire([(method, CLAIM) for method in LOOKED_UP], ask)
    found = [method.judge(CLAIM, answers) for method in LOOKED_UP]
    assert [type(judgement) for judgement in found] == [Proven] * 4
    thief = replace(CLAIM, account=account + 1)
    assert {type(method.judge(thief, answers)) for method in LOOKED_UP} == {Disproven}
