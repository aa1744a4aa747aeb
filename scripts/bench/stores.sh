# Sourced: the large stores that several subjects read. Each is filled once, and filling it is a measurement.

# A million events in 30,000 traces, served at $url by a server that rests.
million() {
    if [ -d "$work/million" ]; then
        start million
        quiet
        return
    fi
    say "a store of $events events"
    start million
    load million --events "$events"
    followed=$(node scripts/bench/follow.mjs "$url")
    ingested million "ingest $events events, 30 traces a batch" 60000
    # The load generator asks for the server's count before it ends: some milliseconds that are missing here.
    line "global findings of all of it, after the last acknowledgement" "$followed" ms at-most 1000
    quiet
    line "  memory of the server, afterwards" "$(rss_mb)" MB at-most 400
}

# One trace of a million events, served at $url; its id is $trace.
long_trace() {
    if [ -d "$work/long" ]; then
        start long
    else
        say "a trace of $events events"
        start long
        load long --events "$events" --traces 1
        ingested long "ingest $events events of one trace" 60000
    fi
    quiet
    trace=$(largest_traces 1)
}
