#!/usr/bin/env bash
# Speed, memory and disk against the budgets, on a store of its own. Prints *ok* or *over* a line and
# never fails on a time: two noisy cores carry the server and the load.
#
#   BENCH_EVENTS   events of each ingest run (default 1000000)
set -euo pipefail
source "$(dirname "$0")/env.sh"

events=${BENCH_EVENTS:-1000000}
scripts/build.sh

work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=
}
trap 'stop; rm -rf "$work"' EXIT

# start NAME: a server with an empty store, at $url.
start() {
    dist/raceway serve --listen 127.0.0.1:0 --data "$work/$1" >"$work/$1.out" 2>"$work/$1.log" &
    server=$!
    for _ in $(seq 200); do
        url=$(sed -n 's/^listening on //p' "$work/$1.out")
        [ -n "$url" ] && return
        sleep 0.05
    done
    die "the server did not start: $(cat "$work/$1.log")"
}

# line WHAT VALUE UNIT at-most|at-least BUDGET
line() {
    local verdict
    verdict=$(awk -v v="$2" -v b="$5" -v how="$4" 'BEGIN { print (how == "at-most" ? v <= b : v >= b) ? "ok" : "over" }')
    printf '%-62s %12s %-9s %s %s: %s\n' "$1" "$2" "$3" "${4/-/ }" "$5" "$verdict"
}

# field NAME FILE: a number out of the load generator's JSON.
field() { node -p "const r = JSON.parse(require('fs').readFileSync('$2')); Math.round(10 * eval('r.' + '$1')) / 10"; }

rss_mb() { awk '/^RssAnon/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status"; }

# load NAME LABEL BUDGET OPTION...: one ingest run, and the most memory the server had meanwhile.
load() {
    local name=$1 label=$2 budget=$3 most=0 now
    shift 3
    dist/raceway load --url "$url" --json --seed 1 "$@" >"$work/$name.json" 2>/dev/null &
    local loader=$!
    while kill -0 "$loader" 2>/dev/null; do
        now=$(rss_mb)
        [ "$now" -le "$most" ] || most=$now
        sleep 0.2
    done
    wait "$loader" || die "the load generator failed: $(cat "$work/$name.json")"
    line "$label" "$(field events_per_second "$work/$name.json")" events/s at-least "$budget"
    line "  99th percentile of a request" "$(field latency_ms.p99 "$work/$name.json")" ms at-most 200
    line "  lost" "$(field lost "$work/$name.json")" events at-most 0
    line "  memory of the server, highest" "$most" MB at-most 400
}

# reads LABEL PATH BUDGET: 95th percentile of 200 requests on one connection, in milliseconds.
reads() {
    local p95
    p95=$(curl -s -o /dev/null -w '%{time_total}\n' "$url$2$(case $2 in *\?*) echo '&' ;; *) echo '?' ;; esac)try=[1-200]" |
        sort -n | awk '{ t[NR] = $1 } END { printf "%.1f", 1000 * t[int(NR * 0.95)] }')
    line "$1, 95th percentile" "$p95" ms at-most "$3"
}

all_reads() {
    local small
    small=$(curl -s "$url/api/traces?page_size=1" | node -p "JSON.parse(require('fs').readFileSync(0)).data.traces[0].trace_id")
    reads "/status" /status 5
    reads "traces, a page of 50" "/api/traces?page_size=50" 20
    reads "traces of one search" "/api/traces?page_size=50&q=a" 20
    reads "dashboard" /api/dashboard 20
    reads "services" /api/services 20
    reads "services' health" /api/services/health 20
    reads "service edges" /api/distributed/edges 20
    reads "a small trace" "/api/traces/$small" 10
}

say "the machine: $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"

start small
load small "ingest 100 000 events, 30 traces a batch" 60000 --events 100000
all_reads
stop

start many
load many "ingest $events events, 30 traces a batch" 60000 --events "$events"
all_reads
line "memory of the server, afterwards" "$(rss_mb)" MB at-most 400
sleep 10 # compaction
stop
line "disk, after compaction" "$(du -sb "$work/many" | awk -v n="$events" '{ printf "%.0f", $1 / n }')" B/event at-most 100
started=$(date +%s%N)
start many
line "restart of that store" "$((($(date +%s%N) - started) / 1000000))" ms at-most 2000
stop
rm -rf "$work/many"

start wide
load wide "ingest $((events / 4)) events, 1000 traces a batch" 30000 --events "$((events / 4))" --traces-per-batch 1000
stop
# A new process remembers none of those traces.
start wide
load late "late events to $((events / 4)) cold traces" 5000 --events "$((events / 4))" --traces-per-batch 1000 --late
stop
rm -rf "$work/wide"

start again
load again "ingest 200000 events" 60000 --events 200000
fresh=$(field events_per_second "$work/again.json")
load resend "the same 200000 events again" "$(awk -v f="$fresh" 'BEGIN { printf "%.0f", f / 2 }')" --events 200000
line "  new among them" "$(field acknowledged-r.duplicates "$work/resend.json")" events at-most 0
stop
rm -rf "$work/again"

start long
load long "ingest $events events of one trace" 60000 --events "$events" --traces 1
trace=$(curl -s "$url/api/traces?page_size=1" | node -p "JSON.parse(require('fs').readFileSync(0)).data.traces[0].trace_id")
cold=$(curl -s -o /dev/null -w '%{time_total}' "$url/api/traces/$trace/window?offset=0&count=100")
line "first window of that trace, cold" "$(awk -v s="$cold" 'BEGIN { printf "%.0f", 1000 * s }')" ms at-most 1000
reads "its first window, warm" "/api/traces/$trace/window?offset=0&count=100" 50
reads "a window in its middle" "/api/traces/$trace/window?offset=$((events / 2))&count=100" 20
stop
start long
late=$(dist/raceway load --url "$url" --json --seed 1 --late --events 1 --traces 1 2>/dev/null | node -p "JSON.parse(require('fs').readFileSync(0)).latency_ms.max")
line "a late event to that trace, cold" "$late" ms at-most 200
stop

start ten
load ten "ingest one trace of 10 000 events" 0 --events 10000 --traces 1
trace=$(curl -s "$url/api/traces?page_size=1" | node -p "JSON.parse(require('fs').readFileSync(0)).data.traces[0].trace_id")
reads "that trace as one JSON answer" "/api/traces/$trace" 150
stop

say "ratios: decoding against serde_json, blocks against zstd"
cargo run --quiet --release --package raceway-model --features ingest --example decode_bench
cargo run --quiet --release --package raceway-store --example codec_bench
say "engines, on one core"
engine() { cargo run --quiet --release --package raceway-analysis --example "$@"; }
engine clock_bench
engine causal_bench
engine path_bench
engine reach_bench -- --random 100000

say "measured; the browser's figures are printed by 'make test'"
