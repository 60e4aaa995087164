"""The records in memory, and their files in `controller.d`. Touches files.

Files are read once, at the start. A change replaces the one file it concerns; a file that cannot be
written is only complained about, for the controller answers as if it had been (transcript 14): it looks as
if all were well, until a restart.
Unlike the controller, a change goes through a temporary file and a rename.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from errno import ENOSPC
from os import strerror
from pathlib import Path

from ztix.lab.controller.values import Record, as_text, as_u64, dump, hexadecimal, same

_NETWORK_DIGITS = 16
_MEMBER_DIGITS = 10


@dataclass(slots=True)
class Stored:
    """A record and its text, which is kept because lists of thousands are asked for at once."""

    record: Record
    text: str


@dataclass(slots=True)
class Network:
    """A network and its members by node id; the newest member comes last."""

    stored: Stored
    members: dict[int, Stored] = field(default_factory=dict)


class Store:
    """All networks of one controller."""

    def __init__(self, directory: Path) -> None:
        self.networks: dict[int, Network] = {}
        self.disk_is_full = False
        self._directory = directory / "network"
        self._directory.mkdir(parents=True, exist_ok=True)
        (directory / "trace").mkdir(exist_ok=True)
        directory.chmod(0o700)
        for path in _files(self._directory, _NETWORK_DIGITS):
            self._load_network(path)

    def _load_network(self, path: Path) -> None:
        """Read a network and its members; a corrupt network hides its members too."""
        record = _read(path)
        digits = "" if record is None else record.get("id")
        if record is None or not isinstance(digits, str) or len(digits) != _NETWORK_DIGITS:
            return
        self.networks[hexadecimal(digits)] = Network(Stored(record, dump(record)))
        for member_path in _files(self._directory / digits / "member", _MEMBER_DIGITS):
            self._load_member(member_path)

    def _load_member(self, path: Path) -> None:
        """Read a member; the ids inside the file count, not its name."""
        member = _read(path)
        node = "" if member is None else member.get("id")
        if member is None or not isinstance(node, str) or len(node) != _MEMBER_DIGITS:
            return
        network = self.networks.get(hexadecimal(as_text(member.get("nwid"))))
        if network is not None:
            network.members[hexadecimal(node)] = Stored(member, dump(member))

    def save_network(self, record: Record) -> str:
        """Store a changed network under the next revision; its text, also when it was not stored."""
        number = hexadecimal(as_text(record.get("id")))
        network = self.networks.get(number)
        if number == 0:
            return dump(record)
        if network is not None and same(network.stored.record, record):
            return network.stored.text
        stored = _next_revision(record)
        if network is None:
            self.networks[number] = Network(stored)
        else:
            network.stored = stored
        self._write(self._directory / f"{number:016x}.json", stored.text)
        return stored.text

    def save_member(self, record: Record) -> str:
        """Store a changed member under the next revision; its text, also when it was not stored."""
        number = hexadecimal(as_text(record.get("nwid")))
        node = hexadecimal(as_text(record.get("id")))
        network = self.networks.get(number)
        if network is None or node == 0:
            return dump(record)
        old = network.members.get(node)
        if old is not None and same(old.record, record):
            return old.text
        stored = _next_revision(record)
        network.members[node] = stored
        self._write(self._directory / f"{number:016x}" / "member" / f"{node:010x}.json", stored.text)
        return stored.text

    def _write(self, path: Path, text: str) -> None:
        """Replace one file, making its folders when they are gone. No failure gets to the API."""
        temporary = path.with_name(f".{path.name}.new")
        try:
            if self.disk_is_full:
                raise OSError(ENOSPC, strerror(ENOSPC))
            try:
                temporary.write_text(text, encoding="utf-8")
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_text(text, encoding="utf-8")
            temporary.replace(path)
        except OSError:
            print(f"WARNING: controller unable to write to path: {path}", file=sys.stderr, flush=True)

    def erase_network(self, number: int) -> None:
        """Forget a network and its members, on disk too."""
        del self.networks[number]
        (self._directory / f"{number:016x}.json").unlink(missing_ok=True)
        shutil.rmtree(self._directory / f"{number:016x}", ignore_errors=True)

    def erase_member(self, number: int, node: int) -> None:
        """Forget a member, on disk too."""
        del self.networks[number].members[node]
        (self._directory / f"{number:016x}" / "member" / f"{node:010x}.json").unlink(missing_ok=True)


def _files(directory: Path, digits: int) -> list[Path]:
    """The JSON files of `directory` whose name is as long as an id."""
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return []
    return [path for path in paths if len(path.name) == digits + len(".json")]


def _read(path: Path) -> Record | None:
    """The object in a file, None when it cannot be read: the controller skips it in silence."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _next_revision(record: Record) -> Stored:
    """The record with its revision counted up."""
    counted = record | {"revision": as_u64(record.get("revision"), 0) + 1}
    return Stored(counted, dump(counted))
