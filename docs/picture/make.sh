#!/usr/bin/env bash
# Makes two-terminals.svg, the picture in the README, from a real run: two people in two terminals, one of them killed and back again.
# Running it again gives the same picture but for keys, addresses and times. Needs tmux and a build of samples/ConsoleChat.
#
#   docs/picture/make.sh [FILE.svg]
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$(realpath "${1:-$here/two-terminals.svg}")
cd "$here/../.."
command -v tmux >/dev/null || { echo "tmux is missing: apt-get install tmux" >&2; exit 1; }

home=$(mktemp -d)
terminals=(tmux -L "berofchat-picture-$$" -f /dev/null)
trap '"${terminals[@]}" kill-server 2>/dev/null || true; rm -rf "$home"' EXIT
shell="env -i HOME=$HOME PATH=$PATH LANG=C.UTF-8 TERM=screen-256color XDG_DATA_HOME=$home DOTNET_NOLOGO=1 PS1='\$ ' bash --noprofile --norc"

open_terminal() { "${terminals[@]}" new-session -d -s "$1" -x 100 -y "$2" "$shell"; "${terminals[@]}" set -t "$1" status off; }
shown() { "${terminals[@]}" capture-pane -p -J -S - -t "=$1:"; }
type_line() { "${terminals[@]}" send-keys -t "=$1:" -l "$2"; "${terminals[@]}" send-keys -t "=$1:" Enter; }

# Waits until a terminal has shown a text so many times.
wait_for() {
    for _ in $(seq 600); do
        [ "$(shown "$1" | grep -cF -- "$2")" -lt "${3:-1}" ] || return 0
        sleep 0.2
    done
    echo "Terminal $1 never showed: $2" >&2
    shown "$1" >&2
    exit 1
}

open_terminal alice 26
open_terminal bob 26
start='dotnet run --no-build --project samples/ConsoleChat'
type_line alice "$start"
wait_for alice 'Choose a password'
type_line alice 'correct horse battery staple'
wait_for alice 'Once more'
type_line alice 'correct horse battery staple'
wait_for alice 'Waiting for somebody'
invite=$(shown alice | grep -o 'berofchat:join#[A-Za-z0-9_-]*' | head -1)

"${terminals[@]}" send-keys -t '=bob:' -l "$start -- join '$invite' --profile bob"
"${terminals[@]}" send-keys -t '=bob:' Enter
wait_for bob 'Choose a password'
type_line bob ''
wait_for bob 'Ready'
type_line bob 'Hi! Does this go straight from your machine to mine?'
wait_for alice 'straight from'
type_line alice 'Straight, and sealed. No server has seen a word of it:'
wait_for bob 'No server'
type_line alice '/who'
wait_for alice 'host to host'

# The hard way, as a power cut would.
kill -9 "$(pgrep -f "ConsoleChat join $invite")"
wait_for alice 'is away'
type_line alice 'You are gone. This waits until you are back.'
wait_for alice 'This waits'
type_line bob "stty sane; clear"        # a killed program leaves the terminal as it was using it
type_line bob "$start -- --profile bob"
wait_for bob 'Password of profile bob'
type_line bob ''
wait_for bob 'This waits'
type_line bob 'Back, and everything is here, once.'
wait_for alice 'Back, and'
wait_for bob '✓✓ you: Back, and'
wait_for alice '✓✓ you: You are gone'

{
    echo "@ Alice"
    "${terminals[@]}" capture-pane -p -e -t '=alice:'
    echo "@ Bob, after kill -9"
    "${terminals[@]}" capture-pane -p -e -t '=bob:'
} | LC_ALL=C awk -f "$here/render.awk" >"$output"
echo "Wrote $output"
