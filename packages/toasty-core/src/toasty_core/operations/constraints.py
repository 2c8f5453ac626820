"""Operations on keys and checks.

A constraint with a name is dropped by its name; one without is dropped by what it is: `db.drop_unique("users",
UniqueDef(["email"]))`, and the backend finds the name that the database gave it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeAlias

from attrs import evolve, field, frozen

from toasty_core.errors import SchemaError
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.schema.constraints import (
    CheckDef,
    ConstraintDef,
    ForeignKeyDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef, describe_part, find_part, part_columns

_ATTRIBUTE: dict[type[Any], str] = {
    UniqueDef: "uniques",
    CheckDef: "checks",
    ForeignKeyDef: "foreign_keys",
}

Part: TypeAlias = UniqueDef | CheckDef | ForeignKeyDef


def _adding(table: TableDef, part: Part) -> TableDef:
    for name in part_columns(part):
        table.column(name)
    parts = getattr(table, _ATTRIBUTE[type(part)])
    if part.name and any(other.name == part.name for other in parts):
        raise SchemaError(f"table {table.key!r} already has a constraint {part.name!r}")
    return _with_parts(table, _ATTRIBUTE[type(part)], (*parts, part))


def _dropping(table: TableDef, part: Part) -> TableDef:
    attribute = _ATTRIBUTE[type(part)]
    parts = list(getattr(table, attribute))
    parts.remove(part)
    return _with_parts(table, attribute, parts)


def _with_parts(table: TableDef, attribute: str, parts: Iterable[Any]) -> TableDef:
    changes: dict[str, Any] = {attribute: parts}
    return evolve(table, **changes)


def _words(wanted: str | Part) -> str:
    return repr(wanted) if isinstance(wanted, str) else describe_part(wanted)


@frozen(repr=False)
class AddUnique(Operation):
    """Adds a unique constraint."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    unique: UniqueDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_adding(schema.table(self.table), self.unique))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropUnique(self.table, self.unique.name or self.unique)

    def describe(self) -> str:
        return f"add {describe_part(self.unique)} to {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DropUnique(Operation):
    """Takes a unique constraint away."""

    table: str
    unique: str | UniqueDef

    def found(self, before: SchemaSnapshot) -> UniqueDef:
        """The constraint that is meant. Raises SchemaError when there is none."""
        return find_part(before.table(self.table).uniques, self.unique, self.table)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_dropping(schema.table(self.table), self.found(schema)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return AddUnique(self.table, self.found(before))

    def describe(self) -> str:
        return f"drop unique {_words(self.unique).removeprefix('unique ')} of {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class AddCheck(Operation):
    """Adds a check."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    check: CheckDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_adding(schema.table(self.table), self.check))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropCheck(self.table, self.check.name or self.check)

    def describe(self) -> str:
        return f"add {describe_part(self.check)} to {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class DropCheck(Operation):
    """Takes a check away."""

    table: str
    check: str | CheckDef

    def found(self, before: SchemaSnapshot) -> CheckDef:
        """The check that is meant. Raises SchemaError when there is none."""
        return find_part(before.table(self.table).checks, self.check, self.table)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_dropping(schema.table(self.table), self.found(schema)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return AddCheck(self.table, self.found(before))

    def describe(self) -> str:
        return f"drop check {_words(self.check).removeprefix('check ')} of {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class AddForeignKey(Operation):
    """Adds a foreign key."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: str
    foreign_key: ForeignKeyDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        parent = schema.table(self.foreign_key.table)
        for name in self.foreign_key.references:
            parent.column(name)
        return schema.put(_adding(schema.table(self.table), self.foreign_key))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropForeignKey(self.table, self.foreign_key.name or self.foreign_key)

    def describe(self) -> str:
        return f"add {describe_part(self.foreign_key)} to {self.table}"

    def touches(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.table, self.foreign_key.table)))


@frozen(repr=False)
class DropForeignKey(Operation):
    """Takes a foreign key away."""

    table: str
    foreign_key: str | ForeignKeyDef

    def found(self, before: SchemaSnapshot) -> ForeignKeyDef:
        """The foreign key that is meant. Raises SchemaError when there is none."""
        return find_part(before.table(self.table).foreign_keys, self.foreign_key, self.table)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(_dropping(schema.table(self.table), self.found(schema)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return AddForeignKey(self.table, self.found(before))

    def describe(self) -> str:
        return f"drop foreign key {_words(self.foreign_key).removeprefix('foreign key ')} of {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


def _primary_key(value: PrimaryKeyDef | Iterable[str] | None) -> PrimaryKeyDef | None:
    return value if value is None or isinstance(value, PrimaryKeyDef) else PrimaryKeyDef(value)


@frozen(repr=False)
class ChangePrimaryKey(Operation):
    """Gives a table another primary key, its first one, or none."""

    default_hazard: ClassVar[Hazard] = Hazard.SAFE
    table: str
    primary_key: PrimaryKeyDef | None = field(converter=_primary_key)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        for name in self.primary_key.columns if self.primary_key else ():
            table.column(name)
        return schema.put(evolve(table, primary_key=self.primary_key))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return ChangePrimaryKey(self.table, before.table(self.table).primary_key)

    def describe(self) -> str:
        columns = ", ".join(self.primary_key.columns) if self.primary_key else "none"
        return f"change primary key of {self.table} to ({columns})"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class RenameConstraint(Operation):
    """Gives a constraint another name, its first one, or none; `constraint` is as it stands before."""

    table: str
    constraint: ConstraintDef
    new: str | None

    def renamed(self) -> ConstraintDef:
        """The constraint under its new name."""
        return evolve(self.constraint, name=self.new)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.table)
        if isinstance(self.constraint, PrimaryKeyDef):
            key = evolve(self.constraint, name=self.new)
            return schema.put(evolve(table, primary_key=key))
        attribute = _ATTRIBUTE[type(self.constraint)]
        found = find_part(getattr(table, attribute), self.constraint, self.table)
        return schema.put(_adding(_dropping(table, found), evolve(found, name=self.new)))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return RenameConstraint(self.table, self.renamed(), self.constraint.name)

    def describe(self) -> str:
        return f"rename {describe_part(self.constraint)} of {self.table} to {self.new or 'no name'}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)
