"""Operations on indexes."""

from __future__ import annotations

from typing import ClassVar

from attrs import evolve, frozen

from toasty_core.errors import SchemaError
from toasty_core.operations.base import Category, Operation
from toasty_core.schema.constraints import IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


def _without(table: TableDef, name: str) -> TableDef:
    table.index(name)
    return evolve(table, indexes=(index for index in table.indexes if index.name != name))


@frozen(repr=False)
class CreateIndex(Operation):
    """Makes an index."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    index: IndexDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        if any(index.name == self.index.name for index in table.indexes):
            raise SchemaError(f"table {self.table!r} already has an index {self.index.name!r}")
        for name in self.index.column_names:
            table.column(name)
        return schema.put(evolve(table, indexes=(*table.indexes, self.index)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropIndex(self.table, self.index.name)

    def describe(self) -> str:
        unique = "unique " if self.index.unique else ""
        return f"create {unique}index {self.index.name} on {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DropIndex(Operation):
    """Takes an index away; rows stay as they are."""

    table: str
    index: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_without(schema.table(self.table), self.index))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return CreateIndex(self.table, before.table(self.table).index(self.index))

    def describe(self) -> str:
        return f"drop index {self.index} on {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class RenameIndex(Operation):
    """Gives an index another name."""

    table: str
    old: str
    new: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        renamed = evolve(table.index(self.old), name=self.new)
        if any(index.name == self.new for index in table.indexes):
            raise SchemaError(f"table {self.table!r} already has an index {self.new!r}")
        rest = _without(table, self.old)
        return schema.put(evolve(rest, indexes=(*rest.indexes, renamed)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return RenameIndex(self.table, self.new, self.old)

    def describe(self) -> str:
        return f"rename index {self.old} to {self.new} on {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)
