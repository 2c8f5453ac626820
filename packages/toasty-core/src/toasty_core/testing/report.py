"""The features of a backend as a table, and which of the kit's stories it passes."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from toasty_core.backends import Support
from toasty_core.errors import ToastyError
from toasty_core.operations import TransformRows
from toasty_core.plugins import backend_for
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.bench import Bench
from toasty_core.url import Url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toasty_core.backends import Backend
    from toasty_core.testing.story import Rows, Story


@frozen
class Outcome:
    """How one story went. `refused`: the backend lacks what it needs, and said so as it should."""

    story: str
    word: str
    why: str = ""

    @property
    def failed(self) -> bool:
        """Did the backend do what it should not?"""
        return self.word == "failed"


def feature_table(backend: Backend) -> Iterator[str]:
    """The lines of a Markdown table: each feature, how it is supported, and why not better."""
    yield "| feature | support | reason |"
    yield "|---|---|---|"
    for name, support in backend.features._asdict().items():
        if isinstance(support, Support):
            reason = backend.features.reasons.get(name, "")
            yield f"| {name.replace('_', ' ')} | {support.value} | {reason} |"


def story_table(outcomes: list[Outcome]) -> Iterator[str]:
    """The lines of a Markdown table: each story and how it went; then how many."""
    yield "| story | outcome | why |"
    yield "|---|---|---|"
    for outcome in outcomes:
        yield f"| {outcome.story.replace('_', ' ')} | {outcome.word} | {outcome.why} |"
    words = [outcome.word for outcome in outcomes]
    yield ""
    yield ", ".join(f"{words.count(word)} {word}" for word in ("passed", "refused", "failed"))


def tell_stories(url: str) -> list[Outcome]:
    """Tells every story to the database at `url`, which must be empty and is empty afterwards.

    Raises ToastyError when it cannot be opened or holds anything.
    """
    from toasty_core.testing.stories import STORIES

    backend = backend_for(Url.parse(url).scheme)
    with tempfile.TemporaryDirectory() as folder:
        _must_be_empty(_bench(Path(folder), "look", url, backend))
        return [_tell(_bench(Path(folder), story.name, url, backend), story) for story in STORIES]


class _ReportBench(Bench):
    """A bench without anybody's help: rows are read through the backend itself."""

    def assert_rows(self, schema: SchemaSnapshot, expected: Rows) -> None:
        """As usual, but for tables without a key, whose rows cannot be walked through."""
        keyed = {table: rows for table, rows in expected.items() if schema.table(table).key_columns}
        super().assert_rows(schema, keyed)

    def rows(self, table: str, schema: SchemaSnapshot | None = None) -> list[dict[str, Any]]:
        """The rows as a function in `db.transform_rows` gets them."""
        found: list[Mapping[str, Any]] = []
        self.execute(TransformRows(table, lambda row: found.append(dict(row))), schema)
        self._read_rows = lambda url, table: found
        return super().rows(table, schema)


def _bench(folder: Path, name: str, url: str, backend: Backend) -> Bench:
    return _ReportBench(folder / name, url, backend, lambda url, table: ())


def _must_be_empty(bench: Bench) -> None:
    if bench.introspect() != SchemaSnapshot() or bench.journal():
        raise ToastyError(
            f"The database at {Url.parse(bench.url)} is not empty, so no stories are told to it.",
            hint="name an empty one: stories make tables and drop them",
        )


def _tell(bench: Bench, story: Story) -> Outcome:
    from toasty_core.testing.suite.stories import hear

    try:
        lacking = hear(bench, story)
    except (Exception, AssertionError) as error:
        _clean(bench)
        return Outcome(story.name, "failed", _one_line(error))
    if lacking:
        return Outcome(story.name, "refused", f"needs {', '.join(lacking)}")
    return Outcome(story.name, "passed")


def _clean(bench: Bench) -> None:
    """Takes away what a story left that went wrong."""
    from toasty_core.diff import detect_changes

    left = bench.introspect()
    for operation in detect_changes(left, SchemaSnapshot()).operations:
        with bench.connect() as database:
            for statement in tuple(bench.backend.compile(operation, left)):
                database.execute(statement)
        left = operation.apply(left)
    with bench.connect() as database:
        for row in database.read_journal():
            database.delete_journal(row.version)


def _one_line(error: BaseException) -> str:
    """The error's first line; for a bare assertion, what was asserted."""
    asserted = traceback.extract_tb(error.__traceback__)[-1].line
    text = str(error) or f"not so: {asserted}"
    return text.splitlines()[0].replace("|", "\\|")
