"""Documents under another `_id`, live: copied, followed while others write, and exchanged in one moment.

Until the exchange each document of the copy notes in `_toasty` which `_id` it had: by that, what a change stream tells
about a document finds its copy. A crash anywhere leaves the collection whole, and the next run goes on: from the
noted place of the stream, or, on a standalone server, with a new copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from toasty_core.errors import StatementFailed
from toasty_mongo.errors import DUPLICATE, IN_THE_WAY
from toasty_mongo.journal import Progress
from toasty_mongo.lock import LeaseLock
from toasty_mongo.names import MARK
from toasty_mongo.ranges import ranges
from toasty_mongo.statements import GUARD, Rekey
from toasty_mongo.streams import HISTORY_LOST, Changes, as_bytes, batches, noted_ids

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from pymongo.database import Database

Words = dict[str, Any]

INDEX = "toasty_copy"
"""The index of the copy on `_toasty`."""
_TRIES = 5
"""How often to copy anew where others delete meanwhile, and to look again where values stand twice for a moment."""


@frozen
class Rekeying:
    """One statement under way."""

    statement: Rekey
    database: Database[Any]
    session: ClientSession
    progress: Progress
    lock: LeaseLock
    follows: bool
    """Is there a change stream?"""
    range_size: int

    def run(self) -> None:
        """Does all of it, from where an earlier run stopped. What cannot be done is taken back."""
        if self._notes.get("done"):
            return
        if not self._exchanged():
            self._exchange_or_take_back()
        if self.follows:
            self._finish()
        self.progress.save(done=True)

    def _exchange_or_take_back(self) -> None:
        from pymongo.errors import OperationFailure

        try:
            self._exchange()
        except OperationFailure as error:
            if error.code not in IN_THE_WAY:  # else it is tried again
                self._take_back()
            raise
        except StatementFailed:
            self._take_back()
            raise

    def _exchange(self) -> None:
        self._prepare()
        if self.follows:
            self._follow()
            self._save(exchange=True)
        else:
            self._copy_alone()
        self.lock.check(self.session)
        self._rename()

    # What is noted.

    @property
    def _notes(self) -> Words:
        return self.progress.notes

    def _save(self, **more: Any) -> None:
        known = {name: value for name, value in self._notes.items() if name not in ("at", "of")}
        self.progress.save(**{**known, **more})

    def _exchanged(self) -> bool:
        """Did the copy take the collection's place before an earlier run was killed?"""
        return bool(self._notes.get("exchange")) and not self._there(self.statement.copy)

    def _there(self, name: str) -> bool:
        return name in self.database.list_collection_names(filter={"name": name})

    # The copy.

    @property
    def _source(self) -> Collection[Any]:
        """The collection, with documents as they come over the wire: nothing is lost in Python's types."""
        return self._raw(self.statement.collection)

    @property
    def _changes(self) -> Changes:
        return Changes(self._source, self.session)

    @property
    def _copy(self) -> Collection[Any]:
        return self._raw(self.statement.copy)

    def _raw(self, name: str) -> Collection[Any]:
        from bson.codec_options import CodecOptions
        from bson.raw_bson import RawBSONDocument

        options: Any = CodecOptions(document_class=RawBSONDocument)
        return self.database.get_collection(name, codec_options=options)

    def _command(self, words: Words) -> None:
        body = {**words, "writeConcern": {"w": "majority"}}
        options: Any = self.database.codec_options  # those of commands are others
        self.database.command(body, session=self.session, codec_options=options)

    def _prepare(self) -> None:
        """Makes the empty copy, unless an earlier run came further."""
        if self._notes.get("copied"):
            return
        self.lock.check(self.session)
        restore = dict(self.statement.restore)
        self.progress.save(collection=self.statement.collection, restore=restore)
        self.database.drop_collection(self.statement.copy, session=self.session)
        self._command({"create": self.statement.copy, **self.statement.settings})

    def _fill(self, *marks: Words) -> None:
        stages = [*marks, *self.statement.stages, {"$out": self.statement.copy}]
        concern = self._source.with_options(write_concern=_majority())
        concern.aggregate(stages, session=self.session)

    def _build(self, *more: Words) -> None:
        indexes = [*self.statement.indexes, *more]
        if indexes:
            self._command({"createIndexes": self.statement.copy, "indexes": indexes})

    def _guard(self) -> None:
        """From here on whoever writes is refused."""
        self.lock.check(self.session)
        self._command({"collMod": self.statement.collection, **GUARD})

    def _rename(self) -> None:
        name = self.database.name
        words = {
            "renameCollection": f"{name}.{self.statement.copy}",
            "to": f"{name}.{self.statement.collection}",
            "dropTarget": True,
            "writeConcern": {"w": "majority"},
        }
        self.database.client.admin.command(words, session=self.session)

    # Alone: a server without a change stream. Deletes get past a validator, so the documents are counted; one
    # that is deleted in the very moment between the count and the exchange comes back.

    def _copy_alone(self) -> None:
        self._guard()
        self._save(exchange=True)
        for _ in range(_TRIES):
            before = self._source.estimated_document_count()
            self._fill()
            self._build()
            if self._source.estimated_document_count() == before:
                return
        raise StatementFailed(
            f"Others keep deleting documents of {self.statement.collection} while they are copied.",
            hint="run it when nobody writes; nothing was changed",
            statement=str(self.statement),
        )

    # With a change stream.

    def _follow(self) -> None:
        """Copies, and brings what others change meanwhile into the copy, until nothing is left."""
        if not self._notes.get("copied"):
            self._save(token=self._changes.now())
            self._fill({"$set": {MARK: "$_id"}})
            self._build({"key": {MARK: 1}, "name": INDEX})
            self._save(copied=True)
        self._catch_up()
        self._guard()
        self._catch_up()

    def _catch_up(self) -> None:
        """Brings over what the stream tells of what was written before now."""
        end = self._changes.now()
        self._save(end=end)  # a write: the stream goes on to where the server's log does
        with self._changes.behind(self._notes["token"]) as stream:
            for keys in batches(stream, end):
                again = self._bring([*noted_ids(self._notes.get("again", ())), *keys])
                self._save(token=dict(stream.resume_token), again=[{"k": one} for one in again])
        for _ in range(_TRIES):
            if not self._notes.get("again"):
                return
            again = self._bring(list(noted_ids(self._notes["again"])))
            self._save(again=[{"k": one} for one in again])
        raise StatementFailed(
            f"Documents of {self.statement.collection} have values twice that must be unique.",
            statement=str(self.statement),
        )

    def _bring(self, keys: list[Any]) -> list[Any]:
        """Makes the copies of these documents as they are now; gives those that another one is in the way of."""
        from pymongo import DeleteOne, ReplaceOne

        if not keys:
            return []
        stages: list[Any] = [{"$match": {"_id": {"$in": keys}}}, {"$set": {MARK: "$_id"}}]
        now = list(self._source.aggregate([*stages, *self.statement.stages], session=self.session))
        wanted = {(as_bytes(one[MARK]), as_bytes(one["_id"])) for one in now}
        copies = self._copy.find({MARK: {"$in": keys}}, {MARK: 1}, session=self.session)
        gone = [
            DeleteOne({"_id": one["_id"], MARK: one[MARK]})
            for one in copies
            if (as_bytes(one[MARK]), as_bytes(one["_id"])) not in wanted
        ]
        self.lock.check(self.session)
        if gone:
            self._copy.bulk_write(gone, ordered=False, session=self.session)
        come = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in now]
        return [now[at][MARK] for at in self._write(come)]

    def _write(self, writes: list[Any]) -> Iterator[int]:
        """Writes; gives the places of those that a unique index refuses."""
        from pymongo.errors import BulkWriteError

        if not writes:
            return
        try:
            self._copy.bulk_write(writes, ordered=False, session=self.session)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if any(one["code"] not in DUPLICATE for one in refused):
                raise
            yield from (one["index"] for one in refused)

    def _finish(self) -> None:
        """Behind the exchange: what was deleted in its very moment, and the marks."""
        collection = self.database[self.statement.collection]
        if not self._notes.get("deleted"):
            self._delete_late(collection)
            self._save(deleted=True)
        marked = {MARK: {"$exists": True}}
        for range_ in ranges(collection, self.session, self.range_size):
            self.lock.check(self.session)
            unset = {"$unset": {MARK: ""}}
            collection.update_many(range_.filter(marked), unset, session=self.session)
        if INDEX in collection.index_information(session=self.session):
            collection.drop_index(INDEX, session=self.session)

    def _delete_late(self, collection: Collection[Any]) -> None:
        from pymongo.errors import OperationFailure

        try:
            with self._changes.behind(self._notes["token"], "delete") as stream:
                for keys in batches(stream, None):
                    collection.delete_many({MARK: {"$in": keys}}, session=self.session)
        except OperationFailure as error:
            if error.code not in HISTORY_LOST:
                raise

    # The way back.

    def _take_back(self) -> None:
        """The collection as it was; nothing of the copy is left. Raises LockLost where all that is another's by now."""
        self.lock.check()
        take_back(self.database, self._notes)
        self.progress.clear()


def take_back(database: Database[Any], notes: Words) -> None:
    """Takes back what an exchange that did not come to its end has left, by its notes in the journal."""
    from toasty_mongo.names import copy_of

    name = notes.get("collection")
    if name is None or "restore" not in notes:
        return
    found = list(database.list_collections(filter={"name": name}))
    if found and found[0].get("options", {}).get("validator") == GUARD["validator"]:
        options: Any = database.codec_options
        database.command({"collMod": name, **notes["restore"]}, codec_options=options)
    database.drop_collection(copy_of(name))


def _majority() -> Any:
    from pymongo import WriteConcern

    return WriteConcern("majority")
