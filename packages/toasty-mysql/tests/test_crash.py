"""Toasty is killed, the server is killed, the way between them is cut: the next run knows where things stand."""

from __future__ import annotations

import signal
import time
from contextlib import suppress

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import DatabaseError, LockHeld, StatementFailed
from toasty_core.migrations import Direction
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, IndexDef, TableDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.watch import WRITING, Watch, watched
from toasty_mysql import MysqlBackend

ROWS = 70_000
BIG = TableDef(
    "big",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("number", "Integer"),
        ColumnDef("text", "String(500)"),
    ],
    primary_key=["id"],
    indexes=[IndexDef("big_number", ["number"])],
)
CHANGES = (
    AddColumn("big", ColumnDef("note", "String(20)", nullable=True)),
    ModifyColumn("big", "number", type="BigInteger"),
    CreateIndex("big", IndexDef("big_note", ["note"])),
)


def bench_at(folder, url, read_rows=None):
    return Bench(folder / "migrations", url, MysqlBackend(), read_rows)


def fill(admin):
    """Rows enough that a copy of the table takes a while."""
    admin.run("INSERT INTO big VALUES (1, 1, REPEAT('x', 400))")
    count = 1
    while count < ROWS:
        more = min(count, ROWS - count)
        admin.run(
            f"INSERT INTO big SELECT id + {count}, number + 1, text FROM big WHERE id <= {more}"
        )
        count += more


def prepared(folder, url, admin):
    """A project with a large table, and a migration that copies it."""
    bench = bench_at(folder, url)
    bench.write([CreateTable(BIG)])
    bench.up()
    fill(admin)
    bench.write(CHANGES)
    return bench


def copying(admin, child):
    """Waits until the copy is under way, and gives the number of its session."""
    for _ in range(2000):
        rows = admin.run(
            "SELECT id, info FROM information_schema.processlist"
            " WHERE info LIKE 'ALTER TABLE%' AND info LIKE '%BIGINT%'"
        )
        if rows:
            time.sleep(0.1)
            return rows[0][0]
        assert child.poll() is None, child.communicate()
        time.sleep(0.005)
    raise AssertionError("there was no copy")


