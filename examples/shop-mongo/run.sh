#!/usr/bin/env bash
# A shop on MongoDB: its models become collections, a year later the documents follow the models, and back.
#
#     bash examples/shop-mongo/run.sh mongodb://localhost/shop
#
# The database must be empty; it is left empty. Needs `toasty` on the PATH.
set -euo pipefail

url=${1:?"give the URL of an empty database: mongodb://..."}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TOASTY_MODELS="models" TOASTY_URL="$url"

say() { printf '\n# %s\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}

say "Collections with validators and indexes"
cp "$here/models_v1.py" models.py
run toasty migrate:generate --message "customers and orders"
run toasty migrate:up
run toasty migrate:new --message "first customers"
file=$(ls migrations/*_first_customers.py)
sed "s/VERSION/$(basename "$file" .py)/" "$here/first_customers.py" > "$file"
run toasty schema:rebuild
run toasty migrate:up

say "A year later: renames, in nested documents too, text that becomes a number, a field that all must have"
cp "$here/models_v2.py" models.py
run toasty migrate:generate --message "a year later" --fill customers.country=CH
run toasty migrate:plan
run toasty migrate:up

say "The database is as the models say"
run toasty schema:drift --orphans
run toasty migrate:check

say "And back"
run toasty migrate:down --count 3 --yes
run toasty migrate:status
