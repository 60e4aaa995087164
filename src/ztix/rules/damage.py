"""ZT6xx: files of evidence that are damaged. Their reader (`evidence_files`) finds these; here is their docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from ztix.rules.registry import Docs, found_by_reader

_WHY = "What these files hold becomes filters of route servers, so a part that cannot be read stops the run."
_REMEDY = "Fetch the evidence again, or take the file's last good version from git."


found_by_reader(
    "ZT600",
    "a file of evidence can be read",
    Docs(
        what="Each file in `evidence/` is a regular file with one JSON object that has the list of its kind.",
        why=_WHY,
        wrong='{"schema": "ztix.evidence.irr.v1", "as_sets": [',
        right='{"schema": "ztix.evidence.irr.v1", "as_sets": []}',
        remedy=_REMEDY,
    ),
)
found_by_reader(
    "ZT601",
    "a file of evidence has a schema that is known",
    Docs(
        what="The key `schema` names the form that this version of ztix reads.",
        why="A newer form could mean something else by the same words.",
        wrong='"schema": "ztix.evidence.irr.v9"',
        right='"schema": "ztix.evidence.irr.v1"',
        remedy="Use the version of ztix that wrote the file, or fetch the evidence again with this one.",
    ),
)
found_by_reader(
    "ZT602",
    "a record of evidence is whole",
    Docs(
        what="Each record has its keys, in their form, and is the only one about its network or AS-SET.",
        why=_WHY,
        wrong='"ipv4": ["192.0.2.1/24"]      (host bits)',
        right='"ipv4": ["192.0.2.0/24"]',
        remedy=_REMEDY,
    ),
)
