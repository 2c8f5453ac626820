"""Changes of tables, done: table beside table, each table's calls in order, all waited for together.

Every call is made only after the service has been asked how things stand, so that whatever an earlier run
began is picked up, a table or an index that is still CREATING included.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from attrs import frozen

from toasty_core.errors import StatementFailed, ToastyError
from toasty_dynamo import states
from toasty_dynamo.backups import back_up
from toasty_dynamo.errors import NO_SUCH_CALL, code_of, is_quota
from toasty_dynamo.origins import origin_of
from toasty_dynamo.records import Records
from toasty_dynamo.side_by_side import Gated, side_by_side
from toasty_dynamo.statements import Call, Control, Does, TableChange, Words
from toasty_dynamo.waiting import Described, Waiter, index_of

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

BUSY = ("LimitExceededException", "ResourceInUseException", "ThrottlingException")
"""Somebody else changes the table, or too many tables are changed: it is waited for."""
_TELL_EVERY = 10.0


@frozen
class Controller:
    """What changes of tables are done with.

    `jobs` is how many calls are under way at once; tables that are only waited for need none. `name_of` gives the
    name that the service knows a table by.
    """

    client: Any
    records: Records
    name_of: Callable[[str], str]
    jobs: int = 4
    tell: Callable[[str], None] = lambda text: None
    check: Callable[[], None] = lambda: None
    """Raises LockLost where somebody else has the lock by now."""
    translated: Callable[[object], AbstractContextManager[None]] = lambda call: nullcontext()
    """Inside, what botocore raises for a call is an error of ours."""

    def do(self, statement: Control) -> None:
        """Does all changes. Where one fails, the others are not begun anew, and its error is raised."""
        stop = threading.Event()
        gate = threading.Semaphore(self.jobs)
        client = Gated(self.client, gate)
        works = [
            _TableWork(self, change, client, Waiter(client, self.tell, stop))
            for change in statement.changes
        ]
        if len(works) == 1:
            works[0].run()
            return
        side_by_side([work.run for work in works], stop)


@frozen
class _TableWork:
    """The change of one table."""

    by: Controller
    change: TableChange
    client: Any
    waiter: Waiter

    @property
    def name(self) -> str:
        return self.by.name_of(self.change.table)

    def run(self) -> None:
        """Makes the calls in order, waits until all is ACTIVE, and records the table."""
        if not self.change.calls:  # only the record changes, of a table that should be there
            with self._about(None):
                self._there()
        for call in self.change.calls:
            self.by.check()
            with self._about(call):
                self._do(call)
        if any(call.does not in (Does.DROP, Does.BACKUP) for call in self.change.calls):
            self.waiter.ready(self.name)
        if self.change.record is None:
            self.by.records.delete(self.change.table)
        else:
            self.by.records.put(self.change.record)

    @contextmanager
    def _about(self, call: Call | None) -> Iterator[None]:
        """What goes wrong inside names the operation that the call comes from."""
        try:
            with self.by.translated(call):
                yield
        except ToastyError as error:
            error.operation = origin_of(self.change, call)
            raise

    def _do(self, call: Call) -> None:
        doing: Mapping[Does, Callable[[Call], None]] = {
            Does.CREATE: self._create,
            Does.DROP: self._drop,
            Does.CREATE_INDEX: self._create_index,
            Does.DROP_INDEX: self._drop_index,
            Does.SETTING: self._set,
            Does.TTL: self._set_ttl,
            Does.RECOVERY: self._set_recovery,
            Does.TAGS: self._set_tags,
            Does.BACKUP: lambda call: back_up(self.client, self.waiter, self.name),
        }
        doing[call.does](call)

    def _send(self, call: Call, **more: Any) -> None:
        """Makes the call, with the table's real name."""
        request = {**call.request, **more}
        if "TableName" in request:
            request["TableName"] = self.name
        from botocore import xform_name

        getattr(self.client, xform_name(call.operation))(**request)

    # Whole tables.

    def _create(self, call: Call) -> None:
        records, table = self.by.records, self.change.table
        found = self.waiter.describe(self.name)
        if found is not None and found["TableStatus"] == "DELETING":
            self.waiter.gone(self.name)
            found = None
        if found is None:
            records.begin(table, self.name)
            self._steadily(
                lambda: self._send(call), lambda: self.waiter.describe(self.name) is None
            )
        elif not records.is_ours(table) or not states.same_table(call, found):
            raise StatementFailed(
                f"There is a table {self.name} already that the migrations do not know.",
                hint="rename or drop it, or take it over with a baseline (toasty migrate:baseline)",
                statement=str(call),
            )
        self.waiter.made(self.name)

    def _drop(self, call: Call) -> None:
        if self.waiter.ready(self.name) is not None:
            self._steadily(
                lambda: self._send(call), lambda: self.waiter.describe(self.name) is not None
            )
            self.waiter.gone(self.name)

    def _there(self, call: Call | None = None) -> Described:
        """What is said of the table, once nobody changes it any more. Raises StatementFailed where there is none."""
        found = self.waiter.ready(self.name)
        if found is None:
            raise StatementFailed(
                f"There is no table {self.name}.",
                hint="toasty schema:drift shows how the database differs from the migrations",
                statement=str(call) if call is not None else None,
            )
        return found

    # Indexes.

    def _create_index(self, call: Call) -> None:
        found = index_of(self._there(call), call.about)
        wanted = call.request["GlobalSecondaryIndexUpdates"][0]["Create"]
        if found is None:
            self._steadily(
                lambda: self._send(call), lambda: index_of(self._there(call), call.about) is None
            )
            self.waiter.made(self.name, call.about)
        elif not states.same_index(wanted, found):
            raise StatementFailed(
                f"Table {self.name} has another index {call.about} already.",
                hint="drop it or give the new one another name",
                statement=str(call),
            )

    def _drop_index(self, call: Call) -> None:
        if index_of(self._there(call), call.about) is not None:
            self._steadily(
                lambda: self._send(call),
                lambda: index_of(self._there(call), call.about) is not None,
            )
            self.waiter.without_index(self.name, call.about)

    # Settings.

    def _set(self, call: Call) -> None:
        if states.setting_landed(call, self._there(call)):
            return
        from botocore.exceptions import ClientError

        try:
            self._steadily(
                lambda: self._send(call),
                lambda: not states.setting_landed(call, self._there(call)),
            )
        except ClientError as error:
            if "Nothing to update" not in str(error):
                raise
            named = ", ".join(name for name in call.request if name != "TableName")
            self.by.tell(f"{self.name}: {named} was left out, which this service does not know")

    def _set_ttl(self, call: Call) -> None:
        self._there(call)
        wanted = call.request["TimeToLiveSpecification"]
        self.waiter.until(
            f"{self.name}: the time to live is being changed, which takes up to an hour",
            lambda: not ttl_of(self.client, self.name)[0].endswith("ING"),
        )
        if not self._ttl_is(wanted):
            self._steadily(lambda: self._send(call), lambda: not self._ttl_is(wanted))

    def _ttl_is(self, wanted: Words) -> bool:
        status, column = ttl_of(self.client, self.name)
        is_on = status == "ENABLED" and column == wanted["AttributeName"]
        return is_on == bool(wanted["Enabled"])

    def _set_recovery(self, call: Call) -> None:
        self._there(call)
        self._where_known(call, lambda: self._send(call))

    def _set_tags(self, call: Call) -> None:
        arn = self._there(call)["TableArn"]
        self._where_known(call, lambda: self._send(call, ResourceArn=arn))

    def _where_known(self, call: Call, send: Callable[[], None]) -> None:
        """A service that does not know the call is told of, and the run goes on: its tables are not the real ones."""
        from botocore.exceptions import ClientError

        try:
            send()
        except ClientError as error:
            if code_of(error) != NO_SUCH_CALL:
                raise
            self.by.tell(
                f"{self.name}: {call.operation} was left out, which this service does not know"
                " (DynamoDB Local has neither tags nor point-in-time recovery)"
            )

    def _steadily(self, send: Callable[[], None], still: Callable[[], bool]) -> None:
        """Sends, and again as long as others are in the way and it has not landed meanwhile (`still`)."""
        from botocore.exceptions import ClientError

        began = told = time.monotonic()
        while True:
            try:
                send()
                return
            except ClientError as error:
                if not _is_in_the_way(error):
                    raise
                said = error.response["Error"].get("Message", "")
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                self.by.tell(f"{self.name}: waiting for others: {said}")
            self.waiter.rest(began)
            if not still():
                return


def _is_in_the_way(error: ClientError) -> bool:
    """Will the service take the call once something else is through?

    A time to live is changed once in an hour: "any additional UpdateTimeToLive calls for the same table during this one
    hour duration result in a ValidationException".
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    """
    if code_of(error) in BUSY:
        return not is_quota(error)
    return "multiple times within a fixed interval" in str(error)


def ttl_of(client: Any, name: str) -> tuple[str, str | None]:
    """The status of a table's time to live, and its attribute."""
    said = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return said.get("TimeToLiveStatus", "DISABLED"), said.get("AttributeName")


__all__ = ["BUSY", "Controller", "ttl_of"]
