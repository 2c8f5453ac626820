"""From operations to statements.

Operations that need no item to change are folded, table by table, as long as they stand together: what leads from
a table as it was to the table as it will be is planned once (`planning.py`), and tables change side by side. So an
index of a new table is a part of its CreateTable call, and a column that may be missing costs no call at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve

from toasty_core import operations as ops
from toasty_core.backends import Compiled, DataCheck, Statement, only_for
from toasty_core.errors import Unsupported
from toasty_core.operations.base import Operation
from toasty_core.operations.fields import INSTEAD_OF_FIELDS
from toasty_core.operations.needs import needed_features
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_dynamo import planning
from toasty_dynamo.backups import backup_call
from toasty_dynamo.canonical import canonical_table
from toasty_dynamo.names import BACKEND
from toasty_dynamo.statements import (
    CallFunction,
    Command,
    Control,
    Origin,
    Partiql,
    TableChange,
)
from toasty_dynamo.tables import refuse_key
from toasty_dynamo.way_back import backups, way_back

if TYPE_CHECKING:
    from toasty_dynamo.backend import DynamoBackend

_NATIVE = (ops.ExecuteSql, ops.ExecuteCommand, ops.Run)
_ROWS = (ops.InsertRows, ops.UpsertRows, ops.UpdateRows, ops.DeleteRows, ops.TransformRows)
_COPIES = (ops.RenameTable, ops.ChangePrimaryKey)
_ASKED_ELSEWHERE = (
    *("keyless_tables", "unique_constraints", "unique_indexes", "partial_indexes"),
    *("expression_indexes", "sql"),
)
"""Features of which some forms can be had: who compiles those refuses the rest, with the reason."""


def compiled(
    backend: DynamoBackend, operations: Sequence[Operation], before: SchemaSnapshot
) -> Iterator[Compiled]:
    """What is sent for the operations of a migration, in order. Raises Unsupported and SchemaError."""
    run = _Run(backend)
    state: SchemaSnapshot = before.draft()
    for operation in operations:
        small = _small(state, operation)
        state = operation.apply(state)
        if not only_for(BACKEND, getattr(operation, "only", ())):
            continue
        _refuse(backend, operation)
        _refuse_keyless(operation, small)
        after = operation.apply(small)
        if run.takes(operation, small, after):
            continue
        yield from run.flush()
        if not run.takes(operation, small, after):
            yield _alone(backend, operation, small, after)
    yield from run.flush()


def _small(before: SchemaSnapshot, operation: Operation) -> SchemaSnapshot:
    """The tables that the operation is about, those that point at them, and those that they point at.

    The rest is not looked at.
    """
    found = {key: before.tables[key] for key in operation.touches() if before.has_table(key)}
    for key, table in tuple(found.items()):
        found.update({other.key: other for other in before.referrers(key)})
        parents = [link.table for link in table.foreign_keys if before.has_table(link.table)]
        found.update({parent: before.tables[parent] for parent in parents})
    return SchemaSnapshot(found, dict(before.sequences))


def _refuse(backend: DynamoBackend, operation: Operation) -> None:
    if isinstance(operation, ops.ExecuteSql) and not operation.only:
        raise Unsupported(
            f"DynamoDB cannot {operation.describe()}", reason=backend.features.reasons["sql"]
        )
    for feature in needed_features(operation, BACKEND):
        if getattr(backend.features, feature) or feature in _ASKED_ELSEWHERE:
            continue
        raise Unsupported(
            f"DynamoDB cannot {operation.describe()}",
            reason=backend.features.reasons[feature],
            hint=INSTEAD_OF_FIELDS if feature == "nested_fields" else None,
        )


def _refuse_keyless(operation: Operation, before: SchemaSnapshot) -> None:
    """A table without a primary key can only stand in files that are for other databases as well."""
    for key in operation.touches()[:1]:
        if before.has_table(key):
            refuse_key(before.table(key))


@define
class _Run:
    """Operations that stand together and need no item to change: what each table was, and what it will be."""

    backend: DynamoBackend
    operations: list[Operation] = Factory(list)
    checks: list[DataCheck] = Factory(list)
    origins: dict[str, list[Origin]] = Factory(dict)
    was: dict[str, TableDef | None] = Factory(dict)
    will: dict[str, TableDef | None] = Factory(dict)

    def takes(self, operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot) -> bool:
        """Takes the operation in, if it can stand with the others."""
        if isinstance(operation, (*_NATIVE, *_ROWS, *_COPIES)):
            return False
        keys = list(dict.fromkeys((*before.tables, *after.tables)))
        if any(self._is_gone(key) for key in keys):
            return False
        if not self._is_new(operation) and _items(self.backend, operation, before, after):
            return False
        found = _checks(self.backend, operation, before)
        self.checks += (check._replace(operation=operation) for check in found)
        for key in keys:
            was, will = before.tables.get(key), after.tables.get(key)
            self.was.setdefault(key, was)
            self.will[key] = will
            if was is not will:
                self.origins.setdefault(key, []).append(Origin(operation, was, will))
        self.operations.append(operation)
        return True

    def _is_gone(self, key: str) -> bool:
        """Was there a table of this name, which goes in this very run? Then another of the name comes after it."""
        return key in self.will and self.will[key] is None and self.was[key] is not None

    def _is_new(self, operation: Operation) -> bool:
        """Is the operation about tables that this very run makes? They have no items."""
        keys = operation.touches()
        return bool(keys) and all(key in self.was and self.was[key] is None for key in keys[:1])

    def flush(self) -> Iterator[Compiled]:
        """What there is to send, and an empty run again."""
        if self.operations:
            changes = tuple(
                evolve(change, origins=tuple(self.origins.get(key, ())))
                for key in self.will
                if (change := _change(self.backend, key, self.was[key], self.will[key]))
            )
            sent = (Control(changes),) if changes else ()
            yield Compiled(tuple(self.operations), sent, tuple(self.checks))
        self.operations, self.checks, self.origins, self.was, self.will = [], [], {}, {}, {}


def _change(
    backend: DynamoBackend, key: str, was: TableDef | None, will: TableDef | None
) -> TableChange | None:
    """The change of one table; None where nothing changes."""
    old = canonical_table(was) if was is not None else None
    new = canonical_table(will) if will is not None else None
    if old == new:
        return None
    name = f"{backend.known.prefix}{key}"
    calls = planning.calls(old, new, name)
    if new is None and backend.known.backup:
        calls = (backup_call(name), *calls)
    return TableChange(key, name, calls, new)


# Operations that change items.


def _alone(
    backend: DynamoBackend, operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot
) -> Compiled:
    """An operation of its own: indexes that go, items that change, indexes that come and the record."""
    statements = tuple(_native(operation, backend.known.prefix))
    if not statements:
        work = _items(backend, operation, before, after)
        statements = (
            *backups(backend, operation, before),
            *_around(backend, operation, before, after, work),
        )
    return Compiled((operation,), statements, _checks(backend, operation, before))


def _around(
    backend: DynamoBackend,
    operation: Operation,
    before: SchemaSnapshot,
    after: SchemaSnapshot,
    work: tuple[Statement, ...],
) -> Iterator[Statement]:
    if isinstance(operation, (*_ROWS, *_COPIES)) or _is_copy(work):
        yield from work
        if not isinstance(
            operation, ops.RenameTable
        ):  # which records those that point at it as well
            others = (key for key in after.tables if key not in operation.touches())
            yield from _control(backend, others, before.tables, after.tables)
        return
    between = {key: _between(table, after.tables.get(key)) for key, table in before.tables.items()}
    for states in ((before.tables, between), (None, None), (between, after.tables)):
        was, will = states
        if was is None or will is None:
            yield from work
            continue
        yield from _control(backend, dict.fromkeys((*was, *will)), was, will)


def _control(
    backend: DynamoBackend,
    keys: Iterable[str],
    was: Mapping[str, TableDef],
    will: Mapping[str, TableDef],
) -> Iterator[Control]:
    found = (_change(backend, key, was.get(key), will.get(key)) for key in keys)
    changes = tuple(change for change in found if change is not None)
    if changes:
        yield Control(changes)


def _is_copy(work: tuple[Statement, ...]) -> bool:
    """Is the table copied? Then the copy makes all of it, and records it."""
    from toasty_dynamo.copy_statements import CopyStatement

    return any(isinstance(statement, CopyStatement) for statement in work)


def _between(was: TableDef, will: TableDef | None) -> TableDef:
    """The table while its items change: without the indexes that go or become others."""
    if will is None:
        return was
    gone = planning.replaced(canonical_table(was), canonical_table(will))
    return evolve(was, indexes=[index for index in was.indexes if index.name not in gone])


def _native(operation: Operation, prefix: str) -> Iterator[Statement]:
    match operation:
        case ops.ExecuteCommand(command):
            for name, request in command.items():
                yield Command(_operation_name(name), dict(request), prefix=prefix)
        case ops.ExecuteSql(sql):
            yield Partiql(sql, prefix=prefix)
        case ops.Run(function):
            yield CallFunction(function, operation.describe())


def _operation_name(name: str) -> str:
    """The name of a call of the API. Raises Unsupported with the nearest one."""
    from botocore.session import get_session

    from toasty_core.errors import suggest

    known = get_session().get_service_model("dynamodb").operation_names
    if name not in known:
        raise Unsupported(
            f"DynamoDB's API has no call {name!r}",
            reason='a command is the name of a call and what it takes: {"UpdateTimeToLive": {...}}',
            hint=suggest(name, known),
        )
    return name


def _items(
    backend: DynamoBackend, operation: Operation, before: SchemaSnapshot, after: SchemaSnapshot
) -> tuple[Statement, ...]:
    """What happens to items."""
    from toasty_dynamo.items import compile_items

    return tuple(compile_items(operation, before, after, backend.known.prefix))


def _checks(
    backend: DynamoBackend, operation: Operation, before: SchemaSnapshot
) -> tuple[DataCheck, ...]:
    return (*way_back(backend, operation, before), *backend.checks(operation, before))


__all__ = ["compiled"]
