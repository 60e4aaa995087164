"""From a view and templates to the text of a configuration, byte for byte the same each time.

Law: pure; templates arrive as values. A template loops and includes. What it prints must be a typed value:
any other text is refused when it is printed, so that no template, not even an exchange's own, can put what a
member wrote into a router. There are no filters and no globals, hence no clock and no chance.
Jinja is imported where it is used, so that only those who render wait for it.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from ztix.diagnostics import shown
from ztix.errors import Invalid
from ztix.evidence import PrefixPattern, PrefixSet, Vrp
from ztix.link import END_MARKER
from ztix.routeserver import RouteServerView
from ztix.routeserver.imports import ImportView
from ztix.routeserver.words import AddressSet, AsnSet, BirdVersion
from ztix.terms import Asn, AsnRange, LargeCommunity, Word
from ztix.tree import Entry, Kind, Tree, byte_limit

if TYPE_CHECKING:
    from jinja2 import Environment


MAIN_TEMPLATE = "bird/bird.conf.j2"
MEMBER_TEMPLATE = "bird/member.j2"
MEMBER_LINE = re.compile(r"# member (AS[1-9][0-9]{0,9})")
SHARED_LINE = "# shared"
# How a template fails at its work, besides Jinja's own errors.
_FAILURES = (TypeError, ValueError, ArithmeticError, LookupError, RecursionError)


class BrokenTemplate(Invalid):
    """A template that cannot be used. path: where, from the exchange's top; line: from 1."""

    def __init__(self, reason: str, path: str, line: int, advice: str, *, readable: bool = True) -> None:
        super().__init__(f"`{path}:{line}`: {reason}" if readable else f"`{path}`: {reason}", help=advice)
        self.reason = reason
        self.path = path
        self.line = line
        self.readable = readable


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one member in a configuration, rendered: typed values have become text here alone."""

    text: str


def render(view: RouteServerView, templates: Mapping[str, str]) -> str:
    """The configuration of one route server, as `render_all` makes it."""
    return render_all((view,), templates)[0]


def render_all(views: Sequence[RouteServerView], templates: Mapping[str, str]) -> tuple[str, ...]:
    """The configurations of these route servers.

    A member's template sees the member and nothing else, so that its lines hang on nothing else; where two
    route servers have the same view of a member, its lines are written once.  templates: by path below
    `templates/`.  Raises BrokenTemplate where one is missing or broken, or prints what is not a typed value.
    """
    from jinja2 import TemplateError

    environment = _environment(tuple(sorted(templates.items())))
    written: dict[int, Block] = {}
    texts: list[str] = []
    try:
        for view in views:
            for member in view.members:
                if id(member) not in written:
                    block = environment.get_template(MEMBER_TEMPLATE).render(member=member)
                    written[id(member)] = Block(block)
            blocks = [written[id(member)] for member in view.members]
            text = environment.get_template(MAIN_TEMPLATE).render(view=view, blocks=blocks)
            texts.append(f"{text.rstrip()}\n{END_MARKER}\n")
    except (TemplateError, *_FAILURES) as error:
        raise broken(error) from None
    return tuple(texts)


def render_template(name: str, templates: Mapping[str, str], **values: object) -> str:
    """What one template makes of these values, under the same law. Raises BrokenTemplate."""
    from jinja2 import TemplateError

    try:
        return _environment(tuple(sorted(templates.items()))).get_template(name).render(**values)
    except (TemplateError, *_FAILURES) as error:
        raise broken(error) from None


def own_templates(tree: Tree, defaults: Mapping[str, str]) -> dict[str, str]:
    """The packaged templates, with those of the exchange's own `templates/` in their place.

    Raises BrokenTemplate where one is no regular file of UTF-8, or another thing stands for a folder.
    """
    found = dict(defaults)
    for entry in tree.below("templates"):
        template = entry.path.endswith(".j2")
        if not template and entry.kind in (Kind.FILE, Kind.EXECUTABLE):
            continue
        try:
            if entry.kind is not Kind.FILE:
                raise _unusable(entry, f"this is {entry.kind.one}, no regular file")
            if entry.content is None:
                raise _unusable(entry, f"it has {entry.size} bytes, more than {byte_limit(entry.path)}")
            found[entry.path.removeprefix("templates/")] = entry.content.decode()
        except UnicodeDecodeError:
            raise _unusable(entry, "it is not UTF-8 text") from None
    return found


def _unusable(entry: Entry, reason: str) -> BrokenTemplate:
    advice = "write it anew, or delete it: the packaged one takes its place"
    return BrokenTemplate(reason, entry.path, 1, advice, readable=False)


def owner_at(text: str, line: int) -> str | None:
    """Whose line this is in a rendered configuration: a member such as `AS64500`, or None: everybody's.

    line: counts from 1. A block opens with `# member AS64500` and lasts until the next, or `# shared`.
    """
    for above in reversed(text.splitlines()[:line]):
        found = MEMBER_LINE.fullmatch(above)
        if found:
            return found[1]
        if above in (SHARED_LINE, END_MARKER):
            return None
    return None


def printed(value: object) -> str:
    """How BIRD writes a typed value. Raises TypeError for every other value, above all for plain text."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is missing
    raise TypeError(f"a template prints a value of type `{type(value).__name__}`, which is not a typed one")


