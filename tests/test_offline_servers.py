"""Offline scripts: the server's own client runs them unchanged, to the same schema and journal as `migrate:up`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from textwrap import indent
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy import Column, MetaData, Table, select

from clients import Client, client_of
from shop import Shop
from test_two_databases import EXAMPLE, OWN_TABLES, engine_of, tables_of
from toasty_core import api
from toasty_core.api.project import open_database
from toasty_core.backends import JournalEntry
from toasty_core.schema import SchemaSnapshot
from toasty_testservers.fixtures import SERVERS
from toasty_testservers.kinds import all_kinds

KINDS = [all_kinds()[name] for name in ("postgres15", "postgres18", "mariadb", "mysql")]
OWN_TIME: dict[str, Any] = {
    "started": None,
    "finished": None,
    "duration": None,
    "applied_by": "",
    "form": "",
}
"""What says when, by whom and for which server it was done, which a script cannot know."""

_FILE = """\
from toasty_core import *


class Migration_{version}(Migration):
    version = "{version}"

    def up(self, db):
{up}
    def down(self, db):
{down}
"""
ROWS = "20990101_120000_rows"
PARTS = "20990101_130000_parts"
TRICKY = 'it\'s 100% \\\\ "quoted" `so` -- ; $1 €'
UP = {
    ROWS: f"""\
db.insert_rows("customers", [
    {{"id": 1, "email": "ada@example.com", "full_name": {TRICKY!r}, "country": "GB"}},
    {{"id": 2, "email": "linus@example.com", "full_name": "Linus", "country": "FI"}},
])
db.upsert_rows("customers", [{{"id": 2, "email": "l@example.com", "full_name": "Linus", "country": "FI"}}])
db.insert_rows("invoices", [{{"customer_id": 1, "status": "cancelled", "total": "12.50", "notes": {{"a": [1, None]}}}}])
db.update_rows("customers", {{"country": "US"}}, where={{"country": "FI"}})
db.delete_rows("customers", where="email = 'nobody'")
""",
    PARTS: """\
db.add_column("customers", ColumnDef("rank", "String(10)", nullable=False), fill="7")
db.modify_column("customers", "rank", type="Integer")
db.modify_column("invoices", "notes", comment="a document: it's free")
db.add_column("customers", ColumnDef("initial", "Char(1)", nullable=False), fill=expr("substr(full_name, 1, 1)"))
db.create_table(TableDef("tags", [
    ColumnDef("id", "Integer"), ColumnDef("label", "String(50)"), ColumnDef("customer_id", "Integer", nullable=True),
], primary_key=["id"], uniques=[UniqueDef(["label"])]))
db.add_foreign_key("tags", ForeignKeyDef(["customer_id"], "customers"))
db.add_check("tags", CheckDef("label <> ''"))
db.add_check("tags", CheckDef("id > 0"))
db.drop_check("tags", CheckDef("label <> ''"))
db.add_unique("tags", UniqueDef(["id", "label"], name="uq_tags"))
db.drop_unique("tags", UniqueDef(["label"]))
db.rename_table("tags", "labels")
db.rename_column("labels", "label", "word")
db.drop_foreign_key("labels", ForeignKeyDef(["customer_id"], "customers"))
db.execute_sql("CREATE VIEW gold AS SELECT id, email FROM customers; CREATE INDEX by_country ON customers (country)",
    state=[operations.CreateIndex("customers", IndexDef("by_country", ["country"]))])
""",
}
DOWN = {
    ROWS: 'db.delete_rows("invoices")\ndb.delete_rows("customers")\n',
    PARTS: """\
db.execute_sql("DROP VIEW gold")
db.drop_index("customers", "by_country")
db.drop_table("labels")
db.drop_column("customers", "initial")
db.drop_column("customers", "rank")
""",
}


@frozen
class Databases:
    """Two empty databases of one server: for a run, and for the client's script."""

    run: str
    script: str
    client: Client

    @property
    def dialect(self) -> str:
        return self.client.server.scheme


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    client = client_of(request, request.param)
    servers = request.config.stash[SERVERS]
    with servers.database(client.server) as run, servers.database(client.server) as script:
        yield Databases(run, script, client)


