#!/usr/bin/env bash
# Runs everything that needs a GPU, from a bare copy of the repository: `bash test/gpu/run.sh [--dry-run] [--out DIR]`.
# Installs and builds what is missing, then leaves DIR/gpu.json and DIR/gpu.log (DIR is gpu-results here, unless given).
# Exit code 0 when every step that could run succeeded, 1 when one failed, 3 when no GPU could be used at all.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ ! -e node_modules ]; then npm ci; fi
export PATH="$PWD/node_modules/.bin:$PATH"
if [ ! -e out/main/espalier.js ]; then electron-vite build --logLevel error; fi
exec node test/gpu/run.ts "$@"
