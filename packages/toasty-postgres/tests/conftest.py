"""Connections to real PostgreSQL servers, and what stands between us and them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase
from toasty_testservers import Server
from toasty_testservers.fixtures import required

Connect = Callable[..., PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects to a URL; the connection is closed after the test."""
    opened: list[PostgresDatabase] = []

    def open_(url: str) -> PostgresDatabase:
        database = PostgresBackend().connect(Url.parse(url))
        assert isinstance(database, PostgresDatabase)
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.close()


@pytest.fixture
def database(connect: Connect, postgres_url: str) -> PostgresDatabase:
    """A connection to a fresh database."""
    return connect(postgres_url)


@pytest.fixture
def sql(postgres_url: str) -> Iterator[Sql]:
    """Runs SQL in the fresh database, past Toasty, and gives the rows."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def run(text: str, parameters: Any = None) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text, parameters)
            return cursor.fetchall() if cursor.description else []

        yield run


class Relay:
    """Passes bytes between a client and a server, until it is told to cut the line.

    `cut_at` is what a client sends when the line is cut; with `after_answer` the server still gets it and does
    it, but its answer never comes through.
    """

    def __init__(self, server: tuple[str, int], listening: socket.socket | None = None) -> None:
        self.cut_at: bytes | None = None
        self.after_answer = False
        self._server = server
        self._sockets: list[socket.socket] = []
        self._listening = listening or socket.create_server(("127.0.0.1", 0))
        self.port = 0 if listening else self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                cut = threading.Event()
                for pass_on in (self._to_server, self._to_client):
                    threading.Thread(
                        target=pass_on, args=(client, server, cut), daemon=True
                    ).start()

    def _to_server(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.cut_at and self.cut_at in data:
                    cut.set()
                    if not self.after_answer:
                        break
                server.sendall(data)
        _end(client, server)

    def _to_client(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if cut.is_set():
                    break
                client.sendall(data)
        _end(client, server)

    def close(self) -> None:
        """Ends all lines."""
        _end(self._listening, *self._sockets)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture
def at_a_socket(postgres15: Server, tmp_path: Path) -> Iterator[str]:
    """The folder of a socket that leads to a server."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / ".s.PGSQL.5432"))
    listening.listen()
    relay = Relay((postgres15.host, postgres15.port), listening)
    yield str(tmp_path)
    relay.close()


@pytest.fixture
def relayed() -> Iterator[Callable[[str], tuple[str, Relay]]]:
    """Puts a relay before the server of a URL; gives the URL through it, and the relay."""
    made: list[Relay] = []

    def put(url: str) -> tuple[str, Relay]:
        parsed = Url.parse(url)
        relay = Relay((parsed.host or "127.0.0.1", parsed.port or 5432))
        made.append(relay)
        through = re.sub(r":\d+/", f":{relay.port}/", url, count=1)
        return f"{through}?sslmode=disable&gssencmode=disable", relay

    yield put
    for relay in made:
        relay.close()


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[str]:
    """The URL of the same database behind a PgBouncer that gives each transaction another session."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        (pytest.fail if required() else pytest.skip)("no PgBouncer: apt-get install pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="toasty-pgbouncer-"))
    folder.chmod(0o755)  # it refuses root, and runs as somebody else then
    port = _free_port()
    server = Url.parse(postgres_url)
    (folder / "users.txt").write_text('"postgres" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={server.host} port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
"""
    )
    command = [str(program), "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        yield f"postgresql://postgres@127.0.0.1:{port}/{server.database}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline, "PgBouncer does not start"
            time.sleep(0.02)
        else:
            return
