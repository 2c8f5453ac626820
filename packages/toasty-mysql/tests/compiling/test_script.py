"""A script that the client runs gives the same schema, rows and journal as a run, and stops where a run stops."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timezone

import pytest
from attrs import evolve

from toasty_core.backends import JournalEntry, JournalState, ScriptPart
from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    CreateTable,
    DropCheck,
    DropForeignKey,
    DropUnique,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    RenameConstraint,
    RenameTable,
    Run,
    TransformRows,
    UpdateRows,
    UpsertRows,
    fold,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_core.schema import types as t
from toasty_core.testing.bench import in_column_order
from toasty_core.url import Url
from toasty_testservers.fixtures import required

MOOD = t.Enum("calm", "it's :b\\ad", name="mood")
USERS = TableDef(
    "us'ers %s",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("na%me", "String(80)", nullable=True, comment="50% \\ of 'it'"),
        ColumnDef("mood", MOOD, default="calm"),
        ColumnDef("n", "Integer", default=7),
        ColumnDef("data", "Json", default={"a": "it's :x \\"}),
    ],
    primary_key=["id"],
    uniques=[UniqueDef(["na%me"])],
    checks=[CheckDef("n % 2 < 5"), CheckDef("n != 99")],
)
KEY = USERS.key
BOSS = ColumnDef("boss_id", "Integer", nullable=True)
TO_BOSS = ForeignKeyDef("boss_id", KEY, "id")
FIRST = [
    CreateTable(USERS),
    InsertRows(KEY, [{"id": 4, "na%me": "it's; ? %s :x \\ ö"}, {"id": 5, "mood": "it's :b\\ad"}]),
    AddColumn(KEY, BOSS),
    AddForeignKey(KEY, TO_BOSS),
]
SECOND = [
    UpdateRows(KEY, {"mood": "calm", "na%me": expr("CONCAT('a\\\\', 5 % 2)")}, {"id": 5}),
    UpsertRows(KEY, [{"id": 4, "mood": "calm"}]),
    AddColumn(KEY, ColumnDef("mail", "String(20)"), fill="?"),
    AddCheck(KEY, CheckDef("n > 0")),
    DropCheck(KEY, CheckDef("n != 99")),
    DropUnique(KEY, UniqueDef(["na%me"])),
    DropForeignKey(KEY, TO_BOSS),
    AddForeignKey(KEY, evolve(TO_BOSS, name="fk_boss")),
    RenameConstraint(KEY, evolve(TO_BOSS, name="fk_boss"), "fk_chief"),
    ExecuteSql(
        "CREATE TRIGGER tr BEFORE INSERT ON `us'ers %s` FOR EACH ROW BEGIN SET NEW.mail = 'x;y'; SET @a = 1; END;"
        " SELECT 1; -- the end"
    ),
    ModifyColumn(KEY, "mail", type="Text"),
    RenameTable(KEY, "people"),
]
ROWS = [UpdateRows("people", {"mail": "back\\slash"}, {"id": 4})]


def parts_of(backend, *migrations, state=JournalState.APPLIED):
    schema = SchemaSnapshot()
    for number, operations in enumerate(migrations, 1):
        compiled = tuple(backend.compile_all(operations, schema))
        total = sum(len(part.statements) for part in compiled)
        version = f"2025010{number}_000000_it's"
        when = datetime(2025, 1, number, tzinfo=timezone.utc)
        entry = JournalEntry(
            version, "ast1:1", "2", state, total, total, None, when, when, 0.5, None, "me", "1"
        )
        yield ScriptPart(version, compiled, entry)
        schema = fold(operations, schema)


def client(url, script):
    program = shutil.which("mariadb") or shutil.which("mysql")
    if program is None:
        (pytest.fail if required() else pytest.skip)("no client: apt-get install mariadb-client")
    place = Url.parse(url)
    command = [
        program,
        "--no-defaults",
        "-h",
        str(place.host),
        "-P",
        str(place.port),
        "-u",
        str(place.username),
    ]
    return subprocess.run(
        [*command, place.database], input=script, capture_output=True, text=True, timeout=60
    )


def script_of(backend, *migrations):
    return "\n".join(backend.script(parts_of(backend, *migrations)))


def test_the_client_runs_it(shop, mysql_url):
    backend = shop.database.backend
    done = client(mysql_url, script_of(backend, FIRST, SECOND, ROWS))
    assert (done.returncode, done.stderr) == (0, "")

    shop.schema = fold([*FIRST, *SECOND, *ROWS], SchemaSnapshot())
    shop.agree()
    rows = shop.rows("SELECT id, `na%me`, mood, mail FROM people ORDER BY id")
    assert rows == [(4, "it's; ? %s :x \\ ö", "calm", "back\\slash"), (5, "a\\1", "calm", "?")]
    written = [part.entry for part in parts_of(backend, FIRST, SECOND, ROWS)]
    assert sorted(shop.database.read_journal()) == written


def test_it_goes_back(shop, mysql_url):
    backend = shop.database.backend
    (part,) = parts_of(backend, FIRST)
    assert client(mysql_url, "\n".join(backend.script([part]))).returncode == 0
    back = [
        operation.inverse(fold(FIRST[:at], SchemaSnapshot())) for at, operation in enumerate(FIRST)
    ][::-1]
    there = fold(FIRST, SchemaSnapshot())
    down = ScriptPart(part.version, tuple(backend.compile_all(back, there)), None)
    done = client(mysql_url, "\n".join(backend.script([down])))
    assert (done.returncode, done.stderr) == (0, "")
    assert shop.database.introspect() == SchemaSnapshot()
    assert shop.database.read_journal() == []


def test_it_stops_where_rows_do_not_fit(shop, mysql_url):
    backend = shop.database.backend
    late = [
        AddColumn(KEY, ColumnDef("x", "Integer", nullable=True)),
        AddUnique(KEY, UniqueDef(["mood"], name="uq")),
    ]
    same = [UpdateRows(KEY, {"mood": "calm"})]
    assert client(mysql_url, script_of(backend, FIRST[:2], same)).returncode == 0
    before = in_column_order(shop.database.introspect())
    script = script_of(
        backend, FIRST[:2], same, [AddCheck(KEY, CheckDef("n > 7", name="ck")), *late]
    )
    tail = script[script.index("-- 20250103") :]
    head = script[: script.index("\n-- 20250101")]
    done = client(mysql_url, f"{head}\n{tail}")
    assert done.returncode == 1
    assert "break the check" in done.stderr
    assert in_column_order(shop.database.introspect()) == before


def test_a_script_that_stopped_says_how_far_it_got(shop, mysql_url):
    backend = shop.database.backend
    broken = [*FIRST, ExecuteSql("ALTER TABLE no_such_table ADD x INT")]
    assert client(mysql_url, script_of(backend, broken)).returncode == 1
    (row,) = shop.database.read_journal()
    assert (row.state, row.done, row.total) == (JournalState.RUNNING, 5, 6)
    assert "no_such_table" in row.statement


@pytest.mark.parametrize(
    "operation", [Run(print), TransformRows(KEY, dict)], ids=["run", "transform_rows"]
)
def test_python_has_no_place_in_it(shop, operation):
    with pytest.raises(Unsupported, match="cannot hold"):
        script_of(shop.database.backend, FIRST, [operation])
