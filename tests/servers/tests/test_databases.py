"""The fixtures that tests of the packages use, on every server that is there."""

from __future__ import annotations

from typing import Any

import pytest

from toasty_testservers.kinds import all_kinds
from toasty_testservers.kinds.mysql import MYSQL
from toasty_testservers.kinds.postgres import POSTGRES18
from toasty_testservers.server import Server

NAMES = ("postgres15", "postgres18", "mariadb", "mysql")


@pytest.fixture(params=NAMES)
def server(request) -> Server:
    return request.getfixturevalue(request.param)


def query(server: Server, database: str, sql: str) -> list[tuple[Any, ...]]:
    """Rows that a database answers, over a connection of its own."""
    if server.scheme == "postgresql":
        import psycopg

        with psycopg.connect(server.url(database)) as connection:
            return connection.execute(sql).fetchall()
    import pymysql

    place = {"host": server.host, "port": server.port, "user": server.user}
    with pymysql.connect(**place, database=database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def database_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_the_kinds_are_found_in_their_folder():
    assert set(NAMES) <= set(all_kinds())


def test_postgres_url_is_an_empty_database_on_each_version(postgres_url, request):
    kind = request.node.callspec.params["postgres_url"]
    server = Server.at(kind.name, postgres_url, 0)
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"

    assert query(server, database_of(postgres_url), tables) == [(0,)]
    (row,) = query(server, database_of(postgres_url), "SHOW server_version")
    assert row[0].startswith(f"{kind.major}.")


def test_mysql_url_is_an_empty_database_of_full_unicode(mysql_url, request):
    kind = request.node.callspec.params["mysql_url"]
    server, database = Server.at(kind.name, mysql_url, 0), database_of(mysql_url)

    assert query(server, database, "SHOW TABLES") == []
    assert query(server, database, "SELECT @@character_set_database") == [("utf8mb4",)]
    (row,) = query(server, database, "SELECT version()")
    assert ("MariaDB" in row[0]) == (kind is not MYSQL)
    assert mysql_url.startswith("mysql://" if kind is MYSQL else "mariadb://")


def test_a_server_takes_many_connections(server):
    ask = "SHOW max_connections" if server.scheme == "postgresql" else "SELECT @@max_connections"
    database = "postgres" if server.scheme == "postgresql" else "mysql"

    assert int(query(server, database, ask)[0][0]) == 300


def test_a_database_is_dropped_while_a_client_is_connected(postgres18, request):
    import psycopg

    from toasty_testservers.fixtures import SERVERS

    servers = request.config.stash[SERVERS]
    with servers.database(postgres18) as url:
        left_open = psycopg.connect(url)

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    left_open.close()


@pytest.mark.parametrize("kind", NAMES)
def test_an_own_server_can_be_killed_stopped_and_started_on_the_same_data(own_server, kind):
    own = own_server(kind)
    url = own.create_database("kept")

    own.kill()
    with pytest.raises(OSError, match="refused"):
        knock(own)
    own.start()
    own.stop()
    with pytest.raises(OSError, match="refused"):
        knock(own)
    own.start()

    assert own.url("kept") == url
    with pytest.raises(Exception, match="exists"):
        own.create_database("kept")


def knock(server) -> None:
    import socket

    socket.create_connection((server.host, server.port), timeout=5).close()


def test_a_kill_ends_sessions_that_are_busy(own_server):
    import psycopg

    from toasty_testservers.processes import children, is_alive

    own = own_server("postgres18")
    busy = psycopg.connect(own.url("postgres"))
    family = children(own.pid)
    assert busy.info.backend_pid in family

    own.kill()

    assert [pid for pid in family if is_alive(pid)] == []
    busy.close()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ada@db:5433/x", ("postgresql", "db", 5433, "ada", "")),
        ("postgresql://ada@db", ("postgresql", "db", 5432, "ada", "")),
        ("postgresql+psycopg://a%40b:p%2Fw@db/", ("postgresql", "db", 5432, "a@b", "p/w")),
    ],
)
def test_the_environment_may_name_an_existing_server(monkeypatch, url, place):
    monkeypatch.setenv("TOASTY_TEST_POSTGRES18", url)

    server = POSTGRES18.existing()

    assert server is not None
    assert (server.scheme, server.host, server.port, server.user, server.password) == place


def test_a_url_holds_what_its_server_was_named_with(monkeypatch):
    monkeypatch.setenv("TOASTY_TEST_POSTGRES18", "postgresql://a%40b:p%2Fw@db:1/")
    server = POSTGRES18.existing()

    assert server is not None
    assert server.url("x") == "postgresql://a%40b:p%2Fw@db:1/x"
    assert "p/w" not in repr(server)
