#!/usr/bin/env bash
# The NAT laboratory: two peers behind routers of every kind, with Debian's coturn between them, each in a network namespace of its own. Prints which path
# was taken and how long it took. Ends with exit code 0 when everything that can connect does, by the path that it should.
#
#   tests/natlab/run.sh           the short size: a few pairs of each kind, less than 90 seconds
#   tests/natlab/run.sh --long    all pairs, also without a TURN server
#
# Needs root, the .NET SDK, iproute2, nftables, coturn and openssl. Nothing leaves the namespaces, and they go away at the end.
#
# The kinds are those of RFC 4787 in their old names: a full cone lets everybody in by an open port, an address-restricted one those addresses that were
# written to, a port-restricted one only those ports. All three map a port independently of the destination; a symmetric one maps each destination anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
long=
case "${1:-}" in
  "") ;;
  --long) long=1 ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "There is no option $1; see tests/natlab/run.sh --help." >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo "Network namespaces need root." >&2; exit 2; }
for program in dotnet ip nft turnserver openssl; do
  command -v "$program" >/dev/null || { echo "$program is not installed." >&2; exit 2; }
done

dotnet build tests/natlab --configuration Release --verbosity quiet -nologo -clp:NoSummary
tool=(dotnet tests/natlab/bin/Release/net10.0/BerOfChat.NatLab.dll)

world=lab-$$-world work=$(mktemp -d)
declare -A router=([a]=lab-$$-router-a [b]=lab-$$-router-b) peer=([a]=lab-$$-peer-a [b]=lab-$$-peer-b)
processes=()
clean() {
  kill "${processes[@]}" $(jobs -p) 2>/dev/null || true
  for namespace in $world "${router[@]}" "${peer[@]}"; do
    ip netns del "$namespace" 2>/dev/null || true
    rm -rf "/etc/netns/$namespace"
  done
  rm -rf "$work"
}
trap clean EXIT

# --- The network -------------------------------------------------------------------------------------------------------------
# world: 203.0.113.0/24, with the TURN servers .1 and .2 and the proxy .3; routers .10 and .20; behind them 192.168.1.0/24 and 192.168.2.0/24.
for namespace in $world "${router[@]}" "${peer[@]}"; do
  ip netns add "$namespace"
  ip netns exec "$namespace" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
  ip -n "$namespace" link set lo up
  # Nobody answers there; who asks is seen.
  mkdir -p "/etc/netns/$namespace"
  echo "nameserver 203.0.113.53" >"/etc/netns/$namespace/resolv.conf"
done
ip -n $world link add wan type bridge
for address in 1 2 3; do ip -n $world address add 203.0.113.$address/24 dev wan; done
ip -n $world link set wan up
# Everything else is nowhere, as private addresses are in the world: coturn ends an allocation when the system cannot send for it.
ip -n $world link add nowhere type veth peer name nobody
ip -n $world link set nobody up
ip -n $world link set nowhere arp off up
ip -n $world route add default dev nowhere
for side in a b; do
  [ $side = a ] && number=1 || number=2
  ip link add wan netns "${router[$side]}" type veth peer name "to-$side" netns $world
  ip link add lan netns "${router[$side]}" type veth peer name line netns "${peer[$side]}"
  ip -n $world link set "to-$side" master wan up
  ip -n "${router[$side]}" address add 203.0.113.${number}0/24 dev wan
  ip -n "${router[$side]}" address add 192.168.$number.1/24 dev lan
  ip -n "${router[$side]}" link set wan up
  ip -n "${router[$side]}" link set lan up
  ip netns exec "${router[$side]}" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
  ip -n "${peer[$side]}" address add 192.168.$number.2/24 dev line
  ip -n "${peer[$side]}" link set line up
  ip -n "${peer[$side]}" route add default via 192.168.$number.1
done

# --- Routers -----------------------------------------------------------------------------------------------------------------
# set_router SIDE KIND [BLOCK]: full, address, port or symmetric; BLOCK is udp, or the only port of TCP that is open.
set_router() {
  local arriving="" leaving="masquerade" passing=""
  case "$2" in
    full) arriving='iifname "wan" dnat ip to udp dport map @open' ;;
    address) arriving='iifname "wan" ip saddr . udp dport @asked dnat ip to udp dport map @open' ;;
    port) ;;
    symmetric) leaving="masquerade random,fully-random" ;;
  esac
  case "${3:-}" in
    "") ;;
    udp) passing='meta l4proto udp drop' ;;
    *) passing="tcp dport $3 accept; tcp sport $3 accept; drop" ;;
  esac
  # Whatever comes for the router itself is dropped before it counts as a connection: otherwise the port would be taken when the peer behind writes back.
  ip netns exec "${router[$1]}" nft -f - <<RULES
flush ruleset
table ip lab {
  map open { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; }
  set asked { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; }
  chain arriving { type nat hook prerouting priority dstnat; $arriving; }
  chain noted {
    type filter hook postrouting priority 90;
    oifname "wan" update @open { udp sport : ip saddr . udp sport }
    oifname "wan" update @asked { ip daddr . udp sport }
  }
  chain leaving { type nat hook postrouting priority srcnat; oifname "wan" $leaving; }
  chain passing { type filter hook forward priority filter; $passing; }
  chain own { type filter hook input priority filter; iifname "wan" meta l4proto udp drop; }
}
RULES
}

