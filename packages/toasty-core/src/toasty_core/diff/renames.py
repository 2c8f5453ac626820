"""Which tables and columns are the old ones under another name: what the models hint and the user says.

A hint (`renamed_from`) stays in the model after it is done, so it counts only where the new name is free: it
never gives up a table or column that is there. An answer is about this change, and may.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import define, field, frozen

from toasty_core.diff.answers import Answers, NoRename, Rename, RenameKind
from toasty_core.errors import SchemaError, UsageError, suggest
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef

Names = Mapping[str, str]
"""Old names to new ones, where they differ."""


@define(slots=False)
class Renames:
    """The tables that are renamed, and the answers about columns, by the tables' new names."""

    tables: dict[str, str]
    columns: dict[str, dict[str, str]] = field(factory=dict)

    @cached_property
    def sources(self) -> dict[str, str]:
        """New table names to old ones."""
        return {new: old for old, new in self.tables.items()}

    def old_name(self, new: str, old: SchemaSnapshot) -> str | None:
        """What the table that is called `new` now was called; None when it is a new one."""
        if new in self.sources:
            return self.sources[new]
        return new if new in old.tables and new not in self.tables else None

    def of_columns(self, old: TableDef, new: TableDef) -> dict[str, str]:
        """The columns that are renamed between the two states of one table."""
        answered = self.columns.get(new.key, {})
        hints = {c.name: (c.renamed_from,) for c in new.columns if c.renamed_from is not None}
        if not hints:
            return answered
        return _with_hints(set(old.column_names), hints, answered, f"columns of {new.key!r}")


@frozen
class Place:
    """A column of a table of the new schema, under the name that it had."""

    table: str
    column: str


def find_renames(old: SchemaSnapshot, new: SchemaSnapshot, answers: Answers) -> Renames:
    """The renames between two schemas. Raises UsageError for an answer that fits neither schema."""
    tables, columns = _sorted_out(old, new, answers.renames)
    answered = _table_answers(old, new, tables)
    hints = {
        key: _possible_names(table, table.renamed_from)
        for key, table in new.tables.items()
        if table.renamed_from is not None
    }
    renames = Renames(_with_hints(old.tables, hints, answered, "tables"))
    for rename in columns:
        place, column = _column_answer(old, new, renames, rename)
        _put(renames.columns.setdefault(place.table, {}), place.column, column, rename)
    return renames


def _sorted_out(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Iterable[Rename]
) -> tuple[list[Rename], list[Rename]]:
    tables: list[Rename] = []
    columns: list[Rename] = []
    for rename in renames:
        is_table = rename.old in old.tables and rename.new in new.tables
        (tables if is_table or rename.kind is RenameKind.TABLE else columns).append(rename)
    return tables, columns


def _possible_names(table: TableDef, name: str) -> tuple[str, ...]:
    return (f"{table.schema}.{name}", name) if table.schema else (name,)


def _with_hints(
    olds: Container[str], hints: Mapping[str, Sequence[str]], answered: Names, what: str
) -> dict[str, str]:
    """The answers, and the hints that are not done yet: the last of a chain of renames frees the one before."""
    found = dict(answered)
    taken = set(answered.values())
    waiting = {new: names for new, names in sorted(hints.items()) if new not in taken}
    for start in list(waiting):
        new: str | None = start
        while new in waiting and (new not in olds or new in found):
            was = next((name for name in waiting.pop(new) if name in olds and name != new), None)
            if was is None or was in answered:
                break
            if was in found:
                raise SchemaError(f"two {what} say that they were {was!r}: {found[was]!r}, {new!r}")
            found[was] = new
            new = was
    return found


def _table_answers(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Iterable[Rename]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for rename in renames:
        _check_known(old.tables, rename.old, rename, "the last schema has")
        _check_known(new.tables, rename.new, rename, "the models have")
        if old.tables[rename.old].schema != new.tables[rename.new].schema:
            raise UsageError(
                f"cannot rename {rename.old!r} to {rename.new!r}: a rename stays in its schema"
            )
        _put(found, rename.old, rename.new, rename)
    return found


def _check_known(known: Mapping[str, object], name: str, rename: Rename, who: str) -> None:
    if name not in known:
        raise UsageError(
            f"cannot rename {rename.old!r} to {rename.new!r}: {who} no table {name!r}",
            hint=suggest(name, known),
        )


def _put(found: dict[str, str], old: str, new: str, rename: Rename) -> None:
    if found.get(old, new) != new or any(
        other != old and name == new for other, name in found.items()
    ):
        raise UsageError(
            f"cannot rename {rename.old!r} to {rename.new!r}: another rename has one of the names"
        )
    if old != new:
        found[old] = new


def _column_answer(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, rename: Rename
) -> tuple[Place, str]:
    known: list[str] = []
    for place, prefixes in _places(old, new, renames, rename.old):
        columns = new.tables[place.table].column_names
        for column in _without_prefix(rename.new, prefixes):
            if column in columns:
                return place, column
        known += columns
    what = f"cannot rename {rename.old!r} to {rename.new!r}"
    if known:
        last = rename.new.rpartition(".")[2]
        raise UsageError(f"{what}: the models have no such column", hint=suggest(last, known))
    raise UsageError(
        f"{what}: the last schema has no such column",
        hint="write TABLE.COLUMN=TABLE.COLUMN, e.g. users.email=users.mail",
    )


def _without_prefix(text: str, prefixes: tuple[str, ...]) -> Iterator[str]:
    for prefix in prefixes:
        if text.startswith(prefix + "."):
            yield text[len(prefix) + 1 :]
    yield text


def _places(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, text: str
) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """What `table.column` can mean: names may hold dots, and a table's name may be its old or new one."""
    for prefix, column in _splits(text):
        for key in dict.fromkeys((prefix, renames.tables.get(prefix, prefix))):
            was = renames.old_name(key, old) if key in new.tables else None
            if was is not None and old.tables[was].has_column(column):
                yield Place(key, column), (key, was, prefix)


def _splits(text: str) -> Iterator[tuple[str, str]]:
    for index, letter in enumerate(text):
        if letter == ".":
            yield text[:index], text[index + 1 :]


def not_renamed(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, answers: Iterable[NoRename]
) -> tuple[set[str], set[Place]]:
    """The tables (by old name) and columns that the user says have no new name."""
    tables: set[str] = set()
    places: set[Place] = set()
    for answer in answers:
        if answer.kind is RenameKind.TABLE or answer.old in old.tables:
            tables.add(answer.old)
        places.update(place for place, _ in _places(old, new, renames, answer.old))
    return tables, places
