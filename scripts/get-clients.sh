#!/usr/bin/env bash
# get-clients.sh: the programs besides servers that tests run, where they are missing and may be installed.
# Tests that need one say so: they are skipped, or fail with CI=true.
set -euo pipefail

mongosh=2.12.0
cache=${TOASTY_SERVERS_CACHE:-$HOME/.cache/toasty-servers}

# npm runs none of the packages' own scripts: mongosh works without what they build.
get_mongosh() {
    local home=$cache/mongosh
    ! grep -qs "\"version\": \"$mongosh\"" "$home/node_modules/mongosh/package.json" || return 0
    if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        echo "Some tests need mongosh, which comes with npm, and there is none here." >&2
        return 0
    fi
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.mongosh-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "mongosh: fetching mongosh@$mongosh"
    npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error \
        "mongosh@$mongosh" >/dev/null || { echo "mongosh: NOT got" >&2 && return 0; }
    chmod 755 "$work"
    rm -rf "$home"
    mv "$work" "$home"
}

missing=()
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need psql postgresql-client
need mariadb mariadb-client-core
need pgbouncer pgbouncer
need openssl openssl
need setpriv util-linux

get_missing() {
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "Some tests need programs that are not here: ${missing[*]}" >&2
        return 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

get_mongosh
get_missing
