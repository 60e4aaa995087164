"""ZT56x: who decides, in policy/maintainers.yaml.

Law: pure. An exchange without that file leaves it to its git server who may merge.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.maintainers_policy import Role
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule


@rule(
    "ZT561",
    "an exchange has an owner",
    Severity.WARNING,
    what="Where there is a policy/maintainers.yaml, it names at least one account with the role `owner`. As "
    "long as it names nobody this is a note.",
    why="Only an owner approves a change of policy, templates, workflows or of this very list: without one "
    "no verdict about them is ever ready, and nobody can be let in who could change that.",
    wrong="maintainers:\n  - github: {id: 9990000002, login: example-admin}\n    role: admin",
    right="maintainers:\n  - github: {id: 9990000001, login: example-owner}\n    role: owner",
    remedy="Give one account `role: owner`. Whoever may push to the main branch commits that, for no verdict "
    "will say that it is ready.",
)
def without_owner(facts: Facts) -> Iterator[Hit]:
    """A list of maintainers without an owner."""
    document = facts.exchange.documents.get("maintainers")
    listed = facts.exchange.policy.maintainers.maintainers
    if document is not None and not any(each.role is Role.OWNER for each in listed):
        place = document.span(("maintainers",) if "maintainers" in document.value else ())
        advice = "give one account `role: owner`; whoever may push to the main branch commits that"
        # A new exchange has an empty list until somebody thinks of it: no fault yet.
        mild = None if listed else Severity.NOTE
        message = "nobody here is an `owner`, so nobody can approve a change of policy"
        yield Hit(message, place, advice, severity=mild)
