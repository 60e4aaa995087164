"""A member with ExaBGP: lines into a pipe are its announcements, lines of JSON in a file what it heard."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

from tests.live.members import SERVER, SERVER_ASN, Announcement, Family, Place, Route, family_of, tool


class ExaBgpMember:
    """A running ExaBGP. It keeps no table: what was heard is read from the start."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._said: dict[str, str] = {}

    def announce(self, *said: Announcement) -> None:
        """Announce these."""
        for one in said:
            words = f"{one.prefix} next-hop {self.place.next_hop(one)}"
            words += f" as-path [ {' '.join(map(str, self.place.whole_path(one)))} ]"
            if one.communities:
                words += f" community [ {' '.join(one.communities)} ]"
            if one.large:
                words += f" large-community [ {' '.join(one.large)} ]"
            self._said[one.prefix] = words
            self._tell(f"announce route {words}", one.prefix)

    def withdraw(self, *prefixes: str) -> None:
        """Announce these no more."""
        for prefix in prefixes:
            self._tell(f"withdraw route {self._said.pop(prefix)}", prefix)

    def session_is_up(self, family: Family) -> bool:
        """Whether the last word about the session is that it is up."""
        return (self._states(family) or [""])[-1] == "up"

    def times_up(self, family: Family) -> int:
        """By what it told its program."""
        return self._states(family).count("up")

    def received(self, prefix: str) -> Route | None:
        """The last that was said of this prefix."""
        route = None
        for heard in self._heard():
            update = heard["neighbor"].get("message", {}).get("update", {})
            for lost in update.get("withdraw", {}).values():
                route = None if any(one["nlri"] == prefix for one in lost) else route
            for by_hop in update.get("announce", {}).values():
                for hop, announced in by_hop.items():
                    if hop != "null" and any(one["nlri"] == prefix for one in announced):
                        route = _route(hop, update.get("attribute", {}))
        return route

    def _states(self, family: Family) -> list[str]:
        return [
            heard["neighbor"]["state"]
            for heard in self._heard()
            if heard["type"] == "state" and heard["neighbor"]["address"]["peer"] == SERVER[family]
        ]

    def _heard(self) -> Iterator[dict[str, Any]]:
        path = self.place.folder / "heard"
        for line in path.read_text().splitlines() if path.exists() else []:
            with contextlib.suppress(json.JSONDecodeError):  # a line that is still being written
                yield json.loads(line)

    def _tell(self, line: str, prefix: str) -> None:
        with (self.place.folder / "commands").open("w") as pipe:
            pipe.write(f"neighbor {SERVER[family_of(prefix)]} {line}\n")


def _route(hop: str, attributes: dict[str, Any]) -> Route:
    path = tuple(attributes.get("as-path", []))
    return Route(
        path,
        hop,
        frozenset(":".join(map(str, c)) for c in attributes.get("community", [])),
        frozenset(":".join(map(str, c)) for c in attributes.get("large-community", [])),
    )


def _configuration(place: Place) -> str:
    neighbors = "".join(
        f"neighbor {server} {{\n router-id {place.addresses[4]};\n local-address {place.addresses[family]};\n"
        f" local-as {place.asn};\n peer-as {SERVER_ASN};\n hold-time 240;\n"
        f" family {{ ipv{family} unicast; }}\n"
        f" api say{family} {{ processes [ said ]; }}\n"
        f" api hear{family} {{ processes [ heard ]; neighbor-changes;"
        " receive { parsed; update; } }\n}\n"
        for family, server in SERVER.items()
    )
    # ExaBGP takes a program whose output is closed for dead, so the shell keeps it open.
    return (
        f'process said {{ run /bin/sh -c "exec cat <> {place.folder}/commands"; encoder text; }}\n'
        f'process heard {{ run /bin/sh -c "cat >> {place.folder}/heard; exit"; encoder json; }}\n{neighbors}'
    )


@contextlib.contextmanager
def exabgp_member(place: Place) -> Iterator[ExaBgpMember]:
    """An ExaBGP in this place, until the block ends."""
    place.folder.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place.folder / "commands")
    (place.folder / "exabgp.conf").write_text(_configuration(place))
    settings = ("exabgp_daemon_user=root", "exabgp_daemon_daemonize=false", "exabgp_api_cli=false")
    words = ("env", *settings, "exabgp_log_destination=stderr", tool("exabgp"), f"{place.folder}/exabgp.conf")
    with place.running(words):
        yield ExaBgpMember(place)
