"""A home into an archive and back, and every archive that is not what it says: real files, no network."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.idtool import SECRET
from tests.unit.test_backup import MEMBER, NETWORK, NODE, described, home, record
from ztix.backup import MANIFEST, record_path
from ztix.drivers import controller_backup
from ztix.drivers.controller_backup import prune, read_archive, read_home, restore, write_archive
from ztix.errors import Invalid, Refused, Stale, Usage, ZtixError


def laid_out(folder: Path, contents: dict[str, bytes] | None = None) -> Path:
    """A controller's home with these files, and some that no backup needs."""
    for path, content in {**(contents or home()), "peers.d/x.peer": b"x", "zerotier-one.pid": b"1"}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_bytes(content)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of a sound home."""
    return write_archive(tmp_path, described(), home())


def test_home_when_copied_and_restored_is_the_same_and_nobody_elses(tmp_path: Path, archive: Path) -> None:
    """Secrets and records come back byte for byte, closed to everybody else from their first moment."""
    contents = read_home(laid_out(tmp_path / "home"))
    assert contents == home()
    manifest, found = read_archive(archive)
    assert (manifest, found) == (described(), home())
    assert archive.stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "new", found)
    assert read_home(tmp_path / "new") == home()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").rglob("*")}
    assert modes.pop("identity.public") == 0o644
    assert set(modes.values()) == {0o600, 0o700}


def test_home_without_its_public_identity_gets_it_from_the_secret_one(tmp_path: Path) -> None:
    """What follows from another file is not missed."""
    contents = home()
    del contents["identity.public"]
    assert read_home(laid_out(tmp_path / "home", contents)) == home()


def test_home_when_its_secret_is_no_identity_is_left_for_whoever_judges_it(tmp_path: Path) -> None:
    """Reading tells nothing of what is in a secret."""
    contents = {"identity.secret": b"x"}
    assert read_home(laid_out(tmp_path / "home", contents)) == contents


def test_home_that_changes_while_it_is_read_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is written anew between two readings makes both of no use, also with the same bytes."""
    place = laid_out(tmp_path / "home") / record_path(NETWORK)
    real_open, times = os.open, [3]

    def restless(path: Path, flags: int) -> int:
        if path == place and times[0]:
            times[0] -= 1
            place.unlink()
            place.write_bytes(record(id=NETWORK))
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", restless)
    assert read_home(tmp_path / "home") == home()
    assert times == [0]
    times[0] = 100
    with pytest.raises(Stale, match="change all the time"):
        read_home(tmp_path / "home")


def test_home_when_a_secret_is_open_to_others_is_refused(tmp_path: Path) -> None:
    """The fix is told, and not the secret."""
    place = laid_out(tmp_path / "home") / "authtoken.secret"
    place.chmod(0o644)
    with pytest.raises(Refused, match="mode `0644`") as caught:
        read_home(tmp_path / "home")
    assert f"chmod 600 {place}" in caught.value.help


def linked_file(folder: Path) -> None:
    (folder / "local.conf").unlink()
    (folder / "local.conf").symlink_to("/etc/hostname")


def linked_folder(folder: Path) -> None:
    (folder / "controller.d").rename(folder / "elsewhere")
    (folder / "controller.d").symlink_to(folder / "elsewhere")


def piped(folder: Path) -> None:
    (folder / "local.conf").unlink()
    os.mkfifo(folder / "local.conf")


