"""A controller's home copied into an archive, and an archive into an empty home.

Touches: the home, which it only reads, the folder of the archives, and the folder that a restore fills. What
it makes appears whole or not at all, and is its owner's alone. A copy counts only if two readings of the
whole home are the same: a controller writes its files in place, so that one reading may meet half of one.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ztix.backup import (
    MANIFEST,
    PATHS,
    PUBLIC,
    SECRET,
    SECRETS,
    Contents,
    Manifest,
    archive_name,
    in_words,
    outdated,
    read_manifest,
    untrue,
)
from ztix.errors import Invalid, Refused, Stale, Usage
from ztix.identity import Identity
from ztix.terms import NodeId

READINGS = 8  # of a home, before it is given up as one that does not rest
FILE_BYTES = 16 * 1024 * 1024
ARCHIVE_BYTES = 1024 * 1024 * 1024  # of an archive, unpacked: a member is 550 bytes
_FOLDERS = ("", "moons.d", "controller.d", "controller.d/network")


def read_home(home: Path) -> dict[str, bytes]:
    """The files of a controller's home that a backup needs. Raises Usage, Refused, Stale."""
    before = _reading(home)
    for _ in range(READINGS - 1):
        after = _reading(home)
        if after == before:
            return _whole(home, {path: content for path, (_, content) in after.items()})
        before = after
    raise Stale(
        f"the files in `{home}` change all the time: {READINGS} readings, no two the same",
        help="run again when no run of ztix is at work",
    )


def write_archive(folder: Path, manifest: Manifest, contents: Contents) -> Path:
    """Write the archive, mode 0600, and read it back before it gets its name. Raises Usage, Invalid."""
    path = folder / archive_name(manifest)
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".ztix-")  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                _pack(packed, manifest, contents)
            file.flush()
            os.fsync(file.fileno())
        if read_archive(Path(temporary)) != (manifest, dict(contents)):
            raise Invalid(f"what was written to `{folder}` reads otherwise", help="look after its disk")
        os.link(temporary, path)  # unlike a rename, this replaces nothing
        _settle(folder)
    except FileExistsError:
        raise Usage(f"`{path}` is there already", help="run again a second later") from None
    except OSError as error:
        raise Usage(
            f"`{path}` cannot be written: {error.strerror}",
            help="check that the folder is yours and its disk has room; nothing was left there",
        ) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return path


def read_archive(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    """An archive's manifest and files, proven against each other. Raises Usage, Refused, Invalid."""
    packed = _private(path)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacked:
            content = unpacked.read(ARCHIVE_BYTES + 1)  # all of it: the checksum is at the end
        if len(content) > ARCHIVE_BYTES:
            raise ValueError(f"unpacked, it has more than {ARCHIVE_BYTES} bytes")
        manifest, contents = _unpack(content)
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        raise Invalid(
            f"`{path}` is no whole archive", help="take another one: this one was damaged"
        ) from None
    except ValueError as error:
        raise Invalid(f"`{path}` is refused: {error}", help="ask who made it; ztix did not") from None
    if problems := untrue(manifest, contents):
        raise Invalid(f"`{path}` does not hold what it says: {in_words(problems)}", help="take another one")
    return manifest, contents


def restore(home: Path, contents: Contents) -> None:
    """Fill a home that is empty or not there, in one step. Raises Usage, Refused.

    All belongs to the owner of the empty folder, where we may give it away.
    """
    owner = _vacant(home)
    stage = None
    try:
        stage = Path(tempfile.mkdtemp(dir=home.parent, prefix=".ztix-restore-"))  # mode 0700
        for path, content in contents.items():
            _place(stage / path, content, 0o644 if path == PUBLIC else 0o600)
        for made in (stage, *stage.rglob("*")):
            if owner is not None and os.geteuid() == 0:
                os.lchown(made, owner.st_uid, owner.st_gid)
            if made.is_dir():
                made.chmod(0o700)
                _settle(made)
        stage.rename(home)  # takes the place of an empty folder, of no other
        _settle(home.parent)
    except OSError as error:
        raise Usage(
            f"`{home}` cannot be filled: {error.strerror}",
            help="check who owns the folder above, that it has room, and that the home is no mount point",
        ) from None
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)


def prune(folder: Path, node: NodeId, keep: int) -> tuple[str, ...]:
    """Delete this controller's archives but the `keep` newest; their names. Raises Usage."""
    names = outdated((path.name for path in folder.iterdir() if path.is_file()), node, keep)
    for name in names:
        try:
            (folder / name).unlink()
        except OSError as error:
            raise Usage(f"`{folder / name}` cannot be deleted: {error.strerror}") from None
    return names


