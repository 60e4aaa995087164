"""The fabric's story at Central, and what Central does that a controller of one's own does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.contract.central_double import CentralDouble, running_central
from tests.contract.fabric_drivers import at_central
from tests.contract.fabric_story import N1, N2, NETWORK, SETTINGS, STORY, Scene, tell
from tests.git_repository import AWAY, new_repository
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, member_text
from ztix.errors import Exit, Refused
from ztix.terms import NodeId

FABRICS = """\
fabrics:
  - name: lan
    driver: zerotier-central
    network: "8056c2e21c000001"
    url: {url}
    token: {{env: CENTRAL_TOKEN}}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
"""


@pytest.fixture
def central() -> Iterator[CentralDouble]:
    """Central with the story's network, as it was made by hand."""
    with running_central(NETWORK) as double:
        yield double


def scene(central: CentralDouble) -> Scene:
    return Scene(at_central(central, NETWORK), central.knock, central.open_up)


def test_story_at_central_is_told_to_its_end(central: CentralDouble) -> None:
    """The driver does it at Central, but for making the network, which is a person's."""
    tell(scene(central), STORY[1:])
    assert central.throttled == 0


def test_story_at_central_when_writes_show_late_is_told_to_its_end(central: CentralDouble) -> None:
    """Reads that lag behind the writes change nothing of it."""
    central.lag = 3
    fabric = at_central(central, NETWORK, retries=10_000)
    fabric.budget.seconds = 1e6
    tell(Scene(fabric, central.knock, central.open_up), STORY[1:])


def test_observe_when_network_is_not_there_tells_to_make_it(central: CentralDouble) -> None:
    """Central chooses the ids of networks, so a missing one is made by a person and not by ztix."""
    fabric = at_central(central, "6fa725440c0a0002")
    for call in (fabric.observe, lambda: fabric.configure(SETTINGS), lambda: fabric.write(N1)):
        with pytest.raises(Refused, match="there is no network `6fa725440c0a0002`") as caught:
            call()
        assert "make one at Central" in caught.value.help
    assert central.members == {NETWORK: {}}


def test_driver_when_network_is_a_suffix_asks_nothing(central: CentralDouble) -> None:
    """Six digits say which network only to a controller of one's own."""
    fabric = at_central(central, NETWORK[10:])
    for call in (fabric.observe, lambda: fabric.configure(SETTINGS), lambda: fabric.write(N1)):
        with pytest.raises(Refused, match="is the end of an id") as caught:
            call()
        assert "16 digits" in caught.value.help
    assert central.asked == []


def test_write_when_member_has_notes_keeps_them(central: CentralDouble) -> None:
    """What people wrote beside a member, and its tags, outlive every write; nobody is ever deleted."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    fabric.write(N1)
    record = central.members[NETWORK][N1.node]
    record |= {"hidden": True, "description": "in rack 4"}
    record["config"] |= {"tags": [[1, 2]], "capabilities": [3], "ssoExempt": True}
    fabric.write(replace(N1, authorised=False, addresses=()))
    assert (record["hidden"], record["description"]) == (True, "in rack 4")
    assert {key: record["config"][key] for key in ("tags", "capabilities", "ssoExempt", "authorized")} == {
        "tags": [[1, 2]],
        "capabilities": [3],
        "ssoExempt": True,
        "authorized": False,
    }
    assert {method for method, _ in central.asked} == {"GET", "POST"}


def test_configure_when_network_has_rules_keeps_them(central: CentralDouble) -> None:
    """Rules are a text that Central compiles; this driver leaves them alone."""
    at_central(central, NETWORK).configure(SETTINGS)
    held = central.networks[NETWORK]
    assert (held["rulesSource"], held["description"]) == ("accept;", "by hand")
    assert held["config"]["rules"] == [{"type": "ACTION_ACCEPT"}]


def test_write_when_member_was_deleted_by_hand_puts_it_back(central: CentralDouble) -> None:
    """A deleted member is not listed, even if it asks; a write brings it back."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    fabric.write(N1)
    central.rights.add("d")
    fabric.http.delete(
        f"/network/{NETWORK}/member/{N1.node}", headers={"Authorization": f"token {central.token}"}
    )
    central.knock(N1.node)
    assert at_central(central, NETWORK).observe().attachments == {}
    assert at_central(central, NETWORK).write(N1) == N1
    assert at_central(central, NETWORK).observe().attachments == {N1.node: N1}


def test_configure_when_single_sign_on_admits_strangers_is_refused(central: CentralDouble) -> None:
    """Who comes in by a provider of identities is not in git; a person has to end that."""
    central.networks[NETWORK]["config"]["ssoConfig"]["enabled"] = True
    fabric = at_central(central, NETWORK)
    seen = fabric.observe().settings
    assert seen is not None
    assert not seen.closed
    with pytest.raises(Refused, match="single sign-on"):
        fabric.configure(SETTINGS)


