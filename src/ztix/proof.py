"""What a BIRD says about a configuration text: it parses it, or where it stops.

Law: values only; `drivers/bird.py` asks. A proof is about syntax: what a text does once it runs is decided
before it is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.routeserver.words import BirdVersion


@dataclass(frozen=True, slots=True)
class Objection:
    """What BIRD says about a place. line, column: 1 is the first line; 0 and 0 where BIRD names none."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Proven:
    """This version parses the text. warnings: what it says all the same."""

    version: BirdVersion
    warnings: tuple[Objection, ...] = ()
    proven: Literal[True] = True


@dataclass(frozen=True, slots=True)
class Disproved:
    """This version refuses the text; BIRD tells the first error only."""

    version: BirdVersion
    line: int
    column: int
    message: str
    proven: Literal[False] = False


Proof: TypeAlias = Proven | Disproved