@pytest.fixture
def project(shop: Shop) -> Shop:
    """The two migrations of the example, then one of rows and one of parts without names."""
    shutil.copy(EXAMPLE / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "customers and invoices")
    shutil.copy(EXAMPLE / "models_v2.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "payments", "--fill", "customers.country=CH")
    for version in UP:
        up, down = (indent(lines[version], " " * 8) for lines in (UP, DOWN))
        text = _FILE.format(version=version, up=up, down=down)
        text = text.replace("import *\n", "import *\nfrom toasty_core import operations\n", 1)
        (shop.migrations / f"{version}.py").write_text(text)
    return shop


def script(shop: Shop, databases: Databases, *options: str) -> str:
    """What `migrate:plan --offline` prints."""
    return shop.works("migrate:plan", "--dialect", databases.dialect, "--offline", *options).out


def run_script(databases: Databases, text: str) -> None:
    done = databases.client.run(text, databases.script)
    assert done.returncode == 0, f"{done.stderr}\n{text}"
    assert done.stderr == ""


def assert_same(shop: Shop, databases: Databases) -> None:
    """The schemas are equal, and so are the journals but for what a script cannot know."""
    assert schema(shop, databases.script) == schema(shop, databases.run)
    assert journal(shop, databases.script) == journal(shop, databases.run)
    assert rows(shop, databases.script) == rows(shop, databases.run)


def opened(shop: Shop, url: str) -> api.Project:
    return api.Project(shop.migrations, url)


def schema(shop: Shop, url: str) -> SchemaSnapshot:
    return api.show(opened(shop, url), live=True)


def journal(shop: Shop, url: str) -> list[JournalEntry]:
    with open_database(opened(shop, url)) as database:
        return [entry._replace(**OWN_TIME) for entry in database.read_journal()]


def rows(shop: Shop, url: str) -> dict[str, list[str]]:
    """All rows of all tables, as SQLAlchemy reads them."""
    engine = engine_of(url)
    metadata = MetaData()
    metadata.reflect(engine, only=lambda name, _: name not in OWN_TABLES)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(*without_clock(table)))))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def without_clock(table: Table) -> list[Column[object]]:
    """The columns that do not say when the row was written."""
    return [column for column in table.columns if column.name not in ("joined", "paid")]


def assert_nothing_is_left_to_do(shop: Shop, url: str) -> None:
    assert shop.works("migrate:up", "--url", url).out.startswith("Nothing to apply")
    assert shop.works("schema:drift", "--url", url).out == "✅ No drift.\n"
    assert shop.works("migrate:status", "--check", "--url", url).code == 0


def test_the_client_runs_the_script_to_the_same(project: Shop, databases: Databases) -> None:
    project.works("migrate:up", "--url", databases.run)

    run_script(databases, script(project, databases))

    assert_same(project, databases)
    assert len(journal(project, databases.script)) == 4
    assert_nothing_is_left_to_do(project, databases.script)


def test_in_two_scripts_with_to_and_from(project: Shop, databases: Databases) -> None:
    middle = sorted(path.stem for path in project.migrations.glob("2*.py"))[1]
    project.works("migrate:up", "--url", databases.run)

    run_script(databases, script(project, databases, "--to", middle))
    pending = project.toasty("migrate:status", "--check", "--url", databases.script)
    run_script(databases, script(project, databases, "--from", middle))

    assert pending.code == 3
    assert_same(project, databases)
    assert_nothing_is_left_to_do(project, databases.script)


