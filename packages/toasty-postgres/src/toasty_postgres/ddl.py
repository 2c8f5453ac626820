"""The text of tables, columns, constraints and indexes, as SQLAlchemy's dialect lays it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from toasty_core.errors import Unsupported
from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import (
    Action,
    CheckDef,
    ConstraintDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    UniqueDef,
)
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.values import Generated, Identity, Serial
from toasty_postgres.dialect import PostgresDialect
from toasty_postgres.sequences import identity_sql
from toasty_sql.brackets import is_bracketed
from toasty_sql.ddl import TableWriter
from toasty_sql.options import OptionNames

_ORDER: dict[bool | None, str] = {None: "", False: " ASC", True: " DESC"}

VIRTUAL = (18,)
"""The first version with generated columns that are computed when read."""


def settings(options: Options) -> Mapping[str, Any]:
    """The options that are for PostgreSQL."""
    return options.get("postgresql", {})


class PostgresTableWriter(TableWriter):
    """Writes DDL for the PostgreSQL of `version`; `schema` knows the tables that foreign keys point at.

    Table options: `with`, `tablespace`, `partition_by`, `inherits`, `using`, `on_commit`, `unlogged`, and
    `exclude`, a list of `{"name": ..., "sql": "EXCLUDE USING ..."}`. Index options: `using`, `include`, `ops`,
    `with`, `tablespace`, `nulls_not_distinct`. Those of keys and uniques: `include`; of uniques also
    `nulls_not_distinct`; of foreign keys `match`, `not_valid`; of checks `no_inherit`, `not_valid`. `concurrently`
    says how each of them is built. `ignore_search_path`, `with_oids` and `invalid` are SQLAlchemy's: never written.
    """

    dialect: PostgresDialect
    option_names: ClassVar[OptionNames] = {
        TableDef: (
            *("with", "tablespace", "unlogged", "using", "inherits", "partition_by", "exclude"),
            *("on_commit", "ignore_search_path", "with_oids"),
        ),
        ColumnDef: (),
        IndexDef: (
            *("using", "ops", "include", "with", "tablespace", "nulls_not_distinct"),
            *("concurrently", "invalid"),
        ),
        PrimaryKeyDef: ("include", "concurrently"),
        UniqueDef: ("include", "nulls_not_distinct", "concurrently"),
        ForeignKeyDef: ("match", "not_valid", "concurrently"),
        CheckDef: ("no_inherit", "not_valid", "concurrently"),
    }
    table_words: ClassVar[tuple[str, ...]] = ("partition_by", "using")

    def __init__(
        self,
        dialect: PostgresDialect,
        version: tuple[int, ...],
        schema: SchemaSnapshot | None = None,
    ) -> None:
        super().__init__(dialect)
        self.version = version
        self.schema = schema

    def at(self, schema: SchemaSnapshot) -> PostgresTableWriter:
        """The writer that knows the tables of this schema."""
        return PostgresTableWriter(self.dialect, self.version, schema)

    # tables

    def create_table(self, table: TableDef, name: str | None = None) -> str:
        """CREATE TABLE, without the indexes."""
        text = super().create_table(table, name)
        unlogged = settings(table.options).get("unlogged")
        return text.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1) if unlogged else text

    def lines(self, table: TableDef) -> Iterator[str]:
        """What stands between the brackets, exclusion constraints last."""
        yield from super().lines(table)
        yield from map(exclusion_sql, exclusions(table.options))

    def table_options(self, table: TableDef) -> str:
        """What stands behind the closing bracket."""
        chosen = settings(table.options)
        parts = [
            f"{word.replace('_', ' ').upper()} {chosen[word]}"
            for word in self.table_words
            if chosen.get(word)
        ]
        if chosen.get("inherits"):
            parts.insert(
                0, f"INHERITS ({', '.join(map(self.dialect.table_key, inherited(chosen)))})"
            )
        if chosen.get("with"):
            parts.append(f"WITH ({parameters(chosen['with'])})")
        if chosen.get("on_commit"):
            parts.append(f"ON COMMIT {str(chosen['on_commit']).replace('_', ' ').upper()}")
        if chosen.get("tablespace"):
            parts.append(f"TABLESPACE {self.dialect.quote(chosen['tablespace'])}")
        return "".join(f"\n {part}" for part in parts)

    # columns

    def column_type(self, column: ColumnDef, table: TableDef) -> str:
        """The column's type; SERIAL brings its sequence and default along."""
        if isinstance(column.auto, Serial):
            return self.dialect.serial_sql(column)
        return self.dialect.type_sql(column.type)

    def not_null(self, column: ColumnDef) -> str:
        """NOT NULL; an identity is never null, and says so by itself."""
        return "" if isinstance(column.auto, Identity) else super().not_null(column)

    def auto(self, column: ColumnDef, table: TableDef) -> str:
        """GENERATED AS IDENTITY."""
        return f" {identity_sql(column.auto)}" if isinstance(column.auto, Identity) else ""

    def generated(self, generated: Generated) -> str:
        """GENERATED ALWAYS AS. Raises Unsupported for one that this version cannot compute when read."""
        if not generated.stored and self.version < VIRTUAL:
            raise Unsupported(
                f"postgresql {self.version[0]} cannot compute ({self.text(generated.expression)}) when it is read",
                reason="generated columns that are not stored came with PostgreSQL 18",
                hint="say stored=True (in SQLAlchemy: Computed(..., persisted=True))",
            )
        return super().generated(generated)

    # constraints

    def primary_key(self, key: PrimaryKeyDef) -> str:
        """PRIMARY KEY over columns."""
        return super().primary_key(key) + self.include(key.options)

    def unique(self, unique: UniqueDef) -> str:
        """UNIQUE over columns."""
        distinct = nulls_distinct(unique.options)
        word = f"UNIQUE {distinct}" if distinct else "UNIQUE"
        columns = self.dialect.quoted(unique.columns)
        tail = f"{self.include(unique.options)}{self.deferral(unique.deferral)}"
        return f"{self.named(unique.name)}{word} ({columns}){tail}"

    def check(self, check: CheckDef) -> str:
        """CHECK with its condition."""
        chosen = settings(check.options)
        return super().check(check) + (" NO INHERIT" if chosen.get("no_inherit") else "")

    def foreign_key(self, key: ForeignKeyDef) -> str:
        """FOREIGN KEY, with what happens when the parent goes."""
        target = self.schema.tables.get(key.table) if self.schema else None
        parent = self.dialect.table(target) if target else self.dialect.table_key(key.table)
        references = f" ({self.dialect.quoted(key.references)})" if key.references else ""
        match = settings(key.options).get("match")
        actions = (("DELETE", key.on_delete), ("UPDATE", key.on_update))
        return "".join(
            (
                f"{self.named(key.name)}FOREIGN KEY({self.dialect.quoted(key.columns)}) ",
                f"REFERENCES {parent}{references}",
                f" MATCH {str(match).upper()}" if match else "",
                *(
                    f" ON {event} {a.value.upper()}"
                    for event, a in actions
                    if a is not Action.NO_ACTION
                ),
                self.deferral(key.deferral),
            )
        )

    def include(self, options: Options) -> str:
        """INCLUDE, for columns that only travel along."""
        names = settings(options).get("include")
        return f" INCLUDE ({self.dialect.quoted(tuple(names))})" if names else ""

    # indexes

    def create_index(self, table: TableDef, index: IndexDef) -> str:
        """CREATE INDEX."""
        return f"CREATE {self.index_text(table, index)}"

    def create_index_concurrently(self, table: TableDef, index: IndexDef) -> str:
        """CREATE INDEX CONCURRENTLY, while others go on writing."""
        return f"CREATE {self.index_text(table, index).replace('INDEX', 'INDEX CONCURRENTLY', 1)}"

    def index_text(self, table: TableDef, index: IndexDef) -> str:
        """What stands behind CREATE."""
        chosen = settings(index.options)
        unique = "UNIQUE " if index.unique else ""
        using = f" USING {str(chosen['using']).lower()}" if chosen.get("using") else ""
        classes = chosen.get("ops") or {}
        parts = ", ".join(self.index_part_with(part, classes) for part in index.columns)
        name, on = self.dialect.quote(index.name), self.dialect.table(table)
        return f"{unique}INDEX {name} ON {on}{using} ({parts}){self._index_tail(index)}"

    def _index_tail(self, index: IndexDef) -> str:
        chosen = settings(index.options)
        distinct = nulls_distinct(index.options)
        text = self.include(index.options) + (f" {distinct}" if distinct else "")
        if chosen.get("with"):
            text += f" WITH ({parameters(chosen['with'])})"
        if chosen.get("tablespace"):
            text += f" TABLESPACE {self.dialect.quote(chosen['tablespace'])}"
        where = index.where.for_backend(self.dialect.name) if index.where else None
        return text + (f" WHERE {where}" if where is not None else "")

    def index_part_with(self, part: IndexColumn, classes: Mapping[str, str]) -> str:
        """A part of an index, with the operator class that `classes` has for its name or expression."""
        text = (
            self.dialect.quote(part.name) if part.name is not None else self.index_expression(part)
        )
        collation = f" COLLATE {self.dialect.quote(part.collation)}" if part.collation else ""
        known = part.name if part.name is not None else self.text_of(part)
        operators = f" {classes[known]}" if known in classes else ""
        return f"{text}{collation}{operators}{_ORDER[part.descending]}{self.nulls(part)}"

    def index_expression(self, part: IndexColumn) -> str:
        """An expression of an index, in brackets."""
        text = self.text_of(part)
        return text if is_bracketed(text) else f"({text})"

    def text_of(self, part: IndexColumn) -> str:
        """The text of a part that is an expression."""
        assert part.expression is not None
        return self.text(part.expression)


