"""Migrations as a script that the client, `mysql` or `mariadb`, runs unchanged to the same schema and journal.

What a run would look at before it goes on, the script looks at, too: what does not hold goes twice into a key of
a temporary table, so that the client stops, with the words in its message. The journal follows statement by
statement, so that `migrate:up` can go on where a script stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toasty_core.backends import Compiled, DataCheck, JournalState, ScriptPart, Statement
from toasty_mysql.journal import CREATE_JOURNAL, row_sql, write_sql
from toasty_mysql.literals import literal, text_literal
from toasty_mysql.session import SQL_MODE
from toasty_mysql.splitting import split_sql
from toasty_mysql.statements import LiveDdl
from toasty_sql.journal import JOURNAL, delete_journal_sql
from toasty_sql.scripts import refuse_python
from toasty_sql.statements import AssertStatement, QueryStatement, inlined

_HEAD = f"""\
-- Run this with the client: mysql DATABASE < SCRIPT, or: mariadb DATABASE < SCRIPT
SET NAMES utf8mb4;
SET SESSION sql_mode = '{SQL_MODE}', SESSION time_zone = '+00:00', SESSION autocommit = 1;
SET SESSION foreign_key_checks = 1, SESSION unique_checks = 1, SESSION sql_safe_updates = 0;
CREATE TEMPORARY TABLE toasty_must_hold (what VARCHAR(190) CHARACTER SET utf8mb4 NOT NULL PRIMARY KEY);"""
_LONGEST = 190


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The script, in pieces. Raises Unsupported for what needs Python."""
    yield _HEAD
    yield f"{CREATE_JOURNAL};"
    for part in parts:
        yield f"\n-- {part.version}"
        yield from _Migration(part).lines()


class _Migration:
    """One migration: where it stands as its lines are written."""

    def __init__(self, part: ScriptPart) -> None:
        self.part = part
        self.total = sum(len(compiled.statements) for compiled in part.compiled)
        self.done = 0
        self.open = False

    def lines(self) -> Iterator[str]:
        """Its lines: neighbouring statements on rows share a transaction with the journal."""
        whole = all(s.transactional for compiled in self.part.compiled for s in compiled.statements)
        asked = (check for compiled in self.part.compiled for check in compiled.checks)
        yield from (_question(check) for check in asked if check.ahead)
        yield from [] if whole else self._opened()
        for compiled in self.part.compiled:
            refuse_python(compiled, self.part.version)
            yield from self._compiled(compiled, whole)
        yield from self._committed() if not whole else self._begun()
        yield f"{self._journal()};"
        yield from self._committed()

    def _compiled(self, compiled: Compiled, whole: bool) -> Iterator[str]:
        for operation in compiled.operations:
            yield f"-- {' '.join(operation.describe().split())}"
        yield from (_question(check) for check in compiled.checks if not check.ahead)
        for statement in compiled.statements:
            yield from self._begun() if statement.transactional else self._committed()
            if not statement.transactional:
                yield self._progress(str(statement))
            yield from _statement(statement)
            self.done += 1
            if not whole:
                yield self._progress(None)

    def _begun(self) -> Iterator[str]:
        if not self.open:
            self.open = True
            yield "START TRANSACTION;"

    def _committed(self) -> Iterator[str]:
        if self.open:
            self.open = False
            yield "COMMIT;"

    def _opened(self) -> Iterator[str]:
        """The journal's row before the first statement; on the way down it is there."""
        entry = self.part.entry
        if entry is not None:
            running = entry._replace(
                state=JournalState.RUNNING, done=0, total=self.total, finished=None, duration=None
            )
            yield f"{write_sql(row_sql(running))};"

    def _progress(self, statement: str | None) -> str:
        state = JournalState.RUNNING if self.part.entry is not None else JournalState.REVERTING
        values = {
            "state": state.value,
            "done": self.done,
            "total": self.total,
            "statement": statement,
        }
        sets = ", ".join(f"{name} = {literal(value)}" for name, value in values.items())
        return f"UPDATE {JOURNAL} SET {sets} WHERE version = {literal(self.part.version)};"

    def _journal(self) -> str:
        entry = self.part.entry
        if entry is None:
            return inlined(delete_journal_sql("%s"), (self.part.version,), literal)
        return write_sql(row_sql(entry))


def _question(check: DataCheck) -> str:
    if not isinstance(check.query, QueryStatement):
        raise TypeError(f"a check on MySQL is a QueryStatement, not {check.query!r}")
    return _must_hold(f"rows of {check.where} {check.what}", f"({check.query.count}) > 0")


def _must_hold(what: str, broken: str) -> str:
    """Stops the script where the condition holds."""
    words = text_literal(what[:_LONGEST])
    twice = "(SELECT 1 UNION ALL SELECT 2) AS twice"
    return f"INSERT INTO toasty_must_hold SELECT {words} FROM {twice} WHERE {broken};"


def _statement(statement: Statement) -> Iterator[str]:
    match statement:
        case LiveDdl():
            yield from statement.script()
        case AssertStatement(sql=sql, message=message):
            yield _must_hold(message, f"EXISTS ({sql})")
        case _:
            yield _delimited(str(statement))


def _delimited(text: str) -> str:
    """A statement with a body of statements needs another mark at its end, for the client."""
    bare = text.removesuffix(";")
    if ";" not in bare or not _has_body(bare):
        return text
    return f"DELIMITER ;;\n{bare};;\nDELIMITER ;"


def _has_body(text: str) -> bool:
    words = text.upper().split()
    return words[:1] in (["CREATE"], ["BEGIN"]) and list(split_sql(text)) == [text.strip()]
