"""Which faults strike which request, and when they are used up."""

from __future__ import annotations

import pytest

from ztix.lab.controller.faults import Kind, read_faults, strike
from ztix.lab.controller.values import Json


def test_fault_without_times_strikes_once() -> None:
    """It is gone after its request."""
    faults = read_faults([{"status": 503}])
    assert [fault.number for fault in strike(faults, "GET", "/controller")] == [503]
    assert strike(faults, "GET", "/controller") == []


def test_fault_with_times_zero_strikes_for_ever() -> None:
    """It stays in force until the list is replaced."""
    faults = read_faults([{"reset": True, "times": 0}])
    assert all(strike(faults, "GET", "/") for _ in range(100))


def test_fault_that_matches_elsewhere_waits() -> None:
    """Method and path have to fit; others pass by without using it up."""
    match: Json = {"method": "POST", "path_prefix": "/controller/network"}
    faults = read_faults([{"garbage": True, "match": match}])
    assert strike(faults, "GET", "/controller/network") == []
    assert strike(faults, "POST", "/controller") == []
    assert [fault.kind for fault in strike(faults, "POST", "/controller/network/1")] == [Kind.GARBAGE]


def test_delays_add_to_the_fault_that_follows_them() -> None:
    """A request is struck by all delays before the first other fault, and not by what is behind it."""
    faults = read_faults([{"delay_s": 0.5, "times": 2}, {"half_body": True}, {"status": 500}])
    assert [fault.kind for fault in strike(faults, "GET", "/")] == [Kind.DELAY, Kind.HALF_BODY]
    assert [fault.kind for fault in strike(faults, "GET", "/")] == [Kind.DELAY, Kind.STATUS]
    assert faults == []


def test_hindrances_let_the_controller_answer_and_other_faults_strike() -> None:
    """A full disk and a wrong clock come on top of what else strikes a request."""
    faults = read_faults([{"disk_full": True}, {"skew_s": -5}, {"half_body": True}, {"reset": True}])
    struck = strike(faults, "POST", "/")
    assert [fault.kind for fault in struck] == [Kind.DISK_FULL, Kind.SKEW, Kind.HALF_BODY]
    assert struck[1].number == -5


@pytest.mark.parametrize("wish", [{}, [{}], ["reset"], [{"reset": True, "status": 500}]])
def test_faults_that_name_no_single_fault_are_refused(wish: Json) -> None:
    """A list of objects with exactly one kind each."""
    with pytest.raises(ValueError, match="fault"):
        read_faults(wish)
