"""`examples/two-databases`: one folder of migrations, on SQLite and on a server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Enum, create_engine, inspect, text
from sqlalchemy.dialects.postgresql.base import PGInspector

from shop import TOASTY, Shop

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "two-databases"
OWN_TABLES = {"toasty_lock", "toasty_migrations"}
TABLES = ["customers", "invoices", "payments"]
COLUMNS = {
    "customers": ["id", "email", "full_name", "joined", "country"],
    "invoices": ["id", "customer_id", "status", "total", "notes"],
    "payments": ["id", "invoice_id", "amount", "paid"],
}
FOREIGN_KEYS = {
    ("invoices", "customer_id", "customers", "id", "CASCADE"),
    ("payments", "invoice_id", "invoices", "id", "RESTRICT"),
}
ROWS = [
    "INSERT INTO customers (email, name) VALUES ('ada@example.com', 'Ada Lovelace')",
    "INSERT INTO customers (email, name) VALUES ('grace@example.com', 'Grace Hopper')",
    "INSERT INTO invoices (customer_id, status, total) VALUES (1, 'open', 12345678.90)",
    "INSERT INTO invoices (customer_id, status, total, notes) VALUES (1, 'paid', 5, '{\"by\": \"post\"}')",
]


def engine_of(url: str) -> Engine:
    """SQLAlchemy's own way to a database, to look at it without Toasty."""
    scheme, _, rest = url.partition("://")
    driver = {"postgresql": "postgresql+psycopg"}.get(scheme, f"{scheme}+pymysql")
    return create_engine(f"{driver}://{rest}")


def sqlite_engine(shop: Shop) -> Engine:
    return create_engine(f"sqlite:///{shop.folder / 'shop.db'}")


# The script of the example, as a user types it.


def typed(url: str) -> str:
    """What `bash run.sh URL` prints."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("TOASTY_")}
    path = f"{Path(TOASTY).parent}{os.pathsep}{known['PATH']}"
    done = subprocess.run(
        ["bash", str(EXAMPLE / "run.sh"), url],
        env={**known, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


SAID = """
# Developed on SQLite
Additive (safe):
  ✅ create table customers
  ✅ create table invoices
✅ Applied 1 migration(s)
Modifying:
  ✅ modify column invoices.status (type)
  ✅ rename column customers.name to full_name
# The same files in production: first what will happen, then it happens
$ toasty migrate:plan --url $PRODUCTION
$ toasty migrate:up --url $PRODUCTION
✅ Applied 2 migration(s)
# Both databases are as the models say
$ toasty schema:drift --url sqlite:dev.db
✅ No drift.
$ toasty schema:drift --url $PRODUCTION
✅ No drift.
✅ All agrees.
# And back
✅ Reverted 2 migration(s)
2 pending
"""
ON_POSTGRES = """
CREATE TYPE "invoice_status" AS ENUM ('open', 'paid');
CREATE INDEX "open_invoices" ON "invoices" ("customer_id") WHERE status = 'open';
ALTER TYPE "invoice_status" ADD VALUE 'cancelled';
ALTER TABLE "customers" ADD COLUMN "country" CHAR(2) DEFAULT 'CH' NOT NULL;
"""
ON_MYSQL = """
CREATE INDEX `invoices_by_status` ON `invoices` (`status`);
-- not in one transaction: the journal is written after each statement
ALTER TABLE `customers` ALTER COLUMN `country` DROP DEFAULT;
"""


def assert_in_order(lines: str, output: str) -> None:
    """Each line stands in the output, behind the one before it."""
    rest = output.splitlines()
    for line in lines.strip("\n").splitlines():
        assert line in rest, f"{line!r} is not in what is left of\n{output}"
        rest = rest[rest.index(line) + 1 :]


def test_the_script_on_postgresql(postgres_url: str) -> None:
    printed = typed(postgres_url)

    assert_in_order(SAID, printed)
    assert_lines(ON_POSTGRES, printed)
    assert tables_of(postgres_url) == OWN_TABLES


def test_the_script_on_mysql_and_mariadb(mysql_url: str) -> None:
    printed = typed(mysql_url)

    assert_in_order(SAID, printed)
    assert_lines(ON_MYSQL, printed)
    assert "open_invoices" not in printed
    assert tables_of(mysql_url) == OWN_TABLES


def assert_lines(wanted: str, printed: str) -> None:
    assert set(wanted.strip("\n").splitlines()) - set(printed.splitlines()) == set()


def tables_of(url: str) -> set[str]:
    engine = engine_of(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_readme_shows_what_is_printed(postgres_url: str) -> None:
    """What the README shows of the output stands in it word for word, but for the times in versions."""
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    shown = "\n".join(re.findall(r"^```(?:console|text)\n(.*?)^```", page, re.S | re.M))
    printed = without_times(typed(postgres_url))

    lines = [
        line for line in without_times(shown).splitlines() if line and not line.startswith("$ bash")
    ]
    assert len(lines) > 10
    assert [line for line in lines if line != "..." and line not in printed.splitlines()] == []


def without_times(output: str) -> str:
    return re.sub(r"\d{8}_\d{6}", "20250117_120000", output)


# The same migrations, looked at with SQLAlchemy.


def developed(shop: Shop) -> None:
    """The folder of migrations as the example writes it, tried on SQLite."""
    shutil.copy(EXAMPLE / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "customers and invoices")
    shop.works("migrate:up")
    shutil.copy(EXAMPLE / "models_v2.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "payments", "--fill", "customers.country=CH")
    shop.works("migrate:up")


def first_version(shop: Shop) -> str:
    return min(path.stem for path in shop.migrations.glob("2*.py"))


def in_production(shop: Shop, url: str) -> None:
    """The first version with rows, then the second one."""
    shop.works("migrate:up", "--url", url, "--to", first_version(shop))
    engine = engine_of(url)
    with engine.begin() as connection:
        for sql in ROWS:
            connection.execute(text(sql.replace(":", r"\:")))
    engine.dispose()
    shop.works("migrate:up", "--url", url)


def assert_same_on_both(shop: Shop, url: str) -> None:
    here, there = sqlite_engine(shop), engine_of(url)
    try:
        assert described(here) == described(there)
        assert described(there)["columns"] == COLUMNS
        assert described(there)["foreign keys"] == FOREIGN_KEYS
    finally:
        here.dispose()
        there.dispose()


def described(engine: Engine) -> dict[str, Any]:
    """What SQLAlchemy's inspector says of the tables, as far as databases agree on the words."""
    found = inspect(engine)
    return {
        "tables": sorted(set(found.get_table_names()) - OWN_TABLES),
        "columns": {t: [c["name"] for c in found.get_columns(t)] for t in TABLES},
        "nullable": {t: [c["name"] for c in found.get_columns(t) if c["nullable"]] for t in TABLES},
        "lengths": [lengths(found.get_columns(t)) for t in TABLES],
        "keys": {t: found.get_pk_constraint(t)["constrained_columns"] for t in TABLES},
        "foreign keys": {link(t, key) for t in TABLES for key in found.get_foreign_keys(t)},
        "checks": {c["name"] for c in found.get_check_constraints("invoices") if c["name"]}
        & {"total_not_negative"},
        "indexes": {i["name"]: part(t, i) for t in TABLES for i in found.get_indexes(t)
                    if i["name"] in ("idx_customers_email", "invoices_by_status")},
    }  # fmt: skip


