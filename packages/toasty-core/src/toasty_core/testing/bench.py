"""A project with its database, to write migrations into and to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

from attrs import evolve

from toasty_core import api
from toasty_core.diff import detect_changes
from toasty_core.migrations import Draft, History, render_migration
from toasty_core.migrations.render import render_with
from toasty_core.migrations.reversing import Reversal, WayBack
from toasty_core.operations import InsertRows, Operation, invert
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.child import Run
from toasty_core.testing.values import plain_value
from toasty_core.testing.watch import Watch, hooks_with, watched
from toasty_core.url import Url

if TYPE_CHECKING:
    from toasty_core.backends import Backend, Database, JournalEntry
    from toasty_core.execution import Report
    from toasty_core.migrations import Direction
    from toasty_core.testing.story import Row, Rows
    from toasty_core.testing.watch import Stop

ReadRows = Callable[[str, str], Iterable[Mapping[str, Any]]]

_TEXT_FILE = '''\
"""Written by hand."""

from toasty_core import *  # noqa: F403

{head}

class ByHand(Migration):
    version = "{version}"

    def up(self, db):
{up}

    def down(self, db):
{down}
'''


class Bench:
    """Migration files in `folder`, the database at `url`, and the words to work with both.

    `project` is for the verbs of the API; it has the backend that is tested, whatever is installed.
    """

    def __init__(self, folder: Path, url: str, backend: Backend, read_rows: ReadRows) -> None:
        self.folder = folder
        self.url = url
        self.backend = backend
        self._read_rows = read_rows
        self.project = api.Project(directory=folder, url=url, hooks=hooks_with(backend))
        folder.mkdir(exist_ok=True)

    # Files.

    def write(
        self,
        operations: Iterable[Operation],
        down: Iterable[Operation] | None = None,
        name: str = "change",
    ) -> str:
        """Writes a migration; `down` is the way back where the operations' inverses are not. Gives its version."""
        draft = Draft(self._next_version(name), name, tuple(operations))
        if down is None:
            text = render_migration(draft, self.schema())
        else:
            text = render_with(draft, WayBack(tuple(Reversal(item) for item in down)))
        return self._write_file(draft.version, text)

    def write_tables(self, schema: SchemaSnapshot, rows: Rows) -> str:
        """Writes a migration that makes these tables and their rows; the way back drops them."""
        made = detect_changes(SchemaSnapshot(), schema).operations
        filled = [InsertRows(table, given) for table, given in rows.items() if given]
        back = invert(made, SchemaSnapshot())
        return self.write((*made, *filled), back, name="tables")

    def write_text(self, up: str, down: str = "pass", head: str = "", name: str = "by_hand") -> str:
        """Writes a migration by hand: the bodies of its two functions, and what stands before the class."""
        version = self._next_version(name)
        text = _TEXT_FILE.format(head=dedent(head), version=version, up=_body(up), down=_body(down))
        return self._write_file(version, text)

    def _write_file(self, version: str, text: str) -> str:
        (self.folder / f"{version}.py").write_text(text, encoding="utf-8")
        return version

    def _next_version(self, name: str) -> str:
        number = len(list(self.folder.glob("2*.py")))
        return f"20250101_{number:06d}_{name}"

    def schema(self, until: str | None = None) -> SchemaSnapshot:
        """What the migration files make, all of them or until a version."""
        return History.read(self.folder).fold(until)

    # Runs.

    def up(self, *, to: str | None = None) -> Report:
        """Applies what is pending."""
        return api.up(self.project, to=to)

    def down(self, count: int | None = 1) -> Report:
        """Reverts the last ones."""
        return api.down(self.project, count=count)

    def watch(self, direction: Direction) -> list[str]:
        """Runs up or down, and gives the moments at which it wrote."""
        watch = Watch()
        project = self.project._replace(hooks=watched(self.backend, watch))
        verb = api.up if direction.value == "up" else api.down
        verb(project)
        return watch.seen

    def child(self, direction: Direction, stop: Stop | None = None, at: int = 0) -> Run:
        """The same run in a process of its own."""
        return Run(self.folder, self.url, type(self.backend), direction, stop, at)

    # The database.

    def connect(self) -> Database:
        """A connection of the test's own."""
        return self.backend.connect(Url.parse(self.url))

    def introspect(self) -> SchemaSnapshot:
        """The live schema."""
        with self.connect() as database:
            return database.introspect()

    def journal(self) -> list[JournalEntry]:
        """The rows of the journal."""
        with self.connect() as database:
            return database.read_journal()

    def execute(self, operation: Operation, schema: SchemaSnapshot | None = None) -> None:
        """Does one operation, past all migrations; `schema` is what stands (None: what all files make)."""
        with self.connect() as database:
            statements = tuple(self.backend.compile(operation, schema or self.schema()))
            with database.transaction(statements):
                for statement in statements:
                    database.execute(statement)

    def rows(self, table: str, schema: SchemaSnapshot | None = None) -> list[dict[str, Any]]:
        """The rows of a table, with plain values: the types are those of `schema` (None: of all files)."""
        found = (schema or self.schema()).table(table)
        types = {c.name: c.type.for_backend(self.backend.name) for c in found.columns}
        rows = [dict(row) for row in self._read_rows(self.url, table)]
        return [{name: plain_value(types[name], row.get(name)) for name in types} for row in rows]

    # What must be so.

    def assert_schema(self, expected: SchemaSnapshot) -> None:
        """The live schema is this one, as the backend says that it keeps it."""
        with self.connect() as database:
            found = database.introspect()
            wanted = database.normalised(expected, found)

        assert in_column_order(found) == in_column_order(wanted)

    def assert_rows(self, schema: SchemaSnapshot, expected: Rows) -> None:
        """Each table has these rows and no others; only the columns that a row names are compared."""
        for table, rows in expected.items():
            found = self.rows(table, schema)
            assert len(found) == len(rows), f"{table} has these rows: {found}"
            for row in rows:
                wanted = self._plain(schema, table, row)
                assert wanted in [{name: one[name] for name in wanted} for one in found]

    def _plain(self, schema: SchemaSnapshot, table: str, row: Row) -> Row:
        types = {c.name: c.type for c in schema.table(table).columns}
        name = self.backend.name
        return {key: plain_value(types[key].for_backend(name), row[key]) for key in row}


def in_column_order(schema: SchemaSnapshot) -> SchemaSnapshot:
    """The schema with each table's columns by name: their order means nothing."""
    return schema.map_tables(
        lambda table: evolve(table, columns=sorted(table.columns, key=lambda c: c.name))
    )


def _body(text: str) -> str:
    return indent(dedent(text).strip() or "pass", " " * 8)
