"""Signed changes from a clone to a verdict: `ztix invite`, `sign` and `review` on real git and ssh-keygen.

Whether a node id follows from its key is asked of a stand-in that says yes: the ids here are made up.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.git_repository import GitRepository, new_repository
from tests.unit.exchange_fixture import ADMISSION, good_files, member_text
from ztix.cli import cli
from ztix.errors import Exit, ZtixError

PATH = "members/AS64500.yaml"
INVITE, NODE = "members/AS64502.invite", "members/AS64502.node-1a2b364502.sig"
OWNER, ADMIN = 11, 12
PEOPLE = f"""\
maintainers:
  - github: {{id: {OWNER}, login: owner}}
    role: owner
  - github: {{id: {ADMIN}, login: admin}}
    role: admin
"""


class Scene:
    """A repository on `main`, keys, and the verbs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo: GitRepository = new_repository(folder / "ix")
        self.keys = {name: self._key(name) for name in ("old", "new")}

    def _key(self, name: str) -> Path:
        path = self.folder / name
        keygen = shutil.which("ssh-keygen")
        assert keygen is not None
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        return path

    def member(self, *keys: str, asn: int = 64500) -> str:
        lines = [" ".join(self.keys[key].with_suffix(".pub").read_text().split()[:2]) for key in keys]
        return member_text(asn, "auth:\n" + "".join(f"  - {line}\n" for line in lines) if keys else "")

    def ztix(self, *words: str | Path) -> str:
        """What a verb prints; fails where it does."""
        result = CliRunner().invoke(
            cli, ["-C", str(self.repo.folder), *map(str, words)], standalone_mode=False
        )
        assert result.exception is None, result.exception
        return result.stdout

    def review(self, author: int = 64500, *approved: int) -> tuple[int, dict[str, str], str]:
        """The exit of the verdict on what is in the work tree, the demands' states, and all its words."""
        head = self.repo.commit("Offer")
        self.repo.git("branch", "--force", "offered", head)
        words = ["review", "--base", "main~1", "--head", "offered", "--author-id", str(author), "--offline"]
        for account in approved:
            words += ["--approved-by", str(account)]
        result = CliRunner().invoke(
            cli, ["-C", str(self.repo.folder), *words, "--format", "json"], standalone_mode=False
        )
        code = result.return_value
        if isinstance(result.exception, ZtixError):
            code = result.exception.exit
        assert isinstance(code, int), result.exception
        told = json.loads(result.stdout)
        demands = {each["what"]: each["state"] for each in told["demands"]}
        return code, demands, result.stdout


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The good exchange; AS64500 has the old key, the board may invite, nodes must sign."""
    monkeypatch.delenv("ZTIX_INVITATION_KEY", raising=False)
    tool = tmp_path / "bin" / "zerotier-idtool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    made = Scene(tmp_path)
    for path, text in {**good_files(), PATH: made.member("old")}.items():
        made.repo.write(path, text)
    made.repo.write("policy/admission.yaml", f"{ADMISSION}proofs: [invitation]\n")
    key = made.ztix("invite", "--new-key", "board", "--key", tmp_path / "board.key")
    made.repo.write("policy/maintainers.yaml", PEOPLE + key)
    made.repo.commit()
    return made


def node_secret(folder: Path, node: str) -> Path:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    path = folder / "identity.secret"
    path.write_text(f"{node}:0:{(bytes(32) + public).hex()}:{bytes(64).hex()}")
    path.chmod(0o600)
    return path


def join(scene: Scene, *options: str, account: int = 64502) -> None:
    """AS64502 with an invitation and its node's signature, in the work tree."""
    line = scene.ztix("invite", "AS64502", "--key", scene.folder / "board.key", *options)
    scene.repo.write("members/AS64502.yaml", member_text(64502).replace("id: 64502", f"id: {account}"))
    scene.repo.write(INVITE, line)
    scene.ztix("sign", "AS64502", "--node-identity", node_secret(scene.folder, "1a2b364502"))


def test_review_of_a_join_when_invited_and_signed_is_ready(scene: Scene) -> None:
    """Nobody outside is asked, and nothing is left to do but to merge."""
    join(scene, "--account", "64502")
    code, demands, words = scene.review(64502)
    assert code == Exit.DONE, words
    assert set(demands.values()) == {"ready"}