def _reading(home: Path) -> dict[str, tuple[tuple[int, ...], bytes]]:
    """Each file with what tells that it was written anew, and its content."""
    found: dict[str, tuple[tuple[int, ...], bytes]] = {}
    try:
        for path in _paths(home):
            descriptor = os.open(home / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                told = os.fstat(descriptor)
                _refuse_open(home / path, told)
                found[path] = (told.st_ino, told.st_mtime_ns, told.st_ctime_ns), file.read(FILE_BYTES)
    except FileNotFoundError:
        return {}  # one that went while we looked; the next reading tells
    except OSError as error:
        raise Usage(
            f"`{error.filename}` cannot be read: {error.strerror}",
            help="run as root, or as the owner of the home; a home has no links in it",
        ) from None
    return found


def _paths(home: Path) -> Iterator[str]:
    networks = [path.name for path in _listed(home / "controller.d" / "network") if path.is_dir()]
    members = [f"controller.d/network/{name}/member" for name in networks]
    links = [home / name for name in (*_FOLDERS[1:], *members) if (home / name).is_symlink()]
    if links:
        raise Usage(f"`{links[0]}` is a link", help="a controller's home has none: copy the folder itself")
    for folder in (*_FOLDERS, *members):
        names = (f"{folder}/{path.name}".lstrip("/") for path in _listed(home / folder))
        yield from (name for name in names if PATHS.fullmatch(name))


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _refuse_open(path: Path, told: os.stat_result) -> None:
    if not stat.S_ISREG(told.st_mode):
        raise Usage(f"`{path}` is not a regular file", help="a controller's home holds regular files only")
    if path.name in SECRETS and told.st_mode & 0o077:
        mode = stat.S_IMODE(told.st_mode)
        raise Refused(
            f"`{path}` holds a secret and is open to others than its owner: mode `{mode:04o}`",
            help=f"run `chmod 600 {path}`; if others had accounts there, they may have copied it",
        )


def _whole(home: Path, contents: dict[str, bytes]) -> dict[str, bytes]:
    if SECRET not in contents:
        raise Usage(f"`{home}` is no ZeroTier home: it has no `{SECRET}`", help="it is /var/lib/zerotier-one")
    if PUBLIC not in contents:
        try:
            contents[PUBLIC] = Identity.parse(contents[SECRET].decode("ascii")).public_text.encode("ascii")
        except ValueError:
            return contents  # whoever judges the contents says what is wrong
    return contents


def _pack(file: gzip.GzipFile, manifest: Manifest, contents: Contents) -> None:
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in ((MANIFEST, manifest.text().encode()), *sorted(contents.items())):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))


def _unpack(content: bytes) -> tuple[Manifest, dict[str, bytes]]:
    """Raises ValueError for anything that `_pack` does not write: links, other paths, the same one twice."""
    manifest, contents = None, {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.type == tarfile.REGTYPE else None
            if file is None:
                raise ValueError("it holds something else than regular files")
            if manifest is None:
                if entry.name != MANIFEST:
                    raise ValueError(f"it does not begin with `{MANIFEST}`")
                manifest = read_manifest(file.read())
            elif entry.name in contents or not PATHS.fullmatch(entry.name):
                raise ValueError("it holds a path twice, or one that a controller's home has not")
            else:
                contents[entry.name] = file.read()
    if manifest is None:
        raise ValueError("it is empty")
    return manifest, contents


def _private(path: Path) -> bytes:
    """A file that nobody but its owner can have read or changed."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            told = os.fstat(file.fileno())
            if not stat.S_ISREG(told.st_mode):
                raise Usage(f"`{path}` is not a regular file", help="name an archive of `ztix backup create`")
            if told.st_mode & 0o077 or told.st_uid not in (0, os.geteuid()):
                raise Refused(
                    f"`{path}` holds secrets and is not yours alone: owner {told.st_uid}, "
                    f"mode `{stat.S_IMODE(told.st_mode):04o}`",
                    help=f"if nobody else could reach it: `chown $(id -u) {path}; chmod 600 {path}`",
                )
            return file.read(ARCHIVE_BYTES)
    except OSError as error:
        raise Usage(f"`{path}` cannot be read: {error.strerror}", help="check its path and owner") from None


def _vacant(home: Path) -> os.stat_result | None:
    """The empty folder that is there; None where there is none. Raises Refused for anything else."""
    try:
        told = home.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Usage(f"`{home}` cannot be looked at: {error.strerror}") from None
    if not stat.S_ISDIR(told.st_mode) or any(home.iterdir()):
        raise Refused(
            f"`{home}` is not an empty folder",
            help="stop ZeroTier, move its home aside (it may be the only copy), and run again",
        )
    return told


def _place(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _settle(folder: Path) -> None:
    """What a folder lists survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
