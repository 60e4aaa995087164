"""The port to the machine that ztix runs on.

Law: no effect here; `drivers/workplace.py` has them.
"""

from __future__ import annotations

from typing import Protocol

from ztix.diagnosis import Held
from ztix.policy import SecretRef


class Workplace(Protocol):
    """The machine that ztix runs on."""

    def version(self, tool: str) -> str | None:
        """What a program says of its version, empty where it says nothing; None where it is not there."""
        ...

    def held(self, ref: SecretRef | None) -> Held:
        """How a secret is held; None is a key of the running ssh agent."""
        ...

    def free_mib(self) -> int | None:
        """MiB that are free where the exchange is; None where the system does not tell."""
        ...
