"""What goes out through a session, in the transactions of migrations.

A transaction costs no message of its own: BEGIN goes out with the first statement, and COMMIT with the journal's
row. Nothing that a migration sends ends its transaction unseen, and what it does to the
session's settings ends with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from toasty_core.errors import DatabaseError, StatementFailed
from toasty_postgres import settings

if TYPE_CHECKING:
    import psycopg

    from toasty_postgres.connection import Session

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
# Not compiled here: reading the journal needs none of them.
_ENDS = (
    r"(?i)\s*(BEGIN|COMMIT|END|ABORT|START\s+TRANSACTION|PREPARE\s+TRANSACTION"
    r"|ROLLBACK(?!\s+((WORK|TRANSACTION)\s+)?TO\b))\b"
)
_MAY_END = ("BEGIN", "COMMIT", "END", "ABORT", "START", "PREPARE", "ROLLBACK")
"""How what `_ENDS` finds begins: to look for that first is quicker."""
_ENDED = ("COMMIT", "BEGIN", "START TRANSACTION", "PREPARE TRANSACTION")
"""What the server says of statements that end a transaction or begin one."""
_STRAYS = r"(?i)(\A|[;\n/])\s*(set|reset|discard)\s|\bset_config\b"
"""What may change settings for longer than the transaction."""
_SAVEPOINT = "toasty_function"


class Transactions:
    """The way to one session for all that a migration does.

    `values` are the session's settings. Behind a proxy that may give every transaction another session
    (`proxied`) they are set in each transaction, and stay with no session that others use.
    """

    def __init__(self, session: Session, values: Mapping[str, str], *, proxied: bool) -> None:
        self._session = session
        self._values = dict(values)
        self._proxied = proxied
        self._pending: list[str] = []
        self._strayed = False
        self.is_open = False
        """Is a transaction open, as far as we are concerned?"""

    def use(self, values: Mapping[str, str]) -> None:
        """Other settings from now on."""
        self._values = dict(values)
        if not self._proxied:
            self._session.send(settings.setting(self._values))

    # What is sent.

    def send(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes a migration's SQL. Raises StatementFailed when it ends the transaction, too."""
        if self.is_open and _ends(sql):
            raise _not_yours(sql)
        self._strayed = self._strayed or _strays(sql)
        if parameters:  # what has parameters goes out alone
            self.flush()
        waiting = self._taken()
        ahead = "".join(f"{text};\n" for text in waiting)
        cursor = self._session.send(sql, parameters, ahead)
        if self.is_open:
            said = [cursor.statusmessage]
            while cursor.nextset():
                said.append(cursor.statusmessage)
            self._must_be_open(sql, any(word in _ENDED for word in said[len(waiting) :]))

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> psycopg.RawCursor[tuple[Any, ...]]:
        """The cursor with the answer to a question."""
        self.flush()
        return self._session.send(sql, parameters)

    def ask_along(self, sql: str) -> psycopg.RawCursor[tuple[Any, ...]]:
        """The same for one of ours without parameters, which goes out together with what waits."""
        return self._last_of(*self._taken(), sql)

    def send_later(self, sql: str) -> None:
        """Executes SQL of ours without parameters; in a transaction it goes out with what follows."""
        if self.is_open:
            self._pending.append(sql)
        else:
            self._session.send(sql)

    def flush(self) -> None:
        """Sends what waits."""
        if self._pending:
            self._session.send(";\n".join(self._taken()))

    def _taken(self) -> list[str]:
        waiting, self._pending = self._pending, []
        return waiting

    def _last_of(self, *texts: str) -> psycopg.RawCursor[tuple[Any, ...]]:
        cursor = self._session.send(";\n".join(texts))
        while cursor.nextset():
            continue
        return cursor

    # Transactions.

    @contextmanager
    def transaction(self, before_commit: Callable[[], None]) -> Iterator[None]:
        """All or nothing for what happens inside; `before_commit` may still refuse."""
        if self.is_open:
            raise DatabaseError("A transaction is open already.", hint="end it before the next")
        self._restore()
        self._pending = self._opening()
        self.is_open = True
        try:
            yield
            before_commit()
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self.is_open = False
            self._pending = []

    def _restore(self) -> None:
        """Takes back what the statements before may have set. Not in the transaction: that may be rolled back."""
        if self._strayed:
            again = [] if self._proxied else [settings.setting(self._values)]
            self._session.send(";\n".join(["RESET SESSION AUTHORIZATION", "RESET ALL", *again]))
            self._strayed = False

    def _opening(self) -> list[str]:
        return [_BEGIN, *([settings.setting(self._values, local=True)] if self._proxied else [])]

    def _commit(self) -> None:
        if _BEGIN not in self._pending:
            self._must_be_open(None)
        if self._last_of(*self._taken(), "COMMIT").statusmessage != "COMMIT":
            raise StatementFailed("The server rolled the transaction back.", statement="COMMIT")

    def _roll_back(self) -> None:
        with suppress(DatabaseError):  # what went wrong first is what is told
            if self._session.in_transaction:
                self._session.send("ROLLBACK")
            elif self._session.is_busy:
                self._session.close()

    def _must_be_open(self, sql: str | None, ended: bool = False) -> None:
        if not ended and self._session.in_good_transaction:
            return
        if ended or not self._session.in_transaction:
            raise StatementFailed(
                "The transaction of the migration was ended in the middle of it.",
                hint="leave BEGIN, COMMIT and ROLLBACK to Toasty, and look at what was done so far",
                statement=sql,
            )
        if self._session.has_failed:
            raise StatementFailed(
                "A statement failed and its error was caught, but PostgreSQL ignores all that follows.",
                hint="put what may fail into `with live.connection.transaction():`",
                statement=sql,
            )

    # The user's functions.

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A user's function runs inside; it may not end the transaction, nor the connection.

        A savepoint that is gone afterwards tells of a transaction that was ended and begun again.
        """
        self.flush()
        self._strayed = True
        if self.is_open:
            self._session.send(f"SAVEPOINT {_SAVEPOINT}")
        with self._session.boundary():
            yield
        self._must_be_connected()
        if self.is_open:
            self._must_be_open(None)
            self._release()

    def _release(self) -> None:
        try:
            self._session.send(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        except StatementFailed:
            self._must_be_open(None, ended=True)

    def _must_be_connected(self) -> None:
        if not self._session.is_open:
            raise DatabaseError(
                "The function closed the connection, or the server did.",
                where=str(self._session.url),
                hint="leave the connection open: Toasty closes it",
            )


def _ends(sql: str) -> bool:
    return sql.lstrip()[:9].upper().startswith(_MAY_END) and re.match(_ENDS, sql) is not None


def _strays(sql: str) -> bool:
    words = sql.lower()
    return ("set" in words or "discard" in words) and re.search(_STRAYS, sql) is not None


def _not_yours(sql: str) -> StatementFailed:
    return StatementFailed(
        "A migration cannot begin or end a transaction: it commits together with its journal row.",
        hint="leave BEGIN, COMMIT and ROLLBACK out; SAVEPOINT and RELEASE are free to use",
        statement=sql,
    )
