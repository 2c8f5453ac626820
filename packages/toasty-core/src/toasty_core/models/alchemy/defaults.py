"""Reads what SQLAlchemy has the database put into a column: defaults, identities, computed columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import DefaultClause
from sqlalchemy.sql import functions
from sqlalchemy.sql.elements import BindParameter, False_, True_

from toasty_core.models.alchemy.dialects import expression, not_written, plain_text
from toasty_core.schema import types
from toasty_core.schema.fitting import fits
from toasty_core.schema.values import (
    Auto,
    Default,
    Expression,
    Generated,
    Identity,
    Literal,
    NextValue,
    Serial,
    now,
)

_PLAIN_LITERALS = (bool, int, float, str)


def read_default(column: sa.Column[Any], type_: types.Type) -> Default | None:
    """The column's server default. A plain text is a literal, as it is to SQLAlchemy."""
    clause = column.server_default
    if not isinstance(clause, DefaultClause):
        return None
    said = clause.arg
    if isinstance(said, str):
        return _of_text(str(said), type_)
    text = plain_text(said)
    return Expression(text) if text is not None else _of_element(said, column, type_)


def _of_text(text: str, type_: types.Type) -> Default:
    """A text that reads as no value of the type is for the database to read, as `'now'` for a date."""
    if fits(text, type_):
        return Literal(text)
    quoted = text.replace("'", "''")
    return Expression(f"'{quoted}'")


def _of_element(element: Any, column: sa.Column[Any], type_: types.Type) -> Default | None:
    """A portable default where every backend means by it what SQLAlchemy writes for it."""
    if isinstance(element, functions.next_value):
        return NextValue(sequence_key(element.sequence))
    if type(element) is functions.now and isinstance(type_, types.DateTime):
        return now()
    if isinstance(element, (True_, False_)) and isinstance(type_, types.Boolean):
        return Literal(isinstance(element, True_))
    plain = isinstance(element, BindParameter) and type(element.value) in _PLAIN_LITERALS
    if plain and fits(element.value, type_):
        return Literal(element.value)
    found = expression(element)
    if found is None:
        raise not_written(f"The default of column {column.table.key}.{column.name}", element)
    return found


def sequence_key(sequence: sa.Sequence) -> str:
    """The name by which the schema knows a sequence."""
    return f"{sequence.schema}.{sequence.name}" if sequence.schema else str(sequence.name)


def read_auto(column: sa.Column[Any], table: sa.Table) -> Auto | None:
    """How the database numbers the column, if it does."""
    if column.identity is not None:
        return _identity(column.identity)
    if not column.primary_key or column is not table._autoincrement_column:
        return None
    return None if has_sequence(column) else Serial()


def has_sequence(column: sa.Column[Any]) -> bool:
    """Does the program take the column's numbers from a sequence, where there are any?"""
    return isinstance(column.default, sa.Sequence) and not column.default.optional


def _identity(said: sa.Identity) -> Identity:
    return Identity(
        always=bool(said.always),
        start=said.start,
        increment=said.increment,
        minimum=said.minvalue,
        maximum=said.maxvalue,
        cycle=bool(said.cycle),
        cache=said.cache,
    )


def read_generated(column: sa.Column[Any]) -> Generated | None:
    """The expression of a computed column; unless it is to be persisted, it is computed when read."""
    said = column.computed
    if said is None:
        return None
    found = expression(said.sqltext)
    if found is None:
        raise not_written(f"The computed column {column.table.key}.{column.name}", said.sqltext)
    return Generated(found, stored=bool(said.persisted))
