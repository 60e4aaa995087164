"""The files in `evidence/`: what is written is read back, and what is damaged is told and left out."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network
from pathlib import Path

import pytest

from ztix.diagnostics import Diagnostic, Severity
from ztix.evidence import (
    Absent,
    Expansion,
    Found,
    NetworkLookup,
    NetworkRecord,
    PrefixSet,
    Unknown,
    Vrp,
)
from ztix.evidence_files import (
    evidence,
    expansions_text,
    networks_text,
    read_expansions,
    read_networks,
    read_vrps,
    vrps_text,
)
from ztix.terms import Asn, AsSet
from ztix.tree import Entry, Kind, Tree

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FOUND = Found(
    NetworkRecord(
        Asn(64500), "Example Ünetworks", "EN", "RIPE::AS-EXAMPLE RIPE::AS-EXAMPLE6", 20, None, True, "ok", 7
    ),
    "https://peeringdb.example/api",
    NOW,
)
LOOKUPS: dict[Asn, NetworkLookup] = {
    Asn(64501): Absent("snapshot", NOW),
    Asn(64500): FOUND,
    Asn(64502): Unknown("it did not answer"),
}
EXPANSION = Expansion(
    AsSet("RIPE::AS-EXAMPLE"),
    (Asn(64500), Asn(64501)),
    PrefixSet(4, ("192.0.2.0/24{24,25}",)),
    PrefixSet(6, ("2001:db8::/32", "2001:db8:1::/48")),
    "snapshot",
    NOW,
)
VRPS = (
    Vrp(ip_network("198.51.100.0/24"), 24, 0),
    Vrp(ip_network("192.0.2.0/24"), 25, 64500),
    Vrp(ip_network("2001:db8::/32"), 48, 64500),
)


def tree(**files: bytes | None) -> Tree:
    entries = {
        f"evidence/{name}.json": Entry(f"evidence/{name}.json", Kind.FILE, 9, content)
        for name, content in sorted(files.items())
    }
    return Tree("work tree", entries)


def told(findings: list[Diagnostic]) -> list[tuple[str, int, str]]:
    assert all(finding.severity is Severity.ERROR and finding.help for finding in findings)
    return [(finding.rule, finding.span.line, finding.message) for finding in findings]


def test_networks_when_written_read_back_the_same_but_for_the_unknown() -> None:
    """What was found and what is absent survive; what is unknown is not evidence."""
    text = networks_text(LOOKUPS)
    lookups, findings = read_networks(text.encode())
    assert findings == []
    assert lookups == {Asn(64500): FOUND, Asn(64501): Absent("snapshot", NOW)}
    assert networks_text(lookups) == text


def test_networks_text_when_read_by_people_has_one_network_a_line() -> None:
    """A diff shows which network changed, in the order of AS numbers, and names stay legible."""
    lines = networks_text(LOOKUPS).split("\n")
    assert lines[:3] == ["{", '"schema": "ztix.evidence.peeringdb.v1",', '"networks": [']
    assert [json.loads(line.rstrip(","))["asn"] for line in lines[3:5]] == [64500, 64501]
    assert "Ünetworks" in lines[3]
    assert lines[5:] == ["]", "}", ""]


def test_networks_text_when_nothing_is_known_is_still_a_file() -> None:
    """An empty file of evidence reads as no evidence."""
    assert read_networks(networks_text({}).encode()) == ({}, [])


def test_expansions_when_written_read_back_the_same() -> None:
    """AS-SETs stand in order, each with its source and the time it was fetched."""
    other = Expansion(AsSet("AS64496"), (), PrefixSet(4), PrefixSet(6), "snapshot", NOW)
    text = expansions_text([EXPANSION, other])
    assert read_expansions(text.encode()) == ({EXPANSION.as_set: EXPANSION, other.as_set: other}, [])
    assert text == expansions_text([other, EXPANSION])
    assert text.index("AS64496") < text.index("RIPE::AS-EXAMPLE")


def test_vrps_when_written_read_back_ascending() -> None:
    """AS 0 counts as an origin in a VRP: nobody's."""
    text = vrps_text(reversed(VRPS), "snapshot", NOW)
    assert read_vrps(text.encode()) == ((VRPS, NOW), [])


