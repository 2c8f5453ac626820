"""Calls that meet a transaction on the same item: it is over in a moment, and then the call is taken.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from toasty_dynamo.errors import code_of, reasons

_Found = TypeVar("_Found")
TRIES = 20
"""How often a call is made again before it counts as one that the service throttles."""
_LONGEST = 0.5
_CONFLICTS = ("TransactionConflictException", "TransactionInProgressException")


def past_conflicts(call: Callable[[], _Found]) -> _Found:
    """What the call gives; it is made again as long as a transaction of another one is in its way."""
    from botocore.exceptions import ClientError

    for number in range(TRIES):
        try:
            return call()
        except ClientError as error:
            if not is_conflict(error):
                raise
        rest(number)
    return call()


def rest(number: int) -> None:
    """A short pause, the longer the more often the call was made before."""
    time.sleep(random.uniform(0.5, 1.0) * min(0.01 * 2.0**number, _LONGEST))


def is_conflict(error: Any) -> bool:
    """Was only another transaction on the same item in the way?"""
    if code_of(error) in _CONFLICTS:
        return True
    found = {reason for reason in reasons(error) if reason != "None"}
    return found == {"TransactionConflict"}
