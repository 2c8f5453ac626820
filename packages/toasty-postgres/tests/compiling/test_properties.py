"""Laws, over random schemas: what is compiled leads from one schema to another and back, in both forms."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, reject, settings

from toasty_core.diff import detect_changes
from toasty_core.errors import StatementFailed
from toasty_core.operations import fold, invert
from toasty_core.schema import SchemaSnapshot
from toasty_core.testing.strategies import schema_pairs

CLEAN = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


@pytest.fixture(scope="module")
def possible():
    """The schema, with what PostgreSQL refuses taken out."""
    file = Path(__file__).parents[1] / "introspecting" / "possible.py"
    made = run_path(str(file))["possible"]
    return lambda schema: made(schema.map_tables(_computed_or_numbered))


def _computed_or_numbered(table):
    """No column is both."""
    columns = (evolve(c, auto=None) if c.generated is not None else c for c in table.columns)
    return evolve(table, columns=columns)


@pytest.mark.parametrize("form", ["plain", "large"])
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pair=schema_pairs(3))
def test_from_one_schema_to_another_and_back(live, possible, form, pair):
    old, new = map(possible, pair)
    live.sql(CLEAN)
    live.schema = SchemaSnapshot()
    large = sorted(old.tables) if form == "large" else ()
    live.apply(*detect_changes(live.schema, old))
    changes = detect_changes(old, new)
    back = invert(changes, live.schema)

    try:
        live.apply(*changes, large=large)
        live.apply(*back, large=large)
    except StatementFailed as error:
        if "already exists" in str(error):
            reject()  # a constraint's name that moves from a table to another one
        raise

    assert fold(back, fold(changes, old)) == live.schema
