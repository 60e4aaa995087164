"""Who may change what: the table of acts and roles, read as a table and played through whole reviews."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.exchange_fixture import member_text, read
from tests.unit.submission_fixture import (
    ADMIN,
    MAINTAINERS,
    OWNER,
    REVIEWER,
    STRANGER,
    base_files,
    judged,
    offered,
)
from tests.unit.test_public_keys import GOOD
from ztix.admission.authority import (
    ADMINS,
    ANYBODY,
    OWNERS,
    RIGHTS,
    Act,
    Rights,
    act_of_path,
    approving,
    first_of,
    named,
    roles_words,
)
from ztix.admission.case import open_case
from ztix.admission.verdict import State
from ztix.maintainers_policy import MaintainersPolicy, Role
from ztix.policy import Policy

MEMBER = "members/AS64500.yaml"
TEXT = member_text(64500)
NOBODY: frozenset[Role] = frozenset()
POLICY = MaintainersPolicy.model_validate(
    {
        "maintainers": [
            {"github": {"id": str(number), "login": login}, "role": role}
            for number, login, role in ((1, "ann", "owner"), (2, "ben", "admin"), (3, "cay", "reviewer"))
        ]
    }
)

# named by the file, proof, signature, whose approval it needs, whose approval stands in for all of that
TABLE = {
    Act.JOIN: Rights(True, True, False, NOBODY, ANYBODY),
    Act.EDIT: Rights(True, False, True, NOBODY, OWNERS),
    Act.LEAVE: Rights(True, False, True, NOBODY, OWNERS),
    Act.CONTACTS: Rights(True, False, True, ADMINS, OWNERS),
    Act.KEYS: Rights(True, False, True, ADMINS, OWNERS),
    Act.RETURN: Rights(True, False, True, ADMINS, OWNERS),
    Act.FOREIGN: Rights(False, False, False, ADMINS, NOBODY),
    Act.SEIZE: Rights(False, False, False, OWNERS, NOBODY),
    Act.STRAY: Rights(False, False, False, ANYBODY, NOBODY),
    Act.EVIDENCE: Rights(False, False, False, ADMINS, NOBODY),
    Act.DOCS: Rights(False, False, False, ADMINS, NOBODY),
    Act.POLICY: Rights(False, False, False, OWNERS, NOBODY),
    Act.MAINTAINERS: Rights(False, False, False, OWNERS, NOBODY),
    Act.TEMPLATES: Rights(False, False, False, OWNERS, NOBODY),
    Act.WORKFLOWS: Rights(False, False, False, OWNERS, NOBODY),
    Act.SOURCE: Rights(False, False, False, OWNERS, NOBODY),
}


def test_rights_are_this_table() -> None:
    """Every act has its line, and a right that is given away by a slip is seen here."""
    assert dict(RIGHTS) == TABLE
    assert set(RIGHTS) == set(Act)


def test_page_about_reviews_has_this_table() -> None:
    """What people read is what counts, line by line."""
    page = (Path(__file__).resolve().parents[2] / "docs/review.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.count("|") == 5]
    told = {what: rest for what, *rest in rows[2:]}
    assert told == {act.value: row(rights) for act, rights in TABLE.items()}


def row(rights: Rights) -> list[str]:
    """The other columns of an act's line."""
    parts = ["is named by the new file" if rights.proof else "is named by the file"] * rights.own
    parts += ["and proves to hold the AS number"] * rights.proof
    parts += ["and signs where it has keys"] * rights.signature
    asked, standing = (roles_words(r) if r else "nobody" for r in (rights.approvers, rights.instead))
    return [", ".join(parts) or "may be anybody", asked, standing]


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("policy/admission.yaml", Act.POLICY),
        ("policy/maintainers.yaml", Act.MAINTAINERS),
        ("policy/schema/member.json", Act.POLICY),
        ("templates/bird/bird.conf.j2", Act.TEMPLATES),
        ("evidence/irr.json", Act.EVIDENCE),
        (".github/workflows/check.yml", Act.WORKFLOWS),
        (".github/actions/x/action.yml", Act.WORKFLOWS),
        (".github/CODEOWNERS", Act.SOURCE),
        ("README.md", Act.DOCS),
        ("members/README.md", Act.DOCS),
        ("docs/join.md", Act.DOCS),
        ("docs/x.py", Act.SOURCE),
        ("docs.md/x", Act.SOURCE),
        ("src/ztix/plan.py", Act.SOURCE),
        ("../policy/admission.yaml", Act.SOURCE),
        ("members/AS064500.yaml", Act.SOURCE),
        ("members/AS99999999999.yaml", Act.SOURCE),
        ("members/AS4294967296.yaml", Act.SOURCE),
        ("MEMBERS/AS64500.yaml", Act.SOURCE),
        ("policy", Act.POLICY),
    ],
)
def test_path_that_is_no_members_is_one_act(path: str, act: Act) -> None:
    """What is not known is source, which owners alone may change."""
    assert act_of_path(path) is act
    case = open_case(offered({path: "x"}), judged_policy())
    assert dict(case.others) == {act: (path,)}


