"""Is a route server's machine prepared for its rollouts? What its agent tells, against what is needed.

Law: pure. One item for each thing that has to be so, in the order in which one rests on the other; what is
not so comes with the command that makes it so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ztix.policy import RouteServerPolicy
from ztix.preparation import (
    AGENT_CONF,
    CONTROL,
    FOLDER,
    INCLUDE,
    LIVE,
    MAIN,
    SECRETS,
    UNIT,
    make_folder,
    make_state,
    store_secret,
)
from ztix.readiness import Readiness
from ztix.terms import Digest


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that has to be so. found: what is there.  remedy: what to do, empty where it is well."""

    name: str
    found: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether it is as it has to be."""
        return not self.remedy


def is_version(found: str, wanted: str) -> bool:
    """Whether a version is the wanted one, or a patch of it where no patch is named."""
    return found == wanted or found.startswith(f"{wanted}.")


def judge(
    ready: Readiness, server: RouteServerPolicy, agent: Digest, passwords: Collection[str]
) -> tuple[Item, ...]:
    """Every item about a machine that answers.

    agent: digest of this version's script.  passwords: names that the configuration of policy includes.
    """
    return (
        Item("host key", "it is one of the pinned ones"),
        *_agent(ready, server, agent),
        *_files(ready, server),
        *_bird(ready, server),
        *(_secret(name, ready.secrets.get(name), server.bird) for name in sorted(passwords)),
    )


def _agent(ready: Readiness, server: RouteServerPolicy, agent: Digest) -> Iterator[Item]:
    again = f"ztix route-server setup {server.name} --key KEY.pub | ssh root@{server.ssh.host} sh"
    if ready.agent == agent:
        yield Item("agent", "it answers, and is the one of this version of ztix")
    else:
        yield Item("agent", "it answers, and is of another version of ztix", again)
    if ready.account == "root":
        yield Item("account", "the agent runs as root", again)
    elif ready.sealed:
        yield Item("account", f"`{ready.account}` cannot change the agent and its settings")
    else:
        remedy = f"chown root: /usr/local/bin/ztix-agent {AGENT_CONF} && chmod go-w {AGENT_CONF}"
        yield Item("account", f"`{ready.account}` can change the agent or its settings", remedy)


def _files(ready: Readiness, server: RouteServerPolicy) -> Iterator[Item]:
    user = server.ssh.user
    name, remedy = "folder", make_folder(user)
    if not ready.folder:
        yield Item(name, "the account cannot write the folder of the configuration", remedy)
    elif not ready.shared and ready.socket != "absent":
        yield Item(name, "what the account writes there is not of BIRD's group", remedy)
    else:
        yield Item(name, "the account can write it, and BIRD can read what is written")
    if ready.live:
        yield Item("configuration", "it is there and can be read")
    else:
        remedy = (
            f"printf 'protocol device {{ }}\\n# end of configuration\\n' > {LIVE}"
            f" && chown {user}:bird {LIVE} && chmod 640 {LIVE}"
        )
        yield Item("configuration", "it is not there, is empty, or cannot be read", remedy)
    if ready.state:
        yield Item("state", "the agent can write its own folder")
    else:
        yield Item("state", "the agent cannot write its own folder", make_state(user))
    if ready.unit:
        yield Item("unit", "the file is put back before BIRD starts where a rollout was cut off")
    else:
        remedy = f"run the last step of `ztix route-server setup {server.name}`: it writes {UNIT}"
        yield Item("unit", "a machine that starts anew in a rollout would keep its file", remedy)


_SOCKET = {
    "absent": ("the control socket is not there", "systemctl enable --now bird"),
    "denied": ("the account may not use the control socket", "usermod --append --groups bird {user}"),
    "silent": ("BIRD does not answer on its control socket", "systemctl status bird; systemctl restart bird"),
}
_START = {
    "mixed": f"its {MAIN} has more in it than `{INCLUDE}`",
    "other": f"its {MAIN} does not have the line `{INCLUDE}`",
    "unreadable": f"its {MAIN} cannot be read by the account",
}


def _bird(ready: Readiness, server: RouteServerPolicy) -> Iterator[Item]:
    if ready.bird is None:
        found, remedy = _SOCKET.get(ready.socket, _SOCKET["silent"])
        yield Item("control socket", found, remedy.format(user=server.ssh.user))
        return
    yield Item("control socket", f"BIRD {ready.bird} answers on it")
    if ready.program != ready.bird:
        found = f"{ready.program or 'none'} is installed and {ready.bird} runs"
        yield Item("version", found, "systemctl restart bird, at a quiet hour: sessions restart")
    elif is_version(ready.bird, server.bird):
        yield Item("version", f"{ready.bird}, as policy says")
    else:
        remedy = f'write `bird: "{ready.bird}"` for `{server.name}` in policy/route-servers.yaml'
        yield Item("version", f"{ready.bird} runs, and policy says {server.bird}", remedy)
    if ready.start in ("own", "included"):
        yield Item("include", "BIRD starts with the configuration of ztix and nothing else")
    elif ready.start == "unreadable":
        yield Item("include", _START["unreadable"], f"chgrp bird {MAIN} && chmod 640 {MAIN}")
    elif ready.start in _START:
        yield Item("include", _START[ready.start], f"printf '%s\\n' '{INCLUDE}' > {MAIN}")
    else:
        yield Item(
            "include",
            "BIRD does not tell which file it starts with",
            f"start it with {MAIN}, on {CONTROL}, as Debian does; the folder is {FOLDER}",
        )


def _secret(name: str, readable: bool | None, bird: str) -> Item:
    title = f"password {name}"
    if readable:
        return Item(title, "its file can be read")
    if readable is None:
        return Item(title, f"{SECRETS}/{name}.conf is not there", store_secret(name, bird))
    remedy = f"chgrp bird {SECRETS}/{name}.conf && chmod 640 {SECRETS}/{name}.conf"
    return Item(title, f"{SECRETS}/{name}.conf is empty or cannot be read by the account", remedy)
