"""What a server makes of SQL, as introspection reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toasty_core.schema import SchemaSnapshot, TableDef
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.flavour import Flavour
from toasty_mysql.introspect import introspect


@pytest.fixture
def flavour(database: MysqlDatabase) -> Flavour:
    """Which of the two answers."""
    return database.server.flavour


@pytest.fixture
def read_all(database: MysqlDatabase) -> Callable[..., SchemaSnapshot]:
    """Executes SQL and returns the schema that there is then."""

    def read(*statements: str) -> SchemaSnapshot:
        for sql in statements:
            database.run(sql)
        return introspect(database.fetch, *database.server)

    return read


@pytest.fixture
def read(read_all: Callable[..., SchemaSnapshot]) -> Callable[..., TableDef]:
    """Executes SQL and returns the table `t`."""
    return lambda *statements: read_all(*statements).table("t")
