"""The verbs on a database whose migrations commit together with their journal rows."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import (
    CheckFailed,
    DatabaseError,
    Interrupted,
    StatementFailed,
    UsageError,
)
from toasty_core.execution import Journal
from toasty_core.plugins import Hooks, hookimpl
from toasty_core.schema import ColumnDef

A, B, C = "20250101_000000_a", "20250102_000000_b", "20250103_000000_c"
USERS = 'db.create_table(TableDef("users", [ColumnDef("id", "Integer")], primary_key=["id"]))'
NAME = 'db.add_column("users", ColumnDef("name", "String", nullable=True))'


def journal(work):
    from toasty_core.api.project import open_database

    with open_database(work.project()) as database:
        return Journal.read(database)


def test_a_migration_that_fails_leaves_nothing_behind(work):
    work.write(A, USERS, 'db.drop_table("users")')
    api.up(work.project())
    before = work.sql("SELECT * FROM sqlite_master")
    file = work.write(B, NAME + '\ndb.execute_sql("NO SUCH WORD")')

    with pytest.raises(StatementFailed) as caught:
        api.up(work.project())

    assert caught.value.where == f"{file}:7"
    assert work.sql("SELECT * FROM sqlite_master") == before
    assert list(journal(work).entries) == [A]
    states = [entry.state.value for entry in api.status(work.project()).entries]
    assert states == ["applied", "pending"]


def test_the_migrations_before_the_one_that_fails_stand(work):
    work.write(A, USERS)
    work.write(B, 'db.execute_sql("NO SUCH WORD")')

    with pytest.raises(StatementFailed):
        api.up(work.project())

    assert work.tables() == ["users"]
    assert list(journal(work).entries) == [A]


def test_a_statement_that_can_stand_in_no_transaction_is_journaled(work):
    work.write(A, f'{USERS}\ndb.execute_sql("VACUUM")\n{NAME}')

    plan = api.plan(work.project())
    api.up(work.project())

    row = journal(work).entry(A)
    if not plan.steps[0].transactional:
        assert (row.done, row.total) == (3, 3)
    assert row.state is JournalState.APPLIED


@pytest.mark.parametrize("dying", ["VACUUM", "UPDATE users SET id = id + 10"])
def test_sql_around_a_vacuum_is_gone_on_with_after_a_crash(work, dying):
    sql = "INSERT INTO users VALUES (1); VACUUM; UPDATE users SET id = id + 10"
    work.write(A, USERS)
    work.write(B, f'db.execute_sql("{sql}")')
    code = f"""
import os
from toasty_core import api
from toasty_sqlite.database import SqliteDatabase
run = SqliteDatabase.run
def dies(self, sql, parameters=()):
    run(self, sql, parameters)
    if sql == {dying!r}:
        os._exit(9)
SqliteDatabase.run = dies
api.up(api.Project({str(work.folder)!r}, "sqlite:{work.file}"))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9

    api.up(work.project())

    assert work.sql("SELECT id FROM users") == [(11,)]
    assert journal(work).entry(B).state is JournalState.APPLIED


