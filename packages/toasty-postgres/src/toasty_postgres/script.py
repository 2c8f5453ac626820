"""Migrations as a script that psql runs unchanged, to the same schema and journal.

Each migration is a transaction with its journal row, but for what stands in none. What a run would look at
before it goes on, the script looks at, too: a DO block raises, psql stops, and the transaction is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toasty_core.backends import Compiled, DataCheck, ScriptPart, Statement
from toasty_postgres.literals import literal, text_literal
from toasty_postgres.statements import LiveStatement
from toasty_sql.journal import (
    COLUMNS,
    CREATE_JOURNAL,
    delete_journal_sql,
    entry_values,
    write_journal_sql,
)
from toasty_sql.scripts import refuse_python
from toasty_sql.statements import AssertStatement, QueryStatement

_HEAD = """\
-- Run this with psql: psql -X -f SCRIPT DATABASE
\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';"""


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The script, in pieces. Raises Unsupported for what needs Python."""
    yield _HEAD
    yield f"{CREATE_JOURNAL};"
    for part in parts:
        yield f"\n-- {part.version}"
        yield from _migration(part)


def _migration(part: ScriptPart) -> Iterator[str]:
    """BEGIN and COMMIT around what can stand between them, in the order in which it comes."""
    yield "BEGIN;"
    is_open = True
    for compiled in part.compiled:
        refuse_python(compiled, part.version)
        for text, inside in _compiled(compiled):
            if inside is not is_open:
                yield "BEGIN;" if inside else "COMMIT;"
                is_open = inside
            yield text
    if not is_open:
        yield "BEGIN;"
    yield f"{_journal(part)};"
    yield "COMMIT;"


def _journal(part: ScriptPart) -> str:
    if part.entry is None:
        return delete_journal_sql().replace("?", literal(part.version))
    values = ", ".join(map(literal, entry_values(part.entry)))
    return write_journal_sql().replace(", ".join("?" * len(COLUMNS)), values)


def _compiled(compiled: Compiled) -> Iterator[tuple[str, bool]]:
    """The texts for some operations, each with whether it stands in a transaction."""
    inside = all(statement.transactional for statement in compiled.statements[:1])
    for operation in compiled.operations:
        yield f"-- {' '.join(operation.describe().split())}", inside
    for check in compiled.checks:
        yield _question(check), inside
    for statement in compiled.statements:
        for text in _statement(statement):
            yield text, statement.transactional


def _question(check: DataCheck) -> str:
    if not isinstance(check.query, QueryStatement):
        raise TypeError(f"a check on PostgreSQL is a QueryStatement, not {check.query!r}")
    message = f"{check.where}: % rows {check.what.replace('%', '%%')}".replace(
        check.where, check.where.replace("%", "%%"), 1
    )
    return f"""DO $toasty$
DECLARE number bigint := ({check.query.count});
BEGIN
    IF number > 0 THEN
        RAISE EXCEPTION {text_literal(message)}, number USING HINT = {text_literal(check.hint)};
    END IF;
END
$toasty$;"""


def _statement(statement: Statement) -> Iterator[str]:
    if isinstance(statement, LiveStatement):
        for each in statement.script():
            yield from _statement(each)
    elif isinstance(statement, AssertStatement):
        yield f"""DO $toasty$
BEGIN
    IF EXISTS ({statement.sql}) THEN
        RAISE EXCEPTION '%', {text_literal(statement.message)};
    END IF;
END
$toasty$;"""
    else:
        yield _ended(str(statement))


def _ended(text: str) -> str:
    """A comment at the end would take the semicolon in."""
    last = text.rpartition("\n")[2]
    return f"{text.removesuffix(';')}\n;" if "--" in last else text
