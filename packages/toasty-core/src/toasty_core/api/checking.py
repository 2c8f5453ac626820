"""`check`, `show`, `rebuild`, `drift`: do models, files, snapshot and database agree?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen

from toasty_core.api.folded import REBUILD, fold_history, folded_schema, store
from toasty_core.api.generating import models_schema
from toasty_core.api.project import Project, history_of, open_database
from toasty_core.diff import Answers, Diff, detect_changes
from toasty_core.errors import HistoryError, MigrationFileError, ToastyError
from toasty_core.execution.checks import Finding, Severity
from toasty_core.execution.journal import Journal
from toasty_core.execution.standing import Standing, compare
from toasty_core.execution.states import fold_files, record_both
from toasty_core.migrations.history import History
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.store import load_stored
from toasty_core.schema.tables import TableDef

__all__ = ["CheckReport", "check", "drift", "rebuild", "show"]

_OWN = "toasty_"


@frozen
class CheckReport:
    """What does not agree: findings, changes of the models without a migration, migrations not applied.

    `pending_changes` is None when no models are named or the files cannot be folded.
    """

    findings: tuple[Finding, ...] = ()
    pending_changes: Diff | None = None
    pending_migrations: tuple[str, ...] = ()


def check(project: Project) -> CheckReport:
    """Checks that every file loads and fits, and makes what `.schema.json` says.

    With models, that they need no new migration; with a URL, that none is pending there, changed or
    missing. What is wrong comes back as findings; only a database or models that cannot be read raise.
    """
    try:
        history = history_of(project)
    except (HistoryError, MigrationFileError) as error:
        return CheckReport((_broken("broken-history", error, str(project.directory)),))
    findings = [*_of_files(history)]
    schema = None if findings else fold_history(history)
    if schema is not None:
        findings += _of_snapshot(project, history, schema)
    changes: Diff | None = None
    if project.models is not None and schema is not None:
        changes = _changes(project, schema)
    if project.url is None:
        return CheckReport(tuple(findings), changes)
    standing = _standing(project, history)
    findings += _of_standing(standing)
    pending = tuple(file.version for file in standing.pending)
    return CheckReport(tuple(findings), changes, pending)


def _broken(code: str, error: ToastyError, place: str) -> Finding:
    return Finding(code, Severity.ERROR, error.where or place, error.what, error.hint)


def _of_files(history: History) -> Iterator[Finding]:
    """The files that cannot be loaded, or do not fit what stands before them."""
    for notice in history.notices:
        yield Finding("ignored-file", Severity.WARNING, str(history.folder), notice)
    state: SchemaSnapshot = SchemaSnapshot().draft()
    for file in history.files:
        try:
            state = record_both(history, file)[0].apply(state)
        except ToastyError as error:
            yield _broken("broken-file", error, str(file.path))
            return


def _of_snapshot(project: Project, history: History, schema: SchemaSnapshot) -> Iterator[Finding]:
    place = str(project.snapshot)
    try:
        stored = load_stored(project.snapshot)
        if stored is None and history.files:
            yield Finding(
                "no-snapshot", Severity.WARNING, place, "the snapshot is missing", REBUILD
            )
        elif stored is not None and detect_changes(stored.schema, schema, Answers(no_renames=True)):
            what = "the snapshot is not what the migration files make"
            yield Finding("wrong-snapshot", Severity.ERROR, place, what, REBUILD)
    except ToastyError as error:
        yield _broken("broken-snapshot", error, place)


def _changes(project: Project, schema: SchemaSnapshot) -> Diff | None:
    return detect_changes(schema, models_schema(project)) or None


def _standing(project: Project, history: History) -> Standing:
    with open_database(project) as database:
        return compare(history, Journal.read(database))


def _of_standing(standing: Standing) -> Iterator[Finding]:
    for file in standing.changed:
        what = f"{file.version} was changed after it was applied"
        yield Finding(
            "changed-file", Severity.ERROR, str(file.path), what, "toasty migrate:repair accepts it"
        )
    for row in standing.missing:
        what = f"{row.version} is applied, but its file is missing"
        yield Finding("missing-file", Severity.WARNING, "", what, "bring the file back")
    for row in (*standing.halfway, *standing.reverting):
        what = f"{row.version} stopped after {row.done} of {row.total} statements"
        yield Finding("half-way", Severity.ERROR, "", what, "toasty migrate:status says more")


def show(project: Project, *, live: bool = False) -> SchemaSnapshot:
    """The schema that the migrations make, or with `live` the one that is in the database."""
    if live:
        with open_database(project) as database:
            return _without_own(database.introspect())
    return folded_schema(project, history_of(project)).schema


def rebuild(project: Project) -> Path:
    """Writes `.schema.json` anew from the migration files, and gives its path."""
    history = history_of(project)
    store(project, history, fold_history(history))
    return project.snapshot


def drift(project: Project) -> Diff:
    """What differs between the applied migrations and the database, as operations on the former.

    Both are compared as the database reports them; Toasty's own tables do not count.
    """
    history = history_of(project)
    with open_database(project) as database:
        journal = Journal.read(database)
        live = _without_dangling(_without_own(database.introspect()))
        applied = (file for file in history.files if journal.is_applied(file.version))
        expected = database.normalised(fold_files(history, applied).frozen(), live)
    return detect_changes(expected, live, Answers(no_renames=True))


def _without_dangling(schema: SchemaSnapshot) -> SchemaSnapshot:
    """Without foreign keys to tables that somebody dropped, where the database lets that be."""

    def standing(table: TableDef) -> TableDef:
        keys = [key for key in table.foreign_keys if key.table in schema.tables]
        return table if len(keys) == len(table.foreign_keys) else evolve(table, foreign_keys=keys)

    return schema.map_tables(standing)


def _without_own(schema: SchemaSnapshot) -> SchemaSnapshot:
    tables = {key: t for key, t in schema.tables.items() if not t.name.startswith(_OWN)}
    return evolve(schema, tables=tables)
