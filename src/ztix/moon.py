"""A moon's definition, as `zerotier-idtool initmoon` writes it: nodes that help others to find each other.

Law: pure. Members behind NAT orbit a moon at fixed addresses. The file that is signed from this one is all
that nodes read, so what is wrong here must be found before. It may hold the secret that signs the moon.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, PlainValidator

from ztix.identity import Identity
from ztix.shape import Model
from ztix.terms import NodeId, parse_address

ROOTS_MAX = 4  # ZeroTier One's own limits
ENDPOINTS_MAX = 32
_KEY = r"^[0-9a-f]{128}$"


def parse_endpoint(text: object) -> str:
    """An address and a UDP port, `198.51.100.1/9993`, in canonical form. Raises ValueError."""
    if isinstance(text, str) and (found := re.fullmatch(r"([0-9A-Fa-f:.]+)/([1-9][0-9]{0,4})", text)):
        address = parse_address(found[1])
        if int(found[2]) <= 65535:
            if address.is_loopback or address.is_unspecified or address.is_multicast:
                raise ValueError("must be an address that other nodes reach")
            return f"{address}/{found[2]}"
    raise ValueError("must be an address and a UDP port, such as `198.51.100.1/9993`")


def _identity(text: object) -> Identity:
    identity = Identity.parse(text if isinstance(text, str) else "")
    if identity.secret:
        raise ValueError("must be the public identity: this one holds its secret")
    return identity


EndpointText: TypeAlias = Annotated[str, PlainValidator(parse_endpoint)]
Key: TypeAlias = Annotated[str, Field(pattern=_KEY)]


class MoonRoot(Model):
    """One node of the moon."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    identity: Annotated[Identity, PlainValidator(_identity)]
    """Its public identity."""
    endpoints: Annotated[
        tuple[EndpointText, ...], Field(alias="stableEndpoints", min_length=1, max_length=ENDPOINTS_MAX)
    ]
    """Where it answers, always."""


class Moon(Model):
    """The definition of a moon."""

    id: Annotated[str, Field(pattern=r"^(?:0{6})?[0-9a-f]{10}$")]
    """Of its first root, as a rule."""
    kind: Annotated[Literal["world"], Field(alias="objtype")]
    """A moon is a world, as the planet is."""
    world_type: Annotated[Literal["moon"], Field(alias="worldType")]
    """And of this type."""
    roots: Annotated[tuple[MoonRoot, ...], Field(min_length=1, max_length=ROOTS_MAX)]
    """Its nodes."""
    signing_key: Annotated[Key, Field(alias="signingKey")]
    """Signs this definition."""
    signing_secret: Annotated[Key | None, Field(alias="signingKey_SECRET", repr=False)] = None
    """Its secret half."""
    signed_by: Annotated[Key, Field(alias="updatesMustBeSignedBy")]
    """Signs the next one."""

    @property
    def name(self) -> str:
        """The name of the signed file."""
        return f"{self.id[-10:]:0>16}.moon"


def with_endpoints(text: str, endpoints: Mapping[NodeId, tuple[str, ...]]) -> str:
    """The definition with these endpoints of its roots instead of those it has.

    Raises ValueError where the text is no definition at all, or has no such root. Checks nothing else.
    """
    value = json.loads(text)
    roots = value.get("roots") if isinstance(value, dict) else None
    if not isinstance(roots, list) or not all(isinstance(root, dict) for root in roots):
        raise ValueError("has no list of `roots`")
    by_node = {str(root.get("identity"))[:10]: root for root in roots}
    for node, texts in endpoints.items():
        if node not in by_node:
            raise ValueError(f"has no root `{node}`")
        by_node[node]["stableEndpoints"] = [parse_endpoint(one) for one in texts]
    return json.dumps(value, indent=1) + "\n"
