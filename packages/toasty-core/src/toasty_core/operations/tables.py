"""Operations on whole tables and on sequences."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import evolve, field, frozen

from toasty_core.errors import SchemaError
from toasty_core.operations.base import Category, Hazard, Operation
from toasty_core.schema.columns import Options
from toasty_core.schema.snapshot import SchemaSnapshot, SequenceDef
from toasty_core.schema.tables import TableDef
from toasty_core.schema.text_names import (
    TableText,
    check_renamed,
    column_renamed,
    index_renamed,
)


@frozen(repr=False)
class CreateTable(Operation):
    """Makes a new table with all that belongs to it."""

    category: ClassVar[Category] = Category.ADDITIVE
    table: TableDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        if schema.has_table(self.table.key):
            raise SchemaError(f"there already is a table {self.table.key!r}")
        return schema.put(self.table)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropTable(self.table.key)

    def describe(self) -> str:
        return f"create table {self.table.key}"

    def touches(self) -> tuple[str, ...]:
        parents = (key.table for key in self.table.foreign_keys)
        return tuple(dict.fromkeys((self.table.key, *parents)))


@frozen(repr=False)
class DropTable(Operation):
    """Takes a table away, with its rows."""

    category: ClassVar[Category] = Category.DESTRUCTIVE
    default_hazard: ClassVar[Hazard] = Hazard.IRREVERSIBLE
    table: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        schema.table(self.table)
        for other in schema.referrers(self.table):
            if other.key != self.table:
                raise SchemaError(
                    f"cannot drop table {self.table!r}: table {other.key!r} has a foreign key to it",
                    hint=f"drop the foreign key of {other.key!r} first",
                )
        return schema.drop(self.table)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return CreateTable(before.table(self.table))

    def describe(self) -> str:
        return f"drop table {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        return f"the rows of {self.table} are not restored"


@frozen(repr=False)
class RenameTable(Operation):
    """Gives a table another name; foreign keys to it follow. `new` keeps the schema when it names none."""

    old: str
    new: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        table = schema.table(self.old)
        if schema.has_table(self.new) or self.new == self.old:
            raise SchemaError(f"cannot rename {self.old!r}: there already is a table {self.new!r}")
        referrers = list(schema.referrers(self.old))
        renamed = _texts_following(evolve(table, name=self._new_name(table)), table.name)
        schema = schema.drop(self.old).put(renamed)
        for other in referrers:
            other = renamed if other.key == self.old else other
            schema = schema.put(_pointing_at(other, self.old, renamed.key))
        return schema

    def _new_name(self, table: TableDef) -> str:
        prefix = f"{table.schema}." if table.schema else ""
        if not self.new.startswith(prefix):
            raise SchemaError(
                f"cannot rename {self.old!r} to {self.new!r}: a rename stays in its schema",
                hint=f"write {prefix + self.new!r}",
            )
        return self.new[len(prefix) :]

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return RenameTable(self.new, self.old)

    def describe(self) -> str:
        return f"rename table {self.old} to {self.new}"

    def touches(self) -> tuple[str, ...]:
        return (self.old, self.new)


def _texts_following(table: TableDef, old: str) -> TableDef:
    """The table with its new name where expressions say `table.column`."""
    text = TableText(old, table.name)
    return evolve(
        table,
        columns=(column_renamed(column, text) for column in table.columns),
        checks=(check_renamed(check, text) for check in table.checks),
        indexes=(index_renamed(index, text) for index in table.indexes),
    )


def _pointing_at(table: TableDef, old: str, new: str) -> TableDef:
    keys = (evolve(key, table=new) if key.table == old else key for key in table.foreign_keys)
    return evolve(table, foreign_keys=keys)


@frozen(repr=False)
class SetTableComment(Operation):
    """Gives a table a comment, another one, or none."""

    table: str
    comment: str | None

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(evolve(schema.table(self.table), comment=self.comment))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return SetTableComment(self.table, before.table(self.table).comment)

    def describe(self) -> str:
        return f"set comment of table {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)


@frozen(repr=False)
class SetTableOptions(Operation):
    """Sets all options of a table: by backend name, in place of those that it has."""

    table: str
    options: Options = field(factory=dict)

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        return schema.put(evolve(schema.table(self.table), options=self.options))

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return SetTableOptions(self.table, before.table(self.table).options)

    def describe(self) -> str:
        return f"set options of table {self.table}"

    def touches(self) -> tuple[str, ...]:
        return (self.table,)

    def changed(self, before: SchemaSnapshot, backend: str) -> bool:
        """Does it change anything for this backend?"""
        was: dict[str, Any] = dict(before.table(self.table).options.get(backend, {}))
        return was != dict(self.options.get(backend, {}))


@frozen(repr=False)
class CreateSequence(Operation):
    """Makes a sequence that stands on its own."""

    category: ClassVar[Category] = Category.ADDITIVE
    sequence: SequenceDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        if self.sequence.key in schema.sequences:
            raise SchemaError(f"there already is a sequence {self.sequence.key!r}")
        return schema.put_sequence(self.sequence)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return DropSequence(self.sequence.key)

    def describe(self) -> str:
        return f"create sequence {self.sequence.key}"

    def touches(self) -> tuple[str, ...]:
        return ()


@frozen(repr=False)
class DropSequence(Operation):
    """Takes a sequence away."""

    category: ClassVar[Category] = Category.DESTRUCTIVE
    default_hazard: ClassVar[Hazard] = Hazard.LOSSY
    sequence: str

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        schema.sequence(self.sequence)
        return schema.drop_sequence(self.sequence)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return CreateSequence(before.sequence(self.sequence))

    def describe(self) -> str:
        return f"drop sequence {self.sequence}"

    def touches(self) -> tuple[str, ...]:
        return ()

    def not_restored(self, before: SchemaSnapshot) -> str | None:
        return f"the position of sequence {self.sequence} is not restored"


@frozen(repr=False)
class ModifySequence(Operation):
    """Gives a sequence other settings."""

    sequence: SequenceDef

    def apply(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        schema.sequence(self.sequence.key)
        return schema.put_sequence(self.sequence)

    def inverse(self, before: SchemaSnapshot) -> Operation:
        return ModifySequence(before.sequence(self.sequence.key))

    def describe(self) -> str:
        return f"modify sequence {self.sequence.key}"

    def touches(self) -> tuple[str, ...]:
        return ()


def sequence_of(operation: Operation, before: SchemaSnapshot) -> SequenceDef | None:
    """The sequence that the operation is about, as it is or was; None when it is about none."""
    if isinstance(operation, CreateSequence | ModifySequence):
        return operation.sequence
    return before.sequence(operation.sequence) if isinstance(operation, DropSequence) else None
