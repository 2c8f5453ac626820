"""Operations on keys, checks and foreign keys as PostgreSQL's statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from toasty_core import operations as ops
from toasty_core.backends import Statement, Work
from toasty_core.schema.constraints import (
    CheckDef,
    ConstraintDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_postgres import safe
from toasty_postgres.ddl import PostgresTableWriter, not_valid, settings
from toasty_postgres.dialect import PostgresDialect
from toasty_postgres.effects import Lock, ddl, effect
from toasty_postgres.names import quote
from toasty_postgres.parts import Parts
from toasty_postgres.rows import PostgresRowWriter
from toasty_postgres.unnamed import Unnamed
from toasty_sql.compiler import SqlCompiler, Statements


class ConstraintCompiler(SqlCompiler):
    """Writes for the PostgreSQL of `version`, as `(15, 3)`.

    `large` are the keys of the tables that get the forms which let others go on writing.
    """

    dialect: PostgresDialect
    tables: PostgresTableWriter

    def __init__(self, version: tuple[int, ...], large: Collection[str] = ()) -> None:
        dialect = PostgresDialect()
        super().__init__(dialect, PostgresTableWriter(dialect, version), PostgresRowWriter())
        self.version, self.large = version, frozenset(large)

    def is_large(self, table: TableDef, part: ConstraintDef | IndexDef | None = None) -> bool:
        """Must others be able to write to the table meanwhile? `concurrently` of a part's options overrules."""
        if settings(table.options).get("partition_by"):
            return False  # PostgreSQL has no such forms for partitioned tables
        said = settings(part.options).get("concurrently") if part is not None else None
        return table.key in self.large if said is None else bool(said) and table.key in self.large

    def parts(self, table: TableDef, before: SchemaSnapshot) -> Parts:
        """The parts of a table, for statements about them."""
        return Parts(self.tables.at(before), table, before)

    def add_unique(self, operation: ops.AddUnique, before: SchemaSnapshot) -> Statements:
        """ADD UNIQUE, on a large table by an index that is built before."""
        table, unique = before.table(operation.table), operation.unique
        if self.chosen(unique):
            parts = self.parts(table, before)
            if self.is_large(table, unique):
                yield from safe.unique(parts, unique)
            else:
                yield parts.alter(f"ADD {parts.writer.unique(unique)}", work=Work.BUILD)

    def add_check(self, operation: ops.AddCheck, before: SchemaSnapshot) -> Statements:
        """ADD CHECK, on a large table NOT VALID at first."""
        table, check = before.table(operation.table), operation.check
        if not self.chosen(check) or check.expression.for_backend(self.dialect.name) is None:
            return
        parts = self.parts(table, before)
        if not_valid(check):
            yield parts.alter(f"ADD {parts.writer.check(check)} NOT VALID")
        elif self.is_large(table, check):
            yield from safe.check(parts, check)
        else:
            yield parts.add_check(check)

    def add_foreign_key(self, operation: ops.AddForeignKey, before: SchemaSnapshot) -> Statements:
        """ADD FOREIGN KEY, on a large table NOT VALID at first."""
        table, key = before.table(operation.table), operation.foreign_key
        if not self.chosen(key):
            return
        parts, lazy = self.parts(table, before), not_valid(key)
        if self.is_large(table, key) and not lazy:
            yield from safe.foreign_key(parts, key)
            return
        work = Work.CATALOG if lazy else Work.SCAN
        own = effect(table.key, Lock.SHARE_ROW_EXCLUSIVE, work)
        other = [effect(key.table, Lock.SHARE_ROW_EXCLUSIVE)] if key.table != table.key else []
        tail = " NOT VALID" if lazy else ""
        yield ddl(
            f"ALTER TABLE {parts.name} ADD {parts.writer.foreign_key(key)}{tail}", own, *other
        )

    def drop_unique(self, operation: ops.DropUnique, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT."""
        return self._drop(before.table(operation.table), operation.found(before), before)

    def drop_check(self, operation: ops.DropCheck, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT, when it has a text for PostgreSQL."""
        check = operation.found(before)
        if check.expression.for_backend(self.dialect.name) is None:
            return ()
        return self._drop(before.table(operation.table), check, before)

    def drop_foreign_key(self, operation: ops.DropForeignKey, before: SchemaSnapshot) -> Statements:
        """DROP CONSTRAINT."""
        return self._drop(before.table(operation.table), operation.found(before), before)

    def _drop(
        self, table: TableDef, part: ConstraintDef, before: SchemaSnapshot
    ) -> Iterator[Statement]:
        if not self.chosen(part):
            return
        keys = [table.key] + ([part.table] if isinstance(part, ForeignKeyDef) else [])
        effects = map(effect, dict.fromkeys(keys))
        if part.name is None:
            sql = Unnamed(self.tables.at(before), table, part, before).drop()
        else:
            sql = f"ALTER TABLE {self.dialect.table(table)} DROP CONSTRAINT {quote(part.name)}"
        yield ddl(sql, *effects)

    def change_primary_key(
        self, operation: ops.ChangePrimaryKey, before: SchemaSnapshot
    ) -> Statements:
        """The old key away, the new one there; columns that leave the key may be null again."""
        table, new = before.table(operation.table), operation.primary_key
        parts, kept = self.parts(table, before), new.columns if new else ()
        ahead, add = self._new_key(parts, new) if new is not None else ([], None)
        yield from ahead
        if table.primary_key is not None:
            yield from self._drop(table, table.primary_key, before)
        yield from parts.loosen(kept)
        if add is not None:
            yield add

    def _new_key(self, parts: Parts, key: PrimaryKeyDef) -> tuple[list[Statement], Statement]:
        """What can be done ahead for a key, and what makes it one once the old one is gone."""
        table = parts.table
        if not self.is_large(table, key):
            return [], parts.alter(f"ADD {parts.writer.primary_key(key)}", work=Work.BUILD)
        loose = [name for name in key.columns if _may_be_null(table, name)]
        proofs = [
            statement for name in loose for statement in safe.not_null(parts, name, self.version)
        ]
        build, add = safe.primary_key(parts, key)
        return [*proofs, build], add

    def rename_constraint(
        self, operation: ops.RenameConstraint, before: SchemaSnapshot
    ) -> Statements:
        """RENAME CONSTRAINT; one without a name is found by what it is."""
        part, new = operation.constraint, operation.new
        table = before.table(operation.table)
        if not self.chosen(part) or part.name == new or self._is_silent(part):
            return
        sql = Unnamed(self.tables.at(before), table, part, before).renamed(new)
        yield ddl(sql, effect(table.key))

    def _is_silent(self, part: ConstraintDef) -> bool:
        """A check without a text for PostgreSQL is not there."""
        return isinstance(part, CheckDef) and part.expression.for_backend(self.dialect.name) is None


def _may_be_null(table: TableDef, name: str) -> bool:
    column = table.column(name)
    return column.nullable and column.auto is None and name not in table.key_columns
