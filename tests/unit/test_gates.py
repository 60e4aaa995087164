"""Gates: what passes, what needs approval, and what the refusal tells."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.unit.exchange_fixture import good_exchange, good_files, read
from ztix.applied import Applied, Configuration, Owned
from ztix.digests import text_digest
from ztix.effects import Effect, SessionEffect
from ztix.exchange import Exchange
from ztix.fabric import Amend, Attach, Attachment, Change, Configure, Detach
from ztix.gates import Refusal, judge, restarts
from ztix.plan import Deploy, Plan
from ztix.terms import Label, NodeId

LAN = Label("lan")
DIGEST = text_digest("a plan")


def node(number: int) -> NodeId:
    return NodeId(f"{number:010x}")


def held(number: int, address: str = "192.0.2.9") -> Attachment:
    return Attachment(node(number), "x", (ip_address(address),))


def owning(count: int) -> Applied:
    """A third version with so many nodes."""
    return Applied("c0ffee", {}, {LAN: {node(n): Owned("AS64500", held(n)) for n in range(1, count + 1)}})


def leaving(count: int) -> list[Change]:
    off = [replace(held(n), addresses=(), authorised=False) for n in range(1, count + 1)]
    return [Detach(LAN, "AS64500", held(n), off[n - 1], None) for n in range(1, count + 1)]


def moving(count: int) -> list[Change]:
    return [Amend(LAN, "AS64500", held(n), held(n, "192.0.2.10"), None) for n in range(1, count + 1)]


def gates(
    changes: list[Change],
    applied: Applied,
    *,
    deploys: tuple[Deploy, ...] = (),
    exchange: Exchange | None = None,
) -> tuple[Refusal, ...]:
    plan = Plan(DIGEST, tuple(changes), deploys, (), DIGEST, 0)
    return judge(plan, exchange or good_exchange(), applied)


@pytest.mark.parametrize(
    ("removed", "owned", "refused"),
    [
        (0, 0, False),
        (1, 1, True),
        (1, 2, True),
        (1, 3, False),
        (2, 5, False),
        (3, 20, True),
        (3, 30, False),
        (4, 30, True),
        (10, 100, False),
        (11, 100, True),
        (9, 9, True),
    ],
)
def test_gate_of_removals_counts_number_and_share(removed: int, owned: int, refused: bool) -> None:
    """Two always pass, or a tenth, but never half of what is there, however little that is."""
    assert bool(gates(leaving(removed), owning(owned))) is refused


def test_gate_of_removals_tells_number_limit_and_place() -> None:
    """A refusal has all that the reader needs to judge it."""
    files = {**good_files(), "policy/gates.yaml": "removals: {count: 3, share: 0.2}\n"}
    (refusal,) = gates(leaving(7), owning(30), exchange=read(files))
    assert refusal.gate == "removals"
    assert refusal.what == "7 of 30 nodes would leave fabric `lan`"
    assert refusal.limit == "the limit is 6, the larger of 3 and 20% of 30"
    assert str(refusal.where) == "policy/gates.yaml:1:1"


@pytest.mark.parametrize("files", [{}, {"policy/gates.yaml": "health_timeout_s: 30\n"}])
def test_gate_by_default_names_the_file_that_could_set_it(files: dict[str, str]) -> None:
    """Where policy is silent the place is the file."""
    (refusal,) = gates(leaving(3), owning(20), exchange=read({**good_files(), **files}))
    assert str(refusal.where) == "policy/gates.yaml:1:1"


def test_gate_of_readdressing_counts_new_addresses_only() -> None:
    """A new name is no new address."""
    renames: list[Change] = [
        Amend(LAN, "AS64500", held(n), replace(held(n), name="y"), None) for n in range(1, 9)
    ]
    assert gates(renames, owning(10)) == ()
    assert [refusal.gate for refusal in gates(moving(5), owning(20))] == ["readdressed"]
    assert gates(moving(4), owning(20)) == ()


def test_gate_of_the_network_refuses_every_change_of_settings() -> None:
    """Making a network is no change of one."""
    exchange = good_exchange()
    settings = exchange.settings(exchange.policy.fabrics.fabrics[0])
    assert gates([Configure(LAN, None, settings, None)], Applied()) == ()
    because = exchange.documents["fabrics"].span(("fabrics", 0, "name"))
    (refusal,) = gates([Configure(LAN, replace(settings, mtu=1500), settings, because)], Applied())
    assert (refusal.gate, refusal.where) == ("network", None)


def test_gate_of_the_network_lets_drift_be_put_back() -> None:
    """What was approved once needs no second approval, so that nothing waits behind it."""
    exchange = good_exchange()
    settings = exchange.settings(exchange.policy.fabrics.fabrics[0])
    assert gates([Configure(LAN, replace(settings, closed=False), settings, None)], Applied()) == ()


def test_gate_of_route_server_nodes_lets_a_first_attachment_and_a_name_pass() -> None:
    """A route server's node is attached once and then moved by approval only."""
    attach = Attach(LAN, "rs1", replace(held(1), authorised=False, addresses=()), held(1), None)
    rename = Amend(LAN, "rs1", held(1), replace(held(1), name="y"), None)
    assert gates([attach, rename], owning(30)) == ()
    (refusal,) = gates([Amend(LAN, "rs1", held(1), held(1, "192.0.2.11"), None)], owning(30))
    assert refusal.gate == "route-server-node"
    off = replace(held(1), addresses=(), authorised=False)
    (refusal,) = gates([Detach(LAN, "rs1", held(1), off, None)], owning(30))
    assert refusal.gate == "route-server-node"


