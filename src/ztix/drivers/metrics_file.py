"""A file for the textfile collector of Prometheus' node exporter.

Touches: the one file that it is given, which appears whole or not at all, and the clocks of this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = tuple[str, str, Mapping[str, str], float]
SUCCESS = "ztix_last_success_timestamp_seconds"


def text_of(rows: Iterable[Row]) -> str:
    """The rows in the text format of Prometheus. Of two with one name and labels the last counts."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for name, words, labels, value in rows:
        if name not in gauges:
            gauges[name] = Gauge(name, words, sorted(labels), registry=registry)
        gauge = gauges[name].labels(**labels) if labels else gauges[name]
        gauge.set(value)
    return generate_latest(registry).decode("utf-8")


def last_success(path: Path, verb: str) -> float | None:
    """When a run of this verb last succeeded, as the file of the run before tells; None where none does."""
    from prometheus_client.parser import text_string_to_metric_families

    try:
        families = list(text_string_to_metric_families(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None
    found = (sample for family in families for sample in family.samples if sample.name == SUCCESS)
    return next((sample.value for sample in found if sample.labels.get("verb") == verb), None)


def now_s() -> float:
    """Seconds since 1970."""
    return time.time()


def monotonic_s() -> float:
    """Seconds of a clock that only goes on."""
    return time.monotonic()
