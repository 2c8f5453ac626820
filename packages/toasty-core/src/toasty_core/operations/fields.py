"""Operations on the fields of nested documents, in a column or in a list of documents.

A field is named by its path, the column first: `address.zip`, `lines.price`. Lists on the way are gone through. In a
column of type Json, of which the schema knows no fields, the documents change and the schema stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

import attrs
from attrs import evolve, frozen

from toasty_core.errors import SchemaError, suggest
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.operations.fills import empty_value
from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.type_syntax import coerce_type
from toasty_core.schema.types import Array, Document, Field, Json, Type
from toasty_core.schema.values import Default, Expression, coerce_default

_Fields: TypeAlias = tuple[Field, ...]
INSTEAD_OF_FIELDS = (
    "every database takes db.modify_column to a Document with the old and the new field, db.transform_rows,"
    " and db.modify_column to a Document without the old one"
)
"""What to write where a database knows no fields, or where one folder serves such databases too."""


def split_path(path: str) -> tuple[str, tuple[str, ...]]:
    """The column of a field's path, and the names that lead to the field in it. Raises SchemaError."""
    column, *names = path.split(".")
    if not names or not all((column, *names)):
        raise SchemaError(
            f"{path!r} is no field of a nested document", hint='write its path: "address.zip"'
        )
    return column, tuple(names)


def found_field(schema: SchemaSnapshot, table: str, path: str) -> Field | None:
    """The field at a path; None inside of Json. Raises SchemaError where there is none."""
    column, names = split_path(path)
    type_: Type = schema.table(table).column(column).type
    found: Field | None = None
    for name in names:
        if isinstance(_inner(type_), Json):
            return None
        found = _named(_fields(type_, table, path), name, f"{table}.{path}")
        type_ = found.type
    return found


def _inner(type_: Type) -> Type:
    return _inner(type_.item) if isinstance(type_, Array) else type_


def _fields(type_: Type, table: str, path: str) -> _Fields:
    inner = _inner(type_)
    if not isinstance(inner, Document):
        raise SchemaError(f"{table}.{path}: {type_} has no fields")
    return inner.fields


def _named(fields: _Fields, name: str, where: str) -> Field:
    for one in fields:
        if one.name == name:
            return one
    raise SchemaError(
        f"{where}: there is no field {name!r}", hint=suggest(name, [one.name for one in fields])
    )


def _changed(
    schema: SchemaSnapshot, table: str, path: str, change: Callable[[_Fields, str], _Fields]
) -> TableDef:
    """The table with other fields in the document that the path's last name is in."""
    column, names = split_path(path)
    found = schema.table(table)
    old = found.column(column)

    def within(type_: Type, names: tuple[str, ...]) -> Type:
        if isinstance(type_, Array):
            return Array(within(type_.item, names))
        if isinstance(type_, Json):
            return type_
        fields = _fields(type_, table, path)
        if len(names) == 1:
            return Document(*change(fields, names[0]))
        inner = _named(fields, names[0], f"{table}.{path}")
        new = evolve(inner, type=within(inner.type, names[1:]))
        return Document(*(new if one is inner else one for one in fields))

    return found.replace_column(column, evolve(old, type=within(old.type, names)))


@frozen(repr=False)
class RenameField(Operation):
    """Gives a field of nested documents another name: `address.zip` becomes `address.postcode`."""

    table: str
    old: str
    new: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        if self.old.rpartition(".")[0] != self.new.rpartition(".")[0]:
            raise SchemaError(
                f"cannot rename {self.table}.{self.old} to {self.new}: a field stays in its document",
                hint="both paths are alike but for the last name",
            )
        new = split_path(self.new)[1][-1]

        def renamed(fields: _Fields, old: str) -> _Fields:
            there = _named(fields, old, f"{self.table}.{self.old}")
            if any(one.name == new for one in fields):
                raise SchemaError(
                    f"cannot rename {self.table}.{self.old}: there already is a field {new!r}"
                )
            return tuple(evolve(one, name=new) if one is there else one for one in fields)

        table = _changed(schema, self.table, self.old, renamed)
        return schema.put(evolve(table, indexes=[self.follow(index) for index in table.indexes]))

    def follow(self, index: IndexDef) -> IndexDef:
        """An index over the field's path goes with it."""

        def moved(text: str | None) -> str | None:
            inside = text is not None and text.startswith(f"{self.old}.")
            if text is None or not (text == self.old or inside):
                return text
            return self.new + text[len(self.old) :]

        def part(one: IndexColumn) -> IndexColumn:
            if one.expression is None:
                return one
            texts = {name: moved(text) or text for name, text in one.expression.by_backend}
            return evolve(one, expression=Expression(moved(one.expression.text), texts))

        return evolve(index, columns=[part(one) for one in index.columns])

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return RenameField(self.table, self.new, self.old)

    def describe(self) -> str:
        return f"rename field {self.table}.{self.old} to {self.new}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class AddField(Operation):
    """Adds a field to nested documents. `fill` is its value in documents that are there and have none."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    field: str
    type: Type = attrs.field(converter=coerce_type)
    nullable: bool = attrs.field(default=False, kw_only=True)
    fill: Default | None = attrs.field(default=None, converter=coerce_default, kw_only=True)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        def added(fields: _Fields, name: str) -> _Fields:
            if any(one.name == name for one in fields):
                raise SchemaError(f"{self.table}.{self.field} is there already")
            return (*fields, Field(name, self.type, nullable=self.nullable))

        return schema.put(_changed(schema, self.table, self.field, added))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropField(self.table, self.field)

    def describe(self) -> str:
        return f"add field {self.table}.{self.field}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DropField(Operation):
    """Takes a field of nested documents away, with its values."""

    category: ClassVar[Category] = Category.DESTRUCTIVE
    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    field: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        def without(fields: _Fields, name: str) -> _Fields:
            gone = _named(fields, name, f"{self.table}.{self.field}")
            return tuple(one for one in fields if one is not gone)

        return schema.put(_changed(schema, self.table, self.field, without))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        found = found_field(before, self.table, self.field)
        if found is None:
            return AddField(self.table, self.field, Json(), nullable=True)
        fill = None if found.nullable else empty_value(found.type)
        return AddField(self.table, self.field, found.type, nullable=found.nullable, fill=fill)

    def describe(self) -> str:
        return f"drop field {self.table}.{self.field}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        return f"the values of {self.table}.{self.field} are not restored"
