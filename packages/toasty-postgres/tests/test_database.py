"""One connection: transactions, the journal with them, what a user's SQL may do, and others who are in the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest

from toasty_core.backends import Caution, JournalEntry, JournalState
from toasty_core.errors import DatabaseError, LockNotAvailable, StatementFailed
from toasty_postgres.database import PostgresDatabase
from toasty_postgres.statements import ConcurrentIndex
from toasty_sql.statements import SqlStatement

Connect = Callable[[str], PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
ENTRY = JournalEntry(
    "v1", "sha256:1", applied_by="a'b\\c", started=NOON, error="50% \0 done \ud800"
)


def run(database: PostgresDatabase, *texts: str) -> None:
    """Runs statements in one transaction."""
    statements = [SqlStatement(text) for text in texts]
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)


# The journal.


def test_there_is_no_journal_at_first(database: PostgresDatabase, sql: Sql) -> None:
    assert database.read_journal() == []
    assert database.read_entry("v1") is None
    assert not database.has_entry("v1")
    assert database.lock_holder() is None
    assert sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_row_comes_back_as_it_was(database: PostgresDatabase) -> None:
    database.create_journal()
    database.write_journal(ENTRY)
    row = database.read_entry("v1")

    assert row is not None
    assert row._replace(error=None) == ENTRY._replace(error=None)
    assert row.error == "50% \\x00 done \\ud800"  # what PostgreSQL cannot keep stands in escapes
    database.write_journal(ENTRY._replace(state=JournalState.FAILED))
    assert [each.state for each in database.read_journal()] == [JournalState.FAILED]
    database.delete_journal("v1")
    assert database.read_journal() == []


def test_the_journal_commits_with_the_migration(
    connect: Connect, database: PostgresDatabase, postgres_url: str
) -> None:
    other = connect(postgres_url)
    database.create_journal()
    with database.transaction():
        assert not database.has_entry("v1")
        database.execute(SqlStatement("CREATE TABLE t (id int)"))
        database.write_journal(ENTRY)
        assert not other.has_entry("v1")
        assert database.has_entry("v1")
    assert other.has_entry("v1")

    database.run("CREATE TABLE u (id int)")
    with pytest.raises(StatementFailed):
        _delete_and_fail(database)
    assert other.has_entry("v1")


def _delete_and_fail(database: PostgresDatabase) -> None:
    with database.transaction():
        database.delete_journal("v1")
        database.execute(SqlStatement("CREATE TABLE u (id int)"))


def test_eight_make_the_journal_at_once(connect: Connect, postgres_url: str) -> None:
    databases = [connect(postgres_url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(PostgresDatabase.create_journal, databases))

    assert databases[0].read_journal() == []


def test_the_journal_is_where_create_table_puts_it(
    connect: Connect, postgres_url: str, sql: Sql
) -> None:
    """In the first schema of the search_path, also when a migration changes that path."""
    sql('CREATE SCHEMA "My app"')
    ours = connect(f"{postgres_url}?options=-csearch_path%3D%22My%5C%20app%22%2Cpublic")
    plain = connect(postgres_url)
    ours.create_journal()
    plain.create_journal()
    with ours.transaction():
        ours.has_entry("v1")
        ours.execute(SqlStatement("SELECT pg_catalog.set_config('search_path', '', false)"))
        ours.execute(SqlStatement("CREATE TABLE public.t (id int)"))
        ours.write_journal(ENTRY)
    run(ours, "CREATE TABLE u (id int)")

    assert plain.read_journal() == []
    assert sql('SELECT version FROM "My app".toasty_migrations') == [("v1",)]
    assert sql("SELECT schemaname FROM pg_tables WHERE tablename = 'u'") == [("My app",)]


def test_a_search_path_that_leads_nowhere(connect: Connect, postgres_url: str) -> None:
    database = connect(f"{postgres_url}?options=-csearch_path%3Dnowhere")

    assert database.read_journal() == []
    with pytest.raises(DatabaseError, match="search_path") as caught:
        database.create_journal()
    assert "CREATE SCHEMA" in str(caught.value.hint)


# Transactions.


def test_a_failure_takes_all_back(database: PostgresDatabase, sql: Sql) -> None:
    with pytest.raises(StatementFailed):
        run(database, "CREATE TABLE t (id int)", "INSERT INTO t VALUES ('x')")
    run(database, "CREATE TABLE u (id int)")

    assert sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("u",)]


def test_one_transaction_at_a_time(database: PostgresDatabase) -> None:
    with (
        pytest.raises(DatabaseError, match="open already"),
        database.transaction(),
        database.transaction(),
    ):
        database.fetch("SELECT 1")


def test_what_fails_at_the_commit_is_told(database: PostgresDatabase) -> None:
    run(
        database,
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
    )
    with pytest.raises(StatementFailed, match="violates foreign key"):
        run(database, "INSERT INTO b VALUES (1)")

    assert database.fetch("SELECT * FROM b") == []


@pytest.mark.parametrize(
    "text",
    [
        "COMMIT",
        "  rollback",
        "End",
        "ABORT",
        "BEGIN",
        "start transaction",
        "SELECT 1; COMMIT",
        "COMMIT AND CHAIN",
        "SELECT 1; ROLLBACK; BEGIN",
        "-- done\nCOMMIT",
    ],
)
def test_sql_cannot_end_the_transaction(database: PostgresDatabase, text: str) -> None:
    with pytest.raises(StatementFailed) as caught:
        run(database, text, "CREATE TABLE t (id int)")

    assert "leave BEGIN, COMMIT and ROLLBACK" in str(caught.value.hint)
    assert database.fetch("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_savepoints_are_free_to_use(database: PostgresDatabase) -> None:
    run(
        database,
        "CREATE TABLE t (id int)",
        "SAVEPOINT a",
        "INSERT INTO t VALUES (1)",
        "ROLLBACK TO SAVEPOINT a",
        "RELEASE a",
    )

    assert database.fetch("SELECT * FROM t") == []


def test_several_statements_in_one_text(database: PostgresDatabase) -> None:
    run(database, "CREATE TABLE t (id int); INSERT INTO t VALUES (1);\n-- the end\n")

    assert database.fetch("SELECT id FROM t") == [(1,)]


def test_values_and_percent_signs(database: PostgresDatabase) -> None:
    """A % in a name, a literal or an operator is no placeholder."""
    run(database, """CREATE TABLE t ("100%s" text, n int)""", "SELECT 5 % 2, '%s'")
    insert = SqlStatement("""INSERT INTO t ("100%s", n) VALUES (%s, 7 % %s) -- %s""", ("50%", 4))
    database.execute(insert)

    assert database.fetch("SELECT * FROM t") == [("50%", 3)]


def test_copy_is_refused_and_nothing_hangs(database: PostgresDatabase) -> None:
    run(database, "CREATE TABLE t (id int)")
    with pytest.raises(StatementFailed, match="COPY"):
        run(database, "COPY t FROM STDIN")


def test_settings_of_one_migration_do_not_reach_the_next(
    database: PostgresDatabase, sql: Sql
) -> None:
    sql("DROP ROLE IF EXISTS toasty_test_other")
    sql("CREATE ROLE toasty_test_other")
    try:
        database.prepare(Caution(lock_wait=2))
        run(
            database,
            "SET ROLE toasty_test_other",
            "SET search_path TO nowhere",
            "SET lock_timeout TO '9s'",
        )
        with database.transaction():
            found = database.fetch(
                "SELECT current_user, current_schema(), current_setting('lock_timeout')"
            )
    finally:
        sql("DROP ROLE toasty_test_other")

    assert found == [("postgres", "public", "2s")]


def test_notices_are_not_printed(postgres_url: str) -> None:
    code = f"""
