"""Every operation in standard SQL, for backends to state what differs."""

from __future__ import annotations

import inspect
from typing import ClassVar

import pytest
from attrs import evolve, frozen

import toasty_core.operations as ops
from toasty_core.errors import SchemaError, Unsupported
from toasty_core.operations.base import Operation
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Expression,
    ForeignKeyDef,
    Generated,
    IndexColumn,
    IndexDef,
    Literal,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    expr,
    now,
    types,
    uuid,
)
from toasty_sql.compiler import SqlCompiler
from toasty_sql.dialect import SqlDialect
from toasty_sql.fills import has_no_value
from toasty_sql.statements import SqlStatement

USERS = TableDef(
    "users",
    [ColumnDef("id", "Integer"), ColumnDef("name", "String(20)", nullable=True)],
    PrimaryKeyDef(["id"], "users_key"),
    uniques=[UniqueDef(["name"], "uq"), UniqueDef(["id", "name"])],
    checks=[CheckDef("id > 0", "ck"), CheckDef(Expression(None, {"mysql": "1"}), "other")],
    foreign_keys=[ForeignKeyDef("id", "sales.orders", "id", "fk", on_delete="set null")],
    indexes=[IndexDef("ix", ["name"]), IndexDef("gin", ["name"], only=["postgresql"])],
    schema="app",
)
BEFORE = SchemaSnapshot.of(USERS)
COMPILER = SqlCompiler(SqlDialect())

CASES = [
    (ops.DropTable("app.users"), ['DROP TABLE "app"."users";']),
    (ops.RenameTable("app.users", "app.people"), ['ALTER TABLE "app"."users" RENAME TO "people";']),
    (ops.SetTableComment("app.users", "it's"), ["COMMENT ON TABLE \"app\".\"users\" IS 'it''s';"]),
    (ops.SetTableOptions("app.users", {"mysql": {"engine": "x"}}), []),
    (
        ops.AddColumn("app.users", ColumnDef("n", "Integer", nullable=True), fill=3),
        ['ALTER TABLE "app"."users" ADD COLUMN "n" INTEGER;', 'UPDATE "app"."users" SET "n" = 3;'],
    ),
    (ops.DropColumn("app.users", "name"), ['ALTER TABLE "app"."users" DROP COLUMN "name";']),
    (
        ops.RenameColumn("app.users", "name", 'na"me'),
        ['ALTER TABLE "app"."users" RENAME COLUMN "name" TO "na""me";'],
    ),
    (
        ops.CreateIndex(
            "app.users", IndexDef("i", [IndexColumn("name", descending=True, nulls_first=True)])
        ),
        ['CREATE INDEX "i" ON "app"."users" ("name" DESC NULLS FIRST);'],
    ),
    (ops.CreateIndex("app.users", IndexDef("i", ["name"], only=["mysql"])), []),
    (ops.DropIndex("app.users", "ix"), ['DROP INDEX "app"."ix";']),
    (ops.DropIndex("app.users", "gin"), []),
    (ops.RenameIndex("app.users", "ix", "iy"), ['ALTER INDEX "ix" RENAME TO "iy";']),
    (
        ops.AddUnique("app.users", UniqueDef(["id"], "u", deferral="deferred")),
        [
            'ALTER TABLE "app"."users" ADD CONSTRAINT "u" UNIQUE ("id") DEFERRABLE INITIALLY DEFERRED;'
        ],
    ),
    (ops.DropUnique("app.users", "uq"), ['ALTER TABLE "app"."users" DROP CONSTRAINT "uq";']),
    (
        ops.AddCheck("app.users", CheckDef("id < 9")),
        ['ALTER TABLE "app"."users" ADD CHECK (id < 9);'],
    ),
    (ops.AddCheck("app.users", CheckDef(Expression(None, {"mysql": "1"}))), []),
    (ops.DropCheck("app.users", "ck"), ['ALTER TABLE "app"."users" DROP CONSTRAINT "ck";']),
    (ops.DropCheck("app.users", "other"), []),
    (
        ops.AddForeignKey("app.users", ForeignKeyDef("id", "app.users", on_update="cascade")),
        [
            'ALTER TABLE "app"."users" ADD FOREIGN KEY("id") REFERENCES "app"."users" ON UPDATE CASCADE;'
        ],
    ),
    (ops.DropForeignKey("app.users", "fk"), ['ALTER TABLE "app"."users" DROP CONSTRAINT "fk";']),
    (
        ops.ChangePrimaryKey("app.users", ["name"]),
        [
            'ALTER TABLE "app"."users" DROP CONSTRAINT "users_key";',
            'ALTER TABLE "app"."users" ADD PRIMARY KEY ("name");',
        ],
    ),
    (
        ops.RenameConstraint("app.users", UniqueDef(["name"], "uq"), "uq2"),
        ['ALTER TABLE "app"."users" RENAME CONSTRAINT "uq" TO "uq2";'],
    ),
    (ops.InsertRows("app.users", [{"id": 1}]), ['INSERT INTO "app"."users" ("id") VALUES (1);']),
    (
        ops.UpsertRows("app.users", [{"id": 1, "name": "a"}]),
        [
            'INSERT INTO "app"."users" ("id", "name") VALUES (1, \'a\')'
            ' ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name";'
        ],
    ),
    (
        ops.UpdateRows("app.users", {"name": expr("lower(name)")}, {"id": [1, None]}),
        ['UPDATE "app"."users" SET "name" = (lower(name)) WHERE ("id" IN (1) OR "id" IS NULL);'],
    ),
    (ops.DeleteRows("app.users", "id > 5"), ['DELETE FROM "app"."users" WHERE (id > 5);']),
    (ops.ExecuteSql("SELECT 1", only=["sql"]), ["SELECT 1;"]),
    (ops.ExecuteSql("SELECT 1", only=["mysql"]), []),
    (ops.ExecuteCommand({"ping": 1}, only=["mongodb"]), []),
    (ops.Run(print), ["-- Python: run print"]),
    (ops.Run(print, only=["mysql"]), []),
]
REFUSED = [
    ops.RenameField("app.users", "name.first", "name.given"),
    ops.AddField("app.users", "name.last", "Text"),
    ops.DropField("app.users", "name.last"),
    ops.ModifyColumn("app.users", "name", nullable=False),
    ops.SetTableOptions("app.users", {"sql": {"engine": "x"}}),
    ops.DropUnique("app.users", UniqueDef(["id", "name"])),
    ops.RenameConstraint("app.users", UniqueDef(["id", "name"]), "named"),
    ops.CreateSequence(SequenceDef("s")),
    ops.ExecuteCommand({"ping": 1}),
]


