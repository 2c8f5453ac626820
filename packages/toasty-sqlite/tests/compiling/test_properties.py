"""Laws over random schemas: what is applied is read back, and one schema becomes another, and the first again."""

from __future__ import annotations

from attrs import evolve
from hypothesis import HealthCheck, Phase, assume, given, settings

from toasty_core.diff import Answers, detect_changes
from toasty_core.errors import Irreversible, StatementFailed, Unsupported
from toasty_core.operations import CreateTable, invert
from toasty_core.operations.base import Operation
from toasty_core.schema import NextValue, SchemaSnapshot, TableDef
from toasty_core.testing import strategies
from toasty_core.url import Url
from toasty_sqlite import SqliteBackend
from toasty_sqlite.database import SqliteDatabase, connect

BACKEND = SqliteBackend()
LIMITS = (
    "already exists",
    "duplicate column name",
    "is not constant",
    "at least one non-generated column",
    "two indexes called",
)
MANY = settings(
    max_examples=50,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def possible(schema: SchemaSnapshot) -> SchemaSnapshot:
    """Without what SQLite never has: sequences, keys of generated columns, and keys of several with numbers."""
    tables = [_possible(table) for table in schema.tables.values()]
    return SchemaSnapshot.of(*tables)


def _possible(table: TableDef) -> TableDef:
    columns = [
        evolve(column, default=None) if isinstance(column.default, NextValue) else column
        for column in table.columns
    ]
    generated = {column.name for column in columns if column.generated is not None}
    key = None if generated.intersection(table.key_columns) else table.primary_key
    options = table.options if key is not None else {}
    if len(table.key_columns) > 1:
        columns = [
            evolve(column, auto=None) if column.name in table.key_columns else column
            for column in columns
        ]
    return evolve(table, columns=columns, primary_key=key, options=options, schema=None)


def database() -> SqliteDatabase:
    return connect(BACKEND, Url.parse("sqlite::memory:"))


def execute(db: SqliteDatabase, operations: list[Operation], before: SchemaSnapshot) -> None:
    parts = list(BACKEND.compile_all(operations, before))
    statements = [statement for part in parts for statement in part.statements]
    with db.transaction(statements):
        for part in parts:
            for check in part.checks:
                assert db.violations(check).count == 0
            for statement in part.statements:
                db.execute(statement)


def created(schema: SchemaSnapshot) -> SqliteDatabase | None:
    """A database with the schema; None when SQLite does not take it."""
    db = database()
    try:
        execute(db, [CreateTable(table) for table in schema.tables.values()], SchemaSnapshot())
    except (StatementFailed, Unsupported) as error:
        db.close()
        if not any(limit in error.what for limit in LIMITS):
            raise
        return None
    return db


def words(schema: SchemaSnapshot) -> list[str]:
    """The schema table by table. The order of columns means nothing, and DROP COLUMN mends quotes everywhere."""
    tables = [
        evolve(table, columns=sorted(table.columns, key=lambda column: column.name))
        for _, table in sorted(schema.tables.items())
    ]
    return [repr(table).replace(repr(MISQUOTED), repr(MENDED)) for table in tables]


MISQUOTED, MENDED = "a = '{b}:c'", "'a' = '{b}:c'"


def live(db: SqliteDatabase) -> list[str]:
    return words(db.introspect())


def canonical(schema: SchemaSnapshot) -> list[str]:
    return words(BACKEND.canonical_schema(schema))


@MANY
@given(strategies.schemas())
def test_what_is_applied_is_read_back(schema: SchemaSnapshot) -> None:
    """introspect(apply(schema)) == canonical(schema)."""
    schema = possible(schema)
    db = created(schema)
    assume(db is not None)
    assert db is not None

    assert live(db) == canonical(schema)
    db.close()


@MANY
@given(strategies.schemas())
def test_canonical_is_canonical(schema: SchemaSnapshot) -> None:
    """Once more changes nothing."""
    once = BACKEND.canonical_schema(possible(schema))

    assert BACKEND.canonical_schema(once) == once


@MANY
@given(strategies.schema_pairs())
def test_one_schema_becomes_another_and_the_first_again(
    pair: tuple[SchemaSnapshot, SchemaSnapshot],
) -> None:
    """The operations that a diff finds lead there, and their inverses back."""
    old, new = possible(pair[0]), possible(pair[1])
    db, other = created(old), created(new)
    assume(db is not None and other is not None)
    assert db is not None
    changes = list(detect_changes(old, new, Answers(no_renames=True)))

    execute(db, changes, old)

    assert live(db) == canonical(new)
    try:
        back = invert(changes, old)
    except Irreversible:
        return
    execute(db, back, new)
    assert live(db) == canonical(old)
    db.close()
