"""Large tables on PostgreSQL: the long work lets others go on, and what ends it is cleaned up by the next `up`."""

from __future__ import annotations

import signal
import threading

import pytest

from server_shop import ServerShop, end_of, said_until, until

LARGE = ("--large-table", "100")
KEY = (
    'db.add_foreign_key("posts", ForeignKeyDef(["author"], "people", ["id"], name="posts_author"))'
)
NOT_NULL = 'db.modify_column("people", "name", nullable=False)'
INDEX = 'db.create_index("people", IndexDef("people_name", ["name"]))'
BUILDING = "CREATE INDEX CONCURRENTLY"


@pytest.fixture
def large(postgres_store: ServerShop) -> ServerShop:
    """A project with 300 rows in a table, and a pending index."""
    postgres_store.prepare()
    postgres_store.fill()
    postgres_store.migration(INDEX)
    return postgres_store


def is_valid(store: ServerShop) -> list[tuple[object, ...]]:
    return store.query(
        "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'people_name'"
    )


def test_writers_go_on_while_an_index_is_built(large: ServerShop) -> None:
    """And a second runner waits, whom the build does not wait for; he finds the work done."""
    blocker = large.session()
    blocker.run("BEGIN")
    blocker.run("INSERT INTO people VALUES (901, 'slow')")
    first = large.start(*LARGE)
    large.await_session(BUILDING, first)
    second = large.start(*LARGE)
    said = said_until(second, "\n")
    large.query("INSERT INTO people VALUES (902, 'quick')")
    assert first.poll() is None
    blocker.run("COMMIT")
    done, waited = end_of(first), end_of(second)

    assert "Waiting for" in said
    assert (done.code, waited.code) == (0, 0), (done, waited)
    assert "Nothing to apply" in waited.out
    assert is_valid(large) == [(True,)]
    large.is_done()


@pytest.mark.parametrize("killed", ["toasty", "its session"])
def test_killed_while_an_index_is_built(large: ServerShop, killed: str) -> None:
    """What the broken build leaves is cleaned up by the next `up`, which builds it again."""
    blocker = large.session()
    blocker.run("BEGIN")
    blocker.run("INSERT INTO people VALUES (901, 'slow')")
    process = large.start(*LARGE)
    number = large.await_session(BUILDING, process)
    until(lambda: is_valid(large) == [(False,)])
    if killed == "toasty":
        process.kill()
        end_of(process)
    else:
        large.end_session(number)
        outcome = end_of(process)
        assert outcome.is_one_clear_error(
            "connection to the server was lost", "run the command again"
        )
    assert large.states() == ["applied", "running"]
    assert is_valid(large) == [(False,)]
    blocker.run("COMMIT")

    outcome = large.goes_on(*LARGE)

    assert outcome.code == 0
    assert is_valid(large) == [(True,)]
    assert large.query("SELECT count(*) FROM people") == [(301,)]


def test_ctrl_c_while_an_index_is_built(large: ServerShop) -> None:
    blocker = large.session()
    blocker.run("BEGIN")
    blocker.run("INSERT INTO people VALUES (901, 'slow')")
    process = large.start(*LARGE)
    large.await_session(BUILDING, process)
    process.send_signal(signal.SIGINT)
    outcome = end_of(process)

    assert outcome.code == 130
    assert outcome.is_one_clear_error("Interrupted", "toasty migrate:up")
    blocker.run("COMMIT")
    large.goes_on(*LARGE)
    assert is_valid(large) == [(True,)]


@pytest.mark.parametrize("change", [KEY, NOT_NULL], ids=["foreign key", "not null"])
def test_killed_while_rows_are_validated(postgres_store: ServerShop, change: str) -> None:
    """The constraint stands then, but is not valid; the next `up` makes it so."""
    store = postgres_store
    store.prepare()
    store.fill()
    store.migration(change)
    table = "posts" if change is KEY else "people"
    reader, next_in_line = store.session(), store.session()
    reader.run("BEGIN")
    reader.run(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
    process = store.start(*LARGE, "--lock-wait", "60")
    store.await_session("NOT VALID", process)
    next_in_line.run("BEGIN")
    locking = threading.Thread(
        target=next_in_line.run, args=(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE",)
    )
    locking.start()
    store.await_session("LOCK TABLE")
    reader.run("COMMIT")  # ours comes first, and the validation after the other
    locking.join()
    store.await_session("VALIDATE CONSTRAINT", process)
    process.kill()
    end_of(process)

    assert store.states() == ["applied", "running"]
    next_in_line.run("COMMIT")
    store.goes_on(*LARGE)
    assert store.query("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [(0,)]


def test_an_index_that_is_not_to_be_built_concurrently(large: ServerShop) -> None:
    """One word in the file says so; then it blocks writers, and has to be allowed."""
    path = max(large.shop.migrations.glob("2*.py"))
    plain = '["name"], options={"postgresql": {"concurrently": False}})'
    path.write_text(path.read_text().replace('["name"])', plain))

    refused = large.up(*LARGE)

    assert refused.is_one_clear_error("index people_name", "SHARE", "--allow-blocking")
    large.goes_on(*LARGE, "--allow-blocking")
    assert is_valid(large) == [(True,)]
