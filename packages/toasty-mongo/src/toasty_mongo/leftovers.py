"""What a migration that stopped half-way left in documents and collections, when a person says how it ended.

A run that goes on clears it by itself; behind `migrate:resolve` none does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toasty_mongo.journal import JOURNAL
from toasty_mongo.names import MARK, OWN, copy_of
from toasty_mongo.rekeying import INDEX, take_back

if TYPE_CHECKING:
    from pymongo.database import Database


def clear_leftovers(database: Database[Any], version: str) -> None:
    """Takes away the marks of documents, copies and guards that the journal's row of this version notes."""
    row = database[JOURNAL].find_one({"_id": version}, {"progress": 1}) or {}
    notes: dict[str, Any] = row.get("progress") or {}
    if "restore" in notes:
        _end_exchange(database, notes)
    if "writing" in notes or "unmark" in notes:
        _unmark(database, version)


def _end_exchange(database: Database[Any], notes: dict[str, Any]) -> None:
    """Whether documents have their new `_id` yet or not: the collection as it is now is what stays."""
    name = notes["collection"]
    over = notes.get("exchange") and not database.list_collection_names(
        filter={"name": copy_of(name)}
    )
    if not over:
        take_back(database, notes)
        return
    database[name].update_many({MARK: {"$exists": True}}, {"$unset": {MARK: ""}})
    if INDEX in database[name].index_information():
        database[name].drop_index(INDEX)


def _unmark(database: Database[Any], version: str) -> None:
    """The marks begin with the version."""
    marked = {MARK: {"$regex": f"^{re.escape(version)}:"}}
    for name in sorted(database.list_collection_names(filter={"type": "collection"})):
        if not name.startswith((OWN, "system.")):
            database[name].update_many(marked, {"$unset": {MARK: ""}})
