"""Names, literals, values and defaults, without a server."""

from __future__ import annotations

import datetime as dt
import enum
from uuid import UUID

import pytest

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.operations import CreateSequence, CreateTable, InsertRows, UpsertRows
from toasty_core.schema import (
    ColumnDef,
    IndexDef,
    NextValue,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    coerce_type,
    expr,
    now,
)
from toasty_core.schema.types import Variant
from toasty_mysql import MariadbBackend, MysqlBackend
from toasty_mysql.ddl import MysqlTableWriter
from toasty_mysql.dialect import MysqlDialect
from toasty_mysql.flavour import Flavour, parse_version
from toasty_mysql.literals import literal
from toasty_mysql.mentions import mentions, renamed
from toasty_mysql.names import stored_name
from toasty_mysql.values import decoder, encoder

PARIS = dt.timezone(dt.timedelta(hours=2))
MYSQL = MysqlDialect(Flavour.MYSQL, (8, 4))
MARIADB = MysqlDialect(Flavour.MARIADB, (10, 11))
LONG = "a_naming_convention_makes_names_that_are_longer_than_sixty_four_characters"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.11.19-MariaDB-0+deb12u1", "MariaDB 10.11.19"),
        ("5.5.5-10.11.19-MariaDB", "MariaDB 10.11.19"),
        ("11.8.6-MariaDB-ubu2404", "MariaDB 11.8.6"),
        ("9.7.4-2", "MySQL 9.7.4"),
        ("8.4.3", "MySQL 8.4.3"),
    ],
)
def test_versions(text, words):
    assert str(parse_version(text)) == words


class TestNames:
    def test_short_ones_stay(self):
        assert stored_name("x" * 64) == "x" * 64

    def test_long_ones_are_cut_as_sqlalchemy_cuts_them(self):
        sqlalchemy = pytest.importorskip("sqlalchemy")
        from sqlalchemy.dialects import mysql

        metadata = sqlalchemy.MetaData(naming_convention={"ix": f"{LONG}_%(column_0_name)s"})
        table = sqlalchemy.Table(
            "t", metadata, sqlalchemy.Column("a", sqlalchemy.Integer, index=True)
        )
        (index,) = table.indexes
        text = str(sqlalchemy.schema.CreateIndex(index).compile(dialect=mysql.dialect()))
        assert f"INDEX {stored_name(f'{LONG}_a')} ON" in text

    def test_two_that_become_one_are_refused(self):
        table = TableDef(
            "t", [ColumnDef("a", "Integer")], indexes=[IndexDef("Ix", "a"), IndexDef("ix", "a")]
        )
        with pytest.raises(SchemaError, match="would have one name"):
            list(MysqlBackend().compile(CreateTable(table), SchemaSnapshot()))

    @pytest.mark.parametrize("name", ["x" * 65, "smile 🎈", "blank ", "zero\0"])
    def test_what_cannot_be_a_name(self, name):
        with pytest.raises(Unsupported) as caught:
            MYSQL.quote(name)
        assert caught.value.reason

    def test_backticks(self):
        assert MYSQL.quote("a`b") == "`a``b`"


def test_literals():
    assert literal("it's \\ 100%\0") == "'it''s \\\\ 100%\\0'"
    assert literal(b"\x00'") == "X'0027'"
    assert (literal(True), literal(None), literal(1.5)) == ("1", "NULL", "1.5")


class Mood(enum.Enum):
    GOOD = "good"


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("Uuid", UUID(int=1), "0" * 31 + "1"),
        ("Uuid", "00000000-0000-0000-0000-000000000001", "0" * 31 + "1"),
        ("Native('BINARY(16)', backend='mysql')", UUID(int=1), b"\0" * 15 + b"\1"),
        ("Native('BINARY(16)', backend='mysql')", "0" * 32, b"\0" * 16),
        ("Json", {"a": [UUID(int=0)]}, '{"a": ["00000000000000000000000000000000"]}'),
        ("Interval", dt.timedelta(days=1), dt.datetime(1970, 1, 2)),
        ("Interval", 60, dt.datetime(1970, 1, 1, 0, 1)),
        (
            "DateTime(timezone=True)",
            dt.datetime(2024, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            dt.datetime(2024, 1, 1),
        ),
        ("DateTime", dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)),
        ("Enum('GOOD', 'BAD')", Mood.GOOD, "GOOD"),
        ("Enum('good', 'bad')", Mood.GOOD, "good"),
        ("Boolean", True, 1),
        ("String(5)", None, None),
    ],
)
def test_values(type_, value, stored):
    found = encoder(coerce_type(type_))(value)
    assert (found, type(found)) == (stored, type(stored))


def test_what_is_read():
    assert decoder(coerce_type("Time"))(dt.timedelta(hours=23)) == dt.time(23)
    assert decoder(coerce_type("Interval"))(dt.datetime(1970, 1, 2)) == dt.timedelta(days=1)
    assert decoder(coerce_type("Uuid"))("0" * 32) == UUID(int=0)
    assert decoder(coerce_type("Json"))("broken") == "broken"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number(number):
    with pytest.raises(SchemaError, match="no number"):
        encoder(coerce_type("Double"))(number)


