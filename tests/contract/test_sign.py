"""`ztix sign` and `ztix invite` on a real git repository, with the real ssh-keygen."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.git_repository import GitRepository, new_repository
from tests.unit.claim_fixture import MAINTAINERS
from tests.unit.exchange_fixture import good_files, member_text
from ztix.admission.methods import invitation, node, ssh
from ztix.admission.proof import Claimed, Disproven, Judgement, NodeKey, Proven, Said, Unbound
from ztix.cli import cli
from ztix.cli.sign import open_change
from ztix.drivers.ssh_keygen import SshKeygen
from ztix.errors import Exit, Invalid, Refused, Usage, ZtixError
from ztix.identity import Identity

KEYGEN = SshKeygen(Path(shutil.which("ssh-keygen") or "ssh-keygen"))
PATH, SIGNATURE = "members/AS64500.yaml", "members/AS64500.yaml.sig"
BINARY = os.environ.get("ZTIX_ZEROTIER_ONE", "")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("old", "new", "stranger"):
        words = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run([KEYGEN.path, *words], check=True)
    return {name: folder / name for name in ("old", "new", "stranger")}


def auth(*keys: Path) -> str:
    lines = "".join(f"  - {' '.join(key.with_suffix('.pub').read_text().split()[:2])}\n" for key in keys)
    return member_text(64500, f"auth:\n{lines}" if keys else "")


@pytest.fixture
def repo(tmp_path: Path, keys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """The good exchange on `main`, AS64500 with the old key; the work tree as it is there."""
    monkeypatch.delenv("ZTIX_INVITATION_KEY", raising=False)
    repository = new_repository(tmp_path / "ix")
    for path, text in {**good_files(), PATH: auth(keys["old"])}.items():
        repository.write(path, text)
    repository.commit()
    return repository


def ztix(repo: GitRepository, *words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["-C", str(repo.folder), *map(str, words)], standalone_mode=False)


def refusal(result: Result) -> ZtixError:
    assert isinstance(result.exception, ZtixError), (result.output, result.exception)
    return result.exception


def judged(repo: GitRepository) -> Judgement:
    """What the method says of the work tree, ssh-keygen being asked."""
    claimed = open_change(str(repo.folder), "64500", None)
    asked = ssh.question(claimed)
    return ssh.METHOD.judge(claimed, {asked: KEYGEN.who_signed(asked)} if asked else {})


def test_sign_when_the_key_is_merged_makes_a_signature_that_counts(
    repo: GitRepository, keys: dict[str, Path]
) -> None:
    """From an edit to a proof in one command; a further edit makes it void."""
    repo.write(PATH, auth(keys["old"]).replace("fra1", "ams1"))
    result = ztix(repo, "sign", "AS64500", "--key", keys["old"])
    assert (result.return_value, result.stdout) == (Exit.DONE, "")
    assert f"{SIGNATURE}: commit it with the file" in result.stderr
    assert f"signed against main {repo.git('rev-parse', 'main')[:7]}\n" in result.stderr
    assert isinstance(judged(repo), Proven)
    repo.write(PATH, auth(keys["old"]).replace("fra1", "ams2"))
    assert isinstance(judged(repo), Disproven)


def test_sign_when_keys_change_collects_the_signatures_of_both(
    repo: GitRepository, keys: dict[str, Path]
) -> None:
    """In either order; one that does not hold any more is left out, and nobody's is there twice."""
    repo.write(PATH, auth(keys["old"]).replace("fra1", "ams1"))
    ztix(repo, "sign", "64500", "--key", keys["old"])
    repo.write(PATH, auth(keys["new"]))
    ztix(repo, "sign", "64500", "--key", keys["new"])
    assert isinstance(judged(repo), Disproven)
    ztix(repo, "sign", "64500", "--key", keys["old"])
    ztix(repo, "sign", "64500", "--key", keys["old"])
    assert isinstance(judged(repo), Proven)
    assert (repo.folder / SIGNATURE).read_text().count("BEGIN SSH SIGNATURE") == 2


def test_sign_when_a_member_leaves_signs_the_removal(repo: GitRepository, keys: dict[str, Path]) -> None:
    """A file that goes is a change like another."""
    (repo.folder / PATH).unlink()
    assert ztix(repo, "sign", "AS64500", "--key", keys["old"]).return_value == Exit.DONE
    assert isinstance(judged(repo), Proven)


def test_sign_when_the_key_is_nobody_s_is_refused(repo: GitRepository, keys: dict[str, Path]) -> None:
    """Nothing is written that could not count."""
    repo.write(PATH, auth(keys["old"]).replace("fra1", "ams1"))
    error = refusal(ztix(repo, "sign", "AS64500", "--key", keys["stranger"]))
    assert isinstance(error, Refused)
    assert "is not in `auth:` of `members/AS64500.yaml`" in error.message
    assert not (repo.folder / SIGNATURE).exists()


