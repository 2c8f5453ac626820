"""Writes edits in transactions: all of one are done or none, and only by who holds the lock.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import uuid4

from toasty_core.errors import StatementFailed
from toasty_dynamo.batches import AGAIN, REFUSED, refusal, shown_key, units
from toasty_dynamo.conflicts import TRIES, is_conflict, rest
from toasty_dynamo.desk import Desk
from toasty_dynamo.edits import Edit, Table, action
from toasty_dynamo.errors import code_of
from toasty_dynamo.journal import OwnTable
from toasty_dynamo.lock import lost_lock
from toasty_dynamo.pacing import Pace

ACTIONS = 100
"""Actions in a transaction."""
_NOT_WRITTEN = "None"


class Refused(Exception):
    """Some edits of a transaction did not fulfil their guards: nothing of it was done. `places` are theirs."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(places)
        self.places = tuple(places)


class TransactionWriter:
    """Writes edits of one table, all of them or none, under the lock where one is held.

    Transactions of one runner go one after the other: each of them looks at the lock's item, and two that do so at once
    are in each other's way.
    """

    def __init__(self, own: OwnTable, table: Table, pace: Pace) -> None:
        self._own = own
        self._table = table
        self._pace = pace

    @property
    def room(self) -> int:
        """How many edits one transaction takes, besides the look at the lock and a checkpoint."""
        return ACTIONS - 2

    def write(self, edits: Sequence[Edit], *besides: dict[str, Any] | None) -> None:
        """Does the edits, and what is given besides. Raises Refused, LockLost and StatementFailed."""
        fence = [self._own.lock.fence_check()] if self._own.lock.token is not None else []
        actions = [*fence, *(action(self._table, edit) for edit in edits)]
        actions += [one for edit in edits for one in edit.also]
        actions += [one for one in besides if one is not None]
        if len(actions) > len(fence):
            with self._own.lock.turn:
                self._send(actions, edits, len(fence))

    def _send(self, actions: list[dict[str, Any]], edits: Sequence[Edit], first: int) -> None:
        from botocore.exceptions import ClientError

        counted = {"ReturnConsumedCapacity": "TOTAL"} if self._pace.capacity else {}
        token = uuid4().hex
        for number in count():
            self._pace.wait()
            try:
                said = self._own.client.transact_write_items(
                    TransactItems=actions, ClientRequestToken=token, **counted
                )
            except ClientError as error:
                self._sort(error, edits, first)
                if number < TRIES and is_conflict(error):
                    rest(number)
                else:
                    self._pace.throttled(str(error))
                token = uuid4().hex if "CancellationReasons" in error.response else token
            else:
                self._pace.used(units(said, 2 * len(actions)))
                return

    def _sort(self, error: Any, edits: Sequence[Edit], first: int) -> None:
        """Raises what the error means; returns where the same is to be tried again."""
        reasons = error.response.get("CancellationReasons")
        if reasons is None:
            if code_of(error) not in AGAIN:
                raise error
            return
        codes = [reason.get("Code", _NOT_WRITTEN) for reason in reasons]
        if first and codes[0] in REFUSED:
            raise lost_lock() from None
        edited = list(enumerate(codes[first : first + len(edits)]))
        for place, code in edited:
            if code not in (*REFUSED, _NOT_WRITTEN) and code not in AGAIN:
                why = f"{reasons[first + place].get('Message')} ({code})"
                raise refusal(self._table, edits[place], why) from error
        places = [place for place, code in edited if code in REFUSED]
        if places:
            raise Refused(places) from None
        self._refuse_taken(codes[first + len(edits) :], edits)
        if not any(code in AGAIN for code in codes):
            raise error

    def _refuse_taken(self, codes: Sequence[str], edits: Sequence[Edit]) -> None:
        """Raises StatementFailed where what an edit needs besides does not hold: a value is taken."""
        owners = [edit for edit in edits for _ in edit.also]
        for owner, code in zip(owners, codes, strict=False):
            if code in REFUSED:
                raise StatementFailed(
                    f"The item {shown_key(owner.key)} of {self._table.name} has a value that stands only once,"
                    " and another item has it"
                )


def transactions(desk: Desk, table: Table) -> TransactionWriter:
    """Writes items of a table under the lock."""
    return TransactionWriter(desk.own, table, desk.pace)
