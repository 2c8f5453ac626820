"""Asks the catalog whether a statement took effect: for runs that crashed in the middle of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toasty_core.backends import Statement
from toasty_mongo.statements import Command, RenameCollection

if TYPE_CHECKING:
    from pymongo.database import Database


def statement_landed(statement: Statement, database: Database[Any]) -> bool | None:
    """Did it take effect? None where it may be done again, or where nothing can tell."""
    match statement:
        case RenameCollection(old, new):
            there = collection_names(database)
            if old in there:
                return False
            return True if new in there else None
        case Command({"create": name}, again=False):
            return name in collection_names(database)
        case Command({"drop": name}, again=False) if len(statement.body) == 1:
            return name not in collection_names(database)
    return None


def collection_names(database: Database[Any]) -> list[str]:
    """The names of all collections."""
    return database.list_collection_names()
