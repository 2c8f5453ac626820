"""What keeps a connection from being made is one clear error, with what to do and without the password."""

from __future__ import annotations

import socket
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from toasty_core.errors import ConnectionFailed
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase
from toasty_testservers import OwnServer, Server

SECRET = "s3cr@t"
ENCODED = "s3cr%40t"
OwnServers = Callable[[str], OwnServer]
Connect = Callable[[str], PostgresDatabase]


def refused(url: str) -> ConnectionFailed:
    """The error for a URL, which shows no secret wherever it is printed."""
    with pytest.raises(ConnectionFailed) as caught:
        PostgresBackend().connect(Url.parse(url))
    printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in printed
    assert ENCODED not in printed
    assert caught.value.hint
    return caught.value


def test_no_server_at_the_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = refused(f"postgresql://me:{ENCODED}@127.0.0.1:{port}/db")

    assert f"127.0.0.1:{port}" in error.what


def test_no_such_host() -> None:
    assert (
        "no host 'no.such.host.invalid'"
        in refused(f"postgresql://me:{ENCODED}@no.such.host.invalid/db").what
    )


def test_no_socket(tmp_path: object) -> None:
    assert str(tmp_path) in refused(f"postgresql:///db?host={tmp_path}").what


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = refused(f"postgresql://me:{ENCODED}@127.0.0.1:{port}/db?connect_timeout=1")

    assert "does not answer" in error.what


def test_a_wrong_parameter_value() -> None:
    with pytest.raises(ConnectionFailed, match="sslmode"):
        PostgresBackend().connect(Url.parse("postgresql://h/db?sslmode=maybe"))


def test_no_such_database(postgres15: Server) -> None:
    error = refused(postgres15.url("no such one"))

    assert "'no such one'" in error.what
    assert f"createdb -h {postgres15.host} -p {postgres15.port}" in str(error.hint)
    assert "'no such one'" in str(error.hint)


def test_no_such_user(postgres15: Server) -> None:
    error = refused(
        f"postgresql://nobody_here:{ENCODED}@{postgres15.host}:{postgres15.port}/postgres"
    )

    assert "'nobody_here'" in error.what


def test_tls_that_the_server_has_not(postgres15: Server) -> None:
    error = refused(f"{postgres15.url('postgres')}?sslmode=require")

    assert "has no TLS" in error.what
    assert "sslmode=disable" in str(error.hint)


def test_a_standby_was_asked_for(postgres15: Server) -> None:
    assert (
        "target_session_attrs"
        in refused(f"{postgres15.url('postgres')}?target_session_attrs=standby").what
    )


def test_what_the_server_says_of_users(own_server: OwnServers) -> None:
    """A wrong password, none at all, no entry in pg_hba.conf, no right to connect, no TLS, too many."""
    server = own_server("postgres15")
    _let_in(
        server.url("postgres"),
        "host all me all scram-sha-256",
        "hostssl all tls_user all trust",
        "host all postgres all trust",
        "host all poor all trust",
    )
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE me LOGIN PASSWORD '{SECRET}'")
        admin.execute("CREATE ROLE tls_user LOGIN")
        admin.execute("CREATE ROLE poor LOGIN CONNECTION LIMIT 0")
        admin.execute("CREATE DATABASE closed")
        admin.execute("REVOKE CONNECT ON DATABASE closed FROM public")
    at = f"{server.host}:{server.port}"

    PostgresBackend().connect(Url.parse(f"postgresql://me:{ENCODED}@{at}/postgres")).close()
    assert "password of user 'me'" in refused(f"postgresql://me:{ENCODED}x@{at}/postgres").what
    assert "the URL has none" in refused(f"postgresql://me@{at}/postgres").what
    closed = refused(f"postgresql://me:{ENCODED}@{at}/closed")
    assert 'GRANT CONNECT ON DATABASE "closed"' in str(closed.hint)
    tls = refused(f"postgresql://tls_user:{ENCODED}@{at}/postgres")
    assert "without TLS" in tls.what
    assert "sslmode=require" in str(tls.hint)
    limited = refused(f"postgresql://poor:{ENCODED}@{at}/postgres")
    assert "no free connection" in limited.what
    assert limited.busy


