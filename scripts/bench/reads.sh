# Answers of a store with a million events, and of one with 100,000: at rest, and while events come in.

# The plainest read there is, for comparison: 50 rows by an index, by SQLite's own shell, which also prints them.
sqlite_floor() {
    command -v sqlite3 >/dev/null || { say "without sqlite3 there is nothing to compare reads with"; return 0; }
    local rows="SELECT t.*, s.text, o.text FROM trace AS t LEFT JOIN name AS s ON s.id = t.root_service
        LEFT JOIN name AS o ON o.id = t.root_operation ORDER BY t.ended DESC, t.key DESC LIMIT 50;"
    local database=$work/$1/raceway.db begin empty
    begin=$(now_us)
    timeout 60 sqlite3 -readonly "$database" 'SELECT 1 FROM trace LIMIT 1;' >"$work/rows"
    empty=$(($(now_us) - begin))
    begin=$(now_us)
    for _ in $(seq 1000); do echo "$rows"; done | timeout 60 sqlite3 -readonly "$database" >"$work/rows"
    floor_ms=$(awk -v us="$(($(now_us) - begin - empty))" 'BEGIN { printf "%.3f", us / 1e6 }')
    note "one indexed SQLite read of 50 traces" "$floor_ms" ms
}

now_us() { echo $(($(date +%s%N) / 1000)); }

# all_reads SUFFIX: of the server at $url.
all_reads() {
    local small
    small=$(get "/api/traces?page_size=1" | json "r.data.traces[0].trace_id")
    reads "/status$1" /status 5
    reads "traces, a page of 50$1" "/api/traces?page_size=50" 20
    reads "traces, 200 different pages$1" "$pages" 20
    reads "traces of one search$1" "/api/traces?page_size=50&q=a" 20
    reads "traces, 200 different searches$1" "$searches" 20
    reads "dashboard$1" /api/dashboard 20
    reads "services$1" /api/services 20
    reads "services' health$1" /api/services/health 20
    reads "service edges$1" /api/distributed/edges 20
    reads "hotspots$1" /api/distributed/hotspots 20
    reads "findings of the store$1" /api/races 20
    reads "races across traces$1" /api/analyze/global 20
    reads "racing variables$1" /api/distributed/global-races 20
    reads "a small trace$1" "/api/traces/$small" 10
}

# first LABEL PATH: the one answer that is made while nothing is known yet.
first() { note "the first $1 after a start" "$(times "$2" 1)" ms; }

floor_ms=

say "a store of 100000 events"
start small
fill --seed 1 --events 100000
quiet
all_reads ", 100 k events"
stop
rm -rf "$work/small"

million
sqlite_floor million
all_reads ", $events events"
reads "performance metrics, kept" /api/performance/metrics 2
reads "performance metrics, no_cache=true" "/api/performance/metrics?no_cache=true" 50
stop

say "the same while events come in"
start million
quiet
first dashboard /api/dashboard
first "findings of the store" /api/races
first "races across traces" /api/analyze/global
first "performance metrics" /api/performance/metrics
after_commits "traces, a page of 50" "/api/traces?page_size=50" 20
after_commits "dashboard" /api/dashboard 20
after_commits "services" /api/services 20
after_commits "service edges" /api/distributed/edges 20
after_commits "findings of the store" /api/races 20
stop
floor_ms=