def test_sign_when_there_is_nothing_to_sign_is_usage(repo: GitRepository, keys: dict[str, Path]) -> None:
    """The file as it is at the base, or nowhere; no base at all; and nobody who signs."""
    error = refusal(ztix(repo, "sign", "AS64500", "--key", keys["old"]))
    assert error.message == "nothing to sign: `members/AS64500.yaml` is as it is there, at `main`"
    error = refusal(ztix(repo, "sign", "AS64511", "--statement"))
    assert error.message == "nothing to sign: `members/AS64511.yaml` is neither here nor there, at `main`"
    assert refusal(ztix(repo, "sign", "AS64500")).message == "who signs is not said"
    assert "is no AS number" in refusal(ztix(repo, "sign", "ASX", "--statement")).message
    repo.git("branch", "--move", "trunk")
    repo.write(PATH, auth(keys["old"]).replace("fra1", "ams1"))
    assert "neither `origin/main` nor `main`" in refusal(ztix(repo, "sign", "AS64500", "--statement")).message
    assert ztix(repo, "sign", "AS64500", "--statement", "--base", "trunk").return_value == Exit.DONE


def test_sign_when_files_have_findings_is_invalid(repo: GitRepository, keys: dict[str, Path]) -> None:
    """A broken member file, one that is none, and a broken policy."""
    repo.write(PATH, "asn: x\n")
    assert isinstance(refusal(ztix(repo, "sign", "AS64500", "--statement")), Invalid)
    (repo.folder / PATH).unlink()
    (repo.folder / PATH).symlink_to("AS64501.yaml")
    assert isinstance(refusal(ztix(repo, "sign", "AS64500", "--statement")), Invalid)
    (repo.folder / PATH).unlink()
    repo.write("policy/fabrics.yaml", "x: y\n")
    assert "policy/ has errors" in refusal(ztix(repo, "sign", "AS64500", "--statement")).message


def test_statement_when_printed_is_what_is_signed(repo: GitRepository) -> None:
    """Bytes for another program: a certificate authority, or a node without ztix."""
    repo.write("members/AS64502.yaml", member_text(64502))
    result = ztix(repo, "sign", "AS64502", "--statement")
    claimed = open_change(str(repo.folder), "AS64502", "main")
    assert result.stdout_bytes == ssh.signed(claimed)
    assert "path: members/AS64502.yaml\nbefore: none\nafter: sha256:" in result.stdout


SEED = bytes(range(32))


