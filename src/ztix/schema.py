"""JSON Schema of every file that people write, for their editors, made from the models.

Law: pure; the models are the authority and `policy/schema/` holds what this file makes of them. An editor
reads YAML with types, where ztix reads texts: so numbers and flags are numbers and flags here, and null is
nowhere allowed, because a key that is absent is left out.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from itertools import pairwise
from typing import TypeAlias, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ztix.member import MEMBER_PATH, Member
from ztix.policy import POLICY_FILES
from ztix.shape import Model

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: dict[str, type[Model]] = {"member": Member, **POLICY_FILES}
"""What `ztix schema` prints: one schema for each kind of file."""

SCHEMA_LINE = re.compile(r"#\s*yaml-language-server:\s*\$schema=\S*\s*")
_BOUNDS = {"ge": "minimum", "le": "maximum"}  # pydantic leaves its own words where a validator comes first


class _Generator(GenerateJsonSchema):
    """pydantic's generator, but all steps of a chain count, and fields get no titles made from their keys."""

    def chain_schema(self, schema: core_schema.ChainSchema) -> JsonSchemaValue:
        merged: JsonSchemaValue = {}
        for step in schema["steps"]:
            merged |= self.generate_inner(step)
        return merged

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for name, words in attribute_words(schema["cls"]).items():
            made["properties"][name]["description"] = words
        return made

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def attribute_words(model: type) -> dict[str, str]:
    """What stands below each attribute of a class, its parents' included.

    pydantic would read the source of every model for this whenever one is imported, which takes longer than
    reading an exchange; only a schema needs it.
    """
    words: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each is Model or not issubclass(each, Model):
            continue
        (written,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        for attribute, below in pairwise(cast("ast.ClassDef", written).body):
            match attribute, below:
                case ast.AnnAssign(ast.Name(name)), ast.Expr(ast.Constant(str() as text)):
                    words[name] = inspect.cleandoc(text)
    return words


def schema_name(path: str) -> str | None:
    """Which schema is a file's, by its path in an exchange; None where it has none."""
    if MEMBER_PATH.fullmatch(path):
        return "member"
    name = path.removeprefix("policy/").removesuffix(".yaml")
    return name if path == f"policy/{name}.yaml" and name in POLICY_FILES else None


def schema_path(name: str) -> str:
    """Where the schema stands in an exchange."""
    return f"policy/schema/{name}.json"


def schema_line(name: str) -> str:
    """The comment by which an editor finds the schema from the file it is for."""
    below = "../policy/schema" if name == "member" else "schema"
    return f"# yaml-language-server: $schema={below}/{name}.json"


def schema_text(name: str) -> str:
    """The schema of that name in `SCHEMAS`, as it stands in its file."""
    generated = SCHEMAS[name].model_json_schema(schema_generator=_Generator)
    return json.dumps({"$schema": DIALECT, **_mended(generated)}, indent=2, ensure_ascii=False) + "\n"


def schema_files() -> dict[str, str]:
    """Every schema by its path in an exchange."""
    return {schema_path(name): schema_text(name) for name in SCHEMAS}


def _mended(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema without null, with the bounds' own words."""
    mended: dict[str, Json] = {}
    for key, value in schema.items():
        if key == "default" and _holds_null(value):
            continue
        if key == "anyOf" and isinstance(value, list):
            kept = [_each(choice) for choice in value if choice != {"type": "null"}]
            alone = kept[0] if len(kept) == 1 else None
            mended |= alone if isinstance(alone, dict) else {"anyOf": kept}
        elif key == "pattern" and isinstance(value, str):
            mended[key] = value.replace('\\"', '"')  # an editor's engine refuses escapes that escape nothing
        else:
            mended[_BOUNDS.get(key, key)] = _each(value)
    return mended


def _each(value: Json) -> Json:
    if isinstance(value, dict):
        return _mended(value)
    return [_each(item) for item in value] if isinstance(value, list) else value


def _holds_null(value: Json) -> bool:
    return value is None or (isinstance(value, dict) and any(map(_holds_null, value.values())))
