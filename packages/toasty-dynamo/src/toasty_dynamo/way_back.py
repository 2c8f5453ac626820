"""What an operation takes away for good on AWS, and the backups before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from toasty_core import operations as ops
from toasty_core.backends import DataCheck, Statement
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_dynamo.backups import HasWayBack, backup_call
from toasty_dynamo.canonical import canonical_table
from toasty_dynamo.statements import Control, TableChange

if TYPE_CHECKING:
    from toasty_dynamo.backend import DynamoBackend

_HARMLESS = (
    *(ops.ExecuteSql, ops.ExecuteCommand, ops.Run, ops.InsertRows),
    *(ops.RenameTable, ops.ChangePrimaryKey),
)
"""Operations that lose nothing, or of which nothing is known."""


def _endangered(operation: Operation, before: SchemaSnapshot) -> tuple[str, ...]:
    """The tables of which the operation loses something."""
    if isinstance(operation, _HARMLESS):
        return ()
    safe = operation.hazard_from(before) is Hazard.SAFE
    if safe and operation.category is not Category.DESTRUCTIVE:
        return ()
    if isinstance(operation, (ops.DropIndex, ops.DropUnique, ops.DropCheck, ops.DropForeignKey)):
        return ()
    return tuple(key for key in operation.touches()[:1] if before.has_table(key))


def way_back(
    backend: DynamoBackend, operation: Operation, before: SchemaSnapshot
) -> Iterator[DataCheck]:
    """The questions whether what the operation loses can be had back, where nobody said what to do then."""
    if not backend.known.aws or backend.known.backup is not None:
        return
    for key in _endangered(operation, before):
        yield DataCheck(
            key,
            "has no way back: what it holds now cannot be restored",
            "--backup makes a backup first, --no-backup goes on without; or turn point-in-time recovery on",
            HasWayBack(key),
            ahead=True,
        )


def backups(
    backend: DynamoBackend, operation: Operation, before: SchemaSnapshot
) -> Iterator[Statement]:
    """The backups of what the operation loses, where they are asked for."""
    if backend.known.backup:
        for key in _endangered(operation, before):
            name = f"{backend.known.prefix}{key}"
            record = canonical_table(before.table(key))
            yield Control((TableChange(key, name, (backup_call(name),), record),))


__all__ = ["backups", "way_back"]
