"""The rows of the answers to the questions in `catalog`, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from attrs import frozen

from toasty_core.schema.types import Enum
from toasty_postgres.numbering import Numbering
from toasty_postgres.reading import Names


class TableRow(NamedTuple):
    """A table."""

    oid: int
    schema: str
    name: str
    partitioned: bool
    unlogged: bool
    storage: list[str] | None
    tablespace: str | None
    method: str | None
    comment: str | None
    partition_by: str | None
    parents: list[int]


class ColumnRow(NamedTuple):
    """A column. `own_collation` is one that its type does not have anyway."""

    table: int
    number: int
    name: str
    type: str
    type_oid: int
    not_null: bool
    identity: str
    generated: str
    default: str | None
    own_collation: int | None
    comment: str | None


class ConstraintRow(NamedTuple):
    """A constraint. `kind` is as in pg_constraint.contype, `columns` are numbers of columns."""

    table: int
    name: str
    kind: str
    columns: list[int] | None
    index_oid: int
    deferrable: bool
    deferred: bool
    validated: bool
    no_inherit: bool
    enforced: bool
    period: bool
    definition: str | None
    target_schema: str | None
    target: str | None
    on_update: str
    on_delete: str
    match: str
    set_columns: list[int] | None
    references: list[str] | None


class IndexRow(NamedTuple):
    """An index. What is kept for each of its columns stands in one text, as the catalog has it."""

    oid: int
    table: int
    name: str
    method: str
    unique: bool
    valid: bool
    keys: str
    key_count: int
    orders: str
    classes: str
    collations: str
    where: str | None
    storage: list[str] | None
    tablespace: str | None
    nulls_not_distinct: bool
    texts: list[str] | None


class SequenceRow(NamedTuple):
    """A sequence. `owner` is the `i` of an identity's, the `a` of one that is owned by a column."""

    shown: str
    schema: str
    name: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    table: int | None
    column: int | None
    owner: str | None

    @property
    def numbering(self) -> Numbering:
        """How it numbers, as far as that is not PostgreSQL's own choice."""
        said = (self.start, self.increment, self.minimum, self.maximum, self.cycle, self.cache)
        return Numbering(*said).said(self.type)


class ClassRow(NamedTuple):
    """An operator class."""

    oid: int
    name: str
    is_default: bool


@frozen
class Surroundings:
    """What the definitions of tables refer to, by oid.

    `home` is the schema whose tables have none in their definitions. `numbers` are the sequences of columns,
    by table and number of the column.
    """

    home: str | None
    enums: Mapping[int, Enum]
    enum_lists: Mapping[int, Enum]
    collations: Mapping[int, str]
    classes: Mapping[int, ClassRow]
    numbers: Mapping[tuple[int, int], SequenceRow]
    names: Names
    keys: Mapping[int, str]

    def key(self, schema: str | None, name: str | None) -> str:
        """The name by which the schema speaks of something."""
        return str(name) if schema == self.home else f"{schema}.{name}"
