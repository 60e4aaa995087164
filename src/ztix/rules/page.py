"""The rules as people read them: one by `ztix explain`, all of them in docs/rules.md.

Law: pure; returns strings. Both are made from the registry, so neither can differ from the code.
"""

from __future__ import annotations

import difflib

from ztix.diagnostics import shown
from ztix.errors import Usage
from ztix.rules.registry import RULES, Rule

FAMILIES = {
    "ZT0": "The form of files",
    "ZT1": "Members",
    "ZT2": "Nodes and addresses",
    "ZT3": "PeeringDB",
    "ZT4": "Routing",
    "ZT5": "Policy",
    "ZT6": "Evidence",
}


def explain(rule_id: str) -> str:
    """What a rule says and what to do, for a terminal. Raises Usage where there is no such rule."""
    rule = RULES.get(rule_id.upper())
    if rule is None:
        close = difflib.get_close_matches(rule_id.upper()[:16], RULES, n=3)
        advice = (
            f"near it are {', '.join(f'`{other}`' for other in close)}"
            if close
            else "docs/rules.md lists all"
        )
        raise Usage(f"there is no rule `{shown(rule_id)}`", help=advice)
    return (
        f"{rule.id}  {rule.title}  ({rule.severity.value})\n\n"
        f"{rule.docs.what}\n\n"
        f"Why: {rule.docs.why}\n\n"
        f"Wrong:\n{_indented(rule.docs.wrong)}\n\n"
        f"Right:\n{_indented(rule.docs.right)}\n\n"
        f"What to do: {rule.docs.remedy}\n"
    )


def rules_page() -> str:
    """docs/rules.md."""
    parts = [
        "# Rules\n",
        "Each finding names its rule. `ztix explain ZT204` prints one of these on a terminal. An *error* "
        "stops what it is about, a *warning* should be looked at, a *note* is worth knowing.\n",
        "| rule | severity | it says |\n|---|---|---|",
        *(
            f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity.value} | {rule.title} |"
            for rule in _ordered()
        ),
    ]
    family = ""
    for rule in _ordered():
        if rule.id[:3] != family:
            family = rule.id[:3]
            parts.append(f"\n## {FAMILIES[family]}")
        parts.append(_section(rule))
    return "\n".join(parts) + "\n"


def _ordered() -> list[Rule]:
    return sorted(RULES.values(), key=lambda rule: rule.id)


def _section(rule: Rule) -> str:
    docs = rule.docs
    return (
        f"\n### {rule.id}\n\n**{rule.title}** ({rule.severity.value})\n\n{docs.what} {docs.why}\n\n"
        f"```yaml\n# wrong\n{docs.wrong}\n```\n```yaml\n# right\n{docs.right}\n```\n\n{docs.remedy}"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
