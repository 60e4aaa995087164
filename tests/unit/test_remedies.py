"""What of a machine is not as it has to be, and what is told to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.route_server import WELL
from tests.world import Laboratory
from ztix.agent.answer import Answer, read_answer
from ztix.agent.readiness import read_readiness
from ztix.cli import cli
from ztix.console.inspected import render_inspected
from ztix.errors import Exit, Invalid, Refused, Unavailable, Usage
from ztix.inspection import Inspected, inspect
from ztix.policy import RouteServerPolicy
from ztix.preparation import PUBLIC_KEY, script, store_secret
from ztix.readiness import Readiness
from ztix.remedies import is_version, judge
from ztix.terms import Digest, Label

GOLDEN = Path(__file__).parents[1] / "golden" / "route-server"
AGENT = Digest(f"sha256:{'0' * 64}")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbbII4StcherZVLfo42zAwQ0zXVjtJqMtaqnwveeXRR"
SERVER = RouteServerPolicy.model_validate(
    {
        "name": "rs1",
        "node": "aaaaaaaaa1",
        "addresses": ["192.0.2.1"],
        "router_id": "192.0.2.1",
        "ssh": {"host": "rs1.example.net", "host_keys": [KEY]},
    }
)
ANSWER = f"""\
ztix-agent 1
agent {"0" * 64}
account ztix
sealed yes
folder yes
shared yes
live yes
state yes
program 2.0.12
socket open
bird 2.0.12
start included
unit yes
secret as64500 yes
secret as64501 no
end ok
"""


def broken(ready: Readiness, *passwords: str) -> dict[str, str]:
    items = judge(ready, SERVER, AGENT, passwords)
    return {item.name: f"{item.found}: {item.remedy}" for item in items if not item.well}


def answered(old: str = "", new: str = "") -> Answer:
    return read_answer(ANSWER.replace(old, new).encode())


def test_judge_when_all_is_so_names_nothing() -> None:
    """A prepared machine has no item that is broken."""
    assert broken(replace(WELL, secrets={"a": True}), "a") == {}
    assert broken(replace(WELL, start="own")) == {}


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"agent": None}, "agent", "another version of ztix: ztix route-server setup rs1 --key KEY.pub"),
        ({"account": "root"}, "account", "runs as root"),
        ({"sealed": False}, "account", "can change the agent"),
        ({"folder": False}, "folder", "install -d -o ztix -g bird -m 2750 /etc/bird/ztix"),
        ({"shared": False}, "folder", "not of BIRD's group"),
        ({"live": False}, "configuration", "> /etc/bird/ztix/bird.conf"),
        ({"state": False}, "state", "install -d -o ztix -g bird -m 700 /var/lib/ztix/state"),
        ({"unit": False}, "unit", "bird.service.d/ztix.conf"),
        (
            {"bird": None, "socket": "absent", "shared": False},
            "control socket",
            "systemctl enable --now bird",
        ),
        ({"bird": None, "socket": "denied"}, "control socket", "usermod --append --groups bird ztix"),
        ({"bird": None, "socket": "silent"}, "control socket", "systemctl restart bird"),
        ({"bird": None, "socket": "open"}, "control socket", "does not answer"),
        ({"program": "2.0.13"}, "version", "2.0.13 is installed and 2.0.12 runs"),
        ({"program": ""}, "version", "none is installed"),
        ({"program": "3.1.7", "bird": "3.1.7"}, "version", 'write `bird: "3.1.7"` for `rs1`'),
        ({"start": "mixed"}, "include", "has more in it"),
        ({"start": "other"}, "include", "does not have the line"),
        ({"start": "unreadable"}, "include", "chgrp bird /etc/bird/bird.conf"),
        ({"start": "unknown"}, "include", "does not tell which file"),
    ],
)
def test_judge_when_one_thing_is_not_so_names_it_with_its_remedy(
    changes: dict[str, object], name: str, words: str
) -> None:
    """One item is broken, and says what to do."""
    found = broken(replace(WELL, **changes))  # type: ignore[arg-type] - fields by name
    assert list(found) == [name]
    assert words in found[name]


def test_judge_when_a_password_is_missing_or_closed_names_its_file() -> None:
    """Only the names that policy has are looked for."""
    found = broken(replace(WELL, secrets={"closed": False, "other": False}), "closed", "gone")
    assert set(found) == {"password closed", "password gone"}
    assert "chmod 640 /etc/bird/ztix/secrets/closed.conf" in found["password closed"]
    assert "printf 'password " in found["password gone"]
    assert "authentication md5; password" in store_secret("gone", "2.17")


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [("2.0.12", "2.0.12", True), ("3.1.7", "3.1", True), ("3.10", "3.1", False), ("2.0.1", "2.0.12", False)],
)
def test_version_is_the_wanted_one_or_a_patch_of_it(found: str, wanted: str, same: bool) -> None:
    """Digits are compared as numbers between dots, not as text."""
    assert is_version(found, wanted) is same


def test_readiness_when_answered_whole_is_read() -> None:
    """Each line has its field."""
    assert read_readiness(answered()) == replace(WELL, secrets={"as64500": True, "as64501": False})
    assert read_readiness(answered("bird 2.0.12", "bird none")).bird is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sealed yes", "sealed maybe"),
        ("secret as64500", "secret ../x"),
        ("unit yes\n", ""),
        ("agent 0", "agent x"),
    ],
)
def test_readiness_in_another_form_is_no_answer(old: str, new: str) -> None:
    """Nothing of a machine is guessed."""
    with pytest.raises(Unavailable):
        read_readiness(answered(old, new))


def inspected(laboratory: Laboratory, name: str = "rs1") -> Inspected:
    return inspect(laboratory.world, "HEAD", name, AGENT)


def test_inspect_asks_for_the_passwords_that_policy_names() -> None:
    """A password by reference is looked for where its member has sessions."""
    laboratory = Laboratory()
    assert inspected(laboratory).exit is Exit.DONE
    laboratory.files["policy/routing.yaml"] = "members:\n  - asn: 64500\n    sessions: {password: as64500}\n"
    laboratory.commit()
    found = inspected(laboratory)
    assert found.exit is Exit.INVALID
    assert [item.name for item in found.items if not item.well] == ["password as64500"]


def test_inspect_when_it_does_not_answer_says_why() -> None:
    """What stands in the way is the only item; the rest is not known."""
    laboratory = Laboratory()
    laboratory.unreachable.add("rs1")
    found = inspected(laboratory)
    assert (found.exit, [item.name for item in found.items]) == (Exit.UNAVAILABLE, ["connection"])


def test_inspect_when_the_agent_refuses_says_what_it_said() -> None:
    """An older agent does not know the question."""
    laboratory = Laboratory()

    def refuse() -> Readiness:
        raise Refused("the verbs are others")

    laboratory.servers["rs1"].check = refuse  # type: ignore[method-assign] - this one server's answer
    found = inspected(laboratory)
    assert (found.exit, found.items[0].name, found.items[0].remedy) == (
        Exit.INVALID,
        "agent",
        "look at it by hand",
    )


def test_inspect_of_no_route_server_names_those_that_there_are() -> None:
    """A name that is not in policy, and a key that is not there, are usage; a broken policy is findings."""
    laboratory = Laboratory()
    with pytest.raises(Usage, match="no route server `rs9`"):
        inspected(laboratory, "rs9")

    def keyless() -> Readiness:
        raise Usage("the key is not there")

    laboratory.servers["rs1"].check = keyless  # type: ignore[method-assign] - this one server's answer
    with pytest.raises(Usage, match="key"):
        inspected(laboratory)
    del laboratory.files["policy/fabrics.yaml"]
    laboratory.commit()
    with pytest.raises(Invalid):
        inspected(laboratory)


@pytest.mark.parametrize("form", ["txt", "json"])
@pytest.mark.parametrize("state", ["well", "broken"])
def test_inspected_is_shown_as_recorded(state: str, form: str, golden: Callable[[Path, str], None]) -> None:
    """A line for each item; what the remote says of itself moves no cursor."""
    ready = WELL
    if state == "broken":
        ready = replace(
            WELL,
            agent=None,
            account="\x1b[31mztix",
            folder=False,
            bird="3.1.7",
            program="3.1.7",
            start="other",
        )
    items = judge(ready, SERVER, AGENT, ["as64500"] if state == "broken" else [])
    shown = render_inspected(Inspected(Label("rs1"), items), json_form=form == "json")
    assert "\x1b" not in shown
    golden(GOLDEN / f"{state}.{form}", shown)


def test_script_of_setup_is_as_recorded(golden: Callable[[Path, str], None]) -> None:
    """What an operator reads before it is run; the agent's own text is left out here."""
    golden(GOLDEN / "setup.sh", script(SERVER, KEY, "the agent's text\n"))
    three = SERVER.model_copy(update={"bird": "3.1"})
    assert "apt-get install --yes bird3" in script(three, KEY, "")


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (f"{KEY} me@example.net\n", True),
        (KEY, True),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", False),
        (f"{KEY}\n{KEY}\n", False),
        (f'command="sh" {KEY}', False),
        ("ssh-ed25519 END\nreboot\n", False),
    ],
)
def test_public_key_is_one_line_of_one_key(text: str, good: bool) -> None:
    """Nothing else gets into authorized_keys, and no private key into a script."""
    assert (PUBLIC_KEY.fullmatch(text) is not None) is good


def test_setup_when_the_key_is_private_is_usage(tmp_path: Path) -> None:
    """The file is named, and what to do; nothing of it is shown."""
    for path, text in Laboratory().files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n")
    words = ["-C", str(tmp_path), "route-server", "setup", "rs1", "--key", str(tmp_path / "key")]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert isinstance(done.exception, Usage)
    assert "no public key" in done.exception.message
    (tmp_path / "key").write_text(KEY)
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.return_value == 0, done.exception
    assert f"{KEY}\nEND\n" in done.stdout
