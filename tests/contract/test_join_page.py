"""docs/join.md, followed to the letter: from nothing to a verdict that is ready, in a real clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.git_repository import AWAY, GitRepository, new_repository
from tests.unit.exchange_fixture import ADMISSION, POLICY, member_text
from ztix.evidence import Found, NetworkRecord
from ztix.evidence_files import networks_text
from ztix.terms import Asn

PAGE = (Path(__file__).parents[2] / "docs" / "join.md").read_text("utf-8")
ACCOUNT = 9990064500
# An identity that was made for this test: its id follows from its key, and no node has it.
IDENTITY = (
    "cb232481d9:0:9916d37a18c19c7642de842a5754ac0c52d9cfd50b62651d91314e5c4bc7a2462097c9e4b69d043521866ad40ad74b"
    "dd151dde74d93378d08d0d3ab9ce92df39:4ab2225226f9295e5b5257608e3f36b596e132947f82bf56bc67254510773f3f31a3e50148"
    "d76f0f2e1b9fae333a3f49b7965858e4d6e92917ca9e1f2c3303f7"
)


def run(folder: Path, script: str, *, code: int = 0) -> str:
    """What a shell prints, with ztix and git on PATH and the network closed to both."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    closed = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.net"}
    who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.net"}
    env = {**os.environ, **AWAY, **closed, **who, "PATH": path, "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def block() -> str:
    """The page's commands."""
    (found,) = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.M | re.S)
    return str(found)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    """An exchange on `main`, whose owner has a key for invitations; PeeringDB's record is in its evidence."""
    repository = new_repository(tmp_path_factory.mktemp("ix") / "exchange")
    key = repository.folder.parent / "board.key"
    policy = {**POLICY, "policy/admission.yaml": ADMISSION}
    for path, text in policy.items():
        repository.write(path, text)
    lines = run(repository.folder, f"ztix invite --new-key board --key {key} 2>/dev/null")
    repository.write("policy/maintainers.yaml", lines)
    repository.write("members/AS64501.yaml", member_text(64501))
    record = Found(
        NetworkRecord(Asn(64500), "Example Networks", rir_status="ok"), "a test", datetime.now(UTC)
    )
    repository.write("evidence/peeringdb.json", networks_text({Asn(64500): record}))
    repository.commit("Begin")
    return repository


@pytest.fixture
def clone(exchange: GitRepository, tmp_path: Path) -> Path:
    """A newcomer's clone, with what the page says to have at hand."""
    folder = tmp_path / "clone"
    run(tmp_path, f"git clone --quiet {exchange.folder} {folder}")
    (folder / "identity.secret").write_text(IDENTITY)
    (folder / "identity.secret").chmod(0o600)
    key = exchange.folder.parent / "board.key"
    words = f"ztix invite AS64500 --account {ACCOUNT} --key {key} 2>/dev/null > invitation"
    run(folder, words)
    return folder


def test_join_page_followed_to_the_letter_ends_ready(clone: Path) -> None:
    """Two commands of ztix, with git's own between them, lead from nothing to a green verdict."""
    assert block().count("ztix ") == 2
    told = run(clone, block())
    assert "AS64500 joins" in told
    assert "ready" in told
    assert "identity.secret" not in run(clone, "git show --stat --format= HEAD")


def test_join_page_without_an_invitation_is_told_how_to_prove(clone: Path) -> None:
    """Who was not invited hears what to do, in the first command and in the verdict."""
    script = block().replace(" --invitation invitation", "").replace("ztix review", "ztix review --offline")
    told = run(clone, script, code=7)
    assert "`ztix prove AS64500 --account 9990064500` tells each way" in told
    assert "run it again" in told


def test_join_page_without_the_node_s_signature_is_told_how_to_sign(clone: Path) -> None:
    """A node that has not signed is refused with the command that signs."""
    script = block().replace("--node-identity identity.secret", "--node cb232481d9")
    told = run(clone, script, code=4)
    assert "sign as your node: `ztix sign AS64500 --node-identity identity.secret`" in told
    told = " ".join(told.split())
    assert "or where a copy of its file is: `ztix sign AS64500 --node-identity identity.secret`" in told


