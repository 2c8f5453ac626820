"""Every portable type, as a column, with its values and as a default."""

from __future__ import annotations

import pytest

from toasty_core.operations import InsertRows
from toasty_core.schema import ColumnDef, SchemaSnapshot, TableDef
from toasty_core.testing.bench import Bench
from toasty_core.testing.suite.base import SuiteBase
from toasty_core.testing.type_cases import TYPE_CASES, TypeCase


class Types(SuiteBase):
    """What goes in comes back."""

    @pytest.mark.parametrize("case", TYPE_CASES, ids=str)
    def test_type(self, bench: Bench, case: TypeCase) -> None:
        """The type is reported back, its values come back as they went in, and so does null."""
        number, value = ColumnDef("id", "Integer"), ColumnDef("value", case.type, nullable=True)
        schema = SchemaSnapshot.of(TableDef("samples", [number, value], primary_key=["id"]))
        rows = [{"id": at, "value": item} for at, item in enumerate((*case.values, None))]
        bench.write_tables(schema, {"samples": tuple(rows)})
        bench.up()

        bench.assert_schema(schema)
        bench.assert_rows(schema, {"samples": tuple(rows)})

    @pytest.mark.parametrize(
        "case", [case for case in TYPE_CASES if case.default is not None], ids=str
    )
    def test_default_of_type(self, bench: Bench, case: TypeCase) -> None:
        """A default of the type is reported back, and fills in a row that brings nothing."""
        if not bench.backend.features.defaults:
            return
        value = ColumnDef("value", case.type, default=case.default)
        columns = [ColumnDef("id", "Integer"), value]
        schema = SchemaSnapshot.of(TableDef("samples", columns, primary_key=["id"]))
        bench.write_tables(schema, {})
        bench.write([InsertRows("samples", [{"id": 1}])])
        bench.up()

        bench.assert_schema(schema)
        bench.assert_rows(schema, {"samples": ({"id": 1, "value": case.default},)})
