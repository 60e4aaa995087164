"""From a document to a model: what pydantic refuses becomes findings with an exact place.

Law: pydantic gives types. `Model` is how every file of an exchange is declared: frozen, unknown keys
refused, inputs hidden from error texts, because a symlink or a secret must never be quoted in a public log.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, TypeAlias, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from ztix.diagnostics import FINDINGS_MAX, Diagnostic, Severity, Span, more, shown
from ztix.document import Document, Path, Value
from ztix.slips import likely, missing
from ztix.terms import Address, AsnRange, Prefix, parse_address, parse_prefix


class Model(BaseModel):
    """A part of a file: frozen, with no other keys than its own.

    Its validator is built when it is first used, because a command reads few kinds of files and starts often.
    So that none is used while modules load, a default that is a model comes from `model_construct`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        validate_default=False,
        defer_build=True,
    )


M = TypeVar("M", bound=Model)


_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise ValueError("must be a whole number in digits")
    return int(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError("must be `true` or `false`")
    return value == "true"


_SHARE = re.compile(r"0(?:\.[0-9]{1,9})?|1(?:\.0{1,9})?")


def _share(value: object) -> float:
    text = str(value)
    if not isinstance(value, str | float) or not _SHARE.fullmatch(text):
        raise ValueError("must be a share from 0 to 1, such as `0.1`")
    return float(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if value != value.strip() or not value or not value.isprintable():
        raise ValueError("must be a text of one line, without blanks around it")
    return value


Count: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0)]
Flag: TypeAlias = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Share: TypeAlias = Annotated[
    float, PlainValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Line: TypeAlias = Annotated[str, BeforeValidator(_text)]
Text: TypeAlias = Annotated[Line, Field(max_length=120)]
AddressText: TypeAlias = Annotated[
    Address,
    PlainValidator(parse_address),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]
PrefixText: TypeAlias = Annotated[
    Prefix,
    PlainValidator(parse_prefix),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F:.]+/[0-9]{1,3}$"}),
]
AsnRangeText: TypeAlias = Annotated[
    AsnRange,
    PlainValidator(lambda value: value if isinstance(value, AsnRange) else AsnRange.parse(value)),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[1-9][0-9]{0,9}(-[1-9][0-9]{0,9})?$"}),
]


def read_model(document: Document, model: type[M]) -> tuple[M | None, list[Diagnostic]]:
    """The model that the document holds, or findings about its keys and values by place. Raises nothing.

    A file may have thousands of wrong keys: the first FINDINGS_MAX are told, and how many more there are.
    """
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        faults = [
            _Fault.of(document, item)
            for item in error.errors(include_url=False, include_input=False, include_context=True)
        ]
    blamed = {fault.path[:end] for fault in faults for end in range(len(fault.path))}
    # A list whose only item is wrong is not also too short.
    faults = [fault for fault in faults if fault.kind != "too_short" or fault.path not in blamed]
    faults.sort(key=lambda fault: (fault.span.line, fault.span.column))
    findings = [_finding(model, fault) for fault in faults[:FINDINGS_MAX]]
    return None, findings + more(len(faults) - len(findings), findings[-1])


@dataclass(frozen=True, slots=True)
class _Fault:
    """One complaint of pydantic. path: where, without the key itself for an unknown or a missing one."""

    kind: str
    path: Path
    key: str
    message: str
    context: Mapping[str, object]
    span: Span
    value: object = None

    @classmethod
    def of(cls, document: Document, item: ErrorDetails) -> _Fault:
        path: Path = tuple(item["loc"])
        kind, context = item["type"], item.get("ctx", {})
        if kind == "extra_forbidden":
            return cls(kind, path[:-1], str(path[-1]), "", context, document.key_span(path))
        if kind == "missing":
            return cls(kind, path[:-1], str(path[-1]), "", context, document.span(path[:-1]))
        return cls(kind, path, "", item["msg"], context, document.span(path), _value(document.value, path))


def _value(value: Value | None, path: Path) -> Value | None:
    """What stands at the path; None where a reader took a text apart, so that nothing stands there."""
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return None
    return value


