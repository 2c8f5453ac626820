"""The forms for tables that others use meanwhile: short locks first, the long work under ones that let writers go on.

Each takes more statements than the plain form, some of which stand in no transaction, and each of those may
be done a second time after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from toasty_core.backends import Statement, Work
from toasty_core.schema.constraints import (
    CheckDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_postgres.ddl import settings
from toasty_postgres.effects import Lock, alone, ddl, effect
from toasty_postgres.names import generated_name, quote
from toasty_postgres.parts import Parts
from toasty_postgres.statements import ConcurrentIndex
from toasty_postgres.unnamed import Unnamed

_NOT_NULL_NOT_VALID = (18,)
_NEW_KEY = "toasty_new_key"


def index(parts: Parts, wanted: IndexDef) -> ConcurrentIndex:
    """CREATE INDEX CONCURRENTLY."""
    table = parts.table
    return ConcurrentIndex(
        parts.writer.create_index_concurrently(table, wanted),
        wanted.name,
        parts.name,
        table.key,
        columns=tuple(part.name or "" for part in wanted.columns),
        unique=wanted.unique,
        prefix=f"{quote(table.schema)}." if table.schema else "",
    )


def drop_index(parts: Parts, name: str) -> Statement:
    """DROP INDEX CONCURRENTLY."""
    prefix = f"{quote(parts.table.schema)}." if parts.table.schema else ""
    sql = f"DROP INDEX CONCURRENTLY IF EXISTS {prefix}{quote(name)}"
    return alone(sql, effect(parts.table.key, Lock.SHARE_UPDATE_EXCLUSIVE), again=True)


def unique(parts: Parts, wanted: UniqueDef) -> Iterator[Statement]:
    """A unique index that is built concurrently, then made a constraint at once."""
    name = wanted.name or generated_name(parts.table.name, wanted.columns, "key")
    options = {
        word: value
        for word, value in settings(wanted.options).items()
        if word in ("include", "nulls_not_distinct")
    }
    yield index(parts, IndexDef(name, wanted.columns, unique=True, options={"postgresql": options}))
    deferral = parts.writer.deferral(wanted.deferral)
    yield parts.alter(f"ADD CONSTRAINT {quote(name)} UNIQUE USING INDEX {quote(name)}{deferral}")


def primary_key(parts: Parts, key: PrimaryKeyDef) -> tuple[Statement, Statement]:
    """The same for a key: the index, and what makes it the key once the old one is gone."""
    name = key.name or generated_name(parts.table.name, (), "pkey")
    build = index(parts, IndexDef(_NEW_KEY, key.columns, unique=True, options=key.options))
    words = f"ADD CONSTRAINT {quote(name)} PRIMARY KEY USING INDEX {_NEW_KEY}"
    return build, parts.alter(words)


def check(parts: Parts, wanted: CheckDef) -> Iterator[Statement]:
    """NOT VALID, then VALIDATE."""
    yield parts.alter(f"ADD {parts.writer.check(wanted)} NOT VALID")
    yield validate(parts, wanted)


def foreign_key(parts: Parts, wanted: ForeignKeyDef) -> Iterator[Statement]:
    """NOT VALID, then VALIDATE; both tables are locked for a moment only."""
    both = [effect(key, Lock.SHARE_ROW_EXCLUSIVE) for key in (parts.table.key, wanted.table)]
    add = f"ALTER TABLE {parts.name} ADD {parts.writer.foreign_key(wanted)} NOT VALID"
    yield ddl(add, *dict.fromkeys(both))
    yield validate(parts, wanted)


def validate(parts: Parts, wanted: CheckDef | ForeignKeyDef) -> Statement:
    """VALIDATE CONSTRAINT: reads all rows while others go on writing; a second time it does nothing."""
    effects = [effect(parts.table.key, Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN)]
    if isinstance(wanted, ForeignKeyDef) and wanted.table != parts.table.key:
        effects.append(effect(wanted.table, Lock.ROW_SHARE))
    if wanted.name is None:
        sql = Unnamed(parts.writer, parts.table, evolve(wanted), parts.schema).validate()
        return alone(sql, *effects, again=True)
    sql = f"ALTER TABLE {parts.name} VALIDATE CONSTRAINT {quote(wanted.name)}"
    return alone(sql, *effects, again=True)


def not_null(parts: Parts, column: str, version: tuple[int, ...]) -> Iterator[Statement]:
    """NOT NULL, proved by a constraint that is validated while others go on writing."""
    new = version >= _NOT_NULL_NOT_VALID
    name = generated_name(parts.table.name, (column,), "not_null" if new else "toasty_null")
    words = f"NOT NULL {quote(column)}" if new else f"CHECK ({quote(column)} IS NOT NULL)"
    yield parts.alter(f"ADD CONSTRAINT {quote(name)} {words} NOT VALID")
    scan = effect(parts.table.key, Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN)
    sql = f"ALTER TABLE {parts.name} VALIDATE CONSTRAINT {quote(name)}"
    yield alone(sql, scan, again=True)
    if not new:
        yield parts.alter(f"ALTER COLUMN {quote(column)} SET NOT NULL")
        yield parts.alter(f"DROP CONSTRAINT {quote(name)}")