@pytest.mark.parametrize(
    ("type_", "default", "mysql", "mariadb"),
    [
        ("String(9)", "it's", "'it''s'", "'it''s'"),
        ("Text", "x", "('x')", "'x'"),
        ("Json", {}, "('{}')", "'{}'"),
        ("Integer", expr("1"), "1", "1"),
        ("Integer", expr("-1"), "-1", "-1"),
        ("Integer", expr("1+1"), "(1+1)", "(1+1)"),
        ("Integer", expr("(1) + (1)"), "((1) + (1))", "((1) + (1))"),
        ("DateTime", expr("CURRENT_TIMESTAMP"), "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
        ("DateTime", expr("now()"), "(now())", "(now())"),
        ("DateTime", expr("now(3)"), "now(3)", "now(3)"),
        ("Date", expr("CURRENT_DATE"), "(CURRENT_DATE)", "(CURRENT_DATE)"),
        (
            "Native('DATETIME(6)', backend='mysql')",
            now(),
            "CURRENT_TIMESTAMP(6)",
            "CURRENT_TIMESTAMP(6)",
        ),
        ("Integer", expr("NULL"), "NULL", "NULL"),
        ("Integer", expr(postgresql="1"), None, None),
    ],
)
def test_defaults(type_, default, mysql, mariadb):
    column = ColumnDef("a", type_, default=default)
    assert (MYSQL.default_sql(column), MARIADB.default_sql(column)) == (mysql, mariadb)


def test_types_by_backend():
    variant = Variant(coerce_type("Text"), {"mysql": coerce_type("Native('INTEGER UNSIGNED')")})
    assert MYSQL.type_sql(variant) == "INTEGER UNSIGNED"
    assert (MYSQL.type_sql(coerce_type("Uuid")), MARIADB.type_sql(coerce_type("Uuid"))) == (
        "CHAR(32)",
        "UUID",
    )


class TestSequences:
    NUMBERS = SequenceDef("numbers", start=5, increment=2, cycle=True)

    def test_mariadb_has_them(self):
        (create,) = MariadbBackend().compile(CreateSequence(self.NUMBERS), SchemaSnapshot())
        assert str(create) == "CREATE SEQUENCE `numbers` START WITH 5 INCREMENT BY 2 CYCLE;"
        assert (
            MARIADB.default_sql(ColumnDef("a", "Integer", default=NextValue("s")))
            == "(NEXT VALUE FOR `s`)"
        )

    def test_mysql_has_none(self):
        with pytest.raises(Unsupported) as caught:
            list(MysqlBackend().compile(CreateSequence(self.NUMBERS), SchemaSnapshot()))
        assert "auto=True" in (caught.value.reason or "")
        only = SequenceDef("numbers", only=["postgresql"])
        assert list(MysqlBackend().compile(CreateSequence(only), SchemaSnapshot())) == []

    def test_one_for_mariadb_is_none_of_mysqls(self):
        numbers = CreateSequence(SequenceDef("numbers", only=["postgresql", "mariadb"]))
        (create,) = MariadbBackend().compile(numbers, SchemaSnapshot())
        assert str(create) == "CREATE SEQUENCE `numbers`;"
        assert list(MysqlBackend().compile(numbers, SchemaSnapshot())) == []

    @pytest.mark.parametrize(
        ("dialect", "ending"), [(MARIADB, ""), (MYSQL, " AUTO_INCREMENT")], ids=["mariadb", "mysql"]
    )
    def test_the_column_is_numbered_where_there_are_none(self, dialect, ending):
        options = {"mysql": {"auto_increment": "without sequences"}}
        column = ColumnDef("id", "Integer", options=options)
        table = TableDef("t", [column], primary_key=["id"])
        text = MysqlTableWriter(dialect).column(column, table)
        assert text == f"`id` INTEGER NOT NULL{ending}"


class TestRows:
    TABLE = TableDef(
        "t",
        [ColumnDef("id", "Integer"), ColumnDef("a%", "String(9)", nullable=True)],
        primary_key=["id"],
        uniques=[UniqueDef(["a%"])],
    )
    SCHEMA = SchemaSnapshot.of(TABLE)

    def texts(self, backend, operation):
        return [str(statement) for statement in backend.compile(operation, self.SCHEMA)]

    def test_a_row_of_nothing(self):
        assert self.texts(MysqlBackend(), InsertRows("t", [{}])) == [
            "INSERT INTO `t` () VALUES ();"
        ]

    def test_literals_in_a_dry_run(self):
        (text,) = self.texts(MysqlBackend(), InsertRows("t", [{"id": 1, "a%": "\\ '%s"}]))
        assert text == "INSERT INTO `t` (`id`, `a%`) VALUES (1, '\\\\ ''%s');"

    def test_upsert(self):
        rows = UpsertRows("t", [{"id": 1, "a%": "x"}])
        head = "INSERT INTO `t` (`id`, `a%`) VALUES (1, 'x')"
        assert self.texts(MysqlBackend(), rows) == [
            f"{head} AS toasty_new ON DUPLICATE KEY UPDATE `a%` = toasty_new.`a%`;"
        ]
        assert self.texts(MariadbBackend(), rows) == [
            f"{head} ON DUPLICATE KEY UPDATE `a%` = VALUES(`a%`);"
        ]


class TestMentions:
    @pytest.mark.parametrize("text", ["a > 1", "`A` > 1", "f(a)", "1<a", "b = A"])
    def test_found(self, text):
        assert mentions(text, "a")

    @pytest.mark.parametrize(
        "text", ["'a' > b", "ab > 1", "a(b)", "b -- a\n", "/* a */ b", "`a``` > 1"]
    )
    def test_not_found(self, text):
        assert not mentions(text, "a")

    def test_renamed(self):
        assert renamed("a + 'a' + `a` + a(1)", "a", "b`c") == "`b``c` + 'a' + `b``c` + a(1)"
