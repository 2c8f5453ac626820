"""What one connection to an SQL database does in the same way everywhere.

A backend gives two primitives, `fetch` and `run`, and adds what only its database has.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from toasty_core.backends import Database, Violations
from toasty_sql.journal import (
    CREATE_JOURNAL,
    READ_JOURNAL,
    delete_journal_sql,
    entry_values,
    read_entries,
    write_journal_sql,
)

if TYPE_CHECKING:
    from toasty_core.backends import DataCheck, JournalEntry, Statement
    from toasty_core.operations.base import Operation
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_sql.statements import AssertStatement, SqlStatement


class SqlDatabase(Database):
    """One connection to an SQL database.

    `placeholder` is the driver's mark for a value. A backend with statements of its own overrides
    `execute_other`.
    """

    placeholder: ClassVar[str] = "?"

    @abstractmethod
    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes SQL that returns no rows. Raises StatementFailed, and no driver's exception."""

    @abstractmethod
    def query(
        self, sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
        """The names of the columns and all rows of a query. Raises StatementFailed. Changes nothing."""

    @abstractmethod
    def has_journal(self) -> bool:
        """Is there a table `toasty_migrations`? Changes nothing."""

    def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.query(sql, parameters)[1]

    # Statements.

    def execute(self, statement: Statement) -> None:
        """Sends one statement. Raises StatementFailed."""
        from toasty_sql.statements import AssertStatement, CallStatement, SqlStatement

        if isinstance(statement, SqlStatement):
            self._run(statement)
            return
        from toasty_sql.transform import TransformStatement

        match statement:
            case AssertStatement():
                self._must_find_nothing(statement)
            case TransformStatement():
                statement.run(self._fetch, self._run)
            case CallStatement():
                self.call(statement.function)
            case _:
                self.execute_other(statement)

    def call(self, function: Any) -> None:
        """Calls a function of the user's with the live database."""
        function(self.live())

    def execute_other(self, statement: Statement) -> None:
        """Executes a statement that only this database has."""
        from toasty_core.errors import Unsupported

        kind = type(statement).__name__
        raise Unsupported(f"{self.backend.name} cannot execute a {kind}", where=str(statement))

    def _run(self, statement: SqlStatement) -> None:
        self.run(statement.sql, statement.parameters)

    def _fetch(self, statement: SqlStatement) -> list[tuple[Any, ...]]:
        return self.fetch(statement.sql, statement.parameters)

    def _must_find_nothing(self, statement: AssertStatement) -> None:
        from toasty_core.errors import CheckFailed

        rows = self.fetch(statement.sql)
        if rows:
            found = [str(row[0]) for row in rows[:5]]
            more = f"; {len(rows) - 5} more" if len(rows) > 5 else ""
            raise CheckFailed(statement.message + more, findings=found)

    # Questions.

    def violations(self, check: DataCheck) -> Violations:
        """How many rows fail the check, and up to five of them."""
        from toasty_sql.statements import QueryStatement

        query = check.query
        if not isinstance(query, QueryStatement):
            raise TypeError(f"a check on {self.backend.name} is a QueryStatement, not {query!r}")
        count = self.fetch(query.count)[0][0]
        examples = self.fetch(query.examples)[:5] if count else []
        return Violations(count, tuple(str(row[0]) for row in examples))

    def has_landed(self, operation: Operation, before: SchemaSnapshot) -> bool | None:
        """Did the operation take effect? None when it changes nothing that the catalog shows."""
        from toasty_sql.landed import landed

        return landed(operation, before, self.introspect(), self.normalised)

    # The journal.

    def create_journal(self) -> None:
        """Makes the journal where it is missing."""
        self.run(CREATE_JOURNAL)

    def read_journal(self) -> list[JournalEntry]:
        """All rows, by version; empty when there is no journal yet. Changes nothing."""
        return read_entries(*self.query(READ_JOURNAL)) if self.has_journal() else []

    def write_journal(self, entry: JournalEntry) -> None:
        """Writes the row of this version, new or in place of the old one."""
        self.run(write_journal_sql(self.placeholder), entry_values(entry))

    def delete_journal(self, version: str) -> None:
        """Takes the row of this version away."""
        self.run(delete_journal_sql(self.placeholder), (version,))
