#!/usr/bin/env bash
# Brings the PublicAPI.Unshipped.txt files up to date with what is public, so that a change of the public face is seen in review.
#
#   src/public-api.sh               all projects
#   src/public-api.sh PROJECT…      some and what they reference, for example BerOfChat.Sdk
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ $# -gt 0 ] || set -- BerOfChat.*/

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in "$@"; do
  dotnet build "${project%/}" -v q -nologo -p:TreatWarningsAsErrors=false >>"$log" || { grep ' error ' "$log" | sort -u >&2; exit 1; }
done

# RS0016: public, but not in the file. RS0017: in the file, but not public any more.
sort -u "$log" | sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared.*\[\(.*\)\/[^/]*\]$/\2\t\1/p" | while IFS=$'\t' read -r folder symbol; do
  printf '%s\n' "$symbol" >>"$folder/PublicAPI.Unshipped.txt"
done
sort -u "$log" | sed -n "s/.*RS0017: Symbol '\(.*\)' is part of the declared.*\[\(.*\)\/[^/]*\]$/\2\t\1/p" | while IFS=$'\t' read -r folder symbol; do
  kept=$(grep -vxF -- "$symbol" "$folder/PublicAPI.Unshipped.txt") && printf "%s\n" "$kept" >"$folder/PublicAPI.Unshipped.txt"
done
for project in BerOfChat.*/; do
  { echo '#nullable enable'; grep -v '^#' "$project/PublicAPI.Unshipped.txt" | LC_ALL=C sort -u; } >"$log"
  cp "$log" "$project/PublicAPI.Unshipped.txt"
done
