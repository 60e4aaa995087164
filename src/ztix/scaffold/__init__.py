"""What `ztix init` writes: a whole exchange repository, but for what only its operator knows.

Law: pure; the packaged texts arrive as values. Lanes, pull request template and the rest of `.github/` are
those of ztix's own repository, with the few lines changed that speak of its source. What the operator must
fill in stands as `TODO` where no check lets it pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from ztix.canonical import scalar_text
from ztix.codeowners import PATH as CODEOWNERS
from ztix.codeowners import codeowners
from ztix.errors import Usage
from ztix.maintainers_policy import MaintainersPolicy
from ztix.policy import ExchangePolicy
from ztix.schema import schema_files
from ztix.terms import Asn, Label

SHARED = (
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/dependabot.yml",
    ".github/workflows/check.yml",
    ".github/workflows/drift.yml",
    ".github/workflows/pages.yml",
    ".github/workflows/prove.yml",
    ".github/workflows/queue.yml",
    ".github/workflows/recheck.yml",
    ".github/workflows/reconcile.yml",
    ".github/workflows/verdict.yml",
    "scripts/uv.txt",
)
"""Files of ztix's own repository that every exchange gets."""

CHANGED: dict[str, tuple[tuple[str, str], ...]] = {
    ".github/PULL_REQUEST_TEMPLATE.md": (
        ("### I change the policy, the templates or the tool", "### I change the policy or the templates"),
        (
            "- [ ] `make test` passes.\n"
            "- [ ] What an operator would notice has a line in `.github/CHANGELOG.md`.\n",
            "- [ ] `ztix check` finds nothing.\n",
        ),
    ),
    ".github/workflows/pages.yml": (("      - src/**\n", ""),),
    ".github/workflows/reconcile.yml": (
        ("      - src/**\n", ""),
        (
            "          sudo scripts/install-tools --packages bird2\n",
            "          sudo apt-get update -qq\n"
            "          sudo apt-get install -qq --yes --no-install-recommends bird2\n",
        ),
    ),
}
"""What of them reads differently in an exchange that does not hold ztix's source."""


_SLOT = re.compile(r"\{(name|title|asn|version)\}")


def scaffold(name: Label, title: str, asn: Asn, version: str, packaged: Mapping[str, str]) -> dict[str, str]:
    """Every file of a new exchange by its path.

    version: of ztix, which the workflows will install.  packaged: the texts of `scaffold/files/` and of
    SHARED, by the path they get.  Raises Usage where the title cannot be one.
    """
    try:
        ExchangePolicy(name=name, title=title, asn=asn)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise Usage(f"the title {reason}", help="give another with --title") from None
    own = {path: _own(path, text, name, title, asn, version) for path, text in packaged.items()}
    asked = {CODEOWNERS: codeowners(MaintainersPolicy())}
    return dict(sorted((own | schema_files() | asked).items()))


def _own(path: str, text: str, name: Label, title: str, asn: Asn, version: str) -> str:
    """A packaged text as it reads in this exchange."""
    for old, new in CHANGED.get(path, ()):
        text = text.replace(old, new)
    is_yaml = path.endswith(".yaml")
    words = {
        "name": scalar_text(name) if is_yaml else name,
        "title": scalar_text(title) if is_yaml else title,
        "asn": str(int(asn)),
        "version": version,
    }
    return _SLOT.sub(lambda match: words[match[1]], text)
