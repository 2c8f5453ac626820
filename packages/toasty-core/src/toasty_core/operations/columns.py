"""Operations on columns."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar, Final

from attrs import evolve, field, fields, frozen

from toasty_core.errors import SchemaError
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.operations.fills import fill_for_restored
from toasty_core.operations.narrowing import may_lose
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import ForeignKeyDef, IndexDef, PrimaryKeyDef
from toasty_core.schema.option_names import OptionText
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part
from toasty_core.schema.text_names import (
    ColumnText,
    check_renamed,
    column_renamed,
    index_renamed,
)
from toasty_core.schema.type_syntax import coerce_type
from toasty_core.schema.types import Type
from toasty_core.schema.values import (
    Auto,
    Default,
    Expression,
    Generated,
    coerce_auto,
    coerce_default,
    coerce_expression,
)


class Unset(Enum):
    """Says that `modify_column` leaves an attribute as it is; None would take it away."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


def _type_or_unset(value: Type | str | Unset) -> Type | Unset:
    return UNSET if value is UNSET else coerce_type(value)


def _default_or_unset(value: object) -> Default | Unset | None:
    return UNSET if value is UNSET else coerce_default(value)


def _auto_or_unset(value: Auto | bool | Unset | None) -> Auto | Unset | None:
    return UNSET if isinstance(value, Unset) else coerce_auto(value)


