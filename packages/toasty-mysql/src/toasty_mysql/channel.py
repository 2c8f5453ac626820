"""The session on the server: SQL, transactions, functions of the user's, and Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import Statement
from toasty_core.errors import DatabaseError, LockNotAvailable, StatementFailed
from toasty_mysql.collations import TextDefaults, plain_charset, plain_collation
from toasty_mysql.commits import commits, ends_transaction
from toasty_mysql.connection import Place, open_place
from toasty_mysql.driver import (
    IN_TRANSACTION,
    Connection,
    Cursor,
    MySQLError,
    allow_several,
    bound,
)
from toasty_mysql.errors import DRIVER_ERRORS, shown, too_long, translated
from toasty_mysql.flavour import ServerVersion, parse_version
from toasty_mysql.session import set_session
from toasty_sql.database import SqlDatabase

if TYPE_CHECKING:
    from toasty_mysql.live import MysqlLive, Values

_GREETING = (
    "SELECT VERSION(), DATABASE(), CURRENT_USER(), CONNECTION_ID(), @@lower_case_table_names,"
    " @@max_allowed_packet, @@character_set_database, @@collation_database"
)


class Channel(SqlDatabase):
    """One session, in autocommit, whatever it is used for. `server` is what answers.

    It is never made anew by itself: with it the lock would be gone.
    """

    placeholder: ClassVar[str] = "%s"

    def __init__(self, place: Place) -> None:
        self.url = place.url
        self._place = place
        self._transacting = False
        self._token: str | None = None
        self._account = ""
        self._longest = 1 << 20
        self._open()

    # The connection.

    def _open(self) -> None:
        self._waiting = ""
        self._joins = False
        self._connection: Connection = open_place(self._place)
        self._cursor: Cursor = self._connection.cursor()
        try:
            row = self.fetch(_GREETING)[0]
            text, database, self._account, self._id, folds, self._longest, *texts = row
            self.server: ServerVersion = parse_version(text)
            self._texts = TextDefaults(plain_charset(texts[0]), plain_collation(texts[1]))
            self._database: str = database.lower() if folds else database
            self.run(set_session(self.server.flavour))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection; again does nothing."""
        with suppress(
            DatabaseError
        ):  # a run has sent it before; this is for one that an error ended
            self.flush()
        with suppress(MySQLError):
            self._connection.close()

    def version(self) -> str:
        """The server's product and version."""
        return str(self.server)

    # SQL.

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes one statement. Raises StatementFailed."""
        if self._transacting:
            self._must_not_commit(sql)
        try:
            self._send(bound(sql, parameters, self._connection.escape))
            while self._cursor.nextset():  # what fails behind a first result shows itself only here
                continue
        except DRIVER_ERRORS as error:
            raise self._failed(error, sql) from error
        self._must_still_be_open(sql)

    def query(
        self, sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
        """The names of the columns and all rows of a query. Raises StatementFailed."""
        try:
            self._send(bound(sql, parameters, self._connection.escape))
        except DRIVER_ERRORS as error:
            raise self._failed(error, sql) from error
        return [column[0] for column in self._cursor.description or ()], [*self._cursor.fetchall()]

    def join_messages(self) -> None:
        """From now on `send_later` saves messages, and the server takes several statements in one."""
        allow_several(self._connection, True)
        self._joins = True

    def send_later(self, sql: str) -> None:
        """Sends SQL of ours in one message with what follows, which is not executed when this fails."""
        self.flush()
        self._waiting = sql
        if not self._joins:
            self.flush()

    def take_back(self, sql: str) -> bool:
        """Does not send what `send_later` was given. False when it was sent already."""
        if not self._waiting or self._waiting != sql:
            return False
        self._waiting = ""
        return True

    def flush(self) -> None:
        """Sends what waits for a message to go with."""
        if self._waiting:
            sql, self._waiting = self._waiting, ""
            self.run(sql)

    def _send(self, sql: str) -> None:
        waiting = self._waiting
        if waiting and self._is_too_long(waiting + sql):
            self.flush()
            waiting = ""
        if self._is_too_long(sql):
            raise too_long(sql, self._longest, self.url)  # the server would cut the connection
        self._waiting = ""
        try:
            if waiting:
                self._send_behind(waiting, sql)
            else:
                self._cursor.execute(sql)
        except KeyboardInterrupt:
            self._stop()
            raise

    def _send_behind(self, ahead: str, sql: str) -> None:
        """Sends two statements in one message. The cursor has the answer to the second one."""
        try:
            self._cursor.execute(f"{ahead};\n{sql}")
        except DRIVER_ERRORS as error:
            raise self._failed(error, ahead) from error
        self._cursor.nextset()

    def _is_too_long(self, sql: str) -> bool:
        return len(sql) * 4 >= self._longest and len(sql.encode()) >= self._longest

    def _failed(self, error: Exception, sql: str) -> DatabaseError:
        return translated(error, self.url, sql, self._account)

    # Transactions.

    @contextmanager
    def transaction(self, statements: Sequence[Statement] = ()) -> Iterator[None]:
        """All or nothing for what happens to rows inside.

        With `statements` of which one commits by itself there is no such thing, and no transaction is begun.
        """
        if self._transacting:
            raise DatabaseError("A transaction is open already.", hint="end it before the next")
        if not all(statement.transactional for statement in statements):
            yield
            return
        self.run("START TRANSACTION")
        self._transacting = True
        try:
            yield
            self._must_still_be_open()
            self._transacting = False
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._transacting = False

    def _roll_back(self) -> None:
        self._transacting = False
        with suppress(DatabaseError):  # what went wrong first is what is told
            self.run("ROLLBACK")

    def _must_not_commit(self, sql: str) -> None:
        if ends_transaction(sql):
            raise StatementFailed(
                "A migration cannot begin or end a transaction: rows and the journal's row commit together.",
                hint="leave BEGIN, COMMIT and ROLLBACK out; SAVEPOINT and RELEASE are free to use",
                statement=shown(sql, self.url),
            )
        if commits(sql):
            raise StatementFailed(
                f"{self.server.flavour.value} commits what was done to rows before this statement.",
                hint="do it with db.execute_sql or the other operations, and outside of a function",
                statement=shown(sql, self.url),
            )

    def _must_still_be_open(self, sql: str = "") -> None:
        if self._transacting and not self._connection.server_status & IN_TRANSACTION:
            raise StatementFailed(
                "The transaction of the migration was ended in the middle of it.",
                hint="leave out what commits, such as DDL in a procedure, and look at what was done so far",
                statement=shown(sql, self.url),
            )

    # Ctrl-C.

    def _stop(self) -> None:
        """Ends what the server still does for us after Ctrl-C, which has cut the connection.

        The new connection can only read: it says where things stand, and has no lock.
        """
        if self._connection.open:
            return
        ours, self._transacting = self._id, False
        with suppress(DatabaseError):
            self._open()
            self._token = None
            with suppress(DatabaseError):
                self.run(f"KILL {ours:d}")
            self.run("SET SESSION TRANSACTION READ ONLY")

    # Statements that are MySQL's own, and functions.

    def call(self, function: Callable[[Any], object]) -> None:
        """Calls a function of the user's, which cannot end the transaction."""
        try:
            with self._for_users():
                function(self.live())
        except KeyboardInterrupt:
            self._stop()
            raise
        except LockNotAvailable as error:  # a statement is tried again, a function never
            raise StatementFailed(error.what, hint=error.hint, statement=error.statement) from error
        self._must_still_be_open()

    @contextmanager
    def _for_users(self) -> Iterator[None]:
        """Translates only what the driver itself raises: a function of the user's may raise what it likes.

        Several statements in one message are for Toasty itself: the driver hides the errors of all but the first.
        """
        self.flush()
        try:
            if self._joins:
                allow_several(self._connection, False)
            yield
            if self._joins and self._connection.open:
                allow_several(self._connection, True)
        except MySQLError as error:
            self._joins = False  # the server was left with one statement in a message
            raise self._failed(error, "") from error
        except BaseException:
            self._joins = False
            raise

    def execute_other(self, statement: Statement) -> None:
        """DDL that looks up a name first."""
        from toasty_mysql.statements import LiveDdl

        if isinstance(statement, LiveDdl):
            statement.run(self.fetch, self.run)
        else:
            super().execute_other(statement)

    def live(self) -> MysqlLive:
        """The handle for `db.run(function)`."""
        from toasty_mysql.live import MysqlLive

        return MysqlLive(self._connection, self._send_for_user)

    def _send_for_user(self, sql: str, parameters: Values) -> Cursor:
        if self._transacting:
            self._must_not_commit(sql)
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, parameters or None)
        except DRIVER_ERRORS as error:
            raise self._failed(error, sql) from error
        self._must_still_be_open(sql)
        return cursor
