"""The JSON Schemas: fresh in the repository, and of one mind with the models."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from ztix.document import read_document
from ztix.schema import (
    DIALECT,
    SCHEMA_LINE,
    SCHEMAS,
    schema_files,
    schema_line,
    schema_name,
    schema_path,
    schema_text,
)
from ztix.shape import read_model
from ztix.tree import Entry, Kind

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("members/AS*.yaml"), *ROOT.glob("policy/*.yaml")])


def read_as_editor(text: str) -> object:
    """What an editor makes of a file: YAML with its own types."""
    return yaml.safe_load(text)


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text(name)))


def member_text(**changed: str) -> str:
    """A member file, with some keys' texts replaced."""
    keys = {"asn": "64500", "name": "Example", "contacts": "[{email: noc@example.net}]"} | changed
    return "".join(f"{key}: {text}\n" for key, text in keys.items())


def test_schema_files_in_the_repository_are_fresh() -> None:
    """`policy/schema/` holds what the models give, and nothing else."""
    there = {f"policy/schema/{path.name}": path.read_text() for path in ROOT.glob("policy/schema/*")}
    assert there == schema_files(), "write them anew: `ztix schema NAME > policy/schema/NAME.json`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_when_generated_is_a_closed_schema_of_its_dialect(name: str) -> None:
    """Each schema is valid, closed, described, and knows no null and no word of pydantic's own."""
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    for part in (schema, *schema.get("$defs", {}).values()):
        assert part["additionalProperties"] is False
        assert part["title"]
        assert part["description"]
    text = schema_text(name)
    assert "null" not in text
    assert '"ge"' not in text
    assert '"le"' not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_schema_when_the_example_is_read_as_an_editor_does_accepts_it(path: Path) -> None:
    """Every file of the repository's exchange satisfies its schema and names it in its first line."""
    name = schema_name(path.relative_to(ROOT).as_posix())
    assert name is not None
    validator(name).validate(read_as_editor(path.read_text()))
    first = path.read_text().splitlines()[0]
    assert first == schema_line(name)
    assert SCHEMA_LINE.fullmatch(first)
    assert (path.parent / first.rpartition("=")[2]).resolve() == ROOT / schema_path(name)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"nodes": "[{id: 1234567890, name: a, addresses: [192.0.2.9]}]"}, "is not of type 'string'"),
        ({"nodes": '[{id: "12345", name: a, addresses: [192.0.2.9]}]'}, "does not match"),
        ({"asn": "0"}, "less than the minimum"),
        ({"asn": "AS64500"}, "is not of type 'integer'"),
        ({"max_prefixes": "{ipv4: 0}"}, "less than the minimum"),
        ({"max_prefixes": "{ipv4: }"}, "is not of type 'integer'"),
        ({"contacts": "[{email: nobody}]"}, "does not match"),
        ({"contacts": "[]"}, "should be non-empty"),
        ({"status": "asleep"}, "is not one of"),
        ({"naem": "x"}, "Additional properties are not allowed"),
    ],
)
def test_schema_when_a_value_is_wrong_refuses_it_as_the_model_does(
    changed: dict[str, str], problem: str
) -> None:
    """What the schema refuses in an editor, ztix refuses too, but for a node id without quotes."""
    text = member_text(**changed)
    errors = [error.message for error in validator("member").iter_errors(read_as_editor(text))]
    assert [message for message in errors if problem in message], errors
    entry = Entry("members/AS64500.yaml", Kind.FILE, len(text), text.encode())
    document, _ = read_document(entry)
    assert document is not None
    assert bool(read_model(document, SCHEMAS["member"])[1]) is ("1234567890" not in text)


def patterns(schema: object) -> list[str]:
    """Every pattern in a schema."""
    if isinstance(schema, list):
        return [pattern for item in schema for pattern in patterns(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    return own + [pattern for item in schema.values() for pattern in patterns(item)]


def test_schema_patterns_escape_no_quote() -> None:
    """Engines in Unicode mode, as editors have, refuse an escape that escapes nothing."""
    found = patterns([json.loads(text) for text in schema_files().values()])
    assert any('"' in pattern for pattern in found)
    assert not [pattern for pattern in found if '\\"' in pattern]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("members/AS64500.yaml", "member"),
        ("policy/route-servers.yaml", "route-servers"),
        ("policy/other.yaml", None),
        ("policy/member.yaml", None),
        ("members/README.md", None),
        ("gates", None),
    ],
)
def test_schema_name_by_path_is_the_file_s_kind(path: str, name: str | None) -> None:
    """A member file and the policy files have a schema; nothing else has."""
    assert schema_name(path) == name
