"""`orphans`: rows whose foreign keys point at nothing, whether the database enforces the keys or not."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from toasty_core.api.project import Project, history_of, open_database
from toasty_core.backends import Backend, Database, DataCheck, only_for
from toasty_core.errors import StatementFailed, Unsupported
from toasty_core.execution.journal import Journal
from toasty_core.execution.states import fold_files
from toasty_core.operations import AddForeignKey
from toasty_core.schema.constraints import ForeignKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef

__all__ = ["Orphans", "orphan_checks", "orphans"]


@frozen
class Orphans:
    """What a look at one foreign key found: `count` rows of `table` that point at nothing, some in words.

    `what` says in a sentence what is the matter with them, `hint` what to do. `problem`: why the database could not
    be asked; None where it was.
    """

    table: str
    foreign_key: ForeignKeyDef
    count: int = 0
    examples: tuple[str, ...] = ()
    what: str = ""
    hint: str | None = None
    problem: str | None = None

    def __bool__(self) -> bool:
        """Is there anything to know?"""
        return bool(self.count or self.problem)

    @property
    def place(self) -> str:
        """The columns that point, and where to: `posts.author -> users.id`."""
        here, there = ", ".join(self.foreign_key.columns), ", ".join(self.foreign_key.references)
        return f"{self.table}.{here} -> {self.foreign_key.table}{there and '.' + there}"


def orphans(project: Project) -> tuple[Orphans, ...]:
    """Looks for rows that point at nothing: one answer for each foreign key of the applied migrations.

    The database searches; it reads each table that has a foreign key, and changes nothing.

    ```python
    for found in filter(None, api.orphans(project)):
        print(found.place, found.count, found.examples)
    ```
    """
    history = history_of(project)
    with open_database(project) as database:
        journal = Journal.read(database)
        applied = (file for file in history.files if journal.is_applied(file.version))
        schema = fold_files(history, applied).frozen()
        return tuple(_asked(database, schema, *one) for one in _keys(schema, database.backend))


def _keys(schema: SchemaSnapshot, backend: Backend) -> Iterator[tuple[TableDef, ForeignKeyDef]]:
    for _, table in sorted(schema.tables.items()):
        for key in table.foreign_keys:
            if only_for(backend, key.only):
                parent = schema.tables.get(key.table)
                there = key.references or (parent.key_columns if parent else ())
                yield table, evolve(key, references=there)


def _asked(
    database: Database, schema: SchemaSnapshot, table: TableDef, key: ForeignKeyDef
) -> Orphans:
    found = Orphans(table.key, key)
    try:
        for check in orphan_checks(database.backend, schema, table, key):
            count, examples = database.violations(check)
            if count:
                what, hint = check.what, check.hint.removesuffix(", first")
                return evolve(found, count=count, examples=examples, what=what, hint=hint)
    except (StatementFailed, Unsupported) as error:
        return evolve(found, problem=error.what)
    return found


def orphan_checks(
    backend: Backend, schema: SchemaSnapshot, table: TableDef, key: ForeignKeyDef
) -> tuple[DataCheck, ...]:
    """The questions that a backend asks before it adds this foreign key, as if it were not there yet.

    The key's options, such as one that spares the rows which are there, do not count; where a backend asks on
    request alone, its option `check` is the request.
    """
    bare = schema.put(evolve(table, foreign_keys=()))
    wanted = AddForeignKey(table.key, evolve(key, options={}))
    on_request = evolve(wanted.foreign_key, options={backend.name: {"check": True}})
    return tuple(backend.checks(wanted, bare)) or tuple(
        backend.checks(evolve(wanted, foreign_key=on_request), bare)
    )
