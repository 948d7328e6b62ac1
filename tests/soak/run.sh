#!/usr/bin/env bash
# Four processes chat, and one of them at a time is killed at random (kill -9) and started again. Ends with a verdict: exit code 0 when nothing that was
# durable is lost, nothing is there twice, and all four files show the same order.
#
#   tests/soak/run.sh [MINUTES] [SEED]     10 minutes and a random seed without; the seed repeats the choices, not the timing
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")"
dotnet build -v quiet -nologo
exec dotnet run --no-build -- "$@"
