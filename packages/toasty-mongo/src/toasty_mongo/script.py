"""Migrations as a script for mongosh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from toasty_core.backends import ScriptPart, Statement
from toasty_core.errors import Unsupported
from toasty_mongo.journal import JOURNAL, entry_words
from toasty_mongo.shell import comment_text, shell_text
from toasty_mongo.statements import CallFunction, Insert, Transform


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The lines. Raises Unsupported where Python has to run."""
    yield comment_text("Run with: mongosh URL FILE")
    for part in parts:
        yield comment_text(part.version)
        for compiled in part.compiled:
            yield from (_line(statement, part.version) for statement in compiled.statements)
        yield _journal(part)


def _line(statement: Statement, version: str) -> str:
    numbered = isinstance(statement, Insert) and statement.numbered
    if isinstance(statement, Transform | CallFunction) or numbered:
        raise Unsupported(
            f"{version} has work that only Toasty can do: {statement}",
            reason="a script for mongosh calls no Python functions, and numbers no documents",
            hint="run it with migrate:up",
        )
    return str(statement)


def _journal(part: ScriptPart) -> str:
    rows = f"db.getCollection({shell_text(JOURNAL)})"
    if part.entry is None:
        return f"{rows}.deleteOne({shell_text({'_id': part.version})});"
    words = entry_words(part.entry)
    moment = datetime.now(timezone.utc).replace(tzinfo=None)
    words = {
        k: v if v is not None or k not in ("started", "finished") else moment
        for k, v in words.items()
    }
    query = shell_text({"_id": part.version})
    return f'{rows}.replaceOne({query}, {shell_text(words)}, {{"upsert": true}});'