def test_moment_when_in_another_zone_is_kept_in_utc() -> None:
    """Ages are counted in one zone."""
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    text = networks_text({Asn(64501): Absent("snapshot", east)})
    assert "2026-11-01T00:00:00Z" in text
    lookups, _ = read_networks(text.replace("00:00:00Z", "05:00:00+05:00").encode())
    assert lookups == {Asn(64501): Absent("snapshot", NOW)}


@pytest.mark.parametrize(
    ("content", "rule", "message"),
    [
        (b"\xff", "ZT600", "the file is no JSON in UTF-8"),
        (b"", "ZT600", "the file is no JSON from here on: Expecting value"),
        (b"[" * 200_000, "ZT600", "the file is no JSON in UTF-8"),
        (b"9" * 5000, "ZT600", "the file is no JSON in UTF-8"),
        (b"[]", "ZT601", "the file's `schema` is `none`; only `ztix.evidence.irr.v1` is read here"),
        (
            b'{"schema": "ztix.evidence.irr.v2"}',
            "ZT601",
            "the file's `schema` is `ztix.evidence.irr.v2`; only `ztix.evidence.irr.v1` is read here",
        ),
        (b'{"schema": "ztix.evidence.irr.v1"}', "ZT600", "the file has no list `expansions`"),
    ],
)
def test_read_expansions_when_file_is_damaged_tells_and_gives_nothing(
    content: bytes, rule: str, message: str
) -> None:
    """A file that cannot be read as a whole is one finding."""
    expansions, findings = read_expansions(content)
    assert expansions == {}
    assert told(findings) == [(rule, 1, message)]


def test_read_networks_when_json_breaks_off_tells_the_line() -> None:
    """The place is where the text stops being JSON, with that line."""
    text = networks_text(LOOKUPS).replace('"asn": 64501,', '"asn": 64501')
    (finding,) = read_networks(text.encode())[1]
    assert (finding.span.line, finding.span.column) == (5, 15)
    assert finding.span.text.startswith('{"asn": 64501 ')


