"""Where the simulator knowingly differs from the recorded controller.

`docs/simulator.md` shows the same table. An exchange that stands here is not replayed; the list is meant
to stay short.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """transcript and exchanges: what is not replayed.  why: one sentence for the table."""

    transcript: str
    exchanges: tuple[int, ...]
    why: str

    @property
    def row(self) -> str:
        """The line of the table in `docs/simulator.md`."""
        numbers = ", ".join(map(str, self.exchanges))
        return f"| {self.transcript} | {numbers} | {self.why} |"


DIFFERENCES = (
    Difference("01-auth", (24, 25, 26), "listens on 127.0.0.1 only, not on other addresses and not on ::1"),
    Difference("02-paths-methods", (4, 24), "settings and planet of the recorded machine"),
    Difference("18-service-api", (1, 3, 5), "settings, moon and planet of the recorded machine"),
    Difference(
        "18-service-api", (2, 7), "peers are those that joined through a hook, with made-up addresses"
    ),
    Difference("18-service-api", (9, 10, 11, 13), "the controller's own node joins no network"),
    Difference("18-service-api", (15,), "no metrics but one line"),
)
