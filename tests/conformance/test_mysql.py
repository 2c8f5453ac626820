"""MySQL and MariaDB pass the kit."""

from __future__ import annotations

from contextlib import closing

import pymysql
import pytest
from pymysql.cursors import DictCursor

from server_suite import ServerSuite, version_of
from toasty_core.url import Url
from toasty_mysql import MariadbBackend, MysqlBackend


class Mysql(ServerSuite):
    collation = "utf8mb4_bin"

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