def secret_identity(folder: Path, name: str, seed: bytes = SEED) -> Path:
    """An identity.secret of a made-up id."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    path = folder / "identity.secret"
    path.unlink(missing_ok=True)
    path.write_text(f"{name}:0:{(bytes(32) + public).hex()}:{(bytes(32) + seed).hex()}")
    path.chmod(0o600)
    return path


def joining(repo: GitRepository) -> Claimed:
    return open_change(str(repo.folder), "AS64502", None)


def test_sign_when_a_node_joins_makes_a_proof_of_it(repo: GitRepository, tmp_path: Path) -> None:
    """The secret is in no output and in no file of the exchange."""
    repo.write("members/AS64502.yaml", member_text(64502))
    path = secret_identity(tmp_path, "1a2b364502")
    result = ztix(repo, "sign", "AS64502", "--node-identity", path)
    assert result.return_value == Exit.DONE
    written = (repo.folder / "members/AS64502.node-1a2b364502.sig").read_text()
    assert SEED.hex() not in result.output + written
    identity = Identity.parse(path.read_text())
    answers = {NodeKey(identity.public_text): Said(("1a2b364502",))}
    assert isinstance(node.METHOD.judge(joining(repo), answers), Proven)


def test_sign_when_the_identity_is_not_the_node_s_is_refused(repo: GitRepository, tmp_path: Path) -> None:
    """Another node, a public half, halves of two keys, something else, and a file that others may read."""
    repo.write("members/AS64502.yaml", member_text(64502))
    words = ("sign", "AS64502", "--node-identity")
    error = refusal(ztix(repo, *words, secret_identity(tmp_path, "1a2b364503")))
    assert (type(error), error.help) == (Refused, "nodes that the change adds: `1a2b364502`")
    path = secret_identity(tmp_path, "1a2b364502", bytes(32))
    assert "are not of one key" in refusal(ztix(repo, *words, path)).message
    path.write_text(path.read_text().rpartition(":")[0])
    assert "is no identity with its secret" in refusal(ztix(repo, *words, path)).message
    path.write_text("s3cr3t")
    error = refusal(ztix(repo, *words, path))
    assert "s3cr3t" not in error.message + error.help
    path.chmod(0o644)
    assert "open to others" in refusal(ztix(repo, *words, path)).message


@pytest.mark.skipif(not BINARY, reason="ZTIX_ZEROTIER_ONE names no zerotier-one binary")
def test_signature_of_the_real_tool_when_compared_is_the_same(repo: GitRepository, tmp_path: Path) -> None:
    """`zerotier-idtool sign` over the statement gives, byte for byte, what `ztix sign` does."""
    tool = tmp_path / "zerotier-idtool"
    tool.symlink_to(BINARY)
    secret = tmp_path / "identity.secret"
    made = subprocess.run([tool, "generate"], capture_output=True, text=True, check=True)
    secret.write_text(made.stdout)
    secret.chmod(0o600)
    identity = Identity.parse(made.stdout)
    repo.write("members/AS64502.yaml", member_text(64502).replace("1a2b364502", f'"{identity.node}"'))
    assert ztix(repo, "sign", "AS64502", "--node-identity", secret).return_value == Exit.DONE
    words = tmp_path / "AS64502.txt"
    words.write_bytes(ztix(repo, "sign", "AS64502", "--statement").stdout_bytes)
    told = subprocess.run([tool, "sign", secret, words], capture_output=True, text=True, check=True)
    path = repo.folder / f"members/AS64502.node-{identity.node}.sig"
    assert path.read_text() == f"{identity.public_text}\n{told.stdout}\n"
    checked = [tool, "verify", identity.public_text, words, told.stdout]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0


def invited(repo: GitRepository, line: str) -> Judgement:
    repo.write("members/AS64502.yaml", member_text(64502))
    repo.write("members/AS64502.invite", line)
    return invitation.METHOD.judge(replace(joining(repo), account=64502), {})


def test_invite_when_the_key_is_in_policy_mints_what_counts(repo: GitRepository, tmp_path: Path) -> None:
    """From a new key to an invitation that proves; the private key is in no output."""
    file = tmp_path / "board.key"
    made = ztix(repo, "invite", "--new-key", "board", "--key", file)
    assert made.return_value == Exit.DONE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text().split()[2]
    assert secret not in made.output
    error = refusal(ztix(repo, "invite", "AS64502", "--key", file))
    assert (type(error), error.exit) == (Refused, Exit.REFUSED)
    assert "policy/maintainers.yaml does not have it" in error.message
    repo.write("policy/maintainers.yaml", made.stdout)
    repo.commit()
    result = ztix(repo, "invite", "AS64502", "--key", file, "--ttl", "12h", "--account", "64502")
    assert result.return_value == Exit.DONE
    assert secret not in result.output
    assert "once, for the account 64502; it goes into members/AS64502.invite" in result.stderr
    assert invited(repo, result.stdout) == Proven(
        invitation.METHOD.name, "invited by the holder of the key `board`"
    )
    free = ztix(repo, "invite", "AS64502", "--key", file, "--node", "1a2b364502")
    assert "once, for no account: a maintainer has to approve as well; it goes into members/" in free.stderr
    assert isinstance(invited(repo, free.stdout), Unbound)
    bound = ztix(repo, "invite", "64502", "--key", file, "--account", "7", "--reusable", "--auto-approve")
    assert "more than once, for the account 7" in bound.stderr
    found = invited(repo, bound.stdout)
    assert isinstance(found, Disproven)
    assert "is for the account 7" in found.words
    assert "`--auto-approve` has no effect yet: policy/admission.yaml has `approval: manual`" in bound.stderr
    assert "has no effect yet" not in free.stderr + result.stderr


def test_invite_when_policy_takes_no_invitations_says_that_it_proves_nothing(
    repo: GitRepository, tmp_path: Path
) -> None:
    """The line is made all the same: policy may follow."""
    file = tmp_path / "board.key"
    repo.write("policy/maintainers.yaml", ztix(repo, "invite", "--new-key", "board", "--key", file).stdout)
    words = ("invite", "AS64502", "--key", file)
    assert "proves nothing yet" not in ztix(repo, *words).stderr
    admission = good_files()["policy/admission.yaml"]
    repo.write("policy/admission.yaml", f"{admission}proofs: [registry]\n")
    assert "`proofs` in policy/admission.yaml does not have `invitation`" in ztix(repo, *words).stderr
    repo.write("policy/admission.yaml", f"{admission}proofs: [registry]\nentry: invited\n")
    assert "proves nothing yet" not in ztix(repo, *words).stderr


def test_prove_when_the_invitation_was_merged_before_knows_that_it_is_spent(
    repo: GitRepository, tmp_path: Path
) -> None:
    """Who left and comes back needs a new one, and hears it before any pull request."""
    file = tmp_path / "board.key"
    repo.write("policy/maintainers.yaml", ztix(repo, "invite", "--new-key", "board", "--key", file).stdout)
    line = ztix(repo, "invite", "AS64502", "--key", file, "--account", "64502").stdout
    extra = "proofs: [invitation]\nnode_proof: 'off'\n"
    repo.write("policy/admission.yaml", good_files()["policy/admission.yaml"] + extra)
    repo.commit()
    repo.git("branch", "--force", "--move", "main")
    member, enclosed = "members/AS64502.yaml", "members/AS64502.invite"
    files = {member: member_text(64502), enclosed: line}
    for path, text in files.items():
        repo.write(path, text)
    assert ztix(repo, "prove", "AS64502", "--offline").return_value == Exit.DONE
    assert ztix(repo, "prove", "AS64502").return_value == Exit.DONE
    repo.commit()
    assert ztix(repo, "prove", "AS64502").return_value == Exit.DONE  # it is a member: nothing was used twice
    repo.git("rm", "--quiet", *files)
    repo.commit()
    for path, text in files.items():
        repo.write(path, text)
    again = ztix(repo, "prove", "AS64502")
    assert again.return_value == Exit.INVALID
    assert "was used before, and counts once" in again.stdout


def test_invite_when_the_key_is_in_the_environment_uses_it(
    repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a service that has no file; and each line has a number of its own."""
    file = tmp_path / "board.key"
    made = ztix(repo, "invite", "--new-key", "board", "--key", file)
    repo.write("policy/maintainers.yaml", made.stdout)
    repo.commit()
    monkeypatch.setenv("ZTIX_INVITATION_KEY", file.read_text().strip())
    lines = [ztix(repo, "invite", "AS64502").stdout for _ in range(2)]
    assert all(isinstance(invited(repo, line), Unbound) for line in lines)
    assert len({invitation.invitation_id(line.encode()) for line in lines}) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("AS64502",), "there is no key to sign with: neither `--key FILE` nor `ZTIX_INVITATION_KEY`"),
        (("AS64502", "--ttl", "7"), "`--ttl` must be hours or days, such as `12h` or `7d`"),
        (("AS64502", "--ttl", "91d"), "`--ttl` must be hours or days, such as `12h` or `7d`"),
        (("AS64502", "--ttl", "0d"), "`--ttl` must be hours or days, such as `12h` or `7d`"),
        (
            ("AS64502", "--auto-approve"),
            "`--auto-approve` needs `--account N`: whoever reads the line in a pull request could use it",
        ),
        (("AS0",), "`AS0` is no AS number"),
        ((), "whom to invite is not said"),
        (("AS64502", "--node", "1A2B"), "`--node` must be a ZeroTier node id: ten lower-case hex digits"),
        (("--new-key", "board"), "a new key needs a file to be in"),
        (
            ("--new-key", "-x"),
            "`--new-key` must be a label: 1 to 32 of a-z, 0-9 and -, neither first nor last a hyphen",
        ),
    ],
)
def test_invite_when_the_words_are_wrong_is_usage(
    repo: GitRepository, words: tuple[str, ...], message: str
) -> None:
    """Each says what it must be."""
    error = refusal(ztix(repo, "invite", *words))
    assert (type(error), error.message) == (Usage, message)


