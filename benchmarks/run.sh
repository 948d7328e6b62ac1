#!/usr/bin/env bash
# Measures everything and writes docs/benchmarks.md. Takes about forty-five minutes; let the machine do nothing else meanwhile.
#
#   benchmarks/run.sh                 five rounds of two seconds for each comparison
#   benchmarks/run.sh --rounds 9      more rounds, narrower medians
#
# Needs the .NET SDK, Node.js 20, iproute2 and unshare; Chromium is measured where it is installed. All traffic stays in a network namespace of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in
  "" | --rounds | --seconds) ;;
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "There is no option $1; see benchmarks/run.sh --help." >&2; exit 2 ;;
esac
for program in dotnet node npm ip unshare; do
  command -v "$program" >/dev/null || { echo "$program is not installed." >&2; exit 2; }
done
results=artifacts/benchmarks
mkdir -p "$results"
load=$(cut -d ' ' -f 1 /proc/loadavg)

dotnet build benchmarks/BerOfChat.WebRtc.Throughput --configuration Release --verbosity quiet -nologo
dotnet build benchmarks/BerOfChat.Benchmarks --configuration Release --verbosity quiet -nologo
npm ci --prefix benchmarks/peers --no-fund --no-audit --loglevel error

# Loopback, and one address for those that do not use loopback. Nothing is at the other end of the default route; Chromium wants to see one.
# Root needs no namespace of users, in which Chromium could lower the priority of its renderers but not raise it again.
as=$([ "$(id -u)" -eq 0 ] || echo --map-root-user)
unshare --net $as bash -euc '
  ip link set lo up
  ip link add berofchat0 type veth peer name berofchat1
  ip address add 198.18.0.1/24 dev berofchat0
  ip link set berofchat0 up
  ip link set berofchat1 up
  ip route add default dev berofchat0
  exec "$@"' - node benchmarks/peers/compare.js --save "$results/peers.json" "$@"

rm -rf "$results/results"
dotnet benchmarks/BerOfChat.Benchmarks/bin/Release/net10.0/BerOfChat.Benchmarks.dll --filter '*' --artifacts "$results" >"$results/benchmarks.log" \
  || { tail -20 "$results/benchmarks.log"; exit 1; }
node benchmarks/peers/report.js "$results" "$load"
