"""Servers that cannot be reached or refuse us: one clear error with what to do, never with the password."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator

import psycopg
import pytest

from server_shop import ADD_AGE, ENCODED, PEOPLE, SECRET, ServerShop
from shop import Shop
from toasty_core.url import Url
from toasty_testservers import OwnServer, Server
from toasty_testservers.fixtures import SERVERS, own_one

COMMANDS = ("migrate:up", "migrate:down", "migrate:status", "migrate:plan", "schema:drift")


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port at which nobody listens, and nobody will while the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def project(shop: Shop) -> ServerShop:
    """A project with a migration, wherever its database is."""
    store = ServerShop(shop)
    store.migration(PEOPLE)
    return store


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_no_such_host(project: ServerShop, scheme: str) -> None:
    outcome = project.up(url=f"{scheme}://me:{ENCODED}@no.such.host.invalid/app")

    assert outcome.is_one_clear_error("no host 'no.such.host.invalid'", "where:", "hint:")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_no_server_at_the_port(project: ServerShop, scheme: str, free_port: int) -> None:
    """Every command that needs the database says the same."""
    for command in COMMANDS:
        url = f"{scheme}://me:{ENCODED}@127.0.0.1:{free_port}/app"
        outcome = project.shop.toasty(command, url=url)

        assert outcome.is_one_clear_error(f"127.0.0.1:{free_port}", "hint: "), command
        assert SECRET not in outcome.err
        assert ENCODED not in outcome.err


def test_the_port_of_another_kind_of_server(
    project: ServerShop, postgres18: Server, mariadb: Server
) -> None:
    """PostgreSQL waits for us to speak, MariaDB speaks first: neither keeps us waiting for ever."""
    for scheme, port in (("postgresql", mariadb.port), ("mysql", postgres18.port)):
        url = f"{scheme}://me:{ENCODED}@127.0.0.1:{port}/app?connect_timeout=1"
        outcome = project.up(url=url)

        assert outcome.is_one_clear_error(f"127.0.0.1:{port}", "check"), scheme


def test_no_such_database(store: ServerShop) -> None:
    """The hint is a command that makes it; then all goes on."""
    store.migration(PEOPLE)
    missing = f"{store.database}_missing"
    url = store.url.replace(store.database, missing)

    outcome = store.up(url=url)

    assert outcome.is_one_clear_error(f"no database '{missing}'")
    hint = outcome.err.partition("hint: ")[2].strip()
    command = hint[max(hint.find("createdb"), hint.find("CREATE DATABASE")) :]
    try:
        _follow(store, command)
        assert store.up(url=url).code == 0
    finally:
        store.query(f"DROP DATABASE {missing}")


def _follow(store: ServerShop, command: str) -> None:
    if not store.is_postgres:
        store.query(command)
        return
    program, *arguments = shlex.split(command)
    assert program == "createdb"
    place = Url.parse(store.url)
    assert arguments[:6] == ["-h", place.host, "-p", str(place.port), "-U", place.username]
    store.query(f'CREATE DATABASE "{arguments[-1]}"')


# Passwords and TLS.


@pytest.fixture(scope="module")
def guarded(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A PostgreSQL server that asks `me` for a password, and `tls_user` for TLS, which it has not."""
    servers = request.config.stash[SERVERS]
    kind = servers.kinds["postgres18"]
    server = own_one(request.config, kind)
    lines = ("host all me all scram-sha-256", "hostssl all tls_user all trust")
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE me LOGIN SUPERUSER PASSWORD '{SECRET}'")
        admin.execute("CREATE ROLE tls_user LOGIN")
        ((file,),) = admin.execute("SHOW hba_file").fetchall()
        values = ", ".join(f"('{line}')" for line in (*lines, "host all postgres all trust"))
        admin.execute(f"COPY (VALUES {values}) TO '{file}'")
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.3)")
    yield server
    server.discard()


