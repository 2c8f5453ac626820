"""A process that is killed in the middle of a transaction leaves the file as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from toasty_core.operations import (
    AddColumn,
    AddForeignKey,
    CreateTable,
    InsertRows,
    ModifyColumn,
    RenameColumn,
)
from toasty_core.schema import ColumnDef, ForeignKeyDef, SchemaSnapshot, TableDef

PARENT = TableDef(
    "parent",
    [ColumnDef("id", "Integer", auto=True), ColumnDef("name", "String")],
    primary_key=["id"],
)
CHILD = TableDef("child", [ColumnDef("p", "Integer")])
BEFORE = [
    CreateTable(PARENT),
    CreateTable(CHILD),
    InsertRows("parent", [{"id": n, "name": "x" * 500} for n in range(1, 400)]),
    InsertRows("child", [{"p": n} for n in range(1, 400)]),
]
CHANGE = [
    AddColumn("parent", ColumnDef("mail", "String"), fill="none"),
    ModifyColumn("parent", "name", type="Text", nullable=True),
    AddForeignKey("child", ForeignKeyDef("p", "parent", "id", on_delete="cascade")),
    RenameColumn("child", "p", "parent"),
]

CHILD_PROCESS = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from test_database_crash import BEFORE, CHANGE, schema_before, statements_of
from toasty_core.url import Url
from toasty_sqlite import SqliteBackend

backend = SqliteBackend()
database = backend.connect(Url.parse("sqlite:" + sys.argv[1] + "?cache_size=2"))
statements = statements_of(backend, CHANGE, schema_before())
with database.transaction(statements):
    for number, statement in enumerate(statements):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        database.execute(statement)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def schema_before() -> SchemaSnapshot:
    state = SchemaSnapshot()
    for operation in BEFORE:
        state = operation.apply(state)
    return state


def statements_of(backend, operations, before):
    return [s for part in backend.compile_all(operations, before) for s in part.statements]


def run(database, operations, before):
    statements = statements_of(database.backend, operations, before)
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)


def contents(database):
    tables = sorted(database.introspect().tables)
    rows = {table: database.fetch(f'SELECT * FROM "{table}" ORDER BY rowid') for table in tables}
    return database.introspect(), rows


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
@pytest.mark.parametrize("killed_at", [0, 1, 2, 99])
def test_killed_in_the_middle_of_a_migration(connect, file, journal_mode, killed_at):
    database = connect(f"sqlite:{file}?journal_mode={journal_mode}")
    run(database, BEFORE, SchemaSnapshot())
    before = contents(database)
    database.close()
    script = CHILD_PROCESS.format(folder=os.path.dirname(__file__))
    done = subprocess.run(
        [sys.executable, "-c", script, str(file), str(killed_at)], capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    again = connect(f"sqlite:{file}")
    assert contents(again) == before
    assert again.fetch("PRAGMA integrity_check") == [("ok",)]
    run(again, CHANGE, schema_before())
    assert again.fetch("SELECT count(*), count(mail) FROM parent") == [(399, 399)]
    assert again.fetch("SELECT count(parent) FROM child") == [(399,)]
