"""Migrations as a script for a shell with AWS's command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from toasty_core.backends import ScriptPart, Statement
from toasty_core.errors import Unsupported
from toasty_dynamo.command_line import command_text, comment_text
from toasty_dynamo.journal import MIGRATION, entry_words, key, request
from toasty_dynamo.names import JOURNAL
from toasty_dynamo.records import record_item
from toasty_dynamo.statements import Call, Command, Control, Does, Partiql

_WAIT = """\
wait_for() {  # until the table and its indexes are ACTIVE
  until [ "$(aws dynamodb describe-table --table-name "$1" --output text \\
      --query 'Table.[TableStatus,GlobalSecondaryIndexes[].IndexStatus][]' \\
      | tr '\\t' '\\n' | grep -cv -e ACTIVE -e None)" = 0 ]; do sleep 2; done
}"""


def script_lines(parts: Iterable[ScriptPart]) -> Iterator[str]:
    """The lines. Raises Unsupported where Python has to run."""
    yield comment_text("Run with: bash FILE (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL_DYNAMODB)")
    yield "set -euo pipefail"
    yield _WAIT
    own = shlex.quote(JOURNAL)
    create = command_text("CreateTable", request(JOURNAL))
    yield f"aws dynamodb describe-table --table-name {own} > /dev/null 2>&1 || {create}"
    yield f"wait_for {own}"
    for part in parts:
        yield comment_text(part.version)
        for compiled in part.compiled:
            for statement in compiled.statements:
                yield from _lines(statement, part.version)
        yield _journal(part)


def _lines(statement: Statement, version: str) -> Iterator[str]:
    match statement:
        case Control(changes):
            for change in changes:
                for call in change.calls:
                    yield str(call)
                    yield from _wait(call, change.name)
                item = record_item(change.table, change.record)
                words = {"TableName": JOURNAL}
                if item is None:
                    yield command_text("DeleteItem", {**words, "Key": key("table", change.table)})
                else:
                    yield command_text("PutItem", {**words, "Item": item})
        case Command() | Partiql():
            yield str(statement)
        case _:
            raise Unsupported(
                f"{version} has work that only Toasty can do: {statement}",
                reason="a script for a shell calls no Python functions, and changes no items",
                hint="run it with migrate:up",
            )


def _wait(call: Call, name: str) -> Iterator[str]:
    table = shlex.quote(name)
    if call.does is Does.DROP:
        yield f"aws dynamodb wait table-not-exists --table-name {table}"
    elif call.does in (Does.CREATE, Does.CREATE_INDEX, Does.DROP_INDEX, Does.SETTING):
        yield f"wait_for {table}"


def _journal(part: ScriptPart) -> str:
    words = {"TableName": JOURNAL}
    if part.entry is None:
        return command_text("DeleteItem", {**words, "Key": key(MIGRATION, part.version)})
    now = datetime.now(timezone.utc)
    entry = part.entry._replace(
        started=part.entry.started or now, finished=part.entry.finished or now
    )
    item = {**key(MIGRATION, part.version), **entry_words(entry)}
    return command_text("PutItem", {**words, "Item": item})