def texts(operation: Operation) -> list[str]:
    return [str(statement) for statement in COMPILER.compile(operation, BEFORE)]


@pytest.mark.parametrize(
    ("operation", "expected"), CASES, ids=lambda value: getattr(value, "kind", "")
)
def test_an_operation_in_standard_sql(operation, expected):
    """One statement for each thing to do, every name in quotes."""
    assert texts(operation) == expected


def test_a_table_with_all_that_belongs_to_it():
    """Columns, then keys and checks, then indexes; what is for others is left out."""
    assert texts(ops.CreateTable(USERS)) == [
        'CREATE TABLE "app"."users" (\n'
        '\t"id" INTEGER NOT NULL, \n'
        '\t"name" VARCHAR(20), \n'
        '\tCONSTRAINT "users_key" PRIMARY KEY ("id"), \n'
        '\tUNIQUE ("id", "name"), \n'
        '\tCONSTRAINT "uq" UNIQUE ("name"), \n'
        '\tCONSTRAINT "fk" FOREIGN KEY("id") REFERENCES "sales"."orders" ("id") ON DELETE SET NULL, \n'
        '\tCONSTRAINT "ck" CHECK (id > 0)\n'
        ");",
        'CREATE INDEX "ix" ON "app"."users" ("name");',
    ]


@pytest.mark.parametrize("operation", REFUSED, ids=lambda operation: operation.kind)
def test_what_has_no_words_in_standard_sql_is_refused(operation):
    """A backend says how."""
    with pytest.raises(Unsupported):
        texts(operation)


def test_every_operation_has_a_method_of_its_name():
    """`AddColumn`, `add_column`: the same word everywhere."""
    kinds = {
        found.kind
        for found in vars(ops).values()
        if inspect.isclass(found) and issubclass(found, Operation) and found is not Operation
    }

    assert set(COMPILER.handlers()) == kinds
    assert all(handler.__name__ == kind for kind, handler in COMPILER.handlers().items())


