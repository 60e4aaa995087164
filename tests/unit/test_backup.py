"""What a copy of a controller's home must hold: whole, readable by a controller, and all that one holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.idtool import BAD, PUBLIC, SECRET
from ztix.backup import (
    Manifest,
    archive_name,
    describe,
    in_words,
    outdated,
    read_manifest,
    record_path,
    unsound,
    untrue,
    unwritten,
)
from ztix.console.backup import render_manifest
from ztix.terms import NodeId

NODE = NodeId(PUBLIC[:10])
NETWORK, OTHER = f"{NODE}000001", f"{NODE}000002"
MEMBER = "1a2b364500"
GOLDEN = Path(__file__).parents[1] / "golden" / "recovery"


def record(**fields: object) -> bytes:
    return json.dumps({"revision": 3, **fields}).encode()


def home() -> dict[str, bytes]:
    """A sound home: two networks, the first with a member that is on and one that is not."""
    return {
        "identity.secret": f"{PUBLIC}:{SECRET}".encode(),
        "identity.public": PUBLIC.encode(),
        "authtoken.secret": b"a" * 24,
        "local.conf": b"{}",
        record_path(NETWORK): record(id=NETWORK),
        record_path(NETWORK, MEMBER): record(id=MEMBER, nwid=NETWORK, authorized=True),
        record_path(NETWORK, "aaaaaaaaa1"): record(id="aaaaaaaaa1", nwid=NETWORK, authorized=False),
        record_path(OTHER): record(id=OTHER),
    }


def described(contents: dict[str, bytes] | None = None) -> Manifest:
    return describe(contents or home(), "2026-01-02T03:04:05Z", "0.1.0", "1.14.1")


def test_manifest_tells_the_controller_its_networks_and_every_file() -> None:
    """What a restore is judged by, without a secret."""
    manifest = described()
    assert manifest.node == NODE
    assert [(one.id, one.members, one.authorised) for one in manifest.networks] == [
        (NETWORK, 2, 1),
        (OTHER, 0, 0),
    ]
    assert [one.path for one in manifest.files] == sorted(home())
    assert SECRET not in manifest.text()
    assert "a" * 24 not in manifest.text()
    assert read_manifest(manifest.text().encode()) == manifest


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b"{}", b'{"kind": "ztix.backup.v9"}'])
def test_manifest_when_not_one_is_refused_without_a_quote(text: bytes) -> None:
    """Whatever stands there, it is not shown."""
    with pytest.raises(ValueError, match=r"^its manifest is not one of `ztix backup create`$"):
        read_manifest(text)


def test_archive_name_has_the_controller_and_the_time() -> None:
    """Names of one controller sort by their time."""
    assert archive_name(described()) == f"ztix-{NODE}-20260102T030405Z.tar.gz"


def test_sound_home_has_no_problem() -> None:
    """Nothing to tell, of the home and of its archive."""
    assert unsound(home()) == ()
    assert unsound({path: text for path, text in home().items() if path != "identity.public"}) == ()
    assert untrue(described(), home()) == ()


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("identity.secret", None, "`identity.secret` holds no identity with its secret"),
        ("identity.secret", PUBLIC.encode(), "`identity.secret` holds no identity with its secret"),
        ("identity.secret", b"\xff", "`identity.secret` holds no identity with its secret"),
        ("identity.public", b"x", "`identity.public` is not that of `identity.secret`"),
        ("identity.public", BAD.encode(), "`identity.public` is not that of `identity.secret`"),
        ("../etc/passwd", b"x", "`../etc/passwd` is no file of a controller"),
        (record_path(NETWORK), b"", "is no whole record: the controller would leave it out"),
        (record_path(NETWORK), b'{"id": ', "is no whole record: the controller would leave it out"),
        (record_path(NETWORK), b"[" * 100_000, "is no whole record: the controller would leave it out"),
        (record_path(NETWORK), b"[1]", "is no whole record: the controller would leave it out"),
        (record_path(NETWORK), b"{}", "is no whole record: the controller would leave it out"),
        (record_path(NETWORK), record(id=OTHER), "is the record of another network"),
        (record_path(NETWORK, MEMBER), record(id=MEMBER, nwid=OTHER), "is the record of another member"),
        (record_path(NETWORK, MEMBER), record(id="x", nwid=NETWORK), "is the record of another member"),
        (record_path(NETWORK), None, "is of a network that has no record: the controller would leave it out"),
    ],
)
def test_home_when_a_file_is_broken_tells_which(path: str, content: bytes | None, words: str) -> None:
    """What a controller would leave out in silence is told before it is needed."""
    contents = home()
    contents.pop(path, None)
    if content is not None:
        contents[path] = content
    problems = unsound(contents)
    assert problems
    assert words in problems[0]
    assert SECRET not in in_words(problems)


def with_one_less(contents: dict[str, bytes]) -> None:
    del contents["local.conf"]


def with_more(contents: dict[str, bytes]) -> None:
    contents["planet"] = b"x"


def with_other(contents: dict[str, bytes]) -> None:
    contents["local.conf"] = b"[]"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_one_less, "`local.conf` is missing"),
        (with_more, "`planet` is not in the manifest"),
        (with_other, "`local.conf` is not the file that was copied"),
    ],
)
def test_archive_when_its_files_are_others_tells_which(
    change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    """One that lacks, gained or changed a file is not restored."""
    contents = home()
    change(contents)
    assert untrue(described(), contents) == (words,)


def test_archive_when_its_manifest_tells_of_another_controller_is_untrue() -> None:
    """The node in its name and in its words is that of its identity."""
    manifest = described().model_copy(update={"node": NodeId("aaaaaaaaa1")})
    assert untrue(manifest, home()) == ("the manifest tells of another controller, or of other networks",)


def test_disk_that_holds_what_the_controller_does_lacks_nothing() -> None:
    """Revision by revision."""
    assert unwritten(home(), {path: 3 for path in home() if path.startswith("controller.d/")}) == ()


def test_disk_that_holds_something_else_tells_each_record() -> None:
    """What the controller could not write, what it deleted, and what it changed since."""
    running = {record_path(NETWORK): 4, record_path(OTHER): 3, record_path(OTHER, MEMBER): 1}
    running[record_path(NETWORK, "aaaaaaaaa1")] = 3
    assert unwritten(home(), running) == (
        f"`{record_path(OTHER, MEMBER)}` is not on disk",
        f"`{record_path(NETWORK, MEMBER)}` is on disk only",
        f"`{record_path(NETWORK)}` has revision 3, the controller 4",
    )


def test_outdated_archives_are_the_older_ones_of_this_controller() -> None:
    """Other controllers' archives and other files are never among them."""
    mine = [f"ztix-{NODE}-2026010{day}T030405Z.tar.gz" for day in (3, 1, 2)]
    names = [*mine, "ztix-aaaaaaaaa1-20250101T000000Z.tar.gz", f"ztix-{NODE}-old.tar.gz", ".ztix-x"]
    assert outdated(names, NODE, 1) == (mine[1], mine[2])
    assert outdated(names, NODE, 3) == ()


def test_problems_when_many_are_counted() -> None:
    """A home in ruins is told in a few words."""
    assert in_words(("a", "b")) == "a; b"
    assert in_words(tuple("abcdefg")) == "a; b; c; d; e; and 2 more"


def test_manifest_in_words_is_the_recorded_one(golden: Callable[[Path, str], None]) -> None:
    """What `ztix backup verify` prints, also of a controller that was stopped."""
    stopped = described().model_copy(update={"version": None})
    golden(GOLDEN / "manifest.txt", render_manifest(described()) + render_manifest(stopped))
