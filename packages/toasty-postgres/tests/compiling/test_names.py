"""Names that are too long are cut in a way that keeps them apart, and as SQLAlchemy cuts them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from toasty_postgres.names import generated_name, qualified, quote, stored_name


def test_a_long_name_is_cut_as_sqlalchemy_cuts_those_of_its_conventions():
    convention = sa.MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})
    table = sa.Table("t" * 40, convention, sa.Column("c" * 40, sa.Integer, index=True))
    [index] = table.indexes

    text = str(CreateIndex(index).compile(dialect=postgresql.dialect()))

    assert stored_name(f"ix_{'t' * 40}_{'c' * 40}") in text


@pytest.mark.parametrize("name", ["short", "x" * 63, "ö" * 31])
def test_a_name_that_fits_stays(name):
    assert stored_name(name) == name


@pytest.mark.parametrize("letter", ["x", "ö", "日", "🎈"])
def test_long_names_keep_apart_and_fit(letter):
    names = {stored_name(letter * 64 + str(number)) for number in range(50)}

    assert len(names) == 50
    assert all(len(name.encode()) <= 63 for name in names)


def test_quotes():
    assert quote('say "hi"') == '"say ""hi"""'
    assert qualified("a.b.c") == '"a"."b.c"'


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("t", ("a", "b")),
        ("t" * 63, ("a",)),
        ("t", ("a" * 63,)),
        ("t" * 40, ("a" * 40,)),
        ("t" * 30, ("a" * 20, "b" * 20)),
        ("t" * 29, ("a" * 29,)),
        ("t" * 30, ("a" * 29,)),
        ("ö" * 20, ("ü" * 20,)),
        ("ö" * 31, ("a" * 33,)),
    ],
)
def test_generated_names_are_those_that_the_database_gives(live, table, columns):
    quoted = [quote(name) for name in columns]
    parts = ", ".join(f"{name} integer" for name in quoted)
    live.sql(
        f"CREATE TABLE {quote(table)} ({parts}, id serial PRIMARY KEY, UNIQUE ({', '.join(quoted)}))"
    )

    made = live.sql(
        "SELECT conname FROM pg_constraint WHERE contype IN ('u', 'p') ORDER BY contype DESC"
    )

    assert [name for (name,) in made if "pg_" not in name][-2:] == [
        generated_name(table, columns, "key"),
        generated_name(table, (), "pkey"),
    ]
    sequences = live.sql("SELECT relname FROM pg_class WHERE relkind = 'S'")
    assert sequences == [(generated_name(table, ("id",), "seq"),)]
