"""The form of a change: how many files, of what kind, under what names, and no token in any."""

from __future__ import annotations

import base64
import json
import time

import pytest

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import base_files, entry, judged, offered, rules_of, special
from ztix.admission.form import PLACES_MAX, form_findings
from ztix.admission.submission import CHANGES_MAX, FileChange, Submission
from ztix.admission.verdict import State
from ztix.rules import RULES
from ztix.tree import Entry, Kind, Tree

MEMBER = "members/AS64500.yaml"


def found(changes: dict[str, str | bytes | Entry | None]) -> list[tuple[str, str, str]]:
    return [(each.rule, str(each.span), each.message) for each in form_findings(offered(changes))]


def token(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'EdDSA', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


LOGIN = token({"iss": "https://auth.example.net", "sub": "7", "nonce": "n", "email": "a@example.net"})
INVITE = token({"iss": "example-ix", "aud": "example-ix", "jti": "0" * 32})


def test_form_when_a_plain_file_changes_has_no_finding() -> None:
    """An edit, a deletion, an enclosure and a text of the source are all fine."""
    assert not found(
        {
            MEMBER: member_text(64500, "status: suspended\n"),
            "members/AS64501.yaml": None,
            "members/AS64500.invite": INVITE,
            "members/AS64500.rsc": b"\x30\x82\xff\x00",
            "src/a file (1).py": "\u202e",
            "scripts/run": special("scripts/run", Kind.EXECUTABLE),
        }
    )


def test_form_when_many_files_change_counts_them_and_reads_none() -> None:
    """One more than the limit is one finding, and nothing else is judged."""
    few: dict[str, str | bytes | Entry | None] = {f"src/{n}.py": "x" for n in range(CHANGES_MAX)}
    assert not found(few)
    verdict = judged(offered({**few, "src/more.py": "x"}))
    assert rules_of(verdict) == ["ZT901"]
    assert verdict.state is State.REFUSED
    assert (
        verdict.next[0] == "author: mend the errors in your files, and push again; each push is judged anew"
    )


@pytest.mark.parametrize(
    "path",
    [
        "members/\uff21S64500.yaml",
        "members/AS64500.yaml ",
        "members/AS64500.yaml.",
        "members/ AS64500.yaml",
        "m\u0435mbers/AS64500.yaml",
        "members/AS\u200b64500.yaml",
        "members/AS64500\n.yaml",
        "members/\ufffd.yaml",
        "src/a\\b",
        "src/.../x",
        'src/"x"',
    ],
)
def test_form_when_a_path_is_not_plain_refuses_it(path: str) -> None:
    """Letters of other scripts, what has no width, and what file systems drop at a name's end."""
    rules = [rule for rule, _, _ in found({path: "x"})]
    assert "ZT902" in rules


def test_form_when_such_a_path_is_deleted_lets_it_go() -> None:
    """Who cleans up is not held up by what he cleans."""
    path = "members/\uff21S64500.yaml"
    change = FileChange(path, entry(path, "x"), None)
    assert not form_findings(Submission(Tree("b"), Tree("a"), "a", (change,), 1))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "members/as64500.yaml",
            "`members/as64500.yaml` differs from `members/AS64500.yaml` in the case of letters only",
        ),
        ("Members/AS64510.yaml", "`Members` differs from `members` in the case of letters only"),
        ("POLICY/x.yaml", "`POLICY` differs from `policy` in the case of letters only"),
        ("policy/X/y", "`policy/X` differs from `policy/x` in the case of letters only"),
    ],
)
def test_form_when_paths_differ_in_case_only_refuses_the_new_one(path: str, message: str) -> None:
    """On a file system that does not tell cases apart the two are one."""
    base = {**base_files(), "policy/x/z": "x"}
    findings = form_findings(offered({path: "x"}, base=base))
    assert ("ZT903", f"{path}:1:1", message) in [(f.rule, str(f.span), f.message) for f in findings]


