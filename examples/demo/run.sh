#!/usr/bin/env bash
# The main job on SQLite: two versions of a library's models, generated, planned, applied and taken back.
# Needs `toasty` on the PATH (`make demo` sees to it); works in a folder of its own and leaves nothing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TOASTY_URL="sqlite:library.db" TOASTY_MODELS="models"

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}
rows() {
    python - "$1" <<'PYTHON'
import sqlite3, sys

connection = sqlite3.connect("library.db")
for row in connection.execute(sys.argv[1]):
    print("  ", row)
connection.close()
PYTHON
}

say "Version 1 of the models: authors and books"
cp "$here/models_v1.py" models.py
run toasty migrate:generate --message "create library"
run toasty migrate:up

say "The application writes some rows"
python - <<'PYTHON'
import sqlite3

connection = sqlite3.connect("library.db")
connection.execute("PRAGMA foreign_keys = ON")
connection.execute("INSERT INTO authors (id, name) VALUES (1, 'Ursula'), (2, 'Stanislaw')")
connection.execute(
    "INSERT INTO books (author_id, title, pages) VALUES (1, 'The Dispossessed', '387'), (2, 'Solaris', NULL)"
)
connection.commit()
connection.close()
PYTHON
rows "SELECT id, name FROM authors"
rows "SELECT title, pages FROM books"

say "Version 2: a column renamed, one added that must not be null, a type changed, a table added"
cp "$here/models_v2.py" models.py
run toasty migrate:generate --message "emails and loans" --fill authors.email=unknown@example.com
cat migrations/*_emails_and_loans.py

say "What will happen: every statement, before anything runs"
run toasty migrate:plan
run toasty migrate:up
run toasty migrate:status
rows "SELECT id, full_name, email FROM authors"
rows "SELECT title, pages, typeof(pages) FROM books"

say "Nothing is left to do: the models, the files and the database agree"
run toasty migrate:check
run toasty schema:drift

say "And back again: every row is still there"
run toasty migrate:down
rows "SELECT id, name FROM authors"
rows "SELECT title, pages FROM books"
run toasty migrate:status
