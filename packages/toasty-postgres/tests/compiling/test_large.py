"""Large tables: short locks, and long work that lets others write; a second time after a crash does no harm."""

from __future__ import annotations

import threading

import psycopg
import pytest

from toasty_core.backends import Work
from toasty_core.errors import StatementFailed
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropIndex,
    ModifyColumn,
    RenameTable,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    expr,
    uuid,
)
from toasty_postgres.statements import ConcurrentIndex

TABLE = TableDef(
    "t",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("a", "Integer", nullable=True),
        ColumnDef("b", "Text", nullable=True),
    ],
    primary_key=["id"],
)
SCHEMA = SchemaSnapshot.of(TABLE)
SAFE = [
    CreateIndex("t", IndexDef("i", ["a"])),
    CreateIndex("t", IndexDef("i", ["a", expr("lower(b)")], unique=True, where="a > 0")),
    AddUnique("t", UniqueDef(["a"], name="u", deferral="deferred")),
    AddUnique("t", UniqueDef(["a", "b"])),
    AddCheck("t", CheckDef("a > 0", name="c")),
    AddCheck("t", CheckDef("a > 0")),
    AddForeignKey("t", ForeignKeyDef("a", "t", "id", name="f")),
    AddForeignKey("t", ForeignKeyDef("a", "t")),
    ModifyColumn("t", "a", nullable=False),
    ModifyColumn("t", "a", nullable=False, fill=3, default=4),
    ChangePrimaryKey("t", PrimaryKeyDef(["a"], name="own")),
    ChangePrimaryKey("t", ["id", "a"]),
    AddColumn("t", ColumnDef("c", "Uuid", default=uuid())),
    AddColumn("t", ColumnDef("c", "BigInteger", nullable=True, default=NextValue("numbers"))),
    AddColumn("t", ColumnDef("c", "Text", default="x"), fill=expr("id::text")),
    AddColumn("t", ColumnDef("c", "Text"), fill="it's"),
    AddColumn("t", ColumnDef("c", "Integer", default=5)),
]


@pytest.fixture
def filled(live):
    live.create(TABLE)
    from toasty_core.operations import CreateSequence

    live.apply(CreateSequence(SequenceDef("numbers")))
    live.sql("INSERT INTO t SELECT n, n, 'b' || n FROM generate_series(1, 500) AS n")
    return live


@pytest.mark.parametrize("operation", SAFE)
def test_the_safe_form_leads_to_the_same_and_blocks_nobody(filled, operation):
    before = filled.rows("t")
    [part] = filled.compiled(operation, large=["t"])
    assert all(statement.effects for statement in part.statements)
    assert not any(effect.blocking for statement in part.statements for effect in statement.effects)
    for statement in part.statements:
        work = {effect.work for effect in statement.effects}
        assert statement.transactional is not bool(work & {Work.SCAN, Work.BUILD, Work.REWRITE})
        assert statement.transactional or statement.repeatable

    filled.there_and_back(operation, large=["t"])

    assert filled.rows("t") == before


@pytest.mark.parametrize("operation", SAFE)
def test_what_stands_in_no_transaction_may_be_done_twice(filled, operation):
    for part in filled.compiled(operation, large=["t"]):
        for statement in part.statements:
            filled.database.execute(statement)
            if not statement.transactional:
                filled.database.execute(statement)
    filled.schema = operation.apply(filled.schema)

    filled.assert_exact()


@pytest.mark.parametrize(
    "operation",
    [
        AddCheck("t", CheckDef("a > 0")),
        AddForeignKey("t", ForeignKeyDef("a", "t")),
    ],
    ids=["check", "foreign key"],
)
def test_a_constraint_without_a_name_is_found_after_a_crash(live, operation):
    """Others like it stand already: with a name, validated, and one that is not to be."""
    lazy = {"postgresql": {"not_valid": True}}
    live.create(TABLE)
    live.apply(
        AddCheck("t", CheckDef("a > 1")),
        AddCheck("t", CheckDef("a > 2", options=lazy)),
        AddCheck("t", CheckDef("a > 3", name="named", options=lazy)),
        AddForeignKey("t", ForeignKeyDef("a", "t", "id", on_delete="cascade", options=lazy)),
        AddForeignKey("t", ForeignKeyDef("id", "t", "id", name="own", options=lazy)),
    )
    (part,) = live.compiled(operation, large=["t"])
    add, validate = part.statements
    asked = operation, live.schema

    assert live.database.statement_landed(add, *asked) is False
    live.database.execute(add)
    assert live.database.statement_landed(add, *asked) is True
    live.database.execute(validate)