@frozen(repr=False)
class AddColumn(Operation):
    """Adds a column. `fill` is the value for rows that exist already, a literal or `expr("...")`."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    column: ColumnDef
    fill: Default | None = field(default=None, converter=coerce_default)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(schema.table(self.table).with_column(self.column))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropColumn(self.table, self.column.name)

    def describe(self) -> str:
        return f"add column {self.table}.{self.column.name}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DropColumn(Operation):
    """Takes a column away, with its values."""

    category: ClassVar[Category] = Category.DESTRUCTIVE
    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str
    column: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        without = schema.table(self.table).without_column(self.column)
        for other in schema.referrers(self.table):
            for key in other.foreign_keys:
                if key.table == self.table and self.column in key.references:
                    raise self._still_pointed_at(other, key)
        return schema.put(without)

    def _still_pointed_at(self, other: TableDef, key: ForeignKeyDef) -> SchemaError:
        part = f"{describe_part(key)} of table {other.key!r}"
        return SchemaError(
            f"cannot drop column {self.table}.{self.column}: {part} points at it",
            hint=f"drop {part} first",
        )

    def inverse(self, before: SchemaSnapshot) -> Operation:
        column = before.table(self.table).column(self.column)
        return AddColumn(self.table, column, fill=fill_for_restored(column))

    def describe(self) -> str:
        return f"drop column {self.table}.{self.column}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)

    def hazard_from(self, before: SchemaSnapshot) -> Hazard:
        computed = before.table(self.table).column(self.column).generated is not None
        return Hazard.SAFE if computed else self.hazard

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        column = before.table(self.table).column(self.column)
        if column.generated is not None:
            return None
        return f"the values of {self.table}.{self.column} are not restored"


@frozen(repr=False)
class RenameColumn(Operation):
    """Gives a column another name; keys, indexes, foreign keys, expressions and options follow."""

    table: str
    old: str
    new: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        column = table.column(self.old)
        if table.has_column(self.new):
            raise SchemaError(
                f"cannot rename {self.table}.{self.old}: there already is a column {self.new!r}"
            )
        text = ColumnText(self.old, self.new, table.column_names)
        renamed = table.replace_column(self.old, evolve(column, name=self.new))
        schema = schema.put(_parts_renamed(renamed, text))
        for other in list(schema.referrers(self.table)):
            schema = schema.put(self._references_renamed(other))
        return schema

    def _references_renamed(self, table: TableDef) -> TableDef:
        def renamed(key: ForeignKeyDef) -> ForeignKeyDef:
            if key.table != self.table:
                return key
            return evolve(key, references=_swap(key.references, self.old, self.new))

        return evolve(table, foreign_keys=(renamed(key) for key in table.foreign_keys))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return RenameColumn(self.table, self.new, self.old)

    def describe(self) -> str:
        return f"rename column {self.table}.{self.old} to {self.new}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


def _swap(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in columns)


def _parts_renamed(table: TableDef, text: ColumnText) -> TableDef:
    old, new = text.old, text.new
    options = OptionText(text)

    def in_index(index: IndexDef) -> IndexDef:
        parts = (evolve(p, name=new) if p.name == old else p for p in index.columns)
        return options.in_part(index_renamed(evolve(index, columns=parts), text))

    def in_part(part: Any) -> Any:
        return evolve(part, columns=_swap(part.columns, old, new))

    key: PrimaryKeyDef | None = table.primary_key and options.in_part(in_part(table.primary_key))
    return evolve(
        table,
        columns=(column_renamed(column, text) for column in table.columns),
        primary_key=key,
        checks=(check_renamed(check, text) for check in table.checks),
        indexes=(in_index(index) for index in table.indexes),
        uniques=(options.in_part(in_part(unique)) for unique in table.uniques),
        foreign_keys=(in_part(foreign) for foreign in table.foreign_keys),
        options=options.in_options(table.options),
    )


@frozen(repr=False)
class ModifyColumn(Operation):
    """Changes what is given and leaves the rest as it is.

    `using` converts the values, as `expr("...")`; without it the database's own conversion does, and a check
    before the first change stops where a value does not convert. `fill` replaces nulls when `nullable=False`.
    """

    table: str
    column: str
    type: Type | Unset = field(default=UNSET, converter=_type_or_unset, kw_only=True)
    nullable: bool | Unset = field(default=UNSET, kw_only=True)
    default: Default | Unset | None = field(
        default=UNSET, converter=_default_or_unset, kw_only=True
    )
    auto: Auto | Unset | None = field(default=UNSET, converter=_auto_or_unset, kw_only=True)
    generated: Generated | Unset | None = field(default=UNSET, kw_only=True)
    collation: str | Unset | None = field(default=UNSET, kw_only=True)
    comment: str | Unset | None = field(default=UNSET, kw_only=True)
    options: Options | Unset = field(default=UNSET, kw_only=True)
    using: Expression | None = field(default=None, converter=coerce_expression, kw_only=True)
    fill: Default | None = field(default=None, converter=coerce_default, kw_only=True)

    def changes(self) -> dict[str, Any]:
        """What is given, by the name of the column's attribute."""
        values = {name: getattr(self, name) for name in MODIFIABLE}
        return {name: value for name, value in values.items() if value is not UNSET}

    def new_column(self, before: SchemaSnapshot) -> ColumnDef:
        """The column as it will be."""
        return evolve(before.table(self.table).column(self.column), **self.changes())

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        return schema.put(table.replace_column(self.column, self.new_column(schema)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        column = before.table(self.table).column(self.column)
        was = {name: getattr(column, name) for name in self.changes()}
        return ModifyColumn(self.table, self.column, **was)

    def describe(self) -> str:
        return f"modify column {self.table}.{self.column} ({', '.join(self.changes())})"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)

    @property
    def hazard(self) -> Hazard:
        """Lossy when the type changes: the new one may hold less than the old one."""
        return Hazard.LOSSY if self.type is not UNSET else Hazard.SAFE

    def hazard_from(self, before: SchemaSnapshot) -> Hazard:
        column = before.table(self.table).column(self.column)
        loses = isinstance(self.type, Type) and may_lose(column.type, self.type)
        return Hazard.LOSSY if loses else Hazard.SAFE

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        column = before.table(self.table).column(self.column)
        if isinstance(self.type, Type) and may_lose(column.type, self.type):
            return f"what {self.table}.{self.column} lost as {self.type} is not restored"
        return None


MODIFIABLE: tuple[str, ...] = tuple(
    a.name for a in fields(ModifyColumn) if a.name not in ("table", "column", "using", "fill")
)
