"""The user's SQL: where statements end, and which of them stand in no transaction."""

from __future__ import annotations

from typing import Any

import pytest

from toasty_core.errors import SchemaError
from toasty_core.operations import ExecuteSql
from toasty_core.schema import SchemaSnapshot
from toasty_postgres import PostgresBackend
from toasty_postgres.sql_text import mentions, split_sql


def statements(sql):
    compiled = PostgresBackend().compile_all([ExecuteSql(sql)], SchemaSnapshot())
    made: list[Any] = [statement for part in compiled for statement in part.statements]
    return [(one.sql, one.transactional, one.repeatable) for one in made]


@pytest.mark.parametrize(
    ("sql", "want"),
    [
        ("a; b", ["a", "b"]),
        (" ; ;; -- nothing\n;", []),
        ("select ';' ; select \";\"", ["select ';'", 'select ";"']),
        (r"select E'\';' ; b", [r"select E'\';'", "b"]),
        (r"select '\'; b", [r"select '\'", "b"]),
        ("do $x$ a; $$ ; $$ b; $x$; c", ["do $x$ a; $$ ; $$ b; $x$", "c"]),
        ("select a$1$b; c", ["select a$1$b", "c"]),
        ("/* a; /* b; */ c; */ d; e -- f;", ["/* a; /* b; */ c; */ d", "e -- f;"]),
        (
            "create function f() returns int begin atomic select case when true then 1 end; select 2; end; b",
            [
                "create function f() returns int begin atomic select case when true then 1 end; select 2; end",
                "b",
            ],
        ),
        ("select $1; b", ["select $1", "b"]),
    ],
)
def test_statements_end_at_their_semicolons(sql, want):
    assert list(split_sql(sql)) == want


@pytest.mark.parametrize(
    ("sql", "again"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", False),
        ("create unique index\nconcurrently i on t (a)", False),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", True),
        ("REINDEX TABLE CONCURRENTLY t", True),
        ("REINDEX (VERBOSE) DATABASE x", True),
        ("VACUUM ANALYZE t", True),
        ("CREATE DATABASE x", False),
        ("ALTER SYSTEM SET work_mem = '1MB'", True),
        ("ALTER TYPE mood ADD VALUE 'x'", False),
        ("-- first\n/* then */ ALTER TYPE mood ADD VALUE IF NOT EXISTS 'x'", True),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", False),
        ("DO $$ BEGIN PERFORM 1; COMMIT; END $$", False),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", False),
    ],
)
def test_what_stands_in_no_transaction_is_known(sql, again):
    assert statements(f"select 1; {sql}; select 2;") == [
        ("select 1", True, False),
        (sql, False, again),
        ("select 2", True, False),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "INSERT INTO t VALUES ('VACUUM; CREATE DATABASE x')",
        "ALTER TABLE t ADD COLUMN value int; -- CONCURRENTLY",
        "DO $$ BEGIN PERFORM 1; END $$",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "ALTER DATABASE x SET work_mem = '1MB'",
        "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a",
    ],
)
def test_all_else_goes_out_in_one_piece(sql):
    assert statements(sql) == [(sql, True, False)]


@pytest.mark.parametrize(
    "sql", ["BEGIN", "select 1; commit;", "ROLLBACK", "/* x */ END", "START TRANSACTION"]
)
def test_the_transaction_is_the_migrations(sql):
    with pytest.raises(SchemaError, match="execute_sql may not"):
        statements(sql)


@pytest.mark.parametrize(
    ("text", "name", "is_named"),
    [
        ("a > 0", "a", True),
        ("A > 0", "a", True),
        ("aa > 0 OR 'a' = b", "a", False),
        ('"a b" IS NULL', "a b", True),
        ('"a" IS NULL', "a", True),
        ("t.a IS NULL", "a", True),
        ("x$a -- a", "a", False),
    ],
)
def test_names_in_expressions(text, name, is_named):
    assert mentions(text, name) is is_named
