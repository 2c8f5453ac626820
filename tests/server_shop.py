"""The small project on a database server: driven through the installed `toasty`, looked at past it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from attrs import define, field

from shop import Outcome, Shop
from toasty_core import api
from toasty_core.url import Url
from toasty_testservers.kinds import all_kinds

SECRET = "s3cr@t"
ENCODED = "s3cr%40t"
"""As it stands in a URL."""

_FILE = '''\
"""Written by hand."""

from toasty_core import *  # noqa: F403


class ByHand(Migration):
    version = "{version}"

    def up(self, db):
{up}

    def down(self, db):
        db.irreversible("not needed here")
'''

PEOPLE = """\
db.create_table(TableDef("people", [ColumnDef("id", "Integer"), ColumnDef("name", "String(50)", nullable=True)],
                primary_key=["id"]))
db.create_table(TableDef("posts", [ColumnDef("id", "Integer"), ColumnDef("author", "Integer", nullable=True)],
                primary_key=["id"]))
"""
ADD_AGE = 'db.add_column("people", ColumnDef("age", "Integer", nullable=True))'
"""A change that needs the table for itself for a moment."""


class Session:
    """One session of somebody else, in the driver's own words: `run` gives all rows."""

    def __init__(self, url: str, name: str = "report") -> None:
        place = Url.parse(url)
        self.is_postgres = place.scheme == "postgresql"
        if self.is_postgres:
            self.connection: Any = psycopg.connect(url, autocommit=True, application_name=name)
            self.number: int = self.connection.info.backend_pid
            return
        self.connection = pymysql.connect(
            host=place.host,
            port=place.port or 3306,
            user=place.username,
            password=place.password or "",
            database=place.database or None,
            autocommit=True,
            program_name=name,
        )
        self.number = self.connection.thread_id()

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Executes one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def close(self) -> None:
        """Ends it; again does nothing."""
        with contextlib.suppress(psycopg.Error, pymysql.Error):
            self.connection.close()


@define
class DatabaseShop:
    """The project in `shop.folder` and its database: its migrations, and the commands."""

    shop: Shop

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.shop.url

    # Migrations.

    def migration(self, up: str) -> Path:
        """Writes the next migration: the body of its `up`."""
        self.shop.migrations.mkdir(exist_ok=True)
        version = f"20250101_{len(list(self.shop.migrations.glob('2*.py'))):06d}_by_hand"
        body = "\n".join(f"        {line}" for line in up.strip().splitlines())
        path = self.shop.migrations / f"{version}.py"
        path.write_text(_FILE.format(version=version, up=body))
        return path

    def prepare(self, up: str = PEOPLE) -> None:
        """Writes a migration and applies it: what stands before the test begins."""
        self.migration(up)
        api.up(api.Project(directory=self.shop.migrations, url=self.url))

    def line_of(self, path: Path, words: str) -> str:
        """`file:line` of what a migration asks for."""
        lines = path.read_text().splitlines()
        return f"{path.name}:{next(n for n, line in enumerate(lines, 1) if words in line)}"

    # Commands.

    def up(self, *options: str, url: str | None = None) -> Outcome:
        """`toasty migrate:up`, with what it printed checked for secrets."""
        outcome = self.shop.toasty("migrate:up", *options, url=url)
        said = outcome.out + outcome.err
        assert SECRET not in said
        assert ENCODED not in said
        return outcome

    def goes_on(self, *options: str, url: str | None = None) -> Outcome:
        """The next `toasty migrate:up`, which comes to the right end: all applied, and nothing differs."""
        outcome = self.up(*options, url=url)
        assert outcome.code == 0, outcome
        self.is_done()
        return outcome

    def is_done(self) -> None:
        """Is everything applied, and the schema as the files make it?"""
        project = api.Project(directory=self.shop.migrations, url=self.url)
        states = {entry.state for entry in api.status(project).entries}
        assert states == {api.StatusState.APPLIED}
        assert tuple(api.drift(project)) == ()

    def start(self, *options: str) -> subprocess.Popen[str]:
        """`toasty migrate:up` in a process of its own."""
        return self.shop.start("migrate:up", *options)


@define
class ServerShop(DatabaseShop):
    """A project, its SQL database, and the sessions of others."""

    _opened: list[Session] = field(factory=list)

    @property
    def is_postgres(self) -> bool:
        """Else it is MySQL or MariaDB."""
        return self.url.startswith("postgresql")

    @property
    def database(self) -> str:
        """The database's name."""
        return Url.parse(self.url).database

    def session(self, url: str | None = None, name: str = "report") -> Session:
        """Opens a session besides, which is closed after the test."""
        self._opened.append(Session(url or self.url, name))
        return self._opened[-1]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks the database itself."""
        with contextlib.closing(Session(self.url)) as session:
            return session.run(sql)

    def close(self) -> None:
        """Ends all sessions."""
        for session in self._opened:
            session.close()

    def fill(self, rows: int = 300) -> None:
        """People with other names each, who wrote a post each, counted anew by the server."""
        session = self.session()
        for table, values in (("people", "(%s, %s)"), ("posts", "(%s, %s)")):
            entries = [(n, f"name {n}" if table == "people" else n) for n in range(1, rows + 1)]
            with session.connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES {values}", entries)
            if self.is_postgres:
                session.run("SELECT pg_stat_force_next_flush()")  # else ANALYZE counts them twice
            session.run(f"ANALYZE {table}" if self.is_postgres else f"ANALYZE TABLE {table}")
        session.close()

    def states(self) -> list[str]:
        """The states in the journal, in the order of the versions."""
        rows = self.query("SELECT state FROM toasty_migrations ORDER BY version")
        return [str(state) for (state,) in rows]

    def await_session(self, words: str, process: subprocess.Popen[str] | None = None) -> int:
        """Waits until a session of Toasty's sends a statement with these words, and gives its number."""
        session = self.session(name="watcher")
        sql = _ACTIVE_POSTGRES if self.is_postgres else _ACTIVE_MYSQL

        def look() -> int | None:
            if process is not None and process.poll() is not None:
                raise AssertionError(end_of(process))
            rows = session.run(sql, f"%{words}%", session.number)
            return rows[0][0] if rows else None

        return until(look)

    def end_session(self, number: int) -> None:
        """An administrator ends a session."""
        word = "SELECT pg_terminate_backend({})" if self.is_postgres else "KILL {}"
        self.query(word.format(number))


_ACTIVE_POSTGRES = """SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s
    AND datname = current_database() AND pid <> %s"""
_ACTIVE_MYSQL = """SELECT id FROM information_schema.processlist WHERE info LIKE %s
    AND db = DATABASE() AND id <> %s"""


def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Waits until something is true, and gives it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """What a started command complains, up to the line with these words."""
    assert process.stderr is not None
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def end_of(process: subprocess.Popen[str]) -> Outcome:
    """How a started command ended, and what it printed that was not read yet."""
    assert process.stdout is not None
    assert process.stderr is not None
    code = process.wait(timeout=60)
    with process.stdout as out, process.stderr as err:
        return Outcome(code, out.read(), err.read())


def on(*kinds: str) -> pytest.MarkDecorator:
    """A test with `store` runs on these kinds of servers only: the others say and do the same."""
    known = all_kinds()
    values = [known[name] for name in kinds]
    return pytest.mark.parametrize("server_url", values, indirect=True, ids=kinds)


def open_shop(folder: Path, url: str) -> Iterator[ServerShop]:
    """A project without migrations, on an empty database."""
    found = ServerShop(Shop(folder, url))
    yield found
    found.close()
