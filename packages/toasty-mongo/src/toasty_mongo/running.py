"""How each statement is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from toasty_core.backends import Statement
from toasty_core.errors import StatementFailed
from toasty_mongo.exact import Once
from toasty_mongo.journal import Progress
from toasty_mongo.lanes import side_by_side
from toasty_mongo.lock import LeaseLock
from toasty_mongo.names import MARK
from toasty_mongo.past import update_past_validator
from toasty_mongo.ranges import Pace, Range, ranges
from toasty_mongo.statements import (
    CallFunction,
    Command,
    ExactUpdate,
    FieldUpdate,
    Insert,
    Rekey,
    RenameCollection,
    Transform,
)
from toasty_mongo.telling import Telling

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from pymongo.database import Database

    from toasty_core.backends import Live

_Found = TypeVar("_Found")
_PASSES = 10
"""How often what others put in meanwhile is looked for."""
_TOGETHER = 10_000
"""How many documents a transaction changes at most."""
_STEPDOWN = 45.0
"""How long to try again while a replica set has no primary, in seconds."""


@frozen
class Worker:
    """What statements are done with: the connection, how far the one in flight came, and how gently.

    `lanes` are sessions for what is done side by side, on servers of which no others have to follow.
    """

    database: Database[Any]
    session: ClientSession
    lanes: Sequence[ClientSession]
    progress: Progress
    lock: LeaseLock
    live: Callable[[], Live]
    tell: Callable[[str], None]
    transactions: bool
    range_size: int
    pause: float

    def do(self, statement: Statement) -> None:
        """Does one statement."""
        match statement:
            case Command():
                self._command(statement)
            case RenameCollection(old, new):
                name = self.database.name
                words = {"renameCollection": f"{name}.{old}", "to": f"{name}.{new}"}
                self.database.client.admin.command({**words, **self._concern}, session=self.session)
            case FieldUpdate():
                self._field_update(statement)
            case ExactUpdate():
                self._exact_update(statement)
            case Insert():
                from toasty_mongo.inserting import insert

                insert(statement, self.database, self.session, self.progress)
            case Transform():
                self._transform(statement)
            case CallFunction(function):
                function(self.live())
            case Rekey():
                self._rekey(statement)
            case _:
                raise StatementFailed(f"MongoDB cannot do {statement}")

    @property
    def _concern(self) -> dict[str, Any]:
        return {"writeConcern": {"w": "majority"}}

    def _command(self, statement: Command) -> None:
        from pymongo.errors import OperationFailure

        from toasty_mongo.inserting import made

        body = dict(statement.body)
        if "update" in body:
            body["updates"] = [made(one) for one in body["updates"]]
        if statement.again or "create" in body or "drop" in body:
            body = {**body, **self._concern}
        send = self._send if not statement.again else self._send_steadily
        try:
            said = send(body)
        except OperationFailure as error:
            if error.code in statement.harmless:
                return
            raise
        _refuse_write_errors(said)

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        options: Any = self.database.codec_options  # those of commands are others
        found: dict[str, Any] = self.database.command(
            body, session=self.session, codec_options=options
        )
        return found

    def _send_steadily(self, body: dict[str, Any]) -> dict[str, Any]:
        return steadily(lambda: self._send(body))

    # Documents in ranges.

    def _field_update(self, statement: FieldUpdate) -> None:
        if statement.rest:
            self._settle(statement)
            return
        collection = self.database[statement.collection]
        after, pace = tuple(self.progress.notes.get("after", ())), Pace(self.range_size)
        telling = self._telling(collection)
        found = ((range_, pace.size) for range_ in ranges(collection, None, pace, after))

        def update(sized: tuple[Range, int], session: ClientSession) -> float:
            began = time.monotonic()
            self._update(statement, sized[0], session)
            return time.monotonic() - began

        for (range_, size), seconds in side_by_side(found, update, self._side_by_side):
            pace.took(seconds)
            if range_.high:
                telling.add(size)
                self.progress.save(after=list(range_.high))
                self._rest()
        self._settle(statement)

    @property
    def _side_by_side(self) -> Sequence[ClientSession]:
        """The sessions for ranges that are under way at once: one, where a secondary follows or others need time."""
        return self.lanes[:1] if self.transactions or self.pause else self.lanes

    def _update(self, statement: FieldUpdate, range_: Range, session: ClientSession) -> None:
        collection = self.database[statement.collection]
        found, change = range_.filter(statement.filter), _change(statement.update)
        self.lock.check(session)
        if statement.sure:
            steadily(lambda: update_past_validator(collection, found, change, session))
        else:
            steadily(lambda: collection.update_many(found, change, session=session))

    def _settle(self, statement: FieldUpdate) -> None:
        """Others may have put documents in behind us: none may be left."""
        if statement.pending is None:
            return
        collection = self.database[statement.collection]
        for _ in range(_PASSES):
            if collection.find_one(statement.pending, {"_id": 1}, session=self.session) is None:
                return
            self._update(statement, Range(), self.session)
        left = collection.count_documents(statement.pending, session=self.session)
        raise StatementFailed(
            f"{left} documents of {statement.collection} are not as they should be, though all were changed",
            hint="an application keeps writing the old form; stop it, and run the command again",
            statement=str(statement),
        )

    def _exact_update(self, statement: ExactUpdate) -> None:
        if self.progress.notes.get("done"):
            return
        collection = self.database[statement.collection]
        with self._once(statement.collection) as once:

            def write(range_: Range) -> None:
                once.batch(range_, partial(_write_exactly, statement, once, range_))
                self._rest()

            telling, left = self._telling(collection), once.pick_up()
            if left is not None:
                write(left)
            if left is None or left.high:
                size = min(self.range_size, _TOGETHER)
                for range_ in ranges(collection, self.session, size, once.start):
                    write(range_)
                    telling.add(size if range_.high else 0)
            once.finish()

    def _transform(self, statement: Transform) -> None:
        if self.progress.notes.get("done"):
            return
        from toasty_mongo.transforming import Transformation

        telling = self._telling(self.database[statement.collection])

        def through(documents: int) -> None:
            telling.add(documents)
            self._rest()

        with self._once(statement.collection) as once:
            Transformation(statement, once, through).run()

    def _rekey(self, statement: Rekey) -> None:
        from toasty_mongo.rekeying import Rekeying

        parts = (self.database, self.session, self.progress, self.lock)
        Rekeying(statement, *parts, self.transactions, min(self.range_size, _TOGETHER)).run()

    def _once(self, collection: str) -> Once:
        found = self.database[collection]
        able = self.transactions and not found.options(session=self.session).get("capped")
        lane = self.lanes[1] if len(self._side_by_side) > 1 else None
        return Once(found, self.progress, self.lock, transactions=able, lane=lane)

    def _telling(self, collection: Collection[Any]) -> Telling:
        return Telling(self.tell, self.progress, collection)

    def _rest(self) -> None:
        if self.pause:
            time.sleep(self.pause)


def _write_exactly(statement: ExactUpdate, once: Once, range_: Range, mark: str | None) -> None:
    """The documents of a range that have not got the mark yet, by the pipeline."""
    found, change = dict(statement.filter), list(statement.update)
    if mark is not None:
        found = {"$and": [{MARK: {"$ne": mark}}, found]} if found else {MARK: {"$ne": mark}}
        change.append({"$set": {MARK: mark}})
    once.collection.update_many(range_.filter(found), change, session=once.session)


def _change(update: Any) -> Any:
    return update if isinstance(update, Mapping) else list(update)


def _refuse_write_errors(said: Mapping[str, Any]) -> None:
    """A command answers ok though some of its writes were refused, or not confirmed as its `writeConcern` asks."""
    from pymongo.errors import WriteConcernError, WriteError

    for error in said.get("writeErrors", ())[:1]:
        raise WriteError(error.get("errmsg", ""), error.get("code"), error)
    unconfirmed = said.get("writeConcernError")
    if unconfirmed:
        raise WriteConcernError(unconfirmed.get("errmsg", ""), unconfirmed.get("code"), unconfirmed)


def steadily(call: Callable[[], _Found]) -> _Found:
    """What `call` gives, tried again while the replica set changes its primary; only for what may be done again."""
    from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError

    deadline = time.monotonic() + _STEPDOWN
    while True:
        try:
            return call()
        except ServerSelectionTimeoutError:
            raise
        except AutoReconnect:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
