"""Introspection and SQLAlchemy's inspector see the same schema."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SAWarning

from toasty_core.schema import IndexColumn, IndexDef, SchemaSnapshot, TableDef
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.ddl import MysqlTableWriter
from toasty_mysql.defaults import DefaultReader, on_update
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour
from toasty_mysql.given_names import (
    as_unique,
    check_name,
    foreign_key_name,
    unique_name,
    without_made,
)
from toasty_mysql.introspect import introspect
from toasty_mysql.normal import normal_expression
from toasty_mysql.server_types import TEXTS, server_type

STATEMENTS = (
    """CREATE TABLE plain (
        id INTEGER NOT NULL AUTO_INCREMENT, name VARCHAR(40), n NUMERIC(10, 2) DEFAULT 1.5, PRIMARY KEY (id)
    ) COMMENT='it''s 100% "plain"'""",
    """CREATE TABLE kinds (
        a CHAR(3), b TINYTEXT, c TEXT, d LONGTEXT, e SMALLINT, f MEDIUMINT, g BIGINT UNSIGNED, h BOOL, i FLOAT,
        j DOUBLE, k DATE, l TIME(3), m DATETIME, n TIMESTAMP NULL, o YEAR, p JSON, q BLOB, r VARBINARY(30),
        s BINARY(16), t ENUM('a', 'it''s'), u SET('a', 'b'), v BIT(8), w VARCHAR(9) CHARACTER SET latin1,
        x VARCHAR(9) COLLATE utf8mb4_bin, y INT COMMENT 'why'
    )""",
    "CREATE TABLE named_key (a CHAR(3) NOT NULL, b BIGINT NOT NULL, CONSTRAINT pk_named PRIMARY KEY (b, a))",
    "CREATE TABLE no_key (a INT, b INT NOT NULL DEFAULT -1, c BOOL DEFAULT 1)",
    """CREATE TABLE uniques (
        a INTEGER, b INTEGER, c INTEGER, CONSTRAINT uq_ab UNIQUE (a, b), UNIQUE (c), CONSTRAINT `uq it's` UNIQUE (b, c)
    )""",
    """CREATE TABLE checked (
        a INTEGER NOT NULL, b VARCHAR(10) DEFAULT 'it''s', CONSTRAINT ck_a CHECK (a > 0),
        CONSTRAINT ck_b CHECK (b IN ('x', 'y') OR NOT (a = 7)), CHECK (a < 100)
    )""",
    """CREATE TABLE child (
        id INTEGER NOT NULL, p INTEGER, q INTEGER, a CHAR(3), b BIGINT, PRIMARY KEY (id),
        CONSTRAINT fk_plain FOREIGN KEY(p) REFERENCES plain (id) ON DELETE CASCADE ON UPDATE SET NULL,
        FOREIGN KEY(b, a) REFERENCES named_key (b, a), CONSTRAINT fk_self FOREIGN KEY(q) REFERENCES child (id)
    )""",
    "CREATE TABLE computed (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED, c INTEGER AS (a + 1))",
    "CREATE TABLE `two words` (`a b` INTEGER NOT NULL, `select` INT, `größe` INT)",
    """CREATE TABLE times (
        a DATETIME DEFAULT CURRENT_TIMESTAMP, b TIMESTAMP NOT NULL DEFAULT NOW() ON UPDATE NOW(),
        c DATETIME(6) DEFAULT NOW(6), d DATE DEFAULT '2000-01-01', e DATETIME DEFAULT '2000-01-01 10:00:00'
    )""",
    """CREATE TABLE expressions (
        a VARCHAR(40) DEFAULT (uuid()), b INT DEFAULT (1 + 2), c VARCHAR(9) DEFAULT 'NULL', d VARCHAR(9) DEFAULT NULL,
        e VARCHAR(9) DEFAULT ''
    )""",
    "CREATE INDEX ix_name ON plain (name)",
    "CREATE INDEX ix_part ON plain (name(10), n)",
    "CREATE FULLTEXT INDEX ix_words ON kinds (c)",
    "CREATE UNIQUE INDEX ux_two ON uniques (a, c)",
    "CREATE INDEX `ix words` ON `two words` (`a b`, `select`)",
    "CREATE INDEX ix_child ON child (q)",
)
TABLES = [
    sql.split("(")[0].removeprefix("CREATE TABLE").strip("` ")
    for sql in STATEMENTS
    if sql.startswith("CREATE TABLE")
]


class Judge:
    """Both views of one database."""

    def __init__(self, database: MysqlDatabase, url: str) -> None:
        for sql in STATEMENTS:
            database.run(sql)
        self.server = database.server
        self.schema: SchemaSnapshot = introspect(database.fetch, *database.server)
        self.engine = sa.create_engine(f"mysql+pymysql://{url.split('://', 1)[1]}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            self.inspector = sa.inspect(self.engine)
            for name in self.inspector.get_table_names():
                self.inspector.get_columns(name)

    def text(self, sql: str, table: TableDef) -> str:
        """An expression in the one form."""
        return normal_expression(sql, self.server.flavour, table.column_names)


@pytest.fixture
def judge(database: MysqlDatabase, mysql_url: str) -> Iterator[Judge]:
    found = Judge(database, mysql_url)
    yield found
    found.engine.dispose()


def test_the_same_tables(judge: Judge) -> None:
    assert (
        sorted(judge.schema.tables) == sorted(judge.inspector.get_table_names()) == sorted(TABLES)
    )
    for name, table in judge.schema.tables.items():
        assert table.comment == judge.inspector.get_table_comment(name)["text"]


def test_the_same_columns(judge: Judge) -> None:
    """Names, types, nullability, comments, numbering."""
    writer = MysqlTableWriter(MysqlDialect(*judge.server))
    for name, table in judge.schema.tables.items():
        theirs = [_column(found, judge) for found in judge.inspector.get_columns(name)]
        ours = [
            (
                column.name,
                server_type(writer.column_type(column, table)).sql,
                column.nullable,
                column.comment,
                column.auto is not None,
            )
            for column in table.columns
        ]
        assert ours == theirs


def _column(found: Any, judge: Judge) -> tuple[Any, ...]:
    type_ = server_type(found["type"].compile(judge.engine.dialect))
    json = judge.server.flavour is Flavour.MARIADB and type_.name == "longtext"
    is_json = json and type_.collation == "utf8mb4_bin"
    return (
        found["name"],
        "JSON" if is_json else type_.sql,
        found["nullable"],
        found["comment"],
        found.get("autoincrement") is True,
    )


def test_the_same_collations(judge: Judge) -> None:
    """As far as the inspector tells them: it does not where they are the character set's own."""
    for name, table in judge.schema.tables.items():
        for column, found in zip(table.columns, judge.inspector.get_columns(name), strict=True):
            charset = getattr(found["type"], "charset", None)
            type_ = server_type(found["type"].compile(judge.engine.dialect))
            if type_.name in TEXTS and type_.collation != "utf8mb4_bin" and charset != "utf8mb4":
                assert column.options.get("mysql", {}).get("charset") == charset


