"""Introspection and SQLAlchemy's inspector see the same schema."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from toasty_core.schema import Literal, TableDef
from toasty_sqlite.ddl import SqliteTableWriter
from toasty_sqlite.dialect import SqliteDialect
from toasty_sqlite.introspect import introspect

STATEMENTS = (
    "CREATE TABLE plain (id INTEGER NOT NULL, name VARCHAR(40), PRIMARY KEY (id))",
    "CREATE TABLE inline_key (id INTEGER PRIMARY KEY, n NUMERIC(10, 2) DEFAULT 1.5)",
    "CREATE TABLE counted (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, d DATE)",
    "CREATE TABLE named_key (a CHAR(3) NOT NULL, b BIGINT NOT NULL, CONSTRAINT pk_named PRIMARY KEY (b, a))",
    "CREATE TABLE no_key (a TEXT, b BLOB NOT NULL DEFAULT x'00', c BOOLEAN DEFAULT 1)",
    """CREATE TABLE uniques (
        a INTEGER, b INTEGER, c INTEGER,
        CONSTRAINT uq_ab UNIQUE (a, b),
        UNIQUE (c),
        CONSTRAINT "uq quoted" UNIQUE (b, c)
    )""",
    """CREATE TABLE checked (
        a INTEGER NOT NULL,
        b VARCHAR(10) DEFAULT 'it''s',
        CONSTRAINT ck_a CHECK (a > 0),
        CONSTRAINT ck_b CHECK (b IN ('x', 'y')),
        CHECK (a < 100)
    )""",
    """CREATE TABLE child (
        id INTEGER NOT NULL,
        p INTEGER,
        a CHAR(3),
        b BIGINT,
        PRIMARY KEY (id),
        CONSTRAINT fk_plain FOREIGN KEY(p) REFERENCES plain (id) ON DELETE CASCADE ON UPDATE SET NULL,
        FOREIGN KEY(b, a) REFERENCES named_key (b, a),
        CONSTRAINT fk_later FOREIGN KEY(p) REFERENCES counted (id) DEFERRABLE INITIALLY DEFERRED
    )""",
    "CREATE TABLE implied (p INTEGER REFERENCES plain, q INTEGER REFERENCES plain (id))",
    "CREATE TABLE computed (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED, c INTEGER AS (a + 1))",
    'CREATE TABLE "two words" ("a b" INTEGER NOT NULL, "select" TEXT, `tick` TEXT, [bracket] TEXT)',
    "CREATE TABLE commented (\n  a INTEGER, -- first, the a\n  /* then, b */ b TEXT\n)",
    "CREATE TABLE times (a DATETIME DEFAULT CURRENT_TIMESTAMP, t TIME, j JSON, f FLOAT, d DOUBLE, s SMALLINT)",
    "CREATE TABLE expressions (a TEXT DEFAULT (lower('X')), b INTEGER DEFAULT -3, c TEXT DEFAULT NULL)",
    "CREATE TABLE flat (a INTEGER PRIMARY KEY, b TEXT) WITHOUT ROWID",
    "CREATE TABLE firm (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT",
    "CREATE INDEX ix_name ON plain (name)",
    "CREATE UNIQUE INDEX ux_two ON uniques (a, c)",
    "CREATE INDEX ix_some ON checked (a) WHERE b = 'x'",
    'CREATE INDEX "ix words" ON "two words" ("a b", "select")',
)


@pytest.fixture(scope="module")
def engine():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        for sql in STATEMENTS:
            connection.exec_driver_sql(sql)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def inspector(engine):
    return sa.inspect(engine)


@pytest.fixture(scope="module")
def schema(engine):
    with engine.connect() as connection:
        return introspect(connection.connection.dbapi_connection)


TABLES = [
    sql.split("(")[0].removeprefix("CREATE TABLE").strip(' "')
    for sql in STATEMENTS
    if "TABLE" in sql[:13]
]


def test_the_same_tables(schema, inspector):
    assert list(schema.tables) == sorted(inspector.get_table_names())
    assert sorted(TABLES) == list(schema.tables)


@pytest.mark.parametrize("name", TABLES)
def test_the_same_columns(schema, inspector, name):
    table = schema.table(name)
    theirs = [
        (c["name"], str(c["type"]), c["nullable"], c["default"], bool(c.get("computed")))
        for c in inspector.get_columns(name)
    ]

    assert [_column(table, position) for position in range(len(table.columns))] == [
        (a, b, c if a not in table.key_columns else None, d, e) for a, b, c, d, e in theirs
    ]


def _column(table: TableDef, position: int) -> tuple[Any, ...]:
    """As the inspector says it; whether a key column may be null is for SQLite a matter of its type."""
    column, dialect = table.columns[position], SqliteDialect()
    default = dialect.default_sql(column)
    if default is not None and not isinstance(column.default, Literal):
        default = default[1:-1] if default.startswith("(") else default
    if isinstance(column.default, Literal) and isinstance(column.default.value, bytes):
        default = default.lower() if default else None
    return (
        column.name,
        SqliteTableWriter(dialect).column_type(column, table),
        None if column.name in table.key_columns else column.nullable,
        default,
        column.generated is not None,
    )


@pytest.mark.parametrize("name", TABLES)
def test_the_same_keys(schema, inspector, name):
    table, theirs = schema.table(name), inspector.get_pk_constraint(name)

    assert list(table.key_columns) == theirs["constrained_columns"]
    assert (table.primary_key.name if table.primary_key else None) == theirs["name"]


@pytest.mark.parametrize("name", TABLES)
def test_the_same_uniques(schema, inspector, name):
    theirs = {(u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(name)}

    assert {(u.name, u.columns) for u in schema.table(name).uniques} == theirs


@pytest.mark.parametrize("name", TABLES)
def test_the_same_checks(schema, inspector, name):
    theirs = {(c["name"], c["sqltext"]) for c in inspector.get_check_constraints(name)}

    assert {(c.name, str(c.expression)) for c in schema.table(name).checks} == theirs


@pytest.mark.parametrize("name", TABLES)
def test_the_same_foreign_keys(schema, inspector, name):
    theirs = {
        (
            key["name"],
            tuple(key["constrained_columns"]),
            key["referred_table"],
            tuple(key["referred_columns"]),
            key["options"].get("ondelete", "NO ACTION"),
            key["options"].get("onupdate", "NO ACTION"),
            key["options"].get("initially", "IMMEDIATE"),
        )
        for key in inspector.get_foreign_keys(name)
    }

    assert {
        (
            key.name,
            key.columns,
            key.table,
            key.references or schema.table(key.table).key_columns,
            key.on_delete.value.upper(),
            key.on_update.value.upper(),
            "DEFERRED" if key.deferral.value == "deferred" else "IMMEDIATE",
        )
        for key in schema.table(name).foreign_keys
    } == theirs


@pytest.mark.parametrize("name", TABLES)
def test_the_same_indexes(schema, inspector, name):
    theirs = {
        (
            index["name"],
            tuple(index["column_names"]),
            bool(index["unique"]),
            str(index["dialect_options"].get("sqlite_where", "")),
        )
        for index in inspector.get_indexes(name)
    }

    assert {
        (index.name, index.column_names, index.unique, str(index.where or ""))
        for index in schema.table(name).indexes
    } == theirs
