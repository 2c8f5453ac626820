#!/usr/bin/env bash
# One folder of migrations, two databases: written and tried on SQLite, then run on the server in production.
#
#     bash examples/two-databases/run.sh postgresql://me@localhost/invoices
#     bash examples/two-databases/run.sh mysql://me@localhost/invoices
#
# The server's database must be there and empty; it is left empty. Needs `toasty` on the PATH.
set -euo pipefail

production=${1:?"give the URL of an empty database: postgresql://... or mysql://..."}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TOASTY_MODELS="models"
development="sqlite:dev.db"

say() { printf '\n# %s\n' "$*"; }
run() {
    printf '$ %s\n' "${*//"$production"/\$PRODUCTION}"
    "$@"
}

say "Developed on SQLite"
cp "$here/models_v1.py" models.py
run toasty migrate:generate --message "customers and invoices"
run toasty migrate:up --url "$development"
cp "$here/models_v2.py" models.py
run toasty migrate:generate --message "payments" --fill customers.country=CH
run toasty migrate:up --url "$development"

say "The same files in production: first what will happen, then it happens"
run toasty migrate:plan --url "$production"
run toasty migrate:up --url "$production"

say "Both databases are as the models say"
run toasty schema:drift --url "$development"
run toasty schema:drift --url "$production"
run toasty migrate:check --url "$production"

say "And back"
run toasty migrate:down --url "$production" --count 2 --yes
run toasty migrate:status --url "$production"
