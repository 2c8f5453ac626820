"""Migrations as a script that the sqlite3 client runs unchanged, to the same schema and journal.

What a run would look at before it goes on, the script looks at, too: each question fills a temporary table
whose check lets nothing in, so that the client stops (`.bail on`) and the open transaction is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toasty_core.backends import Compiled, DataCheck, ScriptPart, Statement
from toasty_core.errors import Unsupported
from toasty_sql.journal import CREATE_JOURNAL, delete_journal_sql, entry_values, write_journal_sql
from toasty_sql.literals import text_literal
from toasty_sql.scripts import refuse_python
from toasty_sql.statements import (
    AssertStatement,
    QueryStatement,
    SqlStatement,
    inlined,
)
from toasty_sqlite.names import quote
from toasty_sqlite.statements import ForeignKeyCheck, RebuildTable, SavedObjects

_HEAD = """\
-- Run this with the sqlite3 client: sqlite3 FILE < SCRIPT
.bail on
PRAGMA foreign_keys = ON;
CREATE TEMP TABLE toasty_must_hold (what TEXT, holds INTEGER CHECK (holds));
CREATE TEMP TABLE toasty_dangling (name TEXT PRIMARY KEY, number INTEGER);"""


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The script, in pieces. Raises Unsupported for what needs Python."""
    yield _HEAD
    yield f"{CREATE_JOURNAL};"
    for part in parts:
        yield f"\n-- {part.version}"
        yield from _migration(part)


def _migration(part: ScriptPart) -> Iterator[str]:
    statements = [statement for compiled in part.compiled for statement in compiled.statements]
    outside = [s for s in statements if not s.transactional]
    if outside:
        raise Unsupported(
            f"a script cannot hold {part.version}", reason=f"{outside[0]} stands in no transaction"
        )
    off = any(getattr(statement, "needs_foreign_keys_off", False) for statement in statements)
    if off:
        yield "PRAGMA foreign_keys = OFF;"
    yield "BEGIN IMMEDIATE;"
    for compiled in part.compiled:
        refuse_python(compiled, part.version)
        yield from _compiled(compiled)
    yield f"{_journal(part)};"
    yield "COMMIT;"
    if off:
        yield "PRAGMA foreign_keys = ON;"


def _journal(part: ScriptPart) -> str:
    if part.entry is None:
        return inlined(delete_journal_sql(), (part.version,))
    return inlined(write_journal_sql(), entry_values(part.entry))


def _compiled(compiled: Compiled) -> Iterator[str]:
    for operation in compiled.operations:
        yield f"-- {' '.join(operation.describe().split())}"
    for check in compiled.checks:
        yield _question(check)
    for statement in compiled.statements:
        yield from _statement(statement)


def _question(check: DataCheck) -> str:
    if not isinstance(check.query, QueryStatement):
        raise TypeError(f"a check on SQLite is a QueryStatement, not {check.query!r}")
    what = f"rows of {check.where} {check.what}"
    return _must_hold(what, f"WHERE ({check.query.count}) > 0")


def _must_hold(what: str, found: str) -> str:
    """Stops the script when the SELECT finds a row."""
    return f"INSERT INTO temp.toasty_must_hold SELECT {text_literal(what)}, 0 {found};"


def _statement(statement: Statement) -> Iterator[str]:
    match statement:
        case RebuildTable():
            yield from _rebuild(statement)
        case AssertStatement(sql=sql, message=message):
            yield _must_hold(message, f"FROM ({sql})")
        case ForeignKeyCheck(table=table):
            yield _still_pointing(table)
        case SqlStatement(sql=sql) if sql.startswith(("EXPLAIN ", "SELECT ")):
            return
        case _:
            yield str(statement)


def _rebuild(rebuild: RebuildTable) -> Iterator[str]:
    table = text_literal(rebuild.table)
    known = ", ".join(text_literal(name) for name in rebuild.known_indexes)
    yield "-- A rebuild keeps triggers and indexes that no migration made only with `migrate:up`: here it stops."
    unknown = f"type = 'trigger' OR (sql IS NOT NULL AND type = 'index' AND name NOT IN ({known}))"
    where = f"lower(tbl_name) = lower({table}) AND ({unknown})"
    yield _must_hold(f"{rebuild.table} has what is lost here", f"FROM sqlite_master WHERE {where}")
    columns = ", ".join(text_literal(name) for name in rebuild.columns)
    found = f"FROM pragma_table_xinfo({table}) WHERE name NOT IN ({columns})"
    yield _must_hold(f"{rebuild.table} has columns that no migration made", found)
    for name in rebuild.checked:
        yield (
            "INSERT OR REPLACE INTO temp.toasty_dangling SELECT "
            f"{text_literal(name)}, count(*) FROM pragma_foreign_key_check({text_literal(name)});"
        )
    for statement in rebuild.statements(SavedObjects(columns=())):
        yield from _statement(statement)


def _still_pointing(table: str) -> str:
    name = text_literal(table)
    now = f"(SELECT count(*) FROM pragma_foreign_key_check({name}))"
    was = f"(SELECT number FROM temp.toasty_dangling WHERE name = {name})"
    return _must_hold(f"rows of {quote(table)} point at nothing", f"WHERE {now} > {was}")