def test_the_texts_of_an_older_and_a_newer_version(say):
    change = ModifyColumn("t", "a", nullable=False)

    old = say(change, before=SCHEMA, large=["t"])
    new = say(change, before=SCHEMA, large=["t"], version=(18,))

    assert old == [
        'ALTER TABLE "t" ADD CONSTRAINT "t_a_toasty_null" CHECK ("a" IS NOT NULL) NOT VALID;',
        'ALTER TABLE "t" VALIDATE CONSTRAINT "t_a_toasty_null";',
        'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL;',
        'ALTER TABLE "t" DROP CONSTRAINT "t_a_toasty_null";',
    ]
    assert new == [
        'ALTER TABLE "t" ADD CONSTRAINT "t_a_not_null" NOT NULL "a" NOT VALID;',
        'ALTER TABLE "t" VALIDATE CONSTRAINT "t_a_not_null";',
    ]


@pytest.mark.parametrize("columns", [["a"], ["a", expr("lower(b)")]])
@pytest.mark.parametrize("unique", [False, True])
def test_an_invalid_leftover_is_replaced(filled, columns, unique):
    filled.sql("CREATE INDEX i ON t (b)")
    filled.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass")

    filled.apply(CreateIndex("t", IndexDef("i", columns, unique=unique)), large=["t"])


def test_an_index_of_that_name_that_is_another_one_is_not_taken(filled):
    filled.sql("CREATE INDEX i ON t (b)")

    with pytest.raises(
        StatementFailed, match="There already is an index 'i', and it is another one"
    ):
        filled.apply(CreateIndex("t", IndexDef("i", ["a"])), large=["t"])


def test_a_build_that_fails_is_done_again_when_the_rows_are_right(filled):
    filled.sql("INSERT INTO t VALUES (1000, 1)")
    operation = CreateIndex("t", IndexDef("i", ["a"], unique=True))
    [part] = filled.compiled(operation, large=["t"])
    with pytest.raises(StatementFailed):
        filled.database.execute(part.statements[0])
    assert filled.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [
        (False,)
    ]
    filled.sql("DELETE FROM t WHERE id = 1000")

    filled.apply(operation, large=["t"])


def test_an_index_is_dropped_concurrently(filled):
    filled.apply(CreateIndex("t", IndexDef("i", ["a"])))

    texts = filled.apply(DropIndex("t", "i"), large=["t"])

    assert texts == ['DROP INDEX CONCURRENTLY IF EXISTS "i";']


@pytest.mark.parametrize(
    "operation",
    [
        CreateIndex("t", IndexDef("i", ["a"], options={"postgresql": {"concurrently": False}})),
        AddUnique("t", UniqueDef(["a"], options={"postgresql": {"concurrently": False}})),
        AddCheck("t", CheckDef("a > 0", options={"postgresql": {"concurrently": False}})),
    ],
)
def test_the_plain_form_can_be_asked_for(say, operation):
    assert say(operation, before=SCHEMA, large=["t"]) == say(operation, before=SCHEMA)


def test_tables_of_the_same_migration_are_not_large(say):
    texts = say(CreateTable(TABLE), CreateIndex("t", IndexDef("i", ["a"])), large=["t"])

    assert texts[1] == 'CREATE INDEX "i" ON "t" ("a");'


def test_a_large_table_stays_large_under_a_new_name(say):
    texts = say(
        RenameTable("t", "u"), CreateIndex("u", IndexDef("i", ["a"])), before=SCHEMA, large=["t"]
    )

    assert "CONCURRENTLY" in texts[-1]


def test_a_rewrite_is_marked_as_blocking(filled):
    for operation in (
        ModifyColumn("t", "a", type="BigInteger"),
        AddColumn("t", ColumnDef("n", "Integer", auto=True)),
    ):
        [part] = filled.compiled(operation, large=["t"])
        assert any(effect.blocking for statement in part.statements for effect in statement.effects)


def test_others_write_while_an_index_is_built_and_rows_are_filled(filled):
    """A writer that comes again and again is never kept waiting."""
    stop, errors = threading.Event(), []

    def write():
        with psycopg.connect(
            filled.url, autocommit=True, options="-c lock_timeout=1s"
        ) as connection:
            number = 1000
            while not stop.is_set():
                number += 1
                try:
                    connection.execute("INSERT INTO t (id, a) VALUES (%s, %s)", (number, number))
                except psycopg.Error as error:
                    errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        filled.apply(
            CreateIndex("t", IndexDef("i", ["a"], unique=True)),
            AddColumn("t", ColumnDef("c", "Uuid", default=uuid())),
            AddColumn("t", ColumnDef("d", "Text", default="x"), fill=expr("id::text")),
            large=["t"],
        )
    finally:
        stop.set()
        writer.join()

    assert errors == []
    assert filled.sql("SELECT count(*) FROM t WHERE c IS NULL OR d IS NULL") == [(0,)]


def test_a_partitioned_table_gets_plain_forms(say):
    from attrs import evolve

    partitioned = evolve(TABLE, options={"postgresql": {"partition_by": "RANGE (id)"}})
    [text] = say(
        CreateIndex("t", IndexDef("i", ["a"])), before=SchemaSnapshot.of(partitioned), large=["t"]
    )

    assert text == 'CREATE INDEX "i" ON "t" ("a");'
    assert ConcurrentIndex("x", "i", '"t"', "t", ("a",)).repeatable