def test_a_script_goes_on_where_a_run_stopped(project: Shop, databases: Databases) -> None:
    first = min(path.stem for path in project.migrations.glob("2*.py"))
    project.works("migrate:up", "--url", databases.run)
    project.works("migrate:up", "--url", databases.script, "--to", first)

    run_script(databases, script(project, databases, "--from", first))

    assert_same(project, databases)


def test_scripts_lead_back(project: Shop, databases: Databases) -> None:
    """Back to the first migration, and then up again by `migrate:up`."""
    first, *_, last = sorted(path.stem for path in project.migrations.glob("2*.py"))
    project.works("migrate:up", "--url", databases.run)
    run_script(databases, script(project, databases))

    project.works("migrate:down", "--url", databases.run, "--to", first, "--yes")
    run_script(databases, script(project, databases, "--from", last, "--to", first))

    assert_same(project, databases)
    assert [entry.version for entry in journal(project, databases.script)] == [first]
    project.works("migrate:up", "--url", databases.script)
    assert project.works("schema:drift", "--url", databases.script).out == "✅ No drift.\n"


def test_rows_that_do_not_fit_stop_the_client(project: Shop, databases: Databases) -> None:
    """What a run looks at before it goes on, the script looks at, too; then nothing of that migration is done."""
    bad = 'db.add_column("customers", ColumnDef("nick", "String(10)", nullable=False))\n'
    project.works("migrate:up", "--url", databases.script)
    add_migration(project, "20990101_140000_bad", bad)

    done = databases.client.run(script(project, databases, "--from", PARTS), databases.script)

    assert done.returncode != 0
    assert "nick" in done.stderr
    assert "must not be null" in done.stderr
    assert "nick" not in str(schema(project, databases.script).table("customers").column_names)
    assert tables_of(databases.script) >= OWN_TABLES


BODIES = """\
db.modify_column("invoices", "status", type="Enum('open', 'paid', 'cancelled', 'void', name='invoice_status')")
db.insert_rows("invoices", [{"customer_id": 1, "status": "void", "total": "1.00"}])
db.execute_sql('''
    CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.full_name := upper(NEW.full_name); RETURN NEW; END $$;
    CREATE TRIGGER louder BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION loud();
    VACUUM customers;
''', only=["postgresql"])
db.execute_sql('''
    CREATE TRIGGER louder BEFORE INSERT ON customers FOR EACH ROW
    BEGIN
        IF NEW.full_name <> '' THEN SET NEW.full_name = upper(NEW.full_name); END IF;
    END;
''', only=["mysql"])
grace = {"id": 3, "email": "g@example.com", "full_name": "grace", "country": "US"}
db.insert_rows("customers", [{**grace, "rank": 1, "initial": "g"}])
"""


def add_migration(shop: Shop, version: str, up: str) -> None:
    lines = indent(up, " " * 8)
    text = _FILE.format(version=version, up=lines, down=" " * 8 + 'db.irreversible("a test")')
    (shop.migrations / f"{version}.py").write_text(text)


def test_bodies_and_what_stands_in_no_transaction(project: Shop, databases: Databases) -> None:
    """A trigger's body has semicolons; a new enum value that is used at once, and VACUUM, split the transaction."""
    add_migration(project, "20990101_140000_bodies", BODIES)
    project.works("migrate:up", "--url", databases.run)

    run_script(databases, script(project, databases))

    assert_same(project, databases)
    assert "GRACE" in str(rows(project, databases.script)["customers"])
    assert_nothing_is_left_to_do(project, databases.script)


def test_what_takes_python_is_refused_before_a_line_is_printed(
    project: Shop, databases: Databases
) -> None:
    add_migration(project, "20990101_140000_python", "db.run(print)\n")

    outcome = project.toasty("migrate:plan", "--dialect", databases.dialect, "--offline")
    before = script(project, databases, "--to", PARTS)

    assert outcome.is_one_clear_error("20990101_140000_python", "it takes Python to run it")
    assert outcome.out == ""
    run_script(databases, before)
