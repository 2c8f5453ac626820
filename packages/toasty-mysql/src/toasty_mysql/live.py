"""What `db.run(function)` gets on MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from toasty_core.backends import Live
from toasty_mysql.driver import Connection, Cursor

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]


class MysqlLive(Live):
    """The live database in the middle of a migration.

    ```python
    def number_the_users(live):
        for (id_,) in live.execute("SELECT id FROM users ORDER BY created").fetchall():
            live.execute("UPDATE users SET number = %s WHERE id = %s", (next(numbers), id_))
    ```

    What it does to rows is part of the migration's transaction, and goes when the migration fails. A statement
    that changes the schema would commit all that, and is refused: there are operations for it.
    """

    def __init__(self, connection: Connection, send: Callable[[str, Values], Cursor]) -> None:
        super().__init__("mysql")
        self.connection = connection
        """PyMySQL's connection. Toasty begins and ends its transactions: do not commit."""
        self._send = send

    def execute(self, sql: str, parameters: Values = ()) -> Cursor:
        """Executes one statement and returns its cursor; `%s` or `%(name)s` stand for values.

        Raises StatementFailed.
        """
        return self._send(sql, parameters)
