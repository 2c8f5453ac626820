"""Connections to real servers, closed after each test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pymysql
import pytest

from toasty_core.url import Url
from toasty_mysql import MysqlBackend
from toasty_mysql.database import MysqlDatabase


class Admin:
    """PyMySQL alone, for what a test does besides: `run` gives all rows."""

    def __init__(self, url: str) -> None:
        place = Url.parse(url)
        self.connection: Any = pymysql.connect(
            host=place.host,
            port=place.port,
            user=place.username,
            password=place.password or "",
            database=place.database or None,
            autocommit=True,
        )

    def run(self, sql: str, *values: Any) -> Any:
        """Executes one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())


class Proxy:
    """A way to the server of `url` that breaks when somebody says `words`: real bytes, real cuts.

    With `heard` the server gets them still, and its answer is lost.
    """

    def __init__(self, url: str, words: bytes, *, heard: bool) -> None:
        self._there = Url.parse(url)
        assert self._there.port is not None
        self._address = (self._there.host, self._there.port)
        self._words = words
        self._lets_hear = heard
        self._heard = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL of the same database by this way."""
        place = self._there
        options = "?ssl-mode=DISABLED"  # else nobody could hear what is said
        return f"{place.scheme}://{place.username}@127.0.0.1:{self.port}/{place.database}{options}"

    def close(self) -> None:
        """Lets nobody in any more."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._address)
                for source, target, asks in ((near, far, True), (far, near, False)):
                    arguments = (source, target, asks)
                    threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: Any, target: Any, asks: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if asks and self._words in data:
                    if not self._lets_hear:
                        break
                    self._heard = True
                if not asks and self._heard:
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def proxy() -> Iterator[Callable[..., Proxy]]:
    """Makes a way to a server that breaks."""
    made: list[Proxy] = []

    def make(url: str, words: bytes, *, heard: bool) -> Proxy:
        made.append(Proxy(url, words, heard=heard))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def open_admin() -> Iterator[Callable[[str], Admin]]:
    """Opens a connection without Toasty."""
    opened: list[Admin] = []

    def open_(url: str) -> Admin:
        opened.append(Admin(url))
        return opened[-1]

    yield open_
    for admin in opened:
        if admin.connection.open:
            admin.connection.close()


@pytest.fixture
def connect() -> Iterator[Callable[[str], MysqlDatabase]]:
    """Connects to a URL with Toasty."""
    opened: list[MysqlDatabase] = []

    def open_(url: str) -> MysqlDatabase:
        database = MysqlBackend().connect(Url.parse(url))
        assert isinstance(database, MysqlDatabase)
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.close()


@pytest.fixture
def database(connect: Callable[[str], MysqlDatabase], mysql_url: str) -> MysqlDatabase:
    """A connection to a fresh database, once on each server."""
    return connect(mysql_url)


@pytest.fixture
def admin(open_admin: Callable[[str], Admin], mysql_url: str) -> Admin:
    """Another connection to the same database, without Toasty."""
    return open_admin(mysql_url)


@pytest.fixture
def users(admin: Admin) -> Iterator[Callable[..., str]]:
    """Makes a user with a password and these rights on the database, and gives its URL."""
    made: list[str] = []

    def make(url: str, *rights: str, name: str = "deploy", option: str = "") -> str:
        place = Url.parse(url)
        who = f"`{name}`@'%'"
        admin.run(f"DROP USER IF EXISTS {who}")
        admin.run(f"CREATE USER {who} IDENTIFIED BY 'pä/ss' {option}")
        made.append(who)
        for right in rights:
            admin.run(f"GRANT {right} ON `{place.database}`.* TO {who}")
        return f"mysql://{name}:p%C3%A4%2Fss@{place.host}:{place.port}/{place.database}"

    yield make
    for who in made:
        admin.run(f"DROP USER IF EXISTS {who}")


@pytest.fixture
def people(database):
    """A table with two rows."""
    database.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50)) ENGINE=InnoDB")
    database.run("INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob')")
    return database
