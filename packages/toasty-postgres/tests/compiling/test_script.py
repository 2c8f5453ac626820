"""A script that psql runs gives the same schema, rows and journal as a run."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timezone

import pytest
from attrs import evolve

from toasty_core.backends import JournalEntry, ScriptPart
from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    CreateTable,
    DropCheck,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    RenameTable,
    Run,
    TransformRows,
    UpdateRows,
    fold,
)
from toasty_core.schema import CheckDef, ColumnDef, IndexDef, SchemaSnapshot, TableDef, expr
from toasty_core.schema import types as t
from toasty_postgres import PostgresBackend
from toasty_testservers.fixtures import required

MOOD = t.Enum("calm", "it's :bad", name="Mood")
USERS = TableDef(
    "us'ers %s",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("na%me", "Text", nullable=True, comment="50% \\ of 'it'"),
        ColumnDef("mood", MOOD, default="calm"),
        ColumnDef("data", "Json", default={"a": "it's :x \\"}),
    ],
    primary_key=["id"],
    indexes=[IndexDef("ix", [expr('lower("na%me")')])],
    checks=[CheckDef("id % 2 < 5")],
)
KEY = USERS.key
FIRST = [
    CreateTable(USERS),
    InsertRows(
        KEY,
        [{"id": 4, "na%me": "it's; ? %s :x \\ $toasty$ \u00f6"}, {"id": 5, "mood": "it's :bad"}],
    ),
]
MORE = t.Enum("calm", "new", "it's :bad", name="Mood")
SECOND = [
    ModifyColumn(KEY, "mood", type=MORE),
    UpdateRows(KEY, {"mood": "new", "na%me": expr('upper("na%me") || 5 % 2')}, {"id": 5}),
    AddColumn(KEY, ColumnDef("mail", "String(20)"), fill="?"),
    AddCheck(KEY, CheckDef("id > 0")),
    DropCheck(KEY, CheckDef("id % 2 < 5")),
    ExecuteSql("SELECT 1; -- the end"),
    ModifyColumn(KEY, "mail", type="Text"),
    RenameTable(KEY, "people"),
]


def parts(*migrations, version=(15,)):
    schema = SchemaSnapshot()
    for number, operations in enumerate(migrations, 1):
        compiled = tuple(PostgresBackend(version).compile_all(operations, schema))
        schema = fold(operations, schema)
        entry = JournalEntry(
            f"2024010{number}_000000_it's",
            "v1:00",
            total=3,
            done=3,
            started=datetime(2024, 1, number, tzinfo=timezone.utc),
            duration=0.5,
            applied_by="me \\ 'you'",
        )
        yield ScriptPart(entry.version, compiled, entry)


def script_of(*migrations, version=(15,)):
    return "\n".join(PostgresBackend(version).script(parts(*migrations, version=version)))


def psql(url, script):
    client = shutil.which("psql")
    if client is None:
        (pytest.fail if required() else pytest.skip)("no psql: apt-get install postgresql-client")
    command = [client, "-X", "-q", url]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=False)


def test_a_script_does_what_a_run_does(live):
    live.schema = fold([*FIRST, *SECOND], SchemaSnapshot())

    done = psql(live.url, script_of(FIRST, SECOND, version=live.version))

    assert (done.returncode, done.stderr) == (0, "")
    live.assert_exact()
    assert live.sql('SELECT id, "na%me", mood, data, mail FROM people ORDER BY 1') == [
        (4, "it's; ? %s :x \\ $toasty$ \u00f6", "calm", {"a": "it's :x \\"}, "?"),
        (5, None, "new", {"a": "it's :x \\"}, "?"),
    ]
    assert live.database.read_journal() == [part.entry for part in parts(FIRST, SECOND)]
    assert live.sql("INSERT INTO people (mail) VALUES ('') RETURNING id") == [(6,)]


def test_views_are_made_again(live):
    table = TableDef("t", [ColumnDef("id", "Integer")])
    live.create(table)
    live.sql("CREATE VIEW v AS SELECT id FROM t")
    change = ModifyColumn("t", "id", type="BigInteger")
    compiled = tuple(PostgresBackend().compile_all([change], live.schema))

    done = psql(live.url, "\n".join(PostgresBackend().script([ScriptPart("1", compiled, None)])))

    assert done.returncode == 0
    assert live.sql("SELECT pg_typeof(id)::text FROM v") == []
    live.schema = fold([change], live.schema)
    live.assert_exact()


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            AddCheck(KEY, CheckDef("id > 4", name="c")),
            "us'ers %s check 'c': 1 rows break the check",
        ),
        (AddColumn(KEY, ColumnDef("x", "Text")), "us'ers %s.x: 2 rows would have no value"),
        (
            ModifyColumn(KEY, "na%me", type="Integer"),
            "us'ers %s.na%me: 1 rows cannot become Integer",
        ),
    ],
)
def test_rows_that_do_not_fit_stop_it(live, operation, message):
    done = psql(live.url, script_of(FIRST, [operation, InsertRows(KEY, [{"id": 9}])]))

    assert done.returncode == 3
    assert message in done.stderr
    live.schema = fold(FIRST, SchemaSnapshot())
    live.assert_exact()
    assert [row.version for row in live.database.read_journal()] == ["20240101_000000_it's"]


def test_what_stands_in_no_transaction_stands_between_two(live):
    operations = [
        CreateTable(evolve(USERS, name="t")),
        ExecuteSql("CREATE INDEX CONCURRENTLY two ON t (id)"),
        InsertRows("t", [{"id": 1}]),
    ]

    script = script_of(operations)
    done = psql(live.url, script)

    assert (done.returncode, done.stderr) == (0, "")
    assert script.count("BEGIN;\n") == script.count("COMMIT;") == 2


@pytest.mark.parametrize("operation", [Run(print), TransformRows(KEY, lambda row: None)])
def test_python_is_not_for_scripts(operation):
    with pytest.raises(Unsupported, match="a script cannot hold migration 20240102"):
        script_of(FIRST, [operation])


def test_a_way_down_takes_the_journals_row_away(live):
    psql(live.url, script_of(FIRST))
    version = next(parts(FIRST)).version

    done = psql(live.url, "\n".join(PostgresBackend().script([ScriptPart(version, (), None)])))

    assert done.returncode == 0
    assert live.database.read_journal() == []
