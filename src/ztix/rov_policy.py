"""`rov` and `aspa` in policy/routing.yaml: where VRPs come from, and what becomes of an invalid route.

Law: values with their bounds and defaults, as the other files of `policy/`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ztix.shape import AddressText, Count, Line, Model, Share


class RpkiCache(Model):
    """A cache that serves VRPs over RTR (RFC 8210)."""

    host: AddressText
    """Its address."""
    port: Annotated[Count, Field(ge=1, le=65535)] = 323
    """Its TCP port."""
    refresh_s: Annotated[Count, Field(ge=1, le=86_400)] = 900
    """Seconds between two questions for what is new; a cache tells of news by itself as well."""
    retry_s: Annotated[Count, Field(ge=1, le=7200)] = 90
    """Seconds between two attempts while it does not answer."""
    expire_s: Annotated[Count, Field(ge=600, le=172_800)] = 7200
    """Seconds for which its VRPs stay in use after it answered last; then it is as if it had none."""

    @model_validator(mode="after")
    def _ordered(self) -> RpkiCache:
        if self.expire_s <= max(self.refresh_s, self.retry_s):
            raise ValueError("must have `expire_s` above `refresh_s` and `retry_s`")
        return self


class VrpList(Model):
    """The list of VRPs in evidence/vrps.json, for where no cache knows anything."""

    url: (
        Annotated[Line, Field(max_length=240, pattern=r"^https?://[A-Za-z0-9.\[\]:-]+/[A-Za-z0-9/_.?=&%-]*$")]
        | None
    ) = None
    """Where `ztix evidence refresh` fetches it: JSON as validators write it, with a list `roas`."""
    file: Annotated[Line, Field(max_length=240)] | None = None
    """Instead of `url`: a file on the machine that refreshes."""
    max_age_h: Annotated[Count, Field(ge=1, le=8760)] = 48
    """Hours after which the list is not used any more."""
    shrink_max: Share = 0.1
    """Share of its VRPs that the list may lose at once."""

    @model_validator(mode="after")
    def _one(self) -> VrpList:
        if self.url is not None and self.file is not None:
            raise ValueError("must name either `url` or `file`")
        return self


class RovPolicy(Model):
    """Route origin validation (RFC 6811)."""

    invalid: Literal["reject", "accept"] = "reject"
    """What becomes of an invalid route."""
    caches: Annotated[tuple[RpkiCache, ...], Field(max_length=8)] = ()
    """Where route servers get VRPs: what any of them knows counts. Without any, the list alone counts."""
    list: VrpList = VrpList.model_construct()
    """The list beside the caches."""

    @field_validator("caches")
    @classmethod
    def _distinct(cls, caches: tuple[RpkiCache, ...]) -> tuple[RpkiCache, ...]:
        if len({(cache.host, cache.port) for cache in caches}) != len(caches):
            raise ValueError("must have each `host` and `port` once")
        return caches


class AspaPolicy(Model):
    """Path validation by ASPA (draft-ietf-sidrops-aspa-verification)."""

    invalid: Literal["reject", "accept"] = "accept"
    """What becomes of a route whose path is invalid. Needs a cache that speaks version 2 of RTR, and BIRD
    from 2.16 on."""
