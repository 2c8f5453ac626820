"""MongoDB as a kind of database: its features, and where the rest is found.

Imported at start-up for every command with a `mongodb:` URL, so it imports no operations, no compiler and no driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from toasty_core.backends import Backend, Features, Support

if TYPE_CHECKING:
    from toasty_core.backends import Compiled, Database, DataCheck, ScriptPart, Statement
    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url

_NATIVE, _EMULATED, _NEVER = Support.NATIVE, Support.EMULATED, Support.NEVER


class MongoBackend(Backend):
    """MongoDB, standalone or a replica set, from version 6.0."""

    name: ClassVar[str] = "mongodb"
    features: ClassVar[Features] = Features(
        transactional_ddl=_NEVER,
        transactional_rows=_NEVER,
        rename_table=_NATIVE,
        rename_column=_NATIVE,
        drop_column=_NATIVE,
        modify_type=_NATIVE,
        nullability=_NATIVE,
        defaults=_EMULATED,
        auto=_EMULATED,
        generated_columns=_NEVER,
        collations=_NEVER,
        comments=_NATIVE,
        change_primary_key=_EMULATED,
        keyless_tables=_NATIVE,
        unique_constraints=_NATIVE,
        check_constraints=_NATIVE,
        foreign_keys=_EMULATED,
        constraint_names=_NATIVE,
        indexes=_NATIVE,
        unique_indexes=_NATIVE,
        partial_indexes=_NATIVE,
        expression_indexes=_NEVER,
        descending_indexes=_NATIVE,
        sequences=_NEVER,
        schemas=_NEVER,
        sql=_NEVER,
        commands=_NATIVE,
        nested_fields=_NATIVE,
        reasons={
            "transactional_ddl": "MongoDB changes collections and indexes outside of transactions: the journal is"
            " written before and after each command, and after a crash the catalog is asked",
            "transactional_rows": "a standalone server has no transactions; batches of a transformation are"
            " exactly-once on every deployment",
            "defaults": "kept in the validator; documents that are there and rows that migrations insert get them,"
            " your application gives its own",
            "auto": "rows that migrations insert are numbered after the highest; your application gives its own",
            "generated_columns": "MongoDB computes no fields; use db.update_rows or an aggregation pipeline",
            "collations": "a field has no order of its own; give the collation to an index or the collection:"
            ' options={"mongodb": {"collation": {"locale": "en"}}}',
            "change_primary_key": "the _id of a document never changes, so documents go into a copy that takes the"
            " collection's place; on a standalone server others are refused to write meanwhile",
            "foreign_keys": "recorded in the validator and not enforced by MongoDB; rows that migrations insert are"
            " checked, your application keeps the rest",
            "expression_indexes": "MongoDB indexes fields; store the value in a field of its own",
            "sequences": "MongoDB has no sequences",
            "schemas": "a database has no namespaces: give each database its own URL",
            "sql": "MongoDB has no SQL; write expressions in its own words, as JSON in"
            ' expr(mongodb="{...}"), or use db.transform_rows or db.execute_command',
        },
    )

    def __init__(self, form: str = "") -> None:
        self._form = form

    @property
    def form(self) -> str:
        """`standalone` where that is known: what statements mean for others depends on it."""
        return self._form

    def in_form(self, form: str) -> Backend:
        """The backend as it was when `form` was noted."""
        return MongoBackend(form)

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it. Raises Unsupported."""
        from toasty_mongo.compiler import compiled

        return compiled(self, operation, before)

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration, in order."""
        from toasty_mongo.together import compile_together

        return compile_together(self, operations, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the documents before the operation's first statement."""
        from toasty_mongo.checks import checks

        return checks(operation, before)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back."""
        from toasty_mongo.canonical import canonical_column

        return canonical_column(column)

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back: uniques are unique indexes."""
        from toasty_mongo.canonical import canonical_table

        return canonical_table(table)

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back."""
        from toasty_mongo.canonical import canonical_schema

        return canonical_schema(schema)

    def connect(self, url: Url) -> Database:
        """A connection. Raises UrlError and ConnectionFailed with what to do."""
        from toasty_mongo.database import connect

        return connect(self, url)

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script for mongosh."""
        from toasty_mongo.script import script_lines

        return script_lines(parts)
