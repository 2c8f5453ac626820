"""A script that the sqlite3 client runs gives the same schema, rows and journal as a run."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from datetime import datetime

import pytest

from toasty_core.backends import JournalEntry, ScriptPart
from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddUnique,
    CreateTable,
    ExecuteSql,
    InsertRows,
    Run,
    UpdateRows,
)
from toasty_core.operations.base import fold
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
)
from toasty_sqlite import SqliteBackend
from toasty_sqlite.introspect import introspect
from toasty_sqlite.script import script_lines

needs_client = pytest.mark.skipif(
    shutil.which("sqlite3") is None, reason="there is no sqlite3 client"
)

USERS = TableDef(
    "us'ers", [ColumnDef("id", "Integer", auto=True), ColumnDef("name", "String")], ["id"]
)
POSTS = TableDef(
    "posts",
    [ColumnDef("author", "Integer")],
    foreign_keys=[ForeignKeyDef("author", "us'ers", on_delete="cascade")],
)
FIRST = [
    CreateTable(USERS),
    CreateTable(POSTS),
    InsertRows("us'ers", [{"id": 1, "name": "it's; ?"}, {"id": 2, "name": "b"}]),
    InsertRows("posts", [{"author": 1}]),
]
SECOND = [
    UpdateRows("us'ers", {"name": "c"}, {"id": 2}),
    AddColumn("us'ers", ColumnDef("mail", "String"), fill="?"),
    AddCheck("us'ers", CheckDef("id > 0")),
]


def entry(version):
    started = datetime(2024, 1, 2, 3, 4, 5)
    return JournalEntry(version=version, checksum="ast1:x", started=started, applied_by="o'neil")


def parts(*migrations):
    backend, state = SqliteBackend(), SchemaSnapshot()
    for number, operations in enumerate(migrations, 1):
        yield ScriptPart(
            f"{number}_m", tuple(backend.compile_all(operations, state)), entry(f"{number}_m")
        )
        state = fold(operations, state)


def client(file, script):
    return subprocess.run(["sqlite3", str(file)], input=script, capture_output=True, text=True)


def everything(connection):
    tables = ("us'ers", "posts", "toasty_migrations", "sqlite_master")
    return [connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables]


def script_of(*migrations):
    return "\n".join(script_lines(parts(*migrations)))


@needs_client
def test_the_client_comes_to_the_same_schema_rows_and_journal(world, tmp_path):
    """A rebuild among it, with a parameter in every dangerous place."""
    world.do(*FIRST)
    world.do(*SECOND)
    file = tmp_path / "script.db"

    done = client(file, script_of(FIRST, SECOND))

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    connection = sqlite3.connect(file)
    assert introspect(connection) == world.database.introspect()
    for table in ("us'ers", "posts"):
        query = f'SELECT * FROM "{table}"'
        assert connection.execute(query).fetchall() == world.sql(query)
    journal = connection.execute(
        "SELECT version, state, applied_by FROM toasty_migrations"
    ).fetchall()
    assert journal == [("1_m", "applied", "o'neil"), ("2_m", "applied", "o'neil")]
    connection.close()


@needs_client
@pytest.mark.parametrize(
    ("prepared", "second"),
    [
        ("INSERT INTO \"us'ers\" VALUES (7, 'b')", [AddUnique("us'ers", UniqueDef("name"))]),
        ("SELECT 1", [AddColumn("us'ers", ColumnDef("mail", "String"))]),
        ('CREATE TRIGGER t AFTER DELETE ON "us\'ers" BEGIN SELECT 1; END', SECOND),
        ('CREATE INDEX by_hand ON "us\'ers" (name)', SECOND),
        ('ALTER TABLE "us\'ers" ADD COLUMN by_hand TEXT', SECOND),
    ],
)
def test_the_client_stops_where_a_run_would_or_something_would_be_lost(tmp_path, prepared, second):
    """The migration before it stays; of this one there is nothing."""
    file = tmp_path / "script.db"
    assert client(file, script_of(FIRST)).returncode == 0
    connection = sqlite3.connect(file)
    connection.execute(prepared)
    connection.commit()
    before = everything(connection)
    whole = list(parts(FIRST, second))

    done = client(file, "\n".join(script_lines(whole[1:])))

    assert done.returncode != 0
    assert "CHECK constraint failed" in done.stderr
    assert everything(connection) == before
    connection.close()


def test_going_back_takes_the_journal_row_away():
    """A part without an entry."""
    lines = list(script_lines([ScriptPart("1_m", (), None)]))

    assert "DELETE FROM toasty_migrations WHERE version = '1_m';" in lines


@pytest.mark.parametrize("operation", [Run(print), ExecuteSql("VACUUM")])
def test_what_no_script_can_hold_is_an_error(operation):
    """Python, and what stands in no transaction."""
    with pytest.raises(Unsupported, match="script"):
        script_of([operation])
