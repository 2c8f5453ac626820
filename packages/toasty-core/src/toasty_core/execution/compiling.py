"""From a recorded migration to statements, with the schema carried along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from toasty_core.backends import Compiled, only_for
from toasty_core.errors import SchemaError, ToastyError, Unsupported
from toasty_core.operations import ExecuteCommand, ExecuteSql, Operation, Run

if TYPE_CHECKING:
    from toasty_core.backends import Backend
    from toasty_core.migrations.recording import Recording
    from toasty_core.schema.snapshot import SchemaSnapshot

__all__ = ["compile_recording"]

_NATIVE = (ExecuteSql, ExecuteCommand, Run)


def compile_recording(
    backend: Backend | None, recording: Recording, before: SchemaSnapshot
) -> tuple[Compiled, ...]:
    """What a backend sends for a recording; without a backend the operations alone.

    `before` is only read. Operations for other backends are left out, but what they say of the schema
    counts. Raises Unsupported and SchemaError with file and line.
    """
    if backend is None:
        return tuple(Compiled((operation,), ()) for operation in recording.operations)
    try:
        return tuple(_compile(backend, recording.operations, before))
    except (SchemaError, Unsupported) as error:
        error.where = error.where or _culprit(error, backend, recording, before)
        raise


def _compile(
    backend: Backend, operations: Sequence[Operation], before: SchemaSnapshot
) -> Iterator[Compiled]:
    if all(_is_for(backend, operation) for operation in operations):
        yield from backend.compile_all(operations, before)
        return
    state: SchemaSnapshot = before.draft()
    for meant, group in groupby(operations, lambda operation: _is_for(backend, operation)):
        together = tuple(group)
        if meant:
            yield from backend.compile_all(together, state)
        for operation in together:
            state = operation.apply(state)


def _is_for(backend: Backend, operation: Operation) -> bool:
    return not isinstance(operation, _NATIVE) or only_for(backend, operation.only)


def _culprit(
    error: ToastyError,
    backend: Backend,
    recording: Recording,
    before: SchemaSnapshot,
) -> str:
    """Where the operation stands that a backend refused: the first that fails when taken alone."""
    state: SchemaSnapshot = before.draft()
    for position, operation in enumerate(recording.operations):
        try:
            if _is_for(backend, operation):
                tuple(backend.compile_all((operation,), state))
            state = operation.apply(state)
        except type(error):
            return recording.where(position)
        except ToastyError:
            break
    return recording.path
