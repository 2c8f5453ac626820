"""What a run makes of its session, and what it learns of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toasty_core.backends import Caution, TableSize
from toasty_postgres import PostgresBackend
from toasty_postgres.database import PostgresDatabase

Connect = Callable[[str], PostgresDatabase]
Sql = Callable[..., list[tuple[Any, ...]]]


def test_prepare_sets_what_a_run_needs(connect: Connect, postgres_url: str, sql: Sql) -> None:
    ((name,),) = sql("SELECT current_database()")
    sql(f"""ALTER DATABASE "{name}" SET statement_timeout = '5s'""")
    sql(f"""ALTER DATABASE "{name}" SET "TimeZone" = 'Asia/Tokyo'""")
    database = connect(postgres_url)
    database.prepare(Caution(lock_wait=1.5))
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    found = {each: database.fetch(f"SHOW {each}")[0][0] for each in names}

    assert found == dict(zip(names, ("1500ms", "0", "0", "UTC"), strict=True))
    assert database.fetch("SHOW client_connection_check_interval") != [("0",)]


def test_the_url_has_the_last_word(connect: Connect, postgres_url: str) -> None:
    options = "-clock_timeout%3D9s%20-cstatement_timeout%3D1h%20-cTimeZone%3DAsia/Tokyo"
    database = connect(f"{postgres_url}?options={options}")
    database.prepare(Caution())
    found = [
        database.fetch(f"SHOW {name}")[0][0]
        for name in ("lock_timeout", "statement_timeout", "TimeZone")
    ]

    assert found == ["9s", "1h", "Asia/Tokyo"]


def test_the_backend_learns_of_the_server(database: PostgresDatabase, sql: Sql) -> None:
    sql("CREATE SCHEMA app")
    sql("CREATE TABLE app.many AS SELECT generate_series(1, 500) AS id")
    sql("CREATE TABLE few AS SELECT generate_series(1, 5) AS id")
    sql("ANALYZE")
    backend = database.prepare(Caution(large_table=100))

    assert isinstance(backend, PostgresBackend)
    assert backend is database.backend
    major = int(sql("SHOW server_version_num")[0][0]) // 10000
    assert f'"version": [{major}, ' in backend.form
    assert '"large": ["app.many"]' in backend.form
    assert PostgresBackend().in_form(backend.form).form == backend.form
    assert backend.in_form("") is backend
    careless = database.prepare(Caution(large_table=None))
    assert '"large": []' in careless.form


def test_sizes_are_estimated(database: PostgresDatabase, sql: Sql) -> None:
    """Analysed or not, partitioned or not; Toasty's own tables and temporary ones are left out."""
    database.create_journal()
    sql("CREATE TABLE analysed AS SELECT generate_series(1, 5000) AS id")
    sql("ANALYZE analysed")
    sql("CREATE TABLE parted (id int) PARTITION BY RANGE (id)")
    sql("CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (1000)")
    sql("CREATE TABLE high PARTITION OF parted FOR VALUES FROM (1000) TO (5000)")
    sql("INSERT INTO parted SELECT generate_series(1, 3000)")
    sql("CREATE TABLE fresh AS SELECT generate_series(1, 5000) AS id")
    sql("CREATE TEMPORARY TABLE passing (id int)")
    sql("ANALYZE parted")
    sizes = database.sizes()

    assert sorted(sizes) == ["analysed", "fresh", "high", "low", "parted"]
    assert sizes["analysed"] == TableSize(5000, sizes["analysed"].bytes)
    assert sizes["parted"].rows == sizes["low"].rows + sizes["high"].rows == 3000
    assert sizes["fresh"].rows >= 1000
    assert all(size.bytes > 8000 for size in sizes.values())
