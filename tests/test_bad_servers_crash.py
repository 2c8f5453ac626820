"""Connections that are cut, servers that end, runners that are killed: the next `up` knows where things stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relay import Relay
from server_shop import ServerShop, end_of, on
from shop import Shop
from toasty_testservers import OwnServer

CHANGES = """\
db.create_table(TableDef("notes", [ColumnDef("id", "Integer"), ColumnDef("text", "String(50)")], primary_key=["id"]))
db.insert_rows("notes", [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}])
db.add_column("notes", ColumnDef("likes", "Integer", nullable=True))
db.update_rows("notes", {"likes": 1})
db.create_index("notes", IndexDef("notes_text", ["text"]))
"""
"""On MySQL each of these is a step of its own, on PostgreSQL they are one."""

WAITING = """\
db.create_table(TableDef("notes", [ColumnDef("id", "Integer")], primary_key=["id"]))
db.add_column("people", ColumnDef("age", "Integer", nullable=True))
db.create_index("people", IndexDef("people_age", ["age"]))
"""
"""The column waits for as long as somebody reads the table."""

PATIENT = ("--lock-wait", "60")


def is_right(store: ServerShop) -> None:
    """All of CHANGES is there, and each of them once."""
    store.is_done()
    assert store.query("SELECT id, text, likes FROM notes ORDER BY id") == [
        (1, "a", 1),
        (2, "b", 1),
    ]


# The connection.


@pytest.fixture
def relay() -> Iterator[Callable[..., Relay]]:
    """Puts a relay before the server of a URL, which cuts the line at some words."""
    made: list[Relay] = []

    def put(url: str, words: bytes, *, after_answer: bool) -> Relay:
        made.append(Relay(url, words, after_answer=after_answer))
        return made[-1]

    yield put
    for one in made:
        one.close()


@on("postgres18", "mariadb")
@pytest.mark.parametrize("after_answer", [False, True], ids=["not heard", "answer lost"])
@pytest.mark.parametrize("words", [b"ADD COLUMN", b"COMMIT"], ids=["statement", "commit"])
def test_the_line_is_cut(
    store: ServerShop, relay: Callable[..., Relay], words: bytes, after_answer: bool
) -> None:
    """In the middle of a statement, and before the answer to the commit."""
    store.prepare()
    store.migration(CHANGES)
    way = relay(store.url, words, after_answer=after_answer)

    outcome = store.up(url=way.url)

    assert outcome.is_one_clear_error("connection to the server was lost", "run the command again")
    store.goes_on()
    is_right(store)


def test_an_administrator_ends_the_session(store: ServerShop) -> None:
    """In the middle of a statement, which waits for somebody else."""
    store.prepare()
    store.migration(WAITING)
    reader = store.session()
    reader.run("BEGIN")
    reader.run("SELECT * FROM people")
    process = store.start(*PATIENT)
    store.end_session(store.await_session("ALTER TABLE", process))
    outcome = end_of(process)
    reader.run("COMMIT")

    assert outcome.is_one_clear_error("connection to the server was lost", "run the command again")
    store.goes_on()


def test_an_administrator_cancels_the_statement(store: ServerShop) -> None:
    store.prepare()
    path = store.migration(WAITING)
    reader = store.session()
    reader.run("BEGIN")
    reader.run("SELECT * FROM people")
    process = store.start(*PATIENT)
    number = store.await_session("ALTER TABLE", process)
    store.query(
        f"SELECT pg_cancel_backend({number})" if store.is_postgres else f"KILL QUERY {number}"
    )
    outcome = end_of(process)
    reader.run("COMMIT")

    assert outcome.is_one_clear_error(store.line_of(path, "add_column"), "hint: ")
    store.goes_on()


# Toasty.


def test_toasty_is_killed_in_the_middle_of_a_statement(store: ServerShop) -> None:
    """PostgreSQL takes all back; on MySQL the server may finish what it was asked for, and the next run sees it."""
    store.prepare()
    store.query("INSERT INTO people VALUES (1, 'Ada')")
    store.migration(WAITING)
    reader = store.session()
    reader.run("BEGIN")
    reader.run("SELECT * FROM people")
    process = store.start(*PATIENT)
    store.await_session("ALTER TABLE", process)
    process.kill()
    end_of(process)

    states = ["applied"] if store.is_postgres else ["applied", "running"]
    assert store.states() == states
    again = store.start()
    reader.run("COMMIT")
    outcome = end_of(again)

    assert outcome.code == 0, outcome
    store.is_done()
    assert store.query("SELECT id, name, age FROM people") == [(1, "Ada", None)]


# The server.


@pytest.fixture
def own_store(
    own_server: Callable[[str], OwnServer], tmp_path: Path
) -> Iterator[Callable[[str], tuple[ServerShop, OwnServer]]]:
    """A project on a server of its own, and that server."""
    made: list[ServerShop] = []

    def make(kind: str) -> tuple[ServerShop, OwnServer]:
        server = own_server(kind)
        made.append(ServerShop(Shop(tmp_path, server.create_database("shop"))))
        return made[-1], server

    yield make
    for store in made:
        store.close()


@pytest.mark.parametrize("kind", ["postgres18", "mariadb"])
def test_the_server_ends_while_we_run(
    own_store: Callable[[str], tuple[ServerShop, OwnServer]], kind: str
) -> None:
    """Killed, and shut down in order; each time in the middle of a statement, until it is there again."""
    store, server = own_store(kind)
    store.prepare()
    store.query("INSERT INTO people VALUES (1, 'Ada')")
    for end in (server.kill, server.stop):
        number = len(list(store.shop.migrations.glob("2*.py")))
        store.migration(
            f'db.add_column("people", ColumnDef("c{number}", "Integer", nullable=True))'
        )
        reader = store.session()
        reader.run("BEGIN")
        reader.run("SELECT * FROM people")
        process = store.start(*PATIENT)
        store.await_session("ALTER TABLE", process)
        end()
        outcome = end_of(process)
        gone = store.up()

        assert outcome.is_one_clear_error(
            "connection to the server was lost", "run the command again"
        )
        assert gone.is_one_clear_error(f"127.0.0.1:{server.port}", "hint: ")
        server.start()
        store.goes_on()
    assert store.query("SELECT * FROM people") == [(1, "Ada", None, None)]
