"""What can go wrong between the driver and a controller: each ends in one clear error."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.contract.fabric_drivers import TOKEN_FROM, driver
from tests.contract.fabric_story import N1, N2, NETWORK, SETTINGS, SUFFIX
from tests.contract.simulator import Simulator, running_simulator
from ztix.drivers.zerotier_controller import CONTROLLER
from ztix.errors import Refused, Unadmitted, Unavailable, Usage, ZtixError
from ztix.terms import NodeId

URL = "http://127.0.0.1:9993"
MEMBERS = f"/controller/network/{NETWORK}/member"
Fault = dict[str, object]


@pytest.fixture(scope="module")
def process() -> Iterator[Simulator]:
    with running_simulator(node_id=NETWORK.controller) as simulator:
        yield simulator


@pytest.fixture
def simulator(process: Simulator) -> Iterator[Simulator]:
    """A simulated controller that has the network with two nodes, and no faults yet."""
    fabric = driver(process.url, process.token, SUFFIX)
    fabric.configure(SETTINGS)
    for one in (N1, N2):
        fabric.write(one)
    yield process
    process.set_faults()
    process.settle()  # a write that the driver gave up waiting for would undo what the next test does


def for_ever(fault: Fault, prefix: str = "/", method: str = "") -> Fault:
    return fault | {"times": 0, "match": {"path_prefix": prefix, "method": method}}


def tells_nothing_secret(error: BaseException, token: str) -> None:
    """No text that could be printed or logged has the token."""
    text = "".join(traceback.format_exception(error)) + repr(error) + str(getattr(error, "help", ""))
    assert token not in text


FAULTS = [
    ({"status": 500}, Unavailable, "answered .* with 500"),
    ({"status": 503}, Unavailable, "did not answer .* 503"),
    ({"status": 401}, Unadmitted, "with 401: not its token"),
    ({"status": 413}, Unavailable, "answered .* with 413"),
    ({"reset": True}, Unavailable, "the connection broke"),
    ({"half_body": True}, Unavailable, "the connection broke"),
    ({"garbage": True}, Unavailable, "the connection broke"),
    ({"delay_s": 1.5}, Unavailable, "no answer in time"),
]


@pytest.mark.parametrize(("fault", "kind", "words"), FAULTS, ids=str)
@pytest.mark.parametrize("verb", ["observe", "configure", "write", "start"])
def test_driver_when_controller_fails_says_so(
    simulator: Simulator, fault: Fault, kind: type[ZtixError], words: str, verb: str
) -> None:
    """Whatever the controller does wrong, at the first question or later, ends as one of two errors."""
    fabric = driver(simulator.url, simulator.token, SUFFIX, retries=1)
    if verb != "start":
        fabric.observe()
    if "delay_s" in fault:
        fabric.http.timeout = 0.2
    simulator.set_faults(for_ever(fault))
    calls: dict[str, Callable[[], object]] = {
        "observe": fabric.observe,
        "start": fabric.observe,
        "configure": lambda: fabric.configure(SETTINGS),
        "write": lambda: fabric.write(N1),
    }
    with pytest.raises(kind, match=words) as caught:
        calls[verb]()
    assert type(caught.value) is kind
    assert simulator.url in caught.value.message
    assert caught.value.help
    tells_nothing_secret(caught.value, simulator.token)


@pytest.mark.parametrize("fault", [{"reset": True}, {"half_body": True}, {"status": 503}], ids=str)
def test_driver_when_failure_passes_goes_on(simulator: Simulator, fault: Fault) -> None:
    """A failure that passes costs a repeat, and no more: reads and whole writes may both be repeated."""
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    fabric.observe()
    simulator.set_faults(fault | {"times": 1})
    assert fabric.write(N1) == N1
    simulator.set_faults(fault | {"times": 1})
    assert fabric.observe().attachments == {N1.node: N1, N2.node: N2}


def test_driver_when_nothing_listens_is_unavailable() -> None:
    """A controller that is down says nothing about what it holds."""
    with running_simulator() as simulator:
        url, token = simulator.url, simulator.token
    with pytest.raises(Unavailable, match="no connection") as caught:
        driver(url, token, SUFFIX).observe()
    tells_nothing_secret(caught.value, token)


def test_driver_when_token_is_wrong_names_where_it_came_from(simulator: Simulator) -> None:
    """A wrong token is refused; the remedy names the place of the token, and not the token."""
    wrong = "0123456789wrong"
    with pytest.raises(Unavailable, match="with 401") as caught:
        driver(simulator.url, wrong, SUFFIX).observe()
    assert TOKEN_FROM in caught.value.help
    assert "authtoken.secret" in caught.value.help
    tells_nothing_secret(caught.value, wrong)


def test_driver_when_token_fits_no_header_is_a_usage_error() -> None:
    """A token with a line break inside is told before anything is sent."""
    with pytest.raises(Usage) as caught:
        driver(URL, "two\nlines", SUFFIX)
    tells_nothing_secret(caught.value, "two\nlines")


def test_driver_when_build_has_no_controller_names_the_version(simulator: Simulator) -> None:
    """A release without a controller answers 404 to everything; the remedy is another release."""
    simulator.set_faults(for_ever({"status": 404}, "/controller"))
    with pytest.raises(Unavailable, match="has no controller") as caught:
        driver(simulator.url, simulator.token, SUFFIX).observe()
    assert caught.value.help == CONTROLLER


def test_driver_when_network_is_of_another_controller_refuses(simulator: Simulator) -> None:
    """A network with a foreign prefix would be taken and be useless; it is refused before a write."""
    fabric = driver(simulator.url, simulator.token, "0123456789abcdef")
    with pytest.raises(Refused, match=f"whose id is `{NETWORK.controller}`") as caught:
        fabric.configure(SETTINGS)
    assert '`network: "abcdef"`' in caught.value.help
    assert simulator.request("GET", "/controller/network/0123456789abcdef").status == 404


def test_driver_when_network_is_deleted_between_writes_refuses(simulator: Simulator) -> None:
    """A write to a network that is gone meanwhile is refused, not taken for done."""
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    fabric.observe()
    simulator.request("DELETE", f"/controller/network/{NETWORK}")
    with pytest.raises(Refused, match="is not there"):
        fabric.write(N1)
    assert fabric.observe().settings is None
    with pytest.raises(Refused, match="is not there"):
        fabric.write(N1)


def test_driver_when_member_is_deleted_while_members_are_read_leaves_it_out(simulator: Simulator) -> None:
    """Without the bulk list, a record that vanishes between the map and its read is no error."""
    gone: Fault = {"status": 404, "times": 1, "match": {"path_prefix": f"{MEMBERS}/{N2.node}"}}
    simulator.set_faults(for_ever({"status": 404}, "/unstable"), gone)
    assert set(driver(simulator.url, simulator.token, SUFFIX).observe().attachments) == {N1.node}


def test_driver_when_record_is_spelled_in_capitals_knows_the_node(simulator: Simulator) -> None:
    """A record keeps the spelling of the path that made it; the node is the same."""
    simulator.request("POST", f"{MEMBERS}/ABCDEF0123", {"name": "by hand"})
    seen = driver(simulator.url, simulator.token, SUFFIX).observe()
    assert seen.attachments[NodeId("abcdef0123")].name == "by hand"
    simulator.request("DELETE", f"{MEMBERS}/abcdef0123")


def test_driver_when_record_is_of_no_possible_node_leaves_it_out(simulator: Simulator) -> None:
    """An id that ZeroTier reserves can neither join nor be written to."""
    simulator.request("POST", f"{MEMBERS}/ff00000001", {})
    assert set(driver(simulator.url, simulator.token, SUFFIX).observe().attachments) == {N1.node, N2.node}
    simulator.request("DELETE", f"{MEMBERS}/ff00000001")


@pytest.mark.parametrize("loose", [{"noAutoAssignIps": False}, {"activeBridge": True}], ids=str)
def test_driver_when_record_is_loose_tells_and_a_write_mends_it(simulator: Simulator, loose: Fault) -> None:
    """Automatic addresses or bridging, switched on by hand, are seen, and any write ends them."""
    simulator.request("POST", f"{MEMBERS}/{N1.node}", loose)
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    assert fabric.observe().automatic == {N1.node}
    assert fabric.write(N1) == N1
    assert fabric.observe().automatic == frozenset()


@pytest.mark.parametrize(
    "loose",
    [
        {"private": False},
        {"enableBroadcast": False},
        {"v6AssignMode": {"6plane": True}},
        {"authTokens": {"0123456789": 0}},
        {"routes": [{"target": str(prefix), "via": "203.0.113.1"} for prefix in SETTINGS.prefixes[:1]]},
        {"routes": [{"target": "203.0.113.7/24"}]},
    ],
    ids=str,
)
def test_driver_when_network_is_loose_tells_and_a_write_mends_it(simulator: Simulator, loose: Fault) -> None:
    """Whatever opens or breaks a network by hand is no network as git wants it, until it is set again."""
    simulator.request("POST", f"/controller/network/{NETWORK}", loose)
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    seen = fabric.observe().settings
    assert seen is not None
    assert not seen.closed
    assert fabric.configure(SETTINGS) == SETTINGS


def test_driver_when_tracing_is_on_keeps_it(simulator: Simulator) -> None:
    """A write without the level of remote tracing would reset it; the driver sends it along."""
    for path in (f"/controller/network/{NETWORK}", f"{MEMBERS}/{N1.node}"):
        simulator.request("POST", path, {"remoteTraceLevel": 3})
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    fabric.observe()
    fabric.configure(SETTINGS)
    fabric.write(replace(N1, addresses=(ip_address("203.0.113.9"),)))
    for path in (f"/controller/network/{NETWORK}", f"{MEMBERS}/{N1.node}"):
        record = simulator.request("GET", path).json()
        assert isinstance(record, dict)
        assert record["remoteTraceLevel"] == 3


def test_driver_when_nothing_changes_writes_nothing(simulator: Simulator) -> None:
    """A second round of the same writes moves no revision."""
    before = simulator.request("GET", f"/unstable{MEMBERS}").json()
    fabric = driver(simulator.url, simulator.token, SUFFIX)
    fabric.configure(SETTINGS)
    fabric.write(N1)
    fabric.write(N2)
    assert simulator.request("GET", f"/unstable{MEMBERS}").json() == before
