"""What stands on a column: dropped before a change that PostgreSQL refuses under it, and made again after."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from toasty_core.backends import Work
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_postgres.ddl import PostgresTableWriter
from toasty_postgres.effects import Lock, ddl, effect
from toasty_postgres.literals import literal
from toasty_postgres.names import quote
from toasty_postgres.sql_text import mentions
from toasty_postgres.unnamed import Unnamed
from toasty_sql.statements import SqlStatement


@frozen
class Parts:
    """The parts of a table, as it stands in `schema`."""

    writer: PostgresTableWriter
    table: TableDef
    schema: SchemaSnapshot

    @property
    def name(self) -> str:
        """The table's quoted name."""
        return self.writer.dialect.table(self.table)

    def alter(self, *actions: str, work: Work = Work.CATALOG) -> SqlStatement:
        """ALTER TABLE."""
        return ddl(
            f"ALTER TABLE {self.name} {', '.join(actions)}", effect(self.table.key, work=work)
        )

    def loosen(self, kept: tuple[str, ...]) -> Iterator[SqlStatement]:
        """DROP NOT NULL for columns that leave the key and may be null: the key alone forbade it."""
        leaving = [self.table.column(n) for n in self.table.key_columns if n not in kept]
        loose = [column.name for column in leaving if column.nullable and column.auto is None]
        if loose:
            yield self.alter(*(f"ALTER COLUMN {quote(name)} DROP NOT NULL" for name in loose))

    # generated columns

    def generated_from(self, names: tuple[str, ...]) -> tuple[ColumnDef, ...]:
        """The columns that are computed from one of these."""
        return tuple(
            column
            for column in self.table.columns
            if column.generated is not None
            and column.name not in names
            and any(mentions(self.writer.text(column.generated.expression), name) for name in names)
        )

    def drop_column(self, name: str) -> SqlStatement:
        """DROP COLUMN, and with it all that stands on it."""
        return self.alter(f"DROP COLUMN {quote(name)}")

    def add_column_again(self, column: ColumnDef, was: str | None = None) -> Iterator[SqlStatement]:
        """ADD COLUMN, and all of the table that stood on it; `was` is the name it had in the parts."""
        stored = column.generated is not None and column.generated.stored
        work = Work.REWRITE if stored else Work.CATALOG
        yield self.alter(f"ADD COLUMN {self.writer.column(column, self.table)}", work=work)
        if column.comment is not None:
            yield comment_on_column(self.table, self.name, column)
        yield from self._constraints_again(was or column.name)

    def _constraints_again(self, name: str) -> Iterator[SqlStatement]:
        table, writer = self.table, self.writer
        if name in table.key_columns and table.primary_key:
            yield self.alter(f"ADD {writer.primary_key(table.primary_key)}", work=Work.BUILD)
        for unique in writer.chosen(table.uniques):
            if name in unique.columns:
                yield self.alter(f"ADD {writer.unique(unique)}", work=Work.BUILD)
        for key in writer.chosen(table.foreign_keys):
            if name in key.columns:
                yield self.alter(f"ADD {writer.foreign_key(key)}", work=Work.SCAN)
        for check in self.checks_on((name,)):
            yield self.add_check(check)
        for index in writer.indexes(table):
            if name in index.column_names or self._is_on(index, (name,)):
                yield self.create_index(index)

    # checks and indexes whose text names a column

    def checks_on(self, names: tuple[str, ...]) -> tuple[CheckDef, ...]:
        """The checks that name one of the columns."""
        checks = self.writer.checks(self.table)
        return tuple(
            check
            for check in checks
            if any(mentions(self.writer.text(check.expression), name) for name in names)
        )

    def indexes_on(self, names: tuple[str, ...]) -> tuple[IndexDef, ...]:
        """The indexes with an expression or condition that names one of the columns."""
        return tuple(i for i in self.writer.indexes(self.table) if self._is_on(i, names))

    def _is_on(self, index: IndexDef, names: tuple[str, ...]) -> bool:
        texts = [self.writer.text_of(part) for part in index.columns if part.expression is not None]
        texts += [self.writer.text(index.where)] if index.where is not None else []
        return any(mentions(text, name) for text in texts for name in names)

    def drop_check(self, check: CheckDef) -> SqlStatement:
        """DROP CONSTRAINT, also of one without a name."""
        if check.name is not None:
            return self.alter(f"DROP CONSTRAINT {quote(check.name)}")
        sql = Unnamed(self.writer, self.table, check, self.schema).drop()
        return ddl(sql, effect(self.table.key))

    def add_check(self, check: CheckDef) -> SqlStatement:
        """ADD CHECK."""
        return self.alter(f"ADD {self.writer.check(check)}", work=Work.SCAN)

    def drop_index(self, index: IndexDef) -> SqlStatement:
        """DROP INDEX."""
        return ddl(self.writer.drop_index(self.table, index.name), effect(self.table.key))

    def create_index(self, index: IndexDef) -> SqlStatement:
        """CREATE INDEX."""
        return ddl(
            self.writer.create_index(self.table, index), effect(self.table.key, work=Work.BUILD)
        )


def comment_on_column(table: TableDef, name: str, column: ColumnDef) -> SqlStatement:
    """COMMENT ON COLUMN; `name` is the table's quoted name."""
    text = literal(column.comment)
    sql = f"COMMENT ON COLUMN {name}.{quote(column.name)} IS {text}"
    return ddl(sql, effect(table.key, Lock.SHARE_UPDATE_EXCLUSIVE))
