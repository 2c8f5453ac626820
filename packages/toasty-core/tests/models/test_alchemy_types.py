"""SQLAlchemy's types: portable where they are, in a database's own words where they are not."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from toasty_core.errors import ModelError
from toasty_core.schema import ColumnDef, parse_type

Reader = Callable[..., ColumnDef]


class Mood(enum.Enum):
    glad = 1
    sad = 2


class Guid(TypeDecorator[Any]):
    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID())
        if dialect.name == "mysql":
            return dialect.type_descriptor(sa.BINARY(16))
        return dialect.type_descriptor(sa.CHAR(32))


class Shout(TypeDecorator[str]):
    impl = sa.String(20)
    cache_ok = True


class Vector(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "VECTOR(3)"


class Point(UserDefinedType[Any]):
    cache_ok = True


@compiles(Point, "postgresql")
def _point(type_: Point, compiler: Any, **_: Any) -> str:
    return "POINT"


class Nowhere(UserDefinedType[Any]):
    cache_ok = True


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (sa.String(), "String"),
        (sa.String(50), "String(50)"),
        (sa.VARCHAR(50), "String(50)"),
        (sa.Unicode(50), "String(50)"),
        (sa.CHAR(6), "Char(6)"),
        (sa.Text(), "Text"),
        (sa.UnicodeText(), "Text"),
        (sa.Integer(), "Integer"),
        (sa.SmallInteger(), "SmallInteger"),
        (sa.BigInteger(), "BigInteger"),
        (sa.BIGINT(), "BigInteger"),
        (sa.Boolean(), "Boolean"),
        (sa.Float(), "Float"),
        (sa.Float(24), "Float(24)"),
        (sa.Double(), "Double"),
        (sa.Numeric(), "Decimal"),
        (sa.Numeric(10, 2), "Decimal(10, 2)"),
        (sa.Date(), "Date"),
        (sa.Time(), "Time"),
        (sa.DateTime(), "DateTime"),
        (sa.DateTime(timezone=True), "DateTime(timezone=True)"),
        (sa.Interval(), "Interval"),
        (sa.Uuid(), "Uuid"),
        (sa.LargeBinary(), "Binary"),
        (sa.LargeBinary(60), "Binary(60)"),
        (sa.JSON(), "Json"),
        (sa.ARRAY(sa.Integer), "Array(Integer)"),
        (postgresql.ARRAY(sa.Text, dimensions=2), "Array(Array(Text))"),
        (sa.Enum("a", "b"), "Enum('a', 'b')"),
        (sa.Enum(Mood), "Enum('glad', 'sad', name='mood')"),
        (
            sa.Enum("a", "b", name="ab", native_enum=False, length=20),
            "Enum('a', 'b', name='ab', native=False, length=20)",
        ),
        (sa.Enum("a", name="ab", schema="s"), "Enum('a', name='s.ab')"),
        (postgresql.ENUM("a", "b", name="ab"), "Enum('a', 'b', name='ab')"),
        (Shout(), "String(20)"),
    ],
)
def test_a_portable_type_is_read_as_such(read_column: Reader, type_: object, text: str) -> None:
    assert read_column(type_).type == parse_type(text)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (
            sa.TIMESTAMP(),
            "Variant(DateTime, mysql=Native('TIMESTAMP', backend='mysql'), "
            "sqlite=Native('TIMESTAMP', backend='sqlite'))",
        ),
        (
            sa.DECIMAL(9, 3),
            "Variant(Decimal(9, 3), sqlite=Native('DECIMAL(9, 3)', backend='sqlite'))",
        ),
        (
            sa.Uuid(native_uuid=False),
            "Variant(Uuid, postgresql=Native('CHAR(32)', backend='postgresql'))",
        ),
        (mysql.LONGTEXT(), "Native('LONGTEXT', backend='mysql')"),
        (
            mysql.INTEGER(unsigned=True),
            "Variant(Integer, mysql=Native('INTEGER UNSIGNED', backend='mysql'))",
        ),
        (postgresql.TSVECTOR(), "Native('TSVECTOR', backend='postgresql')"),
        (Vector(), "Native('VECTOR(3)')"),
        (Point(), "Native('POINT', backend='postgresql')"),
        (
            sa.Text().with_variant(mysql.LONGTEXT(), "mysql"),
            "Variant(Text, mysql=Native('LONGTEXT', backend='mysql'))",
        ),
        (
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            "Variant(Json, postgresql=Native('JSONB', backend='postgresql'))",
        ),
        (sa.BigInteger().with_variant(sa.Integer, "sqlite"), "Variant(BigInteger, sqlite=Integer)"),
        (
            sa.Interval().with_variant(sa.BigInteger(), "sqlite", "mysql", "mariadb"),
            "Variant(Interval, mysql=BigInteger, sqlite=BigInteger)",
        ),
        (
            sa.String(10).with_variant(sa.String(10, collation="utf8mb4_bin"), "mysql"),
            "Variant(String(10), mysql=Native('VARCHAR(10) COLLATE utf8mb4_bin', backend='mysql'))",
        ),
        (
            sa.TIMESTAMP(timezone=True).with_variant(sqlite.DATETIME(), "sqlite"),
            "Variant(DateTime(timezone=True), mysql=Native('TIMESTAMP', backend='mysql'))",
        ),
        (sa.String(9).with_variant(sa.Text(), "oracle"), "String(9)"),
        (
            Guid(),
            "Variant(Uuid, mysql=Native('BINARY(16)', backend='mysql'), sqlite=Char(32))",
        ),
    ],
)
def test_a_type_that_differs_has_a_variant_by_backend(
    read_column: Reader, type_: object, text: str
) -> None:
    assert str(read_column(type_).type) == text


def test_types_that_are_built_alike_are_read_alike(read: Callable[..., Any]) -> None:
    def variant(length: int) -> Any:
        return sa.String(length).with_variant(sa.Text(), "mysql")

    def mood(*values: str) -> Any:
        return sa.Enum(*values, name="mood").with_variant(sa.String(9), "mysql")

    table = read(
        sa.Column("a", variant(5)),
        sa.Column("b", variant(5)),
        sa.Column("c", variant(6)),
        sa.Column("d", mood("x")),
        sa.Column("e", mood("x", "y")),
    )

    assert [str(column.type) for column in table.columns[1:]] == [
        "Variant(String(5), mysql=Text)",
        "Variant(String(5), mysql=Text)",
        "Variant(String(6), mysql=Text)",
        "Variant(Enum('x', name='mood'), mysql=String(9))",
        "Variant(Enum('x', 'y', name='mood'), mysql=String(9))",
    ]


def test_a_collation_is_the_columns(read_column: Reader) -> None:
    column = read_column(sa.String(10, collation="NOCASE"))

    assert (column.type, column.collation) == (parse_type("String(10)"), "NOCASE")


def test_a_foreign_key_brings_its_type(read: Callable[..., Any]) -> None:
    assert str(read(sa.Column("parent", sa.ForeignKey("t.id"))).column("parent").type) == "Integer"


@pytest.mark.parametrize(
    ("type_", "what"), [(None, "t.x has no type"), (Nowhere(), "t.x has the type Nowhere()")]
)
def test_a_type_without_words_is_an_error_that_names_the_column(
    read_column: Reader, type_: object, what: str
) -> None:
    with pytest.raises(ModelError) as caught:
        read_column(*(() if type_ is None else (type_,)))

    assert what in caught.value.what
    assert caught.value.hint
