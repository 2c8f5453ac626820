"""DynamoDB as a kind of database: its features, and where the rest is found.

Imported at start-up for every command with a `dynamodb:` URL, so it imports no operations, no compiler and no boto3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from toasty_core.backends import Backend, Features, Support

if TYPE_CHECKING:
    from toasty_core.backends import Compiled, Database, DataCheck, ScriptPart, Statement
    from toasty_core.operations.base import Operation
    from toasty_core.schema.columns import ColumnDef
    from toasty_core.schema.snapshot import SchemaSnapshot
    from toasty_core.schema.tables import TableDef
    from toasty_core.url import Url

_NATIVE, _EMULATED, _NEVER = Support.NATIVE, Support.EMULATED, Support.NEVER


class Known(NamedTuple):
    """What is known of the service that statements are for.

    `prefix` is what the names of its tables begin with. `aws`: it is the service itself, where what is lost is lost.
    `backup`: make a backup before something is lost (True), do not (False), or ask for one (None).
    """

    prefix: str = ""
    aws: bool = False
    backup: bool | None = None


_UNKNOWN = Known()


class DynamoBackend(Backend):
    """DynamoDB, the service of AWS or DynamoDB Local."""

    name: ClassVar[str] = "dynamodb"
    features: ClassVar[Features] = Features(
        transactional_ddl=_NEVER,
        transactional_rows=_NEVER,
        rename_table=_EMULATED,
        rename_column=_EMULATED,
        drop_column=_EMULATED,
        modify_type=_EMULATED,
        nullability=_EMULATED,
        defaults=_EMULATED,
        auto=_EMULATED,
        generated_columns=_NEVER,
        collations=_NEVER,
        comments=_EMULATED,
        change_primary_key=_EMULATED,
        keyless_tables=_NEVER,
        unique_constraints=_NEVER,
        check_constraints=_EMULATED,
        foreign_keys=_EMULATED,
        constraint_names=_EMULATED,
        indexes=_NATIVE,
        unique_indexes=_NEVER,
        partial_indexes=_NEVER,
        expression_indexes=_NEVER,
        descending_indexes=_EMULATED,
        sequences=_NEVER,
        schemas=_NEVER,
        sql=_NEVER,
        commands=_NATIVE,
        reasons={
            "transactional_ddl": "DynamoDB changes tables outside of transactions: the journal is written before and"
            " after each change, and after a crash the service is asked",
            "transactional_rows": "a transaction holds 100 items at most; batches of a transformation are exactly-once",
            "rename_table": "a table keeps its name: the items are copied into a new table, and the old one stays",
            "rename_column": "each item gets the attribute under its new name, under a condition",
            "drop_column": "the attribute is taken out of each item",
            "modify_type": "each value is converted where it is still the one that was read",
            "nullability": "recorded and not enforced by DynamoDB; rows that migrations insert are checked",
            "defaults": "given to items that are there and to rows that migrations insert; applications give their own",
            "auto": "rows that migrations insert are numbered after the highest; your application gives its own",
            "generated_columns": "DynamoDB computes no attributes; use db.update_rows or db.transform_rows",
            "collations": "texts are ordered by their bytes",
            "comments": "kept in Toasty's own table",
            "change_primary_key": "the key of a table is fixed: the items are copied into a new table",
            "keyless_tables": "every table of DynamoDB has a partition key from its beginning",
            "unique_constraints": "DynamoDB keeps only keys apart; with options="
            '{"dynamodb": {"unique": "sentinel"}} items of their own keep the values apart',
            "check_constraints": "recorded and not enforced by DynamoDB; rows that migrations insert are checked",
            "foreign_keys": "recorded and not enforced by DynamoDB; rows that migrations insert are checked",
            "constraint_names": "kept in Toasty's own table",
            "unique_indexes": "an index of DynamoDB never keeps values apart",
            "partial_indexes": "an index holds the items that have its columns: of conditions only that they"
            " are not null can be said",
            "nested_fields": "a nested document is one value here: change it with db.transform_rows",
            "expression_indexes": "DynamoDB indexes attributes; store the value in a column of its own",
            "descending_indexes": "every query says which way it reads an index; the order is recorded",
            "sequences": "DynamoDB has no sequences",
            "schemas": "tables have no namespaces: give each its own prefix, dynamodb://REGION/prefix_",
            "sql": "DynamoDB has no SQL; write values, use db.transform_rows, or PartiQL by"
            ' db.execute_sql(..., only="dynamodb")',
        },
    )
    backups: ClassVar[bool] = True

    def __init__(self, known: Known = _UNKNOWN) -> None:
        self.known = known

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The statements for one operation, given the schema before it. Raises Unsupported."""
        for part in self.compile_all((operation,), before):
            yield from part.statements

    def compile_all(
        self, operations: Sequence[Operation], before: SchemaSnapshot
    ) -> Iterator[Compiled]:
        """The statements for all operations of a migration; changes of tables that stand together share one."""
        from toasty_dynamo.compiler import compiled

        return compiled(self, operations, before)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """What must hold of the items before the operation's first statement."""
        from toasty_dynamo.checks import checks

        return checks(operation, before)

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The column as `introspect` will report it back."""
        from toasty_dynamo.canonical import canonical_column

        return canonical_column(column)

    def canonical_table(self, table: TableDef) -> TableDef:
        """The table as `introspect` will report it back."""
        from toasty_dynamo.canonical import canonical_table

        return canonical_table(table)

    def canonical_schema(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The schema as `introspect` will report it back."""
        from toasty_dynamo.canonical import canonical_schema

        return canonical_schema(schema)

    @property
    def form(self) -> str:
        """What a resume has to know: whether backups are made, as that changes the number of statements."""
        return "backup" if self.known.backup else "no backup"

    def in_form(self, form: str) -> DynamoBackend:
        """The backend as it was when `form` was noted."""
        return DynamoBackend(self.known._replace(backup=form == "backup"))

    def connect(self, url: Url) -> Database:
        """A connection. Raises UrlError and ConnectionFailed with what to do."""
        from toasty_dynamo.database import connect

        return connect(self, url)

    def script(self, parts: Iterable[ScriptPart]) -> Iterator[str]:
        """The lines of a script for a shell with AWS's command line."""
        from toasty_dynamo.script import script_lines

        return script_lines(parts)
