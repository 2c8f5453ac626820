"""The tables "What each operation becomes" are true: each row is compiled for a small and for a large table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from toasty_core import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    expr,
    now,
    uuid,
)
from toasty_core import operations as ops
from toasty_core.backends import Backend, Statement, Work
from toasty_core.operations import Operation
from toasty_core.schema import Generated
from toasty_core.schema.type_syntax import parse_type
from toasty_core.schema.types import Type
from toasty_core.schema.values import Literal
from toasty_mysql import MariadbBackend, MysqlBackend
from toasty_postgres import PostgresBackend

DOCS = Path(__file__).resolve().parent.parent / "docs"
TABLE, PARENT = "orders", "customers"
STORED = Generated(expr("id + 1"))
BEFORE = SchemaSnapshot.of(
    TableDef(PARENT, [ColumnDef("id", "Integer", auto=True)], primary_key=["id"]),
    TableDef(
        TABLE,
        [
            ColumnDef("id", "Integer", auto=True),
            ColumnDef("customer", "Integer", nullable=True),
            ColumnDef("code", "String(20)", default="x"),
            ColumnDef("email", "String(40)", nullable=True),
            ColumnDef("sum", "Decimal(8, 2)"),
            ColumnDef("mood", "Enum('a', 'b', name='mood')"),
            ColumnDef("next", "Integer", generated=STORED),
        ],
        primary_key=["id"],
        indexes=[IndexDef("ix_old", ["code"])],
        uniques=[UniqueDef(["code"], name="uq_old")],
        checks=[CheckDef("length(email) > 0", name="ck_old")],
        foreign_keys=[ForeignKeyDef(["customer"], PARENT, references=["id"], name="fk_old")],
    ),
)


def added(type_: str = "Integer", fill: object = None, **more: object) -> Operation:
    return ops.AddColumn(TABLE, ColumnDef("new", type_, **more), fill=fill)  # type: ignore[arg-type]


def retyped(column: str, type_: str) -> Operation:
    return ops.ModifyColumn(TABLE, column, type=typed(type_))


def typed(text: str) -> Type:
    return parse_type(text)


NOT_NULL = ops.ModifyColumn(TABLE, "email", nullable=False)
FILLED = ops.ModifyColumn(TABLE, "email", nullable=False, fill=Literal("?"))
NEW_CHECK = ops.AddCheck(TABLE, CheckDef("customer > 0"))
NEW_KEY = ops.ChangePrimaryKey(TABLE, ["id", "code"])
LINK = ops.AddForeignKey(TABLE, ForeignKeyDef(["id"], PARENT, references=["id"]))
DROPS = (
    ops.DropUnique(TABLE, "uq_old"),
    ops.DropCheck(TABLE, "ck_old"),
    ops.DropForeignKey(TABLE, "fk_old"),
)


def options(**said: object) -> Operation:
    return ops.SetTableOptions(TABLE, {"postgresql": said})


ON_POSTGRES: dict[str, tuple[Operation, ...]] = {
    "`create_index`": (ops.CreateIndex(TABLE, IndexDef("ix", ["code"])),),
    "`drop_index`": (ops.DropIndex(TABLE, "ix_old"),),
    "`add_unique`": (ops.AddUnique(TABLE, UniqueDef(["email"], name="uq")),),
    "`change_primary_key`": (NEW_KEY,),
    "`add_foreign_key`": (LINK,),
    "`add_check`": (NEW_CHECK,),
    "`modify_column` to NOT NULL": (NOT_NULL,),
    "`fill` in `modify_column`": (FILLED,),
    "`add_column` without default, or with a constant or `now()`": (
        added(nullable=True),
        added(default=1),
        added("DateTime", default=now()),
    ),
    "`add_column` with a `fill` that is one value": (added(fill=Literal(1)),),
    "`add_column` with a `fill` over the row": (added(fill=expr("id * 2")),),
    "`add_column` with `uuid()` or a default that differs from row to row": (
        added("Uuid", default=uuid()),
        added("Double", default=expr("random()")),
    ),
    "`add_column` that is computed and stored, or numbered (`auto`)": (
        added(generated=STORED),
        added(auto=True),
    ),
    "`modify_column`: a longer `String`, `String` to `Text`, more digits before the point": (
        retyped("email", "String(80)"),
        retyped("email", "Text"),
        retyped("sum", "Decimal(12, 2)"),
    ),
    "`modify_column`: other types, another collation": (
        retyped("customer", "BigInteger"),
        retyped("email", "String(10)"),
        retyped("email", "Integer"),
    ),
    "enum values added": (retyped("mood", "Enum('a', 'c', 'b', name='mood')"),),
    "enum values taken away, or in another order": (
        retyped("mood", "Enum('a', name='mood')"),
        retyped("mood", "Enum('b', 'a', name='mood')"),
    ),
    "`drop_column`, `drop_table`, renames, defaults, comments, `drop_unique`, `drop_check`, `drop_foreign_key`": (
        ops.DropColumn(TABLE, "email"),
        ops.DropTable(TABLE),
        ops.RenameColumn(TABLE, "email", "mail"),
        ops.RenameTable(TABLE, "bills"),
        ops.ModifyColumn(TABLE, "code", default=Literal("y")),
        ops.ModifyColumn(TABLE, "code", comment="why"),
        *DROPS,
    ),
    "`set_table_options`: `with`": (options(**{"with": {"fillfactor": 70}}),),
    "`set_table_options`: `unlogged`, `tablespace`, `using`; a new `exclude`": (
        options(unlogged=True),
        options(tablespace="fast"),
        options(using="heap2"),
        options(exclude=[{"sql": "EXCLUDE USING gist (id WITH =)"}]),
    ),
}
ON_MYSQL: dict[str, tuple[Operation, ...]] = {
    "`add_column` without default, or with a constant": (added(nullable=True), added(default=1)),
    "`add_column` with `now()`": (added("DateTime", default=now()),),
    "`add_column` with another default in brackets": (added(default=expr("1 + 1")),),
    "`add_column` with a `fill` that is one number, text or date": (
        added(fill=Literal(1)),
        added("String(20)", nullable=True, fill=Literal("a")),
    ),
    "`add_column` with another `fill` or `uuid()`": (
        added("Text", fill=Literal("a")),
        added(fill=expr("id * 2")),
        added("Uuid", default=uuid()),
    ),
    "`add_column` that is computed and stored": (added(generated=STORED),),
    "`drop_column`": (ops.DropColumn(TABLE, "sum"),),
    "`rename_column`": (ops.RenameColumn(TABLE, "sum", "total"),),
    "`rename_table`, defaults, comments of columns": (
        ops.RenameTable(TABLE, "bills"),
        ops.ModifyColumn(TABLE, "code", default=Literal("y")),
        ops.ModifyColumn(TABLE, "code", comment="why"),
    ),
    "`modify_column` to NOT NULL, or back": (
        NOT_NULL,
        ops.ModifyColumn(TABLE, "sum", nullable=True),
    ),
    "`modify_column`: a longer `String`, whose bytes are counted in one byte as before (63 characters of utf8mb4)": (
        retyped("email", "String(63)"),
    ),
    "`modify_column`: a longer `String` beyond that": (retyped("email", "String(64)"),),
    "`modify_column`: enum values added at the end": (
        retyped("mood", "Enum('a', 'b', 'c', name='mood')"),
    ),
    "`modify_column`: other types, character sets, a column that becomes numbered": (
        retyped("sum", "Decimal(12, 2)"),
        retyped("mood", "Enum('b', 'a', name='mood')"),
        retyped("email", "Text"),
    ),
    "`create_index`, `add_unique`": (
        ops.CreateIndex(TABLE, IndexDef("ix", ["code"])),
        ops.AddUnique(TABLE, UniqueDef(["email"])),
    ),
    "`create_index` with `prefix`": (
        ops.CreateIndex(
            TABLE, IndexDef("ft", ["email"], options={"mysql": {"prefix": "FULLTEXT"}})
        ),
    ),
    "`drop_index`, `drop_unique`": (
        ops.DropIndex(TABLE, "ix_old"),
        ops.DropUnique(TABLE, "uq_old"),
    ),
    "`rename_index`, a unique constraint's name": (
        ops.RenameIndex(TABLE, "ix_old", "ix_new"),
        ops.RenameConstraint(TABLE, UniqueDef(["code"], name="uq_old"), "uq_new"),
    ),
    "`change_primary_key`": (NEW_KEY,),
    "`add_check`, a check's name": (NEW_CHECK,),
    "`drop_check`": (ops.DropCheck(TABLE, "ck_old"),),
    "`add_foreign_key`": (LINK,),
    "`drop_foreign_key`": (ops.DropForeignKey(TABLE, "fk_old"),),
    "`set_table_comment`": (ops.SetTableComment(TABLE, "what it is"),),
}


@frozen
class Row:
    """A row of a page's table: what it is about, and two cells."""

    about: str
    first: str
    second: str


