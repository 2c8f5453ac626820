"""Columns: added, dropped, renamed and modified, with their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.backends import Statement
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Default, Expression, Generated
from toasty_mysql.alter import Clause, clause
from toasty_mysql.conversion import Conversion, convert
from toasty_mysql.implied import implied_indexes, usual_name
from toasty_mysql.links import Link, links_of, stands
from toasty_mysql.mentions import mentions, renamed
from toasty_mysql.modifying import modify_form
from toasty_mysql.plain_fills import is_plain
from toasty_mysql.replacing import ReplacingCompiler, loose
from toasty_mysql.statements import RowStatement

if TYPE_CHECKING:
    from toasty_sql.compiler import Statements

_NUMBER = "@toasty_number"


class ColumnCompiler(ReplacingCompiler):
    """What operations on columns come to."""

    # adding

    def add_column(self, operation: ops.AddColumn, before: SchemaSnapshot) -> Statements:
        """ADD COLUMN; where the rows need values of their own: as one that may be null, UPDATE, then as it is to be."""
        table, column = before.table(operation.table), operation.column
        after = table.with_column(column)
        if is_plain(operation.fill, column):
            yield from self._added_with(operation.fill, table, column)
            return
        values = list(self._first_values(operation, table))
        if not values:
            yield from self._added(table, column, after)
            return
        bare = loose(column)
        yield self.added_column(table, bare, evolve(table, columns=(*table.columns, bare)))
        yield from values
        form = self.forms.nullability
        yield self.altered(table, [self.modified(column, after, form)], again=True)

    def _added_with(
        self, fill: Default | None, table: TableDef, column: ColumnDef
    ) -> Iterator[Statement]:
        """ADD COLUMN with the fill as its default, which touches no row, then with the default that it is to have."""
        filled = evolve(column, default=fill)
        yield self.added_column(table, filled, table.with_column(filled))
        default = self.dialect.default_sql(column)
        if default is None:
            words = "SET DEFAULT NULL" if column.nullable else "DROP DEFAULT"
        else:
            words = f"SET DEFAULT {default}"
        change = f"ALTER COLUMN {self.dialect.quote(column.name)} {words}"
        yield self.altered(table, [clause(change, self.forms.catalog)], again=True)

    def _first_values(self, operation: ops.AddColumn, table: TableDef) -> Iterator[Statement]:
        """What gives values to the rows that are there, where ADD COLUMN does not."""
        column, fill = operation.column, operation.fill
        value = None if fill is None else self.dialect.value_sql(fill, column.type)
        if column.generated is not None:
            return
        if value is not None:
            yield self.update(table, column.name, value)
        elif column.auto is not None and self.tables.can_be_numbered(column):
            yield from self._numbers(table, column)
        elif self.dialect.is_random_default(column):
            yield self.update(table, column.name, self.dialect.default_sql(column) or "NULL")

    def _numbers(self, table: TableDef, column: ColumnDef) -> Iterator[Statement]:
        """Numbers from 1 in the order of the key: AUTO_INCREMENT comes with the key that it needs."""
        order = f" ORDER BY {self.dialect.quoted(table.key_columns)}" if table.key_columns else ""
        start = getattr(column.auto, "start", None) or 1
        name = self.dialect.quote(column.name)
        yield RowStatement(f"SET {_NUMBER} = {start - 1:d}")
        yield RowStatement(
            f"UPDATE {self.dialect.table(table)} SET {name} = ({_NUMBER} := {_NUMBER} + 1){order}"
        )

    def _added(self, table: TableDef, column: ColumnDef, after: TableDef) -> Iterator[Statement]:
        default = self.dialect.default_sql(column) if column.generated is None else None
        hasty = default == "(now())" and not self.dialect.is_mariadb and self.is_large(table)
        if not hasty:
            yield self.added_column(table, column, after)
            return
        # MySQL adds a column with this default at once, and copies the table for one in brackets.
        text = self.tables.column(column, after).replace("(now())", "CURRENT_TIMESTAMP")
        add = clause(f"ADD COLUMN {text}", self.column_form(table, self.forms.catalog))
        yield self.altered(table, [add], proof=self.catalog.has_column(table.name, column.name))
        name = self.dialect.quote(column.name)
        change = clause(f"ALTER COLUMN {name} SET DEFAULT {default}", self.forms.catalog)
        yield self.altered(table, [change], again=True)

    # dropping and renaming

    def drop_column(self, operation: ops.DropColumn, before: SchemaSnapshot) -> Statements:
        """DROP COLUMN."""
        table = before.table(operation.table)
        form = self.forms.catalog
        stored = table.column(operation.column).generated
        if stored is not None and stored.stored and not self.dialect.is_mariadb:
            form = self.forms.nullability
        drop = clause(
            f"DROP COLUMN {self.dialect.quote(operation.column)}", self.column_form(table, form)
        )
        proof = self.catalog.has_column(table.name, operation.column, there=False)
        yield self.altered(table, [drop], proof=proof)

    def rename_column(self, operation: ops.RenameColumn, before: SchemaSnapshot) -> Statements:
        """RENAME COLUMN. MySQL wants what is computed from the column to be taken away and written anew meanwhile."""
        table, old, new = before.table(operation.table), operation.old, operation.new
        quote = self.dialect.quote
        rename = clause(f"RENAME COLUMN {quote(old)} TO {quote(new)}", self.forms.catalog)
        away, back = ([], []) if self.dialect.is_mariadb else self._computed(table, old, new)
        proof = self.catalog.renamed_column(table.name, old, new)
        yield self.altered(table, [*away, rename, *back], proof=proof)
        alone = SchemaSnapshot({table.key: table})
        yield from self._names_follow(table, operation.apply(alone).table(table.key), new)

    def _names_follow(self, table: TableDef, after: TableDef, new: str) -> Iterator[Statement]:
        """RENAME INDEX for those that the server called as the column."""
        for unique in self.tables.chosen(after.uniques):
            if unique.name is None and unique.columns[0] == new:
                rest = [other for other in after.uniques if other != unique]
                name = usual_name(evolve(after, uniques=rest), unique.columns)
                found = self.catalog.unnamed_unique(after, unique)
                yield self.renamed_found(after, found, name)
        was = {index.name for index in implied_indexes(table)}
        for index in implied_indexes(after):
            if new in index.columns and index.name not in was:
                found = self.catalog.implied_index(after, index.columns)
                yield self.renamed_found(after, found, index.name)

    def _computed(self, table: TableDef, old: str, new: str) -> tuple[list[Clause], list[Clause]]:
        """The checks, computed columns and indexes over expressions that use the column: away, and back."""
        away: list[Clause] = []
        back: list[Clause] = []
        for check in self.checks_of(table, [old]):
            text = renamed(check.expression.for_backend("mysql") or "", old, new)
            again = evolve(check, expression=Expression(text))
            away.append(self.dropped_check(table, check))
            back.append(clause(f"ADD {self.tables.check(again)}", self.forms.copy))
        back += self._computed_columns(table, old, new)
        for index in self._indexes_over(table, old):
            parts = [
                evolve(p, expression=Expression(renamed(self.tables.text(p.expression), old, new)))
                if p.expression
                else evolve(p, name=new if p.name == old else p.name)
                for p in index.columns
            ]
            away.append(
                clause(f"DROP INDEX {self.dialect.part(index.name)}", self.forms.index_drop)
            )
            later = evolve(index, columns=parts)
            back.append(clause(self.tables.add_index(table, later), self.forms.index))
        return away, back

    def _computed_columns(self, table: TableDef, old: str, new: str) -> Iterator[Clause]:
        """MODIFY for the columns that are computed from the column. MySQL copies the table for any of them."""
        for column in table.columns:
            text = self.tables.text(column.generated.expression) if column.generated else ""
            if column.generated is not None and mentions(text, old):
                expression = Expression(renamed(text, old, new))
                generated = evolve(column.generated, expression=expression)
                yield self.modified(evolve(column, generated=generated), table, self.forms.copy)

    def _indexes_over(self, table: TableDef, column: str) -> Iterator[IndexDef]:
        for index in self.tables.indexes(table):
            texts = (self.tables.text(p.expression) for p in index.columns if p.expression)
            if any(mentions(text, column) for text in texts):
                yield index

    # modifying

    def modify_column(self, operation: ops.ModifyColumn, before: SchemaSnapshot) -> Statements:
        """MODIFY, or a new column in the place of the old one where values are to be converted."""
        table, new = before.table(operation.table), operation.new_column(before)
        old = table.column(operation.column)
        after = table.replace_column(old.name, new)
        value = self.new_value(operation, old, new)
        same = self.tables.definition(old, table) == self.tables.definition(new, after)
        if same and value is None and operation.fill is None:
            return
        links = list(links_of(table, (old.name,), before))
        retyped = value is not None or self.tables.typed(old) != self.tables.typed(new)
        if retyped:
            for link in links:
                if self.stands(link, before):
                    yield self.dropped_key(link)
        if value is not None or _is_computed_anew(old, new):
            wide = [
                i for i in implied_indexes(table) if len(i.columns) > 1 and old.name in i.columns
            ]
            yield from self.not_needed(table, wide)
            yield from self.replaced(operation, table, after, value)
        else:
            yield from self._modified(operation, table, after, checked=retyped or not links)
        if retyped:
            for link in self.standing(links, table, after, before):
                yield from self.added_key(link)

    def standing(
        self, links: Sequence[Link], table: TableDef, after: TableDef, before: SchemaSnapshot
    ) -> Iterator[Link]:
        """Those of the links whose ends are alike now."""
        for link in links:
            child = after if link.table.key == table.key else link.table
            parent = after if link.key.table == table.key else before.table(link.key.table)
            if stands(link.key, child, parent, self.tables):
                yield evolve(link, table=child)

    def new_value(self, operation: ops.ModifyColumn, old: ColumnDef, new: ColumnDef) -> str | None:
        """The new value (SQL) where MODIFY would not come to it by itself."""
        using = operation.using.for_backend("mysql") if operation.using else None
        if new.generated is not None:
            return None
        if using is not None:
            return using
        if old.generated is not None:
            return self.dialect.quote(old.name)
        return self.conversion(old, new).sql

    def conversion(self, old: ColumnDef, new: ColumnDef) -> Conversion:
        """How the values of a column go into its new type. Where the words are the same, they stay as they are."""
        if self.dialect.type_sql(old.type) == self.dialect.type_sql(new.type):
            return Conversion()
        return convert(self.dialect.quote(old.name), old.type, new.type)

    def _modified(
        self, operation: ops.ModifyColumn, table: TableDef, after: TableDef, *, checked: bool
    ) -> Iterator[Statement]:
        old, new = table.column(operation.column), after.column(operation.column)
        value = None if operation.fill is None else self.dialect.value_sql(operation.fill, new.type)
        form = modify_form(self.forms, self.tables, table, after, new.name)
        if value is not None and self.tables.typed(old) != self.tables.typed(new):
            bare = evolve(loose(new), nullable=True)
            between = table.replace_column(old.name, bare)
            wider = [self.modified(bare, between, form)]
            yield self.altered(table, wider, again=True, unchecked=not checked)
            form = self.forms.nullability
        if value is not None:
            yield self.update(table, new.name, value, only_nulls=True)
        change = [self.modified(new, after, form)]
        yield self.altered(table, change, again=True, unchecked=not checked)


def _is_computed_anew(old: ColumnDef, new: ColumnDef) -> bool:
    """Does the database compute it from now on, or in another way?"""
    return new.generated is not None and _meant(old.generated) != _meant(new.generated)


def _meant(generated: Generated | None) -> tuple[str | None, bool] | None:
    if generated is None:
        return None
    return generated.expression.for_backend("mysql"), generated.stored
