"""How long a replica set is waited for that has no primary, and that nobody is waited for who is gone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.errors import PyMongoError

ELECTION = 45.0
"""How long to try again while a replica set has no primary, in seconds."""
_PAUSE = 0.5
"""The longest pause between two tries of a transaction, in seconds."""
_GLANCE = 0.5
"""How long a server is looked for that was not there before, in seconds."""

Work = Callable[["ClientSession"], None]


def in_transaction(session: ClientSession, work: Work) -> None:
    """Does `work` in a transaction: again while others are in the way or another server becomes the primary.

    PyMongo's `with_transaction` would go on for two minutes, also when there is no server any more.
    """
    from pymongo.errors import PyMongoError

    deadline, pause = time.monotonic() + ELECTION, 0.01
    while True:
        try:
            _begin(session, work)
            _commit(session, deadline)
        except PyMongoError as error:
            if not _is_worth_it(error, "TransientTransactionError", deadline):
                raise
        else:
            return
        time.sleep(random.uniform(0, pause))
        pause = min(pause * 1.5, _PAUSE)


def _begin(session: ClientSession, work: Work) -> None:
    session.start_transaction()
    try:
        work(session)
    except BaseException:
        session.abort_transaction()
        raise


def _commit(session: ClientSession, deadline: float) -> None:
    """Commits; again while nobody knows whether it was done, which a second time does no harm."""
    from pymongo.errors import PyMongoError

    while True:
        try:
            session.commit_transaction()
        except PyMongoError as error:
            if not _is_worth_it(error, "UnknownTransactionCommitResult", deadline):
                raise
        else:
            return


def _is_worth_it(error: PyMongoError, label: str, deadline: float) -> bool:
    from pymongo.errors import ServerSelectionTimeoutError

    gone = isinstance(error, ServerSelectionTimeoutError)  # an election takes less
    return not gone and error.has_error_label(label) and time.monotonic() < deadline


class Presence:
    """Is the server there? Who was looked for in vain is not looked for so long again: an error is to come soon."""

    def __init__(self) -> None:
        self._gone = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What is asked of the server inside waits only shortly, if it was not there the last time."""
        from pymongo.errors import ServerSelectionTimeoutError

        try:
            if self._gone:
                import pymongo

                with pymongo.timeout(_GLANCE):
                    yield
            else:
                yield
        except ServerSelectionTimeoutError:
            self._gone = True
            raise
        self._gone = False


__all__ = ["ELECTION", "Presence", "in_transaction"]
