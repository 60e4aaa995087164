"""The public website of an exchange: pages as values, plots and a feed, then their text.

Law: pure. `source` is what a site is made from, `members`, `policy_words`, `communities`, `history`, `runs`,
`plot` and `feed` make values of it, `render` fills the templates below `templates/site/`, `build` names the
files. What a member wrote is printed by a template that escapes it, and nowhere else.
"""

from __future__ import annotations

from ztix.site.build import build
from ztix.site.source import Record, Register, Source, Turn

__all__ = ["Record", "Register", "Source", "Turn", "build"]
