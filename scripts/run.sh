#!/usr/bin/env bash
# From a clean checkout to a running server. An empty store is filled by the demo program.
set -euo pipefail
source "$(dirname "$0")/env.sh"

listen=${RACEWAY_LISTEN:-127.0.0.1:8080}
data=${RACEWAY_DATA:-./data}

scripts/build.sh
say "starting: open http://$listen in a browser; Ctrl-C stops; the store is in $data"
exec dist/raceway serve --listen "$listen" --data "$data" --demo-if-empty
