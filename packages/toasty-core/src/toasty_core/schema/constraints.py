"""Keys, checks and indexes.

A constraint may have no name: the database then gives it one, and it is known by what it is.
`only` names the backends that the definition is for; empty means all.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeAlias

from attrs import field, frozen

from toasty_core.schema.columns import Options
from toasty_core.schema.values import Expression, coerce_expression


def names(value: Iterable[str] | str) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


class Action(Enum):
    """What happens to a row whose parent is deleted or gets another key."""

    NO_ACTION = "no action"
    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set null"
    SET_DEFAULT = "set default"


def coerce_action(value: Action | str | None) -> Action:
    """An action, also from its text in any case: `"cascade"`, `"SET NULL"`."""
    if isinstance(value, Action):
        return value
    if value is None:
        return Action.NO_ACTION
    try:
        return Action(value.lower().replace("_", " "))
    except ValueError:
        known = ", ".join(repr(action.value) for action in Action)
        raise ValueError(f"{value!r} is no foreign key action; one of {known} is") from None


class Deferral(Enum):
    """When a constraint is checked: at each statement, or (deferrable) at the commit."""

    IMMEDIATE = "immediate"
    DEFERRABLE = "deferrable"
    DEFERRED = "deferred"


def _coerce_deferral(value: Deferral | str | None) -> Deferral:
    if isinstance(value, Deferral):
        return value
    try:
        return Deferral((value or "immediate").lower())
    except ValueError:
        known = ", ".join(repr(item.value) for item in Deferral)
        raise ValueError(f"{value!r} does not say when to check; one of {known} does") from None


@frozen
class PrimaryKeyDef:
    """The columns that tell rows apart."""

    columns: tuple[str, ...] = field(converter=names)
    name: str | None = None
    options: Options = field(factory=dict)


@frozen
class UniqueDef:
    """Columns whose values together stand only once."""

    columns: tuple[str, ...] = field(converter=names)
    name: str | None = None
    deferral: Deferral = field(default=Deferral.IMMEDIATE, converter=_coerce_deferral)
    only: tuple[str, ...] = field(default=(), converter=names)
    options: Options = field(factory=dict)


@frozen
class CheckDef:
    """A condition that every row fulfils, in the database's own words."""

    expression: Expression = field(converter=coerce_expression)
    name: str | None = None
    only: tuple[str, ...] = field(default=(), converter=names)
    options: Options = field(factory=dict)


@frozen
class ForeignKeyDef:
    """Columns whose values stand in another table.

    `table` is the table pointed at, `references` its columns; empty: its primary key's.
    """

    columns: tuple[str, ...] = field(converter=names)
    table: str
    references: tuple[str, ...] = field(default=(), converter=names)
    name: str | None = None
    on_delete: Action = field(default=Action.NO_ACTION, converter=coerce_action)
    on_update: Action = field(default=Action.NO_ACTION, converter=coerce_action)
    deferral: Deferral = field(default=Deferral.IMMEDIATE, converter=_coerce_deferral)
    only: tuple[str, ...] = field(default=(), converter=names)
    options: Options = field(factory=dict)


ConstraintDef: TypeAlias = PrimaryKeyDef | UniqueDef | CheckDef | ForeignKeyDef


@frozen
class IndexColumn:
    """One part of an index: a column, or an expression, and how it is kept.

    `descending` is None where nothing is said, which means ascending. `collation` is the database's name of
    one; lengths, operator classes and the like stand in the index's `options`.
    """

    name: str | None = None
    expression: Expression | None = field(default=None, converter=coerce_expression)
    descending: bool | None = None
    nulls_first: bool | None = None
    collation: str | None = None


def _parts(value: Iterable[Any] | str) -> tuple[IndexColumn, ...]:
    items = (value,) if isinstance(value, str) else value
    return tuple(_part(item) for item in items)


def _part(item: Any) -> IndexColumn:
    if isinstance(item, IndexColumn):
        return item
    return IndexColumn(expression=item) if isinstance(item, Expression) else IndexColumn(item)


@frozen
class IndexDef:
    """An index. `columns` are names, expressions or `IndexColumn`s; `where` makes it partial.

    What one database alone has (method, prefix length, INCLUDE, TTL, ...) stands in `options`, by backend.
    """

    name: str
    columns: tuple[IndexColumn, ...] = field(converter=_parts)
    unique: bool = False
    where: Expression | None = field(default=None, converter=coerce_expression)
    only: tuple[str, ...] = field(default=(), converter=names)
    options: Options = field(factory=dict)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns by name, expressions left out."""
        return tuple(part.name for part in self.columns if part.name is not None)
