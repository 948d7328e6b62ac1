#!/usr/bin/env bash
# What a transfer gets of a line of 100 Mbit/s, alone and beside one TCP flow. The sender, a router and the receiver are three network namespaces;
# the router lets no more than that pass either way (tc tbf).
#
#   benchmarks/limited/run.sh                           100 Mbit/s, a queue of 50 ms, 10 seconds each
#   benchmarks/limited/run.sh --rate 20 --queue 200     another line: Mbit/s, milliseconds
#   benchmarks/limited/run.sh --seconds 30              longer
#   benchmarks/limited/run.sh --direct                  no router: sender and receiver themselves have the limit
#
# Without a router a TCP flow gets little beside any other, probably because Linux lets it keep no more than a millisecond in a queue of its own machine (TCP small queues).
# Needs root, the .NET SDK, iproute2 and iperf3. Nothing leaves the namespaces, and they go away at the end.
# Counted from outside, by the kernel: bytes, packets and drops of the limit, all headers included, and what the TCP flow has delivered.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
rate=100 queue=50 seconds=10 direct=
while [ $# -gt 0 ]; do
  case "$1" in
    --rate | --queue | --seconds)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || { echo "$1 takes a whole number above 0." >&2; exit 2; }
      printf -v "${1#--}" '%s' "$2"
      shift 2 ;;
    --direct) direct=1; shift ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "There is no option $1; see benchmarks/limited/run.sh --help." >&2; exit 2 ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "Network namespaces need root." >&2; exit 2; }
for program in dotnet ip tc ss iperf3; do
  command -v "$program" >/dev/null || { echo "$program is not installed." >&2; exit 2; }
done

dotnet build benchmarks/BerOfChat.WebRtc.Throughput --configuration Release --verbosity quiet -nologo

near=berofchat-near-$$ router=berofchat-router-$$ far=berofchat-far-$$ work=$(mktemp -d)
clean() {
  kill $(jobs -p) 2>/dev/null || true
  for namespace in $near $router $far; do ip netns del $namespace 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean EXIT

# A burst of two packets: what passes is the rate, at every scale of time.
limit() { tc -n "$1" qdisc add dev "$2" root tbf rate "${rate}mbit" burst 4kb latency "${queue}ms"; }

for namespace in $near $router $far; do ip netns add $namespace; done
if [ -n "$direct" ]; then
  ip link add line netns $near type veth peer name line netns $far
  limit $near line
  limit $far line
  shaped="$near line"
else
  ip link add line netns $near type veth peer name near netns $router
  ip link add line netns $far type veth peer name far netns $router
  limit $router near
  limit $router far
  shaped="$router far"
  ip netns exec $router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
  ip -n $router address add 198.18.0.254/25 dev near
  ip -n $router address add 198.18.1.254/25 dev far
  ip -n $router link set near up
  ip -n $router link set far up
fi
for end in "$near 198.18.0.129" "$far 198.18.1.129"; do
  read -r namespace address <<<"$end"
  ip -n "$namespace" address add "$address/25" dev line
  ip -n "$namespace" link set line up
  if [ -n "$direct" ]; then ip -n "$namespace" route add default dev line; else ip -n "$namespace" route add default via "${address%.*}.254"; fi
done

tool="dotnet benchmarks/BerOfChat.WebRtc.Throughput/bin/Release/net10.0/BerOfChat.WebRtc.Throughput.dll"
transfer() { # seconds, file for its report
  ip netns exec $far $tool throughput --processes 2 --size 16384 --warm-up 3 --seconds "$1" --json \
    --address 198.18.1.129 --sender-address 198.18.0.129 --sender-launcher "ip netns exec $near" >"$2"
}

# Nanoseconds; bytes, packets and drops of the limit; bytes that TCP has delivered.
reading() {
  echo "$(date +%s%N) $(tc -n ${shaped% *} -s qdisc show dev ${shaped#* } | sed -n 's/.*Sent \([0-9]*\) bytes \([0-9]*\) pkt (dropped \([0-9]*\),.*/\1 \2 \3/p')" \
    "$(ip netns exec $far ss --tcp --info --no-header sport = 5201 | grep -o 'bytes_received:[0-9]*' | cut -d : -f 2 | sort -n | tail -1)"
}

echo "$rate Mbit/s both ways, a queue of $queue ms${direct:+ in the sender}; $seconds s of what flows steadily."
# Ethernet, IPv4, UDP, DTLS, SCTP and one I-DATA chunk, for each packet.
headers=$((14 + 20 + 8 + 37 + 12 + 20))
transfer "$((seconds + 2))" "$work/alone" &
pid=$!
sleep 6
before=$(reading)
sleep $((seconds - 2))
after=$(reading)
wait $pid
payload=$(grep -o '"MBps":[0-9.]*' "$work/alone" | cut -d : -f 2)
awk -v before="$before" -v after="$after" -v line="$rate" -v headers=$headers -v payload="$payload" 'BEGIN {
  split(before, b); split(after, a); wire = (a[2] - b[2]) * 1000 / (a[1] - b[1]); size = (a[2] - b[2]) / (a[3] - b[3]); room = line / 8 * (1 - headers / size)
  printf "alone: %.2f MB/s on the line, %.1f %% of it, %d packets dropped; %.2f MB/s of payload, %.1f %% of the %.2f that the headers of packets of %.0f bytes leave\n", wire, 100 * wire * 8 / line, a[4] - b[4], payload, 100 * payload / room, room, size }'

for control in $(cat /proc/sys/net/ipv4/tcp_available_congestion_control); do
  ip netns exec $far iperf3 --server --one-off >/dev/null &
  sleep 0.5
  ip netns exec $near iperf3 --client 198.18.1.129 --time $((seconds + 9)) --congestion "$control" >/dev/null &
  flow=$!
  sleep 1
  transfer $((seconds + 3)) "$work/beside" &
  pid=$!
  sleep 6
  before=$(reading)
  sleep "$seconds"
  after=$(reading)
  wait $pid $flow
  # A segment of TCP has 1,448 bytes of its stream and 66 of headers; what else has passed is ours.
  awk -v before="$before" -v after="$after" -v control="$control" 'BEGIN {
    split(before, b); split(after, a); time = a[1] - b[1]; tcp = (a[5] - b[5]) * 1514 / 1448 * 1000 / time; ours = (a[2] - b[2]) * 1000 / time - tcp
    printf "beside one TCP flow with %s: ours %.2f MB/s on the line, TCP %.2f: %.2f to 1\n", control, ours, tcp, ours / tcp }'
done
