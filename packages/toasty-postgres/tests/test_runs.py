"""`up` on a database that others use, and that goes away: one clear error, nothing lost, and the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from toasty_core import api
from toasty_core.backends import Caution, JournalState
from toasty_core.errors import DatabaseError, LockNotAvailable, StatementFailed
from toasty_core.execution import Progress
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.bench import Bench
from toasty_core.testing.watch import hooks_with
from toasty_core.url import Url
from toasty_postgres import PostgresBackend

Sql = Callable[..., list[tuple[Any, ...]]]
Relayed = Callable[[str], tuple[str, Any]]

HEAD = """
    USERS = TableDef(
        "users",
        [ColumnDef("id", "Integer"), ColumnDef("name", "String(50)", nullable=True)],
        primary_key=["id"],
    )
"""
BUILDING = "query LIKE 'CREATE INDEX CONC%' AND datname = current_database()"
ADD_AGE = 'db.add_column("users", ColumnDef("age", "Integer", nullable=True))'


@pytest.fixture
def bench(tmp_path: Path, postgres_url: str) -> Bench:
    """A project with a migration that makes a table."""
    made = Bench(tmp_path / "migrations", postgres_url, PostgresBackend(), lambda url, table: ())
    made.write_text("db.create_table(USERS)", 'db.drop_table("users")', head=HEAD)
    return made


def project(bench: Bench, url: str | None = None, **caution: Any) -> api.Project:
    """The project, maybe over another way to the same database."""
    hooks = hooks_with(bench.backend)
    return api.Project(bench.folder, url=url or bench.url, hooks=hooks, caution=Caution(**caution))


def states(bench: Bench) -> list[JournalState]:
    return [row.state for row in bench.journal()]


@pytest.mark.parametrize(
    ("cut_at", "after_answer", "left"),
    [(b'CREATE TABLE "users"', False, 0), (b";\nCOMMIT", True, 1)],
)
def test_a_cut_connection(
    bench: Bench, relayed: Relayed, cut_at: bytes, after_answer: bool, left: int
) -> None:
    """In the middle of a statement nothing is left; before the commit's answer all is there, and known."""
    bench.write_text(ADD_AGE)
    url, relay = relayed(bench.url)
    with bench.connect() as database:
        database.create_journal()
    relay.cut_at, relay.after_answer = cut_at, after_answer
    with pytest.raises(DatabaseError, match="was lost") as caught:
        api.up(project(bench, url))
    assert not isinstance(caught.value, StatementFailed)
    time.sleep(0.2)
    assert len(bench.journal()) == left

    report = bench.up()
    assert len(report.done) == 2 - left
    assert states(bench) == [JournalState.APPLIED] * 2
    bench.assert_schema(bench.schema())


def test_rights_that_end_half_way(bench: Bench, sql: Sql) -> None:
    """The migration that they do not reach leaves nothing, and runs when they are given."""
    name = f"toasty_{Url.parse(bench.url).database}"
    sql(f'CREATE ROLE "{name}" LOGIN')
    try:
        _with_some_rights(bench, sql, name)
    finally:
        sql(f'REASSIGN OWNED BY "{name}" TO CURRENT_USER')
        sql(f'DROP OWNED BY "{name}"')
        sql(f'DROP ROLE "{name}"')


def _with_some_rights(bench: Bench, sql: Sql, name: str) -> None:
    url = bench.url.replace("//postgres@", f"//{name}@")
    with pytest.raises(DatabaseError, match="permission denied for schema") as caught:
        api.up(project(bench, url))
    assert "GRANT" in str(caught.value.hint)
    sql(f'GRANT USAGE, CREATE ON SCHEMA public TO "{name}"')
    sql("CREATE TABLE theirs (id int)")
    bench.write_text(
        'db.execute_sql("CREATE TABLE notes (id int)")\ndb.execute_sql("ALTER TABLE theirs ADD n int")'
    )
    with pytest.raises(StatementFailed, match="must be owner of table theirs") as refused:
        api.up(project(bench, url))
    assert ".py:" in str(refused.value.where)
    assert sql("SELECT to_regclass('users') IS NULL, to_regclass('notes') IS NULL") == [
        (False, True)
    ]

    sql(f'ALTER TABLE theirs OWNER TO "{name}"')
    assert len(api.up(project(bench, url)).done) == 1
    assert states(bench) == [JournalState.APPLIED] * 2


