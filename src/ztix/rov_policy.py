"""`rov` in policy/routing.yaml: where VRPs come from, and what becomes of an invalid route.

Law: values with their bounds and defaults, as the other files of `policy/`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ztix.shape import AddressText, Count, Model


class RpkiCache(Model):
    """A cache that serves VRPs over RTR (RFC 8210)."""

    host: AddressText
    """Its address."""
    port: Annotated[Count, Field(ge=1, le=65535)] = 323
    """Its TCP port."""


class RovPolicy(Model):
    """Route origin validation (RFC 6811)."""

    invalid: Literal["reject", "accept"] = "reject"
    """What becomes of an invalid route."""
    caches: tuple[RpkiCache, ...] = ()
    """Where route servers get VRPs. Without any, VRPs come from evidence/vrps.json, if there is one."""
