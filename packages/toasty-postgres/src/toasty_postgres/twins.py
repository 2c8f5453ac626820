"""Keys that say the same twice: CREATE TABLE makes one of them, so the database holds them folded.

A unique constraint over the primary key's columns, or the same one twice, is there once, under the first name
that there is. What is added, dropped or renamed among them is said of what is really there.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from toasty_core.backends import Statement, Work
from toasty_core.schema.constraints import PrimaryKeyDef, UniqueDef
from toasty_core.schema.tables import TableDef
from toasty_postgres.ddl import PostgresTableWriter, settings
from toasty_postgres.effects import ddl, effect
from toasty_postgres.forms import folded
from toasty_postgres.names import quote
from toasty_postgres.parts import Parts
from toasty_postgres.unnamed import Unnamed

Keys = tuple[PrimaryKeyDef | None, list[UniqueDef]]


def has_twins(table: TableDef) -> bool:
    """Does the table have two keys over the same columns?"""
    columns = [table.key_columns, *(unique.columns for unique in table.uniques)]
    return len(set(columns)) < len(columns)


def change_folded(parts: Parts, after: TableDef) -> Iterator[Statement]:
    """From the keys of a table to those of `after`, both folded."""
    (old_key, old), (new_key, new) = (_keys(parts.writer, table) for table in (parts.table, after))
    known = {_nameless(unique): unique for unique in new}
    for unique in old:
        if _nameless(unique) not in known:
            yield _drop(parts, unique)
    same_key = old_key and new_key and evolve(old_key, name=None) == evolve(new_key, name=None)
    if old_key is not None and not same_key:
        yield _drop(parts, old_key)
    yield from parts.loosen(after.key_columns)
    if old_key is not None and new_key is not None and same_key:
        yield from _renamed(parts, old_key, new_key.name)
    elif new_key is not None:
        yield parts.alter(f"ADD {parts.writer.primary_key(new_key)}", work=Work.BUILD)
    had = {_nameless(unique): unique for unique in old}
    for unique in new:
        if _nameless(unique) in had:
            yield from _renamed(parts, had[_nameless(unique)], unique.name)
        else:
            yield parts.alter(f"ADD {parts.writer.unique(unique)}", work=Work.BUILD)


def _nameless(unique: UniqueDef) -> str:
    return repr(evolve(unique, name=None))


def _keys(writer: PostgresTableWriter, table: TableDef) -> Keys:
    """The keys that are really there, with what concerns PostgreSQL alone."""
    key = table.primary_key
    uniques = [
        evolve(unique, only=(), options={"postgresql": dict(settings(unique.options))})
        for unique in writer.chosen(table.uniques)
    ]
    plain = key and evolve(key, options={"postgresql": dict(settings(key.options))})
    return folded(plain, uniques)


def _drop(parts: Parts, part: PrimaryKeyDef | UniqueDef) -> Statement:
    if part.name is not None:
        return parts.alter(f"DROP CONSTRAINT {quote(part.name)}")
    sql = Unnamed(parts.writer, parts.table, part, parts.schema).drop()
    return ddl(sql, effect(parts.table.key))


def _renamed(
    parts: Parts, part: PrimaryKeyDef | UniqueDef, name: str | None
) -> Iterator[Statement]:
    if part.name != name:
        sql = Unnamed(parts.writer, parts.table, part, parts.schema).renamed(name)
        yield ddl(sql, effect(parts.table.key))
