#!/usr/bin/env bash
# Pictures of every page on the demo: two themes, two sizes, in dist/screenshots; and those of the documents.
set -euo pipefail
source "$(dirname "$0")/env.sh"

scripts/setup.sh test
[ -x dist/raceway ] || scripts/build.sh
(cd end2end && npx --no-install playwright test --config screenshots.config.ts)
say "look at dist/screenshots; the pictures of the documents are renewed: docs/pictures"
