"""What a migration asks for, found out by calling it."""

from __future__ import annotations

import linecache
import sys
from types import TracebackType
from typing import Any

from attrs import field, frozen

from toasty_core.errors import MigrationFileError, SchemaError, ToastyError, suggest
from toasty_core.migrations.call_sites import CallSites
from toasty_core.migrations.context import MigrationContext
from toasty_core.migrations.defaults import refuse_unfit_default
from toasty_core.migrations.direction import Direction
from toasty_core.migrations.fingerprints import Fingerprint
from toasty_core.migrations.migration import Migration
from toasty_core.operations import Operation
from toasty_core.schema import SchemaSnapshot
from toasty_core.schema.collecting import no_collection


@frozen
class Recording:
    """What a migration asks for in one direction.

    `path` is the file, `places` where in it each of `operations` stands. `irreversible` says why there is no way back,
    when `down` says so. `fingerprint` is that of the file that it was recorded from, when it was one.
    """

    version: str
    direction: Direction
    operations: tuple[Operation, ...]
    places: CallSites = field(eq=False, repr=False)
    irreversible: str | None = None
    path: str = ""
    fingerprint: Fingerprint | None = None

    @property
    def lines(self) -> tuple[int, ...]:
        """The line of the file for each of the operations."""
        return self.places.lines

    def where(self, index: int) -> str:
        """The place of an operation: `migrations/20250117_120000_add.py:9`."""
        return f"{self.path}:{self.lines[index]}"

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema after all operations. Raises SchemaError with the line that does not fit."""
        for index, operation in enumerate(self.operations):
            try:
                refuse_unfit_default(operation, schema)
                schema = operation.apply(schema)
            except SchemaError as error:
                where = error.where or self.where(index)
                raise SchemaError(error.what, where=where, hint=error.hint) from None
        return schema


def record(
    migration: Migration, direction: Direction, fingerprint: Fingerprint | None = None
) -> Recording:
    """Calls `up` or `down` and returns what it asks for.

    Raises MigrationFileError with file and line for whatever goes wrong in it.
    """
    method = getattr(migration, direction.value)
    path = method.__code__.co_filename if hasattr(method, "__code__") else ""
    context = MigrationContext(path)
    try:
        with no_collection():
            method(context)
    except (Exception, SystemExit) as error:
        raise file_error(
            error, path, f"{direction.value}() of {migration.version} fails"
        ) from error
    if context.irreversible_because is not None and direction is Direction.UP:
        raise MigrationFileError(
            f"up() of {migration.version} calls irreversible()",
            where=path,
            hint="call it in down()",
        )
    return Recording(
        migration.version,
        direction,
        tuple(item.operation for item in context.recorded),
        CallSites([item.site for item in context.recorded]),
        context.irreversible_because,
        path,
        fingerprint,
    )


def file_error(error: BaseException, path: str, doing: str) -> MigrationFileError:
    """The user's exception with the line of the file that it comes from."""
    line = _line(error.__traceback__, path)
    where = f"{path}:{line}" if line else path
    if isinstance(error, ToastyError):
        inside = f" ({error.where})" if error.where else ""
        return MigrationFileError(error.what, where=where + inside, hint=error.hint)
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    code = linecache.getline(path, line).strip() if line else ""
    hint = _hint(error) or (f"look at: {code}" if code else None)
    return MigrationFileError(f"{doing}: {reason}", where=where, hint=hint)


def _line(trace: TracebackType | None, path: str) -> int | None:
    """The innermost line of the file at `path`."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _hint(error: BaseException) -> str | None:
    """What to type, when a name of Toasty's is missing or misspelt."""
    name: Any = getattr(error, "name", None)
    public: list[str] = getattr(sys.modules.get("toasty_core"), "__all__", [])
    if isinstance(error, NameError) and name in public:
        return f"add: from toasty_core import {name}"
    if isinstance(error, AttributeError) and isinstance(
        getattr(error, "obj", None), MigrationContext
    ):
        return suggest(str(name), [word for word in vars(MigrationContext) if word[0] != "_"])
    if isinstance(error, ImportError) and name == "toasty_core":
        word = str(error).partition("'")[2].partition("'")[0]
        return suggest(word, public)
    return None