def test_a_plug_in_adds_an_operation_of_its_own():
    """In `handlers`."""

    @frozen
    class Vacuum(Operation):
        def apply(self, schema):
            return schema

        def inverse(self, before):
            return self

        def describe(self):
            return "vacuum"

        def touches(self):
            return ()

    class Mine(SqlCompiler):
        def handlers(self):
            return {
                **super().handlers(),
                "vacuum": lambda operation, before: [SqlStatement("VACUUM")],
            }

    assert list(Mine(SqlDialect()).compile(Vacuum(), BEFORE)) == [SqlStatement("VACUUM")]
    with pytest.raises(Unsupported, match="vacuum"):
        COMPILER.compile(Vacuum(), BEFORE)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (ColumnDef("c", "String", default="it's"), "\"c\" VARCHAR DEFAULT 'it''s' NOT NULL"),
        (ColumnDef("c", "Integer", default="0"), "\"c\" INTEGER DEFAULT '0' NOT NULL"),
        (ColumnDef("c", "Integer", default=0), '"c" INTEGER DEFAULT 0 NOT NULL'),
        (
            ColumnDef("c", "DateTime", default=now()),
            '"c" TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL',
        ),
        (ColumnDef("c", "Integer", default=expr("1 + 1")), '"c" INTEGER DEFAULT (1 + 1) NOT NULL'),
        (ColumnDef("c", "Integer", default=expr("(1)")), '"c" INTEGER DEFAULT (1) NOT NULL'),
        (
            ColumnDef("c", "Integer", default=expr("NULL"), nullable=True),
            '"c" INTEGER DEFAULT NULL',
        ),
        (ColumnDef("c", "Integer", default=expr(mysql="5")), '"c" INTEGER NOT NULL'),
        (ColumnDef("c", "Json", default={"a": 1}), '"c" JSON DEFAULT \'{"a": 1}\' NOT NULL'),
        (ColumnDef("c", "Text", collation="C", nullable=True), '"c" TEXT COLLATE "C"'),
        (
            ColumnDef("c", "Integer", generated=Generated("a + b", stored=False)),
            '"c" INTEGER NOT NULL GENERATED ALWAYS AS (a + b) VIRTUAL',
        ),
    ],
)
def test_columns(column, text):
    """Type, collation, default, null, generated: in this order."""
    assert COMPILER.tables.column(column, USERS) == text


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("Decimal", "NUMERIC"),
        ("Decimal(5)", "NUMERIC(5)"),
        ("Decimal(5, 2)", "NUMERIC(5, 2)"),
        ("Char", "CHAR"),
        ("Enum('a', 'long')", "VARCHAR(4)"),
        ("Native('whatever(1)')", "whatever(1)"),
        ("Variant(Text, sql=Integer)", "INTEGER"),
    ],
)
def test_types(type_, text):
    """With the arguments that show."""
    assert SqlDialect().type_sql(ColumnDef("c", type_).type) == text


def test_a_type_without_a_form_is_refused():
    """With the marked way out."""
    with pytest.raises(Unsupported) as caught:
        SqlDialect().type_sql(types.Uuid())

    assert "Native" in str(caught.value.hint)


def test_functions_without_a_form_are_refused():
    """A backend says how."""
    with pytest.raises(Unsupported, match="UUID"):
        SqlDialect().default_sql(ColumnDef("c", "Text", default=uuid()))


def test_an_expression_for_others_cannot_choose_rows():
    """No text here would mean all rows."""
    with pytest.raises(SchemaError, match="no text for sql"):
        texts(ops.DeleteRows("app.users", Expression(None, {"mysql": "1"})))


KIND = ColumnDef("kind", "Variant(Char(36), sql=Uuid)")


class Uuids(SqlDialect):
    """Has a type for them, as some have."""

    plain_types: ClassVar = {**SqlDialect.plain_types, types.Uuid: "UUID"}


@pytest.mark.parametrize(
    ("fill", "ending"), [("0" * 36, []), ("0" * 32, ['UPDATE "app"."users" SET "kind" = '])]
)
def test_a_fill_for_other_databases_is_none_here(fill, ending):
    """A column of a variant has one fill for all of them, and it may be no value of the type here."""
    made = SqlCompiler(Uuids()).compile(ops.AddColumn("app.users", KIND, fill=fill), BEFORE)

    assert [str(statement)[:34] for statement in list(made)[1:]] == ending
    said = has_no_value(KIND, Literal(fill), "sql")
    assert said.endswith(f"(the fill '{fill}' is no value of Uuid)") is (ending == [])


@pytest.mark.parametrize(
    "operation",
    [
        ops.AddColumn("app.users", evolve(KIND, nullable=True), fill="0" * 36),
        ops.AddColumn("app.users", KIND, fill="0" * 37),
        ops.AddColumn("app.users", ColumnDef("kind", "Uuid"), fill="0" * 36),
    ],
)
def test_a_fill_that_would_be_lost_without_a_word_is_refused(operation):
    """Where a column may be null, no question about rows follows; and what fits nowhere is a mistake."""
    with pytest.raises(SchemaError, match="is no value of the type"):
        list(SqlCompiler(Uuids()).compile(operation, BEFORE))
