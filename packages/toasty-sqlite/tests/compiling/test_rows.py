"""Rows are stored as SQLAlchemy stores them, and found by what they hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
import sqlalchemy as sa

from toasty_core.errors import CheckFailed, SchemaError, Unsupported
from toasty_core.operations import (
    DeleteRows,
    ExecuteCommand,
    ExecuteSql,
    InsertRows,
    Run,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import ColumnDef, Expression, TableDef, expr, now, types
from toasty_sqlite.values import decoder, encoder


class Mood(Enum):
    CALM = "calm"


MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678)
VALUES = [
    ("String", "it's", sa.String()),
    ("Integer", 5, sa.Integer()),
    ("Boolean", True, sa.Boolean()),
    ("Double", 0.1, sa.Double()),
    ("Decimal(10, 2)", Decimal("1.50"), sa.Numeric(10, 2)),
    ("Date", dt.date(2024, 1, 2), sa.Date()),
    ("Time", dt.time(3, 4, 5), sa.Time()),
    ("DateTime", MOMENT, sa.DateTime()),
    ("Interval", dt.timedelta(days=2, seconds=1), sa.Interval()),
    ("Uuid", UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff"), sa.Uuid()),
    ("Binary", b"\x00\xff", sa.LargeBinary()),
    ("Json", {"a": [1, None, "é"]}, sa.JSON()),
    ("Json", "text", sa.JSON()),
]
PEOPLE = TableDef(
    "people",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("on", "Boolean", default=True),
        ColumnDef("at", "DateTime", nullable=True),
        ColumnDef("more", "Json", nullable=True),
    ],
    ["id"],
)


@pytest.fixture
def people(world):
    world.create(PEOPLE)
    world.do(
        InsertRows("people", [{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}, {"id": 3}]),
    )
    return world


def names(world):
    return [name for (name,) in world.sql("SELECT name FROM people ORDER BY id")]


@pytest.mark.filterwarnings("ignore:Dialect sqlite\\+pysqlite does \\*not\\* support Decimal")
@pytest.mark.parametrize(("type_", "value", "alchemy"), VALUES)
def test_values_are_stored_as_sqlalchemy_stores_them(world, type_, value, alchemy):
    """Byte for byte, and both read the same value back."""
    world.create(TableDef("ours", [ColumnDef("v", type_)]))
    world.do(InsertRows("ours", [{"v": value}]))
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    theirs = sa.Table("theirs", sa.MetaData(), sa.Column("v", alchemy))
    theirs.create(engine)
    with engine.begin() as connection:
        connection.execute(theirs.insert().values(v=value))
        expected = connection.exec_driver_sql("SELECT v FROM theirs").scalar()
    engine.dispose()

    (stored,) = world.sql("SELECT v FROM ours")[0]

    assert (type(stored), stored) == (type(expected), expected)
    assert decoder(world.schema.table("ours").column("v").type)(stored) == value


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("DateTime", "2024-01-02", "2024-01-02 00:00:00.000000"),
        ("DateTime", dt.date(2024, 1, 2), "2024-01-02 00:00:00.000000"),
        ("DateTime", "sometime", "sometime"),
        (
            "DateTime(timezone=True)",
            dt.datetime(2024, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2024-01-01 00:00:00.000000",
        ),
        ("Date", MOMENT, "2024-01-02"),
        ("Uuid", "6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff8b86d011b42d00c04fc964ff"),
        ("Uuid", "no uuid", "no uuid"),
        ("String", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("String", Decimal("1.50"), "1.50"),
        ("String", Mood.CALM, "calm"),
        ("Enum('CALM')", Mood.CALM, "CALM"),
        ("Json", {"at": dt.date(2024, 1, 2)}, '{"at": "2024-01-02"}'),
        ("Json", None, None),
        ("Native('ANY')", {"a": 1}, '{"a": 1}'),
        ("Boolean", 1, 1),
    ],
)
def test_values_of_another_kind_find_their_form(type_, value, stored):
    """What can be meant is taken; what cannot stays as it is."""
    assert encoder(ColumnDef("v", type_).type)(value) == stored


def test_a_number_of_more_than_64_bits_is_refused():
    """SQLite would make a float of it."""
    with pytest.raises(SchemaError, match="64"):
        encoder(types.BigInteger())(2**63)


def test_columns_that_a_row_leaves_out_get_their_default(people):
    """Rows need not all name the same columns."""
    assert people.sql('SELECT id, name, "on" FROM people') == [
        (1, "ann", 1),
        (2, "bob", 1),
        (3, None, 1),
    ]


def test_many_rows_go_in_a_few_statements(people):
    """As many values to a statement as SQLite takes everywhere."""
    rows = [{"id": number, "name": f"n{number}"} for number in range(10, 1510)]

    parts = people.do(InsertRows("people", rows))

    assert len(parts[0].statements) == 4
    assert people.sql("SELECT count(*) FROM people") == [(1503,)]


def test_a_row_of_defaults(world):
    """It names no column at all."""
    world.create(TableDef("t", [ColumnDef("n", "Integer", default=7)]))
    world.do(InsertRows("t", [{}, {}]))

    assert world.sql("SELECT n FROM t") == [(7,), (7,)]


def test_upsert_updates_what_is_there(people):
    """And puts in what is not; twice is as once."""
    seed = UpsertRows("people", [{"id": 2, "name": "eve"}, {"id": 9, "name": "new"}, {"id": 1}])

    people.do(seed)
    people.do(seed)

    assert names(people) == ["ann", "eve", None, "new"]


def test_update_with_values_and_expressions(people):
    """An expression stands as it is."""
    people.do(UpdateRows("people", {"name": expr("upper(name)"), "at": now()}, {"id": [1, 2]}))

    assert names(people) == ["ANN", "BOB", None]
    assert people.sql("SELECT count(*) FROM people WHERE at IS NOT NULL") == [(2,)]


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ({"name": "ann"}, ["bob", None]),
        ({"name": None}, ["ann", "bob"]),
        ({"name": ["ann", None]}, ["bob"]),
        ({"name": []}, ["ann", "bob", None]),
        ({"name": {"ann", "bob"}}, [None]),
        ({"id": 1, "name": "bob"}, ["ann", "bob", None]),
        ({"on": True, "id": 1}, ["bob", None]),
        ("id > 1", ["ann"]),
        (None, []),
    ],
)
def test_rows_are_chosen(people, where, left):
    """By equality, by null, by a list, or by an expression."""
    people.do(DeleteRows("people", where))

    assert names(people) == left


def test_an_expression_for_others_chooses_no_rows_by_accident(people):
    """Without a text for SQLite it is an error, not all rows."""
    with pytest.raises(SchemaError, match="sqlite"):
        people.texts(DeleteRows("people", Expression(None, {"postgresql": "true"})))


def test_transform_sees_and_gives_python_values(people):
    """In batches; None leaves a row alone."""
    people.do(UpdateRows("people", {"at": MOMENT, "more": {"n": 1}}))

    def change(row):
        assert row["on"] is True
        assert row["at"] == MOMENT
        if row["name"] is None:
            return None
        return {"name": row["name"] * 2, "more": {"n": row["more"]["n"] + 1}, "at": None}

    people.do(TransformRows("people", change, batch_size=2))

    assert names(people) == ["annann", "bobbob", None]
    assert people.sql("SELECT more, at FROM people WHERE id = 1") == [('{"n": 2}', None)]


def test_transform_takes_only_the_rows_that_are_chosen(people):
    """The rest is not even seen."""
    people.do(
        TransformRows("people", lambda row: {"name": "x"}, where={"id": [2, 3]}, batch_size=1)
    )

    assert names(people) == ["ann", "x", "x"]


@pytest.mark.parametrize(("answer", "what"), [({"nme": 1}, "nme"), ({"id": 5}, "key column 'id'")])
def test_transform_refuses_what_it_cannot_store(people, answer, what):
    """Nothing is changed."""
    with pytest.raises(SchemaError, match=what):
        people.do(TransformRows("people", lambda row: answer))

    assert names(people) == ["ann", "bob", None]


def test_sql_of_the_users_is_split(people):
    """Triggers, literals and comments with semicolons stay in one piece."""
    script = """
        -- first; really
        UPDATE people SET name = 'a;b' WHERE id = 1; ;
        CREATE TRIGGER t AFTER INSERT ON people BEGIN
            UPDATE people SET name = 'x' WHERE id = 1;
            UPDATE people SET name = 'y' WHERE id = 2;
        END;
        /* last; one */ DELETE FROM people WHERE id = 3
    """

    parts = people.do(ExecuteSql(script))

    assert len(parts[0].statements) == 3
    assert names(people) == ["a;b", "bob"]


def test_sql_for_others_does_nothing(people):
    """`only` says for whom it is."""
    assert people.texts(ExecuteSql("VACUUM FULL", only=["postgresql"])) == []


@pytest.mark.parametrize("sql", ["BEGIN", "UPDATE people SET name = 1; commit", "/* x */ ROLLBACK"])
def test_sql_may_not_end_the_transaction(people, sql):
    """The migration has its own."""
    with pytest.raises(SchemaError, match="transaction"):
        people.texts(ExecuteSql(sql))


def test_sql_may_not_hold_a_zero_character(people):
    """SQLite would read no further."""
    with pytest.raises(SchemaError, match="zero character"):
        people.texts(ExecuteSql("SELECT 'a\0b'"))


def test_vacuum_stands_outside_of_a_transaction(people):
    """SQLite refuses it inside."""
    parts = people.compile(ExecuteSql("VACUUM"))

    assert [statement.transactional for statement in parts[0].statements] == [False]


def test_commands_are_for_others(people):
    """One that is for SQLite, too, is an error."""
    assert people.texts(ExecuteCommand({"collMod": "x"}, only=["mongodb"])) == []
    with pytest.raises(Unsupported, match="collMod"):
        people.texts(ExecuteCommand({"collMod": "x"}))


def test_a_function_gets_the_live_connection(people):
    """In the transaction of the migration."""

    def work(live):
        live.connection.execute("UPDATE people SET name = 'seen'")

    people.do(Run(work))

    assert names(people) == ["seen"] * 3


def test_a_rebuild_and_a_cascade_in_one_migration_lose_nothing_silently(world):
    """Foreign keys are off for the rebuild: a delete that would have cascaded stops the migration."""
    from toasty_core.operations import AddCheck
    from toasty_core.schema import CheckDef, ForeignKeyDef

    child = TableDef(
        "child",
        [ColumnDef("p", "Integer")],
        foreign_keys=[ForeignKeyDef("p", "people", on_delete="cascade")],
    )
    world.create(PEOPLE, child)
    world.do(InsertRows("people", [{"id": 1}]), InsertRows("child", [{"p": 1}]))

    with pytest.raises(CheckFailed, match="child"):
        world.do(DeleteRows("people", {"id": 1}), AddCheck("people", CheckDef("id > 0")))

    assert world.sql("SELECT p FROM child") == [(1,)]
