"""What goes wrong in the middle leaves a database that is known, and that goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from toasty_core.backends import JournalState
from toasty_core.errors import CheckFailed, StatementFailed
from toasty_core.operations import AddColumn, CreateTable, InsertRows, ModifyColumn, Operation
from toasty_core.schema import ColumnDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE, POSTS, TWO_POSTS
from toasty_core.testing.suite.base import SuiteBase

BREAKING = """
    from pathlib import Path

    POSTS = TableDef(
        "posts",
        [ColumnDef("id", "Integer"), ColumnDef("title", "String(100)")],
        primary_key=["id"],
    )

    def break_down(live):
        if Path({flag!r}).exists():
            raise RuntimeError("the flag is up")
"""
THERE = """
    db.create_table(POSTS)
    db.insert_rows("posts", [{"id": 1, "title": "Notes"}])
    db.run(break_down)
    db.add_column("posts", ColumnDef("likes", "Integer", nullable=True))
"""
BACK = """
    db.delete_rows("posts", {"id": 1})
    db.run(break_down)
    db.drop_table("posts")
"""
CITY = AddColumn("users", ColumnDef("city", "String(20)"))


class Failures(SuiteBase):
    """A failure is either as if nothing had been, or journaled and gone on from."""

    def _with_flag(self, bench: Bench) -> tuple[Path, str]:
        flag = bench.folder / "flag"
        bench.write_tables(ONE_TABLE, PEOPLE)
        version = bench.write_text(THERE, BACK, head=BREAKING.format(flag=str(flag)))
        flag.touch()
        return flag, version

    def test_failure_on_the_way_up(self, bench: Bench) -> None:
        """The error names the line, and a next run, when the cause is gone, ends as if nothing had been."""
        flag, version = self._with_flag(bench)
        with pytest.raises(StatementFailed, match="the flag is up") as caught:
            bench.up()
        assert f"{version}.py:" in str(caught.value.where)

        rows = {row.version: row for row in bench.journal()}
        if bench.backend.features.transactional_ddl:
            assert version not in rows
            bench.assert_schema(ONE_TABLE)
        else:
            assert rows[version].state is JournalState.FAILED
            assert "the flag is up" in str(rows[version].error)
            # Where rows share a transaction with the function, they went with it.
            assert rows[version].done == (1 if bench.backend.features.transactional_rows else 2)

        flag.unlink()
        bench.up()
        bench.assert_schema(bench.schema())
        bench.assert_rows(bench.schema(), {**PEOPLE, "posts": ({"id": 1, "title": "Notes"},)})

    def test_failure_on_the_way_down(self, bench: Bench) -> None:
        """The same holds for the way back."""
        flag, version = self._with_flag(bench)
        flag.unlink()
        bench.up()
        flag.touch()
        with pytest.raises(StatementFailed, match="the flag is up"):
            bench.down()

        rows = {row.version: row for row in bench.journal()}
        transactional = bool(bench.backend.features.transactional_ddl)
        expected = JournalState.APPLIED if transactional else JournalState.REVERTING
        assert rows[version].state is expected
        if transactional:
            bench.assert_rows(bench.schema(), {"posts": ({"id": 1, "title": "Notes"},)})

        flag.unlink()
        bench.down()
        bench.assert_schema(ONE_TABLE)
        bench.assert_rows(ONE_TABLE, PEOPLE)

    def test_what_the_database_refuses(self, bench: Bench) -> None:
        """A key that stands twice is our error, with the statement and the line; earlier migrations stand."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write([CreateTable(POSTS), InsertRows("posts", TWO_POSTS)])
        version = bench.write(
            [InsertRows("posts", [{"id": 12, "title": "x"}, TWO_POSTS[0]])], down=()
        )
        with pytest.raises(StatementFailed) as caught:
            bench.up()

        assert f"{version}.py:" in str(caught.value.where)
        assert caught.value.statement
        bench.assert_rows(bench.schema(), {"posts": TWO_POSTS})
        bench.assert_schema(bench.schema())

    def test_a_required_column_without_a_value_is_stopped_before_it_begins(
        self, bench: Bench
    ) -> None:
        """With rows there and neither default nor fill, nothing is changed and the error says what to write."""
        if not bench.backend.features.nullability:
            return
        error = self._stopped(bench, [CreateTable(POSTS), CITY])

        assert "fill" in str(error.hint)

    def test_values_that_do_not_convert_are_stopped_before_it_begins(self, bench: Bench) -> None:
        """They are counted, and some of them shown."""
        if not bench.backend.features.modify_type:
            return
        to_number = ModifyColumn("users", "name", type="Integer")
        error = self._stopped(bench, [CreateTable(POSTS), to_number])

        assert "3" in error.what
        assert "Ada" in str(error)

    def test_nulls_are_stopped_before_they_are_forbidden(self, bench: Bench) -> None:
        """The rows that have none are counted."""
        if not bench.backend.features.nullability:
            return
        error = self._stopped(bench, [ModifyColumn("users", "email", nullable=False)])

        assert "1" in error.what

    def _stopped(self, bench: Bench, operations: list[Operation]) -> CheckFailed:
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.up()
        before = bench.journal()
        version = bench.write(operations)
        with pytest.raises(CheckFailed) as caught:
            bench.up()

        assert f"{version}.py:" in str(caught.value.where)
        assert bench.journal() == before
        bench.assert_schema(ONE_TABLE)
        bench.assert_rows(ONE_TABLE, PEOPLE)
        return caught.value
