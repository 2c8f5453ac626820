"""What `db.run(function)` gets on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from toasty_core.backends import Live
from toasty_core.url import Url
from toasty_postgres.errors import DRIVER_ERRORS, translated


class PostgresLive(Live):
    """The live database in the middle of a migration.

    ```python
    def number_the_users(live):
        for (id_,) in live.fetch("SELECT id FROM users ORDER BY created"):
            live.execute("UPDATE users SET number = %s WHERE id = %s", (next(numbers), id_))
    ```

    Whatever it does is part of the migration's transaction, and goes when the migration fails. What may fail
    and be caught belongs into `with live.connection.transaction():`, which is a savepoint here.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], url: Url) -> None:
        super().__init__("postgresql")
        self.connection = connection
        """The psycopg connection itself. Toasty begins and ends its transactions: do not commit."""
        self._url = url

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        """Executes SQL and returns its cursor; values stand as %s or %(name)s. Raises StatementFailed."""
        try:
            return self.connection.execute(sql, parameters or None)
        except DRIVER_ERRORS as error:
            lost = self.connection.closed or self.connection.broken
            raise translated(error, self._url, statement=sql, lost=lost) from error

    def fetch(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StatementFailed."""
        return self.execute(sql, parameters).fetchall()
