"""From values to the text of pages: the templates below `templates/site/`.

Law: pure; templates arrive as values. What is printed is escaped, for text and for attributes in quotes, and
must be a text or a whole number. A template loops and includes: it calls nothing, and there are no filters
and no globals, hence no way around the escape, no clock and no chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ztix.render import BrokenTemplate, broken

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "site/"


class Pages:
    """The templates of a site, ready to be filled. Each value is given once for all pages or for one."""

    def __init__(self, templates: Mapping[str, str], everywhere: Mapping[str, object]) -> None:
        self._environment = _environment(templates)
        self._everywhere = everywhere

    def page(self, name: str, **values: object) -> str:
        """What a template makes of its values. Raises BrokenTemplate."""
        from jinja2 import TemplateError

        try:
            template = self._environment.get_template(f"{FOLDER}{name}.j2")
            return template.render(**self._everywhere, **values)
        except (TemplateError, TypeError, ValueError, LookupError, RecursionError) as error:
            raise broken(error, f"{FOLDER}{name}.j2") from None


def _printed(value: object) -> object:
    """Texts and whole numbers pass to the escape. Raises TypeError for all else."""
    from jinja2 import Undefined

    if type(value) is int or isinstance(value, str):
        return value if type(value) is int else str.__str__(value)
    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is missing
    raise TypeError(f"a page prints a value of type `{type(value).__name__}`: neither text nor number")


def _environment(templates: Mapping[str, str]) -> Environment:
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Markup(ImmutableSandboxedEnvironment):
        """Reads values and calls nothing. Stricter than the sandbox, and many times as fast."""

        def getattr(self, obj: object, attribute: str) -> object:
            if attribute.startswith("_"):
                return self.unsafe_undefined(obj, attribute)
            try:
                value = getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
            return self.unsafe_undefined(obj, attribute) if callable(value) else value

        def is_safe_callable(self, obj: object) -> bool:
            return False

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (templates[name], name, lambda: True) if name in templates else None

    environment = Markup(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
        auto_reload=False,  # the texts are values and stay as they are
    )
    environment.globals.clear()
    environment.filters.clear()
    return environment


__all__ = ["BrokenTemplate", "Pages"]
