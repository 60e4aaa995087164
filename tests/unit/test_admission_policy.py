"""policy/admission.yaml, policy/maintainers.yaml, and what members say of keys and of their end."""

from datetime import date

import pytest

from tests.unit.exchange_fixture import good_files, member_text, tree
from tests.unit.test_public_keys import GOOD
from ztix.admission_policy import AdmissionPolicy, AutoPolicy
from ztix.canonical import canonical
from ztix.exchange import Exchange, read_exchange
from ztix.maintainers_policy import MaintainersPolicy, Role
from ztix.member import Member

MAINTAINERS = """\
maintainers:
  - github: {id: 1, login: ann}
    role: owner
  - github: {id: 2, login: ben}
    role: reviewer
"""
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def findings(files: dict[str, str]) -> list[tuple[str, str, str]]:
    _, report = read_exchange(tree({**good_files(), **files}))
    return [(finding.rule, str(finding.span), finding.message) for finding in report]


def exchange(files: dict[str, str]) -> Exchange:
    found, report = read_exchange(tree({**good_files(), **files}))
    assert found is not None, list(report)
    assert not list(report)
    return found


def test_admission_policy_by_default_is_careful() -> None:
    """Nothing is merged by itself, each node signs, and weak proofs do not count."""
    policy = AdmissionPolicy()
    assert (policy.entry, policy.approval, policy.node_proof) == ("open", "manual", "required")
    assert "dns" not in policy.proofs
    assert AutoPolicy().self_service == ("/name", "/contacts/*/email", "/max_prefixes/*", "/as_set/*")


def test_maintainers_when_read_have_their_roles_by_numeric_id() -> None:
    """An account is who its id says, and has no role where policy names none."""
    policy = exchange({"policy/maintainers.yaml": MAINTAINERS}).policy.maintainers
    assert [policy.role(account) for account in (1, 2, 3)] == [Role.OWNER, Role.REVIEWER, None]
    assert Role.OWNER is MaintainersPolicy.model_validate(
        {"maintainers": [{"github": {"id": 1, "login": "ann"}, "role": Role.OWNER}]}
    ).role(1)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            MAINTAINERS.replace("reviewer", "chief"),
            "policy/maintainers.yaml:5:11",
            "`maintainers[1].role` must be `owner`, `admin` or `reviewer`",
        ),
        (
            MAINTAINERS.replace("id: 2", "id: 1"),
            "policy/maintainers.yaml:2:3",
            "`maintainers` must name each account once",
        ),
        (
            f"invitation_keys: [{{id: a, key: {KEY}}}, {{id: a, key: {KEY}}}]\n",
            "policy/maintainers.yaml:1:18",
            "`invitation_keys` must have distinct ids",
        ),
        (
            f"attestors: [{{id: a, issuer: 'http://a.example', key: {KEY}}}]\n",
            "policy/maintainers.yaml:1:29",
            "`attestors[0].issuer` must be the https address that the service names itself by",
        ),
        (
            "invitation_keys: [{id: a, key: AAAA}]\n",
            "policy/maintainers.yaml:1:32",
            "`invitation_keys[0].key` must be a public key of Ed25519: 32 bytes in base64, 44 characters",
        ),
    ],
)
def test_maintainers_when_written_wrongly_have_a_finding_there(text: str, place: str, message: str) -> None:
    """Each mistake is told at its place, in words of what must be written."""
    assert findings({"policy/maintainers.yaml": text}) == [("ZT012", place, message)]


def test_member_when_it_has_keys_and_an_end_has_both() -> None:
    """`auth` and `expires` are read, and written again in the model's order."""
    extra = f"expires: 2027-01-31\nauth: [{GOOD[0]}]\n"
    file = exchange({"members/AS64500.yaml": member_text(64500, extra)}).members[0]
    assert (file.member.auth, file.member.expires) == ((GOOD[0],), date(2027, 1, 31))
    written = canonical(file.document, Member)
    assert isinstance(written, str)
    assert written.index("auth:") < written.index("expires: 2027-01-31") < written.index("nodes:")
    assert Member.model_validate(file.member.model_dump(exclude={"nodes"})).expires == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("expires: 2027-02-30\n", "`expires` must be a day of the calendar"),
        ("expires: 20270131\n", "`expires` must be a day such as `2027-01-31`"),
        ("auth: [ssh-ed25519]\n", "`auth[0]` must be an SSH public key without its comment, such as `ssh-"),
        (f"auth: [{GOOD[0]}, {GOOD[0]}]\n", "`auth` must name each key once"),
        (f"auth: [{', '.join([GOOD[0]] * 9)}]\n", "`auth` must have at most 8 items"),
    ],
)
def test_member_when_its_keys_or_end_are_wrong_has_a_finding(extra: str, message: str) -> None:
    """What cannot be a key or a day is told where it stands."""
    found = findings({"members/AS64500.yaml": member_text(64500, extra)})
    assert any(rule == "ZT012" and place.startswith("members/AS64500.yaml:") for rule, place, _ in found)
    assert any(text.startswith(message) for _, _, text in found)
