#!/usr/bin/env bash
# Speed, memory and disk against the budgets, on stores of their own. Prints *ok* or *over* a line and never fails on
# a time: two noisy cores carry the server and the load.
#
#   scripts/bench.sh                 everything
#   scripts/bench.sh ingest users    these: see scripts/bench/
#
#   BENCH_EVENTS    events of the large stores (default 1000000)
#   BENCH_BINARY=1  measures dist/raceway as it is, without building
#   BENCH_GROWTH=1  growth to ten million events too
set -euo pipefail
source "$(dirname "$0")/env.sh"

subjects=("$@")
if [ $# = 0 ]; then
    subjects=(ingest reads long analyses users)
    [ "${BENCH_GROWTH:-}" != 1 ] || subjects+=(growth)
    subjects+=(ratios)
fi
for subject in "${subjects[@]}"; do
    case $subject in
    ingest | reads | long | analyses | users | growth | ratios) ;;
    *) die "there is no '$subject'; there are: ingest reads long analyses users growth ratios" ;;
    esac
done

events=${BENCH_EVENTS:-1000000}
if [ "${BENCH_BINARY:-}" = 1 ]; then [ -x dist/raceway ] || die "there is no dist/raceway"; else scripts/build.sh; fi
source scripts/bench/lib.sh
source scripts/bench/load.sh
source scripts/bench/stores.sh
for subject in "${subjects[@]}"; do
    say "$subject: $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"
    source "scripts/bench/$subject.sh"
done
say "measured; the browser's figures are printed by 'make test'"
