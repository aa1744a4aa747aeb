# Sourced by every measurement: a server on a store of its own, what is asked of it, and how figures are told.
#
# Whatever is started in the background ends with the script, however that ends: `tied` asks the system for it.

export LC_ALL=C # points in numbers
work=$(mktemp -d)
server=
url=

finish() {
    local pid
    for pid in $(jobs -p); do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# tied COMMAND...: for the background only, since it takes the shell's place.
tied() { exec setpriv --pdeathsig TERM "$@"; }

# start NAME [VARIABLE=VALUE...]: a server on that store, at $url.
start() {
    local name=$1 asked
    shift
    : >"$work/$name.out"
    asked=$(now_ms)
    tied env "$@" dist/raceway serve --listen 127.0.0.1:0 --data "$work/$name" >"$work/$name.out" 2>"$work/$name.log" &
    server=$!
    for _ in $(seq 1000); do
        url=$(sed -n 's/^listening on //p' "$work/$name.out")
        if [ -n "$url" ]; then
            start_ms=$(($(now_ms) - asked))
            return
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.02
    done
    die "the server did not start: $(cat "$work/$name.log")"
}

stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

rss_mb() { awk '/^RssAnon/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status"; }

# Milliseconds of processor time that the server has used.
cpu_ms() { awk -v ticks="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / ticks) }' "/proc/$server/stat"; }

# is_idle MS: whether the server uses less than a tenth of a core for so long.
is_idle() {
    local before
    before=$(cpu_ms)
    sleep "$(awk -v ms="$1" 'BEGIN { print ms / 1000 }')"
    [ $((($(cpu_ms) - before) * 10)) -lt "$1" ]
}

# Waits until the server rests: compaction and the follower of findings have caught up. Two minutes at most.
quiet() {
    local tries
    # Compaction looks every two seconds.
    for tries in $(seq 40); do is_idle 3000 && return; done
    say "the server is still busy after two minutes; measuring all the same"
}

# get PATH: one answer.
get() { curl -sS --fail --max-time 100 "$url$1"; }

# json EXPRESSION: of the object `r` on standard input.
json() { node -p "const r = JSON.parse(require('fs').readFileSync(0)); $1"; }

# largest_traces COUNT: their ids; of stores with few traces.
largest_traces() {
    get "/api/traces?page_size=200" |
        json "r.data.traces.sort((a, b) => b.event_count - a.event_count).slice(0, $1).map(t => t.trace_id).join('\n')"
}

# percentile PERCENT: of numbers, one a line, by the nearest rank; none of none.
percentile() {
    awk NF | sort -g | awk -v p="$1" '{ v[NR] = $1 } END { n = NR * p / 100; i = n == int(n) ? n : int(n) + 1; if (NR) print v[i < 1 ? 1 : i] }'
}

# line WHAT VALUE UNIT at-most|at-least BUDGET [NOTE]
line() {
    local verdict
    verdict=$(awk -v v="$2" -v b="$5" -v how="$4" \
        'BEGIN { print (v == "" ? "not measured" : (how == "at-most" ? v <= b : v >= b) ? "ok" : "over") }')
    printf '%-66s %10s %-9s %s %s: %s%s\n' "$1" "$2" "$3" "${4/-/ }" "$5" "$verdict" "${6:+   ($6)}"
}

# note WHAT VALUE UNIT [NOTE]: a figure without a budget.
note() { printf '%-66s %10s %-9s%s\n' "$1" "$2" "$3" "${4:+ ($4)}"; }

# Two hundred different lists each, full ones in a store of 3,000 traces too: what is kept of one serves no other.
pages="/api/traces?page=[1-50]&page_size=[47-50]"
searches="/api/traces?q=[0-9]&page_size=[31-50]"

# times PATH [COUNT]: milliseconds of that many requests (200), one after another on one connection; of those that
# were answered. A path with a range in brackets is that many resources.
times() {
    local path=$1
    case $path in
    *\[*) ;;
    *\?*) path="$path&try=[1-${2:-200}]" ;;
    *) path="$path?try=[1-${2:-200}]" ;;
    esac
    # The limit is of the whole: of what is too slow there are fewer times.
    { timeout 120 curl -s --max-time 30 -o /dev/null -w '%{http_code} %{time_total}\n' "$url$path" || true; } |
        awk '$1 == 200 { printf "%.2f\n", 1000 * $2 }'
}

# reads LABEL PATH BUDGET: the 95th percentile of 200 requests, in milliseconds.
reads() { tell_reads "$1, 95th percentile" "$(times "$2")" "$3"; }

# after_commits LABEL PATH BUDGET: the same, each request after one more event.
after_commits() { tell_reads "$1, after a commit each, 95th percentile" "$(node scripts/bench/live.mjs "$url" "$2")" "$3"; }

# tell_reads WHAT TIMES BUDGET
tell_reads() {
    local n notes=
    n=$(awk NF <<<"$2" | wc -l)
    [ "$n" = 200 ] || notes="only $n of 200 were answered"
    # What the same machine needs for the plainest read there is; see reads.sh.
    if [ -z "$notes" ] && [ -n "${floor_ms:-}" ]; then
        notes=$(percentile 50 <<<"$2" | awk -v f="$floor_ms" '{ printf "the median is %.1f SQLite reads", $1 / f }')
    fi
    line "$1" "$(percentile 95 <<<"$2")" ms at-most "$3" "$notes"
}