def rows(page: str) -> Iterator[Row]:
    text = (DOCS / page).read_text(encoding="utf-8").split("### What each operation becomes\n")[1]
    for line in re.split(r"\n##", text)[0].splitlines():
        if line.startswith("| ") and not line.startswith("| operation"):
            yield Row(*(cell.strip() for cell in line.strip("| ").split(" | ")))


def compiled(backend: Backend, operation: Operation) -> list[Statement]:
    return [s for part in backend.compile_all([operation], BEFORE) for s in part.statements]


def assert_words(cell: str, statements: list[Statement]) -> None:
    """What stands as SQL in the cell stands in the statements, in this order."""
    text, place = "\n".join(map(str, statements)), 0
    for words in re.findall(r"`([A-Z][^`]*)`", cell):
        pattern = ".*?".join(re.escape(piece.strip()) for piece in words.split("..."))
        found = re.compile(pattern, re.S).search(text, place)
        assert found, f"no {words!r} in\n{text[place:]}"
        place = found.end()


def works(statements: list[Statement]) -> set[Work]:
    return {effect.work for statement in statements for effect in statement.effects}


def blocks(statements: list[Statement]) -> bool:
    return any(effect.blocking for statement in statements for effect in statement.effects)


@pytest.mark.parametrize("page", ["postgresql.md", "mysql.md"])
def test_every_row_has_its_operations(page: str) -> None:
    known = ON_POSTGRES if page == "postgresql.md" else ON_MYSQL

    assert [row.about for row in rows(page)] == list(known)


