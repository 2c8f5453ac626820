"""Columns as they are read: types, defaults, and what else stands with them; and `canonical` says the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from toasty_core.schema import ColumnDef, Generated, Identity, Literal, TableDef, expr, now, uuid
from toasty_core.schema import types as t
from toasty_core.testing.type_cases import TYPE_CASES, TypeCase
from toasty_mysql.canonical import canonical_column, canonical_table
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.ddl import MysqlTableWriter
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour
from toasty_mysql.introspect import introspect

Read = Callable[..., TableDef]


def native(sql: str) -> t.Native:
    return t.Native(sql, backend="mysql")


@pytest.mark.parametrize(
    ("declared", "type_"),
    [
        ("VARCHAR(40)", "String(40)"),
        ("character varying ( 40 )", "String(40)"),
        ("CHAR(32)", "Char(32)"),
        ("CHAR", "Char(1)"),
        ("TEXT", "Text"),
        ("TEXT(30)", native("TINYTEXT")),
        ("TEXT(100)", "Text"),
        ("LONGTEXT", native("LONGTEXT")),
        ("SMALLINT", "SmallInteger"),
        ("INTEGER", "Integer"),
        ("INT(11)", "Integer"),
        ("BIGINT", "BigInteger"),
        ("TINYINT", native("TINYINT")),
        ("MEDIUMINT(9)", native("MEDIUMINT")),
        ("INTEGER(10) UNSIGNED", native("INT UNSIGNED")),
        ("INT(5) ZEROFILL", native("INT(5) UNSIGNED ZEROFILL")),
        ("BOOL", "Boolean"),
        ("TINYINT(1)", "Boolean"),
        ("FLOAT", "Float"),
        ("FLOAT(24)", "Float"),
        ("FLOAT(25)", "Double"),
        ("FLOAT(7, 3)", native("FLOAT(7,3)")),
        ("DOUBLE PRECISION", "Double"),
        ("REAL", "Double"),
        ("NUMERIC(10, 2)", "Decimal(10, 2)"),
        ("NUMERIC(5)", "Decimal(5, 0)"),
        ("DEC", "Decimal(10, 0)"),
        ("DECIMAL(5,1) UNSIGNED", native("DECIMAL(5,1) UNSIGNED")),
        ("DATE", "Date"),
        ("TIME", "Time"),
        ("TIME(6)", native("TIME(6)")),
        ("DATETIME", "DateTime"),
        ("DATETIME(0)", "DateTime"),
        ("DATETIME(3)", native("DATETIME(3)")),
        ("TIMESTAMP NULL", native("TIMESTAMP")),
        ("YEAR", native("YEAR")),
        ("JSON", "Json"),
        ("BLOB", "Binary"),
        ("BLOB(60)", native("TINYBLOB")),
        ("BINARY(16)", native("BINARY(16)")),
        ("VARBINARY(30)", native("VARBINARY(30)")),
        ("BIT", native("BIT(1)")),
        ("ENUM('a', 'it''s', \"b\\\\c\", 'x,y(z)')", t.Enum("a", "it's", "b\\c", "x,y(z)")),
        ("ENUM('größe')", t.Enum("größe")),
        ("SET('a','b')", native("SET('a','b')")),
        ("GEOMETRY", native("GEOMETRY")),
    ],
)
def test_a_type(read: Read, flavour: Flavour, declared: str, type_: Any) -> None:
    """It is read as the portable type where there is one, and declared in our own words it is the same."""
    column = read(f"CREATE TABLE t (a {declared})").column("a")

    assert column == ColumnDef("a", type_, nullable=True)
    said = ColumnDef("a", native(declared.removesuffix(" NULL")), nullable=True)
    assert canonical_column(said, flavour) == column


@pytest.mark.parametrize("declared", ["UUID", "INET6"])
def test_types_of_mariadb(
    database: MysqlDatabase, read: Read, flavour: Flavour, declared: str
) -> None:
    if flavour is Flavour.MYSQL:
        assert canonical_column(ColumnDef("a", "Uuid"), flavour).type == t.Char(32)
        return
    found = read(f"CREATE TABLE t (a {declared})").column("a").type
    assert found == (t.Uuid() if declared == "UUID" else native("INET6"))


@pytest.mark.parametrize("case", [case for case in TYPE_CASES if case.type != t.String()], ids=str)
def test_a_portable_type_and_its_default_are_read_back(
    database: MysqlDatabase, case: TypeCase
) -> None:
    """What is written for it is read as `canonical` says."""
    columns = [ColumnDef("a", case.type, nullable=True)]
    columns += [ColumnDef("b", case.type, default=case.default)] if case.default is not None else []
    table = TableDef("t", columns)
    writer = MysqlTableWriter(MysqlDialect(*database.server))

    database.run(writer.create_table(table))

    live = introspect(database.fetch, *database.server).table("t")
    assert live == canonical_table(table, *database.server)


# Defaults.


@pytest.mark.parametrize(
    ("declared", "default"),
    [
        ("INT DEFAULT 5", 5),
        ("INT DEFAULT '-5'", -5),
        ("INT DEFAULT (1 + 2)", expr("1 + 2")),
        ("INT DEFAULT NULL", None),
        ("INT DEFAULT (NULL)", None),
        ("BOOL DEFAULT TRUE", True),
        ("BOOL DEFAULT '0'", False),
        ("DECIMAL(10, 2) DEFAULT 1.5", Decimal("1.50")),
        ("DECIMAL(10, 2) DEFAULT (1.5)", Decimal("1.50")),
        ("FLOAT DEFAULT 1.23456789", 1.23457),
        ("DOUBLE DEFAULT 1e300", 1e300),
        ("VARCHAR(20) DEFAULT 'it''s a\\\\b\"%'", "it's a\\b\"%"),
        ("VARCHAR(20) DEFAULT 'NULL'", "NULL"),
        ("VARCHAR(20) DEFAULT ''", ""),
        ("VARCHAR(20) DEFAULT ('größe')", "größe"),
        ("VARCHAR(20) DEFAULT 'x 🎈'", "x ?"),
        ("VARCHAR(20) DEFAULT 5", "5"),
        ("CHAR(5) DEFAULT 'ab  '", "ab"),
        ("TEXT DEFAULT ('abc')", "abc"),
        ("ENUM('a', 'b') DEFAULT 'b'", "b"),
        ("JSON DEFAULT ('{\"a\": 1}')", '{"a": 1}'),
        ("BINARY(3) DEFAULT 'ab'", b"ab"),
        ("BIT(8) DEFAULT b'101'", 5),
        ("DATE DEFAULT '2000-01-01'", "2000-01-01"),
        ("DATETIME DEFAULT '2000-01-01'", "2000-01-01 00:00:00"),
        ("DATETIME(3) DEFAULT '2000-01-01 10:00:00.5'", "2000-01-01 10:00:00.500"),
        ("TIME DEFAULT '12:30'", "12:30:00"),
        ("DATETIME DEFAULT CURRENT_TIMESTAMP", now()),
        ("DATETIME(6) DEFAULT NOW(6)", now()),
        ("DATETIME DEFAULT (LOCALTIME)", now()),
        ("DATE DEFAULT (CURRENT_DATE)", now()),
        ("TIME DEFAULT (CURTIME())", now()),
        ("VARCHAR(36) DEFAULT (uuid())", uuid()),
        ("VARCHAR(36) DEFAULT (REPLACE(UUID(), '-', \"\"))", expr("replace(uuid(), '-', '')")),
        ("VARCHAR(36) DEFAULT (LCASE('%'))", expr("lower('%')")),
    ],
)
def test_a_default(read: Read, declared: str, default: Any) -> None:
    assert read(f"CREATE TABLE t (a {declared})").column("a") == ColumnDef(
        "a",
        read("ALTER TABLE t ALTER a DROP DEFAULT").column("a").type,
        nullable=True,
        default=default,
    )


@pytest.mark.parametrize(
    ("type_", "default"),
    [
        ("Integer", "7"),
        ("Integer", True),
        ("Boolean", 1),
        ("Decimal(6, 3)", 0.1),
        ("Float", 123456.789),
        ("Double", -1.5e-7),
        ("String(20)", 5),
        ("String(20)", now()),
        ("String(40)", uuid()),
        ("Char(32)", uuid()),
        ("Uuid", uuid()),
        ("Date", date(2000, 2, 3)),
        ("DateTime", datetime(2000, 2, 3, 4, 5, 6, 700_000)),
        ("Time", time(4, 5, 6, 600_000)),
        ("Json", {"a": [1, "it's"]}),
        ("Text", "it's \\ 100%"),
        ("Binary", b"\x00\xff'"),
        (native("VARBINARY(9)"), b"a\x00b"),
        (native("DATETIME(6)"), now()),
        ("Integer", expr("(2 * 3)")),
        ("Integer", expr("NULL")),
        ("String(20)", expr("'x'", sqlite="'y'")),
        ("String(20)", expr(None, sqlite="'y'")),
        ("DateTime", expr("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    ],
)
def test_a_default_of_the_models_is_read_back(
    database: MysqlDatabase, type_: Any, default: Any
) -> None:
    """What is written for it is read as `canonical` says."""
    table = TableDef("t", [ColumnDef("a", type_, nullable=True, default=default)])
    writer = MysqlTableWriter(MysqlDialect(*database.server))

    database.run(writer.create_table(table))

    live = introspect(database.fetch, *database.server).table("t")
    assert live == canonical_table(table, *database.server)


def test_what_an_update_puts_there(read: Read, flavour: Flavour) -> None:
    """It stands in the options, whether the default said it or an option."""
    sql = "a DATETIME(3) DEFAULT NOW(3) ON UPDATE NOW(3), b DATETIME ON UPDATE CURRENT_TIMESTAMP"
    table = read(f"CREATE TABLE t ({sql})")

    assert table.column("a").options == {"mysql": {"on_update": "CURRENT_TIMESTAMP(3)"}}
    assert (table.column("a").default, table.column("b").default) == (
        Literal(None).value or now(),
        None,
    )
    said = ColumnDef("b", "DateTime", nullable=True, options={"mysql": {"on_update": "now()"}})
    assert canonical_column(said, flavour) == table.column("b")


# The rest.


def test_numbered_columns(read: Read) -> None:
    table = read("CREATE TABLE t (a INT NOT NULL AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT=100")

    assert table.columns == (ColumnDef("a", "Integer", auto=Identity()),)


def test_generated_columns(read: Read, flavour: Flavour) -> None:
    sql = "b INT AS (a * 2), c INT GENERATED ALWAYS AS (LCASE(A)) STORED, d VARCHAR(9) AS (concat('größe', a)) VIRTUAL"
    table = read(f"CREATE TABLE t (a INT, {sql})")

    assert [column.generated for column in table.columns] == [
        None,
        Generated("`a` * 2", stored=False),
        Generated("lower(`a`)"),
        Generated("concat('größe', `a`)", stored=False),
    ]
    assert canonical_table(table, flavour) == table


def test_comments(read: Read, flavour: Flavour) -> None:
    table = read("CREATE TABLE t (a INT COMMENT 'it''s \\\\ 100% größe') COMMENT 'of 日本'")

    assert (table.column("a").comment, table.comment) == ("it's \\ 100% größe", "of 日本")
    assert canonical_table(table, flavour) == table


def test_collations_and_character_sets(read: Read) -> None:
    """They are told where they are not the table's, a character set's own collation is not."""
    table = read(
        "CREATE TABLE t (a VARCHAR(9), b VARCHAR(9) COLLATE utf8mb4_bin, c VARCHAR(9) CHARACTER SET latin1, "
        "d VARCHAR(9) COLLATE latin1_bin, e INT)"
    )

    assert [(column.collation, column.options) for column in table.columns] == [
        (None, {}),
        ("utf8mb4_bin", {}),
        (None, {"mysql": {"charset": "latin1"}}),
        ("latin1_bin", {"mysql": {"charset": "latin1"}}),
        (None, {}),
    ]


def test_character_sets_of_a_table(read: Read, flavour: Flavour) -> None:
    """What the table gives to its columns is not said of them."""
    table = read(
        "CREATE TABLE t (a VARCHAR(9), b VARCHAR(9) CHARACTER SET utf8mb4) CHARSET latin1 COLLATE latin1_bin"
    )

    assert table.options == {"mysql": {"charset": "latin1", "collate": "latin1_bin"}}
    assert [column.options for column in table.columns] == [{}, {"mysql": {"charset": "utf8mb4"}}]
    assert [column.collation for column in table.columns] == [None, None]
    assert canonical_table(table, flavour) == table


def test_a_character_set_in_the_words_of_a_type(read: Read, flavour: Flavour) -> None:
    """As SQLAlchemy's own types say it."""
    words = "VARCHAR(9) CHARACTER SET utf8 COLLATE utf8_bin"
    column = read(f"CREATE TABLE t (a {words})").column("a")

    assert (column.type, column.collation) == (t.String(9), "utf8mb3_bin")
    assert canonical_column(ColumnDef("a", native(words), nullable=True), flavour) == column


def test_enums_with_letters_that_the_catalog_has_not(read: Read, flavour: Flavour) -> None:
    """They are question marks there, and here."""
    column = read("CREATE TABLE t (a ENUM('🎈', 'x'))").column("a")

    assert column.type == t.Enum("?", "x")
    said = ColumnDef("a", t.Enum("🎈", "x", name="mood"), nullable=True)
    assert canonical_column(said, flavour) == column
