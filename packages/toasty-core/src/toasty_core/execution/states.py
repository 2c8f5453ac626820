"""The schema at a point of the history, folded from the migrations that are applied there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from toasty_core.migrations.direction import Direction
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef, SnapshotDraft
from toasty_core.schema.tables import TableDef

if TYPE_CHECKING:
    from toasty_core.migrations.files import MigrationFile
    from toasty_core.migrations.history import History
    from toasty_core.migrations.recording import Recording

__all__ = ["UndoDraft", "fold_files", "position_of", "record_both", "where"]


def fold_files(history: History, files: Iterable[MigrationFile]) -> SchemaSnapshot:
    """The schema after the `up` of these files, in this order, as a draft of the caller's own.

    Raises SchemaError with file and line.
    """
    state: SchemaSnapshot = SnapshotDraft({}, {})
    for file in files:
        state = history.recording(file, Direction.UP).apply(state)
    return state


def record_both(history: History, file: MigrationFile) -> tuple[Recording, Recording]:
    """What a file asks for on the way up and on the way down; it is loaded once."""
    from toasty_core.migrations.loading import load_migration
    from toasty_core.migrations.recording import record

    loaded = load_migration(file, history.source_hashes.get(file.version))
    forth = record(loaded.migration, Direction.UP, loaded.fingerprint)
    return forth, record(loaded.migration, Direction.DOWN, loaded.fingerprint)


def where(recording: Recording, operation: object) -> str:
    """File and line of a recorded operation; the file alone for one that was not recorded."""
    position = position_of(recording, operation)
    return recording.where(position) if position < len(recording.lines) else recording.path


def position_of(recording: Recording, operation: object) -> int:
    """Where in the recording an operation stands; past its end when it is not in there."""
    for position, recorded in enumerate(recording.operations):
        if recorded is operation:
            return position
    return len(recording.operations)


class UndoDraft(SnapshotDraft):
    """A draft that can go back to where it was marked, at the price of the changes alone.

    The states before each of 1,000 migrations would be 1,000 copies; this keeps what each one replaced.
    """

    _log: list[list[Callable[[], object]]]

    def __init__(self, tables: dict[str, TableDef], sequences: dict[str, SequenceDef]) -> None:
        super().__init__(tables, sequences)
        object.__setattr__(self, "_log", [])  # the class is frozen, its log is not

    def mark(self) -> None:
        """Remembers this state, to come back to."""
        self._log.append([])

    def undo(self) -> None:
        """Goes back to the last mark, and forgets it."""
        for restore in reversed(self._log.pop()):
            restore()

    def put(self, table: TableDef) -> SchemaSnapshot:
        self._remember(self.tables, table.key)
        return super().put(table)

    def drop(self, key: str) -> SchemaSnapshot:
        self._remember(self.tables, key)
        return super().drop(key)

    def put_sequence(self, sequence: SequenceDef) -> SchemaSnapshot:
        self._remember(self.sequences, sequence.key)
        return super().put_sequence(sequence)

    def drop_sequence(self, key: str) -> SchemaSnapshot:
        self._remember(self.sequences, key)
        return super().drop_sequence(key)

    def map_tables(self, change: Callable[[TableDef], TableDef]) -> SchemaSnapshot:
        if self._log:
            before = dict(self.tables)
            self._log[-1] += [lambda: self.tables.update(before), self.tables.clear]
        return super().map_tables(change)

    def _remember(self, values: dict[str, Any], key: str) -> None:
        if not self._log:
            return
        if key in values:
            old = values[key]
            self._log[-1].append(lambda: values.__setitem__(key, old))
        else:
            self._log[-1].append(lambda: values.pop(key, None))