def test_the_same_defaults(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        reader = DefaultReader(judge.server.flavour, table.column_names)
        for column, found in zip(table.columns, judge.inspector.get_columns(name), strict=True):
            sql, update = on_update(found["default"])
            type_ = server_type(found["type"].compile(judge.engine.dialect))
            assert column.default == reader.of_sql(sql, type_)
            assert column.options.get("mysql", {}).get("on_update") == update


def test_the_same_computed_columns(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        for column, found in zip(table.columns, judge.inspector.get_columns(name), strict=True):
            computed: Any = found.get("computed")
            assert (column.generated is None) == (computed is None)
            if column.generated is not None and computed is not None:
                text = judge.text(computed["sqltext"], table)
                assert (str(column.generated.expression), column.generated.stored) == (
                    text,
                    computed["persisted"],
                )


def test_the_same_keys(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        theirs = judge.inspector.get_pk_constraint(name)["constrained_columns"]
        assert list(table.key_columns) == theirs


def test_the_same_uniques(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        theirs = [
            (unique_name(found["name"], found["column_names"]), tuple(found["column_names"]))
            for found in judge.inspector.get_unique_constraints(name)
        ]
        assert sorted(map(str, theirs)) == sorted(
            str((unique.name, unique.columns)) for unique in table.uniques
        )


def test_the_same_indexes(judge: Judge) -> None:
    """Without those that are unique constraints, and those that foreign keys brought."""
    for name, table in judge.schema.tables.items():
        theirs = [_index(found) for found in judge.inspector.get_indexes(name)]
        plain = [index for index in theirs if as_unique(index) is None]
        assert sorted(without_made(plain, table.foreign_keys), key=lambda index: index.name) == [
            *table.indexes
        ]


def _index(found: Any) -> IndexDef:
    said = {key.partition("_")[2]: value for key, value in found.get("dialect_options", {}).items()}
    return IndexDef(
        found["name"],
        [IndexColumn(name) for name in found["column_names"]],
        unique=bool(found["unique"]),
        options={"mysql": said} if said else {},
    )


def test_the_same_foreign_keys(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        theirs = [
            (
                foreign_key_name(found["name"], name),
                tuple(found["constrained_columns"]),
                found["referred_table"],
                tuple(found["referred_columns"]),
                found["options"].get("ondelete", "NO ACTION"),
                found["options"].get("onupdate", "NO ACTION"),
            )
            for found in judge.inspector.get_foreign_keys(name)
        ]
        ours = [
            (
                *(key.name, key.columns, key.table, key.references),
                *(key.on_delete.value.upper(), key.on_update.value.upper()),
            )
            for key in table.foreign_keys
        ]
        assert sorted(map(str, ours)) == sorted(map(str, theirs))


def test_the_same_checks(judge: Judge) -> None:
    for name, table in judge.schema.tables.items():
        theirs = [
            (check_name(found["name"], name), judge.text(found["sqltext"], table))
            for found in judge.inspector.get_check_constraints(name)
        ]
        assert sorted(map(str, theirs)) == sorted(
            str((check.name, str(check.expression))) for check in table.checks
        )