def test_a_wrong_password_on_postgresql(project: ServerShop, guarded: OwnServer) -> None:
    at = f"{guarded.host}:{guarded.port}/postgres"

    wrong = project.up(url=f"postgresql://me:{ENCODED}x@{at}")
    none = project.up(url=f"postgresql://me@{at}")
    in_query = project.up(url=f"postgresql://me@{at}?password={ENCODED}x")

    assert wrong.is_one_clear_error("refuses the password of user 'me'", "me:***@", "%40")
    assert none.is_one_clear_error("the URL has none", "PGPASSWORD")
    assert in_query.is_one_clear_error("refuses the password of user 'me'")
    assert project.up(url=f"postgresql://me:{ENCODED}@{at}").code == 0


def test_a_server_that_wants_tls_on_postgresql(project: ServerShop, guarded: OwnServer) -> None:
    url = f"postgresql://tls_user:{ENCODED}@{guarded.host}:{guarded.port}/postgres"

    outcome = project.up(url=url)

    assert outcome.is_one_clear_error("without TLS", "?sslmode=require")


def test_tls_that_postgresql_has_not(project: ServerShop, postgres18: Server) -> None:
    outcome = project.up(url=f"{postgres18.url('postgres')}?sslmode=require")

    assert outcome.is_one_clear_error("The server has no TLS", "?sslmode=disable")


def test_tls_that_mariadb_has_not(project: ServerShop, mariadb: Server) -> None:
    outcome = project.up(url=f"{mariadb.url('mysql')}?ssl-mode=REQUIRED")

    assert outcome.is_one_clear_error("speaks no TLS", "?ssl-mode=PREFERRED")


