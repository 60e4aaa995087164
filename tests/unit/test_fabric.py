"""The fabric in memory, the choice of a driver, and where a token may come from."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.token_guard import made
from ztix.drivers.fabrics import OWN, open_fabric, read_secret
from ztix.drivers.http import RetryBudget
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.drivers.zerotier_central import ZeroTierCentral
from ztix.drivers.zerotier_controller import ZeroTierController
from ztix.errors import Refused, Unavailable, Usage, ZtixError
from ztix.fabric import Attachment, NetworkSettings
from ztix.policy import FabricPolicy, SecretRef
from ztix.rules.fabrics import OWN_DRIVERS
from ztix.terms import NetworkId, NodeId

SETTINGS = NetworkSettings("example-ix lan", (ip_network("192.0.2.0/24"),), 2800, 1024)
NODE = Attachment(NodeId("1a2b3c4d5e"), "AS64500 fra1", (ip_address("192.0.2.10"),))
TOKEN = made("s3cret-of-the-controller")


def memory() -> MemoryFabric:
    fabric = MemoryFabric(NetworkId("6fa725440c0a0001"))
    fabric.configure(SETTINGS)
    return fabric


def policy(**token: str) -> FabricPolicy:
    return FabricPolicy.model_validate(
        {
            "name": "lan",
            "network": "0a0001",
            "url": "http://127.0.0.1:9993",
            "token": token,
            "prefixes": ["192.0.2.0/24"],
        }
    )


def test_memory_fabric_when_written_keeps_what_was_written_in_order() -> None:
    """Every write that took effect is there for a test to look at."""
    fabric = memory()
    fabric.write(NODE)
    assert fabric.writes == [SETTINGS, NODE]


def test_memory_fabric_when_a_node_fails_keeps_the_others() -> None:
    """A failure of one node is that node's alone, and leaves no trace of the write."""
    fabric, other = memory(), replace(NODE, node=NodeId("1a2b3c4d5f"))
    fabric.failing[NODE.node] = Unavailable("no answer")
    with pytest.raises(Unavailable, match="no answer"):
        fabric.write(NODE)
    fabric.write(other)
    assert fabric.observe().attachments == {other.node: other}


@pytest.mark.parametrize("error", [Unavailable("down"), Refused("not you")])
def test_memory_fabric_when_down_answers_nothing(error: ZtixError) -> None:
    """Every call fails while it is down."""
    fabric = memory()
    fabric.down = error
    for call in (fabric.observe, lambda: fabric.configure(SETTINGS), lambda: fabric.write(NODE)):
        with pytest.raises(type(error)):
            call()
    fabric.down = None
    assert fabric.observe().settings == SETTINGS
    assert fabric.reads == 1


def test_memory_fabric_when_changed_behind_the_writer_shows_it() -> None:
    """A test may step in between a decision and its write."""
    fabric = memory()
    fabric.before_write = lambda _: fabric.knock(NodeId("0123456789"))
    fabric.write(NODE)
    assert set(fabric.observe().attachments) == {NODE.node, "0123456789"}


def test_memory_fabric_when_it_keeps_another_value_returns_that() -> None:
    """As a controller that reads an address wrongly: the answer tells."""
    fabric = memory()
    fabric.keeps = lambda one: replace(one, addresses=())
    assert fabric.write(NODE).addresses == ()
    assert fabric.observe().attachments[NODE.node].addresses == ()


def test_memory_fabric_when_record_is_automatic_tells_until_written() -> None:
    """Automatic addresses of an authorised node are told; a stranger gets none, whatever its record says."""
    fabric = memory()
    fabric.knock(NODE.node)
    assert fabric.observe().automatic == frozenset()
    fabric.attachments[NODE.node] = NODE
    assert fabric.observe().automatic == {NODE.node}
    fabric.write(NODE)
    fabric.knock(NODE.node)
    assert fabric.observe().automatic == frozenset()


def test_memory_fabric_when_opened_before_it_is_there_stays_absent() -> None:
    """There is nothing to open."""
    fabric = MemoryFabric(NetworkId("6fa725440c0a0001"))
    fabric.open_up()
    assert fabric.observe().settings is None


def test_open_fabric_when_driver_is_unknown_names_those_that_there_are() -> None:
    """A driver that nobody has is told before any secret is read."""
    wrong = policy(env="ZTIX_TOKEN").model_copy(update={"driver": "memory"})
    with pytest.raises(Usage, match="driver `memory`") as caught:
        open_fabric(wrong, budget=RetryBudget(), environment={})
    assert "`zerotier-controller`, `zerotier-central`" in caught.value.help


def test_own_drivers_are_those_that_the_rule_knows() -> None:
    """The rule about drivers, which may not look at what is installed, has the same names."""
    assert set(OWN) == set(OWN_DRIVERS)


