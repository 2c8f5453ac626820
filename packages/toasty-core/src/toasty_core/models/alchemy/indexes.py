"""Reads SQLAlchemy's indexes."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, Grouping, Label, TextClause, UnaryExpression

from toasty_core.models.alchemy.dialect_options import only_of, options_of
from toasty_core.models.alchemy.dialects import (
    BACKENDS,
    compile_for,
    expression,
    not_written,
    variants,
)
from toasty_core.models.alchemy.names import resolved_name
from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_core.schema.values import Expression

_TAIL = re.compile(r"^(.*?)(?:\s+(ASC|DESC))?(?:\s+NULLS\s+(FIRST|LAST))?$", re.I | re.S)
_NOT_SCHEMA = ("where", "concurrently")
"""`where` has its place in the vocabulary; how an index is built is the migration's affair."""


def read_indexes(table: sa.Table) -> list[IndexDef]:
    """The table's indexes. SQLAlchemy keeps them in a set; their names put them in order."""
    found = []
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        only = only_of(index)
        if only is not None:
            found.append(_index(index, table, only))
    return found


def _index(index: sa.Index, table: sa.Table, only: tuple[str, ...]) -> IndexDef:
    return IndexDef(
        resolved_name(index, table) or "",
        [_part(item, table) for item in index.expressions],
        unique=bool(index.unique),
        where=_where(index),
        only=only,
        options=_options(index, table),
    )


def _where(index: sa.Index) -> Expression | None:
    """The condition of a partial index, for the backends that it is written for."""
    if "dialect_options" not in vars(index):
        return None
    said = {name: index.dialect_kwargs.get(f"{name}_where") for name in BACKENDS}
    texts = {name: compile_for(name, _element(it)) for name, it in said.items() if it is not None}
    return variants({name: texts.get(name) for name in BACKENDS})


def _element(said: Any) -> Any:
    return sa.text(said) if isinstance(said, str) else said


def _options(index: sa.Index, table: sa.Table) -> dict[str, dict[str, Any]]:
    """Options by backend; operator classes and lengths are by column, named as in the database."""
    options = options_of(index, without=_NOT_SCHEMA)
    for of_backend in options.values():
        for name, value in of_backend.items():
            if isinstance(value, dict):
                of_backend[name] = {_column_name(key, table): it for key, it in value.items()}
    return options


def _column_name(key: str, table: sa.Table) -> str:
    column = table.c.get(key)
    return str(column.name) if column is not None else key


def _part(element: Any, table: sa.Table) -> IndexColumn:
    if isinstance(element, sa.Column):
        return IndexColumn(str(element.name))
    if isinstance(element, (Label, Grouping)):
        return _part(element.element, table)
    if isinstance(element, TextClause):
        return _of_text(element.text, table)
    if isinstance(element, UnaryExpression) and element.modifier is not None:
        return _modified(_part(element.element, table), element.modifier)
    if isinstance(element, BinaryExpression) and element.operator is operators.collate:
        collation = getattr(element.right, "collation", None)
        return evolve(_part(element.left, table), collation=str(collation))
    found = expression(element)
    if found is None:
        raise not_written(f"A part of an index of table {table.key!r}", element)
    return IndexColumn(expression=found)


def _modified(part: IndexColumn, modifier: Any) -> IndexColumn:
    if modifier is operators.desc_op:
        return evolve(part, descending=True)
    if modifier is operators.asc_op:
        return evolve(part, descending=False)
    if modifier is operators.nulls_first_op or modifier is operators.nulls_last_op:
        return evolve(part, nulls_first=modifier is operators.nulls_first_op)
    return part


def _of_text(text: str, table: sa.Table) -> IndexColumn:
    """`text("lower(name) DESC")`: the order is the index's, the rest a column or an expression."""
    match = _TAIL.match(text.strip())
    words, order, nulls = match.groups() if match else (text, None, None)
    name = words.strip('"`')
    is_column = any(column.name == name for column in table.columns)
    return IndexColumn(
        name if is_column else None,
        None if is_column else Expression(words),
        descending=order.upper() == "DESC" if order else None,
        nulls_first=nulls.upper() == "FIRST" if nulls else None,
    )
