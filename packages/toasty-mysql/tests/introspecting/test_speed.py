"""A thousand tables are read in less than three seconds, by a handful of questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from toasty_mysql.database import MysqlDatabase
from toasty_mysql.introspect import introspect

TABLES = 1000
COLUMNS = """
    id INT AUTO_INCREMENT PRIMARY KEY, parent_id INT, name VARCHAR(50) NOT NULL DEFAULT 'x', email VARCHAR(200),
    settings JSON, created DATETIME DEFAULT NOW(), amount DECIMAL(10, 2), kind ENUM('a', 'b')
"""


def test_a_thousand_tables(database: MysqlDatabase) -> None:
    for number in range(TABLES):
        parent = f", FOREIGN KEY (parent_id) REFERENCES t{number - 1} (id)" if number else ""
        database.run(
            f"CREATE TABLE t{number} ({COLUMNS}, UNIQUE (email), KEY ix (name, kind),"
            f" CONSTRAINT ck{number} CHECK (amount > 0){parent})"
        )
    asked: list[str] = []

    def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return database.fetch(sql, parameters)

    start = time.perf_counter()
    schema = introspect(fetch, *database.server)
    took = time.perf_counter() - start

    assert len(schema.tables) == TABLES
    assert len(asked) in (7, 8)
    assert took < 3
