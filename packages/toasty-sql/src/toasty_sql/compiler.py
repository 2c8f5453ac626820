"""Operations as SQL: one method for each kind, in standard SQL, for backends to state what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, Statement, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.fields import INSTEAD_OF_FIELDS
from toasty_core.operations.tables import sequence_of
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import ConstraintDef
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef, describe_part
from toasty_sql.ddl import TableWriter
from toasty_sql.dialect import SqlDialect
from toasty_sql.fills import refuse_unfit_fill
from toasty_sql.options import refuse_unknown_options
from toasty_sql.rows import RowWriter
from toasty_sql.statements import CallStatement, SqlStatement

Statements: TypeAlias = Iterable[Statement]
Handler: TypeAlias = Callable[[Any, SchemaSnapshot], Statements]

_ONE_VALUE = "a nested document is one value here: change it with db.transform_rows"


class SqlCompiler:
    """Turns operations into statements. Pure and offline.

    A backend subclasses it, gives it its dialect and writers, and overrides the operations that its
    database says in another way. An operation of a plug-in's own is added in `handlers`.
    """

    def __init__(
        self, dialect: SqlDialect, tables: TableWriter | None = None, rows: RowWriter | None = None
    ) -> None:
        self.dialect = dialect
        self.tables = tables or TableWriter(dialect)
        self.rows = rows or RowWriter(dialect)
        self._handlers = self.handlers()

    def handlers(self) -> Mapping[str, Handler]:
        """The method for each kind of operation."""
        return {
            ops.CreateTable.kind: self.create_table,
            ops.DropTable.kind: self.drop_table,
            ops.RenameTable.kind: self.rename_table,
            ops.SetTableComment.kind: self.set_table_comment,
            ops.SetTableOptions.kind: self.set_table_options,
            ops.AddColumn.kind: self.add_column,
            ops.DropColumn.kind: self.drop_column,
            ops.RenameColumn.kind: self.rename_column,
            ops.ModifyColumn.kind: self.modify_column,
            ops.RenameField.kind: self.rename_field,
            ops.AddField.kind: self.add_field,
            ops.DropField.kind: self.drop_field,
            ops.CreateIndex.kind: self.create_index,
            ops.DropIndex.kind: self.drop_index,
            ops.RenameIndex.kind: self.rename_index,
            ops.AddUnique.kind: self.add_unique,
            ops.DropUnique.kind: self.drop_unique,
            ops.AddCheck.kind: self.add_check,
            ops.DropCheck.kind: self.drop_check,
            ops.AddForeignKey.kind: self.add_foreign_key,
            ops.DropForeignKey.kind: self.drop_foreign_key,
            ops.ChangePrimaryKey.kind: self.change_primary_key,
            ops.RenameConstraint.kind: self.rename_constraint,
            ops.CreateSequence.kind: self.create_sequence,
            ops.DropSequence.kind: self.drop_sequence,
            ops.ModifySequence.kind: self.modify_sequence,
            ops.InsertRows.kind: self.insert_rows,
            ops.UpsertRows.kind: self.upsert_rows,
            ops.UpdateRows.kind: self.update_rows,
            ops.DeleteRows.kind: self.delete_rows,
            ops.TransformRows.kind: self.transform_rows,
            ops.ExecuteSql.kind: self.execute_sql,
            ops.ExecuteCommand.kind: self.execute_command,
            ops.Run.kind: self.run,
        }

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Statements:
        """The statements for one operation. Raises Unsupported with the reason."""
        handler = self._handlers.get(operation.kind)
        if handler is None:
            raise self.unsupported(operation)
        self.refuse(operation, before)
        sequence = sequence_of(operation, before)
        if sequence is not None and not self.has_sequence(sequence):
            return ()
        return handler(operation, before)

    def has_sequence(self, sequence: SequenceDef) -> bool:
        """Is the sequence for this backend?"""
        return only_for(self.dialect.name, sequence.only)

    def refuse(self, operation: Operation, before: SchemaSnapshot) -> None:
        """Raises SchemaError or Unsupported for what cannot be meant, whatever the operation becomes."""
        refuse_unknown_options(operation, self.dialect.name, self.tables.option_names)
        refuse_unfit_fill(operation, before, self.dialect.name)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return ()

    def unsupported(
        self, operation: Operation, reason: str | None = None, hint: str | None = None
    ) -> Unsupported:
        """The error for an operation that the database has no words for."""
        said = f"{self.dialect.name} cannot {operation.describe()}"
        return Unsupported(said, reason=reason, hint=hint)

    def chosen(self, part: ConstraintDef) -> bool:
        """Is the constraint for this backend?"""
        return only_for(self.dialect.name, getattr(part, "only", ()))

    def alter(self, table: TableDef, action: str) -> SqlStatement:
        """ALTER TABLE."""
        return SqlStatement(f"ALTER TABLE {self.dialect.table(table)} {action}")

    # tables

    def create_table(self, operation: ops.CreateTable, before: SchemaSnapshot) -> Statements:
        """CREATE TABLE with keys and checks, then its indexes."""
        table = operation.table
        yield SqlStatement(self.tables.create_table(table))
        for index in self.tables.indexes(table):
            yield SqlStatement(self.tables.create_index(table, index))

    def drop_table(self, operation: ops.DropTable, before: SchemaSnapshot) -> Statements:
        """DROP TABLE."""
        yield SqlStatement(f"DROP TABLE {self.dialect.table(before.table(operation.table))}")

    def rename_table(self, operation: ops.RenameTable, before: SchemaSnapshot) -> Statements:
        """ALTER TABLE ... RENAME TO."""
        table = before.table(operation.old)
        prefix = f"{table.schema}." if table.schema else ""
        yield self.alter(
            table, f"RENAME TO {self.dialect.quote(operation.new.removeprefix(prefix))}"
        )

    def set_table_comment(
        self, operation: ops.SetTableComment, before: SchemaSnapshot
    ) -> Statements:
        """COMMENT ON TABLE."""
        text = self.dialect.literal(operation.comment)
        table = self.dialect.table(before.table(operation.table))
        yield SqlStatement(f"COMMENT ON TABLE {table} IS {text}")

    def set_table_options(
        self, operation: ops.SetTableOptions, before: SchemaSnapshot
    ) -> Statements:
        """Nothing, unless the options of this backend change; then the backend must know how."""
        if operation.changed(before, self.dialect.name):
            raise self.unsupported(operation, "its table options cannot change")
        return ()

    # columns

    def add_column(self, operation: ops.AddColumn, before: SchemaSnapshot) -> Statements:
        """ADD COLUMN; with a fill: as one that may be null, fill, then as it is to be."""
        table, column = before.table(operation.table), operation.column
        yield self.alter(table, f"ADD COLUMN {self.tables.column(column, table)}")
        if operation.fill is not None:
            value = self.dialect.value_sql(operation.fill, column.type)
            yield from self.fill_column(table, column, value, only_nulls=False)

    def fill_column(
        self, table: TableDef, column: ColumnDef, value: str | None, *, only_nulls: bool
    ) -> Iterator[Statement]:
        """UPDATE of a column's rows; none for a fill that is not for this backend."""
        if value is None:
            return
        name = self.dialect.quote(column.name)
        where = f" WHERE {name} IS NULL" if only_nulls else ""
        yield SqlStatement(f"UPDATE {self.dialect.table(table)} SET {name} = {value}{where}")

    def drop_column(self, operation: ops.DropColumn, before: SchemaSnapshot) -> Statements:
        """DROP COLUMN."""
        table = before.table(operation.table)
        yield self.alter(table, f"DROP COLUMN {self.dialect.quote(operation.column)}")

    def rename_column(self, operation: ops.RenameColumn, before: SchemaSnapshot) -> Statements:
        """RENAME COLUMN."""
        quote = self.dialect.quote
        action = f"RENAME COLUMN {quote(operation.old)} TO {quote(operation.new)}"
        yield self.alter(before.table(operation.table), action)

    def modify_column(self, operation: ops.ModifyColumn, before: SchemaSnapshot) -> Statements:
        """ALTER COLUMN for what the operation changes. Each backend says it in its own way."""
        raise self.unsupported(operation)

    def rename_field(self, operation: ops.RenameField, before: SchemaSnapshot) -> Statements:
        """Refused: SQL knows no fields."""
        raise self.unsupported(operation, _ONE_VALUE, INSTEAD_OF_FIELDS)

    def add_field(self, operation: ops.AddField, before: SchemaSnapshot) -> Statements:
        """Refused: SQL knows no fields."""
        raise self.unsupported(operation, _ONE_VALUE, INSTEAD_OF_FIELDS)

    def drop_field(self, operation: ops.DropField, before: SchemaSnapshot) -> Statements:
        """Refused: SQL knows no fields."""
        raise self.unsupported(operation, _ONE_VALUE, INSTEAD_OF_FIELDS)

    # indexes

    def create_index(self, operation: ops.CreateIndex, before: SchemaSnapshot) -> Statements:
        """CREATE INDEX, when it is for this backend."""
        if only_for(self.dialect.name, operation.index.only):
            table = before.table(operation.table)
            yield SqlStatement(self.tables.create_index(table, operation.index))

    def drop_index(self, operation: ops.DropIndex, before: SchemaSnapshot) -> Statements:
        """DROP INDEX, when it is for this backend."""
        table = before.table(operation.table)
        if only_for(self.dialect.name, table.index(operation.index).only):
            yield SqlStatement(self.tables.drop_index(table, operation.index))

    def rename_index(self, operation: ops.RenameIndex, before: SchemaSnapshot) -> Statements:
        """ALTER INDEX ... RENAME TO, when it is for this backend."""
        table = before.table(operation.table)
        if only_for(self.dialect.name, table.index(operation.old).only):
            old, new = self.dialect.quote(operation.old), self.dialect.quote(operation.new)
            yield SqlStatement(f"ALTER INDEX {old} RENAME TO {new}")

    # constraints

    def add_unique(self, operation: ops.AddUnique, before: SchemaSnapshot) -> Statements:
        """ADD UNIQUE, when it is for this backend."""
        if self.chosen(operation.unique):
            table = before.table(operation.table)
            yield self.alter(table, f"ADD {self.tables.unique(operation.unique)}")

    def drop_unique(self, operation: ops.DropUnique, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT."""
        return self.drop_constraint(before.table(operation.table), operation.found(before))

    def add_check(self, operation: ops.AddCheck, before: SchemaSnapshot) -> Statements:
        """ADD CHECK, when it has a text for this backend."""
        check = operation.check
        if self.chosen(check) and check.expression.for_backend(self.dialect.name) is not None:
            yield self.alter(before.table(operation.table), f"ADD {self.tables.check(check)}")

    def drop_check(self, operation: ops.DropCheck, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT, when it has a text for this backend."""
        check = operation.found(before)
        if check.expression.for_backend(self.dialect.name) is None:
            return ()
        return self.drop_constraint(before.table(operation.table), check)

    def add_foreign_key(self, operation: ops.AddForeignKey, before: SchemaSnapshot) -> Statements:
        """ADD FOREIGN KEY, when it is for this backend."""
        if self.chosen(operation.foreign_key):
            table = before.table(operation.table)
            yield self.alter(table, f"ADD {self.tables.foreign_key(operation.foreign_key)}")

    def drop_foreign_key(self, operation: ops.DropForeignKey, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT."""
        return self.drop_constraint(before.table(operation.table), operation.found(before))

    def drop_constraint(self, table: TableDef, part: ConstraintDef) -> Iterator[Statement]:
        """DROP CONSTRAINT by name; one without a name needs the backend to find it."""
        if not self.chosen(part):
            return
        if part.name is None:
            raise Unsupported(
                f"{self.dialect.name} cannot drop {describe_part(part)} of {table.key}: it has no name"
            )
        yield self.alter(table, f"DROP CONSTRAINT {self.dialect.quote(part.name)}")

    def change_primary_key(
        self, operation: ops.ChangePrimaryKey, before: SchemaSnapshot
    ) -> Statements:
        """The old key away, the new one there."""
        table = before.table(operation.table)
        if table.primary_key is not None:
            yield from self.drop_constraint(table, table.primary_key)
        if operation.primary_key is not None:
            yield self.alter(table, f"ADD {self.tables.primary_key(operation.primary_key)}")

    def rename_constraint(
        self, operation: ops.RenameConstraint, before: SchemaSnapshot
    ) -> Statements:
        """RENAME CONSTRAINT, between two names."""
        old, new = operation.constraint.name, operation.new
        if not self.chosen(operation.constraint):
            return
        if old is None or new is None:
            raise self.unsupported(operation, "a constraint without a name cannot be renamed")
        quote = self.dialect.quote
        action = f"RENAME CONSTRAINT {quote(old)} TO {quote(new)}"
        yield self.alter(before.table(operation.table), action)

    # sequences

    def create_sequence(self, operation: ops.CreateSequence, before: SchemaSnapshot) -> Statements:
        """Unsupported, until a backend says how."""
        raise self.unsupported(operation, "it has no sequences")

    def drop_sequence(self, operation: ops.DropSequence, before: SchemaSnapshot) -> Statements:
        """Unsupported, until a backend says how."""
        raise self.unsupported(operation, "it has no sequences")

    def modify_sequence(self, operation: ops.ModifySequence, before: SchemaSnapshot) -> Statements:
        """Unsupported, until a backend says how."""
        raise self.unsupported(operation, "it has no sequences")

    # rows, and native work

    def insert_rows(self, operation: ops.InsertRows, before: SchemaSnapshot) -> Statements:
        """INSERT."""
        return self.rows.insert(operation, before)

    def upsert_rows(self, operation: ops.UpsertRows, before: SchemaSnapshot) -> Statements:
        """INSERT that updates what is there."""
        return self.rows.upsert(operation, before)

    def update_rows(self, operation: ops.UpdateRows, before: SchemaSnapshot) -> Statements:
        """UPDATE."""
        return self.rows.update(operation, before)

    def delete_rows(self, operation: ops.DeleteRows, before: SchemaSnapshot) -> Statements:
        """DELETE."""
        return self.rows.delete(operation, before)

    def transform_rows(self, operation: ops.TransformRows, before: SchemaSnapshot) -> Statements:
        """Rows through a Python function."""
        return self.rows.transform(operation, before)

    def execute_sql(self, operation: ops.ExecuteSql, before: SchemaSnapshot) -> Statements:
        """The user's SQL, when it is for this backend."""
        if only_for(self.dialect.name, operation.only):
            yield from self.user_sql(operation.sql)

    def user_sql(self, sql: str) -> Iterator[Statement]:
        """SQL of the user's, as it is; a backend whose driver takes one statement at a time splits it."""
        yield SqlStatement(sql)

    def execute_command(self, operation: ops.ExecuteCommand, before: SchemaSnapshot) -> Statements:
        """A command of a database without SQL: nothing here when it is for others, else an error."""
        if only_for(self.dialect.name, operation.only):
            raise self.unsupported(operation, "it speaks SQL: use db.execute_sql")
        return ()

    def run(self, operation: ops.Run, before: SchemaSnapshot) -> Statements:
        """A Python function with the live database, when it is for this backend."""
        if only_for(self.dialect.name, operation.only):
            yield CallStatement(operation.function, operation.describe())
