"""PostgreSQL as a kind of database: its features, and where the rest is found.

Imported at start-up for every command with a `postgresql:` URL, so it imports no operations, no compiler and
no driver.
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
    from toasty_postgres.compiler import PostgresCompiler

OLDEST = (15,)
"""The oldest PostgreSQL that is supported: statements that are written offline are for it."""

_NATIVE, _NEVER = Support.NATIVE, Support.NEVER


class PostgresBackend(Backend):
    """PostgreSQL.

    `version` is that of the server that statements are written for, as `(15, 18)`; `large` are the keys of
    the tables that have many rows today and that others use meanwhile.
    """

    name: ClassVar[str] = "postgresql"
    features: ClassVar[Features] = Features(
        transactional_ddl=_NATIVE,
        transactional_rows=_NATIVE,
        rename_table=_NATIVE,
        rename_column=_NATIVE,
        drop_column=_NATIVE,
        modify_type=_NATIVE,
        nullability=_NATIVE,
        defaults=_NATIVE,
        auto=_NATIVE,
        generated_columns=_NATIVE,
        collations=_NATIVE,
        comments=_NATIVE,
        change_primary_key=_NATIVE,
        keyless_tables=_NATIVE,
        unique_constraints=_NATIVE,
        check_constraints=_NATIVE,
        foreign_keys=_NATIVE,
        constraint_names=_NATIVE,
        indexes=_NATIVE,
        unique_indexes=_NATIVE,
        partial_indexes=_NATIVE,
        expression_indexes=_NATIVE,
        descending_indexes=_NATIVE,
        sequences=_NATIVE,
        schemas=_NATIVE,
        sql=_NATIVE,
        commands=_NEVER,
        reasons={
            "commands": "PostgreSQL speaks SQL: use db.execute_sql",
            "nested_fields": "a nested document is one value here: change it with db.transform_rows",
        },
    )

    def __init__(
        self, version: tuple[int, ...] = OLDEST, large: Iterable[str] = frozenset()
    ) -> None:
        self._version = tuple(version)
        self._large = frozenset(large)

    @cached_property
    def compiler(self) -> PostgresCompiler:
        """What turns operations into statements."""
        from toasty_postgres.compiler import PostgresCompiler

        return PostgresCompiler(self._version, self._large)

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it."""
        return self.compiler.compile(operation, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return self.compiler.checks(operation, before)

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration."""
        return self.compiler.compile_all(operations, before)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back."""
        from toasty_postgres.canonical import canonical_column

        return canonical_column(column)

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back."""
        from toasty_postgres.canonical import canonical_table

        return canonical_table(table)

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back."""
        from toasty_postgres.canonical import canonical_schema

        return canonical_schema(schema)

    @cached_property
    def form(self) -> str:
        """The server's version and the large tables, for the journal; empty where the server is not known."""
        if self._version == OLDEST and not self._large:
            return ""
        import json

        return json.dumps({"version": self._version, "large": sorted(self._large)})

    def in_form(self, form: str) -> PostgresBackend:
        """The backend as it was when `form` was noted."""
        if form in ("", self.form):
            return self
        import json

        noted = json.loads(form)
        return PostgresBackend(tuple(noted["version"]), noted["large"])

    def connect(self, url: Url) -> Database:
        """A connection. Raises ConnectionFailed with what to do."""
        from toasty_postgres.database import connect

        return connect(self, url)

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script for psql."""
        from toasty_postgres.script import script_lines

        return script_lines(parts)
