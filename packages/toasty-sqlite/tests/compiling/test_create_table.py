"""What our CREATE TABLE makes, SQLAlchemy's inspector sees as what its own `create_all` makes."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from toasty_core.models import load_models
from toasty_core.operations import CreateTable
from toasty_core.schema import SchemaSnapshot
from toasty_sqlite import SqliteBackend


def described(engine: sa.Engine) -> dict[str, Any]:
    inspector = sa.inspect(engine)
    return {name: _table(inspector, name) for name in sorted(inspector.get_table_names())}


def _table(inspector: sa.Inspector, name: str) -> dict[str, Any]:
    columns = [{**column, "type": str(column["type"])} for column in inspector.get_columns(name)]
    return {
        "columns": sorted(columns, key=str),
        "key": inspector.get_pk_constraint(name),
        "uniques": sorted(inspector.get_unique_constraints(name), key=str),
        "foreign keys": sorted(inspector.get_foreign_keys(name), key=str),
        "checks": sorted(inspector.get_check_constraints(name), key=str),
        "indexes": [_index(index) for index in inspector.get_indexes(name)],
        "options": inspector.get_table_options(name),
    }


def _index(index: Any) -> dict[str, Any]:
    return {**index, "dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}}


def text_of(described_: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {table}" for name, table in described_.items())


def made_by_toasty(schema: SchemaSnapshot) -> sa.Engine:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    creates = [CreateTable(table) for table in schema.tables.values()]
    with engine.begin() as connection:
        for part in SqliteBackend().compile_all(creates, SchemaSnapshot()):
            for statement in part.statements:
                connection.exec_driver_sql(statement.sql)  # type: ignore[attr-defined]
    return engine


def plain_types(m: sa.MetaData) -> None:
    types: list[sa.types.TypeEngine[Any]] = [
        *(sa.String(), sa.String(20), sa.Text(), sa.CHAR(3), sa.Unicode(5), sa.SmallInteger()),
        *(sa.Integer(), sa.BigInteger(), sa.Boolean(), sa.Float(), sa.Double(), sa.Numeric()),
        *(sa.Numeric(10), sa.Numeric(10, 2), sa.Date(), sa.Time(), sa.DateTime(), sa.Interval()),
        *(sa.DateTime(timezone=True), sa.Uuid(), sa.LargeBinary(), sa.LargeBinary(9), sa.JSON()),
        *(sa.Enum("a", "it's", name="e"), sa.Enum("a", native_enum=False, length=30)),
    ]
    sa.Table("types", m, *(sa.Column(f"c{n}", type_) for n, type_ in enumerate(types)))


def keys(m: sa.MetaData) -> None:
    sa.Table("plain", m, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("big", m, sa.Column("id", sa.BigInteger, primary_key=True))
    counted = sa.Column("id", sa.Integer, primary_key=True)
    sa.Table("counted", m, counted, sqlite_autoincrement=True)
    pair: list[sa.Column[Any]] = [sa.Column("b", sa.Integer), sa.Column("a", sa.String(3))]
    sa.Table("pair", m, *pair, sa.PrimaryKeyConstraint("a", "b", name="pair_key"))
    sa.Table("none", m, sa.Column("a", sa.Integer))
    loose = sa.Column("a", sa.String(3), primary_key=True, nullable=True)
    sa.Table("loose", m, loose)
    text = sa.Column("code", sa.Text, primary_key=True)
    sa.Table("bare", m, text, sqlite_with_rowid=False)
    sa.Table("strict", m, sa.Column("a", sa.Text, primary_key=True), sqlite_strict=True)


def defaults(m: sa.MetaData) -> None:
    given: list[Any] = [
        *("0", 'it\'s 100% "fine"', "", "NULL", sa.text("0"), sa.text("-1"), sa.text("NULL")),
        *(sa.text("1.5"), sa.text("'a' "), sa.text("('x')"), sa.text("(1 + 2)"), sa.func.now()),
        *(sa.text("CURRENT_TIMESTAMP"), sa.text("lower('A')"), sa.true(), sa.false()),
    ]
    columns = [sa.Column(f"c{n}", sa.String(9), server_default=it) for n, it in enumerate(given)]
    numbers = [sa.Column("n", sa.Integer, nullable=False, server_default="7")]
    dates = [sa.Column("d", sa.DateTime, server_default=sa.func.now())]
    sa.Table("defaults", m, *columns, *numbers, *dates)


def constraints(m: sa.MetaData) -> None:
    sa.Table("parent", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer))
    sa.Table(
        "child",
        m,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("p", sa.ForeignKey("parent.id", ondelete="CASCADE", onupdate="SET NULL")),
        sa.Column(
            "q", sa.ForeignKey("child.id", name="self", deferrable=True, initially="DEFERRED")
        ),
        sa.Column("u", sa.Integer, unique=True),
        sa.Column("v", sa.String(9)),
        sa.UniqueConstraint("u", "v", name="uv"),
        sa.CheckConstraint("u > 0 AND v <> 'a)b'", name="positive"),
        sa.CheckConstraint("v IN ('a', 'it''s')"),
    )


def hostile_names(m: sa.MetaData) -> None:
    parent = sa.Table("order", m, sa.Column("From Where", sa.Integer, primary_key=True))
    sa.Table(
        "größe of it",
        m,
        sa.Column("100%", sa.Integer, primary_key=True),
        sa.Column("select", sa.String(5), server_default="it's"),
        sa.Column("MixedCase", sa.Integer, sa.ForeignKey(parent.c["From Where"], name="a key")),
        sa.Column("semi;colon", sa.Integer),
        sa.CheckConstraint('"semi;colon" > 0', name="A check"),
        sa.UniqueConstraint("select", "semi;colon", name="Unique It"),
        sa.Index("an index", "MixedCase"),
    )


def indexes(m: sa.MetaData) -> None:
    table = sa.Table(
        "indexed",
        m,
        *(sa.Column(name, sa.String(9)) for name in "abcd"),
        sa.Column("n", sa.Integer),
    )
    sa.Index("one", table.c.a)
    sa.Index("two", table.c.a, table.c.b.desc(), unique=True)
    sa.Index("part", table.c.c, sqlite_where=table.c.n > 5)
    sa.Index("lowered", sa.func.lower(table.c.d))


def generated(m: sa.MetaData) -> None:
    columns = [sa.Column("a", sa.Integer), sa.Column("b", sa.Integer)]
    stored = sa.Column("c", sa.Integer, sa.Computed("a + b", persisted=True))
    virtual = sa.Column("d", sa.Integer, sa.Computed("a * (b)", persisted=False))
    sa.Table("generated", m, *columns, stored, virtual)


def collations(m: sa.MetaData) -> None:
    column = sa.Column("a", sa.String(9, collation="NOCASE"), nullable=False, server_default="x")
    sa.Table("collated", m, column)


def circles(m: sa.MetaData) -> None:
    one = sa.ForeignKey("two.id", use_alter=True, name="to_two")
    sa.Table("one", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("t", one))
    sa.Table("two", m, sa.Column("id", sa.ForeignKey("one.id", name="to_one"), primary_key=True))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.filterwarnings("ignore:Dialect sqlite\\+pysqlite does \\*not\\* support Decimal")
@pytest.mark.parametrize(
    "fill",
    [
        *(plain_types, keys, defaults, constraints, hostile_names),
        *(indexes, generated, collations, circles),
    ],
)
def test_the_inspector_sees_what_create_all_makes(fill: Any) -> None:
    """Types, keys, defaults, constraints and indexes are the same, names included."""
    metadata = sa.MetaData()
    fill(metadata)
    theirs = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    metadata.create_all(theirs)

    ours = made_by_toasty(load_models(metadata))

    assert text_of(described(ours)) == text_of(described(theirs))
    ours.dispose()
    theirs.dispose()
