"""Constraints that look at rows at the commit: PostgreSQL changes no table that they are still to look at.

https://www.postgresql.org/docs/current/sql-set-constraints.html
"""

from __future__ import annotations

from collections.abc import Iterable

from toasty_core.schema.constraints import Deferral, ForeignKeyDef, UniqueDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_sql.statements import SqlStatement

LOOK_NOW = SqlStatement("SET CONSTRAINTS ALL IMMEDIATE")
"""Has the rows looked at that wait for it, and what comes after at once."""


def may_be_pending(tables: tuple[str, ...], schema: SchemaSnapshot) -> bool:
    """May a change of rows in these tables (none named: in any) leave a look for later?"""
    if not tables:
        return any(map(has_deferred, schema.tables.values()))
    return any(has_deferred(table) for key in tables for table in _concerned(key, schema))


def _concerned(key: str, schema: SchemaSnapshot) -> Iterable[TableDef]:
    own = [schema.tables[key]] if key in schema.tables else []
    return (*own, *schema.referrers(key))


def has_deferred(table: TableDef) -> bool:
    """Does the table have a constraint that waits until the commit?"""
    parts: list[UniqueDef | ForeignKeyDef] = [*table.uniques, *table.foreign_keys]
    return any(part.deferral is Deferral.DEFERRED for part in parts)
