"""`generate` and `new`: writing the next migration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from toasty_core.api.folded import Folded, folded_schema, store
from toasty_core.api.project import Project, backend_of, history_of
from toasty_core.diff import (
    Answers,
    Diff,
    FillQuestion,
    RenameQuestion,
    detect_changes,
    open_questions,
)
from toasty_core.diff.documents import outgrown
from toasty_core.errors import QuestionsOpen, UsageError
from toasty_core.migrations import MigrationGenerator
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.types import Array, Document, Type

if TYPE_CHECKING:
    from toasty_core.migrations.generator import GeneratedMigration
    from toasty_core.migrations.history import History

__all__ = ["Answering", "Generated", "generate", "models_schema", "new"]

Answering: TypeAlias = Callable[[SchemaSnapshot, SchemaSnapshot], Answers]
"""Gives the answers to what the old and the new schema leave open, such as by asking a person."""


@frozen
class Generated:
    """What `generate` wrote; `migration` is None when the models have not changed.

    `open_fills` are columns that existing rows will have no value for, `notes` what there is to know.
    """

    migration: GeneratedMigration | None
    diff: Diff
    open_fills: tuple[FillQuestion, ...] = ()
    notes: tuple[str, ...] = ()


def generate(
    project: Project,
    message: str,
    answers: Answers | Answering | None = None,
    *,
    baseline: bool = False,
    empty: bool = False,
    write: bool = True,
) -> Generated:
    """Compares the models with the migrations and writes what is missing as the next one.

    `message` becomes the end of the version. `answers` say what is a rename and what existing rows get; a
    function is called with the old and the new schema for them, and may ask a person. With `write=False`
    nothing is written, and the migration that is given stays a draft.
    `baseline` makes the first migration of a folder, whatever an old snapshot says; `empty` one to be
    written by hand. Raises QuestionsOpen while a rename is in question, UsageError without models,
    SnapshotError when snapshot and files differ. Then nothing is written.

    ```python
    made = api.generate(Project("migrations", models="app.models"), "add email to users")
    print(made.migration.path if made.migration else "no changes")
    ```
    """
    if empty:
        return new(project, message)
    history = history_of(project)
    if baseline:
        _refuse_baseline(history)
    wanted = models_schema(project)
    old = Folded(SchemaSnapshot()) if baseline else folded_schema(project, history)
    given = answers(old.schema, wanted) if callable(answers) else answers or Answers()
    made = _drafted(project, old, wanted, message, given)
    if write:
        _write_draft(project, history, old, made)
    return made


def new(project: Project, message: str) -> Generated:
    """Writes an empty migration, for what only a person can say. Raises as `generate` does."""
    history = history_of(project)
    old = folded_schema(project, history)
    diff = Diff((), old.schema, old.schema)
    made = Generated(
        MigrationGenerator(project.directory).generate(diff, message), diff, (), old.notes
    )
    _write_draft(project, history, old, made)
    return made


def models_schema(project: Project) -> SchemaSnapshot:
    """The schema of the project's models. Raises UsageError when none are named, ModelError for bad ones."""
    from toasty_core.models import load_models

    if project.models is None:
        raise UsageError(
            "Which models? None are named.",
            hint="name them with --models package.module, or models in [tool.toasty]",
        )
    return load_models(project.models, project.hooks)


def _drafted(
    project: Project, old: Folded, wanted: SchemaSnapshot, message: str, answers: Answers
) -> Generated:
    """What there is to write; nothing is written yet."""
    nested = knows_fields(project, wanted)
    questions = open_questions(old.schema, wanted, answers, nested_fields=nested)
    _refuse_open(questions)
    fills = tuple(item for item in questions if isinstance(item, FillQuestion))
    found = detect_changes(old.schema, wanted, answers, nested_fields=nested)
    diff = _rewritten(found, wanted, project)
    migration = MigrationGenerator(project.directory).generate(diff, message) if diff else None
    notes = () if nested else tuple(_of_documents(diff))
    return Generated(migration, diff, fills, (*old.notes, *notes))


def _of_documents(diff: Diff) -> Iterator[str]:
    """What to know of nested documents, where no operation changes those that are stored."""
    for column in outgrown(diff.operations, diff.before):
        yield (
            f"{column} gets other fields in the schema alone: the documents that are there stay as they are"
            " until db.transform_rows changes them"
        )


def knows_fields(project: Project, wanted: SchemaSnapshot) -> bool:
    """Are fields of nested documents told apart: has the project's database that feature, and the models such fields?

    The backend is only looked for where it matters, so that other projects need none to generate.
    """
    types = (column.type for table in wanted.tables.values() for column in table.columns)
    if not any(_is_document(one) for one in types):
        return False
    backend = backend_of(project)
    return backend is not None and bool(backend.features.nested_fields)


def _is_document(type_: Type) -> bool:
    return _is_document(type_.item) if isinstance(type_, Array) else isinstance(type_, Document)


def _refuse_baseline(history: History) -> None:
    if history.files:
        raise UsageError(
            f"A baseline is the first migration, and there are {len(history.files)} already.",
            where=str(history.folder),
            hint="move them out of the folder first; git keeps them. Databases that have them applied "
            "take the new one with: toasty migrate:baseline, and toasty migrate:repair --forget-missing",
        )


def _refuse_open(questions: tuple[object, ...]) -> None:
    """Renames must be answered; values for existing rows may stay open."""
    count = sum(isinstance(question, RenameQuestion) for question in questions)
    if count:
        raise QuestionsOpen(
            f"{count} question(s) about renames must be answered first. Nothing was written.",
            hint="--rename OLD=NEW or --no-renames; or fill in the answers and give --answers FILE",
            questions=questions,
        )


def _rewritten(diff: Diff, wanted: SchemaSnapshot, project: Project) -> Diff:
    """The diff after the plug-ins have had their say."""
    if not diff:
        return diff
    operations = project.hooks.operations(diff.operations, diff.before, wanted)
    return diff if operations == diff.operations else Diff.of(operations, diff.before)


def _write_draft(project: Project, history: History, old: Folded, made: Generated) -> None:
    """Writes the file, then the snapshot; without the second the first does not stay."""
    if made.migration is None:
        if old.stale:
            store(project, history, old.schema)
        return
    MigrationGenerator(project.directory).write_migration_file(made.migration)
    try:
        store(project, history_of(project), made.diff.after)
    except BaseException:
        made.migration.path.unlink(missing_ok=True)
        raise