def test_review_of_a_join_when_the_invitation_is_for_another_is_refused(scene: Scene) -> None:
    """Taken from somebody's open pull request."""
    join(scene, "--account", "64502", account=7)
    code, demands, words = scene.review(7)
    assert (code, demands["proof"]) == (Exit.REFUSED, "refused")
    assert "is for the account 64502, and this is of 7" in words


def test_review_of_a_join_when_the_invitation_was_merged_before_is_refused(scene: Scene) -> None:
    """Once is once, also where the member has left meanwhile; the same file, and nothing forged."""
    join(scene)
    scene.repo.commit("Join")
    saved = {path: (scene.repo.folder / path).read_bytes() for path in (INVITE, NODE)}
    text = (scene.repo.folder / "members/AS64502.yaml").read_bytes()
    for path in (*saved, "members/AS64502.yaml"):
        (scene.repo.folder / path).unlink()
    scene.repo.commit("Leave")
    for path, content in {**saved, "members/AS64502.yaml": text}.items():
        scene.repo.write(path, content)
    code, demands, words = scene.review(64502)
    assert (code, demands["proof"]) == (Exit.REFUSED, "refused"), words
    assert "was used before, and counts once" in words


def test_review_of_a_join_when_the_node_has_not_signed_is_refused(scene: Scene) -> None:
    """Somebody else's node id is nobody's to take; an old signature is none."""
    join(scene)
    (scene.repo.folder / NODE).unlink()
    code, _, words = scene.review(64502)
    assert code == Exit.REFUSED
    assert "has not signed the change" in words


def test_review_of_a_join_when_the_file_was_edited_after_signing_is_refused(scene: Scene) -> None:
    """The signature is over this very content."""
    join(scene)
    path = scene.repo.folder / "members/AS64502.yaml"
    path.write_text(path.read_text().replace("fra1", "ams1"))
    code, _, words = scene.review(64502)
    assert code == Exit.REFUSED
    assert "is of another change" in words


def test_review_of_an_edit_when_signed_is_ready_and_when_not_is_refused(scene: Scene) -> None:
    """The account alone does not do where the merged file has keys."""
    scene.repo.write(PATH, scene.member("old").replace("fra1", "ams1"))
    code, demands, _ = scene.review()
    assert (code, demands["signature"]) == (Exit.REFUSED, "refused")
    scene.repo.git("reset", "--quiet", "--soft", "HEAD~1")
    scene.ztix("sign", "AS64500", "--key", scene.keys["old"])
    code, demands, words = scene.review()
    assert (code, demands["signature"]) == (Exit.DONE, "ready"), words


def test_review_of_an_edit_when_the_signature_is_of_an_earlier_one_is_refused(scene: Scene) -> None:
    """A replay: the signature of a change that was merged, beside another."""
    scene.repo.write(PATH, scene.member("old").replace("fra1", "ams1"))
    scene.ztix("sign", "AS64500", "--key", scene.keys["old"])
    scene.repo.commit("Edit")
    scene.repo.write(PATH, scene.member("old").replace("fra1", "ams2"))
    signature = scene.repo.folder / "members/AS64500.yaml.sig"
    signature.write_bytes(b"# again\n" + signature.read_bytes())
    code, demands, words = scene.review()
    assert (code, demands["signature"]) == (Exit.REFUSED, "refused")
    assert "is of another change, or was made before this one" in words


def test_review_of_a_key_swap_when_only_the_new_key_signed_is_refused(scene: Scene) -> None:
    """By whoever has the account and not the old key; with both signatures a maintainer is asked."""
    scene.repo.write(PATH, scene.member("new"))
    scene.ztix("sign", "AS64500", "--key", scene.keys["new"])
    code, demands, words = scene.review(64500, ADMIN)
    assert (code, demands["signature"]) == (Exit.REFUSED, "refused")
    assert "which is no key of the merged file" in words
    scene.repo.git("reset", "--quiet", "--soft", "HEAD~1")
    scene.ztix("sign", "AS64500", "--key", scene.keys["old"])
    assert scene.review()[1] == {"author": "ready", "signature": "ready", "approval": "open"}
    scene.repo.git("reset", "--quiet", "--soft", "HEAD~1")
    code, demands, words = scene.review(64500, ADMIN)
    assert code == Exit.DONE, words
