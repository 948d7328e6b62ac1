#!/usr/bin/env bash
# Writes what is public into the PublicAPI.Unshipped.txt files, so that a change of the public face is seen in review.
#
#   src/public-api.sh               all projects
#   src/public-api.sh PROJECT…      some, for example BerOfChat.Sdk
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ $# -gt 0 ] || set -- BerOfChat.*/
for project in "$@"; do
  project=${project%/}
  echo '#nullable enable' >"$project/PublicAPI.Unshipped.txt"
  dotnet format analyzers "$project/$project.csproj" --diagnostics RS0016 --severity warn --include "$project/"
done
