"""A new column in the place of an old one, with the old one's values converted and all that stands on it.

The new one is made beside the old one and filled; then one statement takes the old one away, gives the new one its
name and makes keys, indexes and checks anew. Until then the old one is as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, IndexDef
from toasty_core.schema.tables import TableDef
from toasty_mysql.alter import Clause, clause
from toasty_mysql.mentions import mentions
from toasty_mysql.names import stored_name
from toasty_mysql.renaming import RenamingCompiler
from toasty_mysql.statements import RowStatement
from toasty_sql.statements import SqlStatement


class ReplacingCompiler(RenamingCompiler):
    """Columns that come, with their values."""

    def added_column(self, table: TableDef, column: ColumnDef, after: TableDef) -> Statement:
        """ADD COLUMN."""
        default = None if column.generated else self.dialect.default_sql(column)
        form = self.forms.new_column(
            stored=column.generated is not None and column.generated.stored,
            computed_default=default is not None and default.startswith("("),
            random_default=self.dialect.is_random_default(column),
        )
        add = clause(
            f"ADD COLUMN {self.tables.column(column, after)}", self.column_form(table, form)
        )
        return self.altered(table, [add], proof=self.catalog.has_column(table.name, column.name))

    def update(
        self, table: TableDef, column: str, value: str, *, only_nulls: bool = False
    ) -> SqlStatement:
        """UPDATE of one column: of all rows, or of those where it is null."""
        name = self.dialect.quote(column)
        where = f" WHERE {name} IS NULL" if only_nulls else ""
        return RowStatement(f"UPDATE {self.dialect.table(table)} SET {name} = {value}{where}")

    def checks_of(self, table: TableDef, columns: Sequence[str]) -> Iterator[CheckDef]:
        """The checks that use one of the columns."""
        for check in self.tables.checks(table):
            text = check.expression.for_backend("mysql") or ""
            if any(mentions(text, column) for column in columns):
                yield check

    # the new one in the place of the old one

    def replaced(
        self, operation: ops.ModifyColumn, table: TableDef, after: TableDef, value: str | None
    ) -> Iterator[Statement]:
        """Another column in the place of the one that `operation` modifies; `value` is SQL for its values."""
        new = after.column(operation.column)
        quote, name = self.dialect.quote, new.name
        place = _place(table, name)
        if value is None:
            made = f"ADD COLUMN {self.tables.column(new, after)}{self._behind(place)}"
            swap = self._swap(table, after, name, clause(made, self.forms.copy))
            yield self.altered(table, swap, again=True)
            return
        spare = stored_name(f"toasty_new_{name}")
        bare = evolve(loose(new), name=spare, comment=None)
        yield self.added_column(table, bare, evolve(table, columns=(*table.columns, bare)))
        yield self.update(table, spare, value if _is_one(value) else f"({value})")
        if operation.fill is not None:
            fill = self.dialect.value_sql(operation.fill, new.type)
            if fill is not None:
                yield self.update(table, spare, fill, only_nulls=True)
        made = f"CHANGE COLUMN {quote(spare)} {self.tables.column(new, after)}{self._behind(place)}"
        swap = self._swap(table, after, name, clause(made, self.forms.copy))
        proof = self.catalog.has_column(table.name, spare, there=False)
        yield self.altered(table, swap, proof=proof)

    def _swap(self, table: TableDef, after: TableDef, name: str, made: Clause) -> list[Clause]:
        """The old column away and the new one there, with all that stands on it."""
        computed = [c for c in table.columns if self._is_computed_from(c, name)]
        names = [name, *(column.name for column in computed)]
        away = [self.dropped_check(table, check) for check in self.checks_of(table, names)]
        back = [
            clause(f"ADD {self.tables.check(check)}", self.forms.copy)
            for check in self.checks_of(after, names)
        ]
        away += self._keys_away(table, names)
        away += [self._gone(column.name) for column in (*computed, table.column(name))]
        again = [
            clause(f"ADD COLUMN {self.tables.column(column, after)}", self.forms.copy)
            for column in computed
        ]
        return [*away, made, *again, *self._keys_back(after, names), *back]

    def _gone(self, name: str) -> Clause:
        return clause(f"DROP COLUMN {self.dialect.quote(name)}", self.forms.copy)

    def _is_computed_from(self, column: ColumnDef, name: str) -> bool:
        if column.generated is None or column.name == name:
            return False
        return mentions(self.tables.text(column.generated.expression), name)

    def _keys_away(self, table: TableDef, names: Sequence[str]) -> Iterator[Clause]:
        if set(names) & set(table.key_columns):
            yield clause("DROP PRIMARY KEY", self.forms.copy)
        for unique in self.tables.chosen(table.uniques):
            if set(names) & set(unique.columns):
                yield self.dropped_unique(table, unique)
        for index in self._indexes_on(table, names):
            yield clause(f"DROP INDEX {self.dialect.part(index.name)}", self.forms.index_drop)

    def _keys_back(self, table: TableDef, names: Sequence[str]) -> Iterator[Clause]:
        if table.primary_key is not None and set(names) & set(table.key_columns):
            yield clause(f"ADD {self.tables.primary_key(table.primary_key)}", self.forms.copy)
        for unique in self.tables.chosen(table.uniques):
            if set(names) & set(unique.columns):
                yield clause(f"ADD {self.tables.unique(unique)}", self.forms.index)
        for index in self._indexes_on(table, names):
            yield clause(self.tables.add_index(table, index), self.forms.index)

    def _indexes_on(self, table: TableDef, names: Sequence[str]) -> Iterator[IndexDef]:
        for index in self.tables.indexes(table):
            texts = [self.tables.text(p.expression) for p in index.columns if p.expression]
            used = any(mentions(text, name) for text in texts for name in names)
            if used or set(names) & set(index.column_names):
                yield index

    def _behind(self, place: str | None) -> str:
        return " FIRST" if place is None else f" AFTER {self.dialect.quote(place)}"


def loose(column: ColumnDef) -> ColumnDef:
    """The column as one that may be null and gets nothing by itself."""
    return evolve(column, nullable=True, default=None, auto=None, options=_texts(column))


def _texts(column: ColumnDef) -> dict[str, dict[str, object]]:
    said = column.options.get("mysql", {})
    return {"mysql": {"charset": said["charset"]}} if "charset" in said else {}


def _place(table: TableDef, name: str) -> str | None:
    """The column before it."""
    position = table.column_names.index(name)
    return table.column_names[position - 1] if position else None


def _is_one(value: str) -> bool:
    return re.fullmatch(r"`(?:[^`]|``)*`|\w+", value) is not None
