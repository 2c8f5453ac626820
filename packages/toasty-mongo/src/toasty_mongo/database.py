"""One connection to one database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import (
    Backend,
    Caution,
    Database,
    DataCheck,
    JournalEntry,
    JournalState,
    LockOwner,
    Statement,
    TableSize,
    Violations,
)
from toasty_mongo.connection import Place, close_client, open_place, read_place
from toasty_mongo.journal import JOURNAL, Progress, read_row, write_entries
from toasty_mongo.lanes import LANES
from toasty_mongo.lock import LeaseLock
from toasty_mongo.patience import Presence

if TYPE_CHECKING:
    from pymongo import MongoClient

    from toasty_core.operations.base import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.url import Url
    from toasty_mongo.backend import MongoBackend
    from toasty_mongo.live import MongoLive


def connect(backend: MongoBackend, url: Url) -> MongoDatabase:
    """Connects. Raises UrlError and ConnectionFailed with what to do."""
    place = read_place(url)
    return MongoDatabase(backend, place, open_place(place))


class MongoDatabase(Database):
    """A database of MongoDB's.

    All that a run does goes through one session: when the runner is killed, whoever comes next ends that.
    """

    lock_heartbeat: ClassVar[bool] = True  # the lock is a lease

    def __init__(self, backend: MongoBackend, place: Place, client: MongoClient[Any]) -> None:
        self.backend: MongoBackend = backend
        self.url = place.url
        self._place = place
        self._client: MongoClient[Any] = client
        self._entry: JournalEntry | None = None
        self._held: JournalEntry | None = None
        """A row that says no more than that the last statement is through: it is written with the next one."""
        self._known: set[str] | None = None
        """The versions that have a row, read under the lock: as long as it is ours, nobody else writes one."""
        self._done: Statement | None = None
        self._presence = Presence()
        with self._translated():
            said = client.admin.command("hello")
            self._transactions = "setName" in said or said.get("msg") == "isdbgrid"
            self._database = client[place.database]
            self._session, *self._lanes = self._sessions = [
                client.start_session(causal_consistency=False) for _ in range(1 + LANES)
            ]
        lsids = [session.session_id["id"] for session in self._sessions]
        self._lock = LeaseLock(self._database, lsids)

    @contextmanager
    def _translated(self, statement: object = None) -> Iterator[None]:
        from toasty_mongo.errors import translated

        with translated(self.url, statement), self._presence.watched():
            yield

    def close(self) -> None:
        self.settle_journal()
        for session in self._sessions:
            session.end_session()
        close_client(self._client)

    def version(self) -> str:
        with self._translated():
            said = self._client.server_info()["version"]
        kind = "" if self._transactions else " (standalone)"
        return f"MongoDB {said}{kind}"

    def prepare(self, caution: Caution) -> Backend:
        """The backend for this deployment."""
        from toasty_mongo.names import STANDALONE

        return self.backend.in_form("" if self._transactions else STANDALONE)

    def sizes(self) -> Mapping[str, TableSize]:
        from toasty_mongo.sizes import sizes

        with self._translated():
            return sizes(self._database)

    # execution

    def execute(self, statement: Statement) -> None:
        from toasty_mongo.running import Worker

        self.settle_journal()
        with self._translated(statement):
            self._lock.check(self._session)
            Worker(
                self._database,
                self._session,
                self._lanes,
                Progress(self._database, self._session, self._entry, statement, self._lock.fence),
                self._lock,
                self.live,
                self.tell,
                self._transactions,
                self._place.range_size,
                self._place.pause,
            ).do(statement)
        self._done = statement

    def transaction(self, statements: Sequence[Statement] = ()) -> AbstractContextManager[None]:
        return nullcontext()

    def introspect(self) -> SchemaSnapshot:
        from toasty_mongo.introspect import introspect

        with self._translated():
            return introspect(self._database, self._session)

    def violations(self, check: DataCheck) -> Violations:
        from toasty_mongo.violations import violations

        with self._translated(check.query):
            return violations(self._database, self._session, check.query)

    def live(self) -> MongoLive:
        from toasty_mongo.live import MongoLive

        return MongoLive(self._database, self._session)

    def has_landed(self, operation: Operation, before: SchemaSnapshot) -> bool | None:
        """What `statement_landed` says of the one statement that the operation has."""
        statements = tuple(self.backend.compile(operation, before))
        if len(statements) != 1:
            return None
        return self.statement_landed(statements[0], operation, before)

    def statement_landed(
        self, statement: Statement, operation: Operation, before: SchemaSnapshot
    ) -> bool | None:
        from toasty_mongo.landed import statement_landed

        with self._translated():
            return statement_landed(statement, self._database)

    # journal

    def create_journal(self) -> None:
        with self._translated():
            self._lock.seed()

    def read_journal(self) -> list[JournalEntry]:
        self.settle_journal()
        with self._translated():
            rows = [read_row(row) for row in self._database[JOURNAL].find().sort("_id", 1)]
        self._known = {row.version for row in rows} if self._lock.is_sure else None
        return rows

    def read_entry(self, version: str) -> JournalEntry | None:
        self.settle_journal()
        with self._translated():
            row = self._database[JOURNAL].find_one({"_id": version})
        return read_row(row) if row else None

    def has_entry(self, version: str) -> bool:
        if self._known is not None and self._lock.is_sure:
            return version in self._known
        with self._translated():
            return self._database[JOURNAL].find_one({"_id": version}, {"_id": 1}) is not None

    def write_journal(self, entry: JournalEntry) -> None:
        if entry.state is JournalState.APPLIED and self._entry is None and self._done is None:
            self._clear_leftovers(entry.version)  # no run wrote before: a person says how it ended
        held = self._held
        if held is not None and held.version == entry.version:
            held = self._held = None  # the new one says more
        if not self._says_nothing_new(entry):
            self._write(*filter(None, (held, entry)))
            return
        self.settle_journal()
        self._held = entry

    def _says_nothing_new(self, entry: JournalEntry) -> bool:
        """Would a run after a crash do no harm without this row, as it would do the last statement again?"""
        if self._done is None or self._entry is None or self._entry.version != entry.version:
            return False
        return self._done.repeatable and entry.statement is None and entry.error is None

    def _write(self, *entries: JournalEntry) -> None:
        with self._translated():
            write_entries(self._database[JOURNAL], entries, self._lock.fence, self._session)
        self._held = None
        self._entry = entries[-1] if entries[-1].statement is not None else None
        self._done = None
        if self._known is not None:
            self._known.update(entry.version for entry in entries)

    def settle_journal(self) -> None:
        if self._held is not None:
            self._write(self._held)

    def delete_journal(self, version: str) -> None:
        self._held = self._done = None
        with self._translated():
            self._lock.check(self._session)
            self._clear_leftovers(version)
            self._database[JOURNAL].delete_one({"_id": version}, session=self._session)
        self._entry = None
        if self._known is not None:
            self._known.discard(version)

    def _clear_leftovers(self, version: str) -> None:
        from toasty_mongo.leftovers import clear_leftovers

        with self._translated():
            clear_leftovers(self._database, version)

    # lock

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        with self._translated():
            return self._lock.take(owner, lease)

    def lock_holder(self) -> LockOwner | None:
        with self._translated():
            return self._lock.holder()

    def release_lock(self, owner: LockOwner) -> None:
        self.settle_journal()
        self._known = None
        with self._translated():
            self._lock.release(owner)


__all__ = ["MongoDatabase", "connect"]
