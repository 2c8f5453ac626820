"""What must hold of a table's rows before its changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toasty_core.backends import DataCheck
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
        yield from self._needs_empty()
        empty = any(source.needs_empty for source in self.change.sources.values())
        if empty or not self._asks_more():
            return
        key = tuple(name for name in self.before.key_columns if self.after.has_column(name))
        rows = Rows(future_rows(self.change, self.writer), self.after.name, key)
        yield from self._nulls(rows)
        yield from self._duplicates(rows)
        yield from self._violations(rows)
        yield from self._orphans(rows)

    def _asks_more(self) -> bool:
        """Adding a column that may be null, or dropping an index, leaves nothing to ask."""
        before, after = self.before, self.after
        parts = ("columns", "primary_key", "uniques", "indexes", "checks", "foreign_keys")
        return any(getattr(before, part) != getattr(after, part) for part in parts)

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

    def _needs_empty(self) -> Iterator[DataCheck]:
        for name, source in self.change.sources.items():
            if source.needs_empty:
                place = f"{self.before.name}.{name}"
                what = "would have no value for the new column, which must not be null"
                hint = f"{self._fill_hint(name)}, or give the column a default, or nullable=True"
                yield self.checks.any_rows(self.old, place, what, hint)

    def _nulls(self, rows: Rows) -> Iterator[DataCheck]:
        table = self.after.name
        for column in self.after.columns:
            name = column.name
            if column.generated is None and self._may_be_null(name):
                new = self.change.sources[name].is_new
                place = f"{table}.{name}"
                what = "would be null, and the column may not be" if new else NULLS
                condition = f"{quote(name)} IS NULL"
                yield self.checks.failing(rows, condition, None, place, what, self._fill_hint(name))

    def _fill_hint(self, name: str) -> str:
        table = self.before.name
        if self.change.sources[name].is_new:
            call = f'db.add_column("{table}", ColumnDef("{name}", ...), fill=...)'
        else:
            call = f'db.modify_column("{table}", "{name}", nullable=False, fill=...)'
        return f"say fill=... in {call}"

    def _may_be_null(self, name: str) -> bool:
        """Must it be filled from now on, and may it be null as yet?"""
        column, source = self.after.column(name), self.change.sources[name]
        key = self.writer.rowid_column(self.after) == name
        if (column.nullable and not key) or source.sql is None or source.is_filled:
            return False
        before = self.before.column(name) if self.before.has_column(name) else None
        was_key = self.writer.rowid_column(self.before) == name
        loosened = before is not None and before.nullable and not was_key
        return loosened or source.changed

    def _duplicates(self, rows: Rows) -> Iterator[DataCheck]:
        for columns, word in self._unique_columns():
            if not all(
                self.change.sources[c].sql or self.after.column(c).generated for c in columns
            ):
                continue  # all null, or numbered anew
            parts = tuple(quote(column) for column in columns)
            yield self._duplicate(rows, parts, None, self._place(columns), word)
        for index in self.writer.indexes(self.after):
            if index.unique and (
                index not in self.before.indexes or self._touches(index.column_names)
            ):
                yield from self._index_duplicates(rows, index)

    def _duplicate(
        self, rows: Rows, parts: tuple[str, ...], where: str | None, place: str, word: str
    ) -> DataCheck:
        what = f"stand more than once, and {word} lets them stand only once"
        return self.checks.duplicates(rows, parts, where, place, what)

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
        return any(self._changed(name) for name in columns)

    def _index_duplicates(self, rows: Rows, index: IndexDef) -> Iterator[DataCheck]:
        if any(self._is_null(name) for name in index.column_names):
            return
        parts = tuple(self._index_part(index, position) for position in range(len(index.columns)))
        where = index.where.for_backend("sqlite") if index.where else None
        place = f"{self.after.name} (index {index.name})"
        yield self._duplicate(rows, parts, where, place, describe_part(index))

    def _is_null(self, name: str) -> bool:
        """Will it be null in every row? Nulls are never the same."""
        return self.change.sources[name].sql is None and self.after.column(name).generated is None

    def _index_part(self, index: IndexDef, position: int) -> str:
        part = index.columns[position]
        text = (
            quote(part.name) if part.name is not None else f"({self.writer.index_expression(part)})"
        )
        return f"{text} COLLATE {quote(part.collation)}" if part.collation else text

    def _violations(self, rows: Rows) -> Iterator[DataCheck]:
        changed = any(source.changed and source.sql for source in self.change.sources.values())
        known = {_text(check) for check in self.writer.checks(self.before)}
        for check in self.writer.checks(self.after):
            if changed or _text(check) not in known:
                yield self.checks.failing(
                    rows,
                    f"NOT ({_text(check)})",
                    None,
                    f"{self.after.name} {describe_part(check)}",
                    "break the check",
                    "change those rows first, with db.update_rows or db.execute_sql",
                )

    def _orphans(self, rows: Rows) -> Iterator[DataCheck]:
        known = {_target(key) for key in self.before.foreign_keys}
        for key in self.writer.chosen(self.after.foreign_keys):
            new = _target(key) not in known or self._touches(key.columns)
            if new and not any(self._is_null(name) for name in key.columns):
                yield from self._orphan(rows, key)

    def _orphan(self, rows: Rows, key: ForeignKeyDef) -> Iterator[DataCheck]:
        place = self._place(key.columns)
        target = self.schema.table(key.table)
        now = self.pending.get(key.table, target)
        references = key.references or target.key_columns
        if now is None:
            yield self._points_at_new(rows, key, place)
        elif len(references) != len(key.columns):
            return  # SQLite refuses it when it looks
        elif key.table == self.after.key:
            yield self.checks.orphans(rows, key.columns, rows.source, references, place)
        elif all(now.has_column(name) for name in references):
            yield self.checks.orphans(rows, key.columns, quote(now.name), references, place)

    def _points_at_new(self, rows: Rows, key: ForeignKeyDef, place: str) -> DataCheck:
        filled = " AND ".join(f"{quote(name)} IS NOT NULL" for name in key.columns)
        what = f"point at table {key.table}, which is new and empty"
        hint = f"leave {', '.join(key.columns)} null, or create and fill {key.table} in a migration before"
        return self.checks.failing(rows, filled, None, place, what, hint)


def _text(check: CheckDef) -> str | None:
    return check.expression.for_backend("sqlite")


def _target(key: ForeignKeyDef) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    return key.columns, key.table, key.references
