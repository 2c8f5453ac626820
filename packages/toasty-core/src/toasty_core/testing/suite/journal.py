"""What is remembered of a migration, and what is noticed about its file."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from toasty_core import __version__, api
from toasty_core.backends import JournalEntry, JournalState
from toasty_core.errors import HistoryError
from toasty_core.operations import AddColumn, CreateTable
from toasty_core.plugins import hookimpl
from toasty_core.schema import ColumnDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE, POSTS
from toasty_core.testing.suite.base import SuiteBase
from toasty_core.testing.watch import hooks_with

MODELS = """
from toasty_core import key, model

@model
class Note:
    id: int = key()
    title: str
    text: str | None = None
"""
FULL = JournalEntry(
    version="20250101_000000_it_is",
    checksum="ast1:0123",
    source_hash="abc",
    state=JournalState.FAILED,
    done=2,
    total=5,
    statement='it\'s "quoted" \\ %s ünïcödé\nand a second line',
    started=datetime(2025, 1, 1, 12, 0, 0, tzinfo=timezone.utc),
    finished=datetime(2025, 1, 1, 12, 0, 1, tzinfo=timezone.utc),
    duration=1.5,
    error='it\'s "broken"',
    applied_by="ada@host",
    tool_version="0.1.0",
)


class _Reader:
    """A plug-in that reads the journal whenever a migration is through, as others can."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.found: list[tuple[JournalState, ...]] = []

    @hookimpl
    def toasty_after_migration(self) -> None:
        """Looks."""
        self.found.append(tuple(row.state for row in self._bench.journal()))


class JournalRows(SuiteBase):
    """The journal says who did what, when, and with which file."""

    def test_a_row_says_everything(self, bench: Bench) -> None:
        """Checksum with its algorithm, state, statements, times in UTC, who, and with which version."""
        version = bench.write_tables(ONE_TABLE, PEOPLE)
        began = datetime.now(timezone.utc) - timedelta(seconds=2)
        bench.up()
        (row,) = bench.journal()

        assert row.version == version
        assert ":" in row.checksum
        assert row.source_hash
        assert (row.state, row.error, row.statement) == (JournalState.APPLIED, None, None)
        assert row.done == row.total > 0
        assert row.started is not None
        assert row.finished is not None
        assert began <= row.started <= row.finished + timedelta(seconds=1)
        assert row.duration is not None
        assert 0 <= row.duration < 60
        assert row.applied_by
        assert row.tool_version == __version__

    def test_plug_ins_hear_of_a_migration_when_its_row_is_there(self, bench: Bench) -> None:
        """Whatever is kept back for the next message is written before a plug-in may look."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.write([AddColumn("users", ColumnDef("note", "String(50)", nullable=True))])
        reader = _Reader(bench)
        api.up(bench.project._replace(hooks=hooks_with(bench.backend, reader)))

        applied = JournalState.APPLIED
        assert reader.found == [(applied,), (applied, applied)]

    def test_rows_come_back_as_they_were_written(self, bench: Bench) -> None:
        """New, replaced and deleted; sorted by version."""
        later = JournalEntry(version="20250102_000000_later", checksum="x:1")
        with bench.connect() as database:
            assert database.read_journal() == []
            assert database.read_entry(FULL.version) is None
            assert not database.has_entry(FULL.version)
            database.create_journal()
            database.create_journal()
            database.write_journal(later)
            database.write_journal(FULL)
            assert database.read_journal() == [FULL, later]
            assert database.read_entry(FULL.version) == FULL
            assert database.has_entry(FULL.version)
            database.write_journal(FULL._replace(state=JournalState.APPLIED, error=None))
            assert [row.state for row in database.read_journal()] == [JournalState.APPLIED] * 2
            database.delete_journal(FULL.version)
            database.delete_journal(FULL.version)
            assert database.read_journal() == [later]

    def test_a_changed_file_is_noticed(self, bench: Bench) -> None:
        """One that says something else is an error until it is accepted; one that is only reformatted is not."""
        version = bench.write_tables(ONE_TABLE, PEOPLE)
        bench.up()
        file = bench.folder / f"{version}.py"
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "\n\n# a comment\n", encoding="utf-8")
        assert bench.up().done == ()

        file.write_text(text.replace("ada@example.com", "ada@example.org"), encoding="utf-8")
        with pytest.raises(HistoryError, match=version):
            bench.up()
        assert [entry.state for entry in api.status(bench.project).entries] == [
            api.StatusState.CHANGED
        ]
        assert api.repair(bench.project)
        assert bench.up().done == ()

    def test_a_late_file_is_applied(self, bench: Bench) -> None:
        """A file from another branch that comes before others is applied, and said so."""
        bench.write_tables(ONE_TABLE, PEOPLE)
        bench.up()
        version = bench.write([CreateTable(POSTS)])
        early = version.replace("20250101", "20240101")
        file = bench.folder / f"{version}.py"
        text = file.read_text(encoding="utf-8").replace(version, early)
        file.unlink()
        (bench.folder / f"{early}.py").write_text(text, encoding="utf-8")
        report = bench.up()

        assert [step.version for step in report.done] == [early]
        assert any(early in notice for notice in report.notices)
        bench.assert_schema(bench.schema())

    def test_generate_after_up_finds_nothing(self, bench: Bench) -> None:
        """From models to the database, and neither has anything that the other has not."""
        models = bench.folder.parent / "models.py"
        models.write_text(MODELS, encoding="utf-8")
        project = bench.project._replace(models=str(models))
        generated = api.generate(project, "create notes")
        api.up(project)

        assert generated.migration is not None
        bench.assert_schema(bench.schema())
        assert not api.drift(project)
        assert api.generate(project, "nothing").migration is None
