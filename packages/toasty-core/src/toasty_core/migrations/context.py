"""What a migration's `up` and `down` talk to: it writes down what they ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from toasty_core.errors import SchemaError
from toasty_core.migrations.arguments import (
    expect,
    expect_function,
    expect_rows,
    expect_state,
    expect_table,
    expect_values,
)
from toasty_core.migrations.call_sites import CallSite
from toasty_core.operations import (
    UNSET,
    AddCheck,
    AddColumn,
    AddField,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DeleteRows,
    DropCheck,
    DropColumn,
    DropField,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    ExecuteCommand,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    ModifySequence,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameField,
    RenameIndex,
    RenameTable,
    Run,
    SetTableComment,
    SetTableOptions,
    TransformRows,
    Unset,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import (
    Auto,
    CheckDef,
    ColumnDef,
    ConstraintDef,
    Expression,
    ForeignKeyDef,
    Generated,
    IndexDef,
    Options,
    PrimaryKeyDef,
    SequenceDef,
    TableDef,
    Type,
    UniqueDef,
)


class Recorded(NamedTuple):
    """One operation, and the place in the migration file that asked for it."""

    operation: Operation
    site: CallSite


class MigrationContext:
    """Records operations, one method for each, and touches no database.

    So the whole migration is known before its first statement runs, and can be printed, checked and resumed. What
    must look at live data goes through `run` or `transform_rows`. Every method raises SchemaError for an argument that
    cannot be meant.
    """

    def __init__(self, path: str = "") -> None:
        self.recorded: list[Recorded] = []
        self.irreversible_because: str | None = None
        self._path = path

    # Tables.

    def create_table(self, table: TableDef) -> None:
        """Makes a new table with all that belongs to it."""
        self._add(CreateTable(expect_table(table)))

    def drop_table(self, table: str) -> None:
        """Takes a table away, with its rows."""
        self._add(DropTable(expect(table, str)))

    def rename_table(self, old: str, new: str) -> None:
        """Gives a table another name; foreign keys to it follow."""
        self._add(RenameTable(expect(old, str), expect(new, str)))

    def set_table_comment(self, table: str, comment: str | None) -> None:
        """Gives a table a comment, another one, or none."""
        self._add(SetTableComment(expect(table, str), comment))

    def set_table_options(self, table: str, options: Options | None = None) -> None:
        """Sets all options of a table, by backend name: `{"sqlite": {"strict": True}}`; without any: none."""
        self._add(SetTableOptions(expect(table, str), expect_values(options or {})))

    # Columns.

    def add_column(self, table: str, column: ColumnDef, fill: object = None) -> None:
        """Adds a column. `fill` is the value for rows that are there: a literal or `expr("lower(name)")`."""
        self._add(AddColumn(expect(table, str), expect(column, ColumnDef), fill))

    def drop_column(self, table: str, column: str) -> None:
        """Takes a column away, with its values."""
        self._add(DropColumn(expect(table, str), expect(column, str)))

    def rename_column(self, table: str, old: str, new: str) -> None:
        """Gives a column another name; keys, indexes and foreign keys follow."""
        self._add(RenameColumn(expect(table, str), expect(old, str), expect(new, str)))

    def modify_column(
        self,
        table: str,
        column: str,
        *,
        type: Type | str | Unset = UNSET,
        nullable: bool | Unset = UNSET,
        default: object = UNSET,
        auto: Auto | bool | Unset | None = UNSET,
        generated: Generated | Unset | None = UNSET,
        collation: str | Unset | None = UNSET,
        comment: str | Unset | None = UNSET,
        options: Options | Unset = UNSET,
        using: Expression | str | None = None,
        fill: object = None,
    ) -> None:
        """Changes of a column what is given; None takes it away.

        `using` converts the values: `using="CAST(age AS INTEGER)"`. `fill` replaces nulls when `nullable=False`.
        """
        operation = ModifyColumn(
            expect(table, str),
            expect(column, str),
            type=type,
            nullable=nullable,
            default=default,
            auto=auto,
            generated=generated,
            collation=collation,
            comment=comment,
            options=options,
            using=using,
            fill=fill,
        )
        if not operation.changes():
            raise SchemaError(
                f"modify_column of {table}.{column} changes nothing", hint='write e.g. type="Text"'
            )
        self._add(operation)

    # Fields of nested documents.

    def rename_field(self, table: str, old: str, new: str) -> None:
        """Gives a field of nested documents another name, also in lists: `"address.zip"`, `"address.postcode"`."""
        self._add(RenameField(expect(table, str), expect(old, str), expect(new, str)))

    def add_field(
        self,
        table: str,
        field: str,
        type: Type | str,
        *,
        nullable: bool = False,
        fill: object = None,
    ) -> None:
        """Adds a field to nested documents: `"address.country"`. `fill` is its value in those that are there."""
        path = expect(field, str)
        self._add(AddField(expect(table, str), path, type, nullable=nullable, fill=fill))

    def drop_field(self, table: str, field: str) -> None:
        """Takes a field of nested documents away, with its values."""
        self._add(DropField(expect(table, str), expect(field, str)))

    # Indexes and constraints.

    def create_index(self, table: str, index: IndexDef) -> None:
        """Makes an index."""
        self._add(CreateIndex(expect(table, str), expect(index, IndexDef)))

    def drop_index(self, table: str, index: str) -> None:
        """Takes an index away."""
        self._add(DropIndex(expect(table, str), expect(index, str)))

    def rename_index(self, table: str, old: str, new: str) -> None:
        """Gives an index another name."""
        self._add(RenameIndex(expect(table, str), expect(old, str), expect(new, str)))

    def add_unique(self, table: str, unique: UniqueDef) -> None:
        """Adds a unique constraint."""
        self._add(AddUnique(expect(table, str), expect(unique, UniqueDef)))

    def drop_unique(self, table: str, unique: str | UniqueDef) -> None:
        """Takes a unique constraint away, by its name, or by what it is when it has none."""
        self._add(DropUnique(expect(table, str), expect(unique, UniqueDef, str)))

    def add_check(self, table: str, check: CheckDef) -> None:
        """Adds a check."""
        self._add(AddCheck(expect(table, str), expect(check, CheckDef)))

    def drop_check(self, table: str, check: str | CheckDef) -> None:
        """Takes a check away, by its name, or by what it is when it has none."""
        self._add(DropCheck(expect(table, str), expect(check, CheckDef, str)))

    def add_foreign_key(self, table: str, foreign_key: ForeignKeyDef) -> None:
        """Adds a foreign key."""
        self._add(AddForeignKey(expect(table, str), expect(foreign_key, ForeignKeyDef)))

    def drop_foreign_key(self, table: str, foreign_key: str | ForeignKeyDef) -> None:
        """Takes a foreign key away, by its name, or by what it is when it has none."""
        self._add(DropForeignKey(expect(table, str), expect(foreign_key, ForeignKeyDef, str)))

    def change_primary_key(
        self, table: str, primary_key: PrimaryKeyDef | Iterable[str] | None
    ) -> None:
        """Gives a table another primary key (`["id"]`), its first one, or none (None)."""
        self._add(ChangePrimaryKey(expect(table, str), primary_key))

    def rename_constraint(self, table: str, constraint: ConstraintDef, new: str | None) -> None:
        """Gives a constraint another name, its first one, or none; `constraint` is as it stands before."""
        kinds = (PrimaryKeyDef, CheckDef, ForeignKeyDef)
        self._add(RenameConstraint(expect(table, str), expect(constraint, UniqueDef, *kinds), new))

    # Sequences.

    def create_sequence(self, sequence: SequenceDef) -> None:
        """Makes a sequence that stands on its own."""
        self._add(CreateSequence(expect(sequence, SequenceDef)))

    def drop_sequence(self, sequence: str) -> None:
        """Takes a sequence away."""
        self._add(DropSequence(expect(sequence, str)))

    def modify_sequence(self, sequence: SequenceDef) -> None:
        """Gives a sequence other settings."""
        self._add(ModifySequence(expect(sequence, SequenceDef)))

    # Rows.

    def insert_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Puts rows into a table: `[{"id": 1, "name": "Ada"}]`."""
        self._add(InsertRows(expect(table, str), expect_rows(rows)))

    def upsert_rows(
        self, table: str, rows: Iterable[Mapping[str, Any]], key: Iterable[str] | str = ()
    ) -> None:
        """Puts rows in, or updates those whose `key` columns are there; without `key`, the primary key's."""
        self._add(UpsertRows(expect(table, str), expect_rows(rows), key))

    def update_rows(
        self,
        table: str,
        values: Mapping[str, Any],
        where: Mapping[str, Any] | Expression | str | None = None,
    ) -> None:
        """Sets columns of the rows that `where` chooses, to literals or `expr("...")`."""
        self._add(UpdateRows(expect(table, str), expect_values(values), where))

    def delete_rows(
        self, table: str, where: Mapping[str, Any] | Expression | str | None = None
    ) -> None:
        """Deletes the rows that `where` chooses; all rows without it."""
        self._add(DeleteRows(expect(table, str), where))

    def transform_rows(
        self,
        table: str,
        function: Callable[[dict[str, Any]], Mapping[str, Any] | None],
        where: Mapping[str, Any] | Expression | str | None = None,
        batch_size: int = 1000,
    ) -> None:
        """Calls `function(row)` for each row that `where` chooses; it returns the columns to change, or None."""
        self._add(TransformRows(expect(table, str), expect_function(function), where, batch_size))

    # Native work.

    def execute_sql(
        self, sql: str, only: Iterable[str] | str = (), state: Iterable[Operation] = ()
    ) -> None:
        """Runs SQL. `only` names the backends that it is for, `state` what it does to the schema."""
        self._add(ExecuteSql(expect(sql, str), only, expect_state(state)))

    def execute_command(
        self,
        command: Mapping[str, Any],
        only: Iterable[str] | str = (),
        state: Iterable[Operation] = (),
    ) -> None:
        """Runs a native command of a database that speaks no SQL: `{"collMod": "users"}`."""
        self._add(ExecuteCommand(expect_values(command), only, expect_state(state)))

    def run(
        self,
        function: Callable[[Any], object],
        only: Iterable[str] | str = (),
        state: Iterable[Operation] = (),
    ) -> None:
        """Calls `function(live)` with the live database when its turn comes."""
        self._add(Run(expect_function(function), only, expect_state(state)))

    def irreversible(self, reason: str) -> None:
        """Says in `down` why there is no way back; `migrate:down` then stops before it changes anything."""
        if self.irreversible_because is None:
            self.irreversible_because = expect(reason, str)

    def _add(self, operation: Operation) -> None:
        """Notes the operation with the place in the migration file that we were called from."""
        caller = sys._getframe(2)
        frame: Any = caller
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        self.recorded.append(Recorded(operation, CallSite.of(frame or caller)))
