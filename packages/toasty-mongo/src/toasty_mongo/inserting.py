"""Documents that are put in: numbered where they have to be, held against foreign keys, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from toasty_core.errors import StatementFailed
from toasty_mongo.journal import Progress
from toasty_mongo.statements import Insert, Link
from toasty_mongo.transforming import value_at
from toasty_mongo.values import Made

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.database import Database

Words = dict[str, Any]


def insert(
    statement: Insert, database: Database[Any], session: ClientSession, progress: Progress
) -> None:
    """Puts the documents in. What an earlier run began is completed, with the same values of `_id`."""
    from pymongo.errors import PyMongoError

    collection = database[statement.collection]
    documents = [made(document) for document in statement.documents]
    known = progress.notes.get("ids")
    if known is not None:
        for document, id_ in zip(documents, known, strict=True):
            document["_id"] = id_
    _number(documents, statement, database, session)
    _give_ids(documents)
    _refuse_orphans(statement, documents, database, session)
    ids = [document["_id"] for document in documents]
    if known is not None:
        there = [
            found["_id"]
            for found in collection.find({"_id": {"$in": ids}}, {"_id": 1}, session=session)
        ]
        documents = [document for document in documents if document["_id"] not in there]
    else:
        progress.save(ids=ids)
    try:
        if documents:
            collection.insert_many(documents, ordered=True, session=session)
    except PyMongoError as error:
        _undo(error, collection, [document["_id"] for document in documents], session)
        progress.clear()
        raise


def _undo(error: Any, collection: Any, ids: list[Any], session: ClientSession) -> None:
    """Takes away what went in before the one that was refused."""
    errors = (getattr(error, "details", None) or {}).get("writeErrors")
    if errors:
        collection.delete_many({"_id": {"$in": ids[: errors[0]["index"]]}}, session=session)


def made(document: Mapping[str, Any]) -> Words:
    """The document with values in the place of those that are made when it is written."""
    return {name: _made(value) for name, value in document.items()}


def _made(value: Any) -> Any:
    if isinstance(value, Mapping):
        return made(value)
    if value is Made.NOW:
        return datetime.now(timezone.utc)
    return uuid4() if value is Made.UUID else value


def _number(
    documents: list[Words], statement: Insert, database: Database[Any], session: ClientSession
) -> None:
    for path in statement.numbered:
        bare = [d for d in documents if value_at(d, path) is None]
        if bare:
            given = [value_at(d, path) for d in documents if d not in bare]
            highest = max(
                [*_highest(database, statement.collection, path, session), *given], default=0
            )
            for number, document in enumerate(bare, start=int(highest) + 1):
                _put(document, path, number)


def _highest(
    database: Database[Any], collection: str, path: str, session: ClientSession
) -> Iterator[int]:
    found = database[collection].find({path: {"$type": "number"}}, {path: 1}, session=session)
    for document in found.sort(path, -1).limit(1):
        yield value_at(document, path)


def _put(document: Words, path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if rest:
        document.setdefault(first, {})[rest] = value
    else:
        document[first] = value


def _give_ids(documents: list[Words]) -> None:
    from bson import ObjectId

    for document in documents:
        document.setdefault("_id", ObjectId())


def _refuse_orphans(
    statement: Insert, documents: list[Words], database: Database[Any], session: ClientSession
) -> None:
    """Raises StatementFailed where a document points at nothing."""
    for link in statement.links:
        wanted = [_values(document, link) for document in documents]
        wanted = [values for values in wanted if None not in values]
        own = link.parent == statement.collection
        there = (
            [tuple(value_at(d, path) for path in link.references) for d in documents] if own else []
        )
        for values in wanted:
            if values not in there and not _stands(database, link, values, session):
                what = f"{', '.join(link.fields)} = {', '.join(map(repr, values))}"
                raise StatementFailed(
                    f"A document for {statement.collection} points at none of {link.parent}: {what}",
                    statement=str(statement),
                )
            there.append(values)


def _values(document: Words, link: Link) -> tuple[Any, ...]:
    return tuple(value_at(document, path) for path in link.fields)


def _stands(
    database: Database[Any], link: Link, values: tuple[Any, ...], session: ClientSession
) -> bool:
    query = dict(zip(link.references, values, strict=True))
    return database[link.parent].find_one(query, {"_id": 1}, session=session) is not None
