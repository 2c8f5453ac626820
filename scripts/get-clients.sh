#!/usr/bin/env bash
# get-clients.sh: the programs besides servers that tests run, where they are missing and may be installed.
# Tests that need one say so: they are skipped, or fail with CI=true.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need psql postgresql-client
need mariadb mariadb-client-core
need pgbouncer pgbouncer
need openssl openssl
need setpriv util-linux

[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Some tests need programs that are not here: ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
