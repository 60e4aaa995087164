"""TXT records from the name servers that this machine is set to.

Touches: those name servers, over UDP, and over TCP where an answer does not fit.

Law: a name that does not exist has no records, and that is an answer; a server that fails, refuses or is
silent is none. The records are strangers': bounded in number and length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.resolver

from ztix.admission.proof import Answer, Said, Unanswered
from ztix.drivers.event_stream import calling
from ztix.events import Upstream

TIMEOUT_S = 10.0  # for one name, repeats included
RECORDS_MAX = 100
TEXT_BYTES = 16 * 1024  # of all records together


@dataclass(frozen=True, slots=True)
class DnsRecords:
    """The resolver as one run asks it; made when it is first needed."""

    resolver: Callable[[], dns.resolver.Resolver] = field(default=dns.resolver.Resolver)
    timeout_s: float = TIMEOUT_S

    def txt(self, name: str) -> Answer:
        """The TXT records of a name, each with its strings joined. Raises nothing."""
        try:
            with calling(Upstream.DNS, f"TXT {name}"):
                records = self._records(name)
        except dns.exception.Timeout:
            return Unanswered("the name servers did not answer in time")
        except dns.resolver.NoNameservers:
            return Unanswered("the name servers answered that they failed, or with an answer that is none")
        except dns.exception.DNSException as error:
            return Unanswered(f"the name servers were of no help ({type(error).__name__})")
        return _said(records)

    def _records(self, name: str) -> list[Any]:
        """No record where there is no such name: that is an answer, and no call that failed."""
        try:
            answer = self.resolver().resolve(
                dns.name.from_text(name),
                "TXT",
                lifetime=self.timeout_s,
                raise_on_no_answer=False,
                search=False,
            )
        except dns.resolver.NXDOMAIN:
            return []
        return list(answer.rrset or ())


def _said(records: list[Any]) -> Answer:
    # Name servers shuffle them.
    texts = sorted(b"".join(record.strings).decode("ascii", "replace") for record in records[:RECORDS_MAX])
    if len(records) > RECORDS_MAX or sum(map(len, texts)) > TEXT_BYTES:
        return Unanswered(f"there are more than {RECORDS_MAX} records or {TEXT_BYTES} bytes")
    return Said(tuple(texts))
