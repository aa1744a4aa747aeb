# Many people at once: 500 of them, a second between two requests of each, for a minute (budgets are of five).
#
#   BENCH_USERS           how many (default 500)
#   BENCH_USERS_SECONDS   for how long (default 60)

million
n_users=${BENCH_USERS:-500}
say "$n_users users for ${BENCH_USERS_SECONDS:-60} s"
node scripts/bench/users.mjs "$url" "$n_users" "${BENCH_USERS_SECONDS:-60}" >"$work/users.json"
users() { json "$1" <"$work/users.json"; }
line "$n_users users, 95th percentile of a request" "$(users r.all.p95)" ms at-most 200 "$(users '`${r.all.count} requests, ${r.per_second} a second`')"
line "  99th percentile" "$(users r.all.p99)" ms at-most 500 "$(users '`median ${r.all.p50} ms, highest ${r.all.max} ms`')"
line "  errors" "$(users r.error_percent)" percent at-most 0.1
line "  found in the caches" "$(users r.hit_percent)" percent at-least 85
note "  pages, 95th percentile" "$(users r.pages.p95)" ms "$(users '`${r.pages.count} requests`')"
note "  API, 95th percentile" "$(users r.api.p95)" ms "$(users '`${r.api.count} requests, ${r.unchanged_percent} % answered 304`')"
# In the figures above: how long the users themselves were late.
note "  delay of the users' own process, 99th percentile" "$(users r.own_delay_p99)" ms
stop
