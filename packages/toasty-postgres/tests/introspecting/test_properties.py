"""The law of introspection: what is applied is read back as `canonical` says."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from toasty_core.schema import SchemaSnapshot
from toasty_postgres.canonical import canonical_schema
from toasty_postgres.database import PostgresDatabase

from .conftest import assert_same, make
from .possible import possible_schemas


class _Undo(Exception):
    pass


@settings(
    max_examples=60,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(schema=possible_schemas())
def test_what_is_applied_is_read_back(database: PostgresDatabase, schema: SchemaSnapshot) -> None:
    try:
        with database.transaction():
            make(database, schema)
            found = database.introspect()
            raise _Undo
    except _Undo:
        assert_same(found, canonical_schema(schema))


@settings(max_examples=100, deadline=None)
@given(schema=possible_schemas())
def test_what_is_canonical_stays_so(schema: SchemaSnapshot) -> None:
    once = canonical_schema(schema)

    assert canonical_schema(once) == once
