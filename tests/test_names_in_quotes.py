"""A column that needs quotes from a rename on is a column in shared texts, on every database: never a text."""

from __future__ import annotations

import pytest

from server_shop import ServerShop, on
from toasty_core import api

SERVERS = ("postgres15", "mariadb", "mysql")
TABLE = """
db.create_table(TableDef("visits",
    [ColumnDef("id", "Integer"), ColumnDef("place", "Integer"), ColumnDef("kind", "String(20)"),
     ColumnDef("twice", "Integer", nullable=True, generated=Generated(expr("place * 2")))],
    primary_key=["id"], checks=[CheckDef("place > 3 AND kind <> 'place'", name="ck"), CheckDef("place < 90")]))
"""
ROW = "INSERT INTO visits (id, {name}, kind) VALUES ({id}, {value}, 'x')"


def put(store: ServerShop, id_: int, value: int, name: str) -> None:
    """Puts a row in, past Toasty."""
    quote = '"' if store.is_postgres else "`"
    quoted = quote + name.replace(quote, quote * 2) + quote
    store.query(ROW.format(name=quoted, id=id_, value=value))


def holds(store: ServerShop, name: str) -> None:
    """The check refuses what it should, and nothing else."""
    put(store, 1, 5, name)
    with pytest.raises(Exception, match=r"(?i)check|constraint"):
        put(store, 2, 2, name)
    assert store.query("SELECT id, twice FROM visits") == [(1, 10)]
    store.query("DELETE FROM visits")


@on(*SERVERS)
@pytest.mark.parametrize("name", ["the place", "group", "Place's", 'a"b`c'])
def test_what_is_written_from_the_schema_after_the_rename(store: ServerShop, name: str) -> None:
    """The checks and the computed column are made anew: by their inverse, and with a new type of the column."""
    store.prepare(TABLE)
    store.migration(f'db.rename_column("visits", "place", {name!r})')
    store.goes_on()
    holds(store, name)

    project = api.Project(directory=store.shop.migrations, url=store.url)
    (check,) = (one for one in api.show(project).table("visits").checks if one.name)
    store.migration('db.drop_check("visits", "ck")')
    store.goes_on()
    store.migration(f'db.add_check("visits", CheckDef({str(check.expression)!r}, name="ck"))')
    store.goes_on()
    holds(store, name)

    store.migration(f'db.modify_column("visits", {name!r}, type="BigInteger")')
    store.goes_on()
    holds(store, name)
