# Speed, memory and disk of what comes in. Short runs are repeated on stores of their own; the median counts.

quarter=$((events / 4))

for _ in 1 2 3; do
    start small
    load small --events 100000
    stop
    rm -rf "$work/small"

    start wide
    load wide --events "$quarter" --traces-per-batch 1000
    stop
    # A new process remembers none of those traces.
    start wide
    load late --events "$quarter" --traces-per-batch 1000 --late
    stop
    rm -rf "$work/wide"

    start again
    load fresh --events 200000
    load resend --events 200000
    stop
    rm -rf "$work/again"

    start one
    load one --events 200000 --traces 1
    stop
    rm -rf "$work/one"
done
ingested small "ingest 100000 events, 30 traces a batch" 60000
ingested wide "ingest $quarter events, 1000 traces a batch" 30000
ingested late "late events to $quarter cold traces" 5000
ingested one "ingest 200000 events of one trace" 60000
half=$(figures fresh r.events_per_second | percentile 50 | awk '{ printf "%.0f", $1 / 2 }')
ingested resend "200000 known events again, against half of fresh ones" "$half"
line "  new among them" "$(figures resend r.acknowledged-r.duplicates | percentile 100)" events at-most 0

million
# What is younger than this is left alone by compaction.
sleep 20
quiet
stop
bytes=$(du -sb "$work/million" | cut -f1)
line "disk, after compaction" "$(awk -v b="$bytes" -v n="$events" 'BEGIN { printf "%.0f", b / n }')" B/event at-most 100
start million
line "restart of that store" "$start_ms" ms at-most 2000
stop
