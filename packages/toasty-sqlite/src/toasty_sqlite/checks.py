"""What must hold of a table's rows before its changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from toasty_core.backends import DataCheck
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, ForeignKeyDef, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part
from toasty_sql.checks import NULLS, CheckWriter, Rows
from toasty_sqlite.change import TableChange
from toasty_sqlite.ddl import SqliteTableWriter
from toasty_sqlite.names import quote
from toasty_sqlite.rebuild import future_rows


class SqliteCheckWriter(CheckWriter):
    """Questions in SQLite's words."""

    def shown(self, expression: str) -> str:
        """A value as SQLite writes literals, cut short."""
        return f"substr(quote({expression}), 1, 60)"


class ChangeChecks:
    """The questions about one `TableChange`.

    `schema` is how it will be; `pending` holds the tables that change or are made at the same time, as they
    still are (None: not there yet).
    """

    def __init__(
        self,
        change: TableChange,
        writer: SqliteTableWriter,
        schema: SchemaSnapshot,
        pending: Mapping[str, TableDef | None],
    ) -> None:
        before = change.before
        assert before is not None
        self.change, self.writer, self.schema, self.pending = change, writer, schema, pending
        self.before, self.after = before, change.after
        self.checks = SqliteCheckWriter(change.dialect)
        self.old = Rows(quote(before.name), before.name, before.key_columns)

    def all(self) -> Iterator[DataCheck]:
        """Every question, the plainest first."""
        yield from self._unfit()
        empty = self._must_be_empty()
        yield from (self._needs_empty(name) for name in empty)
        if empty or not self._asks_more():
            return
        yield from self._nulls()
        yield from self._duplicates()
        yield from self._violations()
        yield from self._orphans()

    @cached_property
    def rows(self) -> Rows:
        """The rows as they will be."""
        key = tuple(name for name in self.before.key_columns if self.after.has_column(name))
        return Rows(future_rows(self.change, self.writer), self.after.name, key)

    def _asks_more(self) -> bool:
        """Adding a column that may be null, or dropping one, leaves nothing to ask."""
        before, after = self.before, self.after
        parts = ("primary_key", "uniques", "indexes", "checks", "foreign_keys")
        if any(getattr(before, part) != getattr(after, part) for part in parts):
            return True
        old = {column.name: column for column in before.columns}
        return any(self._may_not_fit(column, old.get(column.name)) for column in after.columns)

    def _may_not_fit(self, column: ColumnDef, old: ColumnDef | None) -> bool:
        """Can rows break something by their values in the column, where no constraint was changed?"""
        if old is None:
            return not column.nullable
        same = column is old or column == old
        return not same or self.change.sources[column.name].changed

    def _changed(self, name: str) -> bool:
        source = self.change.sources[name]
        return source.changed and source.sql is not None

    def _unfit(self) -> Iterator[DataCheck]:
        for name, source in self.change.sources.items():
            for unfit in source.unfit:
                place = f"{self.before.name}.{name}"
                hint = f'say how: db.modify_column("{self.before.name}", "{name}", ..., using=expr("..."))'
                yield self.checks.failing(
                    self.old,
                    unfit.condition,
                    self.checks.shown(unfit.value),
                    place,
                    f"cannot become {unfit.type}",
                    hint,
                )

    def _must_be_empty(self) -> list[str]:
        """New columns without a value for rows; a key that numbers itself has one."""
        numbered = self.writer.rowid_column(self.after)
        sources = self.change.sources.items()
        return [name for name, source in sources if source.needs_empty and name != numbered]

    def _needs_empty(self, name: str) -> DataCheck:
        place = f"{self.before.name}.{name}"
        what = "would have no value for the new column, which must not be null"
        hint = f"{self._fill_hint(name)}, or give the column a default, or nullable=True"
        return self.checks.any_rows(self.old, place, what, hint)

    def _nulls(self) -> Iterator[DataCheck]:
        table = self.after.name
        was_key, key = self.writer.rowid_column(self.before), self.writer.rowid_column(self.after)
        for column in self.after.columns:
            name = column.name
            if self._may_be_null(column, is_key=name == key, was_key=name == was_key):
                new = self.change.sources[name].is_new
                place = f"{table}.{name}"
                what = "would be null, and the column may not be" if new else NULLS
                condition = f"{quote(name)} IS NULL"
                yield self.checks.failing(
                    self.rows, condition, None, place, what, self._fill_hint(name)
                )

    def _fill_hint(self, name: str) -> str:
        table = self.before.name
        if self.change.sources[name].is_new:
            call = f'db.add_column("{table}", ColumnDef("{name}", ...), fill=...)'
        else:
            call = f'db.modify_column("{table}", "{name}", nullable=False, fill=...)'
        again = f"generate it again with --fill {table}.{name}=VALUE"
        return f"say fill=... in {call}; or {again}"

    def _may_be_null(self, column: ColumnDef, *, is_key: bool, was_key: bool) -> bool:
        """Must it be filled from now on, and may it be null as yet?"""
        source = self.change.sources[column.name]
        if column.generated is not None or (column.nullable and not is_key):
            return False
        if source.sql is None or source.is_filled:
            return False
        known = self.before.has_column(column.name)
        loose = known and self.before.column(column.name).nullable and not was_key
        return loose or source.changed

    def _duplicates(self) -> Iterator[DataCheck]:
        for columns, word in self._unique_columns():
            if not all(
                self.change.sources[c].sql or self.after.column(c).generated for c in columns
            ):
                continue  # all null, or numbered anew
            parts = tuple(self._compared(column) for column in columns)
            yield self._duplicate(parts, None, self._place(columns), word)
        for index in self.writer.indexes(self.after):
            if index.unique and (
                index not in self.before.indexes or self._touches(index.column_names)
            ):
                yield from self._index_duplicates(index)

    def _duplicate(
        self, parts: tuple[str, ...], where: str | None, place: str, word: str
    ) -> DataCheck:
        what = f"stand more than once, and {word} lets them stand only once"
        return self.checks.duplicates(self.rows, parts, where, place, what)

    def _place(self, columns: tuple[str, ...]) -> str:
        """`users.email`, or `users (first, last)`."""
        table = self.after.name
        return f"{table}.{columns[0]}" if len(columns) == 1 else f"{table} ({', '.join(columns)})"

    def _unique_columns(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What must be unique from now on, and was not or has other values."""
        known = {unique.columns for unique in self.before.uniques} | {self.before.key_columns}
        wanted = [(u.columns, describe_part(u)) for u in self.writer.chosen(self.after.uniques)]
        if self.after.key_columns:
            wanted.insert(0, (self.after.key_columns, "the primary key"))
        for columns, word in wanted:
            if columns not in known or self._touches(columns):
                yield columns, word

    def _touches(self, columns: tuple[str, ...]) -> bool:
        return any(self._changed(name) or self._compared(name) != quote(name) for name in columns)

    def _compared(self, name: str) -> str:
        """The column as its values will be compared, when that changes."""
        new = self.after.column(name).collation
        old = self.before.column(name).collation if self.before.has_column(name) else None
        return quote(name) if new == old else f"{quote(name)} COLLATE {quote(new or 'BINARY')}"

    def _index_duplicates(self, index: IndexDef) -> Iterator[DataCheck]:
        if any(self._is_null(name) for name in index.column_names):
            return
        parts = tuple(self._index_part(index, position) for position in range(len(index.columns)))
        where = index.where.for_backend("sqlite") if index.where else None
        place = f"{self.after.name} (index {index.name})"
        yield self._duplicate(parts, where, place, describe_part(index))

    def _is_null(self, name: str) -> bool:
        """Will it be null in every row? Nulls are never the same."""
        return self.change.sources[name].sql is None and self.after.column(name).generated is None

    def _index_part(self, index: IndexDef, position: int) -> str:
        part = index.columns[position]
        if part.name is None:
            text = f"({self.writer.index_expression(part)})"
        else:
            text = quote(part.name) if part.collation else self._compared(part.name)
        return f"{text} COLLATE {quote(part.collation)}" if part.collation else text

    def _violations(self) -> Iterator[DataCheck]:
        changed = any(source.changed and source.sql for source in self.change.sources.values())
        known = {_text(check) for check in self.writer.checks(self.before)}
        for check in self.writer.checks(self.after):
            if changed or _text(check) not in known:
                yield self.checks.failing(
                    self.rows,
                    f"NOT ({_text(check)})",
                    None,
                    f"{self.after.name} {describe_part(check)}",
                    "break the check",
                    "change those rows first, with db.update_rows or db.execute_sql",
                )

    def _orphans(self) -> Iterator[DataCheck]:
        known = {_target(key) for key in self.before.foreign_keys}
        for key in self.writer.chosen(self.after.foreign_keys):
            new = _target(key) not in known or self._touches(key.columns)
            if new and not any(self._is_null(name) for name in key.columns):
                yield from self._orphan(key)

    def _orphan(self, key: ForeignKeyDef) -> Iterator[DataCheck]:
        place = self._place(key.columns)
        target = self.schema.table(key.table)
        now = self.pending.get(key.table, target)
        references = key.references or target.key_columns
        if now is None:
            yield self._points_at_new(key, place)
        elif len(references) != len(key.columns):
            return  # SQLite refuses it when it looks
        elif key.table == self.after.key:
            yield self.checks.orphans(self.rows, key.columns, self.rows.source, references, place)
        elif all(now.has_column(name) for name in references):
            yield self.checks.orphans(self.rows, key.columns, quote(now.name), references, place)

    def _points_at_new(self, key: ForeignKeyDef, place: str) -> DataCheck:
        filled = " AND ".join(f"{quote(name)} IS NOT NULL" for name in key.columns)
        what = f"point at table {key.table}, which is new and empty"
        hint = f"leave {', '.join(key.columns)} null, or create and fill {key.table} in a migration before"
        return self.checks.failing(self.rows, filled, None, place, what, hint)


def _text(check: CheckDef) -> str | None:
    return check.expression.for_backend("sqlite")


def _target(key: ForeignKeyDef) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    return key.columns, key.table, key.references
