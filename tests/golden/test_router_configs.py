"""What `router-config` makes for each make of routers: the bytes that a reviewer has seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.routers import known as facts
from tests.routers import scene as exchange
from tests.routers import text, texts
from ztix.routerconfig import DIALECTS

TEXTS = Path(__file__).parent / "router-config"


@pytest.mark.parametrize("make", DIALECTS)
def test_router_config_is_the_golden_one(make: str, golden: Callable[[Path, str], None]) -> None:
    """A node that asks for everything, of a member with downstreams."""
    (found,) = texts(make, exchange(), facts(), node="fra1")
    golden(TEXTS / found.file, found.text)


@pytest.mark.parametrize("make", ["bird2", "frr"])
def test_router_config_of_ipv4_over_ipv6_is_the_golden_one(
    make: str, golden: Callable[[Path, str], None]
) -> None:
    """One session with each route server."""
    (found,) = texts(make, exchange(), facts(), node="ams1")
    golden(TEXTS / found.file, found.text)


def test_router_configs_for_both_versions_of_bird_differ_in_the_name_and_the_password_alone() -> None:
    """One dialect; BIRD 2.17 and later want the kind of a password, which 2.0 does not know."""
    two, three = text("bird2").splitlines(), text("bird3").splitlines()
    assert [line for line in zip(two, three, strict=True) if line[0] != line[1]] == [(two[1], three[1])]
