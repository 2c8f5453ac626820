"""A plan says what will be done, and does nothing."""

from __future__ import annotations

from toasty_core import api
from toasty_core.migrations import Direction
from toasty_core.operations import AddColumn, CreateTable
from toasty_core.schema import ColumnDef, SchemaSnapshot
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE, POSTS
from toasty_core.testing.suite.base import SuiteBase

NOTES = AddColumn("users", ColumnDef("notes", "Text", nullable=True))


class DryRun(SuiteBase):
    """Reading verbs write nothing."""

    def test_a_plan_of_an_empty_database_writes_nothing(self, bench: Bench) -> None:
        """Not even a journal is made, and the statements are there to be read."""
        before = self.fingerprint(bench)
        bench.write_tables(ONE_TABLE, PEOPLE)
        plan = api.plan(bench.project)

        assert [len(step.statements) > 0 for step in plan.steps] == [True]
        assert self.fingerprint(bench) == before
        assert bench.introspect() == SchemaSnapshot()

    def test_a_plan_of_a_database_in_use_writes_nothing(self, bench: Bench) -> None:
        """Neither way, whatever the steps are."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.up()
        before = self.fingerprint(bench)
        bench.write([CreateTable(POSTS), NOTES])
        bench.write_text(
            "db.run(broken)", head='def broken(live):\n    raise RuntimeError("ran")\n'
        )

        assert len(api.plan(bench.project).steps) == 2
        assert len(api.plan(bench.project, direction=Direction.DOWN).steps) == 1
        assert self.fingerprint(bench) == before

    def test_status_writes_nothing(self, bench: Bench) -> None:
        """Asking where things stand leaves the database as it is."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        before = self.fingerprint(bench)
        states = [entry.state for entry in api.status(bench.project).entries]

        assert states == [api.StatusState.PENDING]
        assert self.fingerprint(bench) == before
