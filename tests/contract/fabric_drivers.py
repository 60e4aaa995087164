"""A controller's driver for a test: as policy opens it, but with a patience that does not wait."""

from __future__ import annotations

import httpx

from tests.contract.central_double import CentralDouble
from ztix.drivers.http import RetryBudget
from ztix.drivers.zerotier_central import ZeroTierCentral, central_client
from ztix.drivers.zerotier_controller import ZeroTierController, controller_client
from ztix.terms import NetworkRef

TOKEN_FROM = "the variable `ZTIX_TOKEN`"


def impatient(retries: int = 2) -> RetryBudget:
    """A budget of a few repeats, without waiting."""
    return RetryBudget(retries=retries, sleep=lambda _: None, uniform=lambda low, _: low)


def driver(
    url: str,
    token: str,
    network: str,
    *,
    retries: int = 2,
    timeout_s: float = 15.0,
    transport: httpx.BaseTransport | None = None,
) -> ZeroTierController:
    """The driver of `network` (six digits, or a full id) on the controller at `url`."""
    http = controller_client(url, token, timeout_s=timeout_s, transport=transport)
    return ZeroTierController(http, NetworkRef(network), impatient(retries), TOKEN_FROM)


def at_central(central: CentralDouble, network: str, *, retries: int = 12) -> ZeroTierCentral:
    """The driver of a network at a double of Central, in the double's own time."""
    http = central_client(central.url, central.token, timeout_s=30.0)
    return ZeroTierCentral(http, NetworkRef(network), central.budget(retries), TOKEN_FROM)
