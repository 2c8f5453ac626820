"""One connection: a client, and Toasty's own table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import (
    Caution,
    Database,
    DataCheck,
    JournalEntry,
    LockOwner,
    Statement,
    TableSize,
    Violations,
)
from toasty_dynamo.backend import DynamoBackend, Known
from toasty_dynamo.connection import Account, open_place
from toasty_dynamo.journal import MIGRATION, OwnTable, entry_words, forgetting, key, read_row
from toasty_dynamo.lock import LeaseLock
from toasty_dynamo.places import Place, read_place

if TYPE_CHECKING:
    from toasty_core.operations.base import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.url import Url
    from toasty_dynamo.live import DynamoLive


def connect(backend: DynamoBackend, url: Url) -> DynamoDatabase:
    """Connects. Raises UrlError and ConnectionFailed with what to do."""
    place = read_place(url)
    client, account = open_place(place)
    return DynamoDatabase(backend, place, client, account)


class DynamoDatabase(Database):
    """The tables of one account in one region, or those of them that have one prefix."""

    lock_heartbeat: ClassVar[bool] = True  # the lock is a lease

    def __init__(self, backend: DynamoBackend, place: Place, client: Any, account: Account) -> None:
        self.backend: DynamoBackend = backend
        self.url = place.url
        self.place = place
        self.client = client
        """boto3's client of DynamoDB."""
        self.account = account
        self.entry: JournalEntry | None = None
        """The journal's row of the statement in flight; None where nothing is journaled."""
        self.jobs = Caution().jobs
        self._told = False
        self.lock = LeaseLock(client, place.own_table)
        self.own = OwnTable(client, place.own_table, self.lock)

    @contextmanager
    def _translated(self, statement: object = None) -> Iterator[None]:
        from toasty_dynamo.errors import translated

        with translated(self.url, statement):
            yield

    def close(self) -> None:
        self.client.close()

    def version(self) -> str:
        kind = "DynamoDB" if self.is_aws else "DynamoDB Local"
        return f"{kind} ({self.account})"

    @property
    def is_aws(self) -> bool:
        """Is it the service itself?"""
        return not self.place.local

    def fence_check(self) -> dict[str, Any]:
        """The first action of a transaction: it fails for whoever has lost the lock.

        Two transactions with it at the same time conflict, as with any item: one of them has to be tried again.
        """
        return self.lock.fence_check()

    def prepare(self, caution: Caution) -> DynamoBackend:
        from toasty_core.errors import Unsupported
        from toasty_dynamo.backups import knows_backups

        self.jobs = caution.jobs
        if caution.backup:
            with self._translated():
                known = knows_backups(self.client)
            if not known:
                raise Unsupported(
                    "A backup is asked for, and this service makes none.",
                    where=str(self.url),
                    reason="DynamoDB Local has no backups",
                    hint="leave --backup out",
                )
        found = Known(self.place.prefix, self.is_aws, caution.backup)
        self.backend = DynamoBackend(found)
        return self.backend

    def sizes(self) -> Mapping[str, TableSize]:
        from toasty_dynamo.sizes import sizes

        with self._translated():
            return sizes(self.client, self.place)

    # execution

    def execute(self, statement: Statement) -> None:
        from toasty_dynamo.running import do

        if not self._told:
            self._told = True
            self.tell(self.version())
        with self._translated(statement):
            self.lock.check()
            do(statement, self)

    def transaction(self, statements: Sequence[Statement] = ()) -> AbstractContextManager[None]:
        return nullcontext()

    def introspect(self) -> SchemaSnapshot:
        from toasty_dynamo.introspect import introspect

        with self._translated():
            return introspect(self.client, self.place, self.own)

    def violations(self, check: DataCheck) -> Violations:
        from toasty_dynamo.running import ask

        with self._translated(check.query):
            return ask(check.query, self)

    def live(self) -> DynamoLive:
        from toasty_dynamo.live import DynamoLive

        return DynamoLive(self.client, self.place.prefix, self._drop_left)

    def _drop_left(self, key: str) -> None:
        from toasty_dynamo.items import drop_left

        with self._translated():
            drop_left(key, self)

    def has_landed(self, operation: Operation, before: SchemaSnapshot) -> bool | None:
        """None: what may be done again asks the service itself, and of the user's own calls nothing is known."""
        return None

    # journal

    def create_journal(self) -> None:
        with self._translated():
            self.own.create()

    def read_journal(self) -> list[JournalEntry]:
        with self._translated():
            return [read_row(item) for item in self.own.items(MIGRATION)]

    def read_entry(self, version: str) -> JournalEntry | None:
        with self._translated():
            item = self.own.item(MIGRATION, version)
        return read_row(item) if item else None

    def has_entry(self, version: str) -> bool:
        with self._translated():
            return self.own.item(MIGRATION, version, only="state") is not None

    def write_journal(self, entry: JournalEntry) -> None:
        words = {**key(MIGRATION, entry.version), **entry_words(entry)}
        over = () if entry.statement is not None else (forgetting(self.own.name, entry.version),)
        with self._translated():
            self.own.write({"Put": {"TableName": self.own.name, "Item": words}}, *over)
        self.entry = entry if entry.statement is not None else None

    def delete_journal(self, version: str) -> None:
        gone = {"Delete": {"TableName": self.own.name, "Key": key(MIGRATION, version)}}
        with self._translated():
            self.own.write(gone, forgetting(self.own.name, version))
        self.entry = None

    # lock

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        with self._translated():
            return self.lock.take(owner, lease)

    def lock_holder(self) -> LockOwner | None:
        with self._translated():
            return self.lock.holder()

    def release_lock(self, owner: LockOwner) -> None:
        with self._translated():
            self.lock.release(owner)


__all__ = ["DynamoDatabase", "connect"]
