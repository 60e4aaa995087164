"""policy/admission.yaml: who may be a member, how it is proven, and what is merged without anybody's hand.

Law: values with their bounds and defaults, as the other files of `policy/`. Every default is the careful one.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ztix.shape import AsnRangeText, Count, Line, Model

Proof: TypeAlias = Literal[
    "peeringdb-notes", "registry", "dns", "website", "ssh", "checklist", "invitation", "attestation"
]
"""Ways to prove that one holds an AS number, by the names of their methods."""

SELF_SERVICE = ("/name", "/contacts/*/email", "/max_prefixes/*", "/as_set/*")

Pointer: TypeAlias = Annotated[Line, Field(max_length=120, pattern=r"^(?:/(?:\*|[a-z0-9_]+))+$")]
Days: TypeAlias = Annotated[Count, Field(le=3650)]


class AutoPolicy(Model):
    """What `approval: auto` merges without a maintainer: edits of a member's own file, and no other."""

    self_service: Annotated[tuple[Pointer, ...], Field(max_length=40)] = SELF_SERVICE
    """Which keys may change, as paths in the file; `*` stands for any key or item."""
    account_age_days: Days = 30
    """How old the author's account must be."""
    merges_per_day: Annotated[Count, Field(ge=1, le=100)] = 2
    """How often a day a member's file may be merged so."""
    hold_label: Annotated[Line, Field(max_length=50)] = "hold"
    """The label of a pull request that waits for a maintainer."""
    wait_minutes: Annotated[Count, Field(le=10_080)] = 10
    """How long anybody has to set that label."""


class AdmissionPolicy(Model):
    """policy/admission.yaml: who may be a member."""

    asns_allowed: tuple[AsnRangeText, ...] = ()
    """If not empty, only these may join."""
    asns_denied: tuple[AsnRangeText, ...] = ()
    """These may not."""
    reserved_asns_allowed: tuple[AsnRangeText, ...] = ()
    """Private or documentation AS numbers that may join all the same."""
    peeringdb: Literal["required", "advisory", "off"] = "required"
    """Whether a member must be in PeeringDB."""
    peeringdb_max_age_h: Annotated[Count, Field(ge=1)] = 720
    """Hours after which a PeeringDB record is too old to go by."""
    entry: Literal["open", "invited"] = "open"
    """Whether anybody may ask to join, or only who has an invitation."""
    proofs: Annotated[tuple[Proof, ...], Field(max_length=8)] = (
        "peeringdb-notes",
        "registry",
        "checklist",
        "invitation",
        "attestation",
    )
    """Which proofs of holding the AS number let a member join; without one a maintainer must vouch."""
    node_proof: Literal["required", "advisory", "off"] = "required"
    """Whether a node that a change adds must sign the member's file."""
    approval: Literal["manual", "auto"] = "manual"
    """Whether a maintainer merges all, or harmless edits of one's own file are merged by themselves."""
    auto: AutoPolicy = AutoPolicy.model_construct()
    """What `approval: auto` merges."""
    address_cooldown_days: Days = 30
    """Days for which an address that a member gave up is given to no other."""
    asn_cooldown_days: Days = 7
    """Days for which an AS number that left comes back only with an account of who held it."""
    reproof_days: Annotated[Days, Field(ge=1)] = 7
    """Days after which a member's proof is looked for again."""
    suspend_after_days: Annotated[Days, Field(ge=1)] = 30
    """Days that a proof may be lost before the member is to be suspended."""
