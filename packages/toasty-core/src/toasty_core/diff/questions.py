"""What the schemas do not tell and the user must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from attrs import evolve, frozen

from toasty_core.diff.answers import Answers, RenameKind
from toasty_core.diff.candidates import (
    ANOTHER_TABLE,
    Candidate,
    column_candidates,
    field_candidates,
    share_of_columns,
    table_candidates,
)
from toasty_core.diff.changes import fills_by_column
from toasty_core.diff.renames import Place, Renames, find_renames, not_renamed
from toasty_core.diff.tables import TablePair
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Type


@frozen
class RenameQuestion:
    """Is what was called `old` one of the `candidates` now, likeliest first? It must be answered.

    `table` is the new name of the column's table; None for a table. For a field it is the place of the document that
    the field is in: `orders.address`.
    """

    kind: RenameKind
    table: str | None
    old: str
    candidates: tuple[Candidate, ...]

    @property
    def place(self) -> str:
        """The old name as answers write it: `users`, `users.email`."""
        return self.written(self.old)

    def written(self, name: str) -> str:
        """A name as answers write it."""
        return name if self.table is None else f"{self.table}.{name}"

    def __str__(self) -> str:
        names = " or ".join(repr(self.written(item.new)) for item in self.candidates)
        return f"was {self.kind.value} {self.place!r} renamed to {names}?"


@frozen
class FillQuestion:
    """Which value do existing rows get in a new column that must have one? It may stay open.

    `column` may be the path of a new field in nested documents.
    """

    table: str
    column: str
    type: Type

    @property
    def place(self) -> str:
        """The column as answers write it: `users.email`."""
        return f"{self.table}.{self.column}"

    def __str__(self) -> str:
        return f"which value do existing rows get in {self.place} ({self.type})?"


Question: TypeAlias = RenameQuestion | FillQuestion


def open_questions(
    old: SchemaSnapshot,
    new: SchemaSnapshot,
    answers: Answers | None = None,
    *,
    nested_fields: bool = False,
) -> tuple[Question, ...]:
    """What is still to be asked after `answers`: renames of tables, of columns, then values for existing rows.

    With `nested_fields` fields of nested documents are asked about like columns, and after them.

    Ask again after each answer to a rename: a table that is a renamed one brings questions about its columns, and
    a column that is a renamed one needs no value.
    """
    answers = answers or Answers()
    renames = find_renames(old, new, answers, nested_fields)
    no_tables, no_columns = not_renamed(old, new, renames, answers.not_renamed)
    pairs = list(_pairs(old, new, renames))
    questions: list[Question] = []
    if not answers.no_renames:
        questions += _table_questions(old, new, renames, no_tables)
        for pair in pairs:
            questions += _column_questions(pair, no_columns)
        for pair in pairs:
            questions += _field_questions(pair, no_columns)
    fills = fills_by_column(answers, new, renames)
    for pair in pairs:
        for column in pair.added_columns:
            if column.needs_fill and (pair.new.key, column.name) not in fills:
                questions.append(FillQuestion(pair.new.key, column.name, column.type))
        questions += (one for one in _field_fills(pair) if (one.table, one.column) not in fills)
    return tuple(questions)


def _pairs(old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames) -> Iterator[TablePair]:
    """The tables that stay and have other columns than before."""
    for key in sorted(new.tables):
        was = renames.old_name(key, old)
        if was is None:
            continue
        before, after = old.tables[was], new.tables[key]
        if before is not after and before.columns != after.columns:
            before = _with_targets_renamed(before, renames)
            yield renames.pair(before, after)


def _with_targets_renamed(table: TableDef, renames: Renames) -> TableDef:
    if not any(key.table in renames.tables for key in table.foreign_keys):
        return table
    keys = (
        evolve(key, table=renames.tables.get(key.table, key.table)) for key in table.foreign_keys
    )
    return evolve(table, foreign_keys=keys)


def _table_questions(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, answered: set[str]
) -> Iterator[RenameQuestion]:
    stays = {renames.old_name(key, old) for key in new.tables}
    added = [new.tables[key] for key in sorted(new.tables) if renames.old_name(key, old) is None]
    dropped = [
        old.tables[key]
        for key in sorted(old.tables if added else ())
        if key not in stays or (key not in renames.tables and _is_another(key, old, new))
    ]
    if not dropped:
        return
    children = _children(old, new)
    nobody: frozenset[str] = frozenset()
    for key, candidates in table_candidates(dropped, added, lambda k: children.get(k, nobody)):
        if key not in answered:
            yield RenameQuestion(RenameKind.TABLE, None, key, candidates)


def _is_another(key: str, old: SchemaSnapshot, new: SchemaSnapshot) -> bool:
    """Did the name perhaps go to another table at once, so that the old one could be a new one?"""
    before, after = old.tables[key], new.tables.get(key)
    if after is None or before is after or before.columns == after.columns:
        return False
    return share_of_columns(before, after) < ANOTHER_TABLE


def _children(*schemas: SchemaSnapshot) -> dict[str, frozenset[str]]:
    """By table, the tables that point at it in any of the schemas."""
    found: dict[str, set[str]] = {}
    for schema in schemas:
        for table in schema.tables.values():
            for key in table.foreign_keys:
                found.setdefault(key.table, set()).add(table.key)
    return {key: frozenset(tables) for key, tables in found.items()}


def _column_questions(pair: TablePair, answered: set[Place]) -> Iterator[RenameQuestion]:
    table = pair.new.key
    for name, candidates in column_candidates(pair):
        if Place(table, name) not in answered:
            yield RenameQuestion(RenameKind.COLUMN, table, name, candidates)


def _field_questions(pair: TablePair, answered: set[Place]) -> Iterator[RenameQuestion]:
    for document in pair.documents:
        for name, candidates in field_candidates(document):
            if Place(pair.new.key, f"{document.path}.{name}") not in answered:
                place = f"{pair.new.key}.{document.path}"
                yield RenameQuestion(RenameKind.FIELD, place, name, candidates)


def _field_fills(pair: TablePair) -> Iterator[FillQuestion]:
    for document in pair.documents:
        for one in document.added:
            if not one.nullable:
                yield FillQuestion(pair.new.key, f"{document.path}.{one.name}", one.type)
