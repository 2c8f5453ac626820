"""SQLAlchemy's tables: keys, constraints, indexes, options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from toasty_core import (
    Action,
    CheckDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_core.errors import ModelError
from toasty_core.models import load_models
from toasty_core.schema import ConstraintDef, Deferral

Reader = Callable[..., TableDef]
CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def columns(*names: str) -> list[Any]:
    return [sa.Column(name, sa.Integer) for name in names]


def test_names_follow_the_naming_convention(read: Reader) -> None:
    table = read(
        *columns("a", "b"),
        sa.Column("p", sa.ForeignKey("t.id")),
        sa.Column("mood", sa.Enum("x", name="mood", native_enum=False, create_constraint=True)),
        sa.UniqueConstraint("a", "b"),
        sa.UniqueConstraint("a", name="mine"),
        sa.CheckConstraint("a > 0", name="low"),
        sa.Index(None, "a", "b"),
        metadata=sa.MetaData(naming_convention=CONVENTION),
    )

    assert table.primary_key == PrimaryKeyDef(["id"], "pk_t")
    assert [index.name for index in table.indexes] == ["ix_t_a_t_b"]
    assert [unique.name for unique in table.uniques] == ["mine", "uq_t_a_b"]
    assert [check.name for check in table.checks] == ["ck_t_low", "ck_t_mood"]
    assert [key.name for key in table.foreign_keys] == ["fk_t_p_t"]


def test_what_has_no_name_stays_without(read: Reader) -> None:
    table = read(
        *columns("a"),
        sa.Column("p", sa.ForeignKey("t.id")),
        sa.Column("b", sa.Boolean(create_constraint=True)),
        sa.UniqueConstraint("a"),
        sa.CheckConstraint("a > 0"),
    )

    assert table.primary_key == PrimaryKeyDef(["id"])
    parts: list[ConstraintDef] = [*table.uniques, *table.checks, *table.foreign_keys]
    assert [part.name for part in parts] == [None] * 4


def test_a_key_keeps_its_own_order_and_name() -> None:
    table = sa.Table(
        "t", sa.MetaData(), *columns("a", "b"), sa.PrimaryKeyConstraint("b", "a", name="k")
    )

    assert load_models(table).table("t").primary_key == PrimaryKeyDef(["b", "a"], "k")


def test_a_foreign_key_says_all(read: Reader) -> None:
    metadata = sa.MetaData()
    sa.Table("other", metadata, *columns("a", "b"), sa.UniqueConstraint("a", "b"), schema="s")
    table = read(
        *columns("x", "y"),
        sa.ForeignKeyConstraint(
            ["x", "y"],
            ["s.other.a", "s.other.b"],
            name="far",
            ondelete="set null",
            onupdate="CASCADE",
            deferrable=True,
            initially="deferred",
            match="FULL",
            use_alter=True,
        ),
        metadata=metadata,
    )

    assert table.foreign_keys == (
        ForeignKeyDef(
            ["x", "y"],
            "s.other",
            ["a", "b"],
            name="far",
            on_delete=Action.SET_NULL,
            on_update=Action.CASCADE,
            deferral=Deferral.DEFERRED,
            options={"postgresql": {"match": "FULL"}},
        ),
    )


def test_a_foreign_key_to_nowhere_is_an_error(read: Reader) -> None:
    with pytest.raises(ModelError, match=r"t.p points at 'tt.id', which is not in") as caught:
        read(sa.Column("p", sa.Integer, sa.ForeignKey("tt.id")))

    assert caught.value.hint == "did you mean 't'?"


def test_create_all_before_leaves_the_foreign_keys_in_place() -> None:
    metadata = sa.MetaData()
    for name, other in (("a", "b"), ("b", "a")):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other", sa.Integer, sa.ForeignKey(f"{other}.id", name=f"to_{other}")),
        )
    before = load_models(metadata)

    metadata.create_all(sa.create_mock_engine("postgresql://", lambda *_, **__: None))

    assert load_models(metadata) == before
    assert before.table("a").foreign_keys


def test_checks_of_types_are_for_the_backends_that_need_them(read: Reader) -> None:
    table = read(
        sa.Column("b", sa.Boolean(create_constraint=True, name="bool")),
        sa.Column("e", sa.Enum("x", "it's", name="native", create_constraint=True)),
        sa.Column("f", sa.Enum("x", name="text", native_enum=False, create_constraint=True)),
    )

    assert table.checks == (
        CheckDef("b IN (0, 1)", "bool", only=["mysql", "sqlite"]),
        CheckDef("e IN ('x', 'it''s')", "native", only=["sqlite"]),
        CheckDef("f IN ('x')", "text"),
    )


def test_a_check_inside_a_column_is_a_check_of_the_table(read: Reader) -> None:
    table = read(
        sa.Column("x", sa.Integer, sa.CheckConstraint("x > 5", name="least")),
        sa.Column("y", sa.Integer, sa.CheckConstraint("y > 5")),
    )

    assert table.checks == (CheckDef("y > 5"), CheckDef("x > 5", "least"))


def test_a_check_is_written_for_each_backend_where_they_differ(read: Reader) -> None:
    column = sa.Column("Upper", sa.Integer)
    table = read(
        column, sa.CheckConstraint(column > 0), sa.CheckConstraint("a LIKE '5%'", name="z")
    )

    assert table.checks == (
        CheckDef(expr(None, mysql="`Upper` > 0", postgresql='"Upper" > 0', sqlite='"Upper" > 0')),
        CheckDef("a LIKE '5%'", "z"),
    )


@pytest.mark.parametrize(
    ("condition", "only"),
    [
        ({"dialect": "postgresql"}, ("postgresql",)),
        ({"dialect": ("sqlite", "mysql", "mariadb")}, ("mysql", "sqlite")),
        ({"dialect": "oracle"}, ("oracle",)),
        ({"callable_": lambda ddl, target, bind, **kw: True}, ()),
        ({"callable_": lambda *a, compiler, **kw: compiler.dialect.name == "sqlite"}, ("sqlite",)),
    ],
)
def test_ddl_if_says_which_backends_a_definition_is_for(
    read: Reader, condition: dict[str, Any], only: tuple[str, ...]
) -> None:
    table = read(
        *columns("a", "p"),
        sa.Index("i", "a").ddl_if(**condition),
        sa.UniqueConstraint("a").ddl_if(**condition),
        sa.CheckConstraint("a > 0").ddl_if(**condition),
        sa.ForeignKeyConstraint(["p"], ["t.id"]).ddl_if(**condition),
    )

    parts: list[IndexDef | UniqueDef | CheckDef | ForeignKeyDef] = [
        *table.indexes,
        *table.uniques,
        *table.checks,
        *table.foreign_keys,
    ]
    assert [part.only for part in parts] == [only] * 4


def test_what_is_for_no_backend_is_left_out(read: Reader) -> None:
    never: dict[str, Any] = {"callable_": lambda *a, **kw: False}
    table = read(
        *columns("a"),
        sa.Index("i", "a").ddl_if(**never),
        sa.CheckConstraint("a > 0").ddl_if(**never),
    )

    assert (table.indexes, table.checks) == ((), ())


def test_uniques_and_keys_keep_sqlites_conflict_clauses() -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("a", sa.Integer, primary_key=True, sqlite_on_conflict_primary_key="FAIL"),
        sa.Column("b", sa.Integer, unique=True, sqlite_on_conflict_unique="IGNORE"),
        sa.Column("c", sa.Integer),
        sa.UniqueConstraint("b", "c", name="bc", sqlite_on_conflict="REPLACE", deferrable=True),
    )

    found = load_models(table).table("t")

    assert found.primary_key == PrimaryKeyDef(["a"], options={"sqlite": {"on_conflict": "FAIL"}})
    assert found.uniques == (
        UniqueDef(["b"], options={"sqlite": {"on_conflict": "IGNORE"}}),
        UniqueDef(
            ["b", "c"], "bc", Deferral.DEFERRABLE, options={"sqlite": {"on_conflict": "REPLACE"}}
        ),
    )
    assert all(column.options == {} for column in found.columns)


@pytest.mark.parametrize(
    ("part", "read_as"),
    [
        (lambda c: c.a, IndexColumn("a")),
        (lambda c: c.a.desc(), IndexColumn("a", descending=True)),
        (lambda c: c.a.asc(), IndexColumn("a", descending=False)),
        (lambda c: c.a.desc().nulls_last(), IndexColumn("a", descending=True, nulls_first=False)),
        (lambda c: c.a.nulls_first(), IndexColumn("a", nulls_first=True)),
        (lambda c: c.s.collate("NOCASE"), IndexColumn("s", collation="NOCASE")),
        (lambda c: sa.func.lower(c.s), IndexColumn(expression="lower(s)")),
        (
            lambda c: sa.func.lower(c.s).desc(),
            IndexColumn(expression="lower(s)", descending=True),
        ),
        (lambda c: sa.func.lower(c.s).label("l"), IndexColumn(expression="lower(s)")),
        (lambda c: sa.text("lower(s) DESC"), IndexColumn(expression="lower(s)", descending=True)),
        (lambda c: sa.text("a desc nulls first"), IndexColumn("a", None, True, True)),
        (
            lambda c: c.Up + 1,
            IndexColumn(
                expression=expr(None, mysql="`Up` + 1", postgresql='"Up" + 1', sqlite='"Up" + 1')
            ),
        ),
    ],
)
def test_an_index_has_columns_expressions_and_their_order(
    read: Reader, part: Callable[[Any], Any], read_as: IndexColumn
) -> None:
    made = [*columns("a", "Up"), sa.Column("s", sa.String)]
    items = sa.Table("items", sa.MetaData(), *made)
    sa.Index("i", part(items.c), items.c.a)

    assert load_models(items).table("items").indexes == (IndexDef("i", [read_as, "a"]),)


def test_an_index_keeps_what_each_backend_is_told(read: Reader) -> None:
    table = read(
        *columns("b"),
        sa.Column("a", sa.Text, key="A"),
        sa.Index(
            "i",
            "A",
            unique=True,
            postgresql_using="gin",
            postgresql_include=["b"],
            postgresql_ops={"A": "text_pattern_ops"},
            postgresql_with={"fillfactor": 50},
            postgresql_where=sa.text("a > 'x'"),
            postgresql_concurrently=True,
            sqlite_where=sa.text("a > 'x'"),
            mysql_length={"a": 10},
            mysql_prefix="FULLTEXT",
            mariadb_length=12,
        ),
    )

    assert table.indexes == (
        IndexDef(
            "i",
            ["a"],
            unique=True,
            where=expr(None, postgresql="a > 'x'", sqlite="a > 'x'"),
            options={
                "postgresql": {
                    "using": "gin",
                    "include": ["b"],
                    "ops": {"a": "text_pattern_ops"},
                    "with": {"fillfactor": 50},
                },
                "mysql": {"length": {"a": 10}, "prefix": "FULLTEXT"},
            },
        ),
    )


def test_a_condition_of_columns_is_compiled(read: Reader) -> None:
    a = sa.Column("a", sa.Integer)

    table = read(a, sa.Index("i", a, sqlite_where=a > 3))

    assert table.index("i").where == expr(None, sqlite="a > 3")


def test_a_table_keeps_its_schema_comment_and_options(read: Reader) -> None:
    table = read(
        schema="s",
        comment="100% :ours",
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        postgresql_partition_by="RANGE (id)",
        sqlite_with_rowid=False,
        sqlite_autoincrement=True,
    )

    assert (table.key, table.comment) == ("s.t", "100% :ours")
    assert table.options == {
        "mysql": {"engine": "InnoDB", "charset": "utf8mb4"},
        "postgresql": {"partition_by": "RANGE (id)"},
        "sqlite": {"without_rowid": True, "autoincrement": True},
    }


def test_an_exclude_constraint_is_carried_in_postgresqls_words(read: Reader) -> None:
    table = read(*columns("room"), ExcludeConstraint(("room", "="), name="one_each", using="gist"))

    assert table.options == {
        "postgresql": {
            "exclude": [
                {
                    "name": "one_each",
                    "sql": "CONSTRAINT one_each EXCLUDE USING gist (room WITH =)",
                }
            ]
        }
    }


def test_reading_twice_gives_the_same_text() -> None:
    metadata = sa.MetaData()
    for number in range(5):
        sa.Table(
            f"t{number}",
            metadata,
            *columns("a", "b", "c"),
            *(sa.Index(f"i{number}_{name}", name) for name in "cab"),
            *(sa.UniqueConstraint(name) for name in "cab"),
            *(sa.CheckConstraint(f"{name} > 0") for name in "cab"),
        )

    assert str(load_models(metadata)) == str(load_models(metadata))
    assert [index.name for index in load_models(metadata).table("t0").indexes] == [
        "i0_a",
        "i0_b",
        "i0_c",
    ]
