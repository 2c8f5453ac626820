"""Live safety: others work on the tables while `migrate:up` runs, and neither waits for long without a word."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest

from server_shop import ADD_AGE, ServerShop, Session, end_of, on, said_until
from shop import Outcome

LARGE = ("--large-table", "100")
INDEX = 'db.create_index("people", IndexDef("people_name", ["name"]))'
BUILDING = "CREATE INDEX CONCURRENTLY"


@pytest.fixture
def held(store: ServerShop) -> ServerShop:
    """A project with a pending change of a table."""
    store.prepare()
    store.migration(ADD_AGE)
    return store


def hold(store: ServerShop) -> Session:
    """Somebody reads the table in a transaction, and is slow to end it."""
    blocker = store.session(name="nightly report")
    blocker.run("BEGIN")
    blocker.run("SELECT id, name FROM people")
    return blocker


def test_a_blocking_session_is_waited_for_and_overtaken(held: ServerShop) -> None:
    """It is named meanwhile, others get at the table between the tries, and the user does nothing."""
    blocker = hold(held)
    process = held.start("--lock-wait", "0.5")
    held.await_session("ALTER TABLE", process)
    said = said_until(process, "trying again in")
    began = time.monotonic()
    held.query("INSERT INTO people VALUES (1, 'Ada')")
    assert time.monotonic() - began < 10
    blocker.run("COMMIT")
    outcome = end_of(process)

    assert outcome.code == 0, outcome
    assert "Others are in the way of 20250101_000001_by_hand" in said
    assert str(blocker.number) in said
    if held.is_postgres:
        assert "nightly report" in said
        assert "SELECT id, name FROM people" in said
    held.is_done()


@on("postgres18", "mariadb")
def test_who_does_not_make_way_is_named_in_the_end(held: ServerShop) -> None:
    blocker = hold(held)
    outcome = held.up("--lock-wait", "0.3", "--lock-tries", "2")

    assert outcome.is_one_clear_error("blocked by:", str(blocker.number), "tried 2 times", ".py:10")
    if held.is_postgres:
        assert "SELECT id, name FROM people" in outcome.err
    blocker.run("COMMIT")
    held.goes_on()


@pytest.fixture
def deadlock(store: ServerShop) -> Callable[..., Outcome]:
    """Runs a migration that gets into a deadlock with somebody who does not give way."""
    store.prepare()
    store.query("INSERT INTO people VALUES (1, 'a'), (2, 'b')")
    store.migration(
        'db.update_rows("people", {"name": "ours"}, {"id": 1})\n'
        'db.update_rows("people", {"name": "ours"}, {"id": 2})'
    )
    other = store.session()
    ballast = ", ".join(f"({number}, 'x')" for number in range(100, 200))

    def run(*options: str) -> Outcome:
        if store.is_postgres:
            other.run("SET deadlock_timeout = '60s'")  # ours looks first, and loses
        other.run("BEGIN")
        other.run(f"INSERT INTO people VALUES {ballast}")  # MySQL gives up who has changed less
        other.run("UPDATE people SET name = 'theirs' WHERE id = 2")
        process = store.start("--lock-wait", "20", *options)
        store.await_session("UPDATE", process)
        time.sleep(0.3)
        other.run("UPDATE people SET name = 'theirs' WHERE id = 1")
        other.run("COMMIT")
        return end_of(process)

    return run


OURS = "SELECT DISTINCT name FROM people WHERE id < 3"


def test_the_victim_of_a_deadlock_tries_again(
    store: ServerShop, deadlock: Callable[..., Outcome]
) -> None:
    outcome = deadlock()

    assert outcome.code == 0, outcome
    assert "Others are in the way" in outcome.err
    assert store.query(OURS) == [("ours",)]


def test_the_victim_of_a_deadlock_that_may_not_try_again(
    store: ServerShop, deadlock: Callable[..., Outcome]
) -> None:
    outcome = deadlock("--lock-tries", "1")

    assert outcome.is_one_clear_error("Others were in the way", "eadlock", "tried once", ".py:11")
    assert store.query(OURS) == [("theirs",)]
    store.goes_on()
    assert store.query(OURS) == [("ours",)]


@on("postgres18", "mariadb")
def test_killed_between_two_tries(held: ServerShop) -> None:
    blocker = hold(held)
    process = held.start("--lock-wait", "0.3")
    said_until(process, "trying again in")
    process.kill()
    end_of(process)
    held.query("INSERT INTO people VALUES (1, 'Ada')")
    blocker.run("COMMIT")

    held.goes_on()
    assert held.query("SELECT id, name, age FROM people") == [(1, "Ada", None)]


# What blocks writers for long.


@on("postgres15", "mysql")
def test_what_blocks_writers_for_long_must_be_allowed(store: ServerShop) -> None:
    store.prepare()
    store.fill()
    path = store.migration('db.modify_column("people", "id", type="BigInteger")')

    refused = store.up(*LARGE)

    where = store.line_of(path, "modify_column")
    assert refused.is_one_clear_error(where, "people", "300 rows", "waits", "--allow-blocking")
    assert store.states() == ["applied"]
    small = store.shop.toasty("migrate:plan")
    assert "writers wait" in small.out
    store.goes_on(*LARGE, "--allow-blocking")
    assert store.query("SELECT count(*) FROM people") == [(300,)]


@on("postgres18", "mariadb")
def test_the_plan_tells_lock_work_rows_and_bytes(store: ServerShop) -> None:
    store.prepare()
    store.fill()
    store.migration(f"{ADD_AGE}\n{INDEX}")

    plan = store.shop.toasty("migrate:plan", "--url", store.url, *LARGE).out
    document = json.loads(store.shop.toasty("migrate:plan", "--json", *LARGE).out)

    size = r"\(3\d\d rows, \d+ kB\)"
    if store.is_postgres:
        assert re.search(rf"-- people: ACCESS EXCLUSIVE, touches no rows {size}", plan), plan
        assert re.search(rf"-- people: SHARE UPDATE EXCLUSIVE, .* {size}", plan), plan
        assert BUILDING in plan
    else:
        assert re.search(rf"-- people: INSTANT.*{size}", plan), plan
        assert re.search(rf"-- people: (INPLACE|NOCOPY), LOCK=NONE.*{size}", plan), plan
    (step,) = document["steps"]
    effects = [effect for part in step["parts"] for given in part["effects"] for effect in given]
    assert [effect["table"] for effect in effects] == ["people"] * len(effects)
    assert all(effect["rows"] >= 250 and effect["bytes"] > 8000 for effect in effects)
    assert not any(effect["blocking"] for effect in effects)
    assert store.states() == ["applied"]