def test_join_page_with_a_gap_left_is_told_to_mend_it_and_then_to_sign(clone: Path) -> None:
    """Nothing signs a text that must change: its command comes behind the gap, with its path."""
    line = block().splitlines()[0].removesuffix("\\").replace("--email noc@as64500.example.net", "")
    script = f"{line} --node-identity ./identity.secret"
    told = run(clone, script)
    assert "not signed yet: the file has a TODO" in told
    assert "1. replace each TODO in members/AS64500.yaml" in told
    assert "2. then sign as your node: `ztix sign AS64500 --node-identity identity.secret`" in told
    assert not list((clone / "members").glob("*.sig"))


def test_join_page_s_link_of_a_github_remote_holds_the_file(clone: Path) -> None:
    """Who has a clone of a repository at GitHub can send the whole file as a link."""
    run(clone, "git remote set-url origin https://github.com/example-ix/exchange.git")
    told = run(clone, block().splitlines()[0].rstrip("\\"))
    (link,) = re.findall(r"without a clone: (\S+)", told)
    assert urlsplit(link).path == "/example-ix/exchange/new/main"
    (text,) = parse_qs(urlsplit(link).query)["value"]
    assert text == (clone / "members" / "AS64500.yaml").read_text()
    assert "TODO" in text


def test_new_proposes_no_address_that_rests(clone: Path) -> None:
    """The address that follows from the ASN was another's until now, so the next one is proposed."""
    holder = member_text(64502).replace("192.0.2.12", "192.0.2.244")
    (clone / "members" / "AS64502.yaml").write_text(holder)
    today = f"export GIT_COMMITTER_DATE={datetime.now(UTC).isoformat()}"
    run(clone, f"{today}; git add members && git commit --quiet -m Join")
    run(clone, f"{today}; git rm --quiet members/AS64502.yaml && git commit --quiet -m Leave")
    told = run(clone, "ztix new AS64500 --print --offline")
    assert "192.0.2.245" in told
    assert "192.0.2.244" not in told


SIGNER = """\
#!{python}
# Stands in for ZeroTier's program: `sign SECRET FILE`, as 1.14.1 does it.
import pathlib, sys
from ztix.admission.methods.node import sign
from ztix.identity import Identity
_, verb, secret, file = sys.argv
assert verb == "sign"
print(sign(Identity.parse(pathlib.Path(secret).read_text()), pathlib.Path(file).read_bytes()).hex(), end="")
"""


def test_join_page_in_the_browser_is_followed_by_what_the_comment_says(clone: Path, tmp_path: Path) -> None:
    """Without a clone and without ztix: the page's file, then the comment's lines on the node, then ready."""
    (text,) = re.findall(r"^```yaml\n(asn.*?|# yaml.*?)^```", PAGE, flags=re.M | re.S)
    member = text.replace("1a2b3c4d5e", "cb232481d9").replace("192.0.2.10", "192.0.2.20")
    (clone / "members" / "AS64500.yaml").write_text(member)
    (clone / "members" / "AS64500.invite").write_text((clone / "invitation").read_text())
    commit = "git add members && git commit --quiet --message Propose"
    judge = f"ztix review --base main --head HEAD --author-id {ACCOUNT} --offline --format markdown"
    run(clone, f"git switch --quiet --create browser && {commit}")
    comment = run(clone, judge, code=4)
    (lines,) = re.findall(
        r"\*\*To sign without a clone\*\*.*?^```text\n(.*?)^```", comment, flags=re.M | re.S
    )

    node = tmp_path / "zerotier-one"  # where nothing of ztix is, but for what stands in for the program
    node.mkdir()
    (node / "identity.public").write_text(IDENTITY.rpartition(":")[0])
    (node / "identity.secret").write_text(IDENTITY)
    program = node / "zerotier-idtool"
    program.write_text(SIGNER.format(python=sys.executable))
    program.chmod(0o755)
    printed = run(node, f'PATH="$PWD:$PATH"\n{lines}')
    assert not re.search("ztix (?!-)", lines)

    (clone / "members" / "AS64500.node-cb232481d9.sig").write_text(f"{printed}\n")
    assert "**To sign" not in run(clone, f"{commit} && {judge}")
