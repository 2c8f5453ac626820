"""How each statement on items is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from toasty_core.errors import StatementFailed
from toasty_dynamo.desk import Desk
from toasty_dynamo.errors import shown_statement
from toasty_dynamo.item_statements import (
    ChangeItems,
    ConvertItems,
    DeleteItems,
    ItemStatement,
    PutItems,
    TransformItems,
    UpsertItems,
)
from toasty_dynamo.notes import Notes
from toasty_dynamo.pacing import ItemSettings
from toasty_dynamo.progressing import Tell
from toasty_dynamo.sweeping import Changing, Converting

if TYPE_CHECKING:
    from toasty_core.backends import JournalEntry
    from toasty_dynamo.journal import OwnTable


def _quiet(text: str) -> None:
    """Tells nobody."""


class Worker:
    """Does statements on items. `name` gives the service's name of a table by its key.

    `entry` is the journal's row with the statement in flight, where there is one; `tell` hears how far it is.
    """

    def __init__(
        self,
        own: OwnTable,
        name: Callable[[str], str],
        entry: JournalEntry | None,
        settings: ItemSettings | None = None,
        tell: Tell = _quiet,
    ) -> None:
        self._own = own
        self._name = name
        self._entry = entry
        self._settings = settings or ItemSettings()
        self._tell = tell

    def do(self, statement: ItemStatement) -> None:
        """Does one statement, from where an earlier run left it."""
        notes = Notes(self._own, self._entry, statement)
        desk = Desk(self._own, self._name, notes, self._settings, self._tell)
        if notes.is_done:
            notes.finish()  # a crash may have come before all segments were forgotten
            return
        try:
            self._do(statement, desk)
        except StatementFailed as error:
            error.statement = error.statement or shown_statement(statement)
            raise

    def _do(self, statement: ItemStatement, desk: Desk) -> None:
        match statement:
            case ChangeItems():
                Changing(statement, desk).run()
            case ConvertItems():
                Converting(statement, desk).run()
            case TransformItems():
                from toasty_dynamo.transforming import Transformation

                Transformation(statement, desk).run()
            case PutItems() | UpsertItems() | DeleteItems():
                from toasty_dynamo.writing import write_rows

                write_rows(statement, desk)
            case _:
                self._do_more(statement, desk)

    def _do_more(self, statement: ItemStatement, desk: Desk) -> None:
        from toasty_dynamo.copy_statements import CopyStatement
        from toasty_dynamo.sentinels import SentinelStatement

        match statement:
            case SentinelStatement():
                from toasty_dynamo.sentinels import keep

                keep(statement, desk)
            case CopyStatement():
                from toasty_dynamo.copying import copy

                copy(statement, desk)
            case _:
                raise StatementFailed(f"DynamoDB cannot do {statement}")


__all__ = ["Worker"]
