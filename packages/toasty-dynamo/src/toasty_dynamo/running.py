"""How each statement is done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from toasty_core.backends import Statement, Violations
from toasty_dynamo.backups import HasWayBack, can_go_back
from toasty_dynamo.statements import CallFunction, Command, Control, Partiql, prefixed

if TYPE_CHECKING:
    from toasty_dynamo.database import DynamoDatabase


def do(statement: Statement, database: DynamoDatabase) -> None:
    """Does one statement."""
    match statement:
        case Control():
            _control(statement, database)
        case Command(operation, request):
            _call(operation, prefixed(request, database.place.prefix), database)
        case Partiql():
            text = statement.with_prefix(database.place.prefix).text
            _call("ExecuteStatement", {"Statement": text}, database)
        case CallFunction(function):
            function(database.live())
        case _:
            from toasty_dynamo.items import perform

            perform(statement, database)


def ask(query: Statement, database: DynamoDatabase) -> Violations:
    """What a check finds."""
    if isinstance(query, HasWayBack):
        back = can_go_back(database.client, database.place.table(query.table))
        return Violations(0) if back else Violations(1, ("point-in-time recovery is off",))
    from toasty_dynamo.items import violations

    return violations(query, database)


def _control(statement: Control, database: DynamoDatabase) -> None:
    from toasty_dynamo.control import Controller
    from toasty_dynamo.errors import translated
    from toasty_dynamo.records import Records

    Controller(
        database.client,
        Records(database.own, mark_of(database)),
        database.place.table,
        database.jobs,
        database.tell,
        database.lock.check,
        partial(translated, database.url),
    ).do(statement)


def mark_of(database: DynamoDatabase) -> str:
    """What names the statement in flight; empty where nothing is journaled."""
    entry = database.entry
    if entry is None:
        return ""
    back = "back" if entry.state.value == "reverting" else "forth"
    return f"{entry.version}:{back}:{entry.done}"


def _call(operation: str, request: dict[str, Any], database: DynamoDatabase) -> None:
    from botocore import xform_name

    getattr(database.client, xform_name(operation))(**request)