def stands(bench, admin):
    """Both migrations are applied, each thing once, and no row is lost."""
    bench.assert_schema(bench.schema())
    assert {row.state for row in bench.journal()} == {JournalState.APPLIED}
    assert admin.run("SELECT count(*), sum(id) FROM big") == [(ROWS, ROWS * (ROWS + 1) // 2)]
    assert bench.up().done == ()


def test_toasty_is_killed_in_the_middle_of_a_copy(tmp_path, mysql_url, admin):
    bench = prepared(tmp_path, mysql_url, admin)
    child = bench.child(Direction.UP).start()
    number = copying(admin, child)
    child.kill()
    child.communicate()

    # The server carries on, and keeps the lock until it is done.
    row = bench.journal()[-1]
    assert (row.state, row.done) == (JournalState.RUNNING, 1)
    assert "BIGINT" in str(row.statement)
    assert admin.run(f"SELECT 1 FROM information_schema.processlist WHERE id = {number}")
    with pytest.raises(LockHeld, match="ALTER TABLE"):
        api.up(bench.project._replace(lock_timeout=0.05))

    (step,) = bench.up().done
    assert step.notes == (
        "went on after 2 statement(s) of an earlier run",
    ) or "1 statement" in str(step.notes)
    stands(bench, admin)


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_the_server_is_killed_in_the_middle_of_a_copy(kind, tmp_path, own_server, open_admin):
    server = own_server(kind)
    url = server.create_database("shop")
    admin = open_admin(url)
    bench = prepared(tmp_path, url, admin)
    child = bench.child(Direction.UP).start()
    copying(admin, child)
    server.kill()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "whether it took effect is not known" in said

    server.start()
    admin = open_admin(url)
    row = bench.journal()[-1]
    assert (row.state, row.done) == (JournalState.RUNNING, 1)
    bench.up()
    stands(bench, admin)


POSTS = TableDef(
    "posts",
    [ColumnDef("id", "Integer"), ColumnDef("title", "String(100)")],
    primary_key=["id"],
)
SMALL = (
    CreateTable(POSTS),
    InsertRows("posts", [{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]),
    AddColumn("posts", ColumnDef("likes", "Integer", nullable=True)),
    UpdateRows("posts", {"likes": 1}),
    CreateIndex("posts", IndexDef("posts_title", ["title"])),
    RenameColumn("posts", "likes", "stars"),
)


class Killing(Watch):
    """Kills the server at a moment."""

    def __init__(self, server, at):
        super().__init__(None, at)
        self.server = server
        self.at = at

    def moment(self, name):
        """Something has just been written."""
        super().moment(name)
        if len(self.seen) == self.at:
            self.server.kill()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("mariadb", (*WRITING, "transaction")),
        ("mysql", ("execute",)),
    ],  # MySQL takes its time to start
)
def test_the_server_is_killed_at_every_moment(kind, names, tmp_path, own_server, open_admin):
    server = own_server(kind)
    server.create_database("shop0")
    bench = bench_at(tmp_path, server.url("shop0"))
    bench.write(SMALL)
    moments = bench.watch(Direction.UP)
    assert "execute" in moments

    for at in (number for number, name in enumerate(moments, 1) if name in names):
        url = server.create_database(f"shop{at}")
        there = bench_at(tmp_path, url)
        hooks = watched(MysqlBackend(), Killing(server, at))
        with suppress(DatabaseError):
            api.up(there.project._replace(hooks=hooks))
        server.start()
        there.up()
        there.assert_schema(there.schema())
        rows = open_admin(url).run("SELECT id, title, stars FROM posts ORDER BY id")
        assert rows == [(1, "a", 1), (2, "b", 1)], f"moment {at}: {moments[at - 1]}"
        assert [row.state for row in there.journal()] == [JournalState.APPLIED]


CHAIN = (
    [CreateTable(POSTS)],
    [AddColumn("posts", ColumnDef("likes", "Integer", nullable=True))],
    [InsertRows("posts", [{"id": 1, "title": "a"}])],
    [RenameColumn("posts", "likes", "stars")],
)


def test_the_server_is_killed_between_migrations(tmp_path, own_server, open_admin):
    server = own_server("mariadb")
    bench = bench_at(tmp_path, server.url("shop"))
    for change in CHAIN:
        bench.write(change)
    server.create_database("shop")
    moments = bench.watch(Direction.UP)
    assert moments.count("execute") == len(CHAIN)

    for at, name in enumerate(moments, 1):
        url = server.create_database(f"shop{at}")
        there = bench_at(tmp_path, url)
        with suppress(DatabaseError):
            api.up(there.project._replace(hooks=watched(MysqlBackend(), Killing(server, at))))
        server.start()
        there.up()
        there.assert_schema(there.schema())
        rows = open_admin(url).run("SELECT id, title, stars FROM posts")
        assert rows == [(1, "a", None)], f"moment {at}: {name}"
        assert [row.state for row in there.journal()] == [JournalState.APPLIED] * len(CHAIN)


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize(
    "words", [b"CREATE TABLE `posts`", b"ADD COLUMN", b"UPDATE `posts`", b"COMMIT", b"REPLACE INTO"]
)
def test_the_way_is_cut(tmp_path, mysql_url, open_admin, proxy, words, heard):
    bench = bench_at(tmp_path, mysql_url)
    bench.write(SMALL)
    way = proxy(mysql_url, words, heard=heard)
    with pytest.raises(DatabaseError, match="lost") as caught:
        api.up(bench.project._replace(url=way.url))
    assert not isinstance(caught.value, StatementFailed)

    bench.up()
    bench.assert_schema(bench.schema())
    rows = open_admin(mysql_url).run("SELECT id, title, stars FROM posts ORDER BY id")
    assert rows == [(1, "a", 1), (2, "b", 1)]


def test_a_server_that_is_shut_down_meanwhile(tmp_path, own_server, open_admin):
    server = own_server("mariadb")
    url = server.create_database("shop")
    admin = open_admin(url)
    bench = prepared(tmp_path, url, admin)
    child = bench.child(Direction.UP).start()
    copying(admin, child)
    server.stop()
    child.communicate(timeout=60)
    assert child.returncode == 1

    server.start()
    bench.up()
    stands(bench, open_admin(url))


def test_ctrl_c_in_the_middle_of_a_copy(tmp_path, mysql_url, admin):
    bench = prepared(tmp_path, mysql_url, admin)
    child = bench.child(Direction.UP).start()
    number = copying(admin, child)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert "Interrupted" in said
    assert "of which 1 of 3 statements are through" in said

    deadline = time.monotonic() + 10
    while admin.run(f"SELECT 1 FROM information_schema.processlist WHERE id = {number}"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bench.up()
    stands(bench, admin)
