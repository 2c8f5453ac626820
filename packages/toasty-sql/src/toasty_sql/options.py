"""The options that a backend takes, and a clear word about those that it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from toasty_core import operations as ops
from toasty_core.errors import Unsupported, suggest
from toasty_core.operations.base import Operation
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import ConstraintDef, IndexDef
from toasty_core.schema.tables import TableDef, describe_part

OptionNames: TypeAlias = Mapping[type[Any], tuple[str, ...]]
"""The names of a backend's options by the class of what they stand at, as `{TableDef: ("strict",)}`."""

_Optioned: TypeAlias = TableDef | ColumnDef | IndexDef | ConstraintDef


def refuse_unknown_options(operation: Operation, backend: str, known: OptionNames) -> None:
    """Raises Unsupported, with the nearest name, for an option of `backend` that it would not look at.

    Nothing is known of a backend that states no names, and nothing refused.
    """
    if not known:
        return
    for part in _parts(operation):
        if part.options:
            _refuse(part.options, known.get(type(part), ()), _words(operation, part), backend)
    if isinstance(operation, ops.SetTableOptions):
        _refuse(operation.options, known.get(TableDef, ()), f"table {operation.table!r}", backend)
    elif isinstance(operation, ops.ModifyColumn) and isinstance(operation.options, Mapping):
        words = f"column {operation.table}.{operation.column}"
        _refuse(operation.options, known.get(ColumnDef, ()), words, backend)


def _parts(operation: Operation) -> Iterator[_Optioned]:
    """What the operation brings that may have options."""
    match operation:
        case ops.CreateTable(table):
            yield table
            yield from table.columns
            if table.primary_key is not None:
                yield table.primary_key
            yield from table.indexes
            yield from table.uniques
            yield from table.checks
            yield from table.foreign_keys
        case ops.AddColumn(column=part) | ops.CreateIndex(index=part):
            yield part
        case ops.AddUnique(unique=part) | ops.AddCheck(check=part):
            yield part
        case ops.AddForeignKey(foreign_key=part):
            yield part
        case ops.ChangePrimaryKey(primary_key=part) if part is not None:
            yield part


def _words(operation: Operation, part: _Optioned) -> str:
    table = operation.touches()[0]
    if isinstance(part, TableDef):
        return f"table {table!r}"
    if isinstance(part, ColumnDef):
        return f"column {table}.{part.name}"
    return f"{describe_part(part)} of {table}"


def _refuse(options: Options, known: tuple[str, ...], words: str, backend: str) -> None:
    chosen = options.get(backend, {})
    if not isinstance(chosen, Mapping):
        raise Unsupported(
            f"{words}: the options for {backend} are {chosen!r}, and must be names with values",
            hint=f'write: options={{"{backend}": {{"{known[0] if known else "name"}": True}}}}',
        )
    for name in chosen:
        if name not in known:
            among = ", ".join(known) or "none"
            raise Unsupported(
                f"{words}: {backend} has no option {name!r} here",
                hint=suggest(str(name), known) or f"there are: {among}",
            )
