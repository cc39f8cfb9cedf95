#!/usr/bin/env bash
# Writes requirements/*.lock: exact versions with hashes, for Python 3.11 and later on Linux (x86-64 and 64-bit ARM).
# ARGS: --upgrade takes the newest versions; without it only what must change changes.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="${VENV:-.venv}/bin/uv"

compile() { # compile OUTPUT INPUT [uv options]
    local output="$1"
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-emit-package smartstore-edge --custom-compile-command "make lock" --output-file "$output" "$@"
    echo "lock: $output"
}

# The widest set first; the others may not choose differently.
compile requirements/dev.lock pyproject.toml requirements/build.in --extra dev "$@"
for extra in demo fleet; do
    compile "requirements/$extra.lock" pyproject.toml --extra "$extra" --constraints requirements/dev.lock "$@"
done
compile requirements/runtime.lock pyproject.toml --constraints requirements/dev.lock "$@"
compile requirements/build.lock requirements/build.in --constraints requirements/dev.lock "$@"
compile requirements/vision.lock pyproject.toml --extra vision --constraints requirements/dev.lock "$@"
