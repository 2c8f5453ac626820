"""MySQL and MariaDB pass the kit."""

from __future__ import annotations

from contextlib import closing
from typing import ClassVar

import pymysql
import pytest
from pymysql.cursors import DictCursor

from server_suite import ServerSuite, version_of
from toasty_core.testing.names import HOSTILE
from toasty_core.url import Url
from toasty_mysql import MariadbBackend, MysqlBackend

LONG = max(HOSTILE, key=len)
OUTSIDE = next(name for name in HOSTILE if max(name) > "\uffff")


class Mysql(ServerSuite):
    collation = "utf8mb4_bin"
    refused_names: ClassVar = {
        LONG: "tables and columns have at most 64 characters",
        OUTSIDE: "names are kept in three bytes a character",
    }

    def read_rows(self, url, table):
        place = Url.parse(url)
        connection = pymysql.connect(
            host=place.host,
            port=place.port,
            user=place.username,
            password=place.password or "",
            database=place.database,
            cursorclass=DictCursor,
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM `{}`".format(table.replace("`", "``")))
            return cursor.fetchall()


class TestMariadb(Mysql):
    @pytest.fixture
    def server(self, mariadb):
        return mariadb

    @pytest.fixture
    def backend(self, server):
        return MariadbBackend(version=version_of(server))


class TestMysql(Mysql):
    @pytest.fixture
    def server(self, mysql):
        return mysql

    @pytest.fixture
    def backend(self, server):
        return MysqlBackend(version=version_of(server))