@pytest.mark.parametrize(
    ("driver", "url", "base"),
    [
        ("zerotier-controller", None, "http://127.0.0.1:9993"),
        ("zerotier-controller", "http://192.0.2.1:9993/", "http://192.0.2.1:9993"),
        ("zerotier-central", None, "https://api.zerotier.com/api/v1"),
        ("zerotier-central", "http://127.0.0.1:1/api/v1", "http://127.0.0.1:1/api/v1"),
    ],
)
def test_open_fabric_when_url_is_left_out_asks_where_the_driver_knows(
    driver: str, url: str | None, base: str
) -> None:
    """Each driver knows where its service is by default; policy may say otherwise."""
    asked = policy(env="ZTIX_TOKEN").model_copy(update={"driver": driver, "url": url})
    fabric = open_fabric(asked, budget=RetryBudget(), environment={"ZTIX_TOKEN": TOKEN})
    assert isinstance(fabric, ZeroTierController | ZeroTierCentral)
    assert str(fabric.http.base_url).rstrip("/") == base
    assert TOKEN not in repr(fabric)
    fabric.http.close()


def test_open_fabric_when_exchange_is_self_hosted_reads_no_other_token() -> None:
    """Only the variable that policy names is looked at: nobody needs Central's token but who is there."""
    asked: list[str] = []

    class Environment(dict[str, str]):
        def get(self, key: str, default: str = "") -> str:  # type: ignore[override] - as it is called here
            asked.append(key)
            return super().get(key, default)

    fabric = open_fabric(
        policy(env="ZTIX_TOKEN"), budget=RetryBudget(), environment=Environment(ZTIX_TOKEN=TOKEN)
    )
    assert isinstance(fabric, ZeroTierController)
    fabric.http.close()
    assert asked == ["ZTIX_TOKEN"]


def test_open_fabric_when_token_is_there_opens_without_asking() -> None:
    """Opening sends nothing, and the fabric does not show its token."""
    fabric = open_fabric(policy(env="ZTIX_TOKEN"), budget=RetryBudget(), environment={"ZTIX_TOKEN": TOKEN})
    assert isinstance(fabric, ZeroTierController)
    assert TOKEN not in repr(fabric)
    assert fabric.http.headers["X-ZT1-Auth"] == TOKEN
    fabric.http.close()


@pytest.mark.parametrize("environment", [{}, {"ZTIX_TOKEN": ""}, {"ZTIX_TOKEN": " \n"}], ids=repr)
def test_read_secret_when_variable_is_missing_or_empty_says_so(environment: dict[str, str]) -> None:
    """An empty variable is no token."""
    with pytest.raises(Usage, match=r"variable `ZTIX_TOKEN`.* not set or empty"):
        read_secret(SecretRef(env="ZTIX_TOKEN"), environment)


def secret_file(folder: Path, content: bytes = TOKEN.encode() + b"\n", mode: int = 0o600) -> SecretRef:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return SecretRef(file=str(path))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_read_secret_when_file_is_its_owners_alone_reads_it(tmp_path: Path, mode: int) -> None:
    """The line's end is no part of the token; the text of the secret is hidden."""
    secret = read_secret(secret_file(tmp_path, mode=mode), {})
    assert secret.get_secret_value() == TOKEN
    assert TOKEN not in repr(secret)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644])
def test_read_secret_when_file_is_open_to_others_refuses(tmp_path: Path, mode: int) -> None:
    """A file that others may use holds no secret; the remedy is the command."""
    ref = secret_file(tmp_path, mode=mode)
    with pytest.raises(Refused, match=f"mode `{mode:04o}`") as caught:
        read_secret(ref, {})
    assert f"chmod 600 {ref.file}" in caught.value.help
    assert TOKEN not in caught.value.message + caught.value.help


def test_read_secret_when_file_is_linked_judges_the_file(tmp_path: Path) -> None:
    """A link is followed, as orchestrators give secrets by links; the mode is that of the file itself."""
    ref = secret_file(tmp_path)
    (tmp_path / "link").symlink_to(ref.file or "")
    assert read_secret(SecretRef(file=str(tmp_path / "link")), {}).get_secret_value() == TOKEN


def test_read_secret_when_file_is_missing_says_so(tmp_path: Path) -> None:
    """The file that policy names is named."""
    with pytest.raises(Usage, match="cannot be read: No such file"):
        read_secret(SecretRef(file=str(tmp_path / "absent")), {})


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\n"])
def test_read_secret_when_file_is_empty_says_so(tmp_path: Path, content: bytes) -> None:
    """An empty file is no token."""
    with pytest.raises(Usage, match="is not set or empty"):
        read_secret(secret_file(tmp_path, content), {})


def test_read_secret_when_file_is_not_text_says_so(tmp_path: Path) -> None:
    """Some other file that was named by mistake is not quoted."""
    with pytest.raises(Usage, match="not ASCII") as caught:
        read_secret(secret_file(tmp_path, b"\xff\xfe key"), {})
    assert "key" not in caught.value.message.replace(str(tmp_path), "")


def test_read_secret_when_file_is_a_pipe_refuses_without_waiting(tmp_path: Path) -> None:
    """A pipe that nobody writes to would hold the run for ever."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(Refused, match="not a regular file"):
        read_secret(SecretRef(file=str(tmp_path / "pipe")), {})