@pytest.mark.parametrize("seconds", [0.5, 30.0])
def test_a_file_that_another_program_keeps_to_itself_is_waited_for_like_the_lock(work, seconds):
    work.write(A, USERS)
    other = sqlite3.connect(work.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(1.5, other.close).start()
    project = api.Project(work.folder, f"sqlite:{work.file}?timeout=0", lock_timeout=seconds)

    if seconds < 1:
        with pytest.raises(DatabaseError, match="is locked"):
            api.up(project)
    else:
        api.up(project)
        assert work.tables() == ["users"]


@pytest.mark.parametrize(("rows", "said"), [([1], "1 row is null"), ([1, 2], "2 rows are null")])
def test_one_row_is_spoken_of_as_one(work, rows, said):
    work.write(A, f"{USERS}\n{NAME}\ndb.insert_rows('users', [{{'id': n}} for n in {rows}])")
    work.write(B, 'db.modify_column("users", "name", nullable=False)')

    with pytest.raises(CheckFailed, match=said):
        api.up(work.project())


def test_rows_without_a_value_for_a_new_column_stop_it_with_what_to_write(work):
    work.write(A, f"{USERS}\ndb.insert_rows('users', [{{'id': n}} for n in range(7)])")
    api.up(work.project())
    work.write(B, 'db.add_column("users", ColumnDef("email", "String"))')

    with pytest.raises(CheckFailed) as caught:
        api.up(work.project())

    assert "users.email" in caught.value.what
    assert "7 rows" in caught.value.what
    assert "fill=" in (caught.value.hint or "")
    assert len(caught.value.findings) <= 5
    assert list(journal(work).entries) == [A]


def test_ctrl_c_rolls_back_and_says_so(work):
    import pluggy

    from toasty_core.plugins import specs

    class Interrupts:
        @hookimpl
        def toasty_after_statement(self):
            raise KeyboardInterrupt

    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    manager.register(Interrupts())
    work.write(A, USERS)

    with pytest.raises(Interrupted) as caught:
        api.up(work.project(hooks=Hooks(manager)))

    assert caught.value.what == (
        f"Interrupted. 0 migration(s) were applied before {A}, of which nothing is applied."
    )
    assert work.tables() == []
    assert api.status(work.project()).lock is None


def test_many_runners_at_once_apply_each_migration_once(work):
    for number, version in enumerate((A, B, C)):
        work.write(version, f'db.execute_sql("CREATE TABLE t{number} (x)")')
    code = (
        "from toasty_core import api\n"
        f"p = api.Project({str(work.folder)!r}, 'sqlite:{work.file}')\n"
        "print(len(api.up(p).done))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    runners = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    done = [runner.communicate()[0].strip() for runner in runners]

    assert sorted(done) == ["0", "0", "0", "3"]
    assert [runner.returncode for runner in runners] == [0] * 4


def test_a_database_in_memory_has_no_history(work):
    work.write(A, USERS)
    project = api.Project(work.folder, "sqlite::memory:")

    assert len(api.up(project).done) == 1
    assert len(api.up(project).done) == 1


def test_status_and_plan_make_no_file(work):
    work.write(A, USERS)

    api.status(work.project())
    api.plan(work.project())
    api.repair(work.project())

    assert not work.file.exists()


def test_without_a_url_the_option_is_named(work):
    with pytest.raises(UsageError) as caught:
        api.status(api.Project(work.folder))

    assert "--url" in (caught.value.hint or "")


def test_without_a_url_a_plan_has_operations_and_no_statements(work):
    work.write(A, USERS, 'db.drop_table("users")')

    step = api.plan(api.Project(work.folder)).steps[0]

    assert [operation.kind for operation in step.recording.operations] == ["create_table"]
    assert step.statements == ()


def test_baseline_records_without_running(work):
    work.sql("CREATE TABLE users (id INTEGER PRIMARY KEY)")
    for version in (A, B, C):
        work.write(version, "db.execute_sql('NO SUCH WORD')")

    assert api.baseline(work.project(), B) == (A, B)
    assert api.baseline(work.project(), B) == ()
    states = [entry.state.value for entry in api.status(work.project()).entries]
    assert states == ["applied", "applied", "pending"]


def test_drift_is_what_somebody_changed_by_hand(work):
    work.write(A, USERS)
    api.up(work.project())
    work.sql("ALTER TABLE users ADD COLUMN extra TEXT")
    work.sql("CREATE TABLE other (x)")

    kinds = sorted(operation.kind for operation in api.drift(work.project()))

    assert kinds == ["add_column", "create_table"]
    assert api.show(work.project(), live=True).table("users").has_column("extra")
    assert not api.show(work.project()).table("users").has_column("extra")


def run_script(work, lines):
    """Runs a script as the sqlite3 client does, which alone knows lines that begin with a dot."""
    text = "\n".join(lines).splitlines()
    connection = sqlite3.connect(work.file)
    connection.executescript("\n".join(line for line in text if not line.startswith(".")))
    connection.close()


def test_an_offline_script_leads_to_the_same_schema_and_journal(work):
    work.write(A, USERS, 'db.drop_table("users")')
    work.write(B, NAME, 'db.drop_column("users", "name")')
    run_script(work, api.offline_script(work.project(), "sqlite"))

    assert api.up(work.project()).done == ()
    assert api.drift(work.project()).operations == ()
    run_script(work, api.offline_script(work.project(), "sqlite", from_=B, to=A))
    states = [entry.state.value for entry in api.status(work.project()).entries]
    assert states == ["applied", "pending"]


def test_check_finds_what_does_not_agree(work):
    work.generate(work.users)
    assert api.check(work.project(work.users)) == api.CheckReport(
        (), None, (api.status(work.project()).entries[0].version,)
    )
    api.up(work.project())
    wanted = work.with_columns(ColumnDef("name", "String", nullable=True))

    report = api.check(work.project(wanted))
    assert report.pending_changes is not None
    assert [operation.kind for operation in report.pending_changes] == ["add_column"]

    work.snapshot.unlink()
    assert [f.code for f in api.check(work.project()).findings] == ["no-snapshot"]
    file = work.write(B, "1 / 0")
    finding = api.check(work.project()).findings[0]
    assert (finding.code, finding.where) == ("broken-file", f"{file}:6")


def test_the_password_is_not_in_a_projects_repr(work):
    project = api.Project(work.folder, "postgresql://ann:s3cret@host/db")

    assert "s3cret" not in repr(project)


def test_backends_lists_what_is_installed():
    found = {info.name: info for info in api.backends()}

    assert found["sqlite"].schemes == ("sqlite",)
    assert found["sqlite"].distribution == "toasty-sqlite"
    assert found["sqlite"].features.indexes