from toasty_core.url import Url
from toasty_postgres import PostgresBackend
from toasty_postgres.statements import ConcurrentIndex
from toasty_sql.statements import SqlStatement
with PostgresBackend().connect(Url.parse({postgres_url!r})) as database:
    database.execute(SqlStatement("DO $$ BEGIN RAISE NOTICE 'hear me'; RAISE WARNING 'me too'; END $$"))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (ended.stdout, ended.stderr) == ("", "")


# Others.


def test_a_lock_that_others_hold(
    connect: Connect, database: PostgresDatabase, postgres_url: str
) -> None:
    """The statement makes way in time, and who holds the lock is named with what he does."""
    run(database, "CREATE TABLE t (id int)", 'CREATE SCHEMA "s"', 'CREATE TABLE s."T.x" (id int)')
    blocker = connect(f"{postgres_url}?application_name=report")
    blocker.run("BEGIN")
    blocker.run("SELECT * FROM t")
    blocker.run('SELECT * FROM s."T.x"')
    database.prepare(Caution(lock_wait=0.2))
    with pytest.raises(LockNotAvailable) as caught:
        run(database, "ALTER TABLE t ADD COLUMN n int")
    assert "lock timeout" in caught.value.what
    assert "ALTER TABLE" in str(caught.value.statement)

    (found,) = database.blockers(["t", "nowhere"])
    assert "report" in found
    assert "postgres" in found
    assert 'SELECT * FROM s."T.x"' in found
    assert "idle in transaction" in found
    assert len(database.blockers(["s.T.x"])) == 1
    assert database.blockers(["nowhere"]) == ()
    assert database.blockers([]) == (found.replace("on t:", 'on s."T.x", t:'),)
    blocker.run("ROLLBACK")
    assert database.blockers(["t"]) == ()
    run(database, "ALTER TABLE t ADD COLUMN n int")


