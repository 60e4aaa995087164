# AS64500 at test-ix: sessions of the node fra1 (000000000a) with the route servers, AS64496.
# For routeros, made by `ztix router-config`. Where FILL_IN stands in a line that is no comment, the router refuses
# that line until you have written what is asked for.
#
# Once, on this machine, as its administrator:
#   zerotier-cli join FILL_IN_NETWORK_ID
#   zerotier-cli set FILL_IN_NETWORK_ID allowGlobal=1
# The node then has, with an MTU of 2800:
#   192.0.2.10/24
#   2001:db8:64:96::a/64
#
# NOTE: all paths (RFC 7911) are left out, so one path to each prefix will arrive.
#
# For RouterOS 7.20 and later. ZeroTier is a package of it; what the commands above do is there:
#   /zerotier/interface/add name=test-ix instance=zt1 network=... allow-managed=yes allow-global=yes allow-default=no
# Read this file in with /import. A chain of an earlier one stays: remove it before, as by
#   /routing/filter/rule/remove [find chain~"^test-ix-"]

/routing/filter/rule
# Refused from everybody: lengths outside of 8 to 28, so the default route too; bogons; the LAN itself.
add chain=test-ix-in rule="if (dst in 0.0.0.0/0 && dst-len in 0-7) { reject }"
add chain=test-ix-in rule="if (dst in 0.0.0.0/0 && dst-len in 29-32) { reject }"
add chain=test-ix-in rule="if (dst in 0.0.0.0/8) { reject }"
add chain=test-ix-in rule="if (dst in 10.0.0.0/8) { reject }"
add chain=test-ix-in rule="if (dst in 100.64.0.0/10) { reject }"
add chain=test-ix-in rule="if (dst in 127.0.0.0/8) { reject }"
add chain=test-ix-in rule="if (dst in 169.254.0.0/16) { reject }"
add chain=test-ix-in rule="if (dst in 172.16.0.0/12) { reject }"
add chain=test-ix-in rule="if (dst in 192.0.0.0/24) { reject }"
add chain=test-ix-in rule="if (dst in 192.0.2.0/24) { reject }"
add chain=test-ix-in rule="if (dst in 192.168.0.0/16) { reject }"
add chain=test-ix-in rule="if (dst in 198.18.0.0/15) { reject }"
add chain=test-ix-in rule="if (dst in 224.0.0.0/3) { reject }"
# Yours: nobody else brings them here.
add chain=test-ix-in rule="if (dst in 198.51.100.0/24) { reject }"
# Refused from everybody: lengths outside of 16 to 48, so the default route too; bogons; the LAN itself.
add chain=test-ix-in rule="if (dst in ::/0 && dst-len in 0-15) { reject }"
add chain=test-ix-in rule="if (dst in ::/0 && dst-len in 49-128) { reject }"
add chain=test-ix-in rule="if (dst in ::/3) { reject }"
add chain=test-ix-in rule="if (dst in 2001:2::/48) { reject }"
add chain=test-ix-in rule="if (dst in 2001:10::/28) { reject }"
add chain=test-ix-in rule="if (dst in 2002::/16) { reject }"
add chain=test-ix-in rule="if (dst in 3ffe::/16) { reject }"
add chain=test-ix-in rule="if (dst in 3fff::/20) { reject }"
add chain=test-ix-in rule="if (dst in 4000::/2) { reject }"
add chain=test-ix-in rule="if (dst in 8000::/1) { reject }"
# Yours: nobody else brings them here.
add chain=test-ix-in rule="if (dst in 2001:db8:4500::/48) { reject }"
# Graceful shutdown (RFC 8326). What is left is taken.
add chain=test-ix-in rule="if (bgp-communities includes 65535:0) { set bgp-local-pref 0 }"
add chain=test-ix-in rule="accept"
# What is announced, and nothing else: what the exchange knows of AS64500:AS-ALL.
add chain=test-ix-out rule="if (dst in 198.51.100.0/24 && dst-len == 24) { jump test-ix-ours }"
add chain=test-ix-out rule="if (dst in 198.51.100.0/25 && dst-len in 25-28) { jump test-ix-ours }"
add chain=test-ix-out rule="if (dst in 203.0.113.0/24 && dst-len in 26-27) { jump test-ix-ours }"
# What is announced, and nothing else: what the exchange knows of AS64500:AS-ALL.
add chain=test-ix-out rule="if (dst in 2001:db8:4500::/44 && dst-len in 44-48) { jump test-ix-ours }"
add chain=test-ix-out rule="reject"
# Whose routes are announced: those that begin here, and those of the AS numbers of your AS-SETs.
add chain=test-ix-ours rule="if (bgp-path-len == 0) { accept }"
add chain=test-ix-ours rule="if (bgp-as-path ^64505) { accept }"
add chain=test-ix-ours rule="if (bgp-as-path ^64506) { accept }"
add chain=test-ix-ours rule="reject"

