"""PostgreSQL passes the kit, the oldest and the newest that is supported."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from server_suite import ServerSuite, version_of
from toasty_core.testing.names import HOSTILE
from toasty_postgres import PostgresBackend
from toasty_postgres.names import stored_name

LONG = {stored_name(name): name for name in HOSTILE}
"""Names that are too long for PostgreSQL, by what is kept of them."""


class Postgres(ServerSuite):
    collation = "C"

    @pytest.fixture
    def backend(self, server):
        return PostgresBackend(version=version_of(server))

    def read_rows(self, url, table):
        with psycopg.connect(url, row_factory=dict_row) as connection:
            found = connection.execute(sql.SQL("SELECT * FROM {}").format(_name(connection, table)))
            return [{LONG.get(name, name): row[name] for name in row} for row in found]


def _name(connection, table):
    """The table's name, with its schema where that is one, as the server keeps it."""
    schema, dot, name = table.partition(".")
    known = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    parts = (schema, name) if dot and known is not None else (table,)
    return sql.Identifier(*(stored_name(part) for part in parts))


class TestPostgres15(Postgres):
    @pytest.fixture
    def server(self, postgres15):
        return postgres15


class TestPostgres18(Postgres):
    @pytest.fixture
    def server(self, postgres18):
        return postgres18
