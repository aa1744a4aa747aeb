# Sourced: runs of the load generator, and what they came to.

# load NAME OPTION...: one run against $url. Its figures, and the most memory that the server had meanwhile, are
# added to those of that name.
load() {
    local name=$1 most=0 now loader
    shift
    tied timeout 1800 dist/raceway load --url "$url" --json --seed 1 "$@" >"$work/load.json" 2>"$work/load.log" &
    loader=$!
    while kill -0 "$loader" 2>/dev/null; do
        now=$(rss_mb)
        [ "${now:-0}" -le "$most" ] || most=$now
        sleep 0.2
    done
    wait "$loader" || die "the load generator failed: $(tail -n 3 "$work/load.log"; cat "$work/load.json")"
    json "JSON.stringify({ ...r, memory_mb: $most })" <"$work/load.json" >>"$work/$name.figures"
}

# fill OPTION...: events that nobody measures.
fill() {
    tied timeout 1800 dist/raceway load --url "$url" --json "$@" >/dev/null 2>"$work/load.log" &
    wait $! || die "the load generator failed: $(tail -n 3 "$work/load.log")"
}

# figures NAME EXPRESSION: a number of each run.
figures() {
    node -e "for (const text of require('fs').readFileSync('$work/$1.figures', 'utf8').trim().split('\n')) {
        const r = JSON.parse(text); console.log(Math.round(10 * ($2)) / 10); }"
}

# runs LABEL NAME EXPRESSION UNIT at-most|at-least BUDGET: the median of the runs, beside the least and the most.
runs() {
    local all note=
    all=$(figures "$2" "$3" | sort -g)
    [ "$(wc -l <<<"$all")" = 1 ] || note="$(head -n 1 <<<"$all") to $(tail -n 1 <<<"$all"), $(wc -l <<<"$all") runs"
    line "$1" "$(percentile 50 <<<"$all")" "$4" "$5" "$6" "$note"
}

# ingested NAME LABEL BUDGET: what there is to say of every ingest.
ingested() {
    runs "$2" "$1" r.events_per_second events/s at-least "$3"
    runs "  99th percentile of a request" "$1" r.latency_ms.p99 ms at-most 200
    line "  lost, all runs" "$(figures "$1" r.lost | awk '{ n += $1 } END { print n }')" events at-most 0
    line "  memory of the server, highest" "$(figures "$1" r.memory_mb | percentile 100)" MB at-most 400
}