def test_gate_of_route_server_nodes_knows_a_server_that_policy_dropped() -> None:
    """To delete a route server from policy takes its node off no sooner than a person approves."""
    applied = replace(owning(30), configurations={Label("rs9"): Configuration(DIGEST, ())})
    off = replace(held(1), addresses=(), authorised=False)
    (refusal,) = gates([Detach(LAN, "rs9", held(1), off, None)], applied)
    assert (refusal.gate, "`rs9`" in refusal.what) == ("route-server-node", True)


def test_gates_count_on_each_fabric() -> None:
    """Half of a small fabric is half, however large the others are."""
    site = Label("site")
    applied = Applied("c0ffee", {}, {**owning(100).owned, site: {node(200): Owned("AS64500", held(200))}})
    gone = Detach(site, "AS64500", held(200), replace(held(200), addresses=(), authorised=False), None)
    (refusal,) = gates([gone], applied)
    assert refusal.what == "1 of 1 nodes would leave fabric `site`"


@pytest.mark.parametrize(
    ("removed", "kept", "refused"), [(1, 1, True), (16, 48, False), (17, 51, False), (18, 46, True)]
)
def test_gate_of_sessions_counts_on_each_route_server(removed: int, kept: int, refused: bool) -> None:
    """Sixteen sessions or a quarter may end on one route server."""
    names = [f"s{n}" for n in range(removed + kept)]
    deploy = Deploy(Label("rs1"), None, DIGEST, (), tuple(names[:removed]), tuple(names[removed:]), ())
    assert bool(gates([], Applied(), deploys=(deploy,))) is refused


def test_gate_of_restarts_names_a_few_sessions_and_their_reasons() -> None:
    """A route server with a session that would restart needs approval; one nobody knows of does not."""
    ending = tuple(SessionEffect(f"as6450{i}_a", Effect.RESTART, ("hold time",)) for i in range(6))
    reloading = SessionEffect("as64509_a", Effect.REFILTER, ("export",))
    effects = {"rs1": (*ending, reloading), "rs2": (reloading,), "rs3": None, "rs4": ending[:1]}
    found = restarts({Label(name): one for name, one in effects.items()})
    assert [refusal.gate for refusal in found] == ["restarts", "restarts"]
    assert found[0].what.startswith(
        "6 sessions that stay on route server `rs1` would restart: `as64500_a` (hold"
    )
    assert found[0].what.endswith("`as64503_a` (hold time) and 2 more")
    assert (
        found[1].what == "1 session that stays on route server `rs4` would restart: `as64500_a` (hold time)"
    )
