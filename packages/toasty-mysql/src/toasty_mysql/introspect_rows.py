"""Questions to `information_schema`, seven or eight for any number of tables, and the rows that answer them.

On MariaDB each of them opens every table of the database, but nothing is asked of the tables themselves.
https://dev.mysql.com/doc/refman/8.4/en/information-schema.html and https://mariadb.com/kb/en/information-schema/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, TypeVar

from attrs import frozen

from toasty_mysql.collations import TextDefaults, plain_charset, plain_collation
from toasty_mysql.flavour import Flavour
from toasty_mysql.literals import text_literal
from toasty_mysql.names import quote

Fetch = Callable[..., Sequence[tuple[Any, ...]]]
"""Asks a question: `fetch(sql, parameters)` gives the rows."""

OWN = "toasty_"
_DATABASE = "SELECT @@character_set_database, @@collation_database"
_TABLES = """
    SELECT table_name, table_type, engine, table_collation, create_options, table_comment
    FROM information_schema.tables WHERE table_schema = DATABASE()
"""
_COLUMNS = """
    SELECT table_name, column_name, column_default, is_nullable, column_type, character_set_name, collation_name,
        extra, generation_expression, column_comment
    FROM information_schema.columns WHERE table_schema = DATABASE()
"""
_PARTS = """
    SELECT table_name, index_name, non_unique, column_name, collation, sub_part, index_type, {expression}
    FROM information_schema.statistics WHERE table_schema = DATABASE()
"""
_KEYS = """
    SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name,
        referenced_column_name, DATABASE()
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
"""
_ACTIONS = """
    SELECT table_name, constraint_name, delete_rule, update_rule
    FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()
"""
_MARIADB_CHECKS = """
    SELECT table_name, constraint_name, check_clause, level, 'YES'
    FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()
"""
# MySQL's server joins these two in time that grows with the square of their number.
_MYSQL_CHECKS = """
    SELECT table_name, constraint_name, enforced FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND constraint_type = 'CHECK'
"""
_CLAUSES = """
    SELECT constraint_name, check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE()
"""
_SEQUENCE = "SELECT {text}, start_value, increment, minimum_value, maximum_value, cache_size, cycle_option FROM {name}"
_EXPRESSION = {Flavour.MARIADB: "NULL", Flavour.MYSQL: "expression"}
_PLAIN_TABLES = ("BASE TABLE", "SYSTEM VERSIONED")


class TableRow(NamedTuple):
    """A table, and what is said of all of it."""

    name: str
    kind: str
    engine: str | None
    collation: str | None
    create_options: str | None
    comment: str


class ColumnRow(NamedTuple):
    """A column. `default` is SQL on MariaDB, and on MySQL where `extra` says so; else it is a value."""

    table: str
    name: str
    default: str | None
    nullable: str
    type: str
    charset: str | None
    collation: str | None
    extra: str
    generated: str | None
    comment: str


class PartRow(NamedTuple):
    """One part of an index."""

    table: str
    name: str
    non_unique: int
    column: str | None
    order: str | None
    length: int | None
    kind: str
    expression: str | None


class KeyRow(NamedTuple):
    """One column of a foreign key."""

    table: str
    name: str
    column: str
    database: str
    target: str
    reference: str
    own_database: str


class ActionRow(NamedTuple):
    """What a foreign key does."""

    table: str
    name: str
    on_delete: str
    on_update: str


class CheckRow(NamedTuple):
    """A check. `level` is `Column` where it stands with its column, which only MariaDB tells."""

    table: str
    name: str
    clause: str
    level: str
    enforced: str


class _Owner(NamedTuple):
    """Whose check it is."""

    table: str
    name: str
    enforced: str


class SequenceRow(NamedTuple):
    """A sequence of MariaDB's."""

    name: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: int


@frozen
class Rows:
    """What the database says of its tables, by table."""

    defaults: TextDefaults
    tables: list[TableRow]
    columns: dict[str, list[ColumnRow]]
    parts: dict[str, list[PartRow]]
    keys: dict[str, list[KeyRow]]
    actions: dict[tuple[str, str], ActionRow]
    checks: dict[str, list[CheckRow]]
    sequences: list[SequenceRow]


def read_rows(fetch: Fetch, flavour: Flavour, only: Collection[str] | None = None) -> Rows:
    """Asks all questions; of `only` these tables, when some are named. Toasty's own are left out."""
    ask = _Asker(fetch, only)
    tables = ask.rows(TableRow, _TABLES)
    actions = ask.rows(ActionRow, _ACTIONS)
    parts = _PARTS.format(expression=_EXPRESSION[flavour])
    return Rows(
        read_defaults(fetch),
        sorted(row for row in tables if row.kind in _PLAIN_TABLES),
        ask.by_table(ColumnRow, _COLUMNS, "ordinal_position"),
        ask.by_table(PartRow, parts, "index_name, seq_in_index"),
        ask.by_table(KeyRow, _KEYS, "constraint_name, ordinal_position"),
        {(row.table, row.name): row for row in actions},
        _checks(ask, fetch, flavour),
        _sequences(fetch, sorted(row.name for row in tables if row.kind == "SEQUENCE")),
    )


def read_defaults(fetch: Fetch) -> TextDefaults:
    """The character set and the collation of tables that say nothing."""
    ((charset, collation),) = fetch(_DATABASE)
    return TextDefaults(plain_charset(charset), plain_collation(collation))


def _checks(ask: _Asker, fetch: Fetch, flavour: Flavour) -> dict[str, list[CheckRow]]:
    """The checks by table. On MySQL their names are the database's, and only these tell whose they are."""
    if flavour is Flavour.MARIADB:
        return ask.by_table(CheckRow, _MARIADB_CHECKS)
    found: dict[str, list[CheckRow]] = defaultdict(list)
    owners = ask.rows(_Owner, _MYSQL_CHECKS)
    clauses: dict[str, str] = dict(fetch(_CLAUSES)) if owners else {}
    for table, name, enforced in owners:
        if name in clauses:  # else it was dropped between the two questions
            found[table].append(CheckRow(table, name, clauses[name], "Table", enforced))
    return found


def _sequences(fetch: Fetch, names: list[str]) -> list[SequenceRow]:
    """The sequences: each is a table of one row."""
    if not names:
        return []
    queries = (_SEQUENCE.format(text=text_literal(name), name=quote(name)) for name in names)
    return [SequenceRow(*row) for row in fetch(" UNION ALL ".join(queries))]


_Row = TypeVar("_Row", bound="tuple[Any, ...]")


class _Asker:
    """Asks questions whose first column is a table's name."""

    def __init__(self, fetch: Fetch, only: Collection[str] | None) -> None:
        self._fetch = fetch
        self._only = None if only is None else sorted(only)

    def rows(self, kind: Callable[..., _Row], sql: str, order: str = "") -> list[_Row]:
        """All rows; of the wanted tables, in this order."""
        if self._only is not None:
            if not self._only:
                return []
            sql += f" AND table_name IN ({', '.join(['%s'] * len(self._only))})"
        sql += f" ORDER BY table_name, {order}" if order else ""
        found = self._fetch(sql, tuple(self._only or ()))
        return [kind(*row) for row in found if not row[0].startswith(OWN)]

    def by_table(
        self, kind: Callable[..., _Row], sql: str, order: str = ""
    ) -> dict[str, list[_Row]]:
        """All rows by table."""
        found: dict[str, list[_Row]] = defaultdict(list)
        for row in self.rows(kind, sql, order):
            found[row[0]].append(row)
        return found