def test_form_when_two_new_paths_differ_in_case_only_refuses_both() -> None:
    """Nobody knows which of them would be read."""
    both = found({"src/A.py": "x", "src/a.py": "x"})
    assert [(rule, place) for rule, place, _ in both] == [
        ("ZT903", "src/A.py:1:1"),
        ("ZT903", "src/a.py:1:1"),
    ]


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        (MEMBER, Kind.SYMLINK, "this is a symbolic link, not a regular file"),
        (MEMBER, Kind.EXECUTABLE, "this is an executable file, not a regular file"),
        (MEMBER, Kind.SUBMODULE, "this is a submodule, not a regular file"),
        ("policy/x.yaml", Kind.OTHER, "this is a special file, not a regular file"),
        ("src/link", Kind.SYMLINK, "this is a symbolic link, not a regular file"),
        ("vendor", Kind.SUBMODULE, "this is a submodule, not a regular file"),
    ],
)
def test_form_when_a_file_is_not_regular_refuses_it(path: str, kind: Kind, message: str) -> None:
    """Links and submodules nowhere, executable files not in the exchange's folders."""
    assert ("ZT904", f"{path}:1:1", message) in found({path: special(path, kind)})


def test_form_when_a_mode_changes_refuses_it_and_takes_it_back() -> None:
    """A file that becomes executable is no edit; one that ceases to be is mended."""
    plain, executable = entry("src/x.py", "x"), special("src/x.py", Kind.EXECUTABLE)
    for before, after, rules in ((plain, executable, ["ZT904"]), (executable, plain, [])):
        change = FileChange("src/x.py", before, after)
        findings = form_findings(Submission(Tree("b"), Tree("a"), "a", (change,), 1))
        assert [finding.rule for finding in findings] == rules


def test_form_when_a_file_is_long_refuses_it_unread() -> None:
    """16 KiB for members, whatever stands there."""
    assert not found({MEMBER: b"#" * 16384})
    assert found({MEMBER: b"#" * 16385}) == [
        ("ZT905", f"{MEMBER}:1:1", "the file has 16385 bytes, more than 16384")
    ]
    assert not found({"src/large.bin": special("src/large.bin", Kind.FILE, 10_000_000)})


@pytest.mark.parametrize(
    ("path", "content", "rule", "place"),
    [
        ("members/AS64500.invite", b"ab\xff", "ZT002", "members/AS64500.invite:1:3"),
        ("templates/bird/x.j2", "a\nb\u202e", "ZT003", "templates/bird/x.j2:2:2"),
        ("members/README.md", "\x1b[2J", "ZT003", "members/README.md:1:1"),
    ],
)
def test_form_when_no_other_reader_looks_finds_what_hides(
    path: str, content: str | bytes, rule: str, place: str
) -> None:
    """Enclosures and templates have no escapes, no bidi marks, and are UTF-8."""
    assert [each[:2] for each in found({path: content})] == [(rule, place)]


ATTESTATION, INVITATION = "members/AS64500.attestation", "members/AS64500.invite"
BROKEN = "eyJhbGciOiJub25lIn0.eyJ________.x"


@pytest.mark.parametrize(
    ("path", "content", "place", "message"),
    [
        (MEMBER, f"asn: 64500\nname: {LOGIN}\n", f"{MEMBER}:2:7", "a token of a login stands here"),
        (MEMBER, f"asn: 64500\n# {INVITE}\n", f"{MEMBER}:2:3", "a token stands here"),
        (ATTESTATION, LOGIN, f"{ATTESTATION}:1:1", "a token of a login stands here"),
        (INVITATION, f"{INVITE}\n{LOGIN}", f"{INVITATION}:2:1", "a token of a login stands here"),
        ("members/AS64500.yaml.sig", INVITE, "members/AS64500.yaml.sig:1:1", "a token stands here"),
        ("templates/x.j2", BROKEN, "templates/x.j2:1:1", "a token stands here"),
    ],
)
def test_form_when_a_token_lies_in_a_file_refuses_it(
    path: str, content: str, place: str, message: str
) -> None:
    """A login's token nowhere; any other only where invitations and statements are."""
    hits = [each for each in found({path: content}) if each[0] == "ZT906"]
    assert [each[1] for each in hits] == [place]
    assert hits[0][2].startswith(message)


