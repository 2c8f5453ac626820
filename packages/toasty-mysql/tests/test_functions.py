"""What a user's function may do with the live connection, and what it must leave."""

from __future__ import annotations

import pytest

from toasty_core.errors import StatementFailed
from toasty_sql.statements import CallStatement


def names(database):
    return [name for (name,) in database.fetch("SELECT name FROM people ORDER BY id")]


def test_a_function_gets_the_live_connection(people):
    def shout(live):
        assert live.backend == "mysql"
        for id_, name in live.execute("SELECT id, name FROM people").fetchall():
            live.execute("UPDATE people SET name = %s WHERE id = %s", (name.upper(), id_))
        with live.connection.cursor() as cursor:
            cursor.execute("INSERT INTO people VALUES (%(id)s, '100%%')", {"id": 3})

    with people.transaction():
        people.execute(CallStatement(shout, "shout"))

    assert names(people) == ["ADA", "BOB", "100%"]


def test_a_function_that_fails_leaves_nothing(people):
    def fail(live):
        live.execute("DELETE FROM people")
        live.execute("SELECT '100%' FROM nowhere")

    with pytest.raises(StatementFailed, match="nowhere"), people.transaction():
        people.execute(CallStatement(fail, "fail"))

    assert names(people) == ["Ada", "Bob"]


def test_the_drivers_own_errors_are_translated_and_others_are_the_users(people):
    def driver(live):
        with live.connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")

    def own(live):
        raise ZeroDivisionError("mine")

    with pytest.raises(StatementFailed, match="nowhere"), people.transaction():
        people.execute(CallStatement(driver, "driver"))
    with pytest.raises(ZeroDivisionError), people.transaction():
        people.execute(CallStatement(own, "own"))


@pytest.mark.parametrize("how", ["execute", "connection"])
def test_a_function_cannot_end_the_transaction(people, how):
    def commit(live):
        if how == "execute":
            live.execute("DELETE FROM people")
            live.execute("CREATE TABLE more (id INT)")
        else:
            live.connection.commit()

    with pytest.raises(StatementFailed), people.transaction():
        people.execute(CallStatement(commit, "commit"))

    assert names(people) == ["Ada", "Bob"]