# --- Servers -----------------------------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=turn.test -addext "subjectAltName=DNS:turn.test,IP:203.0.113.1" \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
start_turn() { # address, then settings
  local name="$work/turn-$1"
  { printf '%s\n' "listening-ip=$1" "relay-ip=$1" lt-cred-mech user=lab:lab realm=lab.test fingerprint no-cli no-dtls simple-log log-file=stdout \
    "cert=$work/certificate.pem" "pkey=$work/key.pem" "pidfile=$name.pid" "userdb=$name.users"; shift; printf '%s\n' "$@"; } >"$name.conf"
  ip netns exec $world turnserver -c "$name.conf" >"$name.log" 2>&1 &
  processes+=($!)
}
start_turn 203.0.113.1 listening-port=3478 tls-listening-port=443
start_turn 203.0.113.2 listening-port=443 no-udp no-tls
ip netns exec $world "${tool[@]}" proxy 203.0.113.3:1080 turn.test=203.0.113.1:3478 >"$work/proxy.log" &
processes+=($!)
for _ in $(seq 100); do
  [ "$(ip netns exec $world ss -Htln | grep -cE '203.0.113.(1:3478|1:443|2:443|3:1080) ')" -ge 4 ] && break
  sleep 0.1
done

# --- Peers -------------------------------------------------------------------------------------------------------------------
passed=0 failed=0
# connect WHAT EXPECTED [ARGUMENTS]: EXPECTED is direct, relay or none.
connect() {
  local what=$1 expected=$2 folder line other path
  shift 2
  folder=$(mktemp -d -p "$work")
  SSL_CERT_FILE="$work/certificate.pem" ip netns exec "${peer[b]}" "${tool[@]}" peer answerer "$folder" "$@" >"$folder/b" 2>&1 &
  SSL_CERT_FILE="$work/certificate.pem" ip netns exec "${peer[a]}" "${tool[@]}" peer offerer "$folder" "$@" >"$folder/a" 2>&1 || true
  wait $! || true
  line=$(tail -1 "$folder/a") other=$(tail -1 "$folder/b")
  path=${line%% *}
  if [ "$path" = "$expected" ]; then passed=$((passed + 1)) verdict=; else failed=$((failed + 1)) verdict="  <== expected: $expected"; fi
  printf '  %-52s %s%s\n' "$what" "$line" "$verdict"
  [ -z "$verdict" ] || printf '    the other side: %s\n' "$other"
}

turn=(--server stun:203.0.113.1 turn:203.0.113.1)
every=(--server stun:203.0.113.1 turn:203.0.113.1 "turn:203.0.113.2:443?transport=tcp" "turns:203.0.113.1:443")
stun=(--server stun:203.0.113.1 --path-timeout 8)
expected() { case "$1-$2" in symmetric-symmetric | symmetric-port | port-symmetric) echo relay ;; *) echo direct ;; esac; }

if [ -n "$long" ]; then
  pairs=$(for one in full address port symmetric; do for other in full address port symmetric; do echo "$one-$other"; done; done)
else
  pairs="full-symmetric address-port port-port port-symmetric symmetric-symmetric"
fi
echo "With a TURN server:"
for pair in $pairs; do
  set_router a "${pair%-*}"
  set_router b "${pair#*-}"
  connect "${pair%-*} - ${pair#*-}" "$(expected "${pair%-*}" "${pair#*-}")" "${turn[@]}"
done
if [ -n "$long" ]; then
  echo "With a STUN server only:"
  for pair in $pairs; do
    set_router a "${pair%-*}"
    set_router b "${pair#*-}"
    path=$(expected "${pair%-*}" "${pair#*-}")
    connect "${pair%-*} - ${pair#*-}" "${path/relay/none}" "${stun[@]}"
  done
fi

echo "Through firewalls, with TURN over UDP, over TCP to port 443, and over TLS to port 443:"
set_router b port
for block in udp 443; do
  set_router a port $block
  [ $block = udp ] && what="no UDP" || what="only port 443 of TCP"
  connect "$what on one side" relay "${every[@]}"
  connect "$what on one side, only TLS offered" relay --server turns:203.0.113.1:443
done
set_router a port 443
set_router b port 443
connect "only port 443 of TCP on both sides" relay "${every[@]}"

# --- What leaves the machine -------------------------------------------------------------------------------------------------
echo "Only by relays, over TCP, through a SOCKS5 proxy that alone knows the server's name:"
for side in a b; do
  set_router $side port
  ip netns exec "${peer[$side]}" nft -f - <<'RULES'
table inet watch {
  counter proxy {}
  counter elsewhere {}
  chain leaving {
    type filter hook output priority filter;
    oifname "lo" accept
    ip daddr 203.0.113.3 tcp dport 1080 counter name "proxy" accept
    counter name "elsewhere"
  }
}
RULES
done
count() { ip netns exec "${peer[$1]}" nft list counter inet watch "$2" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
connect "relays behind the proxy" relay --relay-only --proxy socks5://203.0.113.3:1080 --server "turn:turn.test:3478?transport=tcp"
for side in a b; do
  proxied=$(count $side proxy) elsewhere=$(count $side elsewhere)
  if [ "$proxied" -gt 0 ] && [ "$elsewhere" -eq 0 ]; then passed=$((passed + 1)) verdict=; else failed=$((failed + 1)) verdict="  <== expected: none elsewhere"; fi
  printf '  %-52s %s to the proxy, %s elsewhere%s\n' "packets of peer $side" "$proxied" "$elsewhere" "$verdict"
done
# The same without the proxy, so that it is known that the watch sees what it should: at least the question for the name.
connect "the same without the proxy" none --relay-only --server "turn:turn.test:3478?transport=tcp" --path-timeout 2
elsewhere=$(count a elsewhere)
if [ "$elsewhere" -gt 0 ]; then passed=$((passed + 1)) verdict=; else failed=$((failed + 1)) verdict="  <== expected: some"; fi
printf '  %-52s %s%s\n' "packets elsewhere then" "$elsewhere" "$verdict"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