@pytest.mark.parametrize(
    "loose", [{"noAutoAssignIps": False}, {"noAutoAssignIps": None}, {"activeBridge": True}]
)
def test_observe_when_record_is_loose_tells_and_a_write_mends_it(
    central: CentralDouble, loose: dict[str, object]
) -> None:
    """Automatic addresses or bridging, switched on by hand, are seen, and any write ends them."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    fabric.write(N1)
    central.members[NETWORK][N1.node]["config"] |= loose
    assert fabric.observe().automatic == {N1.node}
    assert fabric.write(N1) == N1
    assert fabric.observe().automatic == frozenset()


def test_observe_when_everything_is_null_reads_it(central: CentralDouble) -> None:
    """Null is nothing that ztix would have written: the network reads as open, the members as strangers."""
    central.knock("1122334455")
    central.knock("1122334456")
    central.knock("ff22334455")
    member, bare, _ = central.members[NETWORK].values()
    for record in (member, central.networks[NETWORK]):
        record.update(dict.fromkeys(key for key in record if key not in ("id", "config")))
        record["config"] = dict.fromkeys(record["config"])
    bare["config"] = None
    fabric = at_central(central, NETWORK)
    seen = fabric.observe()
    assert seen.settings is not None
    assert (seen.settings.closed, seen.settings.prefixes, seen.settings.name) == (False, (), "")
    assert list(seen.attachments) == ["1122334455", "1122334456"]
    assert not any(one.authorised or one.addresses or one.name for one in seen.attachments.values())
    bare["config"] = {}
    assert fabric.configure(SETTINGS) == SETTINGS
    first = replace(N1, node=NodeId("1122334455"))
    assert fabric.write(first) == first


def test_write_when_network_is_new_is_repeated_until_central_knows_it(central: CentralDouble) -> None:
    """A 404 right after a network was made passes; the wait is a part of the run's patience."""
    central.unborn = 2
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    assert fabric.write(N1) == N1
    assert central.slept == [0.5, 1.0]
    central.unborn = 99
    with pytest.raises(Refused, match="with 404"):
        fabric.write(N2)


def test_observe_when_a_write_never_shows_returns_what_is_there(central: CentralDouble) -> None:
    """Somebody else's write after ours is seen in the end, and each wait comes out of the run's patience."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    fabric.write(N1)
    central.members[NETWORK][N1.node]["config"]["ipAssignments"] = ["203.0.113.99"]
    held = replace(N1, addresses=(ip_address("203.0.113.99"),))
    assert fabric.observe().attachments == {N1.node: held}
    assert central.slept == [0.5, 1.0, 2.0, 4.0]
    assert fabric.observe().attachments == {N1.node: held}
    assert len(central.slept) == 4


def test_driver_when_many_writes_follow_keeps_below_the_rate(central: CentralDouble) -> None:
    """A hundred writes meet no refusal, take about five seconds at twenty a second, and lose no patience."""
    fabric = at_central(central, NETWORK, retries=0)
    fabric.configure(SETTINGS)
    began = central.time
    for n in range(100):
        one = replace(N1, node=NodeId(f"a0000000{n:02x}"), addresses=(ip_address(f"203.0.113.{n + 1}"),))
        assert fabric.write(one) == one
    assert len(fabric.observe().attachments) == 100
    assert central.throttled == 0
    assert 4 < (central.time - began).total_seconds() < 11


def test_driver_when_opened_shows_its_token_in_one_header_only(central: CentralDouble) -> None:
    """The word before it is Central's own; no representation has it."""
    fabric = at_central(central, NETWORK)
    assert fabric.http.headers["Authorization"] == f"token {central.token}"
    assert central.token not in repr(fabric)


def test_reconcile_at_central_makes_members_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    """The whole program: a network made by hand is set after approval, and the next run finds nothing."""
    repo = new_repository(tmp_path / "ix")
    with running_central("8056c2e21c000001", limit=10_000) as central:
        for path, text in (
            ("policy/exchange.yaml", EXCHANGE),
            ("policy/fabrics.yaml", FABRICS.format(url=central.url)),
            ("policy/lan-rules.yaml", "lans:\n  - fabric: lan\n    base: accept-all\n"),
            ("policy/route-servers.yaml", "route_servers: []\n"),
            ("policy/admission.yaml", ADMISSION),
            ("members/AS64500.yaml", member_text(64500)),
        ):
            repo.write(path, text)
        repo.commit()

        def ztix(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "ztix", *words],
                cwd=repo.folder,
                env={**os.environ, **AWAY, "CENTRAL_TOKEN": central.token},
                capture_output=True,
                text=True,
                check=False,
            )

        asked = ztix("reconcile")
        assert asked.returncode == Exit.REFUSED, asked.stderr
        (digest,) = re.findall(r"--approve (sha256:[0-9a-f]{64})", asked.stderr)
        first, second = ztix("reconcile", "--approve", digest), ztix("reconcile")
        (member,) = central.members["8056c2e21c000001"].values()
    assert (first.returncode, second.returncode) == (Exit.DONE, Exit.DONE), first.stderr + second.stderr
    assert "Fabric: 2 applied, 0 skipped, 0 failed." in first.stdout
    assert "Nothing to do" in second.stdout
    assert member["config"]["authorized"] is True
