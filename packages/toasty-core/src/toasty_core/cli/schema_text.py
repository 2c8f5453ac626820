"""A table in words, one line for each column, key and index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toasty_core.cli.output import columns
from toasty_core.schema import Action, Function, Literal, NextValue
from toasty_core.schema.tables import describe_part, part_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toasty_core.schema import (
        ColumnDef,
        Default,
        ForeignKeyDef,
        IndexColumn,
        IndexDef,
        SequenceDef,
        TableDef,
        UniqueDef,
    )

__all__ = ["sequence_line", "table_lines"]


def table_lines(table: TableDef) -> Iterator[str]:
    """The table's name, its columns in line with each other, and its keys and indexes."""
    yield f"{table.key}{_remark(table.comment)}"
    rows = [
        (f"  {column.name}", str(column.type), _column_words(column)) for column in table.columns
    ]
    yield from columns(("", "", ""), rows)[1:] if rows else ()
    for part in _parts(table):
        yield f"  {part}"


def sequence_line(sequence: SequenceDef) -> str:
    """The sequence in a line."""
    return f"sequence {sequence.key}"


def _remark(comment: str | None) -> str:
    return f"    # {' '.join(comment.split())}" if comment else ""


def _column_words(column: ColumnDef) -> str:
    words = ["null" if column.nullable else "not null"]
    if column.auto is not None:
        words.append("auto")
    if column.default is not None:
        words.append(f"default {_default(column.default)}")
    if column.generated is not None:
        words.append(f"generated ({column.generated.expression})")
    if column.collation:
        words.append(f"collation {column.collation}")
    return ", ".join(words) + _remark(column.comment)


def _default(default: Default) -> str:
    if isinstance(default, Literal):
        return repr(default.value)
    if isinstance(default, Function):
        return f"{default.name.value}()"
    if isinstance(default, NextValue):
        return f"next of {default.sequence}"
    return str(default)


def _parts(table: TableDef) -> Iterator[str]:
    if table.primary_key:
        yield f"primary key ({', '.join(table.key_columns)})"
    yield from (_unique(unique) for unique in table.uniques)
    yield from (_foreign_key(key) for key in table.foreign_keys)
    for check in table.checks:
        yield f"{describe_part(check)}: {check.expression}" if check.name else describe_part(check)
    yield from (_index(index) for index in table.indexes)


def _unique(unique: UniqueDef) -> str:
    named = f" {unique.name}" if unique.name else ""
    return f"unique{named} ({', '.join(part_columns(unique))})"


def _foreign_key(key: ForeignKeyDef) -> str:
    named = f" {key.name}" if key.name else ""
    target = f"{key.table} ({', '.join(key.references)})" if key.references else key.table
    actions = (("on delete", key.on_delete), ("on update", key.on_update))
    tail = "".join(f" {w} {a.value}" for w, a in actions if a is not Action.NO_ACTION)
    return f"foreign key{named} ({', '.join(key.columns)}) -> {target}{tail}"


def _index(index: IndexDef) -> str:
    kind = "unique index" if index.unique else "index"
    where = f" where {index.where}" if index.where is not None else ""
    return f"{kind} {index.name} ({', '.join(map(_index_column, index.columns))}){where}"


def _index_column(part: IndexColumn) -> str:
    what = part.name if part.name is not None else str(part.expression)
    return f"{what} desc" if part.descending else what
