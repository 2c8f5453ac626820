"""Which of the operations that were put together a call comes from, for the errors that it ends with."""

from __future__ import annotations

from toasty_core.errors import ToastyError
from toasty_core.operations.base import Operation
from toasty_core.schema.tables import TableDef
from toasty_dynamo.canonical import canonical_table
from toasty_dynamo.planning import calls
from toasty_dynamo.statements import Call, Does, Origin, TableChange


def origin_of(change: TableChange, call: Call | None) -> Operation | None:
    """The last operation that asks for the call by itself; without a call, or where none does, the table's first.

    None where the change does not say what it comes from.
    """
    if call is not None:
        for origin in reversed(change.origins):
            if any(_is_same(call, one) for one in _calls(origin, change.name)):
                return origin.operation
    return change.origins[0].operation if change.origins else None


def _calls(origin: Origin, name: str) -> tuple[Call, ...]:
    """The calls of one operation alone; none where it could not stand alone."""
    was, will = map(_canonical, (origin.was, origin.will))
    try:
        return calls(was, will, name)
    except ToastyError:
        return ()


def _canonical(table: TableDef | None) -> TableDef | None:
    return canonical_table(table) if table is not None else None


def _is_same(call: Call, other: Call) -> bool:
    does = Does.DROP if call.does is Does.BACKUP else call.does
    if (does, call.about) != (other.does, other.about):
        return False
    return does is not Does.SETTING or set(call.request) == set(other.request)
