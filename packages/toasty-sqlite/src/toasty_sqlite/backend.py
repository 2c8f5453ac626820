"""SQLite as a kind of database: its features, and where the rest is found.

Imported at start-up for every command with a `sqlite:` URL, so it imports no operations and no compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from toasty_core.backends import Backend, Features, Support

if TYPE_CHECKING:
    from toasty_core.backends import Compiled, Database, DataCheck, ScriptPart, Statement
    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url
    from toasty_sqlite.compiler import SqliteCompiler

_NATIVE, _EMULATED, _NEVER = Support.NATIVE, Support.EMULATED, Support.NEVER
_REBUILD = "SQLite cannot change this in place: the table is rebuilt, with its rows, in the same transaction"


class SqliteBackend(Backend):
    """SQLite, in a file or in memory.

    `version` is the SQLite that statements are written for, as `(3, 40, 1)`; None: the one that Python runs.
    """

    name: ClassVar[str] = "sqlite"
    features: ClassVar[Features] = Features(
        transactional_ddl=_NATIVE,
        transactional_rows=_NATIVE,
        rename_table=_NATIVE,
        rename_column=_NATIVE,
        drop_column=_NATIVE,
        modify_type=_EMULATED,
        nullability=_EMULATED,
        defaults=_EMULATED,
        auto=_NATIVE,
        generated_columns=_NATIVE,
        collations=_NATIVE,
        comments=_NEVER,
        change_primary_key=_EMULATED,
        keyless_tables=_NATIVE,
        unique_constraints=_EMULATED,
        check_constraints=_EMULATED,
        foreign_keys=_EMULATED,
        constraint_names=_NATIVE,
        indexes=_NATIVE,
        unique_indexes=_NATIVE,
        partial_indexes=_NATIVE,
        expression_indexes=_NATIVE,
        descending_indexes=_NATIVE,
        sequences=_NEVER,
        schemas=_NEVER,
        sql=_NATIVE,
        commands=_NEVER,
        reasons={
            "modify_type": _REBUILD,
            "nullability": _REBUILD,
            "defaults": _REBUILD,
            "change_primary_key": _REBUILD,
            "unique_constraints": _REBUILD,
            "check_constraints": _REBUILD,
            "foreign_keys": _REBUILD,
            "comments": "SQLite keeps no comments; they stay in the models and the migrations",
            "sequences": "SQLite has no sequences; auto=True numbers the rows of a table",
            "schemas": "SQLite has one namespace for tables in each file",
            "commands": "SQLite speaks SQL: use db.execute_sql",
            "nested_fields": "a nested document is one value here: change it with db.transform_rows",
        },
    )

    def __init__(self, version: tuple[int, ...] | None = None) -> None:
        self._version = version

    @cached_property
    def compiler(self) -> SqliteCompiler:
        """What turns operations into statements."""
        from toasty_sqlite.compiler import SqliteCompiler

        return SqliteCompiler(self._version or _running_version())

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it."""
        return self.compiler.compile(operation, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return self.compiler.checks(operation, before)

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration; one rebuild serves all changes of a table."""
        return self.compiler.compile_all(operations, before)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back, in a table that is not STRICT."""
        from toasty_sqlite.canonical import canonical_column

        return canonical_column(column)

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back."""
        from toasty_sqlite.canonical import canonical_table

        return canonical_table(table)

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back: without sequences."""
        from toasty_sqlite.canonical import canonical_schema

        return canonical_schema(schema)

    def connect(self, url: Url) -> Database:
        """A connection. Raises ConnectionFailed with what to do."""
        from toasty_sqlite.database import connect

        return connect(self, url)

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script for the sqlite3 client."""
        from toasty_sqlite.script import script_lines

        return script_lines(parts)


def _running_version() -> tuple[int, ...]:
    from sqlite3 import sqlite_version_info

    return sqlite_version_info
