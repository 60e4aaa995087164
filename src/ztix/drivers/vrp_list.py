"""A validator's list of VRPs, from a file or over HTTP.

Touches: that file, or one request; bounded in size. The form is the JSON that Routinator, rpki-client and
StayRTR share: `{"roas": [{"prefix": "192.0.2.0/24", "maxLength": 24, "asn": "AS64500"}, ...]}`.

Law: all or nothing. A list with a record that cannot be read is no answer: what it is about would count as
not-found, and nobody would see why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ztix.drivers.http import RetryBudget, client, request
from ztix.errors import Unavailable, Usage
from ztix.events import Upstream
from ztix.evidence import Unknown, Vrp, plain
from ztix.evidence_delta import VrpAnswer
from ztix.rov_policy import VrpList
from ztix.terms import ASN_MAX, parse_prefix

LIST_BYTES = 256 * 1024 * 1024  # bytes; all the world's VRPs are about 60 MB
TIMEOUT_S = 120.0


class _Garbled(Exception):
    """No list of VRPs."""


@dataclass(frozen=True, slots=True)
class Validator:
    """Where the list is. now: the time that it is marked with."""

    policy: VrpList
    budget: RetryBudget
    now: datetime

    def vrps(self) -> VrpAnswer | Unknown:
        """The list, by AS number, family and prefix. Raises nothing."""
        url, file = self.policy.url, self.policy.file
        try:
            content = _fetched(url, self.budget) if url is not None else _read(Path(file or "").expanduser())
            held = {_order(vrp): vrp for vrp in _vrps(content)}
        except (Unavailable, Usage) as error:
            return Unknown(plain(error.message, 300))
        except OSError as error:
            return Unknown(f"`{file}` cannot be read: {error.strerror}")
        except _Garbled as garbled:
            return Unknown(str(garbled))
        return VrpAnswer(tuple(held[key] for key in sorted(held)), plain(str(url or file)), self.now)


def _fetched(url: str, budget: RetryBudget) -> bytes:
    base, _, path = url.rpartition("/")
    with client(base + "/", timeout_s=TIMEOUT_S, connections=1, trust_environment=True) as http:
        reply = request(
            http,
            "GET",
            path,
            service="the validator",
            budget=budget,
            limit_bytes=LIST_BYTES,
            upstream=Upstream.VALIDATOR,
        )
    if reply.status != 200:
        raise Unavailable(f"the validator answered {reply.where} with {reply.status}")
    return reply.body


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LIST_BYTES + 1)
    if len(content) > LIST_BYTES:
        raise _Garbled(f"`{path}` has more than {LIST_BYTES} bytes")
    return content


def _order(vrp: Vrp) -> tuple[int, ...]:
    """That of evidence/vrps.json, in numbers: prefixes compare slowly, and not across families."""
    network = int(vrp.prefix.network_address)
    return vrp.asn, vrp.prefix.version, network, vrp.prefix.prefixlen, vrp.max_length


def _vrps(content: bytes) -> Iterable[Vrp]:
    try:
        rows: Any = json.loads(content)["roas"]
        return [_vrp(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _Garbled("it is not JSON with a list `roas` of prefix, maxLength and asn") from None


def _vrp(row: Any) -> Vrp:
    prefix, longest, asn = parse_prefix(row["prefix"]), row["maxLength"], row["asn"]
    number = int(asn.upper().removeprefix("AS")) if isinstance(asn, str) else asn
    for value, least, most in ((longest, prefix.prefixlen, prefix.max_prefixlen), (number, 0, ASN_MAX)):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
    return Vrp(prefix, longest, number)
