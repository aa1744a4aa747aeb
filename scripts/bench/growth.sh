# Whether lists and the dashboard stay as quick while a store grows a hundredfold. Takes some minutes and 2 GB; for
# BENCH_GROWTH=1 only, or when it is named.

# Medians: a ratio of two tails would be one of two noises.
grown=()
measure() {
    quiet
    local page paged searched dashboard
    page=$(node scripts/bench/live.mjs "$url" "/api/traces?page_size=50" | percentile 50)
    paged=$(times "$pages" | percentile 50)
    searched=$(times "$searches" | percentile 50)
    dashboard=$(node scripts/bench/live.mjs "$url" /api/dashboard | percentile 50)
    grown+=("$page $paged $searched $dashboard")
    note "$1 events: a page, 200 pages, 200 searches, the dashboard" "" ms "${grown[-1]}"
}

start growth
fill --seed 11 --events 100000
measure "100 k"
fill --seed 12 --events 900000
measure "1 M"
# A million at a time: the generator keeps in memory what it sends.
for seed in $(seq 21 29); do fill --seed "$seed" --events 1000000; done
measure "10 M"
what=("traces, the first page after a commit" "traces, 200 different pages" "traces, 200 different searches" "dashboard after a commit")
for column in 0 1 2 3; do
    ratio() { awk -v c=$((column + 1)) 'NR == 1 { small = $c } END { printf "%.2f", $c / small }'; }
    line "${what[column]}: 1 M events against 100 k" "$(printf '%s\n' "${grown[@]:0:2}" | ratio)" times at-most 1.5
    line "${what[column]}: 10 M events against 100 k" "$(printf '%s\n' "${grown[0]}" "${grown[2]}" | ratio)" times at-most 1.5
done
stop
start growth
line "restart with 10 M events" "$start_ms" ms at-most 2000
followed=$(node scripts/bench/follow.mjs "$url")
note "  from then on until its findings are of the whole store" "$followed" ms
stop
rm -rf "$work/growth"
