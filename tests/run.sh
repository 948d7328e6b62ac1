#!/usr/bin/env bash
# Runs the tests in Debug and Release and ends with one line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0 skipped=0 broken=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for configuration in Debug Release; do
  echo "== Build and test, $configuration =="
  dotnet test BerOfChat.Sdk.sln --configuration "$configuration" --verbosity quiet --logger 'console;verbosity=normal' >"$log" 2>&1 || broken=1
  grep -Ev '^\s+Passed |^\s*$' "$log" || true
  while read -r f p s; do
    failed=$((failed + f)) passed=$((passed + p)) skipped=$((skipped + s))
  done < <(awk '/^ *Failed: +[0-9]+$/{f=$2} /^ *Passed: +[0-9]+$/{p=$2} /^ *Skipped: +[0-9]+$/{s=$2} /^Test Run |^ *Total time/{if(p!=""||f!=""||s!=""){print f+0,p+0,s+0}; f=p=s=""}' "$log")
done

[ "$passed" -gt 0 ] || broken=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$broken" -eq 0 ] && [ "$failed" -eq 0 ]
