"""The order in which a route meets the export filter of a route server, once for each client.

Law: a table, as `order` is for import. Each step has a template of its name in `templates/bird/export/`, and
a line in docs/filters.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.routeserver.words import Remark
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class ExportStep:
    """One step. withholds: whether it may keep the route from the client; otherwise it amends it."""

    number: int
    name: Label
    withholds: bool
    title: Remark
    references: Remark

    @property
    def template(self) -> str:
        """The template that writes the step."""
        return f"bird/export/{self.name}.j2"


def _step(number: int, name: str, withholds: bool, title: str, references: str) -> ExportStep:
    return ExportStep(number, Label(name), withholds, Remark(title), Remark(references))


EXPORT_STEPS: tuple[ExportStep, ...] = (
    _step(1, "not-bgp", True, "a route that came from no member", "RFC 7947 section 1"),
    _step(2, "own-route", True, "the client's own route", "RFC 4271 section 9.1.2"),
    _step(3, "next-hop-family", True, "a next hop of a kind that the client cannot send to", "RFC 8950"),
    _step(4, "not-announced", True, "a route that its member keeps from it", "RFC 7948 section 4.6.1"),
    _step(5, "well-known", False, "NO_EXPORT or NO_ADVERTISE is added if asked for", "RFC 1997"),
    _step(6, "prepend", False, "the member's AS number is prepended if asked for", "RFC 7948 section 4.6.1"),
    _step(7, "uncontrol", False, "the communities that asked for it are taken off", "RFC 7454 section 11"),
)
