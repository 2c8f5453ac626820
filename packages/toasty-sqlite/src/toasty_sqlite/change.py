"""The changes of one table that are done together, and where each of its new columns gets its values from."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import Factory, define, evolve, field, frozen

from toasty_core import operations as ops
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type
from toasty_core.schema.values import Expression, Literal
from toasty_sql.brackets import without_brackets
from toasty_sqlite.conversion import Conversion, convert, unknown_label
from toasty_sqlite.dialect import SqliteDialect
from toasty_sqlite.names import quote


@frozen
class Unfit:
    """Values of a column that have no form in its new type."""

    condition: str
    value: str
    type: Type


@frozen
class Source:
    """Where a column's values come from: `sql` over the old table; None: nowhere, it is null or default.

    `unfit` are the conversions that may fail on the way. `changed`: it is no mere copy; `is_new`: the column
    is; `needs_empty`: it has no value for rows, and must have one; `is_filled`: it never is null.
    """

    sql: str | None
    changed: bool = True
    is_new: bool = False
    needs_empty: bool = False
    is_filled: bool = False
    unfit: tuple[Unfit, ...] = ()


@frozen
class Step:
    """One operation, and the table before and after it."""

    operation: Operation
    before: TableDef | None
    after: TableDef


@define
class TableChange:
    """Operations on one table, in their order; `position` is that of the last one in the migration.

    `before` is None for a table that the first of them makes.
    """

    dialect: SqliteDialect
    before: TableDef | None
    steps: list[Step] = Factory(list)
    sources: dict[str, Source] = Factory(dict)
    rebuild: bool = False
    position: int = 0
    _changed: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        for column in self.before.columns if self.before else ():
            self.sources[column.name] = Source(quote(column.name), changed=False)

    @property
    def after(self) -> TableDef:
        """The table when all is done."""
        return self.steps[-1].after

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What is done, in order."""
        return tuple(step.operation for step in self.steps)

    def index_names(self) -> Iterator[str]:
        """The names of the indexes that the table has before."""
        return (index.name for index in (self.before.indexes if self.before else ()))

    def must_wait(self, operation: Operation) -> bool:
        """Does the operation compute from a column whose values are not there before this change is done?"""
        texts = [text.lower() for text in _expressions(operation, self.dialect)]
        return any(name.lower() in text for text in texts for name in sorted(self._changed))

    def add(self, step: Step) -> None:
        """Takes one more operation in."""
        self.steps.append(step)
        operation = step.operation
        if self.before is None:
            return
        if isinstance(operation, ops.AddColumn):
            self._add_column(operation)
        elif isinstance(operation, ops.DropColumn):
            self._changed.add(operation.column)
            del self.sources[operation.column]
        elif isinstance(operation, ops.ModifyColumn) and step.before is not None:
            self._modify_column(operation, step.before, step.after)

    def _add_column(self, operation: ops.AddColumn) -> None:
        column = operation.column
        self._changed.add(column.name)
        value = self._first_value(operation)
        self.sources[column.name] = Source(
            value,
            is_new=True,
            needs_empty=not column.nullable and column.generated is None and _is_null(value),
            is_filled=self._is_filled(operation, value),
        )

    def _first_value(self, operation: ops.AddColumn) -> str | None:
        column = operation.column
        if column.generated is not None:
            return None
        filled = self._fill(operation, column)
        return filled if filled is not None else self.dialect.default_sql(column)

    def _fill(self, operation: ops.AddColumn | ops.ModifyColumn, column: ColumnDef) -> str | None:
        return (
            None if operation.fill is None else self.dialect.value_sql(operation.fill, column.type)
        )

    def _is_filled(self, operation: ops.AddColumn, value: str | None) -> bool:
        """A literal or a function is there for every row; an expression may be null for some."""
        given = operation.fill if operation.fill is not None else operation.column.default
        return not _is_null(value) and not isinstance(given, Expression)

    def _modify_column(
        self, operation: ops.ModifyColumn, before: TableDef, after: TableDef
    ) -> None:
        name = operation.column
        old, new = before.column(name), after.column(name)
        source = self.sources[name]
        self.sources[name] = self._modified(operation, source, old, new)
        if self.sources[name].changed:
            self._changed.add(name)

    def _modified(
        self, operation: ops.ModifyColumn, source: Source, old: ColumnDef, new: ColumnDef
    ) -> Source:
        if new.generated is not None:
            return evolve(
                source, sql=None, changed=source.changed or new.generated != old.generated
            )
        sql, unfit = self._converted(operation, source, old, new)
        filled = self._fill(operation, new)
        if filled is not None:
            sql = f"COALESCE({sql}, {filled})" if sql else filled
        is_filled = filled is not None and isinstance(operation.fill, Literal)
        return evolve(
            source,
            sql=sql,
            changed=source.changed or sql != source.sql,
            needs_empty=source.needs_empty and sql is None,
            is_filled=source.is_filled or is_filled,
            unfit=unfit,
        )

    def _converted(
        self, operation: ops.ModifyColumn, source: Source, old: ColumnDef, new: ColumnDef
    ) -> tuple[str | None, tuple[Unfit, ...]]:
        using = operation.using.for_backend(self.dialect.name) if operation.using else None
        if using is not None:
            return f"({using})", ()
        if source.sql is None:
            return None, source.unfit
        same = self._same_type(old, new)
        done = Conversion(source.sql) if same else convert(source.sql, old.type, new.type)
        conditions = (done.unfit, unknown_label(done.sql, old.type, new.type))
        unfit = (Unfit(each, source.sql, new.type) for each in conditions if each)
        return done.sql, (*source.unfit, *unfit)

    def _same_type(self, old: ColumnDef, new: ColumnDef) -> bool:
        """Is it one type for SQLite, whatever the models call it?"""
        return self.dialect.type_sql(old.type) == self.dialect.type_sql(new.type)


def _expressions(operation: Operation, dialect: SqliteDialect) -> Iterator[str]:
    """The texts of expressions that are computed over the rows as they are before the operation."""
    if isinstance(operation, ops.AddColumn | ops.ModifyColumn):
        given = (operation.fill, getattr(operation, "using", None))
        yield from (dialect.expression(value) for value in given if isinstance(value, Expression))


def _is_null(value: str | None) -> bool:
    return value is None or without_brackets(value).upper() == "NULL"
