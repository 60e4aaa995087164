"""The rules as people read them: one by `ztix explain`, all of them in docs/rules.md.

Law: pure; returns strings. Both are made from the registry, so neither can differ from the code.
"""

from __future__ import annotations

import re
import textwrap

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
    "ZT9": "Pull requests",
}


def explain(rule_id: str, width: int = 100) -> str:
    """What a rule says and what to do, in lines of this width. Raises Usage where there is no such rule."""
    rule = RULES.get(rule_id.upper())
    if rule is None:
        raise Usage(f"there is no rule `{shown(rule_id)}`", help=_advice(rule_id))
    head = f"{rule.id}  {rule.title}  ({rule.severity.value})"
    docs = rule.docs
    parts = [
        *(_wrapped(text, width) for text in (head, docs.what, f"Why: {docs.why}")),
        f"Wrong:\n{_indented(docs.wrong)}",
        f"Right:\n{_indented(docs.right)}",
        _wrapped(f"What to do: {docs.remedy}", width),
    ]
    return "\n\n".join(parts) + "\n"


def _advice(rule_id: str) -> str:
    """Rules of the same family whose numbers are nearest, if what was asked for looks like an id."""
    match = re.fullmatch(r"(ZT[0-9])([0-9]{2})", rule_id.upper())
    family = [rule for rule in RULES if match and rule.startswith(match[1])]
    if match is None or not family:
        return "`ztix explain` lists all"
    near = sorted(family, key=lambda rule: (abs(int(rule[3:]) - int(match[2])), rule))[:3]
    return f"near it are {', '.join(f'`{rule}`' for rule in near)}; `ztix explain` lists all"


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


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, max(width, 40), break_long_words=False, break_on_hyphens=False)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
