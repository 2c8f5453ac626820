"""Indexes of the catalogs as definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toasty_core.schema.constraints import IndexColumn, IndexDef
from toasty_postgres.catalog_rows import IndexRow, Surroundings
from toasty_postgres.forms import (
    expression,
    index_part,
    options,
    ordered,
    part_key,
    storage,
    with_collation,
)
from toasty_postgres.simplifying import Scope

_DESCENDING, _NULLS_FIRST = 1, 2  # INDOPTION_DESC and INDOPTION_NULLS_FIRST of pg_index.h


def read_index(
    row: IndexRow,
    columns: dict[int, str],
    scope: Scope,
    collations: Mapping[str, str | None],
    around: Surroundings,
) -> IndexDef:
    """An index. `collations` are those of the columns."""
    parts = list(_parts(row, columns, scope, collations, around))
    return IndexDef(
        row.name,
        [part for part, _ in parts],
        unique=row.unique,
        where=expression(row.where, scope) if row.where is not None else None,
        options=options(
            {
                "using": None if row.method == "btree" else row.method,
                "ops": {part_key(part): class_ for part, class_ in parts if class_ is not None},
                "with": storage(_pairs(row.storage)),
                "tablespace": row.tablespace,
                **covering(row, columns),
            }
        ),
    )


def covering(row: IndexRow | None, columns: Mapping[int, str]) -> dict[str, Any]:
    """What an index, also that of a key, holds besides its columns."""
    if row is None:
        return {}
    keys = [int(number) for number in row.keys.split()]
    return {
        "include": [columns[number] for number in keys[row.key_count :]],
        "nulls_not_distinct": row.nulls_not_distinct,
    }


def _parts(
    row: IndexRow,
    columns: dict[int, str],
    scope: Scope,
    collations: Mapping[str, str | None],
    around: Surroundings,
) -> Iterator[tuple[IndexColumn, str | None]]:
    keys, orders = _numbers(row.keys), _numbers(row.orders)
    classes, own = _numbers(row.classes), _numbers(row.collations)
    for at in range(row.key_count):
        part = _part(row, at, columns.get(keys[at]), scope)
        part = IndexColumn(
            part.name,
            part.expression,
            bool(orders[at] & _DESCENDING),
            bool(orders[at] & _NULLS_FIRST),
        )
        part = with_collation(part, around.collations.get(own[at]), collations)
        class_ = around.classes.get(classes[at])
        yield ordered(part), None if class_ is None or class_.is_default else class_.name


def _part(row: IndexRow, at: int, column: str | None, scope: Scope) -> IndexColumn:
    if column is not None:
        return IndexColumn(column)
    return index_part((row.texts or [])[at], scope)[0]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split()]


def _pairs(texts: list[str] | None) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (text.partition("=") for text in texts or ())]
