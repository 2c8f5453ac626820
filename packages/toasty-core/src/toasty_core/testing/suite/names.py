"""Hostile names, everywhere where a name stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from toasty_core.backends import Features
from toasty_core.errors import Unsupported
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    DropColumn,
    DropIndex,
    Operation,
    RenameColumn,
    RenameTable,
    UpdateRows,
)
from toasty_core.schema import ColumnDef, IndexDef, SchemaSnapshot, TableDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.names import HOSTILE
from toasty_core.testing.suite.base import SuiteBase


class Names(SuiteBase):
    """A name is a name, whatever stands in it."""

    @pytest.mark.parametrize("name", HOSTILE)
    def test_name(self, bench: Bench, name: str) -> None:
        """Tables, columns and indexes with the name are made, changed, read and dropped; rows stay."""
        schema = SchemaSnapshot.of(_table(name))
        rows = ({"id": 1, name: "one"}, {"id": 2, name: "it's two"})
        bench.write_tables(schema, {name: rows})
        bench.write(_changes(name, bench.backend.features), tuple(_way_back(name, bench)))
        if name in self.refused_names:
            self._assert_refused(bench)
            return
        bench.up()
        bench.assert_schema(bench.schema())
        bench.down()
        bench.assert_schema(schema)
        bench.assert_rows(schema, {name: rows})
        bench.down()

        assert bench.introspect() == SchemaSnapshot()

    def _assert_refused(self, bench: Bench) -> None:
        with pytest.raises(Unsupported) as caught:
            bench.up()

        assert caught.value.reason
        assert bench.introspect() == SchemaSnapshot()


def _table(name: str) -> TableDef:
    columns = [ColumnDef("id", "Integer"), ColumnDef(name, "String(50)", nullable=True)]
    return TableDef(name, columns, primary_key=["id"])


def _changes(name: str, features: Features) -> Iterator[Operation]:
    yield AddColumn(name, ColumnDef("more", "Integer", nullable=True))
    if features.indexes:
        yield CreateIndex(name, IndexDef(f"X{name[1:]}", [name, "more"]))
    yield UpdateRows(name, {"more": 7}, {name: "it's two"})
    if features.rename_column:
        yield RenameColumn(name, "more", f"M{name[1:]}")
    if features.rename_table:
        yield RenameTable(name, f"T{name[1:]}")


def _way_back(name: str, bench: Bench) -> Iterator[Operation]:
    features = bench.backend.features
    more = f"M{name[1:]}" if features.rename_column else "more"
    if features.rename_table:
        yield RenameTable(f"T{name[1:]}", name)
    if features.indexes:
        yield DropIndex(name, f"X{name[1:]}")
    if features.drop_column:
        yield DropColumn(name, more)
