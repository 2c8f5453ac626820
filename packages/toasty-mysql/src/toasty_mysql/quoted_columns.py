"""Columns that stand in double quotes in expressions for all databases: here such quotes make a text of them.

Only what cannot stand without quotes is meant, where the table has a column of that name: a rename writes it so.
A text for MySQL alone stays as it is.
https://dev.mysql.com/doc/refman/8.4/en/identifiers.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from attrs import evolve

from toasty_core import operations as ops
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import CheckDef, IndexColumn, IndexDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.text_names import needs_quotes
from toasty_core.schema.values import Expression, Generated

_BACKEND = "mysql"
_Value = TypeVar("_Value", bound=Any)


@cache
def _token() -> re.Pattern[str]:
    # compiled when it is needed: few expressions have such quotes
    return re.compile(
        r"""'(?:[^'\\]|\\.|'')*' | `(?:[^`]|``)*` | /\*.*?\*/ | \#[^\n]* | --\s[^\n]*
        | "(?P<name>(?:[^"]|"")*)" """,
        re.VERBOSE | re.DOTALL,
    )


def in_backticks(expression: Expression, columns: Sequence[str]) -> Expression:
    """The expression with backticks around the names among `columns` that stand in double quotes."""
    text = expression.text
    if text is None or '"' not in text or _BACKEND in dict(expression.by_backend):
        return expression
    known = {name.lower() for name in columns}

    def spelled(match: re.Match[str]) -> str:
        name = (match["name"] or "").replace('""', '"')
        if name.lower() not in known or not needs_quotes(name):
            return match[0]
        return "`" + name.replace("`", "``") + "`"

    said = _token().sub(spelled, text)
    return Expression(text, {**dict(expression.by_backend), _BACKEND: said})


def table_in_backticks(table: TableDef) -> TableDef:
    """The table with backticks around its columns in its expressions."""
    if not any('"' in text for text in _texts(table)):
        return table
    names = table.column_names
    return evolve(
        table,
        columns=[_column(column, names) for column in table.columns],
        checks=[_check(check, names) for check in table.checks],
        indexes=[_index(index, names) for index in table.indexes],
    )


def operation_in_backticks(operation: Operation, before: SchemaSnapshot) -> Operation:
    """The operation with backticks around the columns in the definitions that it brings."""
    if isinstance(operation, ops.CreateTable):
        return _with(operation, "table", table_in_backticks(operation.table))
    if not isinstance(operation, _WITH_TEXTS) or not before.has_table(operation.table):
        return operation
    names = before.table(operation.table).column_names
    match operation:
        case ops.AddColumn(_, column):
            return _with(operation, "column", _column(column, (*names, column.name)))
        case ops.ModifyColumn(generated=Generated() as generated):
            return _with(operation, "generated", _generated(generated, names))
        case ops.CreateIndex(_, index):
            return _with(operation, "index", _index(index, names))
        case ops.AddCheck(_, check) | ops.DropCheck(_, CheckDef() as check):
            return _with(operation, "check", _check(check, names))
        case ops.RenameConstraint(_, CheckDef() as check):
            return _with(operation, "constraint", _check(check, names))
    return operation


_WITH_TEXTS = (
    *(ops.AddColumn, ops.ModifyColumn, ops.CreateIndex),
    *(ops.AddCheck, ops.DropCheck, ops.RenameConstraint),
)


def schema_in_backticks(operation: Operation, before: SchemaSnapshot) -> SchemaSnapshot:
    """The schema with backticks in the expressions of the tables that the operation is about."""
    tables = {key: before.tables[key] for key in operation.touches() if key in before.tables}
    changed = {key: table_in_backticks(table) for key, table in tables.items()}
    if all(changed[key] is table for key, table in tables.items()):
        return before
    return SchemaSnapshot({**before.tables, **changed}, dict(before.sequences))


def _texts(table: TableDef) -> Iterator[str]:
    """What its expressions say for all databases."""
    for check in table.checks:
        yield check.expression.text or ""
    for column in table.columns:
        if column.generated is not None:
            yield column.generated.expression.text or ""
    for index in table.indexes:
        for part in index.columns:
            if part.expression is not None:
                yield part.expression.text or ""


def _column(column: ColumnDef, names: Sequence[str]) -> ColumnDef:
    generated = column.generated
    return _with(column, "generated", _generated(generated, names)) if generated else column


def _generated(generated: Generated, names: Sequence[str]) -> Generated:
    return _with(generated, "expression", in_backticks(generated.expression, names))


def _check(check: CheckDef, names: Sequence[str]) -> CheckDef:
    return _with(check, "expression", in_backticks(check.expression, names))


def _index(index: IndexDef, names: Sequence[str]) -> IndexDef:
    parts = tuple(_part(part, names) for part in index.columns)
    return _with(index, "columns", parts) if parts != index.columns else index


def _part(part: IndexColumn, names: Sequence[str]) -> IndexColumn:
    if part.expression is None:
        return part
    return _with(part, "expression", in_backticks(part.expression, names))


def _with(value: _Value, name: str, part: Any) -> _Value:
    """The value with another part; itself when it is the one that it has."""
    return value if getattr(value, name) is part else evolve(value, **{name: part})
