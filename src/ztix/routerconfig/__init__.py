"""The configuration of a member's own router: its sessions with the route servers, safe as it stands.

Law: pure. `dialects` are the makes, `words` what may be printed besides `terms`, `patterns` and `announced`
the lists of prefixes, `notes` and `communities` the comments, `view` the result, `derive` the way to it.
The templates are below `templates/router/`, one for each make.
"""

from __future__ import annotations

from ztix.routerconfig.derive import Derivation
from ztix.routerconfig.dialects import DIALECTS, Dialect
from ztix.routerconfig.texts import Gap, RouterText, router_texts
from ztix.routerconfig.view import RouterView

__all__ = ["DIALECTS", "Derivation", "Dialect", "Gap", "RouterText", "RouterView", "router_texts"]
