# One trace of a million events, window by window; and one of 10,000 as a single answer.

long_trace
cold=$(times "/api/traces/$trace/window?offset=0&count=100" 1)
line "first window of that trace, cold" "$cold" ms at-most 1000
reads "its first window, warm" "/api/traces/$trace/window?offset=0&count=100" 50
reads "a window in its middle" "/api/traces/$trace/window?offset=$((events / 2))&count=100" 20
stop
start long
late=$(dist/raceway load --url "$url" --json --seed 1 --late --events 1 --traces 1 2>/dev/null | json r.latency_ms.max)
line "a late event to that trace, cold" "$late" ms at-most 200
stop

start ten
fill --seed 1 --events 10000 --traces 1
reads "a trace of 10,000 events as one JSON answer" "/api/traces/$(largest_traces 1)" 150
stop
