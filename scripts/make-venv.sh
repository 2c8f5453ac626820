#!/usr/bin/env bash
# make-venv.sh FOLDER: a virtual environment there, also where Python comes without the venv module's parts.
# PYTHON names the interpreter to use (default: python3).
set -euo pipefail

folder=$1
python=${PYTHON:-python3}

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Debian keeps ensurepip in a package of its own, so `venv` may be there and still not work.
make_it() {
    "$python" -m venv "$folder" >/dev/null 2>&1 ||
        { rm -rf "$folder" && "$python" -m virtualenv --quiet "$folder" >/dev/null 2>&1; } ||
        { rm -rf "$folder" && return 1; }
}

install_venv_as_root() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "Python's venv module is incomplete here; installing Debian's package python3-venv." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends python3-venv >&2
}

install_virtualenv_as_user() {
    "$python" -m pip --version >/dev/null 2>&1 || return 1
    echo "Python's venv module is incomplete here; installing virtualenv for this user." >&2
    "$python" -m pip install --quiet --user virtualenv 2>/dev/null ||
        "$python" -m pip install --quiet --user --break-system-packages virtualenv
}

command -v "$python" >/dev/null ||
    stop "There is no '$python'." "Install Python 3.10 or newer, or name one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    stop "$("$python" --version) is too old: Toasty needs Python 3.10 or newer." \
        "Name another one: make PYTHON=/path/to/python3"

if "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
make_it ||
    { install_venv_as_root && make_it; } ||
    { install_virtualenv_as_user && make_it; } ||
    stop "No virtual environment can be made: '$python -m venv' does not work." \
        "On Debian or Ubuntu: sudo apt-get install python3-venv, then the same make command again."