@pytest.fixture
def user(mysql_store: ServerShop) -> Iterator[str]:
    """A user with a password who may do all in the database: the beginning of its URL."""
    name = mysql_store.database[-30:]
    mysql_store.query(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{SECRET}'")
    mysql_store.query(f"GRANT ALL ON `{mysql_store.database}`.* TO '{name}'@'%'")
    yield name
    mysql_store.query(f"DROP USER '{name}'@'%'")


def test_a_wrong_password_on_mysql(mysql_store: ServerShop, user: str) -> None:
    mysql_store.migration(PEOPLE)
    at = mysql_store.url.partition("@")[2]

    wrong = mysql_store.up(url=f"mysql://{user}:{ENCODED}x@{at}")
    none = mysql_store.up(url=f"mysql://{user}@{at}")
    in_query = mysql_store.up(url=f"mysql://{user}@{at}?password={ENCODED}x")

    assert wrong.is_one_clear_error(f"user '{user}' with this password", ":***@", "%40")
    assert none.is_one_clear_error(f"user '{user}' with no password")
    assert in_query.is_one_clear_error(f"user '{user}' with this password")
    mysql_store.goes_on(url=f"mysql://{user}:{ENCODED}@{at}")


def test_a_user_who_must_come_with_tls_on_mysql(mysql_store: ServerShop, user: str) -> None:
    """The servers say no more than that they do not let him in, so the hint names both reasons."""
    mysql_store.migration(PEOPLE)
    mysql_store.query(f"ALTER USER '{user}'@'%' REQUIRE SSL")
    at = mysql_store.url.partition("@")[2]

    outcome = mysql_store.up(url=f"mysql://{user}:{ENCODED}@{at}?ssl-mode=DISABLED")

    assert outcome.is_one_clear_error(f"user '{user}'", "?ssl-mode=REQUIRED")


def test_the_password_is_nowhere_when_the_connection_is_lost(
    project: ServerShop, guarded: OwnServer
) -> None:
    """Neither in the error, which names the URL, nor in the journal."""
    url = f"postgresql://me:{ENCODED}@{guarded.host}:{guarded.port}/postgres"
    project.migration('db.execute_sql("SELECT pg_terminate_backend(pg_backend_pid())")')

    outcome = project.up(url=url)

    assert outcome.is_one_clear_error("connection to the server was lost", "me:***@")
    status = project.shop.toasty("migrate:status", "--json", url=url)
    assert SECRET not in status.out + status.err


def test_the_same_on_mysql(mysql_store: ServerShop, user: str) -> None:
    url = f"mysql://{user}:{ENCODED}@{mysql_store.url.partition('@')[2]}"
    mysql_store.migration(f'{PEOPLE}db.execute_sql("/* {SECRET} */ KILL CONNECTION_ID()")')

    outcome = mysql_store.up(url=url)

    assert outcome.is_one_clear_error("run the command again")  # MySQL says "interrupted" first
    rows = mysql_store.query("SELECT state, statement, error FROM toasty_migrations")
    assert rows[0][0] == "running"
    assert SECRET not in str(rows)


# Rights.


@pytest.fixture
def limited(store: ServerShop) -> Iterator[ServerShop]:
    """The same project for a user with hardly any rights, and `store.session()` for the administrator."""
    name = store.database[-30:]
    if store.is_postgres:
        store.query(f'CREATE ROLE "{name}" LOGIN')
    else:
        store.query(f"CREATE USER '{name}'@'%'")
        store.query(f"GRANT SELECT ON `{store.database}`.* TO '{name}'@'%'")
    yield store
    if store.is_postgres:
        store.query(f'REASSIGN OWNED BY "{name}" TO CURRENT_USER')
        store.query(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')
    else:
        store.query(f"DROP USER '{name}'@'%'")


def url_of_limited(store: ServerShop) -> str:
    scheme, _, rest = store.url.partition("://")
    return f"{scheme}://{store.database[-30:]}@{rest.partition('@')[2]}"


def grant_of(hint: str) -> str:
    """The GRANT that a hint tells to say."""
    return hint[hint.index("GRANT") :].partition(";")[0].splitlines()[0].partition("; run")[0]


def test_no_right_to_make_the_journal(limited: ServerShop) -> None:
    """The GRANT in the hint is what is needed for the journal; status is seen without it."""
    limited.migration(PEOPLE)
    url = url_of_limited(limited)

    outcome = limited.up(url=url)

    assert outcome.is_one_clear_error("denied", "GRANT", limited.database[-30:])
    status = limited.shop.toasty("migrate:status", url=url)
    assert "pending" in status.out
    limited.query(grant_of(outcome.err))
    if not limited.is_postgres:
        limited.query(f"GRANT ALL ON `{limited.database}`.* TO '{limited.database[-30:]}'@'%'")
    limited.goes_on(url=url)


def test_rights_that_end_half_way(limited: ServerShop) -> None:
    """PostgreSQL keeps nothing of the migration, MySQL what was done and where it stopped; both go on."""
    limited.prepare()
    name, url = limited.database[-30:], url_of_limited(limited)
    _give_some(limited, name)
    path = limited.migration(f'db.execute_sql("CREATE TABLE notes (id int)")\n{ADD_AGE}')

    outcome = limited.up(url=url)

    assert outcome.is_one_clear_error(limited.line_of(path, "add_column"), "GRANT", name, "people")
    if limited.is_postgres:
        assert limited.query("SELECT to_regclass('notes')") == [(None,)]
        limited.query(f'ALTER TABLE people OWNER TO "{name}"')
    else:
        assert limited.states() == ["applied", "failed"]
        limited.query(grant_of(outcome.err))
    again = limited.up(url=url)
    assert again.code == 0, again
    assert limited.states() == ["applied", "applied"]
    assert limited.query("SELECT count(age) FROM people") == [(0,)]


def _give_some(store: ServerShop, name: str) -> None:
    """All that a migration needs but to change tables of others."""
    if not store.is_postgres:
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX"
        store.query(f"GRANT {rights} ON `{store.database}`.* TO '{name}'@'%'")
        return
    store.query(f'GRANT USAGE, CREATE ON SCHEMA public TO "{name}"')
    store.query(f'GRANT ALL ON toasty_migrations, toasty_lock, people TO "{name}"')
