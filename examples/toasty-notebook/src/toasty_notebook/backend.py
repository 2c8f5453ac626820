"""What the store can do, without a store at hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve, frozen

from toasty_core.backends import Backend, DataCheck, Features, Statement, Support, only_for
from toasty_core.errors import Unsupported

if TYPE_CHECKING:
    from toasty_core.operations import Operation
    from toasty_core.schema import ColumnDef, Options, SchemaSnapshot, TableDef
    from toasty_core.url import Url
    from toasty_notebook.database import NotebookDatabase


@frozen
class Edit(Statement):
    """One operation: the store understands them as they are. No two of them commit together."""

    operation: Operation

    @property
    def transactional(self) -> bool:
        return False

    @property
    def repeatable(self) -> bool:
        from toasty_core.operations import DeleteRows, ExecuteCommand, UpdateRows, UpsertRows

        return isinstance(self.operation, DeleteRows | ExecuteCommand | UpdateRows | UpsertRows)

    def __str__(self) -> str:
        return self.operation.describe()


class NotebookBackend(Backend):
    """Tables are files, rows are lines."""

    name: ClassVar[str] = "notebook"
    features: ClassVar[Features] = Features(
        rename_table=Support.NATIVE,
        rename_column=Support.NATIVE,
        drop_column=Support.NATIVE,
        modify_type=Support.EMULATED,
        nullability=Support.NATIVE,
        defaults=Support.NATIVE,
        auto=Support.EMULATED,
        comments=Support.NATIVE,
        change_primary_key=Support.NATIVE,
        keyless_tables=Support.NATIVE,
        unique_constraints=Support.NATIVE,
        constraint_names=Support.NATIVE,
        indexes=Support.EMULATED,
        unique_indexes=Support.NATIVE,
        descending_indexes=Support.EMULATED,
        foreign_keys=Support.NOT_YET,
        commands=Support.NATIVE,
        reasons={
            "modify_type": "every row is rewritten",
            "auto": "the next number is looked up at each insert",
            "indexes": "kept in the catalog; every search reads the whole file",
            "descending_indexes": "kept in the catalog; every search reads the whole file",
            "foreign_keys": "the notebook does not look into other files yet",
            "transactional_ddl": "files change one at a time",
            "transactional_rows": "files change one at a time",
            "generated_columns": "the notebook knows no expressions",
            "check_constraints": "the notebook knows no expressions",
            "partial_indexes": "the notebook knows no expressions",
            "expression_indexes": "the notebook knows no expressions",
            "sql": "the notebook knows no SQL",
            "collations": "texts are compared as they are",
            "sequences": "a folder has no sequences",
            "schemas": "a folder has no namespaces",
            "nested_fields": "a nested document is one value here",
        },
    )

    def compile(self, operation: Operation, before: SchemaSnapshot) -> Iterable[Statement]:
        """The operation itself, unless it changes nothing here. Raises Unsupported."""
        from toasty_core.operations.needs import needed_features

        was = before.frozen()  # `before` may be a draft, which `apply` would change
        after = operation.apply(was)
        if not only_for(self, getattr(operation, "only", ())):
            return
        for feature in needed_features(operation, self.name):
            if not getattr(self.features, feature):
                what = f"the notebook cannot {operation.describe()}"
                raise Unsupported(what, reason=self.features.reasons[feature])
        if changes_rows(operation) or self.canonical_schema(was) != self.canonical_schema(after):
            yield Edit(operation)

    def checks(self, operation: Operation, before: SchemaSnapshot) -> Iterable[DataCheck]:
        """Can every row follow a column that is added or modified?"""
        from toasty_core.operations import AddColumn, ModifyColumn

        match operation:
            case AddColumn(table, column):
                what, hint = "needs a value in rows that have none", "write fill=... into the file"
                yield DataCheck(f"{table}.{column.name}", what, hint, Edit(operation))
            case ModifyColumn(table, column):
                wanted = operation.new_column(before).type
                what, hint = f"cannot become {wanted}", "correct these rows first, or give fill=..."
                yield DataCheck(f"{table}.{column}", what, hint, Edit(operation))

    def canonical(self, column: ColumnDef) -> ColumnDef:
        """The catalog keeps columns as they are, but for what is said to other databases only."""
        type_ = column.type.for_backend(self.name)
        return evolve(column, type=type_, options=_ours(column.options))

    def canonical_table(self, table: TableDef) -> TableDef:
        """The catalog keeps tables as they are, but for what is said to other databases only."""
        return evolve(
            super().canonical_table(table),
            indexes=[part for part in table.indexes if only_for(self, part.only)],
            uniques=[part for part in table.uniques if only_for(self, part.only)],
            checks=[part for part in table.checks if only_for(self, part.only)],
            foreign_keys=[part for part in table.foreign_keys if only_for(self, part.only)],
            options=_ours(table.options),
        )

    def connect(self, url: Url) -> NotebookDatabase:
        """Opens the folder `notebook:folder`; it is made at the first write, inside one that is there."""
        from toasty_notebook.database import NotebookDatabase

        return NotebookDatabase(self, url)


def _ours(options: Options) -> Options:
    return {name: value for name, value in options.items() if name == NotebookBackend.name}


def changes_rows(operation: Operation) -> bool:
    """Is it about rows, and not about the schema?"""
    from toasty_core.operations import data

    return type(operation).__module__ == data.__name__
