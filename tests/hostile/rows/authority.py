"""Who may change what is no member's: people of each role, at each kind of file."""

from __future__ import annotations

from tests.hostile.pull import Changes, Must, Pull
from tests.hostile.scene import (
    ADMIN,
    BASE,
    CHIEF,
    JOINER,
    MAINTAINERS,
    OWNER,
    REVIEWER,
    STRANGER,
    edit,
    joining,
    path_of,
)

_ADMISSION = BASE["policy/admission.yaml"]
_EVIDENCE = """\
{"schema": "ztix.evidence.peeringdb.v1",
"networks": [
]}
"""
_ME = MAINTAINERS.replace(
    "invitation_keys:", "  - github: {id: 666, login: me}\n    role: owner\ninvitation_keys:"
)
_UP = MAINTAINERS.replace("login: reviewer}\n    role: reviewer", "login: reviewer}\n    role: owner")

# What is changed, what that is called, and whether an admin may approve it.
THINGS: dict[str, tuple[Changes, str, bool]] = {
    "policy": ({"policy/admission.yaml": _ADMISSION + "node_proof: off\n"}, "the policy changes", False),
    "maintainers": ({"policy/maintainers.yaml": _ME}, "the list of maintainers changes", False),
    "workflow": ({".github/workflows/verdict.yml": "on: push\n"}, "the workflows change", False),
    "new-workflow": ({".github/workflows/x.yml": "on: push\n"}, "the workflows change", False),
    "action": ({".github/actions/x/action.yml": "name: x\n"}, "the workflows change", False),
    "templates": ({"templates/README.md": "# own templates\n"}, "the templates change", False),
    "source": ({"src/ztix/review.py": "import os\n"}, "other files change", False),
    "build": ({"pyproject.toml": "[project]\n"}, "other files change", False),
    "script": ({"scripts/x": "#!/bin/sh\n"}, "other files change", False),
    "codeowners": ({".github/CODEOWNERS": "* @stranger\n"}, "other files change", False),
    "codeowners-at-the-root": ({"CODEOWNERS": "* @stranger\n"}, "other files change", False),
    "gitattributes": ({".gitattributes": "*.yaml merge=ours\n"}, "other files change", False),
    "gitattributes-of-members": ({"members/.gitattributes": "* -diff\n"}, "ZT013", False),
    "gitmodules": ({".gitmodules": '[submodule "x"]\n'}, "other files change", False),
    "gitignore": ({".gitignore": "members\n"}, "other files change", False),
    "evidence": ({"evidence/peeringdb.json": _EVIDENCE}, "the evidence changes", True),
    "docs": ({"docs/join.md": "# Join\n"}, "texts for people change", True),
    "program-in-docs": ({"docs/conf.py": "import os\n"}, "other files change", False),
    "readme": ({"README.md": "# Mine\n"}, "texts for people change", True),
    "policy-gone": ({"policy/maintainers.yaml": None}, "the list of maintainers changes", False),
}
_BROKEN = {"gitattributes-of-members"}


def _of(thing: str) -> tuple[Pull, ...]:
    """A kind of file: by a stranger with the approvals that do not count, and with the least that does."""
    does, says, admins = THINGS[thing]
    must = Must.FAIL if thing in _BROKEN else Must.WAIT
    least = ADMIN if admins else OWNER
    whom = "an owner or admin approves" if admins else "an owner approves"
    few = (REVIEWER, 64500, STRANGER) if admins else (ADMIN, REVIEWER, 64500, STRANGER)
    rows = [
        Pull(f"{thing}-by-a-stranger", must, does, (says,), whom, STRANGER, few),
        Pull(f"{thing}-by-a-reviewer", must, does, (says,), whom, REVIEWER, (REVIEWER,)),
        Pull(f"{thing}-by-an-admin", must, does, (says,), whom, ADMIN, (ADMIN, REVIEWER)),
    ]
    if must is Must.WAIT:
        rows.append(Pull(f"{thing}-approved", Must.PASS, does, (says,), "merge it", STRANGER, (least,)))
        rows.append(Pull(f"{thing}-by-an-owner", Must.PASS, does, (says,), "merge it", OWNER))
    return tuple(rows)


AUTHORITY: tuple[Pull, ...] = (
    *(row for thing in THINGS for row in _of(thing)),
    Pull(
        "makes-himself-owner-and-approves",
        Must.WAIT,
        {"policy/maintainers.yaml": _ME, **edit(64500, "fra1", "evil")},
        ("the list of maintainers changes", "does not name them"),
        "an owner approves",
        STRANGER,
        (STRANGER,),
    ),
    Pull(
        "reviewer-makes-himself-owner",
        Must.WAIT,
        {"policy/maintainers.yaml": _UP},
        ("the list of maintainers changes",),
        "an owner approves",
        REVIEWER,
        (REVIEWER, ADMIN),
    ),
    Pull(
        "lowers-the-bar-and-joins-below-it",
        Must.WAIT,
        {path_of(64502): JOINER, "policy/admission.yaml": _ADMISSION + "node_proof: off\nproofs: []\n"},
        ("the policy changes", "has not signed the change"),
        "an owner approves",
    ),
    Pull(
        "allows-the-number-that-policy-denies",
        Must.WAIT,
        {**joining(), "policy/admission.yaml": _ADMISSION},
        ("the policy changes",),
        "an owner approves",
        approvals=(ADMIN, REVIEWER),
        past=({"policy/admission.yaml": _ADMISSION + "asns_denied: [64502]\n"},),
    ),
    Pull(
        "join-carries-a-workflow",
        Must.WAIT,
        {**joining(), ".github/workflows/x.yml": "on: push\n"},
        ("the workflows change", "AS64502 joins"),
        "an owner approves",
        approvals=(ADMIN,),
    ),
    Pull(
        "edit-carries-a-template",
        Must.WAIT,
        {**edit(64500, "fra1", "ams1"), "templates/bird.conf.j2": "{{ members }}\n"},
        ("the templates change",),
        "an owner approves",
        64500,
        (ADMIN,),
    ),
    Pull(
        "policy-broken-by-an-owner",
        Must.FAIL,
        {"policy/fabrics.yaml": "fabrics: []\n"},
        ("ZT",),
        "mend the errors",
        OWNER,
    ),
    Pull(
        "fabrics-gone",
        Must.FAIL,
        {"policy/fabrics.yaml": None},
        ("ZT014",),
        "mend the errors",
        OWNER,
    ),
    Pull(
        "evidence-forged-by-a-member",
        Must.WAIT,
        {"evidence/peeringdb.json": _EVIDENCE},
        ("the evidence changes",),
        "an owner or admin approves",
        64500,
    ),
    Pull(
        "evidence-damaged",
        Must.FAIL,
        {"evidence/peeringdb.json": "[" * 5000},
        ("ZT60",),
        "fetch the evidence again",
        ADMIN,
        (OWNER,),
    ),
    Pull(
        "second-owner-approves-the-first",
        Must.PASS,
        {"policy/maintainers.yaml": _ME},
        ("the list of maintainers changes",),
        "merge it",
        OWNER,
        (CHIEF,),
    ),
)
