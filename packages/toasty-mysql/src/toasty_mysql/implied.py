"""The indexes that the server makes by itself for foreign keys, and what becomes of them.

A foreign key needs an index that begins with its columns. Where there is none the server makes one: it is called
as the foreign key, or as its first column, and goes when another index does its work. It stays when the foreign
key goes. https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from toasty_core.schema.constraints import ForeignKeyDef, IndexDef
from toasty_core.schema.tables import TableDef
from toasty_mysql.ddl import index_length
from toasty_mysql.names import stored_name

_NOT_FOR_KEYS = ("FULLTEXT", "SPATIAL")


@frozen
class ImpliedIndex:
    """An index that a foreign key needs, and that nobody declares."""

    name: str
    columns: tuple[str, ...]


def implied_indexes(table: TableDef) -> tuple[ImpliedIndex, ...]:
    """The indexes that the server makes for the table's foreign keys, in the order of those."""
    found: list[ImpliedIndex] = []
    taken = {name.lower() for name in explicit_names(table)}
    for key in _meant(table):
        if _is_covered(table, key.columns):
            continue
        found = [other for other in found if not _begins(key.columns, other.columns)]
        if any(_begins(other.columns, key.columns) for other in found):
            continue
        name = stored_name(key.name) if key.name else _free(key.columns[0], taken)
        taken.add(name.lower())
        found.append(ImpliedIndex(name, key.columns))
    return tuple(found)


def explicit_names(table: TableDef) -> tuple[str, ...]:
    """The names of the indexes and uniques that the schema names, as they are stored."""
    named = [index.name for index in table.indexes if _is_ours(index.only)]
    named += [unique.name for unique in table.uniques if unique.name and _is_ours(unique.only)]
    return tuple(map(stored_name, named))


def new_implied(before: TableDef, after: TableDef) -> list[ImpliedIndex]:
    """What the foreign keys of `after` need, and `before` did not: an index that did their work goes."""
    known = {index.columns for index in implied_indexes(before)}
    return [index for index in implied_indexes(after) if index.columns not in known]


def gone_implied(before: TableDef, after: TableDef) -> list[ImpliedIndex]:
    """What `before` needed and `after` does not."""
    return new_implied(after, before)


def without_foreign_key(table: TableDef, key: ForeignKeyDef) -> TableDef:
    """The table without one of its foreign keys."""
    keys = list(table.foreign_keys)
    keys.remove(key)
    return evolve(table, foreign_keys=keys)


def usual_name(table: TableDef, columns: tuple[str, ...]) -> str:
    """The name that the server gives to an index without one: its first column's, with a number if that is taken."""
    taken = {name.lower() for name in explicit_names(table)}
    return _free(columns[0], taken | {index.name.lower() for index in implied_indexes(table)})


def _meant(table: TableDef) -> Iterator[ForeignKeyDef]:
    return (key for key in table.foreign_keys if _is_ours(key.only))


def _is_ours(only: tuple[str, ...]) -> bool:
    return not only or "mysql" in only


def _is_covered(table: TableDef, columns: tuple[str, ...]) -> bool:
    """Does a key or an index that somebody declares begin with these columns?"""
    keys = [table.key_columns, *(u.columns for u in table.uniques if _is_ours(u.only))]
    keys += [_leading(index) for index in table.indexes if _is_ours(index.only)]
    return any(_begins(key, columns) for key in keys)


def _leading(index: IndexDef) -> tuple[str, ...]:
    """The columns that the index begins with and holds in full."""
    chosen = index.options.get("mysql", {})
    if str(chosen.get("prefix") or "").upper() in _NOT_FOR_KEYS:
        return ()
    names: list[str] = []
    for part in index.columns:
        if part.name is None or part.collation or index_length(index, part.name):
            break
        names.append(part.name)
    return tuple(names)


def _begins(columns: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return columns[: len(wanted)] == wanted


def _free(name: str, taken: set[str]) -> str:
    """MySQL's `make_unique_key_name`: the column's name, else with `_2`, `_3`, ..."""
    number, free = 2, name
    while free.lower() in taken or free.upper() == "PRIMARY":
        free, number = f"{name}_{number}", number + 1
    return free
