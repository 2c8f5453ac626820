"""The schema that the migration files make: from the stored snapshot while it holds, else by folding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from toasty_core.api.project import Project
from toasty_core.errors import SnapshotError
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.store import StoredSnapshot, load_stored, save_stored

if TYPE_CHECKING:
    from toasty_core.migrations.history import History

__all__ = ["REBUILD", "Folded", "fold_history", "folded_schema", "store"]

REBUILD = "toasty schema:rebuild"


@frozen
class Folded:
    """The schema, and what is to be said about how it was found. `stale`: the stored one is to be written."""

    schema: SchemaSnapshot
    notes: tuple[str, ...] = ()
    stale: bool = False


def folded_schema(project: Project, history: History) -> Folded:
    """The schema after all migrations.

    The stored snapshot is trusted while its digest says that no file has changed since. A missing one is
    made anew from the files. Raises SnapshotError when the two differ, naming the first differences.
    """
    if not history.files:
        return Folded(SchemaSnapshot(), _unused(project))
    stored = load_stored(project.snapshot)
    if stored is not None and stored.history == history.digest:
        return Folded(stored.schema)
    schema = fold_history(history)
    if stored is None:
        count = len(history.files)
        note = f"{project.snapshot} was missing: rebuilt from {count} migration file(s)"
        return Folded(schema, (note,), stale=True)
    if stored.schema != schema:
        _refuse_difference(stored.schema, schema, project)
    return Folded(schema, stale=True)


def fold_history(history: History) -> SchemaSnapshot:
    """The schema after all files. Raises SchemaError with file and line."""
    return history.fold()


def store(project: Project, history: History, schema: SchemaSnapshot) -> None:
    """Writes the snapshot, with the last version and the digest of the files. Raises SnapshotError."""
    save_stored(StoredSnapshot(schema, history.head, history.digest), project.snapshot)


def _unused(project: Project) -> tuple[str, ...]:
    if not project.snapshot.exists():
        return ()
    return (f"{project.snapshot} was not used, as there are no migrations yet",)


def _refuse_difference(stored: SchemaSnapshot, folded: SchemaSnapshot, project: Project) -> None:
    """Raises SnapshotError, unless only the order of columns differs, which means nothing."""
    from toasty_core.diff import Answers, detect_changes

    diff = detect_changes(stored, folded, Answers(no_renames=True))
    if not diff:
        return
    shown = "; ".join(operation.describe() for operation in diff.operations[:3])
    more = f"; and {len(diff) - 3} more" if len(diff) > 3 else ""
    raise SnapshotError(
        f"{project.snapshot.name} is not what the migration files make. From it to them: {shown}{more}.",
        where=str(project.snapshot),
        hint=f"the files are right: {REBUILD}; they are wrong: mend them first",
    )
