"""From a document to a model: every complaint has its key, its place and a sentence of our own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Annotated

import pytest
from pydantic import BeforeValidator, Field

from ztix.diagnostics import FINDINGS_MAX
from ztix.document import Document, read_document
from ztix.member import Member
from ztix.member_policy import NOTHING_DIFFERENT
from ztix.policy import POLICY_FILES
from ztix.schema import SCHEMAS, schema_text
from ztix.shape import (
    _FORMS,
    AddressText,
    AsnRangeText,
    Count,
    Flag,
    Model,
    PrefixText,
    Share,
    Text,
    _inner,
    read_model,
)
from ztix.terms import AsnRange
from ztix.tree import MEMBER_BYTES, Entry, Kind

GOOD = (
    "asn: 64500\nname: Example\ncontacts: [{email: noc@example.net}]\n"
    'nodes:\n  - id: "1a2b3c4d5e"\n    name: fra1\n    addresses: [192.0.2.10]\n'
)
ONE_LINE = "must be a text of one line, without blanks around it"


class Part(Model):
    """A part."""

    count: Annotated[Count, Field(ge=1, le=9)] = 1
    """A number."""
    texts: tuple[Text, ...] = ()
    """Texts."""
    plain: str = "x"
    """A text without bounds."""


class Whole(Model):
    """A file."""

    part: Part | None = None
    """One."""
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=2)] = (Part(),)
    """Several."""
    flag: Flag = True
    """A flag."""
    share: Share = 0.5
    """A share."""
    address: AddressText = ip_address("192.0.2.1")
    """An address."""
    prefix: PrefixText = ip_network("192.0.2.0/24")
    """A prefix."""
    asns: AsnRangeText = AsnRange(1, 2)
    """A range."""
    table: dict[str, str] = Field(default_factory=dict)
    """What no file has: for the sentence that fits anything."""


def document(text: str) -> Document:
    """A document that reads well."""
    found, findings = read_document(Entry("members/AS64500.yaml", Kind.FILE, len(text), text.encode()))
    assert found is not None, findings
    return found


def complaints(text: str, model: type[Model] = Member) -> list[tuple[str, str, str, str]]:
    """Rule, line:column, message and help of each finding."""
    value, findings = read_model(document(text), model)
    assert value is None
    return [(f.rule, f"{f.span.line}:{f.span.column}", f.message, f.help) for f in findings]


def models(model: type[Model]) -> Iterator[type[Model]]:
    yield model
    for field in model.model_fields.values():
        inner = _inner(field.annotation)
        yield from models(inner) if inner else ()


def test_default_that_is_a_model_is_what_its_validator_makes_of_it() -> None:
    """It is made without one, so that none is built while modules load: a wrong value would pass."""
    every = {found for model in (Member, *POLICY_FILES.values()) for found in models(model)}
    fields = [field for model in every for field in model.model_fields.values()]
    defaults = [default for field in fields if isinstance(default := field.default, Model)]
    assert len(defaults) > 15
    for default in (*defaults, NOTHING_DIFFERENT):
        assert type(default).model_validate(default.model_dump(exclude_unset=True)) == default


def test_model_when_all_is_good_holds_typed_values() -> None:
    """Texts become the types that keys ask for."""
    text = (
        "part: {count: 9, texts: [a b]}\nflag: false\nshare: 0.25\naddress: 2001:DB8::1\n"
        "prefix: 2001:db8::/32\nasns: 64496-64511\n"
    )
    value, findings = read_model(document(text), Whole)
    assert findings == []
    assert value == Whole(
        part=Part(count=9, texts=("a b",)),
        flag=False,
        share=0.25,
        address=ip_address("2001:db8::1"),
        prefix=ip_network("2001:db8::/32"),
        asns=AsnRange(64496, 64511),
    )


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("part: text", "1:7", "`part` must be a mapping of keys to values"),
        ("part: {count: 0}", "1:15", "`part.count` must be at least 1"),
        ("part: {count: 10}", "1:15", "`part.count` must be at most 9"),
        ("part: {count: 01}", "1:15", "`part.count` must be a whole number in digits"),
        ("part: {count: -1}", "1:15", "`part.count` must be a whole number in digits"),
        ("part: {count: ٣}", "1:15", "`part.count` must be a whole number in digits"),
        ("part: {count: 1234567890123456}", "1:15", "`part.count` must be a whole number in digits"),
        ("part: {count: [1]}", "1:15", "`part.count` must be a whole number in digits"),
        ("part: {texts: a}", "1:15", "`part.texts` must be a list"),
        ("part: {texts: [[a]]}", "1:16", "`part.texts[0]` must be a text"),
        (
            'part: {texts: [" a"]}',
            "1:16",
            f"`part.texts[0]` {ONE_LINE}",
        ),
        (
            'part: {texts: [""]}',
            "1:16",
            f"`part.texts[0]` {ONE_LINE}",
        ),
        (
            'part: {texts: ["\\e"]}',
            "1:16",
            f"`part.texts[0]` {ONE_LINE}",
        ),
        (f"part: {{texts: [{'a' * 121}]}}", "1:16", "`part.texts[0]` must have at most 120 characters"),
        ("part: {plain: [a]}", "1:15", "`part.plain` must be a text"),
        ("parts: []", "1:8", "`parts` must have at least 1 item"),
        ("parts: [{}, {}, {}]", "1:8", "`parts` must have at most 2 items"),
        ("parts: [text]", "1:9", "`parts[0]` must be a mapping of keys to values"),
        ("flag: maybe", "1:7", "`flag` must be `true` or `false`"),
        ("flag: [true]", "1:7", "`flag` must be `true` or `false`"),
        ("share: 1.1", "1:8", "`share` must be a share from 0 to 1, such as `0.1`"),
        ("share: .5", "1:8", "`share` must be a share from 0 to 1, such as `0.1`"),
        ("share: nan", "1:8", "`share` must be a share from 0 to 1, such as `0.1`"),
        ("share: [0]", "1:8", "`share` must be a share from 0 to 1, such as `0.1`"),
        ("address: 192.0.2.0/24", "1:10", "`address` must be an IPv4 or IPv6 address without a length"),
        ("prefix: 192.0.2.1", "1:9", "`prefix` must be a prefix with its length, such as `192.0.2.0/24`"),
        ("asns: 2-1", "1:7", "`asns` must be a range whose end is not before its start"),
        ("table: text", "1:8", "`table` has the wrong form"),
    ],
)
def test_model_when_a_value_has_the_wrong_form_says_what_it_must_be(
    line: str, place: str, message: str
) -> None:
    """Each complaint is one sentence with the value's path, at the value's place."""
    assert [finding[:3] for finding in complaints(line + "\n", Whole)] == [("ZT012", place, message)]


@pytest.mark.parametrize(
    ("old", "new", "place", "key", "advice"),
    [
        ("name: Example", "nmae: Example\nname: A", "2:1", "nmae", "did you mean `name`?"),
        (
            "    name: fra1",
            "    name: fra1\n    adresses: []",
            "7:5",
            "adresses",
            "did you mean `addresses`?",
        ),
        ("asn: 64500", "asn: 64500\naddresses: []", "2:1", "addresses", "`addresses` belongs in `nodes`"),
        ("asn: 64500", "asn: 64500\nlogin: x", "2:1", "login", "`login` belongs in `contacts.github`"),
        ("    name: fra1", "    name: fra1\n    max_prefixes: {}", "7:5", "max_prefixes", "at the top level"),
        ("email: noc", "zzz: 1, email: noc", "3:13", "zzz", "delete it; here may stand `email`, `github`"),
        (
            '"1a2b3c4d5e"',
            '"1a2b3c4d5e"\n    "\\e`": 1',
            "6:5",
            "??",
            "delete it; here may stand `addresses`",
        ),
    ],
)
def test_model_when_a_key_is_unknown_proposes_one_of_its_own_mapping(
    old: str, new: str, place: str, key: str, advice: str
) -> None:
    """What is proposed may stand in that very mapping; a key of another one is sent there."""
    (finding,) = complaints(GOOD.replace(old, new))
    assert finding[:3] == ("ZT010", place, f"the key `{key}` is unknown here")
    assert advice in finding[3]


def test_model_when_a_key_stands_in_a_mapping_that_is_none_of_ours_says_only_that() -> None:
    """A text where a mapping belongs is one complaint, not one for each of its keys."""
    assert [rule for rule, *_ in complaints("part: {count: {a: 1}}\n", Whole)] == ["ZT012"]


def test_model_when_keys_are_missing_names_each_at_its_mapping() -> None:
    """A missing key is reported where it would have to stand."""
    assert complaints("asn: 64500\nnodes:\n  - id: 1a2b3c4d5e\n") == [
        ("ZT011", "1:1", "the key `name` is missing", "add `name:`"),
        ("ZT011", "1:1", "the key `contacts` is missing", "add `contacts:`"),
        ("ZT011", "3:5", "the key `name` is missing", "add `name:`"),
        ("ZT011", "3:5", "the key `addresses` is missing", "add `addresses:`"),
    ]


def test_model_when_the_only_item_of_a_list_is_wrong_does_not_call_the_list_short() -> None:
    """One mistake is one finding."""
    assert complaints(GOOD.replace("192.0.2.10", "192.0.2.300")) == [
        ("ZT012", "7:17", "`nodes[0].addresses[0]` must be an IPv4 or IPv6 address without a length", "")
    ]


def test_model_findings_never_quote_a_value() -> None:
    """What a file holds may be a secret that got there by mistake."""
    text = GOOD.replace("1a2b3c4d5e", "SECRET").replace("Example", '" SECRET"').replace("64500", "SECRET")
    assert len(complaints(text)) == 3
    assert not any("SECRET" in part for finding in complaints(text) for part in finding)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number}: 1\n" for number in range(10_000))[: MEMBER_BYTES - 10] + "\n",
        "contacts: [" + "{}," * 5000 + "]",
        "contacts: [" + "1," * 8000 + "]",
        "nodes: [" + "{a: 1}," * 2300 + "]",
    ],
)
def test_model_when_a_file_is_full_of_faults_ends_soon_with_a_bounded_report(text: str) -> None:
    """Thousands of wrong keys end within a second, in a hundred findings and a count."""
    read = document(text)
    started = time.process_time()
    _, findings = read_model(read, Member)
    assert time.process_time() - started < 1
    assert len(findings) <= FINDINGS_MAX + 1
    if len(findings) > FINDINGS_MAX:
        assert findings[-1].message.endswith("more findings in this file are not shown")


@pytest.mark.parametrize(
    ("old", "new", "key", "advice"),
    [
        ("asn: 64500", "asn: AS64500", "asn", "write `64500`"),
        ("1a2b3c4d5e", "1A2B3C4D5E", "nodes[0].id", "write `1a2b3c4d5e`"),
        ("name: fra1", "name: FRA1", "nodes[0].name", "write `fra1`"),
        (
            "192.0.2.10",
            "192.0.02.087",
            "nodes[0].addresses[0]",
            "a number in it starts with a zero: write `192.0.2.87`",
        ),
        ("192.0.2.10", "192.0.2.300", "nodes[0].addresses[0]", ""),
        ("192.0.2.10", "192.0.2.10" * 9, "nodes[0].addresses[0]", ""),
        ("name: fra1", "name: fra1\n    route_servers: No", "nodes[0].route_servers", "write `false`"),
        ("name: fra1", "name: fra1\n    route_servers: yes", "nodes[0].route_servers", "write `true`"),
        ("nodes:", "as_set: {ipv4: [ripe::as-example]}\nnodes:", "as_set.ipv4", ""),
        ("nodes:", "as_set: {ipv4: ripe::as-example}\nnodes:", "as_set.ipv4", "write `RIPE::AS-EXAMPLE`"),
    ],
)
def test_model_when_it_is_plain_what_is_meant_says_what_to_write(
    old: str, new: str, key: str, advice: str
) -> None:
    """A slip of case, a prefix or a zero too many is answered with the right value; a guess is not."""
    ((rule, _, message, help_text),) = complaints(GOOD.replace(old, new))
    assert (rule, message.split(" ")[0], help_text) == ("ZT012", f"`{key}`", advice)


@pytest.mark.parametrize("model", [Member, *POLICY_FILES.values()])
def test_model_when_a_text_has_the_wrong_form_shows_no_pattern(model: type[Model]) -> None:
    """Each key whose text has a pattern has a sentence for it."""
    waiting, keys = [model], set[str]()
    for part in waiting:
        for key, field in part.model_fields.items():
            inner = _inner(field.annotation)
            waiting += [inner] if inner else []
            if "_PydanticGeneralMetadata(pattern=" in repr(field):
                keys.add(key)
    assert keys <= set(_FORMS)
    assert ("email" in keys) == (model is Member)


def test_model_when_an_address_for_letters_is_none_says_what_it_must_be() -> None:
    """The sentence is the key's own."""
    ((_, _, message, _),) = complaints(GOOD.replace("noc@example.net", "noc"))
    assert message == "`contacts[0].email` must be one e-mail address such as `noc@example.net`"


def test_model_when_a_text_stands_for_a_list_says_how_one_is_written() -> None:
    """What stands below a key that has another value is not looked up; the form is told all the same."""
    advice = "write each item on a line of its own below, behind `- `"
    assert complaints("parts: [{texts: a}]\n", Whole)[0][3] == advice


def test_model_when_a_reader_took_a_text_apart_points_at_the_text() -> None:
    """An item that stands nowhere in the file by itself is complained of at the text it came from."""

    class Apart(Model):
        counts: Annotated[tuple[Count, ...], BeforeValidator(str.split)]

    ((rule, place, message, _),) = complaints("counts: 1 x\n", Apart)
    assert (rule, place) == ("ZT012", "1:9")
    assert message == "`counts[1]` must be a whole number in digits"


@pytest.mark.parametrize("name", SCHEMAS)
def test_model_has_a_sentence_for_every_key(name: str) -> None:
    """Every key of every file is explained, because the schema shows it in editors."""
    parts: list[Mapping[str, Mapping[str, object]]] = []
    schema = json.loads(schema_text(name))
    for part in (schema, *schema.get("$defs", {}).values()):
        parts.append(part.get("properties", {}))
    for properties in parts:
        for key, field in properties.items():
            assert field.get("description"), key
