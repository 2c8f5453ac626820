"""Asks a check of the documents: how many do not fit, and some of them in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toasty_core.backends import Statement, Violations
from toasty_core.errors import StatementFailed
from toasty_mongo.journal import JOURNAL
from toasty_mongo.names import copy_of
from toasty_mongo.statements import Count
from toasty_mongo.transforming import value_at

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.database import Database

_SHOWN = 5


def violations(database: Database[Any], session: ClientSession, query: Statement) -> Violations:
    """The documents that do not fit. Raises StatementFailed for a question that is none of ours."""
    if not isinstance(query, Count):
        raise StatementFailed(f"{query} is no question for MongoDB")
    if query.rekeys and _exchanged(database, query.collection):
        return Violations(0)
    collection, stages = database[query.collection], list(query.pipeline)
    options: dict[str, Any] = {"session": session, "allowDiskUse": True}
    found = list(collection.aggregate([*stages, {"$limit": _SHOWN}], **options))
    if len(found) < _SHOWN:
        return Violations(len(found), tuple(_words(query, document) for document in found))
    counted = list(collection.aggregate([*stages, {"$count": "n"}], **options))
    return Violations(counted[0]["n"], tuple(_words(query, document) for document in found))


def _exchanged(database: Database[Any], name: str) -> bool:
    """Did an earlier run, killed right behind it, give the documents their new `_id`? It asked before that."""
    noted = {"progress.collection": name, "progress.exchange": True}
    if database[JOURNAL].find_one(noted, {"_id": 1}) is None:
        return False
    return not database.list_collection_names(filter={"name": copy_of(name)})


def _words(query: Count, document: dict[str, Any]) -> str:
    parts = [(name, value_at(document, path)) for name, path in query.shown if name != "times"]
    text = ", ".join(f"{name} = {_shown(value)}" for name, value in parts)
    return f"{text} stands {document['times']} times" if "times" in dict(query.shown) else text


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
