"""What goes wrong with migrations on real servers: one clear error each, nothing lost, and the next `up` goes on."""

from __future__ import annotations

import threading
import time

import pytest

from toasty_core import api
from toasty_core.backends import Caution, JournalState
from toasty_core.errors import CheckFailed, StatementFailed
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    InsertRows,
    ModifyColumn,
    UpdateRows,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    TableDef,
    UniqueDef,
)
from toasty_core.testing.bench import Bench
from toasty_mysql import MysqlBackend

PEOPLE = TableDef(
    "people",
    [ColumnDef("id", "Integer"), ColumnDef("name", "String(50)", nullable=True)],
    primary_key=["id"],
)
POSTS = TableDef(
    "posts",
    [ColumnDef("id", "Integer"), ColumnDef("author", "Integer", nullable=True)],
    primary_key=["id"],
)
ROWS = ({"id": 1, "name": "Ada"}, {"id": 2, "name": "Ada"}, {"id": 3, "name": None})


def bench_at(folder, url, read_rows=None):
    return Bench(folder / "migrations", url, MysqlBackend(), read_rows)


@pytest.fixture
def bench(tmp_path, mysql_url):
    """A project with two tables and a few rows, applied."""
    bench = bench_at(tmp_path, mysql_url)
    bench.write([CreateTable(PEOPLE), CreateTable(POSTS), InsertRows("people", ROWS)])
    bench.write([InsertRows("posts", [{"id": 1, "author": 1}, {"id": 2, "author": 7}])])
    bench.up()
    return bench


def patient(bench, seconds=1.0, tries=3):
    return bench.project._replace(caution=Caution(lock_wait=seconds, tries=tries))


# Rows that do not fit are found before anything is changed.


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (AddUnique("people", UniqueDef(["name"], name="people_name")), "Ada"),
        (CreateIndex("people", IndexDef("people_name", ["name"], unique=True)), "Ada"),
        (AddForeignKey("posts", ForeignKeyDef(["author"], "people", ["id"])), "7"),
        (AddCheck("posts", CheckDef("author < 5", name="few")), ""),
        (ModifyColumn("people", "name", nullable=False), ""),
        (ModifyColumn("people", "name", type="Integer"), "Ada"),
        (AddColumn("people", ColumnDef("age", "Integer")), ""),
    ],
)
def test_rows_that_do_not_fit(bench, admin, operation, found):
    version = bench.write(
        [CreateTable(TableDef("more", [ColumnDef("id", "Integer")], primary_key=["id"])), operation]
    )
    with pytest.raises(CheckFailed) as caught:
        bench.up()

    assert found in str(caught.value)
    assert caught.value.hint
    assert version not in {row.version for row in bench.journal()}
    assert admin.run("SHOW TABLES LIKE 'more'") == []
    admin.run("DELETE FROM posts")
    admin.run("DELETE FROM people")
    bench.up()
    bench.assert_schema(bench.schema())


# Rights.


def test_no_right_to_make_the_journal(tmp_path, mysql_url, users):
    url = users(mysql_url, "SELECT, INSERT, UPDATE, DELETE")
    bench = bench_at(tmp_path, url)
    bench.write([CreateTable(PEOPLE)])
    with pytest.raises(StatementFailed, match="toasty_migrations") as caught:
        bench.up()

    assert "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON" in (caught.value.hint or "")
    assert api.status(bench.project).entries[0].state is api.StatusState.PENDING


def test_a_right_that_is_missing_half_way(bench, admin, mysql_url, users):
    url = users(mysql_url, "SELECT, INSERT, UPDATE, DELETE, CREATE, INDEX")
    more = TableDef("more", [ColumnDef("id", "Integer")], primary_key=["id"])
    bench.write(
        [
            CreateTable(more),
            AddColumn("people", ColumnDef("age", "Integer", nullable=True)),
            UpdateRows("people", {"age": 1}),
        ]
    )
    with pytest.raises(StatementFailed, match="ALTER command denied") as caught:
        api.up(bench.project._replace(url=url))
    hint = caught.value.hint
    assert hint is not None
    assert hint.startswith("GRANT ALTER ON")
    row = bench.journal()[-1]
    assert (row.state, row.done) == (JournalState.FAILED, 1)

    admin.run(hint.partition(";")[0])
    api.up(bench.project._replace(url=url))
    bench.assert_schema(bench.schema())
    assert admin.run("SELECT DISTINCT age FROM people") == [(1,)]


# Others in the way.


def test_a_session_that_makes_way_after_a_while(bench, admin):
    bench.write([AddColumn("people", ColumnDef("age", "Integer", nullable=True))])
    admin.run("START TRANSACTION")
    admin.run("SELECT * FROM people")
    threading.Timer(1.6, admin.connection.commit).start()
    began = time.monotonic()
    api.up(patient(bench, tries=10))

    assert time.monotonic() - began > 1.2
    bench.assert_schema(bench.schema())


def test_a_session_that_does_not_make_way_is_named(bench, admin):
    bench.write([AddColumn("people", ColumnDef("age", "Integer", nullable=True))])
    ((number,),) = admin.run("SELECT CONNECTION_ID()")
    admin.run("START TRANSACTION")
    admin.run("SELECT * FROM people")
    with pytest.raises(StatementFailed) as caught:
        api.up(patient(bench, tries=2))
    assert f"connection {number} (root from" in str(caught.value)

    admin.run("COMMIT")
    bench.up()
    bench.assert_schema(bench.schema())


def test_a_deadlock_is_tried_again(bench, admin, open_admin, mysql_url):
    """The other session changed more rows, so ours is the one that the server gives up."""
    admin.run("CREATE TABLE ballast (id INT PRIMARY KEY)")
    bench.write(
        [
            UpdateRows("people", {"name": "x"}, {"id": 1}),
            UpdateRows("people", {"name": "x"}, {"id": 2}),
        ]
    )
    admin.run("START TRANSACTION")
    admin.run("INSERT INTO ballast VALUES (1), (2), (3), (4), (5), (6), (7), (8)")
    admin.run("UPDATE people SET name = 'y' WHERE id = 2")
    watcher = open_admin(mysql_url)

    def collide():
        while not watcher.run(
            "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        ):
            time.sleep(0.3)  # InnoDB looks anew only when nobody has asked for a while
        admin.run("UPDATE people SET name = 'y' WHERE id = 1")
        admin.run("COMMIT")

    thread = threading.Thread(target=collide)
    thread.start()
    api.up(patient(bench, seconds=5.0, tries=5))
    thread.join()

    assert admin.run("SELECT DISTINCT name FROM people WHERE id < 3") == [("x",)]


# Names.


def test_long_names_that_are_alike_at_the_beginning(bench, admin):
    names = [f"{'people_by_name_' * 5}{end}" for end in ("one", "two")]
    bench.write([CreateIndex("people", IndexDef(name, ["name"])) for name in names])
    bench.up()

    found = admin.run(
        "SELECT DISTINCT index_name FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND index_name LIKE 'people_by%'"
    )
    assert len(found) == 2
    assert all(len(name) <= 64 for (name,) in found)
    bench.assert_schema(bench.schema())