def test_invite_when_the_key_s_file_is_none_is_usage_and_not_quoted(
    repo: GitRepository, tmp_path: Path
) -> None:
    """Something else, open to others, not there; another key of the same name; and one that is there."""
    file = tmp_path / "board.key"
    file.write_text("s3cr3t")
    assert "open to others" in refusal(ztix(repo, "invite", "AS64502", "--key", file)).message
    file.chmod(0o600)
    error = refusal(ztix(repo, "invite", "AS64502", "--key", file))
    assert error.message == f"`{file}` holds no key for invitations"
    assert "s3cr3t" not in error.help
    assert "cannot be read" in refusal(ztix(repo, "invite", "AS64502", "--key", tmp_path / "x")).message
    assert "is there already" in refusal(ztix(repo, "invite", "--new-key", "board", "--key", file)).message
    file.unlink()
    ztix(repo, "invite", "--new-key", "board", "--key", file)
    repo.write("policy/maintainers.yaml", MAINTAINERS)
    error = refusal(ztix(repo, "invite", "AS64502", "--key", file))
    assert "policy/maintainers.yaml has another key of that name" in error.message
    repo.write("policy/fabrics.yaml", "x: y\n")
    assert isinstance(refusal(ztix(repo, "invite", "AS64502", "--key", file)), Invalid)
