"""`irr` in policy/routing.yaml: who is asked what AS-SETs expand to, and which answers are believed.

Law: values with their bounds and defaults, as the other files of `policy/`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from ztix.shape import Count, Line, Model, Share, Text

IrrSource = Annotated[Line, Field(pattern=r"^[A-Z][A-Z0-9-]{0,15}$")]
"""The name of an IRR as servers know it, such as `RIPE`."""


class IrrPolicy(Model):
    """Where prefix sets come from."""

    host: Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")] = "rr.ntt.net"
    """Name or IPv4 address of a server that speaks IRRd's protocol."""
    port: Annotated[Count, Field(ge=1, le=65535)] = 43
    """Its TCP port."""
    sources: Annotated[tuple[IrrSource, ...], Field(min_length=1, max_length=32)] = (
        "RIPE",
        "APNIC",
        "AFRINIC",
        "ARIN",
        "LACNIC",
        "IDNIC",
        "JPIRR",
        "NTTCOM",
        "LEVEL3",
        "TC",
        "BELL",
        "CANARIE",
        "BBOI",
        "RADB",
        "ALTDB",
    )
    """IRRs that count. Where two have a set of the same name, the first one's is taken."""
    prefixes_max: Annotated[Count, Field(ge=1, le=1_000_000)] = 100_000
    """Prefixes of one AS-SET and family, at most; a longer list is not taken."""
    shrink_max: Share = 0.5
    """Share of its prefixes or AS numbers that a list may lose at once."""
    growth_max: Annotated[Count, Field(ge=2, le=1000)] = 10
    """How many times as long a list may become at once."""
    max_age_h: Annotated[Count, Field(ge=1)] = 168
    """Hours after which what an AS-SET expands to is told to be old. It stays in use."""
    timeout_s: Annotated[Count, Field(ge=1, le=3600)] = 120
    """Seconds that one question may take."""
    budget_s: Annotated[Count, Field(ge=1, le=86_400)] = 1800
    """Seconds that all questions of one refresh may take."""
    processes: Annotated[Count, Field(ge=1, le=32)] = 4
    """Questions at the same time."""

    @field_validator("sources")
    @classmethod
    def _distinct(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(sources)) != len(sources):
            raise ValueError("must have distinct names")
        return sources
