"""Asks the catalog whether one statement that stands in no transaction took effect: for runs that crashed.

Such a statement is one of few kinds, and says itself what it makes or takes away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from toasty_core.backends import Statement
from toasty_core.operations.base import Operation
from toasty_core.schema.constraints import ConstraintDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_postgres.ddl import not_valid
from toasty_postgres.following import known_names
from toasty_sql.statements import SqlStatement

Fetch = Callable[..., list[tuple[Any, ...]]]

_PART = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_NAME = rf"{_PART}(?:\.{_PART})?"
_CREATE_INDEX = re.compile(
    rf"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<index>{_PART})"
    rf"\s+ON\s+(?:ONLY\s+)?(?P<table>{_NAME})",
    re.IGNORECASE,
)
_DROP_INDEX = re.compile(
    rf"\s*DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(?P<index>{_NAME})\s*(?:RESTRICT\s*)?;?\s*\Z",
    re.IGNORECASE,
)
_ADD_VALUE = re.compile(
    rf"\s*ALTER\s+TYPE\s+(?P<type>{_NAME})\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<value>'(?:[^']|'')*')",
    re.IGNORECASE,
)
_VALIDATE = re.compile(
    rf"\s*ALTER\s+TABLE\s+(?:ONLY\s+)?(?P<table>{_NAME})\s+VALIDATE\s+CONSTRAINT\s+(?P<constraint>{_PART})\s*;?\s*\Z",
    re.IGNORECASE,
)

_ALTER = re.compile(
    rf"\s*ALTER\s+TABLE\s+(?:ONLY\s+)?(?P<table>{_NAME})\s+(?P<action>.*)",
    re.IGNORECASE | re.DOTALL,
)
_USING_INDEX = re.compile(rf"\bUSING\s+INDEX\s+(?P<name>{_PART})", re.IGNORECASE)
_ADD_CONSTRAINT = re.compile(rf"ADD\s+CONSTRAINT\s+(?P<name>{_PART})", re.IGNORECASE)
_ADD_UNNAMED = re.compile(
    r"ADD\s+(?P<kind>CHECK|FOREIGN)\b.*\sNOT\s+VALID\s*;?\s*\Z", re.IGNORECASE | re.DOTALL
)
_DROP_CONSTRAINT = re.compile(rf"DROP\s+CONSTRAINT\s+(?P<name>{_PART})\s*;?\s*\Z", re.IGNORECASE)
_SET_NOT_NULL = re.compile(
    rf"ALTER\s+COLUMN\s+(?P<name>{_PART})\s+SET\s+NOT\s+NULL\s*;?\s*\Z", re.IGNORECASE
)

_INDEX_STANDS = """SELECT i.indisvalid AND i.indisready FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
    WHERE t.oid = pg_catalog.to_regclass(%s) AND c.relname = %s"""
_COUNT_PENDING = """SELECT count(*) FROM pg_catalog.pg_constraint
    WHERE conrelid = pg_catalog.to_regclass(%s) AND contype = %s AND NOT convalidated AND conname <> ALL (%s)"""
_STANDS = "SELECT pg_catalog.to_regclass(%s) IS NOT NULL"
_VALUE_STANDS = """SELECT 1 FROM pg_catalog.pg_enum
    WHERE enumtypid = pg_catalog.to_regtype(%s) AND enumlabel = %s"""
_IS_VALID = """SELECT convalidated FROM pg_catalog.pg_constraint
    WHERE conrelid = pg_catalog.to_regclass(%s) AND conname = %s"""
_CONSTRAINT_STANDS = """SELECT 1 FROM pg_catalog.pg_constraint
    WHERE conrelid = pg_catalog.to_regclass(%s) AND conname = %s"""
_IS_NOT_NULL = """SELECT attnotnull FROM pg_catalog.pg_attribute
    WHERE attrelid = pg_catalog.to_regclass(%s) AND attname = %s"""
_INDEX_IS_FREE = """SELECT 1 FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = pg_catalog.to_regclass(%s) AND c.relname = %s
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conindid = i.indexrelid)"""


def statement_landed(
    statement: Statement, fetch: Fetch, operation: Operation, before: SchemaSnapshot
) -> bool | None:
    """Did the statement of an operation on the schema `before` take effect? None when the catalog cannot tell."""
    if not isinstance(statement, SqlStatement):
        return None
    sql = statement.sql
    if match := _CREATE_INDEX.match(sql):
        rows = fetch(_INDEX_STANDS, (match["table"], _plain(match["index"])))
        return bool(rows and rows[0][0])
    if match := _DROP_INDEX.match(sql):
        return not fetch(_STANDS, (match["index"],))[0][0]
    if match := _ADD_VALUE.match(sql):
        value = match["value"][1:-1].replace("''", "'")
        return bool(fetch(_VALUE_STANDS, (match["type"], value)))
    if match := _VALIDATE.match(sql):
        rows = fetch(_IS_VALID, (match["table"], _plain(match["constraint"])))
        return bool(rows and rows[0][0])
    match = _ALTER.match(sql)
    if match is None:
        return None
    unnamed = _ADD_UNNAMED.match(match["action"])
    if unnamed:
        table = before.table(operation.touches()[0])
        return _unnamed_landed(unnamed["kind"].upper(), match["table"], table, fetch)
    return _action_landed(match["table"], match["action"], fetch)


def _unnamed_landed(kind: str, name: str, table: TableDef, fetch: Fetch) -> bool:
    """Is there one constraint more without a name that still is to be validated, than the table should have?"""
    parts: tuple[ConstraintDef, ...] = table.checks if kind == "CHECK" else table.foreign_keys
    expected = sum(part.name is None and not_valid(part) for part in parts)
    values = (name, "c" if kind == "CHECK" else "f", known_names(table))
    found: int = fetch(_COUNT_PENDING, values)[0][0]
    return found > expected


def _action_landed(table: str, action: str, fetch: Fetch) -> bool | None:
    """The same for an action of ALTER TABLE that stands beside others that need to be alone.

    An index that becomes a constraint belongs to it from then on, and has its name.
    """
    if match := _USING_INDEX.search(action):
        return not fetch(_INDEX_IS_FREE, (table, _plain(match["name"])))
    if match := _ADD_CONSTRAINT.match(action):
        return bool(fetch(_CONSTRAINT_STANDS, (table, _plain(match["name"]))))
    if match := _DROP_CONSTRAINT.match(action):
        return not fetch(_CONSTRAINT_STANDS, (table, _plain(match["name"])))
    if match := _SET_NOT_NULL.match(action):
        rows = fetch(_IS_NOT_NULL, (table, _plain(match["name"])))
        return bool(rows and rows[0][0])
    return None


def _plain(name: str) -> str:
    """A name as the catalog has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
