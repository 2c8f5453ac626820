"""Operations as SQLite's statements: in place where this version can, by one rebuild of a table where not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from sqlite3 import complete_statement
from typing import Any

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Compiled, DataCheck, Statement, only_for
from toasty_core.errors import SchemaError
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_sql.compiler import SqlCompiler, Statements
from toasty_sql.rows import RowWriter
from toasty_sql.statements import SqlStatement
from toasty_sqlite.batch import Batch
from toasty_sqlite.change import Step
from toasty_sqlite.ddl import SqliteTableWriter
from toasty_sqlite.dialect import SqliteDialect
from toasty_sqlite.index_names import new_indexes, refuse_shared_names
from toasty_sqlite.rebuild import rowid_name
from toasty_sqlite.statements import DropColumnInPlace, SqlWithoutForeignKeys

_RENAME_COLUMN = (3, 25)
_DROP_COLUMN = (3, 35)
_VACUUM_INTO = re.compile(r".*\bVACUUM\b.*\bINTO\b", re.IGNORECASE | re.DOTALL)
_OWN_TRANSACTION = ("BEGIN", "COMMIT", "END", "ROLLBACK")


class SqliteRowWriter(RowWriter):
    """Rows are found by their rowid: it is never null, and never changes on the way."""

    def row_locator(self, table: TableDef) -> tuple[str, ...]:
        """The rowid, or the key of a table without one."""
        rowid = rowid_name(table)
        return (rowid,) if rowid is not None else super().row_locator(table)


class SqliteCompiler(SqlCompiler):
    """Writes for the SQLite of `version`, as `(3, 40, 1)`."""

    dialect: SqliteDialect
    tables: SqliteTableWriter

    def __init__(self, version: tuple[int, ...]) -> None:
        dialect = SqliteDialect()
        super().__init__(dialect, SqliteTableWriter(dialect), SqliteRowWriter(dialect))
        self.version = version

    # whole migrations

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Statements:
        """The statements for one operation."""
        for compiled in self.compile_all((operation,), before):
            yield from compiled.statements

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        for compiled in self.compile_all((operation,), before):
            yield from compiled.checks

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations; those on one table that stand together are done together."""
        state: SchemaSnapshot = before.draft()
        batch = Batch(self, state)
        brought: list[str] = []
        for operation in operations:
            brought += new_indexes(operation)
            self.refuse(operation, state)
            key = joined_table(operation)
            if key is None:
                yield from self._alone(operation, batch, state)
                state = operation.apply(state)
                continue
            if batch.must_flush(key, operation):
                yield from batch.flush()
            table = state.tables.get(key)
            state = operation.apply(state)
            batch.add(key, Step(operation, table, state.table(key)))
        refuse_shared_names(brought, state)
        yield from batch.flush()

    def _alone(
        self, operation: Operation, batch: Batch, state: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """An operation that nothing joins; what waits is done before, unless it only drops a table."""
        if isinstance(operation, ops.DropTable):
            yield self._drop(operation, batch, state)
            return
        yield from batch.flush()
        yield Compiled((operation,), tuple(super().compile(operation, state)))

    def _drop(self, operation: ops.DropTable, batch: Batch, state: SchemaSnapshot) -> Compiled:
        """What waits for a table that goes away need not be done at all."""
        waiting = batch.take(operation.table)
        if waiting is not None and waiting.before is None:
            return Compiled((*waiting.operations, operation), ())
        table = waiting.before if waiting and waiting.before else state.table(operation.table)
        sql = f"DROP TABLE {self.dialect.table(table)}"
        done = waiting.operations if waiting else ()
        return Compiled((*done, operation), (SqlWithoutForeignKeys(sql),))

    def drop_column(self, operation: ops.DropColumn, before: SchemaSnapshot) -> Statements:
        """DROP COLUMN, with a look at the triggers."""
        table = before.table(operation.table)
        remaining = tuple(
            column.name
            for column in table.columns
            if column.generated is None and column.name != operation.column
        )
        for statement in super().drop_column(operation, before):
            yield DropColumnInPlace(table.name, remaining, str(statement).removesuffix(";"))

    def rename_column(self, operation: ops.RenameColumn, before: SchemaSnapshot) -> Statements:
        """RENAME COLUMN, which also changes the triggers and views that name it."""
        if self.version < _RENAME_COLUMN:
            raise self.unsupported(operation, "it takes SQLite 3.25 or newer")
        return super().rename_column(operation, before)

    def rename_table(self, operation: ops.RenameTable, before: SchemaSnapshot) -> Statements:
        """RENAME TO; by way of another name when only the case changes, which SQLite takes for no change."""
        if operation.old.lower() != operation.new.lower():
            return super().rename_table(operation, before)
        quote = self.dialect.quote
        between = quote(f"toasty_new_{operation.new}")
        there = self.alter(before.table(operation.old), f"RENAME TO {between}")
        back = SqlStatement(f"ALTER TABLE {between} RENAME TO {quote(operation.new)}")
        return (there, back)

    # one table

    def needs_rebuild(self, step: Step) -> bool:
        """Is this beyond what SQLite's ALTER TABLE can do?"""
        operation, before, after = step.operation, step.before, step.after
        if before is None or isinstance(operation, _IN_PLACE):
            return False
        if isinstance(operation, ops.AddColumn):
            return not self._can_add(operation.column, after)
        if isinstance(operation, ops.DropColumn):
            return self.version < _DROP_COLUMN
        if isinstance(operation, ops.ModifyColumn) and self._has_values(operation):
            return True
        return not self.tables.are_same(before, after)

    def _has_values(self, operation: ops.ModifyColumn) -> bool:
        using, fill = operation.using, operation.fill
        return fill is not None or (
            using is not None and using.for_backend(self.dialect.name) is not None
        )

    def _can_add(self, column: ColumnDef, table: TableDef) -> bool:
        """Does ADD COLUMN take this column, whatever rows there are?"""
        if column.name in table.key_columns:
            return False
        if column.generated is not None:
            return not column.generated.stored and column.nullable
        if not self.dialect.is_constant_default(column):
            return False
        return column.nullable or not self.dialect.is_null_default(column)

    def in_place(self, step: Step) -> Statements:
        """The statements for one step that needs no rebuild."""
        schema = SchemaSnapshot({step.after.key: step.before} if step.before else {})
        if isinstance(step.operation, _SPOKEN):
            return super().compile(step.operation, schema)
        return ()

    def rename_index(self, operation: ops.RenameIndex, before: SchemaSnapshot) -> Statements:
        """SQLite has no word for it: the index is dropped and made anew."""
        table = before.table(operation.table)
        index = table.index(operation.old)
        if only_for(self.dialect.name, index.only):
            yield SqlStatement(self.tables.drop_index(table, operation.old))
            renamed = evolve(index, name=operation.new)
            yield SqlStatement(self.tables.create_index(table, renamed))

    # the user's SQL

    def user_sql(self, sql: str) -> Iterator[Statement]:
        """One statement for each of the user's; none of them may end the migration's transaction."""
        for statement in split_sql(sql):
            word = first_word(statement)
            if word in _OWN_TRANSACTION:
                raise SchemaError(
                    f"execute_sql may not {word}: the migration has its own transaction",
                    hint="leave BEGIN and COMMIT out",
                )
            outside = word in ("VACUUM", "ATTACH", "DETACH")
            again = word == "VACUUM" and not _VACUUM_INTO.match(statement)
            yield SqlStatement(statement, in_transaction=not outside, again=again)


_IN_PLACE = (ops.CreateIndex, ops.DropIndex, ops.RenameIndex)
_SPOKEN: tuple[type[Any], ...] = (ops.CreateTable, ops.AddColumn, ops.DropColumn, *_IN_PLACE)
_JOINING: tuple[type[Any], ...] = (
    *_IN_PLACE,
    ops.AddColumn,
    ops.DropColumn,
    ops.ModifyColumn,
    ops.AddUnique,
    ops.DropUnique,
    ops.AddCheck,
    ops.DropCheck,
    ops.AddForeignKey,
    ops.DropForeignKey,
    ops.ChangePrimaryKey,
    ops.RenameConstraint,
    ops.SetTableComment,
    ops.SetTableOptions,
)


def joined_table(operation: Operation) -> str | None:
    """The key of the one table that the operation changes together with others; None when it stands alone."""
    if isinstance(operation, ops.CreateTable):
        return operation.table.key
    return operation.table if isinstance(operation, _JOINING) else None


def split_sql(sql: str) -> Iterator[str]:
    """The statements of a text, at the semicolons that end one (not those in a trigger or a literal).

    Raises SchemaError for a text that SQLite cannot read to its end.
    """
    if "\0" in sql:
        raise SchemaError("execute_sql has a zero character, where SQLite would stop reading")
    waiting = ""
    for piece in sql.split(";"):
        waiting += piece + ";"
        if complete_statement(waiting):
            if first_word(waiting):
                yield waiting.strip().removesuffix(";").rstrip()
            waiting = ""
    rest = waiting.removesuffix(";").strip()
    if first_word(rest):
        yield rest


def first_word(sql: str) -> str:
    """The first word, in capitals; empty for nothing but comments and blanks."""
    rest = sql.lstrip(" \t\r\n;")
    while rest[:2] in ("--", "/*"):
        end = "\n" if rest.startswith("--") else "*/"
        _, _, rest = rest.partition(end)
        rest = rest.lstrip(" \t\r\n;")
    letters = next((i for i, letter in enumerate(rest) if not letter.isalpha()), len(rest))
    return rest[: max(letters, 1)].upper()
