"""PostgreSQL passes the kit, the oldest and the newest that is supported."""

from __future__ import annotations

from typing import ClassVar

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from server_suite import ServerSuite, version_of
from toasty_core.testing.names import HOSTILE
from toasty_postgres import PostgresBackend

LONG = max(HOSTILE, key=len)


class Postgres(ServerSuite):
    collation = "C"
    refused_names: ClassVar = {LONG: "tables and columns have at most 63 bytes"}

    @pytest.fixture
    def backend(self, server):
        return PostgresBackend(version=version_of(server))

    def read_rows(self, url, table):
        with psycopg.connect(url, row_factory=dict_row) as connection:
            name = _name(connection, table)
            return connection.execute(sql.SQL("SELECT * FROM {}").format(name)).fetchall()


def _name(connection, table):
    """The table's name, with its schema where that is one."""
    schema, dot, name = table.partition(".")
    known = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    parts = (schema, name) if dot and known is not None else (table,)
    return sql.Identifier(*parts)


class TestPostgres15(Postgres):
    @pytest.fixture
    def server(self, postgres15):
        return postgres15


class TestPostgres18(Postgres):
    @pytest.fixture
    def server(self, postgres18):
        return postgres18
