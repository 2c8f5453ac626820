"""Every story: up, down, and up again, through real files, the planner and the runner."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from toasty_core import api
from toasty_core.backends import Backend, Features
from toasty_core.errors import StatementFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    DeleteRows,
    InsertRows,
    ModifyColumn,
    fold,
)
from toasty_core.schema import SchemaSnapshot, TableDef
from toasty_core.testing.bench import Bench, in_column_order
from toasty_core.testing.stories import STORIES
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE, USERS
from toasty_core.testing.story import Story, Try
from toasty_core.testing.suite.base import SuiteBase

FEATURES = tuple(name for name in Features._fields if name != "reasons")
TOLD_ELSEWHERE = ("transactional_ddl", "transactional_rows", "collations", "commands")
"""Features that no story of `STORIES` needs, since other tests prove them."""


class Stories(SuiteBase):
    """Operations do what they say, and features are what they are said to be."""

    @pytest.mark.parametrize("story", STORIES, ids=str)
    def test_story(self, bench: Bench, story: Story) -> None:
        """The live schema and the rows follow the migration up, down, and up again."""
        hear(bench, story)

    @pytest.mark.parametrize("story", STORIES, ids=str)
    def test_compiling_is_pure(self, backend: Backend, story: Story) -> None:
        """Statements are the same every time, and the schema before stays as it is."""
        if not all(getattr(backend.features, need) for need in story.needs):
            return
        before = story.before.draft()
        untouched = before.frozen()
        texts = [_texts(backend, story, before) for _ in range(2)]

        assert texts[0] == texts[1]
        assert all(text.strip() for text in texts[0])
        assert before.frozen() == untouched

    @pytest.mark.parametrize("feature", FEATURES)
    def test_feature_has_a_reason_unless_native(self, backend: Backend, feature: str) -> None:
        """A feature that is emulated or missing says why; no reason is given for a name that is none."""
        support = getattr(backend.features, feature)

        assert support.value == "native" or backend.features.reasons.get(feature)
        assert set(backend.features.reasons) <= set(FEATURES)

    @pytest.mark.parametrize("feature", [name for name in FEATURES if name not in TOLD_ELSEWHERE])
    def test_feature_shows(self, backend: Backend, feature: str) -> None:
        """A feature that is there changes what the database reports or refuses, in one story at least."""
        if not getattr(backend.features, feature):
            return

        assert any(_shows(backend, story) for story in STORIES if feature in story.needs)

    def test_a_column_keeps_its_collation(self, bench: Bench) -> None:
        """A column with an order of its own is reported back with it, up and down."""
        column = evolve(USERS.column("name"), collation=self.collation or "some_collation")
        story = Story(
            name="collation",
            needs="collations",
            before=ONE_TABLE,
            rows=PEOPLE,
            operations=(
                ModifyColumn("users", "name", collation=column.collation),
                AddColumn("users", evolve(column, name="nick", nullable=True)),
                CreateTable(TableDef("tags", [column], primary_key=["name"])),
            ),
        )
        hear(bench, story)

    def test_known_gaps_name_something(self) -> None:
        """A gap that names nothing is a misspelling."""
        from toasty_core.testing.suite import known_names

        assert sorted(set(self.known_gaps) - known_names(type(self))) == []


def hear(bench: Bench, story: Story) -> tuple[str, ...]:
    """Tells the story to an empty database. Gives the features that the backend lacks for it, and rightly refuses."""
    features = bench.backend.features
    lacking = tuple(need for need in story.needs if not getattr(features, need))
    bench.write_tables(story.before, story.rows)
    bench.write(story.operations, story.down)
    if lacking:
        _assert_refused(bench, story, lacking)
    else:
        _tell(bench, story)
    return lacking


def _tell(bench: Bench, story: Story) -> None:
    after = fold(story.operations, story.before)
    gone = story.rows if story.after is None else story.after
    back = story.rows if story.back is None else story.back
    _arrives(bench, after, gone)

    bench.down()
    bench.assert_schema(story.before)
    bench.assert_rows(story.before, back)

    bench.up()
    bench.assert_schema(after)
    for attempt in story.tries:
        _try(bench, after, attempt)
    for taken in (attempt for attempt in story.tries if attempt.stands is not None):
        bench.execute(DeleteRows(taken.table, taken.row))
    bench.down(None)
    assert bench.introspect() == SchemaSnapshot()


def _arrives(bench: Bench, after: SchemaSnapshot, rows: Any) -> None:
    bench.up()
    bench.assert_schema(after)
    bench.assert_rows(after, rows)
    assert not api.drift(bench.project)
    assert bench.up().done == ()


def _try(bench: Bench, schema: SchemaSnapshot, attempt: Try) -> None:
    """Puts a row in that must stand or be refused."""
    before = bench.rows(attempt.table, schema)
    if attempt.stands is None:
        with pytest.raises(StatementFailed):
            bench.execute(InsertRows(attempt.table, [attempt.row]))
        assert bench.rows(attempt.table, schema) == before
        return
    bench.execute(InsertRows(attempt.table, [attempt.row]))
    found = bench.rows(attempt.table, schema)
    wanted = dict(attempt.stands)

    assert len(found) == len(before) + 1
    assert wanted in [{name: row[name] for name in wanted} for row in found]


def _assert_refused(bench: Bench, story: Story, lacking: tuple[str, ...]) -> None:
    """What a backend lacks is refused with a reason before anything is changed.

    Or it is left out, where `canonical_schema` leaves it out as well, such as comments that a database cannot
    keep. What takes effect in spite of the flag is an error.
    """
    after = fold(story.operations, story.before)
    refusal = _refusal(bench)
    if refusal is not None:
        assert refusal.reason
        assert bench.introspect() == SchemaSnapshot()
        assert bench.journal() == []
        return
    backend, words = bench.backend, f"{', '.join(lacking)} is said to be missing, but takes effect"
    kept = (in_column_order(backend.canonical_schema(it)) for it in (story.before, after))

    assert after != story.before, words
    assert next(kept) == next(kept), words
    bench.assert_schema(after)
    bench.down(None)


def _refusal(bench: Bench) -> Unsupported | None:
    try:
        bench.up()
    except Unsupported as error:
        return error
    return None


def _texts(backend: Backend, story: Story, before: SchemaSnapshot) -> list[str]:
    parts = backend.compile_all(story.operations, before)
    return [str(statement) for part in parts for statement in part.statements]


def _shows(backend: Backend, story: Story) -> bool:
    after = fold(story.operations, story.before)
    schemas = [backend.canonical_schema(schema) for schema in (story.before, after)]
    rows = story.after is not None and story.after != story.rows
    return schemas[0] != schemas[1] or rows or bool(story.tries)


__all__ = ["FEATURES", "Stories", "hear"]
