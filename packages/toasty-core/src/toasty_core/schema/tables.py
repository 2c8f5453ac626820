"""A table, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

from toasty_core.errors import SchemaError, suggest
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    CheckDef,
    ConstraintDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)

if TYPE_CHECKING:
    from toasty_core.schema.text_names import ColumnText

_Item = TypeVar("_Item", UniqueDef, CheckDef, ForeignKeyDef)
_Part = TypeVar("_Part", UniqueDef, CheckDef, ForeignKeyDef, IndexDef)


def _columns(items: Iterable[ColumnDef]) -> tuple[ColumnDef, ...]:
    return tuple(items)


# Models give the parts below in any order, and their order means nothing.


def _indexes(items: Iterable[IndexDef]) -> tuple[IndexDef, ...]:
    return _in_order(items, lambda index: (index.name, index.only))


def _uniques(items: Iterable[UniqueDef]) -> tuple[UniqueDef, ...]:
    return _in_order(items, lambda unique: (unique.name or "", unique.columns))


def _checks(items: Iterable[CheckDef]) -> tuple[CheckDef, ...]:
    return _in_order(items, lambda check: (check.name or "", str(check.expression), check.only))


def _foreign_keys(items: Iterable[ForeignKeyDef]) -> tuple[ForeignKeyDef, ...]:
    return _in_order(items, lambda key: (key.name or "", key.columns, key.table, key.references))


def _in_order(items: Iterable[_Part], key: Callable[[_Part], Any]) -> tuple[_Part, ...]:
    parts = tuple(items)
    if len(parts) < 2:
        return parts
    keys = [key(part) for part in parts]
    if len(set(keys)) < len(keys):  # parts that differ in what the key leaves out
        return tuple(sorted(parts, key=lambda part: (key(part), repr(part))))
    return tuple(sorted(parts, key=key))


def _key(value: PrimaryKeyDef | Iterable[str] | str | None) -> PrimaryKeyDef | None:
    if value is None or isinstance(value, PrimaryKeyDef):
        return value
    key = PrimaryKeyDef(value)
    return key if key.columns else None


@frozen
class TableDef:
    """A table (a collection, on a document database).

    `primary_key` is a list of column names or a `PrimaryKeyDef`. `schema` is the namespace, where the
    database has them. `renamed_from` is a hint of the models and no part of the schema.
    """

    name: str
    columns: tuple[ColumnDef, ...] = field(converter=_columns)
    primary_key: PrimaryKeyDef | None = field(default=None, converter=_key)
    indexes: tuple[IndexDef, ...] = field(default=(), converter=_indexes)
    uniques: tuple[UniqueDef, ...] = field(default=(), converter=_uniques)
    checks: tuple[CheckDef, ...] = field(default=(), converter=_checks)
    foreign_keys: tuple[ForeignKeyDef, ...] = field(default=(), converter=_foreign_keys)
    comment: str | None = None
    schema: str | None = None
    options: Options = field(factory=dict)
    renamed_from: str | None = field(default=None, eq=False, repr=False)

    @property
    def key(self) -> str:
        """The name by which operations and foreign keys speak of the table: `users`, `sales.orders`."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The primary key's columns; empty without one."""
        return self.primary_key.columns if self.primary_key else ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns by name, in order."""
        return tuple(column.name for column in self.columns)

    def has_column(self, name: str) -> bool:
        """Is there a column of this name?"""
        return any(column.name == name for column in self.columns)

    def column(self, name: str) -> ColumnDef:
        """The column of this name. Raises SchemaError with the nearest name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(
            f"table {self.key!r} has no column {name!r}",
            hint=suggest(name, list(self.column_names)),
        )

    def index(self, name: str) -> IndexDef:
        """The index of this name. Raises SchemaError with the nearest name."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise SchemaError(
            f"table {self.key!r} has no index {name!r}",
            hint=suggest(name, [index.name for index in self.indexes]),
        )

    def with_column(self, column: ColumnDef) -> TableDef:
        """The table with one column more, at the end. Raises SchemaError when the name is taken."""
        if self.has_column(column.name):
            raise SchemaError(f"table {self.key!r} already has a column {column.name!r}")
        return self._with_columns((*self.columns, column))

    def replace_column(self, name: str, column: ColumnDef) -> TableDef:
        """The table with `column` in the place of the one called `name`."""
        self.column(name)
        return self._with_columns(
            tuple(column if old.name == name else old for old in self.columns)
        )

    def without_column(self, name: str) -> TableDef:
        """The table without a column. Raises SchemaError while a key or an index stands on it."""
        self.column(name)
        user = next(self.users_of(name), None)
        if user is not None:
            raise SchemaError(
                f"cannot drop column {self.key}.{name}: {describe_part(user)} stands on it",
                hint=f"drop {describe_part(user)} first",
            )
        return self._with_columns(tuple(c for c in self.columns if c.name != name))

    def _with_columns(self, columns: tuple[ColumnDef, ...]) -> TableDef:
        # a chain of migrations does this more often than anything else, and `evolve` takes twice as long
        return TableDef(
            self.name,
            columns,
            self.primary_key,
            self.indexes,
            self.uniques,
            self.checks,
            self.foreign_keys,
            self.comment,
            self.schema,
            self.options,
            self.renamed_from,
        )

    def users_of(self, name: str) -> Iterator[ConstraintDef | IndexDef]:
        """The table's own key, uniques, checks, foreign keys and indexes that speak of the column.

        Be it in an expression or in an option alone: databases drop such a one along with the column, or refuse to.
        """
        from toasty_core.schema.text_names import ColumnText

        other = ColumnText(name, "\0", self.column_names)  # nothing is called so
        parts: list[ConstraintDef | IndexDef] = [self.primary_key] if self.primary_key else []
        parts += [*self.uniques, *self.checks, *self.foreign_keys, *self.indexes]
        for part in parts:
            columns = part.column_names if isinstance(part, IndexDef) else part_columns(part)
            if name in columns or _is_in_text(other, part):
                yield part


def _is_in_text(other: ColumnText, part: ConstraintDef | IndexDef) -> bool:
    """Would an expression or an option of the part change if the column were called otherwise?"""
    from toasty_core.schema.option_names import OptionText
    from toasty_core.schema.text_names import check_renamed, index_renamed

    match part:
        case CheckDef():
            return check_renamed(part, other) != part
        case ForeignKeyDef():
            return False
        case IndexDef() if index_renamed(part, other) != part:
            return True
    return bool(part.options) and OptionText(other).in_options(part.options) != part.options


def part_columns(part: ConstraintDef) -> tuple[str, ...]:
    """The columns that a constraint names; a check names none that we could know."""
    return () if isinstance(part, CheckDef) else part.columns


def describe_part(part: ConstraintDef | IndexDef) -> str:
    """Words for an error or a comment: `index 'idx_users_email'`, `unique (email)`."""
    word = {
        PrimaryKeyDef: "primary key",
        UniqueDef: "unique",
        CheckDef: "check",
        ForeignKeyDef: "foreign key",
        IndexDef: "index",
    }[type(part)]
    if part.name:
        return f"{word} {part.name!r}"
    if isinstance(part, CheckDef):
        return f"check ({part.expression})"
    return f"{word} ({', '.join(part_columns(part))})"  # type: ignore[arg-type]  # an index has a name


def find_part(parts: tuple[_Item, ...], wanted: str | _Item, table: str) -> _Item:
    """The constraint that is meant, by its name or by what it is.

    Raises SchemaError when there is none.
    """
    for part in parts:
        if part.name == wanted if isinstance(wanted, str) else part == wanted:
            return part
    named = [part.name for part in parts if part.name]
    what = repr(wanted) if isinstance(wanted, str) else describe_part(wanted)
    near = suggest(wanted, named) if isinstance(wanted, str) else None
    raise SchemaError(f"table {table!r} has no constraint {what}", hint=near)
