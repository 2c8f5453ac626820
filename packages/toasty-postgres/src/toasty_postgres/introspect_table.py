"""One table of the catalogs as a definition."""

from __future__ import annotations

from collections.abc import Sequence

from toasty_core.schema import types
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Auto, Default, Generated, NextValue, Serial
from toasty_postgres.catalog_rows import (
    ColumnRow,
    ConstraintRow,
    IndexRow,
    Surroundings,
    TableRow,
)
from toasty_postgres.forms import exclusion, expression, folded, given_name, options, partition
from toasty_postgres.forms import storage as storage_of
from toasty_postgres.introspect_indexes import covering, read_index
from toasty_postgres.introspect_keys import (
    read_check,
    read_foreign_key,
    read_primary_key,
    read_unique,
)
from toasty_postgres.reading import read_default
from toasty_postgres.simplifying import Scope
from toasty_postgres.type_names import read_type


class TableReader:
    """Reads one table from its rows."""

    def __init__(
        self,
        row: TableRow,
        columns: Sequence[ColumnRow],
        constraints: Sequence[ConstraintRow],
        indexes: Sequence[IndexRow],
        around: Surroundings,
    ) -> None:
        self._row = row
        self._columns = columns
        self._constraints = constraints
        self._indexes = indexes
        self._around = around
        self._scope = Scope.of(row.name, {column.name: column.type for column in columns})
        self._names = {column.number: column.name for column in columns}
        self._serials = {column.number: self._serial(column) for column in columns}
        self._pending = {
            number for one in constraints if one.kind == "n" for number in one.columns or ()
        }

    @property
    def serials(self) -> list[str]:
        """The sequences that number columns through a default, as they stand in expressions."""
        return [name for name in self._serials.values() if name is not None]

    def read(self) -> TableDef:
        """The table's definition."""
        row, around = self._row, self._around
        backing = {one.index_oid: one for one in self._constraints if one.kind in "pux"}
        key, uniques = folded(
            next((read_primary_key(*it) for it in self._keys("p")), None),
            [read_unique(*it) for it in self._keys("u")],
        )
        return TableDef(
            row.name,
            [self._column(column) for column in self._columns],
            key,
            indexes=[
                read_index(index, self._names, self._scope, self._collations, around)
                for index in self._indexes
                if index.valid and index.oid not in backing
            ],
            uniques=uniques,
            checks=[read_check(one, self._scope) for one in self._of("c")],
            foreign_keys=[read_foreign_key(one, self._names, around) for one in self._of("f")],
            comment=row.comment,
            schema=None if row.schema == around.home else row.schema,
            options=self._options(),
        )

    def _of(self, kind: str) -> list[ConstraintRow]:
        return [one for one in self._constraints if one.kind == kind]

    def _keys(self, kind: str) -> list[tuple[ConstraintRow, dict[int, str], dict[str, object]]]:
        """Keys of a kind, with what their index says."""
        indexes = {index.oid: index for index in self._indexes}
        return [
            (one, self._names, covering(indexes.get(one.index_oid), self._names))
            for one in self._of(kind)
        ]

    @property
    def _collations(self) -> dict[str, str | None]:
        return {column.name: self._collation(column) for column in self._columns}

    def _collation(self, row: ColumnRow) -> str | None:
        return self._around.collations.get(row.own_collation) if row.own_collation else None

    # columns

    def _column(self, row: ColumnRow) -> ColumnDef:
        type_ = self._type(row)
        auto = self._auto(row)
        generated = None
        if row.generated and row.default is not None:
            text = expression(row.default, self._scope)
            generated = Generated(text, stored=row.generated == "s")
        return ColumnDef(
            row.name,
            type_,
            nullable=not row.not_null or row.number in self._pending,
            default=self._default(row, type_) if auto is None and generated is None else None,
            auto=auto,
            generated=generated,
            collation=self._collation(row),
            comment=row.comment,
        )

    def _type(self, row: ColumnRow) -> Type:
        enums = self._around.enums
        if row.type_oid in enums:
            return enums[row.type_oid]
        item = self._around.enum_lists.get(row.type_oid)
        return types.Array(item) if item is not None else read_type(row.type)

    def _default(self, row: ColumnRow, type_: Type) -> Default | None:
        return read_default(row.default, type_, self._around.names)

    def _auto(self, row: ColumnRow) -> Auto | None:
        numbers = self._around.numbers.get((row.table, row.number))
        if row.identity and numbers is not None:
            return numbers.numbering.identity(always=row.identity == "a")
        return Serial() if self._serials[row.number] is not None else None

    def _serial(self, row: ColumnRow) -> str | None:
        """The sequence that belongs to the column and stands in its default."""
        numbers = self._around.numbers.get((row.table, row.number))
        if numbers is None or row.identity or not (row.default or "").startswith("nextval("):
            return None
        default = self._default(row, types.BigInteger())
        owned = self._around.names.sequences.get(numbers.shown)
        return numbers.shown if default == NextValue(str(owned)) else None

    # the table's own settings

    def _options(self) -> Options:
        row = self._row
        excluded = [
            {"name": given_name(one.name), "sql": exclusion(one.definition or "", self._scope)}
            for one in self._of("x")
        ]
        return options(
            {
                "with": storage_of(_pairs(row.storage)),
                "tablespace": row.tablespace,
                "using": None if row.method in (None, "heap") else row.method,
                "partition_by": row.partition_by and partition(row.partition_by, self._scope),
                "inherits": [self._around.keys.get(oid, str(oid)) for oid in row.parents],
                "unlogged": row.unlogged,
                "exclude": sorted(excluded, key=lambda one: str(one["sql"])),
            }
        )


def _pairs(storage: list[str] | None) -> list[tuple[str, str]]:
    """`fillfactor=70`, taken apart."""
    return [(name, value) for name, _, value in (text.partition("=") for text in storage or ())]