def _finding(model: type[Model], fault: _Fault) -> Diagnostic:
    key = shown(fault.key)
    if fault.kind == "extra_forbidden":
        message = f"the key `{key}` is unknown here"
        return Diagnostic("ZT010", Severity.ERROR, message, fault.span, _advice(model, fault))
    if fault.kind == "missing":
        advice = missing(key, _last(fault.path))
        return Diagnostic("ZT011", Severity.ERROR, f"the key `{key}` is missing", fault.span, advice)
    sentence = _sentence(fault)
    message = f"`{_written(fault.path)}` {sentence}"
    inner = _enclosing(model, fault.path)
    keys = (
        sorted(inner.model_fields, key=lambda each: not inner.model_fields[each].is_required())
        if inner
        else ()
    )
    advice = likely(fault.value, sentence, _last(fault.path), keys)
    return Diagnostic("ZT012", Severity.ERROR, message, fault.span, advice)


def _last(path: Path) -> str:
    """The last key of a path; nothing where it has none."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _advice(model: type[Model], fault: _Fault) -> str:
    """What may be meant by an unknown key: one that looks like it here, or the place where it belongs."""
    here = _enclosing(model, fault.path)
    keys = sorted(here.model_fields) if here else []
    close = difflib.get_close_matches(fault.key, keys, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    elsewhere = _places(model).get(fault.key)
    if elsewhere is not None:
        place = f"in `{elsewhere}`" if elsewhere else "at the top level of the file"
        return f"`{fault.key}` belongs {place}"
    return f"delete it; here may stand {', '.join(f'`{known}`' for known in keys)}"


def _enclosing(model: type[Model], path: Path) -> type[Model] | None:
    """The model of the mapping at `path`."""
    found: type[Model] | None = model
    for part in path:
        if isinstance(part, str) and found is not None:
            field = found.model_fields.get(part)
            found = _inner(field.annotation) if field else None
    return found


def _inner(annotation: object) -> type[Model] | None:
    """The model in an annotation such as `tuple[Node, ...]` or `Node | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)


@cache
def _places(model: type[Model]) -> Mapping[str, str]:
    """For every key of a file of this model: the path of the mapping where it first may stand."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, type[Model]]] = [("", model)]
    for path, part in waiting:
        for key, field in part.model_fields.items():
            found.setdefault(key, path)
            inner = _inner(field.annotation)
            if inner:
                waiting.append((f"{path}.{key}" if path else key, inner))
    return found


def _written(path: Path) -> str:
    """A path as it is read: `nodes[0].addresses`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path)
    return text.removeprefix(".") or "the file"


_SENTENCES = {
    "too_short": "must have at least {min_length} {items}",
    "too_long": "must have at most {max_length} {items}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "model_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "string_type": "must be a text",
}


_FORMS = {
    "login": "must be a GitHub account's name: letters, digits and hyphens",
    "email": "must be one e-mail address such as `noc@example.net`",
    "env": "must be an environment variable's name: A-Z, 0-9 and _",
    "url": "must be an address such as `http://127.0.0.1:9993`",
    "issuer": "must be the https address that the service names itself by",
    "self_service": "must be a path of keys such as `/contacts/*/email`",
    "sources": "must be the name of an IRR such as `RIPE`, in upper case",
    "domain": "must be a domain such as `ix.example.net`, in lower case",
    "host": "must be a host's name or address, without a user or port",
    "user": "must be a user's name: a-z, 0-9, _ and -",
    "host_keys": "must be a key's kind and the key, as `ssh-keyscan` prints them: `ssh-ed25519 AAAA…`",
    "given": "must be a member such as `AS64500`, or the label of a route server or infrastructure node",
    "to": "must be a member such as `AS64500`, or the label of a route server or infrastructure node",
    "bird": "must be a version of BIRD such as `2.0.12`",
}
"""What a text must be, by the key that it stands at: a pattern says it to nobody."""


def _sentence(fault: _Fault) -> str:
    """What a value must be, in words of this project and never in those of a library."""
    if fault.kind == "value_error":
        return fault.message.removeprefix("Value error, ")
    if fault.kind == "string_pattern_mismatch":
        return _FORMS.get(_last(fault.path), "has the wrong form")
    counted = "item" if fault.context.get("field_type") == "Tuple" else "character"
    one = 1 in (fault.context.get("min_length"), fault.context.get("max_length"))
    words = {name: str(value).replace("'", "`") for name, value in fault.context.items()}
    template = _SENTENCES.get(fault.kind, "has the wrong form")
    return template.format(**{**words, "items": counted if one else f"{counted}s"})
