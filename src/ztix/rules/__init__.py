"""Rules: what must hold for an exchange that no single file's form can say.

Law: pure. One small module for each family, one function for each rule, all in `registry.RULES`. The order of
findings comes from their places, so that the same tree and evidence always give the same report.
"""

from __future__ import annotations

from ztix.diagnostics import Report
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.ledger import Ledger
from ztix.rules import (  # noqa: F401 - importing a family registers its rules
    addresses,
    ages,
    contacts,
    damage,
    fabrics,
    form,
    history,
    identity,
    lan_rules,
    maintainers,
    member_policy,
    nodes,
    peeringdb,
    proofs,
    refreshed,
    renewal,
    route_servers,
    routing,
    routing_policy,
    sessions,
    submissions,
    templates,
)
from ztix.rules.facts import Facts
from ztix.rules.page import explain
from ztix.rules.registry import RULES

__all__ = ["RULES", "check", "explain"]


def check(exchange: Exchange, evidence: Evidence | None, ledger: Ledger | None = None) -> Report:
    """Every finding of every rule. Without evidence or ledger, those that need it keep silent."""
    facts = Facts.of(exchange, evidence, ledger)
    return Report.of(finding for rule in RULES.values() for finding in rule.findings(facts))