def _let_in(url: str, *lines: str) -> None:
    """Makes these the lines of pg_hba.conf."""
    with psycopg.connect(url, autocommit=True) as admin:
        ((file,),) = admin.execute("SHOW hba_file").fetchall()
        values = ", ".join(f"('{line}')" for line in lines)
        admin.execute(f"COPY (VALUES {values}) TO '{file}'")
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.3)")


def test_several_hosts_and_who_we_are(connect: Connect, postgres_url: str) -> None:
    """The first that answers is taken, and the server sees our name."""
    parsed = Url.parse(postgres_url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = free.getsockname()[1]
        hosts = f"127.0.0.1:{dead},{parsed.host}:{parsed.port}"
        url = f"postgresql://postgres@{hosts}/{parsed.database}?target_session_attrs=read-write"
        database = connect(url)

    assert database.fetch("SHOW application_name") == [("toasty",)]


def test_the_version_is_the_servers(connect: Connect, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        ((number,),) = connection.execute("SHOW server_version").fetchall()
    assert connect(postgres_url).version() == f"PostgreSQL {number.split()[0]}"


def test_a_url_without_a_database_means_the_one_named_like_the_user(
    connect: Connect, postgres18: Server
) -> None:
    url = f"postgresql://{postgres18.user}@{postgres18.host}:{postgres18.port}"

    assert connect(url).fetch("SELECT current_database()") == [(postgres18.user,)]


def test_a_socket(connect: Connect, at_a_socket: str, postgres15: Server) -> None:
    """A server that listens at a socket is found by its folder."""
    for url in (f"postgresql://postgres@/postgres?host={at_a_socket}", _as_host(at_a_socket)):
        assert connect(url).fetch("SELECT 1") == [(1,)]


def _as_host(folder: str) -> str:
    return f"postgresql://postgres@{folder.replace('/', '%2F')}/postgres"


def test_tls(own_server: OwnServers, connect: Connect, tmp_path: Path) -> None:
    """It is used where the server has it, and what keeps it from being trusted is said."""
    server = own_server("postgres15")
    certificate = _turn_tls_on(server, tmp_path)
    at = f"postgresql://postgres@{server.host}:{server.port}/postgres"

    encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert connect(f"{at}?sslmode=require").fetch(encrypted) == [(True,)]
    assert connect(f"{at}?sslmode=verify-ca&sslrootcert={certificate}").fetch(encrypted) == [
        (True,)
    ]
    missing = refused(f"{at}?sslmode=verify-ca&sslrootcert={tmp_path}/none.pem")
    assert "root certificate file" in missing.what
    assert "sslrootcert" in str(missing.hint)
    other = refused(f"{at}?sslmode=verify-full&sslrootcert={certificate}")
    assert "does not match host name" in other.what
    _let_in(server.url("postgres"), "hostssl all all all trust")
    assert "without TLS" in refused(f"{at}?sslmode=disable").what
    assert connect(at).fetch(encrypted) == [(True,)]


def _turn_tls_on(server: OwnServer, folder: Path) -> Path:
    key, certificate = folder / "server.key", folder / "server.crt"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.example"
    made = [*command.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        ((data,),) = admin.execute("SHOW data_directory").fetchall()
        for file in (key, certificate):
            lines = ", ".join(f"('{line}')" for line in file.read_text().splitlines())
            admin.execute(f"COPY (VALUES {lines}) TO PROGRAM 'umask 077; cat > {data}/{file.name}'")
        admin.execute("ALTER SYSTEM SET ssl = on")
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.3)")
    return certificate