def changed(text: str, key: str, value: object) -> bytes:
    """The file with one field of its first record changed; without it, where the value is `...`."""
    whole = json.loads(text)
    (name,) = set(whole) - {"schema"}
    if value is ...:
        del whole[name][0][key]
    else:
        whole[name][0][key] = value
    rows = ",\n".join(json.dumps(row) for row in whole[name])
    return f'{{\n"schema": "{whole["schema"]}",\n"{name}": [\n{rows}\n]\n}}\n'.encode()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("asn", 0, "must be an AS number: 1 to 4294967295 in digits"),
        ("asn", ..., "must be an AS number: 1 to 4294967295 in digits"),
        ("state", "gone", "must have `state`: `found` or `absent`"),
        ("name", ..., "must have `name`: a text of one line and at most 120 characters"),
        ("name", "a\nb", "must have `name`: a text of one line and at most 120 characters"),
        ("name", "x" * 121, "must have `name`: a text of one line and at most 120 characters"),
        ("aka", 5, "must have `aka`: a text of one line and at most 120 characters"),
        ("irr_as_set", None, "must have `irr_as_set`: a text of one line and at most 400 characters"),
        ("info_prefixes4", 0, "must have `info_prefixes4`: a positive number, or null"),
        ("info_prefixes6", True, "must have `info_prefixes6`: a positive number, or null"),
        ("info_prefixes6", 2**31, "must have `info_prefixes6`: a positive number, or null"),
        ("org_id", "7", "must have `org_id`: a positive number, or null"),
        (
            "never_via_route_servers",
            "no",
            "must have `never_via_route_servers`: true or false",
        ),
        ("rir_status", 1, "must have `rir_status`: a text of one line and at most 120 characters"),
        ("source", ..., "must have `source`: a text of one line and at most 120 characters"),
        *(
            (
                "fetched_at",
                value,
                "must have `fetched_at`: a moment with its zone, such as `2026-11-01T00:00:00Z`",
            )
            for value in (..., 5, "yesterday", "2026-11-01T00:00:00", "0001-01-01T00:00:00+05:00")
        ),
    ],
)
def test_read_networks_when_a_record_is_damaged_leaves_it_out_and_tells_its_line(
    key: str, value: object, message: str
) -> None:
    """One bad record costs itself only: nothing is known of that network then, and it is not absent."""
    lookups, findings = read_networks(changed(networks_text(LOOKUPS), key, value))
    assert lookups == {Asn(64501): Absent("snapshot", NOW)}
    assert told(findings) == [("ZT602", 4, f"record 1 of `networks` {message}")]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("as_set", "as-example", f"must be {AsSet.form}"),
        ("as_set", 5, f"must be {AsSet.form}"),
        ("asns", ["AS64500"], "must be an AS number: 1 to 4294967295 in digits"),
        ("asns", None, "must have a list `asns`"),
        ("ipv4", "192.0.2.0/24", "must have a list `ipv4`"),
        ("ipv4", [5], "must have only texts in `ipv4`"),
        (
            "ipv4",
            ["192.0.2.1/24"],
            "`192.0.2.1/24` must be a prefix without host bits, such as `192.0.2.0/24{24,25}`",
        ),
        (
            "ipv6",
            ["2001:db8::/32", "2001:db8::/16"],
            "`2001:db8::/16` must be a prefix without host bits, such as `2001:db8::/32{32,48}`",
        ),
        ("source", "", None),
    ],
)
def test_read_expansions_when_a_record_is_damaged_leaves_it_out_and_tells(
    key: str, value: object, message: str | None
) -> None:
    """A prefix that is no prefix takes its whole AS-SET out, so that no filter is wider than the evidence."""
    expansions, findings = read_expansions(changed(expansions_text([EXPANSION]), key, value))
    if message is None:
        assert list(expansions) == [EXPANSION.as_set]
    else:
        assert (expansions, told(findings)) == ({}, [("ZT602", 4, f"record 1 of `expansions` {message}")])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "ipv4",
            ["198.51.100.0/24{25,26}"],
            "must have prefixes whose shortest length is their own",
        ),
        ("asn", -1, "must be an AS number: 1 to 4294967295 in digits"),
    ],
)
def test_read_vrps_when_a_record_is_damaged_leaves_it_out_and_tells(
    key: str, value: object, message: str
) -> None:
    """A VRP has a prefix and a max length, and no lower bound."""
    (vrps, _), findings = read_vrps(changed(vrps_text(VRPS, "snapshot", NOW), key, value))
    assert vrps == VRPS[1:]
    assert told(findings) == [("ZT602", 4, f"record 1 of `vrps` {message}")]


def test_read_networks_when_two_records_are_about_one_network_keeps_the_first() -> None:
    """Two statements about one network are a mistake that a reader must hear of."""
    text = networks_text({Asn(64500): FOUND, Asn(64501): Absent("snapshot", NOW)}).replace("64501", "64500")
    lookups, findings = read_networks(text.encode())
    assert lookups == {Asn(64500): FOUND}
    assert told(findings) == [("ZT602", 5, "record 2 of `networks` is a second one about `AS64500`")]


@pytest.mark.parametrize("indent", [None, 2])
def test_read_networks_when_laid_out_otherwise_still_tells_the_record(indent: int | None) -> None:
    """A file that another tool laid out is read; a finding then counts the record, not the line."""
    whole = {"schema": "ztix.evidence.peeringdb.v1", "networks": ["AS64500", {"asn": 64501}]}
    _, findings = read_networks(json.dumps(whole, indent=indent).encode())
    assert told(findings) == [
        ("ZT602", 1 if indent is None else 4, "record 1 of `networks` must be an object"),
        (
            "ZT602",
            1,
            "record 2 of `networks` must have `source`: a text of one line and at most 120 characters",
        ),
    ]


