"""The schema as this very server reports it: PostgreSQL itself reads the expressions, and says them in its own words.

What `canonical` cannot know (`'today'` as a date, casts that a function's arguments get) shows where a table is made
anew, with the same columns and expressions, as a temporary one that is never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any

from attrs import evolve

from toasty_core.errors import DatabaseError, SchemaError, Unsupported
from toasty_core.schema.constraints import CheckDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Expression
from toasty_postgres.canonical import canonical_schema
from toasty_postgres.ddl import PostgresTableWriter, settings
from toasty_postgres.dialect import PostgresDialect
from toasty_postgres.introspect import Fetch, introspect_temporary

_TEMPORARY = "pg_temp"
_CHECK = "toasty_{}"
_KEPT_OPTIONS = ("inherits", "partition_by", "exclude")
_WRITER = PostgresTableWriter(PostgresDialect(), (99,))

Run = Callable[[str], None]
Transaction = Callable[[], AbstractContextManager[None]]


class _Undo(Exception):
    """Takes a transaction back."""


def normalised(
    schema: SchemaSnapshot,
    live: SchemaSnapshot,
    *,
    home: str | None,
    fetch: Fetch,
    run: Run,
    transaction: Transaction,
) -> SchemaSnapshot:
    """The schema as `introspect` would report it, after it was applied to this database.

    Only tables whose expressions are not those of `live` are asked for, each in a `transaction` that is taken back.
    Where that cannot be (no right to make temporary tables, a standby, a type that is not there yet) the table is
    what `canonical_schema` says. `home` is the current schema.
    """
    expected = canonical_schema(schema, home=home)
    tables = dict(expected.tables)
    for original, (key, table) in zip(schema.tables.values(), expected.tables.items(), strict=True):
        found = live.tables.get(key)
        if found is None or _texts(found) == _texts(table):
            continue
        with suppress(DatabaseError, Unsupported, SchemaError):
            tables[key] = _asked(original, table, home, _Server(fetch, run, transaction))
    return evolve(expected, tables=tables)


def _texts(table: TableDef) -> Any:
    """All that is said in expressions."""
    columns = {column.name: (column.default, column.generated) for column in table.columns}
    indexes = {index.name: (index.columns, index.where) for index in table.indexes}
    return columns, indexes, table.checks, settings(table.options).get("exclude")


class _Server:
    """The three ways to the server."""

    def __init__(self, fetch: Fetch, run: Run, transaction: Transaction) -> None:
        self._fetch = fetch
        self._run = run
        self._transaction = transaction

    def made(self, table: TableDef) -> TableDef:
        """The table as it is reported once it stands. Raises StatementFailed when it cannot be made."""
        found: list[TableDef] = []
        with suppress(_Undo), self._transaction():
            self._run(_WRITER.create_table(table))
            for index in _WRITER.indexes(table):
                self._run(_WRITER.create_index(table, index))
            found = introspect_temporary(self._fetch)
            raise _Undo
        return found[0]


def _asked(table: TableDef, expected: TableDef, home: str | None, server: _Server) -> TableDef:
    checks = tuple(_WRITER.checks(table))
    found = server.made(_trial(table, checks))
    texts = {check.name: check.expression for check in found.checks}
    again = [
        evolve(check, expression=texts[_CHECK.format(at)], only=())
        for at, check in enumerate(checks)
    ]
    reported = canonical_schema(SchemaSnapshot.of(evolve(table, checks=again)), home=home)
    columns = {column.name: column for column in found.columns}
    indexes = {index.name: index for index in found.indexes}
    return evolve(
        expected,
        columns=[
            evolve(one, default=columns[one.name].default, generated=columns[one.name].generated)
            for one in expected.columns
        ],
        indexes=[
            evolve(one, columns=indexes[one.name].columns, where=indexes[one.name].where)
            for one in expected.indexes
        ],
        checks=next(iter(reported.tables.values())).checks,
        options=_with_exclusions(expected.options, found.options),
    )


def _trial(table: TableDef, checks: tuple[CheckDef, ...]) -> TableDef:
    """The table as one that can stand beside the real one for a moment; its checks are known by number."""
    chosen = settings(table.options)
    return evolve(
        table,
        schema=_TEMPORARY,
        foreign_keys=(),
        checks=[_trial_check(check, at) for at, check in enumerate(checks)],
        options={"postgresql": {name: chosen[name] for name in _KEPT_OPTIONS if name in chosen}},
    )


def _trial_check(check: CheckDef, number: int) -> CheckDef:
    text = check.expression.for_backend("postgresql")
    return CheckDef(Expression(text), _CHECK.format(number))


def _with_exclusions(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    said, asked = (dict(settings(options)) for options in (expected, found))
    if len(said.get("exclude") or ()) != len(asked.get("exclude") or ()) or "exclude" not in said:
        return expected
    return {**expected, "postgresql": {**said, "exclude": asked["exclude"]}}
