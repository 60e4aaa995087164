"""The system's clock, as the Clock of `link.py`."""

from __future__ import annotations

import time


class SystemClock:
    """Time as it passes here. A jump of the wall clock does not show."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after that long."""
        time.sleep(seconds)