def test_the_victim_of_a_deadlock_may_try_again(
    connect: Connect, database: PostgresDatabase, postgres_url: str
) -> None:
    run(database, "CREATE TABLE a (id int)", "CREATE TABLE b (id int)")
    other = connect(postgres_url)
    other.run("SET deadlock_timeout = '10s'")
    other.run("BEGIN")
    other.run("LOCK TABLE a")

    def migrate(pool: ThreadPoolExecutor) -> None:
        with database.transaction():
            database.execute(SqlStatement("SET LOCAL deadlock_timeout = '100ms'"))
            database.execute(SqlStatement("LOCK TABLE b"))
            pool.submit(other.run, "LOCK TABLE b")
            _wait_for(database, "SELECT 1 FROM pg_locks WHERE NOT granted")
            database.execute(SqlStatement("LOCK TABLE a"))

    with ThreadPoolExecutor(1) as pool, pytest.raises(LockNotAvailable, match="deadlock"):
        migrate(pool)


def _wait_for(database: PostgresDatabase, query: str) -> None:
    for _ in range(200):
        if database.fetch(query):
            return
        database.fetch("SELECT pg_sleep(0.05)")
    raise AssertionError(query)


def test_concurrently_waits_as_long_as_it_takes(
    connect: Connect, database: PostgresDatabase, postgres_url: str
) -> None:
    """It outlives the lock_timeout, which else would leave an invalid index behind."""
    run(database, "CREATE TABLE t (id int)")
    database.prepare(Caution(lock_wait=0.2))
    other = connect(postgres_url)
    other.run("BEGIN")
    other.run("INSERT INTO t VALUES (1)")
    create = SqlStatement('CREATE INDEX CONCURRENTLY "i" ON "t" (id)', in_transaction=False)
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(database.execute, create)
        other.fetch("SELECT pg_sleep(0.6)")
        assert not building.done()
        assert other.fetch(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"
        ) == [(False,)]
        assert other.statement_landed(create, None, None) is False  # type: ignore[arg-type]
        other.run("COMMIT")
        building.result()

    assert database.statement_landed(create, None, None) is True  # type: ignore[arg-type]
    assert database.fetch("SHOW lock_timeout") == [("200ms",)]


@pytest.mark.parametrize(
    "text",
    [
        'DROP INDEX CONCURRENTLY "I x"',
        "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'it''s'",
        'ALTER TABLE "t" VALIDATE CONSTRAINT "positive"',
        'CREATE UNIQUE INDEX CONCURRENTLY "u" ON "public"."t" ("id")',
        'ALTER TABLE "t" ADD CONSTRAINT "more" CHECK (id > 1) NOT VALID',
        'ALTER TABLE "t" DROP CONSTRAINT "positive"',
        'ALTER TABLE "t" ALTER COLUMN "id" SET NOT NULL',
        'ALTER TABLE "t" ADD CONSTRAINT "ready" UNIQUE USING INDEX "ready"',
        'ALTER TABLE "t" DROP CONSTRAINT "positive", ADD CONSTRAINT "other" UNIQUE USING INDEX "ready"',
    ],
)
def test_statements_that_landed(database: PostgresDatabase, text: str) -> None:
    run(
        database,
        "CREATE TABLE t (id int)",
        'CREATE INDEX "I x" ON t (id)',
        "CREATE UNIQUE INDEX ready ON t (id)",
        "CREATE TYPE mood AS ENUM ('a')",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID",
    )
    statement = SqlStatement(text, in_transaction=False)

    assert database.statement_landed(statement, None, None) is False  # type: ignore[arg-type]
    database.execute(statement)
    assert database.statement_landed(statement, None, None) is True  # type: ignore[arg-type]


def test_a_broken_build_of_an_index_is_cleared_away(database: PostgresDatabase) -> None:
    """A duplicate stops the build and leaves an invalid index; the next run drops it and builds again."""
    run(database, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (1)")
    sql = 'CREATE UNIQUE INDEX CONCURRENTLY "i" ON "t" ("id")'
    build = ConcurrentIndex(sql, "i", '"t"', "t", ("id",), unique=True)
    for _ in range(2):
        with pytest.raises(StatementFailed, match="could not create unique index") as caught:
            database.execute(build)
        assert "Key (id)=(1) is duplicated" in caught.value.what
        assert database.fetch(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"
        ) == [(False,)]
    run(database, "DELETE FROM t")
    database.execute(build)
    database.execute(build)

    assert database.fetch(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"
    ) == [(True,)]
    assert database.statement_landed(build, None, None) is None  # type: ignore[arg-type]  # and may be repeated


def test_of_other_statements_nothing_can_tell(database: PostgresDatabase) -> None:
    vacuum = SqlStatement("VACUUM", in_transaction=False)

    assert database.statement_landed(vacuum, None, None) is None  # type: ignore[arg-type]


def test_ctrl_c_stays_ctrl_c_where_the_statement_is_still_under_way(
    database: PostgresDatabase,
) -> None:
    """psycopg cancels what it waits for; where Ctrl-C came a moment before that, the session stays busy."""
    database.prepare(Caution())
    session = database._session

    def broken_off() -> None:
        with database._unhurried(True):
            session.connection.pgconn.send_query(b"SELECT pg_sleep(60)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert session.is_busy
