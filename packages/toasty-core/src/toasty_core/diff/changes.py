"""What leads from one schema to another, as operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import overload

from attrs import frozen

from toasty_core.diff.answers import Answers
from toasty_core.diff.fills import no_such_column, type_at
from toasty_core.diff.foreign_keys import Targets, compare_foreign_keys, concerned_tables
from toasty_core.diff.order import in_order
from toasty_core.diff.renames import Renames, find_renames
from toasty_core.diff.steps import Step
from toasty_core.diff.tables import (
    Fills,
    TableChanges,
    TablePair,
    compare_tables,
    key_with_columns,
    with_free_key_names,
)
from toasty_core.diff.whole_tables import (
    create_tables,
    drop_tables,
    first_operations,
    names_of,
)
from toasty_core.operations import (
    CreateSequence,
    DropSequence,
    Hazard,
    ModifySequence,
    Operation,
    fold,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Default


@frozen
class Diff(Sequence[Operation]):
    """The operations that lead from the schema `before` to the schema `after`, in order; false when there are none."""

    operations: tuple[Operation, ...]
    before: SchemaSnapshot
    after: SchemaSnapshot

    @classmethod
    def of(cls, operations: Iterable[Operation], before: SchemaSnapshot) -> Diff:
        """The diff of these operations. Raises SchemaError when one does not fit."""
        steps = tuple(operations)
        return cls(steps, before, fold(steps, before) if steps else before)

    def hazards(self) -> Iterator[Hazard]:
        """What each operation may do to data, in their order: a type that only widens loses nothing."""
        state: SchemaSnapshot = self.before.draft()
        for operation in self.operations:
            yield operation.hazard_from(state)
            state = operation.apply(state)

    @overload
    def __getitem__(self, index: int) -> Operation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Operation, ...]: ...
    def __getitem__(self, index: int | slice) -> Operation | tuple[Operation, ...]:
        return self.operations[index]

    def __len__(self) -> int:
        return len(self.operations)


def detect_changes(
    old: SchemaSnapshot,
    new: SchemaSnapshot,
    answers: Answers | None = None,
    *,
    nested_fields: bool = False,
) -> Diff:
    """The operations that make the schema `new` of the schema `old`: always the same ones, in an order that works.

    Nothing is guessed: what could be a rename is one when the model says so (`renamed_from`) or `answers`
    do, and else is dropped and added (`open_questions` tells what to ask). The order of columns means nothing, and
    neither does that of fields in nested documents.

    With `nested_fields`, which is the feature of a backend, fields of nested documents are renamed, added and dropped
    like columns; without, another document is another type of its column.

    ```python
    diff = detect_changes(load_snapshot("migrations/.schema.json"), load_models("app.models"))
    ```

    Raises UsageError for an answer that fits neither schema.
    """
    answers = answers or Answers()
    renames = find_renames(old, new, answers, nested_fields)
    first = first_operations(old, new, renames)
    state = fold(first, old) if first else old
    sequences = list(_sequences(state, new))
    steps = _steps(state, new, renames, fills_by_column(answers, new, renames))
    operations: list[Operation] = [*first]
    operations += (op for op in sequences if not isinstance(op, DropSequence))
    operations += (step.operation for step in in_order(steps))
    operations += (op for op in sequences if isinstance(op, DropSequence))
    return Diff.of(operations, old)


def fills_by_column(answers: Answers, new: SchemaSnapshot, renames: Renames) -> Fills:
    """The fills by table and column; a table may be called by its old name.

    Raises UsageError for one whose column the models do not have.
    """
    found: dict[tuple[str, str], Default] = {}
    for fill in answers.fills:
        table = fill.table if fill.table in new.tables else renames.tables.get(fill.table, "")
        if table not in new.tables or type_at(new.tables[table], fill.column) is None:
            raise no_such_column(f"{fill.table}.{fill.column}", new)
        found[table, fill.column] = fill.value
    return found


def table_pairs(old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames) -> Iterator[TablePair]:
    """The tables that stay and differ, if only by swapped columns. `old` has the new names of tables already."""
    for key in sorted(new.tables):
        before, after = old.tables.get(key), new.tables[key]
        if before is None or before is after:
            continue
        if before != after or key in renames.columns or key in (renames.fields or ()):
            yield renames.pair(before, after)


def _steps(old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, fills: Fills) -> list[Step]:
    pairs = {pair.new.key: pair for pair in table_pairs(old, new, renames)}
    is_free = _free_names(old)
    changes = {key: compare_tables(pair, fills, is_free) for key, pair in pairs.items()}
    targets = _targets(pairs, changes)
    created = create_tables(new, (key for key in new.tables if key not in old.tables))
    altered = list(
        with_free_key_names(step for change in changes.values() for step in change.steps)
    )
    altered += _foreign_keys(old, new, pairs, targets)
    wanted = {name.casefold() for step in (*created, *altered) for name in step.takes}

    def goes_first(table: TableDef) -> bool:
        named = any(name.casefold() in wanted for name in (table.key, *names_of(table)))
        return named or any(
            targets.must_be_anew(targets.aligned(key)) for key in table.foreign_keys
        )

    gone = [key for key in old.tables if key not in new.tables]
    return [*created, *altered, *drop_tables(old, gone, goes_first)]


def _targets(pairs: Mapping[str, TablePair], changes: Mapping[str, TableChanges]) -> Targets:
    return Targets(
        {key: pair.columns for key, pair in pairs.items() if pair.renamed},
        {key: change.lost_keys for key, change in changes.items() if change.lost_keys},
        {key: _old_key(pair) for key, pair in pairs.items()},
    )


def _foreign_keys(
    old: SchemaSnapshot, new: SchemaSnapshot, pairs: Mapping[str, TablePair], targets: Targets
) -> Iterator[Step]:
    for pair in pairs.values():
        yield from compare_foreign_keys(pair.old, pair.new, pair.columns, targets)
    for table in concerned_tables(new, targets):
        if table.key not in pairs and table.key in old.tables:
            yield from compare_foreign_keys(old.tables[table.key], table, {}, targets)


def _old_key(pair: TablePair) -> tuple[str, ...]:
    key = key_with_columns(pair.old.primary_key, pair.columns)
    return key.columns if key else ()


def _free_names(schema: SchemaSnapshot) -> Callable[[str | None], bool]:
    """Says if no index, unique or primary key has a name. The names are collected when first asked for."""
    held: set[str] = set()

    def is_free(name: str | None) -> bool:
        if not held:
            held.update(_relation_names(schema))
        return name is None or name.casefold() not in held

    return is_free


def _relation_names(schema: SchemaSnapshot) -> Iterator[str]:
    for table in schema.tables.values():
        key = (table.primary_key,) if table.primary_key else ()
        for part in (*table.indexes, *table.uniques, *key):
            if part.name:
                yield part.name.casefold()


def _sequences(old: SchemaSnapshot, new: SchemaSnapshot) -> Iterator[Operation]:
    for key, sequence in sorted(new.sequences.items()):
        if key not in old.sequences:
            yield CreateSequence(sequence)
        elif old.sequences[key] != sequence:
            yield ModifySequence(sequence)
    for key in sorted(old.sequences):
        if key not in new.sequences:
            yield DropSequence(key)