def judged_policy() -> Policy:
    return read({path: text for path, text in base_files().items() if isinstance(text, str)}).policy


SUSPENDED = TEXT + "status: suspended\n"
TWO = TEXT.replace("contacts:\n", "contacts:\n  - github: {id: 7, login: new}\n")
# the file before, the file after, the author, the acts
ACTS: list[tuple[str | None, str | None, int, tuple[Act, ...]]] = [
    (None, TEXT, 64500, (Act.JOIN,)),
    (None, TEXT, STRANGER, (Act.JOIN,)),
    (TEXT, TEXT.replace("fra1", "ams1"), 64500, (Act.EDIT,)),
    (TEXT, None, 64500, (Act.LEAVE,)),
    (TEXT, TWO, 64500, (Act.EDIT, Act.CONTACTS)),
    (TEXT, TEXT + f"auth: [{GOOD[0]}]\n", 64500, (Act.EDIT, Act.KEYS)),
    (SUSPENDED, TEXT, 64500, (Act.EDIT, Act.RETURN)),
    (SUSPENDED, None, 64500, (Act.LEAVE, Act.RETURN)),
    (TEXT, SUSPENDED, 64500, (Act.EDIT,)),
    (TEXT, TEXT.replace("login: user64500", "login: renamed"), 64500, (Act.EDIT,)),
    (TEXT, TEXT.replace("noc@", "ops@"), 64500, (Act.EDIT,)),
    (TEXT, TEXT.replace("fra1", "ams1"), STRANGER, (Act.FOREIGN,)),
    (TEXT, None, STRANGER, (Act.FOREIGN,)),
    (TEXT, TWO, 7, (Act.SEIZE,)),
    (TEXT, TEXT + f"auth: [{GOOD[0]}]\n", STRANGER, (Act.SEIZE,)),
    (TEXT, "asn: [", STRANGER, (Act.SEIZE,)),
    (TEXT, "asn: [", 64500, (Act.EDIT,)),
    ("asn: [", TEXT, 64500, (Act.SEIZE,)),
]


@pytest.mark.parametrize(("before", "after", "author", "acts"), ACTS)
def test_change_of_a_members_file_is_these_acts(
    before: str | None, after: str | None, author: int, acts: tuple[Act, ...]
) -> None:
    """What somebody does follows from the file as it is merged, and from nothing that is offered."""
    base = base_files() | ({MEMBER: before} if before else {})
    if before is None:
        del base[MEMBER]
    case = open_case(offered({MEMBER: after}, author=author, base=base), judged_policy())
    assert [each.acts for each in case.members] == [acts]


def test_approval_of_the_author_counts_for_an_owner_only() -> None:
    """An owner who is alone can go on; an admin or reviewer needs somebody else."""
    assert approving(POLICY, OWNER, frozenset()) == {OWNER: Role.OWNER}
    assert approving(POLICY, ADMIN, frozenset([ADMIN])) == {}
    assert approving(POLICY, ADMIN, frozenset([REVIEWER, STRANGER])) == {REVIEWER: Role.REVIEWER}
    assert first_of({2: Role.ADMIN, 1: Role.OWNER}, OWNERS) == 1
    assert first_of({2: Role.ADMIN}, OWNERS) is None
    assert named(POLICY, 2) == "ben (admin)"


