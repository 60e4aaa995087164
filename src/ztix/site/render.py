"""From values to the text of pages: the templates below `templates/site/`.

Law: pure; templates arrive as values. What is printed is escaped, for text and for attributes in quotes, and
must be a text or a whole number. A template loops and includes: it calls nothing, and there are no filters
and no globals, hence no way around the escape, no clock and no chance.
"""

from __future__ import annotations

from collections.abc import Mapping

from ztix.render import broken, sandbox

FOLDER = "site/"


class Pages:
    """The templates of a site, ready to be filled. Each value is given once for all pages or for one."""

    def __init__(self, templates: Mapping[str, str], everywhere: Mapping[str, object]) -> None:
        self._environment = sandbox(templates, _printed, autoescape=True)
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
