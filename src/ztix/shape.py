"""From a document to a model: what pydantic refuses becomes findings with an exact place.

Law: pydantic gives types. `Model` is how every file of an exchange is declared: frozen, unknown keys
refused, inputs hidden from error texts, because a symlink or a secret must never be quoted in a public log.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from ztix.diagnostics import Diagnostic, Severity
from ztix.document import Document, Path
from ztix.terms import Address, AsnRange, Prefix, parse_address, parse_prefix


class Model(BaseModel):
    """A part of a file: frozen, with no other keys than its own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        validate_default=False,
        use_attribute_docstrings=True,
    )


M = TypeVar("M", bound=Model)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a whole number in digits")
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 15 or (len(text) > 1 and text[0] == "0"):
        raise ValueError("must be a whole number in digits")
    return int(text)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError("must be `true` or `false`")
    return value == "true"


def _share(value: object) -> float:
    if isinstance(value, float):
        return value
    text = str(value)
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in text.split(".", 1)):
        raise ValueError("must be a share from 0 to 1, such as `0.1`")
    share = float(text)
    if share > 1:
        raise ValueError("must be a share from 0 to 1, such as `0.1`")
    return share


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if value != value.strip() or not value or not value.isprintable():
        raise ValueError("must be a text of one line, without blanks around it")
    return value


Count: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag)]
Share: TypeAlias = Annotated[
    float, BeforeValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Text: TypeAlias = Annotated[str, BeforeValidator(_text), Field(max_length=120)]
AddressText: TypeAlias = Annotated[
    Address,
    BeforeValidator(parse_address),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]
PrefixText: TypeAlias = Annotated[
    Prefix,
    BeforeValidator(parse_prefix),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F:.]+/[0-9]{1,3}$"}),
]
AsnRangeText: TypeAlias = Annotated[
    AsnRange,
    BeforeValidator(lambda value: value if isinstance(value, AsnRange) else AsnRange.parse(value)),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[1-9][0-9]{0,9}(-[1-9][0-9]{0,9})?$"}),
]


def read_model(document: Document, model: type[M]) -> tuple[M | None, list[Diagnostic]]:
    """The model that the document holds, or every finding about its keys and values. Raises nothing."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        return None, [
            _finding(document, model, dict(item))
            for item in error.errors(include_url=False, include_input=False)
        ]


def _finding(document: Document, model: type[Model], item: dict[str, object]) -> Diagnostic:
    location = item["loc"]
    path: Path = tuple(part for part in location) if isinstance(location, tuple) else ()
    kind, message = str(item["type"]), str(item["msg"])
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(key, sorted(_keys(model)), n=1)
        advice = f"did you mean `{close[0]}`?" if close else "delete it, or see `ztix schema`"
        return Diagnostic(
            "ZT010", Severity.ERROR, f"the key `{_shown(key)}` is unknown", document.key_span(path), advice
        )
    if kind == "missing":
        place = document.span(path[:-1])
        return Diagnostic("ZT011", Severity.ERROR, f"the key `{key}` is missing", place, f"add `{key}:`")
    where = ".".join(_shown(str(part)) for part in path)
    message = message.removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return Diagnostic("ZT012", Severity.ERROR, f"`{where}` {_sentence(kind, message)}", document.span(path))


def _sentence(kind: str, message: str) -> str:
    return message if message.startswith("must") else f"has the wrong form: {message}"


def _shown(text: str) -> str:
    printable = "".join(
        character if character.isprintable() and character != "`" else "?" for character in text
    )
    return printable if len(printable) <= 40 else printable[:39] + "…"


@cache
def _keys(model: type[Model]) -> frozenset[str]:
    """Every key that may stand somewhere in a file of this model."""
    found: set[str] = set()
    for schema in (model.model_json_schema(), *model.model_json_schema().get("$defs", {}).values()):
        found.update(schema.get("properties", {}))
    return frozenset(found)