def lengths(columns: list[Any]) -> dict[str, object]:
    names = ("email", "full_name", "country")
    return {c["name"]: c["type"].length for c in columns if c["name"] in names}


def link(table: str, key: Any) -> tuple[str, ...]:
    """A foreign key. MySQL's RESTRICT is what goes without saying, and SQLAlchemy does not say it."""
    action = key["options"].get("ondelete", "RESTRICT")
    return (table, *key["constrained_columns"], key["referred_table"], *key["referred_columns"], action)  # fmt: skip


def part(table: str, index: Any) -> tuple[object, ...]:
    return table, index["column_names"], bool(index["unique"])


def assert_rows_survived(url: str) -> None:
    engine = engine_of(url)
    with engine.connect() as connection:
        customers = connection.execute(
            text("SELECT email, full_name, country FROM customers ORDER BY id")
        ).all()
        invoices = connection.execute(
            text("SELECT status, total, notes FROM invoices ORDER BY id")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in customers] == [
        ("ada@example.com", "Ada Lovelace", "CH"),
        ("grace@example.com", "Grace Hopper", "CH"),
    ]
    assert [(status, str(total)) for status, total, _ in invoices] == [
        ("open", "12345678.90"),
        ("paid", "5.00"),
    ]
    notes = invoices[1][2]
    assert (json.loads(notes) if isinstance(notes, str) else notes) == {"by": "post"}


def assert_no_drift_and_back(shop: Shop, url: str) -> None:
    assert shop.works("schema:drift", "--url", url).out == "✅ No drift.\n"
    assert shop.works("migrate:check", "--url", url).out == "✅ All agrees.\n"
    assert shop.works("migrate:generate", "-m", "again").out.startswith("No changes")
    shop.works("migrate:down", "--url", url, "--count", "2", "--yes")
    assert tables_of(url) == OWN_TABLES


def test_postgresql_is_as_sqlite_is(shop: Shop, postgres_url: str) -> None:
    developed(shop)
    in_production(shop, postgres_url)

    assert_same_on_both(shop, postgres_url)
    assert_rows_survived(postgres_url)
    engine = engine_of(postgres_url)
    found = inspect(engine)
    partial = {index["name"]: index for index in found.get_indexes("invoices")}["open_invoices"]
    assert "status = 'open'" in str(partial["dialect_options"]["postgresql_where"])
    assert isinstance(found, PGInspector)
    assert found.get_enums()[0]["labels"] == ["open", "paid", "cancelled"]
    engine.dispose()
    assert_no_drift_and_back(shop, postgres_url)
    assert enums_of(postgres_url) == []


def enums_of(url: str) -> list[Any]:
    engine = engine_of(url)
    try:
        found = inspect(engine)
        assert isinstance(found, PGInspector)
        return list(found.get_enums())
    finally:
        engine.dispose()


def test_mysql_and_mariadb_are_as_sqlite_is(shop: Shop, mysql_url: str) -> None:
    developed(shop)
    in_production(shop, mysql_url)

    assert_same_on_both(shop, mysql_url)
    assert_rows_survived(mysql_url)
    engine = engine_of(mysql_url)
    found = inspect(engine)
    status = {column["name"]: column["type"] for column in found.get_columns("invoices")}["status"]
    assert isinstance(status, Enum)
    assert list(status.enums) == ["open", "paid", "cancelled"]
    assert "open_invoices" not in {index["name"] for index in found.get_indexes("invoices")}
    engine.dispose()
    assert_no_drift_and_back(shop, mysql_url)
