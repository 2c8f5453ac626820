"""SQLAlchemy's columns: defaults, numbers, computed values, options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

from toasty_core import Expression, Identity, Literal, NextValue, Serial, expr, now
from toasty_core.errors import ModelError
from toasty_core.models import load_models
from toasty_core.schema import ColumnDef, Generated, SequenceDef, TableDef

Reader = Callable[..., ColumnDef]


class Spelt(ColumnElement[Any]):
    """SQL that is spelt differently on each database."""

    inherit_cache = False

    def __init__(self, **words: str) -> None:
        self.words = words


@compiles(Spelt)
def _spelt(element: Spelt, compiler: Any, **_: Any) -> str:
    if compiler.dialect.name not in element.words:
        raise CompileError("not written for it")
    return element.words[compiler.dialect.name]


class Broken(ColumnElement[Any]):
    inherit_cache = False


@compiles(Broken)
def _broken(element: Broken, compiler: Any, **_: Any) -> str:
    raise KeyError("a mistake")


@pytest.mark.parametrize(
    ("type_", "said", "default"),
    [
        (sa.Integer(), "7", Literal("7")),
        (sa.String(), "it's 100% :x", Literal("it's 100% :x")),
        (sa.Integer(), sa.text("0"), Expression("0")),
        (sa.JSON(), sa.text(r"""'{"a\:b": "%s"}'"""), Expression("""'{"a:b": "%s"}'""")),
        (sa.DateTime(), sa.text("CURRENT_TIMESTAMP"), Expression("CURRENT_TIMESTAMP")),
        (sa.DateTime(), sa.func.now(), now()),
        (
            sa.String(),
            sa.func.now(),
            expr(None, mysql="now()", postgresql="now()", sqlite="CURRENT_TIMESTAMP"),
        ),
        (sa.DateTime(), sa.func.current_timestamp(), Expression("CURRENT_TIMESTAMP")),
        (sa.Boolean(), sa.true(), Literal(True)),
        (sa.Boolean(), sa.false(), Literal(False)),
        (sa.Integer(), sa.literal(3), Literal(3)),
        (sa.Date(), "2025-01-17", Literal("2025-01-17")),
        (sa.Date(), "it's now", Expression("'it''s now'")),
        (sa.String(), sa.literal(3), Expression("3")),
        (sa.Integer(), sa.null(), Expression("NULL")),
        (sa.String(), sa.func.lower("X"), Expression("lower('X')")),
        (
            sa.String(),
            Spelt(sqlite="hex(1)", postgresql="md5('1')"),
            expr(None, sqlite="hex(1)", postgresql="md5('1')"),
        ),
        (sa.Integer(), sa.FetchedValue(), None),
        (sa.Integer(), None, None),
    ],
)
def test_a_server_default_is_read(
    read_column: Reader, type_: object, said: Any, default: object
) -> None:
    assert read_column(type_, server_default=said).default == default


def test_a_default_that_is_written_for_no_backend_is_an_error(read_column: Reader) -> None:
    with pytest.raises(ModelError, match=r"default of column t.x cannot be written for SQLite"):
        read_column(sa.Integer, server_default=Spelt(oracle="1"))


def test_a_mistake_in_the_users_compiler_is_shown_at_its_line(read_column: Reader) -> None:
    with pytest.raises(ModelError, match="a mistake") as caught:
        read_column(sa.Integer, server_default=Broken())

    assert str(caught.value.where).startswith(__file__)


def test_defaults_of_the_program_are_no_defaults_of_the_database(read_column: Reader) -> None:
    assert read_column(sa.Integer, default=3, onupdate=4).default is None


def test_the_autoincrement_column_is_serial(read: Callable[..., TableDef]) -> None:
    assert read().column("id").auto == Serial()


@pytest.mark.parametrize(
    "columns",
    [
        [sa.Column("a", sa.Integer, primary_key=True, autoincrement=False)],
        [sa.Column("a", sa.String(3), primary_key=True)],
        [sa.Column(name, sa.Integer, primary_key=True) for name in "ab"],
        [sa.Column("a", sa.Integer, sa.ForeignKey("other.id"), primary_key=True)],
    ],
)
def test_other_keys_number_nothing(columns: list[Any]) -> None:
    metadata = sa.MetaData()
    sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("t", metadata, *columns)

    assert load_models(metadata).table("t").column("a").auto is None


def test_an_identity_keeps_its_options_and_is_a_plain_rowid_on_sqlite() -> None:
    identity = sa.Identity(
        always=True, start=5, increment=2, minvalue=1, maxvalue=9, cycle=True, cache=3
    )
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, identity, primary_key=True))

    found = load_models(table).table("t")

    assert found.column("id").auto == Identity(True, 5, 2, 1, 9, True, 3)
    assert found.options == {"sqlite": {"autoincrement": False}}


@pytest.mark.parametrize(("persisted", "stored"), [(True, True), (False, False), (None, False)])
def test_a_computed_column_is_generated(
    read_column: Reader, persisted: bool | None, stored: bool
) -> None:
    column = read_column(sa.Integer, sa.Computed("id * 2", persisted=persisted))

    assert column.generated == Generated("id * 2", stored=stored)
    assert column.default is None


def test_sequences_stand_in_the_schema() -> None:
    """For PostgreSQL, as SQLAlchemy makes none elsewhere."""
    metadata = sa.MetaData()
    numbers = sa.Sequence("numbers", start=100, increment=5, schema="s", metadata=metadata)
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, sa.Sequence("ids"), primary_key=True),
        sa.Column("n", sa.Integer, server_default=numbers.next_value()),
        sa.Column("o", sa.Integer, sa.Sequence("maybe", optional=True)),
    )

    schema = load_models(metadata)

    assert schema.sequences == {
        "ids": SequenceDef("ids", only=["postgresql", "mariadb"]),
        "s.numbers": SequenceDef("numbers", 100, 5, schema="s", only=["postgresql", "mariadb"]),
    }
    table = schema.table("t")
    assert table.column("n").default == NextValue("s.numbers")
    assert table.column("id").auto is None
    assert table.column("id").options == {"mysql": {"auto_increment": "without sequences"}}


def test_columns_keep_names_comments_and_nullability(read: Callable[..., TableDef]) -> None:
    table = read(
        sa.Column("it's", sa.Integer, key="its", nullable=False, comment="a :comment"),
        sa.Column("x", sa.Integer, sqlite_on_conflict_not_null="FAIL"),
        sa.Column("xmin", sa.Integer, system=True),
    )

    assert table.column("it's") == ColumnDef("it's", "Integer", comment="a :comment")
    assert table.column("x") == ColumnDef(
        "x", "Integer", nullable=True, options={"sqlite": {"on_conflict_not_null": "FAIL"}}
    )
    assert table.column_names == ("id", "it's", "x")


def test_a_key_may_be_null_where_the_model_says_so() -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("a", sa.Integer, primary_key=True, nullable=True),
        sa.Column("b", sa.Integer, primary_key=True),
    )

    assert [column.nullable for column in load_models(table).table("t").columns] == [True, False]