@pytest.mark.parametrize("name", ["x" * 500, "\\u202e", "\u202e"])
def test_read_networks_when_line_is_long_or_hides_something_shows_no_snippet(name: str) -> None:
    """A finding neither prints a page nor passes on what turns a terminal."""
    text = networks_text(LOOKUPS).replace("Example Ünetworks", name)
    (finding,) = read_networks(text.encode())[1]
    assert "\u202e" not in finding.span.text
    assert len(finding.span.text) < 500


def test_evidence_when_tree_has_all_files_reads_them() -> None:
    """A tree's evidence is one value, with the moment of the run."""
    found, report = evidence(
        tree(
            peeringdb=networks_text(LOOKUPS).encode(),
            irr=expansions_text([EXPANSION]).encode(),
            vrps=vrps_text(VRPS, "snapshot", NOW).encode(),
        ),
        NOW,
    )
    assert len(report) == 0
    assert found.now == NOW
    assert found.network(Asn(64500)) == FOUND
    assert found.expansions == {EXPANSION.as_set: EXPANSION}
    assert found.vrps == VRPS


def test_evidence_when_tree_has_no_files_knows_nothing() -> None:
    """Without files every network is unknown and there are no VRPs, which is not an empty list of them."""
    found, report = evidence(tree(), NOW)
    assert (found.networks, found.expansions, found.vrps, len(report)) == ({}, {}, None, 0)


def test_evidence_when_a_file_is_no_regular_file_tells_and_reads_the_others() -> None:
    """A link or a file that was too long to read is damage, not absence."""
    entries = dict(tree(irr=expansions_text([EXPANSION]).encode(), vrps=None).entries)
    link = Entry("evidence/peeringdb.json", Kind.SYMLINK, 11, None)
    found, report = evidence(Tree("work tree", {**entries, link.path: link}), NOW)
    assert [finding.message for finding in report] == [
        "this is a symbolic link of 11 bytes and is not read",
        "this is a file of 9 bytes and is not read",
    ]
    assert (len(found.networks), len(found.expansions), found.vrps) == (0, 1, None)


def test_evidence_when_the_folder_is_a_link_is_damage() -> None:
    """What a link leads to is in no commit: nothing of it is read, and a run does not go on without."""
    link = Entry("evidence/", Kind.SYMLINK, 7, None)
    found, report = evidence(Tree("work tree", {link.path: link}), NOW)
    assert [(item.rule, item.severity, str(item.span), item.message) for item in report] == [
        (
            "ZT600",
            Severity.ERROR,
            "evidence/:1:1",
            "this is a symbolic link, no folder, and nothing in it is read",
        )
    ]
    assert (found.expansions, found.vrps) == ({}, None)


def test_read_expansions_when_exchange_is_large_is_quick() -> None:
    """A tenth of a large exchange takes less than a second, also on a slow machine that measures."""
    ipv4 = tuple(f"{11 + n // 65536}.{n // 256 % 256}.{n % 256}.0/24" for n in range(35_000))
    ipv6 = tuple(f"2a0e:{n // 65536:x}:{n % 65536:x}::/48" for n in range(10_000))
    text = expansions_text(
        [Expansion(AsSet("AS-LARGE"), (), PrefixSet(4, ipv4), PrefixSet(6, ipv6), "snapshot", NOW)]
    ).encode()
    started = time.process_time()
    expansions, findings = read_expansions(text)
    assert time.process_time() - started < 1
    assert (len(expansions[AsSet("AS-LARGE")].ipv4), findings) == (35_000, [])


def test_evidence_of_the_repository_is_about_each_of_its_members() -> None:
    """The example exchange's evidence is whole, in its written form, and has every AS-SET that it names."""
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (Path(__file__).parents[2] / "evidence").glob("*.json")
    }
    found, report = evidence(tree(**{name: text.encode() for name, text in texts.items()}), NOW)
    assert list(report) == []
    assert set(found.networks) == {Asn(number) for number in range(64500, 64512)}
    names = {found.record(asn).irr_as_set for asn in found.networks}  # type: ignore[union-attr] # each was found
    assert names == set(found.expansions)
    assert texts == {
        "peeringdb": networks_text(found.networks),
        "irr": expansions_text(found.expansions.values()),
    }
