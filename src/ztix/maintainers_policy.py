"""policy/maintainers.yaml: who decides, whose invitations count, and whose word about an author.

Law: values with their bounds, as the other files of `policy/`. What each role may approve is in
`admission.authority`. Keys here are public ones.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema, field_validator

from ztix.account import GitHubAccount
from ztix.public_keys import Ed25519Key
from ztix.shape import Line, Model
from ztix.terms import Label


class Role(Enum):
    """What a maintainer is trusted with; each may do what those below it may."""

    OWNER = "owner"
    ADMIN = "admin"
    REVIEWER = "reviewer"


def _role(value: object) -> Role:
    if isinstance(value, Role):
        return value
    found = next((role for role in Role if role.value == value), None)
    if found is None:
        raise ValueError("must be `owner`, `admin` or `reviewer`")
    return found


class Maintainer(Model):
    """Somebody who decides for the exchange."""

    github: GitHubAccount
    """The GitHub account that approves."""
    role: Annotated[
        Role, PlainValidator(_role), WithJsonSchema({"type": "string", "enum": [role.value for role in Role]})
    ]
    """`owner` may approve anything, `admin` what concerns members and their proofs, `reviewer` who joins."""


class InvitationKey(Model):
    """A key that invitations are signed with."""

    id: Label
    """The name that an invitation has in its head."""
    key: Ed25519Key
    """The public key."""


class Attestor(Model):
    """A service that says who controls an AS number, for instance after a login at PeeringDB."""

    id: Label
    """The name that a statement has in its head."""
    issuer: Annotated[Line, Field(max_length=240, pattern=r"^https://[A-Za-z0-9.:/_-]+$")]
    """What a statement must have as its issuer."""
    key: Ed25519Key
    """The public key."""


class MaintainersPolicy(Model):
    """policy/maintainers.yaml: who decides, whose invitations count, and whose word about an author."""

    maintainers: Annotated[tuple[Maintainer, ...], Field(max_length=100)] = ()
    """Those who decide."""
    invitation_keys: Annotated[tuple[InvitationKey, ...], Field(max_length=16)] = ()
    """The keys by which invitations are known to be theirs; `ztix invite` signs one."""
    attestors: Annotated[tuple[Attestor, ...], Field(max_length=8)] = ()
    """Services whose word about an author counts."""

    @field_validator("maintainers")
    @classmethod
    def _people(cls, maintainers: tuple[Maintainer, ...]) -> tuple[Maintainer, ...]:
        if len({each.github.id for each in maintainers}) != len(maintainers):
            raise ValueError("must name each account once")
        return maintainers

    @field_validator("invitation_keys", "attestors")
    @classmethod
    def _distinct(cls, signers: tuple[InvitationKey | Attestor, ...]) -> tuple[InvitationKey | Attestor, ...]:
        if len({signer.id for signer in signers}) != len(signers):
            raise ValueError("must have distinct ids")
        return signers

    def role(self, account: int) -> Role | None:
        """The role of an account, by its numeric id."""
        return next((each.role for each in self.maintainers if each.github.id == account), None)