def parameters(values: Mapping[str, Any]) -> str:
    """Storage parameters: `fillfactor = 70, autovacuum_enabled = false`."""
    return ", ".join(
        name
        if value is None
        else f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
    )


def nulls_distinct(options: Options) -> str:
    """NULLS NOT DISTINCT, where one null is like another."""
    said = settings(options).get("nulls_not_distinct")
    return "" if said is None else "NULLS NOT DISTINCT" if said else "NULLS DISTINCT"


def inherited(chosen: Mapping[str, Any]) -> list[str]:
    """The tables that a table inherits from, by key."""
    found = chosen.get("inherits") or ()
    return [found] if isinstance(found, str) else list(found)


def exclusions(options: Options) -> Iterable[Mapping[str, Any]]:
    """The exclusion constraints of a table."""
    return settings(options).get("exclude") or ()


def exclusion_sql(said: Mapping[str, Any]) -> str:
    """One exclusion constraint; its words may bring its name along, or not."""
    words, name = str(said["sql"]).strip(), said.get("name")
    if name and not words.upper().startswith("CONSTRAINT"):
        return f"CONSTRAINT {PostgresDialect().quote(name)} {words}"
    return words


def not_valid(part: ConstraintDef) -> bool:
    """Is the constraint to hold for new rows only?"""
    return bool(settings(part.options).get("not_valid"))
