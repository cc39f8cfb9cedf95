#!/usr/bin/env bash
# Installs the controller (or the fleet consumer) as a service of this machine. Run again it updates; it never touches your store file,
# your keys, your galleries or the journal.
#
#   sudo systemd/install.sh              the controller of a store
#   sudo systemd/install.sh --vision     the controller and its eye, for a store with cameras
#   sudo systemd/install.sh --fleet      the consumer of many stores, on a server
#   systemd/install.sh --dry-run         only say what would be done
#   DESTDIR=/image systemd/install.sh    put the files into an image; users and services are left to its first start
#   --no-start                           install, but start nothing
set -euo pipefail
umask 022

source_dir="$(cd "$(dirname "$0")/.." && pwd)"
root="${DESTDIR:-}"
prefix=/opt/smartstore
etc=/etc/smartstore
service=smartstore
profile=runtime
eye=no
dry_run=no
start=yes

usage() { sed -n '2,/^set -euo/{/^#/s/^# \{0,1\}//p}' "$0"; }

for word in "$@"; do
    case "$word" in
    --dry-run) dry_run=yes ;;
    --no-start) start=no ;;
    --fleet) service=smartstore-fleet profile=fleet ;;
    --vision) eye=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done

say() { printf 'install: %s\n' "$*"; }
fail() { printf 'install: %s\n' "$*" >&2 && exit 1; }
run() { # do it, or say it
    if [ "$dry_run" = yes ]; then
        printf '  %q' "$@" && printf '\n'
    else
        "$@"
    fi
}
put() { # put MODE FILE TARGET: copy where it differs
    if ! cmp -s "$2" "$root$3"; then
        run install -D -m "$1" "$2" "$root$3"
    fi
}
live() { [ -z "$root" ]; } # this machine and not an image

if [ "$service" = smartstore-fleet ] && [ "$eye" = yes ]; then
    fail "the fleet consumer has no eye; leave out --vision or --fleet"
fi
# A store that has an eye keeps it: the eye runs the same program and must not be left behind by an update.
if [ "$service" = smartstore ] && [ -e "$root/etc/systemd/system/smartstore-vision.service" ]; then
    eye=yes
fi
if [ "$eye" = yes ]; then
    profile=vision
fi

if [ "$dry_run" = no ] && live && [ "$(id -u)" != 0 ]; then
    fail "this needs root; type: sudo $0${*:+ $*}"
fi

python="$(command -v "${PYTHON:-python3}")" || fail "no python3; type: sudo apt install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is older than 3.11; name another one: PYTHON=python3.12 $0"
"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python cannot make virtual environments; type: sudo apt install python3-venv"

make_user() {
    live || return 0
    if ! getent passwd "$service" >/dev/null; then
        run useradd --system --user-group --no-create-home --home-dir "/var/lib/$service" --shell /usr/sbin/nologin "$service"
    fi
    if [ "$service" = smartstore ] && getent group dialout >/dev/null && ! id -nG "$service" 2>/dev/null | tr ' ' '\n' | grep -qx dialout; then
        run usermod -aG dialout "$service"
    fi
    if [ "$eye" = yes ] && ! getent passwd smartstore-vision >/dev/null; then
        run useradd --system --gid smartstore --no-create-home --home-dir /var/lib/smartstore-vision --shell /usr/sbin/nologin smartstore-vision
    fi
}

make_venv() {
    local venv="$root$prefix/venv"
    # Programs in a virtual environment name their interpreter by its path, so an image needs the path that it will have.
    [ -x "$venv/bin/python" ] || run "$python" -m venv "$venv"
    local -a pip=("$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input)
    run "${pip[@]}" --require-hashes --only-binary :all: -r "$source_dir/requirements/build.lock"
    run "${pip[@]}" --require-hashes --only-binary :all: -r "$source_dir/requirements/$profile.lock"
    run "${pip[@]}" --no-deps --no-build-isolation --no-index --force-reinstall "$source_dir"
    if ! live; then
        run sed -i "1s|^#!$root|#!|" "$venv/bin/smartstore"
    fi
}

make_files() {
    put 644 "$source_dir/systemd/$service.service" "/etc/systemd/system/$service.service"
    local page
    for page in "$source_dir"/docs/*.md; do
        put 644 "$page" "$prefix/share/docs/$(basename "$page")"
    done
    put 644 "$source_dir/examples/store.toml" "$prefix/share/examples/store.toml"
    run install -d -m 750 "$root$etc"
    if [ "$service" = smartstore ]; then
        put 644 "$source_dir/systemd/99-smartstore.rules" /etc/udev/rules.d/99-smartstore.rules
        run install -d -m 700 "$root$etc/credentials"
        if [ "$eye" = yes ]; then
            put 644 "$source_dir/systemd/smartstore-vision.service" /etc/systemd/system/smartstore-vision.service
            run install -d -m 700 "$root$etc/camera-credentials"
        fi
    else
        run install -d -m 700 "$root$etc/fleet-credentials"
        [ -e "$root$etc/fleet.env" ] || put 640 "$source_dir/systemd/fleet.env" "$etc/fleet.env"
    fi
    if live; then
        run chgrp "$service" "$etc"
        run install -d -m 750 -o "$service" -g "$service" "/var/lib/$service"
        if [ "$eye" = yes ]; then
            run install -d -m 750 -o smartstore-vision -g smartstore /var/lib/smartstore-vision
        fi
    fi
}

start_service() {
    live || return 0
    if [ "$dry_run" = no ] && [ ! -d /run/systemd/system ]; then
        say "systemd does not run here; enable $service.service where it does"
        return 0
    fi
    run systemctl daemon-reload
    if [ "$service" = smartstore ]; then
        run udevadm control --reload
        run udevadm trigger --subsystem-match=tty --subsystem-match=usb-serial
    fi
    local -a units=("$service.service")
    if [ "$eye" = yes ]; then
        units+=(smartstore-vision.service)
    fi
    run systemctl enable "${units[@]}"
    if [ "$start" = no ]; then
        return 0
    elif [ "$service" = smartstore ] && [ ! -e "$etc/store.toml" ]; then
        say "next: write $etc/store.toml (example: $prefix/share/examples/store.toml), check it with"
        say "      sudo -u smartstore $prefix/venv/bin/smartstore doctor --config $etc/store.toml"
        if [ "$eye" = yes ]; then
            say "      sudo -u smartstore-vision $prefix/venv/bin/smartstore vision check --config $etc/store.toml"
        fi
        say "      and start it: sudo systemctl start ${units[*]}"
    else
        run systemctl restart "${units[@]}"
    fi
}

say "$service to $root$prefix$([ "$dry_run" = yes ] && echo ' (dry run: nothing is changed)')"
make_user
make_venv
make_files
start_service
say "done"
