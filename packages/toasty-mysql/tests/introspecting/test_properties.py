"""The fourth law over random schemas: whatever a server takes, it reports back as `canonical_schema` says."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, assume, given, settings

from toasty_core.diff import Answers, detect_changes
from toasty_core.errors import SchemaError, StatementFailed, Unsupported
from toasty_core.schema import ColumnDef, ForeignKeyDef, NextValue, SchemaSnapshot, TableDef
from toasty_core.schema import types as t
from toasty_core.testing import strategies
from toasty_mysql.canonical import canonical_schema, resolved
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.ddl import MysqlTableWriter
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.introspect import introspect
from toasty_mysql.names import quote

MANY = settings(
    max_examples=30,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Workshop:
    """Makes schemas in a database, leaving out what the server refuses."""

    def __init__(self, database: MysqlDatabase) -> None:
        self.database = database
        self.flavour, self.version = database.server
        self.dialect = MysqlDialect(self.flavour, self.version)
        self.writer = MysqlTableWriter(self.dialect)

    def takes(self, sql: str) -> bool:
        """Does the server take the statement?"""
        try:
            self.database.run(sql)
        except StatementFailed:
            return False
        return True

    def clear(self) -> None:
        """No tables, no sequences."""
        self.database.run("SET foreign_key_checks = 0")
        kinds = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
        for name, kind in self.database.fetch(kinds):
            word = "SEQUENCE" if kind == "SEQUENCE" else "TABLE"
            self.database.run(f"DROP {word} {quote(name)}")
        self.database.run("SET foreign_key_checks = 1")

    def made(self, schema: SchemaSnapshot) -> SchemaSnapshot:
        """The part of the schema that the server took."""
        kept = SchemaSnapshot()
        for table in schema.tables.values():
            columns = [self._column(column, table) for column in table.columns]
            bare = TableDef(table.name, columns, table.primary_key, comment=table.comment)
            if not self._create(bare):
                bare = evolve(bare, primary_key=None)
                assert self._create(bare), self.writer.create_table(bare)
            kept = kept.put(self._with_parts(bare, table))
        for table in schema.tables.values():
            kept = kept.put(self._with_keys(kept.table(table.key), table, kept))
        return kept

    def _create(self, table: TableDef) -> bool:
        return self._numbered_once(table) and self.takes(self.writer.create_table(table))

    def _numbered_once(self, table: TableDef) -> bool:
        return sum(self.writer.is_numbered(column, table) for column in table.columns) < 2

    def _column(self, column: ColumnDef, table: TableDef) -> ColumnDef:
        """The column, or as much of it as the server takes in a table of its own."""
        type_ = column.type.for_backend("mysql")
        if type_ == t.String() or isinstance(type_, t.Native):
            column = evolve(column, type="String(50)")
        if column.collation is not None:
            is_text = isinstance(
                column.type.for_backend("mysql"), (t.String, t.Text, t.Char, t.Enum)
            )
            column = evolve(column, collation="utf8mb4_bin" if is_text else None, options={})
        less: tuple[dict[str, Any], ...] = (
            {},
            {"default": None},
            {"default": None, "generated": None},
            {"default": None, "generated": None, "auto": None},
        )
        for without in less:
            tried = evolve(column, **without)
            if isinstance(tried.default, NextValue):
                continue
            if self._stands(tried):
                return tried
        raise AssertionError(f"{self.dialect.name} takes nothing of {column}")

    def _stands(self, column: ColumnDef) -> bool:
        others = [ColumnDef(name, "Integer", nullable=True) for name in ("a", "name")]
        table = TableDef(
            "probe",
            [column, *(item for item in others if item.name.lower() != column.name.lower())],
        )
        try:
            sql = self.writer.create_table(table)
        except SchemaError:  # a default that the type has no form of
            return False
        found = self.takes(sql)
        self.takes("DROP TABLE IF EXISTS probe")
        return found

    def _with_parts(self, table: TableDef, wanted: TableDef) -> TableDef:
        name = self.dialect.table(table)
        for unique in self.writer.chosen(wanted.uniques):
            if self.takes(f"ALTER TABLE {name} ADD {self.writer.unique(unique)}"):
                table = evolve(table, uniques=(*table.uniques, unique))
        for check in self.writer.checks(wanted):
            if self.takes(f"ALTER TABLE {name} ADD {self.writer.check(check)}"):
                table = evolve(table, checks=(*table.checks, check))
        for index in self.writer.indexes(wanted):
            try:
                sql = self.writer.create_index(table, index)
            except Unsupported:
                continue
            if self.takes(sql):
                table = evolve(table, indexes=(*table.indexes, index))
        return table

    def _with_keys(self, table: TableDef, wanted: TableDef, kept: SchemaSnapshot) -> TableDef:
        for key in resolved(wanted, kept.tables).foreign_keys:
            try:
                sql = f"ALTER TABLE {self.dialect.table(table)} ADD {self.writer.foreign_key(key)}"
            except Unsupported:
                continue
            if key.references and self._alike(key, table, kept) and self.takes(sql):
                table = evolve(table, foreign_keys=(*table.foreign_keys, key))
        return table

    def _alike(self, key: ForeignKeyDef, table: TableDef, kept: SchemaSnapshot) -> bool:
        """Are the types at both ends the same, as the manual wants it? The servers take a few more."""
        target = kept.table(key.table)
        pairs = zip(key.columns, key.references, strict=True)
        types = self.dialect.type_sql
        return all(
            types(table.column(here).type) == types(target.column(there).type)
            for here, there in pairs
        )

    def migrate(self, before: SchemaSnapshot, after: SchemaSnapshot) -> None:
        """Brings the database from one schema to the other."""
        changes = list(detect_changes(before, after, Answers(no_renames=True)))
        for part in self.database.backend.compile_all(changes, before):
            for statement in part.statements:
                self.database.execute(statement)

    def differences(self, schema: SchemaSnapshot) -> list[str]:
        """What the server reports, and `canonical_schema` does not say; and the other way round."""
        live = words(introspect(self.database.fetch, self.flavour, self.version))
        said = words(canonical_schema(schema, self.flavour, self.version))
        missing = [f"missing {word}" for word in said if word not in live]
        return missing + [f"found {word}" for word in live if word not in said]


def words(schema: SchemaSnapshot) -> list[str]:
    """The schema part by part."""
    found: list[str] = []
    for key, table in sorted(schema.tables.items()):
        found.append(f"{key}: {table.comment!r} {table.options!r} {table.primary_key!r}")
        parts = (*table.columns, *table.indexes, *table.uniques, *table.checks, *table.foreign_keys)
        counts = Counter(f"{key}: {part!r}" for part in parts)
        found += [f"{word} x{count}" for word, count in counts.items()]
    return found


def not_in_case_only(schema: SchemaSnapshot) -> bool:
    """Do all columns of a table differ in more than case, as the servers want it?"""
    names = [[name.lower() for name in table.column_names] for table in schema.tables.values()]
    return all(len(set(found)) == len(found) for found in names)


@pytest.fixture
def workshop(database: MysqlDatabase) -> Workshop:
    """A workshop in a fresh database, once on each server."""
    return Workshop(database)


@MANY
@given(schema=strategies.schemas())
def test_what_a_server_takes_is_read_back(workshop: Workshop, schema: SchemaSnapshot) -> None:
    """introspect(apply(schema)) == canonical(schema)."""
    assume(not_in_case_only(schema))
    workshop.clear()

    kept = workshop.made(schema)

    assert workshop.differences(kept) == []


@MANY
@given(schema=strategies.schemas())
def test_what_migrations_make_is_read_back(workshop: Workshop, schema: SchemaSnapshot) -> None:
    """The same by way of the operations and the compiler; and what is canonical once is so for ever."""
    assume(not_in_case_only(schema))
    workshop.clear()
    kept = workshop.made(schema)
    workshop.clear()

    workshop.migrate(SchemaSnapshot(), kept)

    assert workshop.differences(kept) == []
    once = canonical_schema(kept, workshop.flavour, workshop.version)
    assert canonical_schema(once, workshop.flavour, workshop.version) == once
