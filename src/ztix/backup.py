"""What a copy of a controller's home holds, and whether it is whole and would serve.

Law: pure. Contents are bytes by path below the home; only the paths of `PATHS` are ever copied, read from an
archive or written by a restore. A controller skips a record that it cannot read and says nothing, and a
network that it cannot read hides all its members; so each record is read here first. No text quotes a secret.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from ztix.identity import Identity
from ztix.shape import Model
from ztix.terms import NetworkId, NodeId

Contents = Mapping[str, bytes]

SECRET, PUBLIC, TOKEN = "identity.secret", "identity.public", "authtoken.secret"
MANIFEST = "manifest.json"
SECRETS = frozenset({SECRET, TOKEN})
PATHS = re.compile(
    r"identity\.secret|identity\.public|authtoken\.secret|local\.conf|planet|moons\.d/[0-9a-f]{16}\.moon"
    r"|controller\.d/network/(?P<network>[0-9a-f]{16})(?:/member/(?P<member>[0-9a-f]{10}))?\.json"
)
ARCHIVE = re.compile(r"ztix-(?P<node>[0-9a-f]{10})-(?P<made>[0-9]{8}T[0-9]{6}Z)\.tar\.gz")
NAMED = 5  # problems that one message tells


class StoredFile(Model):
    """One file of the home. bytes: its length.  sha256: hex digits over its content."""

    path: str
    bytes: int
    sha256: str


class StoredNetwork(Model):
    """One network of the controller. members: records, authorised: those of them that are on."""

    id: NetworkId
    members: int
    authorised: int


class Manifest(Model):
    """What an archive says of itself. made: UTC.  version: ZeroTier's; None where nobody was asked."""

    kind: Literal["ztix.backup.v1"] = "ztix.backup.v1"
    made: str
    ztix: str
    node: NodeId
    identity: str
    version: str | None
    networks: tuple[StoredNetwork, ...]
    files: tuple[StoredFile, ...]

    def text(self) -> str:
        """The archive's first file."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"


def read_manifest(text: bytes) -> Manifest:
    """The manifest in an archive's first file. Raises ValueError, which quotes none of it."""
    try:
        return Manifest.model_validate_json(text)
    except ValueError:
        raise ValueError("its manifest is not one of `ztix backup create`") from None


def describe(contents: Contents, made: str, ztix: str, version: str | None) -> Manifest:
    """The manifest of a home's contents, in which `unsound` found nothing."""
    identity = Identity.parse(contents[SECRET].decode())
    files = tuple(
        StoredFile(path=path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in sorted(contents.items())
    )
    return Manifest(
        made=made,
        ztix=ztix,
        node=identity.node,
        identity=identity.public_text,
        version=version,
        networks=tuple(_networks(contents)),
        files=files,
    )


def unsound(contents: Contents) -> tuple[str, ...]:
    """What a controller would not start with, or would leave out without a word."""
    return (*_identity_problems(contents), *_record_problems(contents))


def untrue(manifest: Manifest, contents: Contents) -> tuple[str, ...]:
    """Where an archive's files are not those that its manifest tells of; then what is unsound in them."""
    told = {item.path: item for item in manifest.files}
    problems = [f"`{path}` is missing" for path in sorted(told.keys() - contents.keys())]
    problems += [f"`{path}` is not in the manifest" for path in sorted(contents.keys() - told.keys())]
    for path in sorted(told.keys() & contents.keys()):
        content, item = contents[path], told[path]
        if (len(content), hashlib.sha256(content).hexdigest()) != (item.bytes, item.sha256):
            problems.append(f"`{path}` is not the file that was copied")
    problems += unsound(contents)
    if not problems and describe(contents, manifest.made, manifest.ztix, manifest.version) != manifest:
        problems.append("the manifest tells of another controller, or of other networks")
    return tuple(problems)


def unwritten(contents: Contents, running: Mapping[str, int]) -> tuple[str, ...]:
    """Records that the running controller has otherwise than its files.

    running: the revision of each record by the path of its file. A controller whose disk is full answers as
    if all were well; what it could not write is gone at its next start.
    """
    on_disk = {path: _revision(content) for path, content in contents.items() if _is_record(path)}
    missing = [f"`{path}` is not on disk" for path in sorted(running.keys() - on_disk.keys())]
    left = [f"`{path}` is on disk only" for path in sorted(on_disk.keys() - running.keys())]
    other = [
        f"`{path}` has revision {on_disk[path]}, the controller {running[path]}"
        for path in sorted(on_disk.keys() & running.keys())
        if on_disk[path] != running[path]
    ]
    return (*missing, *left, *other)


def record_path(network: str, member: str = "") -> str:
    """The path of a network's file, or of a member's."""
    return f"controller.d/network/{network}{f'/member/{member}' if member else ''}.json"


def archive_name(manifest: Manifest) -> str:
    """What an archive is called: names of one controller sort by their time."""
    return f"ztix-{manifest.node}-{re.sub('[-:]', '', manifest.made)}.tar.gz"


def outdated(names: Iterable[str], node: NodeId, keep: int) -> tuple[str, ...]:
    """This controller's archives without its `keep` newest ones; no other name is among them."""
    own = sorted(name for name in names if (found := ARCHIVE.fullmatch(name)) and found["node"] == node)
    return tuple(own[:-keep])


def in_words(problems: tuple[str, ...]) -> str:
    """The first problems, and how many more there are."""
    more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
    return "; ".join(problems[:NAMED]) + more


def _identity_problems(contents: Contents) -> Iterator[str]:
    secret = _identity(contents.get(SECRET))
    if secret is None or secret.secret is None:
        yield f"`{SECRET}` holds no identity with its secret"
        return
    if PUBLIC in contents:
        public = _identity(contents[PUBLIC])
        if public is None or public.public_text != secret.public_text:
            yield f"`{PUBLIC}` is not that of `{SECRET}`"


def _identity(content: bytes | None) -> Identity | None:
    try:
        return Identity.parse((content or b"").decode("ascii"))
    except ValueError:
        return None


def _record_problems(contents: Contents) -> Iterator[str]:
    for path in sorted(contents):
        found = PATHS.fullmatch(path)
        if found is None:
            yield f"`{path}` is no file of a controller"
        elif found["network"]:
            yield from _record_problem(contents, path, found["network"], found["member"])


def _record_problem(contents: Contents, path: str, network: str, member: str | None) -> Iterator[str]:
    record = _record(contents[path])
    if record is None or _revision(contents[path]) < 0:
        yield f"`{path}` is no whole record: the controller would leave it out"
    elif member is None:
        if record.get("id") != network:
            yield f"`{path}` is the record of another network"
    elif record.get("id") != member or record.get("nwid") != network:
        yield f"`{path}` is the record of another member"
    elif record_path(network) not in contents:
        yield f"`{path}` is of a network that has no record: the controller would leave it out"


def _is_record(path: str) -> bool:
    return path.startswith("controller.d/network/")


def _record(content: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _revision(content: bytes) -> int:
    revision = (_record(content) or {}).get("revision")
    return revision if isinstance(revision, int) else -1


def _networks(contents: Contents) -> Iterator[StoredNetwork]:
    members: dict[str, list[bool]] = {}
    for path in sorted(contents):
        found = PATHS.fullmatch(path)
        if found and found["network"]:
            held = members.setdefault(found["network"], [])
            if found["member"]:
                held.append((_record(contents[path]) or {}).get("authorized") is True)
    for network, flags in sorted(members.items()):
        yield StoredNetwork(id=NetworkId(network), members=len(flags), authorised=sum(flags))