def no_home(folder: Path) -> None:
    (folder / "identity.secret").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (linked_file, "cannot be read"),
        (linked_folder, "is a link"),
        (piped, "is not a regular file"),
        (no_home, "is no ZeroTier home"),
    ],
)
def test_home_when_it_is_none_or_has_links_is_refused(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """A link could bring any file of the machine into an archive."""
    spoil(laid_out(tmp_path / "home"))
    with pytest.raises(Usage, match=words):
        read_home(tmp_path / "home")


def test_archive_when_any_byte_is_another_is_refused_or_the_same(archive: Path) -> None:
    """A changed byte is found, wherever it is but in the four fields of gzip's head that mean nothing."""
    whole = archive.read_bytes()
    for at in range(0, len(whole), 7):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            assert read_archive(archive) == (described(), home()), at
            assert at < 10
        except Invalid:
            pass


def test_archive_when_cut_short_anywhere_is_refused(archive: Path) -> None:
    """Also where it ends after a whole file."""
    whole = archive.read_bytes()
    for length in range(0, len(whole), 11):
        archive.write_bytes(whole[:length])
        with pytest.raises(Invalid):
            read_archive(archive)


def repacked(archive: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> None:
    """The archive with other entries, as somebody else's program would write them."""
    with gzip.open(archive, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def first() -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(MANIFEST), described().text().encode()


def link(kind: bytes, name: str = "local.conf") -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry, b""


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((first(), (tarfile.TarInfo("../../etc/cron.d/x"), b"x")), "has not"),
        ((first(), (tarfile.TarInfo("/etc/passwd"), b"x")), "has not"),
        ((first(), (tarfile.TarInfo("controller.d/network/../../x.json"), b"x")), "has not"),
        ((first(), (tarfile.TarInfo("local.conf"), b"x"), (tarfile.TarInfo("local.conf"), b"x")), "twice"),
        ((first(), link(tarfile.SYMTYPE)), "something else than regular files"),
        ((first(), link(tarfile.LNKTYPE)), "something else than regular files"),
        ((first(), link(tarfile.CHRTYPE)), "something else than regular files"),
        ((first(), link(tarfile.DIRTYPE, "moons.d")), "something else than regular files"),
        ((link(tarfile.SYMTYPE, MANIFEST),), "something else than regular files"),
        (((tarfile.TarInfo("local.conf"), b"x"),), "does not begin with"),
        (((tarfile.TarInfo(MANIFEST), b"{}"),), "its manifest is not one"),
        ((), "it is empty"),
        ((first(),), "is missing"),
    ],
)
def test_archive_when_it_is_no_backup_is_refused(
    archive: Path, entries: tuple[tuple[tarfile.TarInfo, bytes], ...], words: str
) -> None:
    """Paths that lead out, links and devices never get as far as a restore."""
    repacked(archive, *entries)
    with pytest.raises(Invalid, match=words):
        read_archive(archive)


def test_archive_when_it_unpacks_to_too_much_is_refused(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file that becomes a huge one is not unpacked whole."""
    archive.write_bytes(gzip.compress(b"\0" * 5_000_000))
    monkeypatch.setattr(controller_backup, "ARCHIVE_BYTES", 1_000_000)
    with pytest.raises(Invalid, match="more than 1000000 bytes"):
        read_archive(archive)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_archive_when_open_to_others_is_refused(archive: Path, mode: int) -> None:
    """Who can read it has the network; who can write it could give away another."""
    archive.chmod(mode)
    with pytest.raises(Refused, match=f"mode `{mode:04o}`"):
        read_archive(archive)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_archive_when_somebody_elses_is_refused(archive: Path) -> None:
    """Its owner could have changed it."""
    os.chown(archive, 12345, 12345)
    with pytest.raises(Refused, match="owner 12345"):
        read_archive(archive)


def test_archive_that_is_not_there_or_no_file_is_usage(tmp_path: Path) -> None:
    """Told in a sentence."""
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(Usage):
            read_archive(path)


def test_archive_when_there_is_one_of_that_name_replaces_nothing(tmp_path: Path, archive: Path) -> None:
    """Two in one second: the second is not written, and leaves nothing."""
    before = archive.read_bytes()
    with pytest.raises(Usage, match="is there already"):
        write_archive(tmp_path, described(), home())
    assert (archive.read_bytes(), list(tmp_path.iterdir())) == (before, [archive])


def test_archive_when_the_disk_gives_back_other_bytes_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is read before it counts."""
    contents = home() | {record_path(NETWORK, MEMBER): record(id=MEMBER, nwid=NETWORK)}
    with pytest.raises(Invalid):
        write_archive(tmp_path, described(), contents)  # the manifest is that of other files
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(Usage, match="Input/output error"):
        write_archive(tmp_path, described(), home())
    assert list(tmp_path.iterdir()) == []


def test_restore_into_an_empty_folder_keeps_its_owner(tmp_path: Path) -> None:
    """As a service's own folder is, which has to stay its own."""
    place = tmp_path / "home"
    place.mkdir()
    if os.geteuid() == 0:
        os.chown(place, 12345, 12346)
    owner = place.stat()
    restore(place, home())
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (place, *place.rglob("*"))} == {
        (owner.st_uid, owner.st_gid)
    }


def occupied(place: Path) -> None:
    place.mkdir()
    (place / "identity.secret").write_text(SECRET)


def a_link(place: Path) -> None:
    place.with_name("empty").mkdir()
    place.symlink_to(place.with_name("empty"))


@pytest.mark.parametrize("prepare", [occupied, a_link, Path.touch])
def test_restore_where_something_is_replaces_nothing(
    tmp_path: Path, prepare: Callable[[Path], object]
) -> None:
    """The home of a controller may be the only copy of its identity."""
    place = tmp_path / "home"
    prepare(place)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Refused, match="is not an empty folder"):
        restore(place, home())
    assert sorted(tmp_path.rglob("*")) == before


def test_restore_when_it_cannot_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a home would start as a controller without members."""
    with pytest.raises(Usage, match="cannot be filled"):
        restore(tmp_path / "no" / "home", home())
    real_fsync, left = os.fsync, [3]

    def filling(descriptor: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise OSError(28, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", filling)
    with pytest.raises(Usage, match="No space left on device"):
        restore(tmp_path / "home", home())
    assert list(tmp_path.iterdir()) == []


def test_prune_keeps_the_newest_archives_and_every_other_file(tmp_path: Path) -> None:
    """Only this controller's archives go."""
    names = [f"ztix-{NODE}-2026010{day}T030405Z.tar.gz" for day in (1, 2, 3)]
    others = ["ztix-aaaaaaaaa1-20260101T030405Z.tar.gz", "notes.txt"]
    for name in (*names, *others):
        (tmp_path / name).touch()
    assert prune(tmp_path, NODE, 2) == (names[0],)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[1:], *others])


def test_errors_of_archives_quote_no_secret(archive: Path) -> None:
    """Also where the file that is wrong is the secret one."""
    contents = home() | {"identity.secret": f"{SECRET}\n".encode()}
    entries = [(tarfile.TarInfo(path), content) for path, content in contents.items()]
    repacked(archive, first(), *entries)
    with pytest.raises(ZtixError) as caught:
        read_archive(archive)
    assert SECRET not in caught.value.message + caught.value.help
