#!/usr/bin/env bash
# A shop on DynamoDB: its models become tables and indexes, a year later the items follow the models, and back.
#
#     bash examples/shop-dynamo/run.sh dynamodb://localhost:8000/shop_
#
# No table's name may begin so; in the end none does, but that of Toasty's own. Needs `toasty` on the PATH.
set -euo pipefail

url=${1:?"give a URL with a prefix that no table has: dynamodb://localhost:8000/shop_"}
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

say "Tables with an index and a time to live"
cp "$here/models_v1.py" models.py
run toasty migrate:generate --message "customers and orders"
run toasty migrate:up
run toasty migrate:new --message "first customers"
file=$(ls migrations/*_first_customers.py)
sed "s/VERSION/$(basename "$file" .py)/" "$here/first_customers.py" > "$file"
run toasty schema:rebuild
run toasty migrate:up

say "A year later: a rename, text that becomes a number, a column that all must have, an index over both"
cp "$here/models_v2.py" models.py
run toasty migrate:generate --message "a year later" --fill customers.country=CH
run toasty migrate:plan
run toasty migrate:up

say "The tables are as the models say"
run toasty schema:drift
run toasty migrate:check

say "And back"
run toasty migrate:down --count 3 --yes
run toasty migrate:status