def test_roles_in_words_say_whom_to_ask() -> None:
    """A reader sees the least that is needed."""
    assert [roles_words(roles) for roles in (OWNERS, ADMINS, ANYBODY)] == [
        "an owner",
        "an owner or admin",
        "a maintainer",
    ]


OWNER_ONLY = {None: 0, STRANGER: 0, REVIEWER: 0, ADMIN: 0, OWNER: 1}
FROM_ADMIN = {None: 0, STRANGER: 0, REVIEWER: 0, ADMIN: 1, OWNER: 1}
FROM_REVIEWER = {None: 0, STRANGER: 0, REVIEWER: 1, ADMIN: 1, OWNER: 1}
USURPED = MAINTAINERS + "  - github: {id: 99, login: me}\n    role: owner\n"
EDITED, JOINING = TEXT.replace("fra1", "ams1"), "members/AS64503.yaml"
# what changes, who offers it, and for each who approves whether that is enough
ENOUGH: list[tuple[dict[str, str | None], int, dict[int | None, int]]] = [
    ({"policy/gates.yaml": "removals: {count: 9, share: 0.5}\n"}, STRANGER, OWNER_ONLY),
    ({"policy/maintainers.yaml": USURPED}, STRANGER, OWNER_ONLY),
    ({"templates/bird/bird.conf.j2": "x\n"}, STRANGER, OWNER_ONLY),
    ({".github/workflows/check.yml": "x\n"}, STRANGER, OWNER_ONLY),
    ({"src/x.py": "x\n"}, ADMIN, OWNER_ONLY),
    ({"src/x.py": "x\n"}, OWNER, {None: 1}),
    ({"docs/join.md": "x\n"}, STRANGER, FROM_ADMIN),
    ({MEMBER: EDITED}, STRANGER, FROM_ADMIN),
    ({MEMBER: None}, STRANGER, FROM_ADMIN),
    ({MEMBER: TWO}, 7, OWNER_ONLY),
    ({MEMBER: TWO}, 64500, FROM_ADMIN),
    ({JOINING: member_text(64503)}, 64503, FROM_REVIEWER),
    ({JOINING: member_text(64503)}, REVIEWER, {None: 0, REVIEWER: 0, ADMIN: 1}),
    ({MEMBER: EDITED}, 64500, {None: 1, STRANGER: 1}),
    ({MEMBER: None}, 64500, {None: 1}),
    ({"members/AS64500.invite": "x"}, STRANGER, FROM_REVIEWER),
    ({"members/AS64500.invite": "x"}, 64500, {None: 1}),
]


@pytest.mark.parametrize(("changes", "author", "whose"), ENOUGH)
def test_approval_when_of_the_right_role_makes_it_ready(
    changes: dict[str, str | None], author: int, whose: dict[int | None, int]
) -> None:
    """The whole table, by its effect: each role either suffices or does not."""
    found = {}
    for account in whose:
        submission = offered(changes, author=author, approvals=() if account is None else (account,))
        found[account] = int(judged(submission).state is State.READY)
    assert found == whose


def test_rename_is_a_leave_and_a_join() -> None:
    """Who renames somebody else's file leaves for them, and joins in their place: both need approval."""
    text = TEXT.replace("asn: 64500", "asn: 64510")
    verdict = judged(offered({MEMBER: None, "members/AS64510.yaml": text}, author=STRANGER))
    assert verdict.title == "AS64500 is changed by somebody else, AS64510 joins"
    assert verdict.state is State.OPEN
    assert [demand.what for demand in verdict.demands] == ["approval", "author", "proof"]


def test_policy_of_the_head_decides_nothing() -> None:
    """A change that makes its author an owner and approves itself is a stranger's."""
    changes = {
        "policy/maintainers.yaml": MAINTAINERS.replace("id: 1,", "id: 99,"),
        MEMBER: TEXT.replace("id: 64500", "id: 99"),
    }
    verdict = judged(offered(changes, author=STRANGER, approvals=[STRANGER]))
    states = {demand.what: demand.state for demand in verdict.demands}
    assert states == {"approval": State.OPEN, "other approval": State.READY}
    assert len(verdict.demands) == 3