def _vrp(value: Vrp) -> str:
    return f"{value.prefix} max {value.max_length} as {value.asn}"


def _community(value: LargeCommunity) -> str:
    return f"({value.asn}, {value.function}, {value.argument})"


def _asn_range(value: AsnRange) -> str:
    return str(value.first) if value.first == value.last else f"{value.first}..{value.last}"


def _asn_set(value: AsnSet) -> str:
    return _set(str(int(part)) if isinstance(part, Asn) else _asn_range(part) for part in value.asns)


def _address_set(value: AddressSet) -> str:
    return f"[{', '.join(map(str, value.addresses))}]"


def _import(value: ImportView) -> str:
    """In one piece, because a thousand members have thousands of them."""
    names = f"{value.origins}, {value.prefixes}, {value.blackholes}, {value.transit_free}, {value.never_via}"
    return f"{int(value.asn)}, {_address_set(value.next_hops)}, {value.irr}, {names}, {value.fingerprint}"


def _prefix_set(value: PrefixSet) -> str:
    return _set(value.texts)


def _set(elements: Iterable[str]) -> str:
    """An element a line, so that a change is a line of a diff."""
    text = ",\n  ".join(elements)
    return f"[\n  {text}\n]" if text else "[]"


_WRITERS: Mapping[type, Callable[..., str]] = {
    int: str,
    IPv4Address: str,
    IPv6Address: str,
    IPv4Network: str,
    IPv6Network: str,
    BirdVersion: str,
    Vrp: _vrp,
    LargeCommunity: _community,
    AsnRange: _asn_range,
    Asn: lambda value: str(int(value)),
    AddressSet: _address_set,
    ImportView: _import,
    AsnSet: _asn_set,
    PrefixSet: _prefix_set,
    PrefixPattern: str,
    Block: lambda value: value.text,
}


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    return sandbox(dict(templates), printed, autoescape=False)  # no markup; `printed` is the guard


def sandbox(
    templates: Mapping[str, str], finalize: Callable[[object], object], *, autoescape: bool
) -> Environment:
    """What templates run in: they loop, include and print what `finalize` lets pass, and nothing else."""
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Loops(ImmutableSandboxedEnvironment):
        """Reads values and calls nothing. Stricter than the sandbox, and many times as fast."""

        def getattr(self, obj: object, attribute: str) -> object:
            if attribute.startswith("_"):
                return self.unsafe_undefined(obj, attribute)
            try:
                value = getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
            return self.unsafe_undefined(obj, attribute) if callable(value) else value

        def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
            return not attr.startswith("_") and not callable(value)

        def is_safe_callable(self, obj: object) -> bool:
            return False

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (templates[name], name, lambda: True) if name in templates else None

    environment = Loops(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # an included step ends its own line
        autoescape=autoescape,
        auto_reload=False,  # the texts are values and stay as they are
    )
    environment.globals.clear()
    environment.filters.clear()
    return environment


def broken(error: Exception, asked: str = MAIN_TEMPLATE) -> BrokenTemplate:
    """What is wrong with the templates, with the line in the template nearest to the one asked for."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    advice = "mend the template, or delete it: the packaged one takes its place"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    name, line = (frames[-1].filename, frames[-1].lineno or 1) if frames else (asked, 1)
    reason = str(error)
    if isinstance(error, TemplateNotFound):
        reason = f"the template `{shown(str(error.name))}` is missing"
        advice = "include a template that is below `templates/`, by its path from there"
    elif isinstance(error, TemplateSyntaxError):
        name, line, reason = error.name or name, error.lineno, error.message or reason
    return BrokenTemplate(reason, f"templates/{name}", line, advice)
