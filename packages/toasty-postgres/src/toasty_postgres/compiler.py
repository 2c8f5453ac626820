"""Operations as PostgreSQL's statements: in the form that is right for the server's version and the table's size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from toasty_core import operations as ops
from toasty_core.backends import Compiled, DataCheck, Statement, Work, only_for
from toasty_core.errors import SchemaError
from toasty_core.operations.base import Operation
from toasty_core.schema.constraints import (
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_postgres import safe
from toasty_postgres.additions import ColumnAddition
from toasty_postgres.checks import OperationChecks
from toasty_postgres.columns import ColumnChange
from toasty_postgres.constraint_compiler import ConstraintCompiler
from toasty_postgres.ddl import settings
from toasty_postgres.deferred import LOOK_NOW, may_be_pending
from toasty_postgres.effects import Lock, ddl, effect
from toasty_postgres.enums import EnumWriter, concerns_enums
from toasty_postgres.following import Following
from toasty_postgres.names import must_fit, quote
from toasty_postgres.options import OptionsChange
from toasty_postgres.parts import Parts, comment_on_column
from toasty_postgres.schemas import make_schema
from toasty_postgres.sequences import alter_sequence, create_sequence, sequence_name
from toasty_sql.compiler import Statements
from toasty_sql.statements import SqlStatement

_ROW_OPERATIONS = (
    ops.InsertRows,
    ops.UpsertRows,
    ops.UpdateRows,
    ops.DeleteRows,
    ops.TransformRows,
    ops.ExecuteSql,
    ops.Run,
)
KeyOperation: TypeAlias = (
    ops.AddUnique | ops.DropUnique | ops.ChangePrimaryKey | ops.RenameConstraint
)
_ON_KEYS = (ops.AddUnique, ops.DropUnique, ops.ChangePrimaryKey, ops.RenameConstraint)


class PostgresCompiler(ConstraintCompiler):
    """Writes for the PostgreSQL of `version`, as `(15, 3)`.

    `large` are the keys of the tables that get the forms which let others go on writing; `later` are the
    operations of the same migration behind the one at hand.
    """

    def __init__(
        self,
        version: tuple[int, ...],
        large: Collection[str] = (),
        later: Sequence[Operation] = (),
    ) -> None:
        super().__init__(version, large)
        self.later = later

    # whole migrations

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations, in order; tables that they make are not large, and are empty."""
        state: SchemaSnapshot = before.draft()
        large, empty = set(self.large), set[str]()
        enums, pending = concerns_enums(operations), False
        for position, operation in enumerate(operations):
            _follow(operation, large, empty)
            speaker = self
            if enums or large != self.large:
                later = operations[position + 1 :] if enums else ()
                speaker = PostgresCompiler(self.version, large, later)
            asks = not empty or not empty.issuperset(operation.touches()[:1])
            checks = tuple(speaker.checks(operation, state)) if asks else ()
            statements = tuple(speaker.compile(operation, state))
            if isinstance(operation, _ROW_OPERATIONS):
                pending = pending or may_be_pending(operation.touches(), state)
            elif pending and statements:
                statements, pending = (LOOK_NOW, *statements), False
            yield Compiled((operation,), statements, checks)
            if position + 1 < len(operations):
                state = operation.apply(state)

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Statements:
        """The statements for one operation, and for the enums that it needs or leaves."""
        enums = EnumWriter(self.tables.at(before), before, operation, self.later)
        yield from enums.ready()
        if isinstance(operation, _ON_KEYS):
            yield from self._on_keys(operation, before)
        else:
            yield from super().compile(operation, before)
        yield from enums.gone()

    def _on_keys(self, operation: KeyOperation, before: SchemaSnapshot) -> Statements:
        """The same for keys, which may say the same twice."""
        from toasty_postgres.twins import change_folded, has_twins

        table = before.table(operation.table)
        after = operation.apply(before.frozen()).table(operation.table)
        if _is_of_a_key(operation) and (has_twins(table) or has_twins(after)):
            self.refuse(operation, before)
            yield from change_folded(self.parts(table, before), after)
        else:
            yield from super().compile(operation, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return OperationChecks(self.tables, before).all(operation)

    # tables

    def create_table(self, operation: ops.CreateTable, before: SchemaSnapshot) -> Statements:
        """CREATE TABLE, then its indexes and comments."""
        table = operation.table
        must_fit(table.name, *table.column_names)
        writer = self.tables.at(before)
        parents = dict.fromkeys(k.table for k in writer.chosen(table.foreign_keys))
        others = [effect(key, Lock.SHARE_ROW_EXCLUSIVE) for key in parents if key != table.key]
        yield from make_schema(table.schema, before)
        yield ddl(writer.create_table(table), effect(table.key), *others)
        for index in writer.indexes(table):
            yield ddl(writer.create_index(table, index), effect(table.key, Lock.SHARE))
        if table.comment is not None:
            yield self._comment_on_table(table, table.comment)
        for column in table.columns:
            if column.comment is not None:
                yield comment_on_column(table, self.dialect.table(table), column)

    def drop_table(self, operation: ops.DropTable, before: SchemaSnapshot) -> Statements:
        """DROP TABLE; for a moment nobody can use the tables that it points at, either."""
        table = before.table(operation.table)
        parents = dict.fromkeys((table.key, *(key.table for key in table.foreign_keys)))
        yield ddl(f"DROP TABLE {self.dialect.table(table)}", *map(effect, parents))

    def rename_table(self, operation: ops.RenameTable, before: SchemaSnapshot) -> Statements:
        """RENAME TO; what the database named by itself follows."""
        table = before.table(operation.old)
        prefix = f"{table.schema}." if table.schema else ""
        name = operation.new.removeprefix(prefix)
        must_fit(name)
        yield self.parts(table, before).alter(f"RENAME TO {quote(name)}")
        yield from self._followed(table, operation.apply(before.frozen()).table(operation.new))

    def _followed(
        self, was: TableDef, now: TableDef, renamed: tuple[str, str] | None = None
    ) -> Iterator[Statement]:
        """What the database named is called by the new name."""
        sql = Following(self.tables, was, now, renamed).sql()
        if sql is not None:
            yield ddl(sql, effect(now.key))

    def set_table_comment(
        self, operation: ops.SetTableComment, before: SchemaSnapshot
    ) -> Statements:
        """COMMENT ON TABLE."""
        yield self._comment_on_table(before.table(operation.table), operation.comment)

    def _comment_on_table(self, table: TableDef, comment: str | None) -> SqlStatement:
        text = f"COMMENT ON TABLE {self.dialect.table(table)} IS {self.dialect.literal(comment)}"
        return ddl(text, effect(table.key, Lock.SHARE_UPDATE_EXCLUSIVE))

    def set_table_options(
        self, operation: ops.SetTableOptions, before: SchemaSnapshot
    ) -> Statements:
        """Storage parameters, tablespace, logging, inheritance and exclusion constraints."""
        if operation.changed(before, self.dialect.name):
            table = before.table(operation.table)
            change = OptionsChange(self.parts(table, before), settings(operation.options))
            yield from change.statements(lambda reason: self.unsupported(operation, reason))

    # columns

    def add_column(self, operation: ops.AddColumn, before: SchemaSnapshot) -> Statements:
        """ADD COLUMN, with a value for the rows that are there."""
        must_fit(operation.column.name)
        large = self.is_large(before.table(operation.table))
        writer = self.tables.at(before)
        return ColumnAddition(operation, before, writer, large=large).statements()

    def drop_column(self, operation: ops.DropColumn, before: SchemaSnapshot) -> Statements:
        """DROP COLUMN; a view that stands on it makes PostgreSQL refuse, and says which."""
        parts = self.parts(before.table(operation.table), before)
        yield parts.drop_column(operation.column)

    def rename_column(self, operation: ops.RenameColumn, before: SchemaSnapshot) -> Statements:
        """RENAME COLUMN; views follow by themselves, and so does what the database named."""
        table = before.table(operation.table)
        old, new = operation.old, operation.new
        must_fit(new)
        yield self.parts(table, before).alter(f"RENAME COLUMN {quote(old)} TO {quote(new)}")
        after = operation.apply(before.frozen()).table(table.key)
        yield from self._followed(table, after, (old, new))

    def modify_column(self, operation: ops.ModifyColumn, before: SchemaSnapshot) -> Statements:
        """ALTER COLUMN for all that changes."""
        large = self.is_large(before.table(operation.table))
        writer = self.tables.at(before)
        return ColumnChange(operation, before, writer, large=large).statements()

    # indexes

    def create_index(self, operation: ops.CreateIndex, before: SchemaSnapshot) -> Statements:
        """CREATE INDEX, on a large table CONCURRENTLY."""
        index, table = operation.index, before.table(operation.table)
        if only_for(self.dialect.name, index.only):
            parts = self.parts(table, before)
            yield safe.index(parts, index) if self.is_large(table, index) else _plain(parts, index)

    def drop_index(self, operation: ops.DropIndex, before: SchemaSnapshot) -> Statements:
        """DROP INDEX, on a large table CONCURRENTLY."""
        table = before.table(operation.table)
        index = table.index(operation.index)
        if only_for(self.dialect.name, index.only):
            parts, large = self.parts(table, before), self.is_large(table, index)
            yield safe.drop_index(parts, index.name) if large else parts.drop_index(index)

    def rename_index(self, operation: ops.RenameIndex, before: SchemaSnapshot) -> Statements:
        """ALTER INDEX ... RENAME TO."""
        table = before.table(operation.table)
        if only_for(self.dialect.name, table.index(operation.old).only):
            prefix = f"{quote(table.schema)}." if table.schema else ""
            sql = f"ALTER INDEX {prefix}{quote(operation.old)} RENAME TO {quote(operation.new)}"
            yield ddl(sql, effect(table.key, Lock.SHARE_UPDATE_EXCLUSIVE))

    # sequences

    def create_sequence(self, operation: ops.CreateSequence, before: SchemaSnapshot) -> Statements:
        """CREATE SEQUENCE."""
        must_fit(operation.sequence.name)
        yield from make_schema(operation.sequence.schema, before)
        yield SqlStatement(create_sequence(operation.sequence))

    def drop_sequence(self, operation: ops.DropSequence, before: SchemaSnapshot) -> Statements:
        """DROP SEQUENCE."""
        yield SqlStatement(f"DROP SEQUENCE {sequence_name(before.sequence(operation.sequence))}")

    def modify_sequence(self, operation: ops.ModifySequence, before: SchemaSnapshot) -> Statements:
        """ALTER SEQUENCE; the next number stays."""
        sql = alter_sequence(before.sequence(operation.sequence.key), operation.sequence)
        if sql is not None:
            yield SqlStatement(sql)

    # the user's SQL

    def user_sql(self, sql: str) -> Iterator[Statement]:
        """The text as it is; in pieces, where one of its statements stands in no transaction."""
        from toasty_postgres.sql_text import split_sql
        from toasty_postgres.statement_kinds import (
            is_repeatable,
            must_be_split,
            stands_outside,
            transaction_word,
        )

        pieces = list(split_sql(sql)) if must_be_split(sql) else []
        for piece in pieces:
            word = transaction_word(piece)
            if word is not None:
                raise SchemaError(
                    f"execute_sql may not {word}: the migration has its own transaction",
                    hint="leave BEGIN, COMMIT and ROLLBACK out",
                )
        if not any(map(stands_outside, pieces)):
            yield SqlStatement(sql)
            return
        for piece in pieces:
            outside = stands_outside(piece)
            yield SqlStatement(
                piece, in_transaction=not outside, again=outside and is_repeatable(piece)
            )


def _is_of_a_key(operation: KeyOperation) -> bool:
    if not isinstance(operation, ops.RenameConstraint):
        return True
    return isinstance(operation.constraint, PrimaryKeyDef | UniqueDef)


def _plain(parts: Parts, index: IndexDef) -> SqlStatement:
    sql = parts.writer.create_index(parts.table, index)
    return ddl(sql, effect(parts.table.key, Lock.SHARE, Work.BUILD))


def _follow(operation: Operation, large: set[str], empty: set[str]) -> None:
    """Keeps up which tables are large, and which are made here and have no rows yet."""
    if isinstance(operation, ops.CreateTable):
        large.discard(operation.table.key)
        empty.add(operation.table.key)
    elif isinstance(operation, ops.RenameTable):
        for keys in (large, empty):
            if operation.old in keys:
                keys.discard(operation.old)
                keys.add(operation.new)
    elif isinstance(operation, _ROW_OPERATIONS):
        known = not isinstance(operation, ops.ExecuteSql | ops.Run)
        empty.difference_update(operation.touches() if known else tuple(empty))
