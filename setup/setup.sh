#!/usr/bin/env bash
# Makes ready what one target of the Makefile needs, and returns at once where that was done before.
#   setup.sh demo     the virtual environment with what `make demo` needs
#   setup.sh dev      the virtual environment with what tests, checks and benches need
#   setup.sh system   the system packages that the tests talk to (Debian, Ubuntu, Raspberry Pi OS)
#   setup.sh ui       Node and the packages with which the screens are built and tested; the demo and a store need neither
# PYTHON=python3.12 chooses an interpreter; VENV=DIR another place than .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

venv="${VENV:-.venv}"
oldest="3.11"
oldest_node=18
ui="edge/web/ui"

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

as_root() { # run a command as root, or say what to type
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo "setup: sudo $*"
        sudo "$@"
    else
        fail "this needs root; type:" "    sudo $*"
    fi
}

apt_install() { # install Debian packages; the caller looked which are missing
    command -v apt-get >/dev/null || fail "no apt-get here; install these by your system's means: $*"
    echo "setup: installing system packages: $*"
    local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    as_root "${apt[@]}" install --no-install-recommends "$@" >/dev/null 2>&1 && return
    as_root "${apt[@]}" update >/dev/null || echo "setup: apt-get update failed, going on with the known packages" >&2
    as_root "${apt[@]}" install --no-install-recommends "$@" >/dev/null || fail "could not install: $*"
}

suits() { # suits PYTHON: is it new enough?
    "$1" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$oldest'.split('.'))))" 2>/dev/null
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null && suits "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "no Python $oldest or newer found${PYTHON:+ under the name $PYTHON}." \
        "Debian 12, Raspberry Pi OS 12 and Ubuntu 24.04 have one: sudo apt install python3 python3-venv" \
        "elsewhere, install one and name it: make PYTHON=/path/to/python3.12 demo"
}

make_venv() {
    local python="$1"
    if [ -x "$venv/bin/python" ] && suits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install "$(basename "$(readlink -f "$python")")-venv"
    fi
    echo "setup: new virtual environment $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "$python could not make a virtual environment in $venv"
}

fingerprint() { # of all that decides what is installed, and of the place, as an environment cannot be moved
    { echo "$PWD/$venv" && cat "requirements/$1.lock" requirements/build.lock pyproject.toml setup/setup.sh; } | sha256sum | cut -d' ' -f1
}

setup_python() { # setup_python demo|dev
    local profile="$1" stamp="$venv/.installed-$1" print
    print="$(fingerprint "$profile")"
    if [ -x "$venv/bin/smartstore" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$print" ]; then
        return
    fi
    if [ "$profile" = demo ] && [ -x "$venv/bin/smartstore" ] && [ -f "$venv/.installed-dev" ] &&
        [ "$(cat "$venv/.installed-dev")" = "$(fingerprint dev)" ]; then
        return # the developer's environment contains the demo's
    fi
    make_venv "$(find_python)"
    echo "setup: installing the locked dependencies ($profile)"
    local -a pip=("$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input)
    "${pip[@]}" --require-hashes --only-binary :all: --requirement requirements/build.lock
    "${pip[@]}" --require-hashes --only-binary :all: --requirement "requirements/$profile.lock"
    "${pip[@]}" --no-deps --no-build-isolation --no-index --editable .
    echo "$print" >"$stamp"
}

system_packages() { # NAME<space>WHAT IT IS FOR, one a line
    grep -vE '^(#|$)' setup/apt.txt | cut -d' ' -f1
}

setup_system() {
    command -v dpkg-query >/dev/null || fail "the tests need these packages of Debian, by your system's means: $(system_packages | tr '\n' ' ')"
    local -a missing=()
    local name
    for name in $(system_packages); do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

node_suits() {
    node -e "process.exit(Number(process.versions.node.split('.')[0]) < $oldest_node ? 1 : 0)" 2>/dev/null
}

setup_node() { # a Node that is there stays as it is
    if ! command -v node >/dev/null; then
        apt_install nodejs npm
    fi
    node_suits || fail "Node $oldest_node or newer is needed to build the screens, and $(command -v node) is $(node --version)." \
        "Put a newer one first in PATH; Debian 12 and newer have one: sudo apt install nodejs npm"
    command -v npm >/dev/null || fail "$(command -v node) has no npm beside it; install the one that belongs to it, or Debian's: sudo apt install npm"
}

setup_ui() {
    setup_node
    local stamp="$ui/node_modules/.installed" print
    print="$({ node --version && cat "$ui/package.json" "$ui/package-lock.json" "$ui/.npmrc"; } | sha256sum | cut -d' ' -f1)"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$print" ]; then
        return
    fi
    echo "setup: installing the locked packages of the screens"
    (cd "$ui" && npm ci --loglevel=error) >/dev/null || fail "npm could not install the packages of $ui/package-lock.json"
    echo "$print" >"$stamp"
}

case "${1:-}" in
demo | dev) setup_python "$1" ;;
system) setup_system ;;
ui) setup_ui ;;
*) fail "usage: setup/setup.sh demo|dev|system|ui" ;;
esac
