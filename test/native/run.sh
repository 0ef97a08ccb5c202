#!/usr/bin/env bash
# The engine contract on TensorFlow's native library: `bash test/native/run.sh [FOLDER]`. Builds into FOLDER what
# build-tensorflow.sh builds and leaves it there; without FOLDER, in a temporary one that is removed.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
folder="${1:-$(mktemp -d)}"
if [ $# -eq 0 ]; then trap 'rm -rf "$folder"' EXIT; fi
bash test/native/build-tensorflow.sh "$folder"
NODE_PATH="$(cd "$folder" && pwd)/node_modules" vitest run --config vitest.native.config.ts
