#!/usr/bin/env bash
# Runs every test in Debug and Release (those with Chromium in Release only) and ends with one line: N passed, N failed, N skipped.
#
#   tests/run.sh          the short size, what continuous integration runs
#   tests/run.sh --long   everything in both, ten times as many seeds, ten million inputs for each fuzz target (hours), all of tests/natlab, ten minutes of tests/soak
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  "") ;;
  --long) export BEROFCHAT_LONG=1 ;;
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "There is no option $1; see tests/run.sh --help." >&2; exit 2 ;;
esac

# The tests talk to real programs. Without them they are skipped, and the last line counts that.
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v openssl >/dev/null || missing+=(openssl)
command -v sqlite3 >/dev/null || missing+=(sqlite3)
command -v ip >/dev/null || missing+=(iproute2)
command -v turnserver >/dev/null || missing+=(coturn)
command -v nft >/dev/null || missing+=(nftables)
# Native programs are linked by a C compiler.
command -v clang >/dev/null || command -v gcc >/dev/null || missing+=(gcc libc6-dev)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "== Install ${missing[*]} =="
    { DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/berofchat-apt.log 2>&1 \
      || { tail -20 /tmp/berofchat-apt.log; echo "Could not install ${missing[*]}; tests that need them are skipped."; }
  else
    echo "Not installed, and this is not root on Debian: ${missing[*]}. Tests that need them are skipped."
  fi
fi

# A second stack to talk to: 10 MB from the npm registry, and only where Node is there already.
libdatachannel=tests/BerOfChat.Browser.Tests/LibDataChannel
if command -v npm >/dev/null; then
  [ -d $libdatachannel/node_modules ] || npm --prefix $libdatachannel ci --no-audit --no-fund --silent || echo "Could not install libdatachannel; tests against it are skipped."
else
  echo "Node is not installed: tests against libdatachannel are skipped."
fi

passed=0 failed=0 skipped=0 broken=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for configuration in Debug Release; do
  # Fuzzing runs where assertions are compiled in; packages are what is shipped: Release.
  filter=(--filter 'Category!=Packages'); [ "$configuration" = Debug ] || filter=(--filter 'Category!=Fuzz')
  echo "== Build, $configuration =="
  if ! dotnet build BerOfChat.Sdk.sln --configuration "$configuration" --verbosity quiet -nologo -p:UseSharedCompilation=false; then
    broken=1
    continue
  fi

  for project in tests/*.Tests/*.csproj; do
    # Most of that is Chromium's own time.
    [[ $project != *Browser* || $configuration = Release || ${BEROFCHAT_LONG:-} = 1 ]] || continue
    echo "== Test, $configuration: $(basename "$project" .csproj) =="
    dotnet test "$project" --no-build --configuration "$configuration" "${filter[@]}" --verbosity quiet --logger 'console;verbosity=normal' >"$log" 2>&1 || broken=1
    grep -Ev '^\s+Passed |^\s*$|xUnit.net|^Test run for|VSTest version|Starting test execution|test files matched|Copyright' "$log" || true
    while read -r f p s; do
      failed=$((failed + f)) passed=$((passed + p)) skipped=$((skipped + s))
    done < <(awk '/^ *Failed: +[0-9]+$/{f=$2} /^ *Passed: +[0-9]+$/{p=$2} /^ *Skipped: +[0-9]+$/{s=$2} /^ *Total time/{if(p!=""||f!=""||s!=""){print f+0,p+0,s+0}; f=p=s=""}' "$log")
  done
done

echo "== NAT laboratory: routers in network namespaces, and coturn =="
if [ "$(id -u)" -ne 0 ] || ! command -v nft >/dev/null || ! command -v turnserver >/dev/null; then
  echo "Skipped: it needs root, nftables and coturn."
  skipped=$((skipped + 1))
else
  tests/natlab/run.sh ${BEROFCHAT_LONG:+--long} | tee "$log"
  [ "${PIPESTATUS[0]}" -eq 0 ] || broken=1
  while read -r p f; do
    passed=$((passed + p)) failed=$((failed + f))
  done < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log")
fi

if [ "${BEROFCHAT_LONG:-}" = 1 ]; then
  echo "== Soak: four processes, one killed at random, 10 minutes =="
  tests/soak/run.sh 10 || broken=1
fi

[ "$passed" -gt 0 ] || broken=1
[ "$broken" -eq 0 ] || echo "Something did not build, failed or crashed: see above."
echo "$passed passed, $failed failed, $skipped skipped"
[ "$broken" -eq 0 ] && [ "$failed" -eq 0 ]
