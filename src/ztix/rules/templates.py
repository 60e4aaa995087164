"""ZT54x: an exchange's own templates. Those who render (`render`, `gather`) find these; here is their docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from ztix.diagnostics import Severity
from ztix.rules.registry import Docs, Rule, enter

enter(
    Rule(
        "ZT541",
        "a template is a regular file",
        Severity.ERROR,
        Docs(
            what="Each file in `templates/` is a regular file, and each template is UTF-8 of at most 1 MiB. "
            "Neither `templates/` nor a folder in it is a symbolic link or a submodule.",
            why="What a link leads to is not in the commit that was reviewed, and would be ignored or "
            "printed into a router's configuration.",
            wrong="templates/bird/clients.j2 -> /home/noc/clients.j2",
            right="templates/bird/clients.j2 as a plain file",
            remedy="Commit the text itself as a plain file, or delete it: the packaged one takes its place.",
        ),
    )
)
enter(
    Rule(
        "ZT542",
        "the exchange's own templates render",
        Severity.ERROR,
        Docs(
            what="With the templates of the exchange in place of the packaged ones, the configuration of "
            "every route server can be made. It is tried when nothing else is wrong.",
            why="A template that breaks stops every plan and every run.",
            wrong='{% include "/etc/passwd" %}',
            right='{% include "bird/filters.j2" %}',
            remedy="Mend the template at the line that is shown, or delete it: the packaged one takes its "
            "place. `ztix render` shows what the templates make.",
        ),
    )
)
