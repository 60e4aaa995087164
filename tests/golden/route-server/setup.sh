#!/bin/sh
# Prepares the machine of route server `rs1`, a Debian with sshd. Run it there as root:
#     ztix route-server setup rs1 --key KEY.pub | ssh root@HOST sh
# A second run changes nothing. `ztix route-server check rs1` tells what is missing.
set -eu
umask 022

# 1. BIRD. What else the agent needs is on every Debian.
[ -x /usr/sbin/bird ] || DEBIAN_FRONTEND=noninteractive apt-get install --yes bird2 </dev/null

# What runs already is not thrown away unasked.
if grep -Eqs '^[[:space:]]*protocol[[:space:]]+bgp' /etc/bird/bird.conf; then
  echo '/etc/bird/bird.conf has BGP sessions of its own; move them away first' >&2
  exit 1
fi

# 2. The account. No password, no sudo; BIRD's group opens the control socket. Its home is root's.
getent passwd ztix >/dev/null ||
  useradd --system --password '*' --no-create-home --home-dir /var/lib/ztix --shell /bin/sh ztix
usermod --append --groups bird ztix

# 3. The agent and its settings, which the account can read and not change.
install -d -m 755 /usr/local/bin /etc/ztix
cat >/usr/local/bin/ztix-agent.new <<'END-OF-ZTIX-AGENT'
the agent's text
END-OF-ZTIX-AGENT
chmod 755 /usr/local/bin/ztix-agent.new
mv /usr/local/bin/ztix-agent.new /usr/local/bin/ztix-agent
cat >/etc/ztix/agent.conf <<'END'
conf /etc/bird/ztix/bird.conf
control /run/bird/bird.ctl
state /var/lib/ztix/state
END

# 4. The key, which runs the agent and nothing else.
install -d -m 755 /var/lib/ztix /var/lib/ztix/.ssh
cat >/var/lib/ztix/.ssh/authorized_keys <<'END'
restrict,command="/usr/local/bin/ztix-agent /etc/ztix/agent.conf" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbbII4StcherZVLfo42zAwQ0zXVjtJqMtaqnwveeXRR
END
install -d -o ztix -g bird -m 700 /var/lib/ztix/state

# 5. The folder that the account writes, a first configuration without sessions, and a place for passwords.
install -d -o ztix -g bird -m 2750 /etc/bird/ztix
install -d -o root -g bird -m 750 /etc/bird/ztix/secrets
if [ ! -s /etc/bird/ztix/bird.conf ]; then
  cat >/etc/bird/ztix/bird.conf <<'END'
router id 192.0.2.1;
protocol device { }
# end of configuration
END
  chown ztix:bird /etc/bird/ztix/bird.conf
  chmod 640 /etc/bird/ztix/bird.conf
fi

# 6. BIRD starts with that configuration. The file that it had is kept beside it.
if [ "$(grep -Ev '^[[:space:]]*(#|$)' /etc/bird/bird.conf 2>/dev/null)" != 'include "/etc/bird/ztix/bird.conf";' ]; then
  [ ! -e /etc/bird/bird.conf ] || cp -p /etc/bird/bird.conf /etc/bird/bird.conf.before-ztix
  printf '%s\n' '# All of it comes from git; ztix writes the file that is included here.' 'include "/etc/bird/ztix/bird.conf";' >/etc/bird/bird.conf
  changed=yes
fi

# 7. Where the machine goes down in the middle of a rollout, the file is put back before BIRD starts.
install -d -m 755 /etc/systemd/system/bird.service.d
cat >/etc/systemd/system/bird.service.d/ztix.conf <<'END'
[Service]
ExecStartPre=-/usr/sbin/runuser -u ztix -- env SSH_ORIGINAL_COMMAND=status /usr/local/bin/ztix-agent /etc/ztix/agent.conf
END
systemctl daemon-reload </dev/null
systemctl enable --now bird </dev/null
[ -z "${changed-}" ] || birdc configure </dev/null

echo 'prepared; now run: ztix route-server check rs1' >&2
