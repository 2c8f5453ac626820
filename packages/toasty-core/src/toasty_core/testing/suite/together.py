"""Many runners at once, and the lock between them."""

from __future__ import annotations

from collections import Counter

import pytest

from toasty_core import api
from toasty_core.backends import Database, LockOwner
from toasty_core.errors import LockHeld
from toasty_core.execution import Progress
from toasty_core.execution.lock import new_owner
from toasty_core.migrations import Direction
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE
from toasty_core.testing.suite.base import SuiteBase

LOG = """
    import os

    LOG = TableDef(
        "log",
        [ColumnDef("id", "String(40)"), ColumnDef("note", "String(40)")],
        primary_key=["id"],
    )

    def row(note):
        return {"id": os.urandom(16).hex(), "note": note}
"""
LEASE = 60.0


class Together(SuiteBase):
    """One runner at a time, and every migration once."""

    def test_many_runners_apply_each_migration_once(self, bench: Bench) -> None:
        """All end well, each migration is run by one of them, and leaves its one row."""
        first = 'db.create_table(LOG)\ndb.insert_rows("log", [row("first")])'
        bench.write_text(first, 'db.drop_table("log")', head=LOG, name="first")
        bench.write_text('db.insert_rows("log", [row("second")])', head=LOG, name="second")
        bench.write_text('db.insert_rows("log", [row("third")])', head=LOG, name="third")
        runs = [bench.child(Direction.UP).start() for _ in range(self.runners)]
        said = [run.communicate(timeout=120) for run in runs]

        assert [run.returncode for run in runs] == [0] * self.runners, said
        ran = Counter(version for out, _ in said for version in out.split())
        assert ran == Counter(row.version for row in bench.journal())
        notes = Counter(row["note"] for row in bench.rows("log"))
        assert notes == Counter(["first", "second", "third"])

    def test_the_lock_has_one_owner(self, bench: Bench) -> None:
        """It is renewed by its owner, refused to others with the owner's name, and free when given back."""
        ours, theirs = new_owner(), new_owner()
        with bench.connect() as one, bench.connect() as other:
            one.create_journal()
            assert one.take_lock(ours, LEASE) is None
            assert one.take_lock(ours, LEASE) is None
            holder = other.take_lock(theirs, LEASE)
            assert isinstance(holder, LockOwner)
            other.release_lock(theirs)
            assert other.take_lock(theirs, LEASE) is not None
            one.release_lock(ours)
            one.release_lock(ours)
            assert other.take_lock(theirs, LEASE) is None
            other.release_lock(theirs)

    def test_a_second_runner_gives_up_in_time(self, bench: Bench) -> None:
        """It says who holds the lock, and has changed nothing."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        owner = new_owner()
        with bench.connect() as holder:
            holder.create_journal()
            holder.take_lock(owner, LEASE)
            with pytest.raises(LockHeld) as caught:
                api.up(bench.project._replace(lock_timeout=0.2))
            holder.release_lock(owner)

        assert str(owner.pid) in str(caught.value)
        assert bench.introspect() == SchemaSnapshot()
        assert bench.journal() == []

    def test_a_second_runner_waits_and_goes_on(self, bench: Bench) -> None:
        """It is told whom it waits for, and goes on when that one is done."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        owner = new_owner()
        with bench.connect() as holder:
            holder.create_journal()
            holder.take_lock(owner, LEASE)

            progress = _Release(holder, owner)
            report = api.up(bench.project, progress=progress)

        assert [found.pid for found in progress.waited] == [owner.pid]
        assert len(report.done) == 1


class _Release(Progress):
    """Gives the lock back as soon as somebody waits for it."""

    def __init__(self, database: Database, owner: LockOwner) -> None:
        self.waited: list[LockOwner] = []
        self._database = database
        self._owner = owner

    def waiting(self, holder: LockOwner) -> None:
        """Somebody waits."""
        self.waited.append(holder)
        self._database.release_lock(self._owner)
