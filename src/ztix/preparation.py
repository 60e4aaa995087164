"""How a route server's machine is prepared: where each thing is, and the script that puts it there.

Law: pure. The script is for a fresh Debian and for root; a second run of it changes nothing. What ztix may do
on the machine is what this script gives it: an account that runs the agent, and one folder of BIRD's.
"""

from __future__ import annotations

import re

from ztix.policy import RouteServerPolicy

AGENT = "/usr/local/bin/ztix-agent"
AGENT_CONF = "/etc/ztix/agent.conf"
HOME = "/var/lib/ztix"
FOLDER = "/etc/bird/ztix"
LIVE = f"{FOLDER}/bird.conf"
SECRETS = f"{FOLDER}/secrets"
MAIN = "/etc/bird/bird.conf"
CONTROL = "/run/bird/bird.ctl"
UNIT = "/etc/systemd/system/bird.service.d/ztix.conf"
INCLUDE = f'include "{LIVE}";'

PUBLIC_KEY = re.compile(
    r"((?:ssh-|ecdsa-|sk-ssh-|sk-ecdsa-)[a-z0-9@.-]{1,60} [A-Za-z0-9+/]{16,4000}={0,3})(?: [^\n]*)?\n?"
)
_END = "END-OF-ZTIX-AGENT"


def forced_command() -> str:
    """What the key may run, as authorized_keys has it."""
    return f'restrict,command="{AGENT} {AGENT_CONF}"'


def make_folder(user: str) -> str:
    """The command that makes the folder that the account may write, with files of BIRD's group."""
    return f"install -d -o {user} -g bird -m 2750 {FOLDER}"


def make_state(user: str) -> str:
    """The command that makes the agent's own folder."""
    return f"install -d -o {user} -g bird -m 700 {HOME}/state"


def store_secret(name: str, bird: str) -> str:
    """The command that takes a password, without showing it, to where BIRD and the agent can read it."""
    method = "authentication md5; " if tuple(map(int, bird.split("."))) >= (2, 17) else ""
    path = f"{SECRETS}/{name}.conf"
    return (
        f"install -d -o root -g bird -m 750 {SECRETS} && (umask 027; stty -echo; read -r word; stty echo; "
        f'printf \'{method}password "%s";\\n\' "$word" > {path}) && chgrp bird {path}'
    )


def script(server: RouteServerPolicy, key: str, agent: str) -> str:
    """The script that prepares this route server's machine. key: public, as authorized_keys has it.

    agent: the text of `ztix-agent`.
    """
    user = server.ssh.user
    package = "bird3" if server.bird.startswith("3") else "bird2"
    return _SCRIPT.format(
        name=server.name,
        user=user,
        package=package,
        router_id=server.router_id,
        key=f"{forced_command()} {key}",
        agent=agent,
        end=_END,
        AGENT=AGENT,
        AGENT_CONF=AGENT_CONF,
        HOME=HOME,
        LIVE=LIVE,
        SECRETS=SECRETS,
        MAIN=MAIN,
        CONTROL=CONTROL,
        UNIT=UNIT,
        INCLUDE=INCLUDE,
        make_folder=make_folder(user),
        make_state=make_state(user),
    )


_SCRIPT = """\
#!/bin/sh
# Prepares the machine of route server `{name}`, a Debian with sshd. Run it there as root:
#     ztix route-server setup {name} --key KEY.pub | ssh root@HOST sh
# A second run changes nothing. `ztix route-server check {name}` tells what is missing.
set -eu
umask 022

# 1. BIRD. What else the agent needs is on every Debian.
[ -x /usr/sbin/bird ] || DEBIAN_FRONTEND=noninteractive apt-get install --yes {package} </dev/null

# What runs already is not thrown away unasked.
if grep -Eqs '^[[:space:]]*protocol[[:space:]]+bgp' {MAIN}; then
  echo '{MAIN} has BGP sessions of its own; move them away first' >&2
  exit 1
fi

# 2. The account. No password, no sudo; BIRD's group opens the control socket. Its home is root's.
getent passwd {user} >/dev/null ||
  useradd --system --password '*' --no-create-home --home-dir {HOME} --shell /bin/sh {user}
usermod --append --groups bird {user}

# 3. The agent and its settings, which the account can read and not change.
install -d -m 755 /usr/local/bin /etc/ztix
cat >{AGENT}.new <<'{end}'
{agent}{end}
chmod 755 {AGENT}.new
mv {AGENT}.new {AGENT}
cat >{AGENT_CONF} <<'END'
conf {LIVE}
control {CONTROL}
state {HOME}/state
END

# 4. The key, which runs the agent and nothing else.
install -d -m 755 {HOME} {HOME}/.ssh
cat >{HOME}/.ssh/authorized_keys <<'END'
{key}
END
{make_state}

# 5. The folder that the account writes, a first configuration without sessions, and a place for passwords.
{make_folder}
install -d -o root -g bird -m 750 {SECRETS}
if [ ! -s {LIVE} ]; then
  cat >{LIVE} <<'END'
router id {router_id};
protocol device {{ }}
# end of configuration
END
  chown {user}:bird {LIVE}
  chmod 640 {LIVE}
fi

# 6. BIRD starts with that configuration. The file that it had is kept beside it.
if [ "$(grep -Ev '^[[:space:]]*(#|$)' {MAIN} 2>/dev/null)" != '{INCLUDE}' ]; then
  [ ! -e {MAIN} ] || cp -p {MAIN} {MAIN}.before-ztix
  printf '%s\\n' '# All of it comes from git; ztix writes the file that is included here.' '{INCLUDE}' >{MAIN}
  changed=yes
fi

# 7. Where the machine goes down in the middle of a rollout, the file is put back before BIRD starts.
install -d -m 755 /etc/systemd/system/bird.service.d
cat >{UNIT} <<'END'
[Service]
ExecStartPre=-/usr/sbin/runuser -u {user} -- env SSH_ORIGINAL_COMMAND=status {AGENT} {AGENT_CONF}
END
systemctl daemon-reload </dev/null
systemctl enable --now bird </dev/null
[ -z "${{changed-}}" ] || birdc configure </dev/null

echo 'prepared; now run: ztix route-server check {name}' >&2
"""
