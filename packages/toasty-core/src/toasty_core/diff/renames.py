"""Which tables and columns are the old ones under another name: what the models hint and the user says.

A hint (`renamed_from`) stays in the model after it is done, so it counts only where the new name is free: it
never gives up a table or column that is there. An answer is about this change, and may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from attrs import define, field, frozen

from toasty_core.diff.answers import Answers, NoRename, Rename, RenameKind
from toasty_core.diff.documents import DocumentPair
from toasty_core.diff.hints import with_hints
from toasty_core.diff.tables import TablePair
from toasty_core.errors import UsageError, suggest
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef


@define(slots=False)
class Renames:
    """The tables that are renamed, and the answers about columns, by the tables' new names.

    `fields` are those about fields of nested documents, by table and by the document's path; None where fields are not
    told apart.
    """

    tables: dict[str, str]
    columns: dict[str, dict[str, str]] = field(factory=dict)
    fields: dict[str, dict[str, dict[str, str]]] | None = None

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
        return with_hints(set(old.column_names), hints, answered, f"columns of {new.key!r}")

    def of_fields(self, table: str, document: str) -> dict[str, str]:
        """The answers about one nested document, to be added to."""
        if self.fields is None:
            self.fields = {}
        return self.fields.setdefault(table, {}).setdefault(document, {})

    def pair(self, old: TableDef, new: TableDef) -> TablePair:
        """The two states of one table, with what is renamed in it."""
        fields = None if self.fields is None else self.fields.get(new.key, {})
        return TablePair(old, new, self.of_columns(old, new), fields)


@frozen
class Place:
    """A column of a table of the new schema, or a field of a document in it (`address.zip`), under the name that it
    had."""

    table: str
    column: str


def find_renames(
    old: SchemaSnapshot, new: SchemaSnapshot, answers: Answers, nested_fields: bool = False
) -> Renames:
    """The renames between two schemas, with `nested_fields` those of fields in nested documents too.

    Raises UsageError for an answer that fits neither schema.
    """
    tables, columns = _sorted_out(old, new, answers.renames)
    answered = _table_answers(old, new, tables)
    hints = {
        key: _possible_names(table, table.renamed_from)
        for key, table in new.tables.items()
        if table.renamed_from is not None
    }
    renames = Renames(with_hints(old.tables, hints, answered, "tables"))
    of_fields = []
    for rename in columns:
        if nested_fields and not any(_places(old, new, renames, rename.old)):
            of_fields.append(rename)
            continue
        place, column = _column_answer(old, new, renames, rename)
        _put(renames.columns.setdefault(place.table, {}), place.column, column, rename)
    if nested_fields:
        renames.fields = {}
        for rename in sorted(of_fields, key=lambda one: one.old.count(".")):
            _put_field(old, new, renames, rename)
    return renames


def _put_field(old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, rename: Rename) -> None:
    """Notes a rename in a document, the documents around it having their new names already."""
    for table, document, name in _field_places(old, new, renames, rename.old):
        names = [one.name for one in document.new.fields]
        found = rename.new.rpartition(".")[2]
        if found not in names:
            raise UsageError(
                f"cannot rename {rename.old!r} to {rename.new!r}: the models have no such field",
                hint=suggest(found, names),
            )
        _put(renames.of_fields(table, document.path), name, found, rename)
        return
    _column_answer(old, new, renames, rename)  # which says that there is nothing of this name


def _field_places(
    old: SchemaSnapshot, new: SchemaSnapshot, renames: Renames, text: str
) -> Iterator[tuple[str, DocumentPair, str]]:
    """The tables and documents that have lost a field `table.column.field`."""
    for prefix, path in _splits(text):
        for key in dict.fromkeys((prefix, renames.tables.get(prefix, prefix))):
            was = renames.old_name(key, old) if key in new.tables else None
            if was is None:
                continue
            parent, _, name = path.rpartition(".")
            renames.of_fields(
                key, parent
            )  # so that a document is looked at whose fields only change places
            for document in renames.pair(old.tables[was], new.tables[key]).documents:
                if document.path == parent and any(f.name == name for f in document.old.fields):
                    yield key, document, name


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
        if renames.fields is not None:
            found = _field_places(old, new, renames, answer.old)
            places.update(Place(key, f"{document.path}.{name}") for key, document, name in found)
    return tables, places
