"""MySQL and MariaDB as kinds of database: their features, and where the rest is found.

Imported at start-up for every command with a `mysql:` or `mariadb:` URL, so it imports no operations, no
compiler and no driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from toasty_core.backends import Backend, Features, Support
from toasty_mysql.flavour import Flavour, ServerVersion

if TYPE_CHECKING:
    from toasty_core.backends import Compiled, Database, DataCheck, ScriptPart, Statement
    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url
    from toasty_mysql.collations import TextDefaults
    from toasty_mysql.compiler import MysqlCompiler

_NATIVE, _NEVER = Support.NATIVE, Support.NEVER
_REASONS: Mapping[str, str] = {
    "transactional_ddl": "every statement that changes the schema commits by itself: the journal is written before"
    " and after each one, and after a crash the catalog is asked",
    "partial_indexes": "an index here is over all rows; index a generated column that is NULL for the others",
    "schemas": "a schema is a database of its own here: give each its own URL and migrations",
    "commands": "it speaks SQL: use db.execute_sql",
    "nested_fields": "a nested document is one value here: change it with db.transform_rows",
}
_MYSQL = Features(
    transactional_ddl=_NEVER,
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
    partial_indexes=_NEVER,
    expression_indexes=_NATIVE,
    descending_indexes=_NATIVE,
    sequences=_NEVER,
    schemas=_NEVER,
    sql=_NATIVE,
    commands=_NEVER,
    reasons={
        **_REASONS,
        "sequences": "MySQL has no sequences; auto=True numbers the rows of a table",
    },
)
_MARIADB = _MYSQL._replace(
    expression_indexes=_NEVER,
    sequences=_NATIVE,
    reasons={
        **_REASONS,
        "expression_indexes": "MariaDB indexes columns only: index a generated column",
    },
)


class MysqlBackend(Backend):
    """MySQL, and with `mysql:` in the URL whatever of the two the server says that it is.

    `version` is the server that statements are written for, as `(8, 4)`; None: the oldest that is supported.
    `large` are the keys of the tables that are changed in forms that let others go on; `texts` is the character
    set of the database, None: utf8mb4.
    """

    name: ClassVar[str] = "mysql"
    title: ClassVar[str] = "MySQL"
    features: ClassVar[Features] = _MYSQL
    flavour: ClassVar[Flavour] = Flavour.MYSQL

    def __init__(
        self,
        version: tuple[int, ...] | None = None,
        large: Iterable[str] = (),
        texts: TextDefaults | None = None,
    ) -> None:
        self.version = version or self.flavour.oldest
        self.large = frozenset(large)
        self.texts = texts

    @staticmethod
    def of(
        server: ServerVersion, large: Iterable[str] = (), texts: TextDefaults | None = None
    ) -> MysqlBackend:
        """The backend for this very server."""
        kind = MariadbBackend if server.flavour is Flavour.MARIADB else MysqlBackend
        return kind(server.version, large, texts)

    @cached_property
    def compiler(self) -> MysqlCompiler:
        """What turns operations into statements."""
        from toasty_mysql.compiler import MysqlCompiler

        return MysqlCompiler(self.flavour, self.version, self.large)

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it."""
        return self.compiler.compile(operation, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the rows before the operation's first statement."""
        return self.compiler.checks(operation, before)

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration; a table that it makes is not a large one."""
        return self.compiler.compile_all(operations, before)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back."""
        from toasty_mysql.canonical import canonical_column

        return canonical_column(column, self.flavour, self.version, self.texts)

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back."""
        from toasty_mysql.canonical import canonical_table

        return canonical_table(table, self.flavour, self.version, self.texts)

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back."""
        from toasty_mysql.canonical import canonical_schema

        return canonical_schema(schema, self.flavour, self.version, self.texts)

    @cached_property
    def form(self) -> str:
        """The server's version and the large tables: what statements depend on."""
        from toasty_mysql.form import form_text

        return form_text(self)

    def in_form(self, form: str) -> MysqlBackend:
        """The backend as it was when `form` was noted."""
        from toasty_mysql.form import read_form

        return read_form(form, self.texts) or self

    def connect(self, url: Url) -> Database:
        """A connection. Raises UrlError and ConnectionFailed with what to do."""
        from toasty_mysql.database import connect

        return connect(url)

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script for the client, `mysql` or `mariadb`."""
        from toasty_mysql.script import script_lines

        return script_lines(parts)


class MariadbBackend(MysqlBackend):
    """MariaDB, and with `mariadb:` in the URL whatever of the two the server says that it is."""

    title: ClassVar[str] = "MariaDB"
    features: ClassVar[Features] = _MARIADB
    flavour: ClassVar[Flavour] = Flavour.MARIADB