@pytest.mark.parametrize("word", ["eyJ", "eyJ________.", ".eyJ________"])
def test_form_when_a_file_is_full_of_what_tokens_begin_with_is_done_soon(word: str) -> None:
    """Nobody keeps the others waiting: looking through takes as long as the file, not as its square."""
    begun = time.process_time()
    found({"templates/x.j2": word * (250_000 // len(word))})
    assert time.process_time() - begun < 5


def test_form_when_most_paths_are_wrong_stops_after_a_hundred() -> None:
    """A report stays readable."""
    changes: dict[str, str | bytes | Entry | None] = {
        f"members/{'x' * n} .{n}": special(f"members/{'x' * n} .{n}", Kind.SYMLINK) for n in range(200)
    }
    assert len(found(changes)) == 1 + 5 * PLACES_MAX


def test_rules_of_submissions_are_all_documented() -> None:
    """What the form can find, `ztix explain` tells."""
    assert {f"ZT90{number}" for number in range(1, 7)} <= set(RULES)


HEXES = "ab" * 64
IDENTITY = f"1a2b364500:0:{HEXES}:{HEXES}"
PEM = "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nAAAA\n"
PGP = PEM.replace("OPENSSH", "PGP").replace("KEY", "KEY BLOCK")
SSH_SIG = "members/AS64500.yaml.sig"
NODE_SIG = "members/AS64500.node-1a2b364500.sig"


@pytest.mark.parametrize(
    ("path", "content", "place", "what"),
    [
        (NODE_SIG, IDENTITY, f"{NODE_SIG}:1:1", "the secret identity of a node stands here"),
        ("members/identity.txt", f"x\n  {IDENTITY}\r\n", "members/identity.txt:2:3", "the secret identity"),
        (MEMBER, f"asn: 64500\n# {IDENTITY}\n", f"{MEMBER}:2:3", "the secret identity"),
        ("members/key", PEM, "members/key:1:1", "a private key stands here"),
        (SSH_SIG, PEM.replace("OPENSSH ", ""), f"{SSH_SIG}:1:1", "a private key stands here"),
        ("members/pgp", PGP, "members/pgp:1:1", "a private key stands here"),
        ("identity.secret", "", "identity.secret:1:1", "by its name this file is a secret"),
    ],
)
def test_form_when_a_private_key_lies_in_a_file_calls_it_public_and_quotes_nothing(
    path: str, content: str, place: str, what: str
) -> None:
    """The author is told that the key is everybody's, wherever it stands and whatever the file is called."""
    verdict = judged(offered({path: content}))
    hits = [finding for finding in verdict.report if finding.rule == "ZT907"]
    assert [str(finding.span) for finding in hits] == [place]
    assert hits[0].message.startswith(what)
    assert "public now" in hits[0].help
    assert "new" in hits[0].help
    assert verdict.state is State.REFUSED
    assert HEXES not in repr(verdict.report)
    assert HEXES not in repr(verdict.demands)


def test_form_when_a_key_lies_outside_of_the_folders_finds_it_there() -> None:
    """A file of no known name at the top is where keys land."""
    change = FileChange("notes.txt", None, entry("notes.txt", IDENTITY), f"{IDENTITY}\n".encode())
    findings = form_findings(Submission(Tree("b"), Tree("a"), "a", (change,), 1))
    assert [(finding.rule, str(finding.span)) for finding in findings] == [("ZT907", "notes.txt:1:1")]


@pytest.mark.parametrize(
    "text", [f"1a2b364500:0:{HEXES}\n{'cd' * 96}\n", "ssh-ed25519 AAAA", "-----BEGIN " + "SSH SIGNATURE-----"]
)
def test_form_when_only_public_halves_stand_there_finds_no_key(text: str) -> None:
    """A node's signature, a public key and a signature of SSH are what belongs there."""
    assert not [each for each in found({NODE_SIG: text}) if each[0] == "ZT907"]


@pytest.mark.parametrize("beside", [SSH_SIG, NODE_SIG])
def test_form_when_a_signed_file_has_errors_has_it_signed_again(beside: str) -> None:
    """What is mended is another text than the one that was signed."""
    verdict = judged(offered({MEMBER: member_text(64500, "nonsense: 1\n"), beside: "x\n"}))
    assert verdict.next[0].startswith("author: mend the errors in your files, sign again")