class Watching(Progress):
    """Notes every new try, and lets the blocker go after some."""

    def __init__(self, let_go: Callable[[], object], after: int) -> None:
        self.seen: list[LockNotAvailable] = []
        self._let_go = let_go
        self._after = after

    def retrying(self, step: Any, error: LockNotAvailable, pause: float) -> None:
        """Somebody is in the way."""
        self.seen.append(error)
        if len(self.seen) == self._after:
            self._let_go()


def test_somebody_in_the_way_is_waited_for_and_overtaken(bench: Bench) -> None:
    """Others get at the table between the tries, and the migration is through when the way is free."""
    bench.up()
    bench.write_text(ADD_AGE)
    with psycopg.connect(bench.url, application_name="report") as blocker:
        blocker.execute("SELECT * FROM users")
        progress = Watching(blocker.rollback, 2)
        report = api.up(project(bench, lock_wait=0.1), progress=progress)

    assert len(report.done) == 1
    assert len(progress.seen) == 2
    assert "report" in str(progress.seen[0].blockers)


def test_who_does_not_make_way_is_named(bench: Bench) -> None:
    bench.up()
    bench.write_text(ADD_AGE)
    with psycopg.connect(bench.url, application_name="report") as blocker:
        blocker.execute("SELECT name FROM users")
        with pytest.raises(LockNotAvailable) as caught:
            api.up(project(bench, lock_wait=0.1, tries=2))

    told = str(caught.value)
    assert "report" in told
    assert "SELECT name FROM users" in told
    assert "2 times" in told
    assert states(bench) == [JournalState.APPLIED]
    bench.up()


@pytest.mark.parametrize("killed", ["toasty", "the session"])
def test_killed_while_an_index_is_built(bench: Bench, sql: Sql, killed: str) -> None:
    """What a broken build left is dropped and built again, and nobody else begins before it has ended."""
    bench.up()
    sql("INSERT INTO users SELECT generate_series(1, 200), 'x'")
    sql("ANALYZE users")
    bench.write_text(
        'db.create_index("users", IndexDef("by_name", ["name"]))',
        'db.drop_index("users", "by_name")',
    )
    with psycopg.connect(bench.url) as blocker:
        blocker.execute("INSERT INTO users VALUES (999)")  # keeps the build waiting
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(bench.folder), bench.url])
        try:
            _until(lambda: sql(f"SELECT 1 FROM pg_stat_activity WHERE {BUILDING}"))
            if killed == "toasty":
                child.send_signal(signal.SIGKILL)
            else:
                sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {BUILDING}")
            child.wait(timeout=20)
        finally:
            child.kill()
            child.wait()
        assert states(bench) == [JournalState.APPLIED, JournalState.RUNNING]
        ended = threading.Timer(1.0, blocker.rollback)
        ended.start()
        report = api.up(project(bench, large_table=100))
        ended.join()

    assert len(report.done) == 1
    assert states(bench) == [JournalState.APPLIED] * 2
    assert sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass") == [
        (True,)
    ]
    assert sql("SELECT max(id) FROM users") == [(200,)]
    bench.assert_schema(bench.schema())


CHILD = """
import sys
from pathlib import Path
from toasty_core import api
from toasty_core.backends import Caution
from toasty_core.testing.watch import hooks_with
from toasty_postgres import PostgresBackend
api.up(api.Project(Path(sys.argv[1]), url=sys.argv[2], hooks=hooks_with(PostgresBackend()), caution=Caution(100)))
"""


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_status_without_rights_changes_nothing(bench: Bench) -> None:
    """Whoever may only connect still sees that nothing is applied."""
    assert len(api.status(project(bench)).entries) == 1
    assert bench.introspect() == SchemaSnapshot()