/routing/bgp/instance
add name=test-ix as=64500 router-id=192.0.2.10
# Where your prefixes come from is yours to say: those of this list that are in the routing table go to the filters.
# /ip/firewall/address-list/add list=test-ix address=198.51.100.0/24
# /ipv6/firewall/address-list/add list=test-ix address=2001:db8:4500::/48
/routing/bgp/connection
add name=test-ix-rs1-ipv4 instance=test-ix \
    local.address=192.0.2.10 local.role=ebgp-rs-client \
    remote.address=192.0.2.1 remote.as=64496 multihop=no connect=yes listen=no \
    afi=ip \
    input.limit-process-routes-ipv4=1000 \
    local.ttl=255 remote.ttl=255 \
    use-bfd=yes \
    input.filter=test-ix-in output.filter-chain=test-ix-out \
    output.network=test-ix nexthop-choice=force-self
add name=test-ix-rs1-ipv6 instance=test-ix \
    local.address=2001:db8:64:96::a local.role=ebgp-rs-client \
    remote.address=2001:db8:64:96::1 remote.as=64496 multihop=no connect=yes listen=no \
    afi=ipv6 \
    input.limit-process-routes-ipv6=1000 \
    local.ttl=255 remote.ttl=255 \
    use-bfd=yes \
    input.filter=test-ix-in output.filter-chain=test-ix-out \
    output.network=test-ix nexthop-choice=force-self
add name=test-ix-rs2-ipv4 instance=test-ix \
    local.address=192.0.2.10 local.role=ebgp-rs-client \
    remote.address=192.0.2.2 remote.as=64496 multihop=no connect=yes listen=no \
    afi=ip \
    input.limit-process-routes-ipv4=1000 \
    local.ttl=255 remote.ttl=255 \
    use-bfd=yes \
    input.filter=test-ix-in output.filter-chain=test-ix-out \
    output.network=test-ix nexthop-choice=force-self
add name=test-ix-rs2-ipv6 instance=test-ix \
    local.address=2001:db8:64:96::a local.role=ebgp-rs-client \
    remote.address=2001:db8:64:96::2 remote.as=64496 multihop=no connect=yes listen=no \
    afi=ipv6 \
    input.limit-process-routes-ipv6=1000 \
    local.ttl=255 remote.ttl=255 \
    use-bfd=yes \
    input.filter=test-ix-in output.filter-chain=test-ix-out \
    output.network=test-ix nexthop-choice=force-self

# Communities to put on what you announce; PEER is another member's AS number. The route servers heed them and take
# them off. `ztix explain` and docs/communities.md tell more.
#   64496:0:PEER or 0:PEER: not announced to this AS
#   64496:0:0 or 0:64496: announced to nobody, save to those that 64496:1:PEER names
#   64496:1:PEER or 64496:PEER: announced to this AS, although to nobody else
#   64496:64496: announced to all, as without it
#   64496:101:PEER or 65501:PEER: towards this AS, your AS number is prepended once
#   64496:101:0: towards all, your AS number is prepended once
#   64496:102:PEER or 65502:PEER: towards this AS, your AS number is prepended twice
#   64496:102:0: towards all, your AS number is prepended twice
#   64496:103:PEER or 65503:PEER: towards this AS, your AS number is prepended three times
#   64496:103:0: towards all, your AS number is prepended three times
#   64496:201:PEER or 65281:PEER: towards this AS, NO_EXPORT is added
#   64496:201:0: towards all, NO_EXPORT is added
#   64496:202:PEER or 65282:PEER: towards this AS, NO_ADVERTISE is added
#   64496:202:0: towards all, NO_ADVERTISE is added
#   65535:0: GRACEFUL_SHUTDOWN: the route is the last choice everywhere (RFC 8326)
