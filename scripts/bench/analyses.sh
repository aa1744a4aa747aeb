# Whether the server stays at hand while it analyses its largest traces, and stops when nobody waits any more.

# Makes a new version of the long trace, of which nothing is kept. Those sent before are known, the last is new.
n_late=100
late_event() {
    n_late=$((n_late + 1))
    fill --seed 1 --late --events "$n_late" --traces 1
}

# ask PATH...: all at once; `answered` waits for them.
ask() {
    local path
    for path in "$@"; do
        tied curl -s --max-time 100 -o /dev/null -w "%{http_code} %{time_total} ${path##*/}\n" "$url$path" >>"$work/answers" &
        asked+=($!)
    done
}

answered() {
    wait "${asked[@]}" || true
    asked=()
}

linear() {
    late_event
    ask "/api/traces/$trace/findings" "/api/traces/$trace/analyze" "/api/traces/$trace/critical-path" \
        "/api/traces/$trace/performance" "/api/traces/$trace/variables" "/api/traces/$trace/overview"
    answered
}

exact() {
    late_event
    ask "/api/traces/$trace/findings?exact=true"
    answered
}

# Sixteen at a time, which is as many as the server makes at a time.
whole_traces() {
    timeout 120 curl -s --max-time 60 --parallel --parallel-max 16 -w '%{http_code} %{time_total} answers\n' \
        --config "$work/whole-traces" >>"$work/answers" 2>/dev/null || true
}

# As long as the whole traces take: the searches are left then.
everything() {
    late_event
    ask "/api/traces/$trace/findings" "/api/traces/$trace/findings?exact=true" "/api/traces/$trace/critical-path"
    whole_traces
    kill "${asked[@]}" 2>/dev/null || true
    answered
}

# Of lines `status seconds what`: the slowest of each, and how many were refused or given up by the server. What was
# left here has no status.
slowest() {
    awk '{ if ($2 > most[$3]) most[$3] = $2; if ($1 != 200 && $1 != "000") bad[$3]++ }
        END {
            for (what in most) {
                printf "%s%s %.1f s", between, what, most[what]
                if (what in bad) printf " (%d of them in vain)", bad[what]
                between = ", "
            }
        }'
}

# beside LABEL COMMAND: /health while that runs, again for three seconds at least: a 99th
# percentile needs some 500 requests.
beside() {
    local label=$1 command=$2 probe began took rounds
    : >"$work/answers"
    tied node scripts/bench/probe.mjs "$url/health" >"$work/probe" &
    probe=$!
    began=$(now_ms)
    for rounds in $(seq 30); do
        "$command"
        took=$(($(now_ms) - began))
        [ "$took" -lt 3000 ] || break
    done
    kill "$probe"
    wait "$probe" || die "/health could not be asked: $(cat "$work/probe")"
    line "/health beside $label, 99th percentile" "$(json r.p99 <"$work/probe")" ms at-most 50 \
        "$(json '`${r.count} requests, median ${r.p50} ms, highest ${r.max} ms`' <"$work/probe")"
    line "  of these not answered" "$(json r.failed <"$work/probe")" requests at-most 0
    line "  $label: given up or refused" "$(awk '$1 != 200 && $1 != "000" { n++ } END { print n + 0 }' "$work/answers")" \
        answers at-most 0
    note "  $label took" $((took / rounds)) ms "$(slowest <"$work/answers")"
    note "  memory of the server, highest since its start" "$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status")" MB
}

# leaves LABEL PATH: a client that goes away while its answer is computed; how long the server goes on.
leaves() {
    local client began
    late_event
    quiet
    tied curl -s --max-time 100 -o /dev/null "$url$2" &
    client=$!
    sleep 0.5
    if ! kill -0 "$client" 2>/dev/null; then
        note "$1: answered within 500 ms, before anyone could leave" "" ""
        return
    fi
    kill "$client"
    wait "$client" || true
    began=$(now_ms)
    if [[ $2 == *exact=true ]]; then
        # The progress is asked a hundred times at most.
        for _ in $(seq 100); do
            [ "$(get "/api/traces/$trace/findings/progress" | json r.data.running)" = true ] || break
        done
        line "$1: its progress says that it is over after" $(($(now_ms) - began)) ms at-most 1000
    fi
    # Three times, since a busy machine may just not let the server work. The beginning of that rest counts.
    for _ in $(seq 100); do is_idle 200 && is_idle 200 && is_idle 200 && break; done
    line "$1: the processor is at rest after" $(($(now_ms) - began - 600)) ms at-most 1000
}

asked=()
long_trace
fill --seed 2 --events 100000 --traces 10
for whole in $(largest_traces 11 | tail -n 10); do
    for _ in $(seq 20); do printf 'url = "%s"\noutput = /dev/null\n' "$url/api/traces/$whole"; done
done >"$work/whole-traces"
quiet

beside "near-linear analyses of $events events" linear
beside "the exact search of $events events" exact
beside "200 answers of 10,000-event traces" whole_traces
beside "all of these" everything

leaves "a client leaves the near-linear analysis" "/api/traces/$trace/findings"
leaves "a client leaves the exact search" "/api/traces/$trace/findings?exact=true"
stop

# The follower of the whole store, from nothing: a server started anew has to look at every trace again.
million
stop
start million
line "a new server on the store of $events events: listening" "$start_ms" ms at-most 2000
followed=$(node scripts/bench/follow.mjs "$url")
line "  and from then on until its findings are of the whole store" "$followed" ms at-most 1000
began=$(now_ms)
get "/api/analyze/global?no_cache=true" >"$work/global"
line "  the whole analysis with no_cache=true, when it has caught up" $(($(now_ms) - began)) ms at-most 1000
note "  of what was looked at it is" "$(json 'r.data.complete ? "complete" : "not all"' <"$work/global")" "" \
    "$(json 'r.data.notes.join("; ")' <"$work/global")"
stop