@pytest.mark.parametrize("row", [*rows("postgresql.md")], ids=lambda row: row.about)
def test_on_postgresql(row: Row) -> None:
    for operation in ON_POSTGRES[row.about]:
        small = compiled(PostgresBackend(), operation)
        large, newest = (
            compiled(PostgresBackend(version, {TABLE}), operation) for version in ((15,), (18,))
        )
        assert_words(row.first, small)
        assert blocks(large) == blocks(newest) == ("needs `--allow-blocking`" in row.second)
        if "no row is touched" in row.first:
            assert works(small) == {Work.CATALOG}
        if row.second.startswith("the same"):
            assert list(map(str, large)) == list(map(str, newest)) == list(map(str, small))
        else:
            assert_words(row.second, [*large, *newest])


@pytest.mark.parametrize("backend", [MysqlBackend, MariadbBackend])
@pytest.mark.parametrize("row", [*rows("mysql.md")], ids=lambda row: row.about)
def test_on_mysql_and_mariadb(row: Row, backend: type[MysqlBackend]) -> None:
    cell = row.second if backend is MariadbBackend else row.first
    for operation in ON_MYSQL[row.about]:
        large = compiled(backend(None, {TABLE}), operation)
        usual = (row.first if "the same" in cell else cell).split(";")[0]
        if row.about == "`add_foreign_key`":
            usual = "`NOCOPY`" if backend is MariadbBackend else "`INPLACE`"
        assert_algorithms(usual, large)


def assert_algorithms(cell: str, statements: list[Statement]) -> None:
    """The algorithms of the cell are those that the statements say, and writers wait where the cell says so."""
    wanted = list(dict.fromkeys(re.findall(r"`(INSTANT|INPLACE|NOCOPY|COPY)`", cell)))
    found = re.findall(r"ALGORITHM=(\w+)", "\n".join(map(str, statements)))

    assert list(dict.fromkeys(found))[: len(wanted)] == wanted
    assert blocks(statements) == ("blocks" in cell)
    if "writes the table anew" in cell:
        assert Work.REWRITE in works(statements)


def test_mariadb_copies_without_blocking_from_11_2_on() -> None:
    for version, waits in (((11, 1), True), ((11, 2), False)):
        large = compiled(MariadbBackend(version, {TABLE}), NEW_CHECK)
        assert blocks(large) == waits


def test_a_part_that_says_so_keeps_the_plain_form() -> None:
    said = {"postgresql": {"concurrently": False}}
    plain = ops.CreateIndex(TABLE, IndexDef("ix", ["code"], options=said))
    large = compiled(PostgresBackend((18,), {TABLE}), plain)

    assert [str(s) for s in large] == ['CREATE INDEX "ix" ON "orders" ("code");']
    assert blocks(large)
