"""The process is killed at every moment at which it writes, and the next run ends as if it had not been."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from toasty_core import api
from toasty_core.backends import JournalState
from toasty_core.errors import Interrupted, ResolveNeeded
from toasty_core.migrations import Direction
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    InsertRows,
    ModifyColumn,
    Operation,
    RenameColumn,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, IndexDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import (
    ONE_TABLE,
    PEOPLE,
    POSTS,
    THREE,
    TWO_POSTS,
    changed,
)
from toasty_core.testing.story import Rows
from toasty_core.testing.suite.base import SuiteBase
from toasty_core.testing.watch import Stop, Watch, watched

OLDER = """
    def older(row):
        return {"age": (row["age"] or 0) + 1}
"""


class Crashes(SuiteBase):
    """Wherever a run stops, the next one knows where, and does nothing twice."""

    def test_killed_on_the_way_up(self, bench: Bench) -> None:
        """Killed behind each write in turn, and resumed, the end is the same."""
        rows = _write_change(bench)
        for at in _moments(bench, Direction.UP):
            _kill(bench, Direction.UP, at)
            _readable(bench)
            bench.up()
            _stands(bench, rows)
            bench.down()
            bench.assert_schema(ONE_TABLE)
            bench.assert_rows(ONE_TABLE, PEOPLE)

    def test_killed_on_the_way_down(self, bench: Bench) -> None:
        """The same holds for the way back."""
        rows = _write_change(bench)
        for at in _moments(bench, Direction.DOWN):
            bench.up()
            _stands(bench, rows)
            _kill(bench, Direction.DOWN, at)
            _readable(bench)
            if len(bench.journal()) == 2:
                bench.down()
            bench.assert_schema(ONE_TABLE)
            bench.assert_rows(ONE_TABLE, PEOPLE)
            assert len(bench.journal()) == 1

    def test_interrupted_on_the_way_up(self, bench: Bench) -> None:
        """Ctrl-C at any moment gives the lock back, and a next run goes on."""
        rows = _write_change(bench)
        for at in _moments(bench, Direction.UP):
            hooks = watched(bench.backend, Watch(Stop.INTERRUPT, at))
            with _ctrl_c(), pytest.raises((Interrupted, KeyboardInterrupt)):
                api.up(bench.project._replace(hooks=hooks))
            api.up(bench.project._replace(lock_timeout=0.0))
            _stands(bench, rows)
            bench.down()

    def test_killed_in_a_python_function(self, bench: Bench) -> None:
        """Each row is transformed once; where nothing can tell, a person is asked and nothing is guessed."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.up()
        bench.write([AddColumn("users", ColumnDef("nick", "String(50)", nullable=True))])
        execution = bench.watch(Direction.UP).index("execute") + 1
        version = bench.write_text('db.transform_rows("users", older)', head=OLDER)
        _kill(bench, Direction.UP, execution)
        if bench.backend.features.transactional_ddl:
            bench.up()
        else:
            _resolve(bench, version)
        older = tuple({**row, "age": (row["age"] or 0) + 1} for row in THREE)

        bench.assert_rows(ONE_TABLE, {"users": older})
        assert bench.up().done == ()
        assert {row.state for row in bench.journal()} == {JournalState.APPLIED}


def _write_change(bench: Bench) -> Rows:
    """A first migration, which is applied, and a second one of several kinds; gives the rows behind it."""
    bench.write_tables(ONE_TABLE, PEOPLE)
    bench.up()
    bench.write(tuple(_there(bench)), tuple(_back(bench)))
    name = "handle" if bench.backend.features.rename_column else "nick"
    return {"users": changed(THREE, **{name: "none"}), "posts": TWO_POSTS}


def _there(bench: Bench) -> Iterator[Operation]:
    features = bench.backend.features
    yield CreateTable(POSTS)
    yield InsertRows("posts", TWO_POSTS)
    yield AddColumn("users", ColumnDef("nick", "String(50)", nullable=True))
    yield UpdateRows("users", {"nick": "none"})
    if features.nullability:
        yield ModifyColumn("users", "name", nullable=True)
    if features.indexes:
        yield CreateIndex("users", IndexDef("idx_users_name", ["name"]))
    if features.rename_column:
        yield RenameColumn("users", "nick", "handle")


def _back(bench: Bench) -> Iterator[Operation]:
    features = bench.backend.features
    if features.rename_column:
        yield RenameColumn("users", "handle", "nick")
    if features.indexes:
        yield DropIndex("users", "idx_users_name")
    if features.nullability:
        yield ModifyColumn("users", "name", nullable=False)
    yield DropColumn("users", "nick")
    yield DropTable("posts")


def _moments(bench: Bench, direction: Direction) -> range:
    """The numbers of the moments; the database is as before when they are counted."""
    if direction is Direction.UP:
        seen = bench.watch(Direction.UP)
        bench.down()
    else:
        bench.up()
        seen = bench.watch(Direction.DOWN)
    assert "execute" in seen
    return range(1, len(seen) + 1)


def _resolve(bench: Bench, version: str) -> None:
    """Where nothing can tell, the error says so, and what to type; where something can, it is not asked."""
    try:
        bench.up()
    except ResolveNeeded as unclear:
        said = str(unclear)
    else:
        return
    assert version in said
    assert "migrate:resolve" in said
    api.resolve(bench.project, version, api.Outcome.APPLIED)


def _kill(bench: Bench, direction: Direction, at: int) -> None:
    ended = bench.child(direction, Stop.KILL, at).finish()

    assert ended.returncode == -signal.SIGKILL, f"moment {at}: {ended.stdout} {ended.stderr}"


def _readable(bench: Bench) -> None:
    """After a crash one can see where things stand."""
    assert len(api.status(bench.project).entries) == 2


def _stands(bench: Bench, rows: Rows) -> None:
    """Both migrations are applied, each thing once."""
    schema = bench.schema()
    bench.assert_schema(schema)
    bench.assert_rows(schema, rows)
    assert [row.state for row in bench.journal()] == [JournalState.APPLIED] * 2


@contextmanager
def _ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the test runner has turned that off for its workers."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
