"""Folders to measure MongoDB in: migrations, and the bare PyMongo scripts that do the same work."""

from __future__ import annotations

from pathlib import Path

MIGRATION = '''"""Step {number}."""

from toasty_core import ColumnDef, IndexDef, Migration, MigrationContext, TableDef

{head}
class Migration_{version}(Migration):
    version = "{version}"

    def up(self, db: MigrationContext) -> None:
{up}

    def down(self, db: MigrationContext) -> None:
        pass
'''

TABLE = """        db.create_table(
            TableDef(
                name="{name}",
                columns=[
                    ColumnDef(name="id", type="Integer", nullable=False),
                    ColumnDef(name="name", type="String", nullable=False),
                    ColumnDef(name="n", type="String", nullable=False),
                    ColumnDef(name="k", type="Integer", nullable=False),
                ],
                primary_key=["id"],
            )
        )"""

NEXT = """
def following(row):
    return {"k": row["k"] + 1}

"""

BARE = """
import os, sys
from pymongo import MongoClient, UpdateOne

client = MongoClient(sys.argv[1], directConnection=True)
documents = client.get_default_database().t
{work}
client.close()
os._exit(0)  # else half a second goes by until the driver's thread ends
"""

BARE_LOOP = """updates = []
for document in documents.find():
    updates.append(UpdateOne({"_id": document["_id"]}, {"$set": {"k": document["k"] + 1}}))
    if len(updates) == 1000:
        documents.bulk_write(updates, ordered=False)
        updates = []
if updates:
    documents.bulk_write(updates, ordered=False)
"""

CHANGES = {
    "rename": (
        '        db.rename_column("t", "name", "title")',
        'documents.update_many({}, {"$rename": {"name": "title"}})',
    ),
    "convert": (
        '        db.modify_column("t", "n", type="Integer")',
        'documents.update_many({}, [{"$set": {"n": {"$toInt": "$n"}}}])',
    ),
    "python": ('        db.transform_rows("t", following)', BARE_LOOP),
}
"""What is done to each document, by a migration and by hand."""

BARE_INDEXES = """
import importlib.util, os, sys
from pymongo import MongoClient

client = MongoClient(sys.argv[1], directConnection=True)
database = client.get_default_database()
for name in sorted(name for name in os.listdir("bare") if name.endswith(".py")):
    spec = importlib.util.spec_from_file_location(name[:-3], os.path.join("bare", name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for command in module.UP:
        database.command(command)
    database.history.insert_one({"_id": name, "checksum": "x"})
client.close()
os._exit(0)
"""

PER_COLLECTION = 50
"""Indexes; MongoDB takes 64."""


def change_project(folder: Path, work: str) -> None:
    """Two migrations, the collection and the change; `bare_mongo.py URL` does the change by hand."""
    up, bare = CHANGES[work]
    (folder / "migrations").mkdir(parents=True)
    _write(folder, 0, TABLE.format(name="t"))
    _write(folder, 1, up, NEXT if work == "python" else "")
    (folder / "bare_mongo.py").write_text(BARE.replace("{work}", bare))


def index_project(folder: Path, count: int) -> None:
    """`count` migrations that make an index each, every fiftieth also its collection; and the bare twins."""
    (folder / "migrations").mkdir(parents=True)
    (folder / "bare").mkdir()
    (folder / "bare_mongo.py").write_text(BARE_INDEXES)
    for number in range(count):
        table, rank = f"t{number // PER_COLLECTION}", number % PER_COLLECTION
        keys = (["name", "n"], ["n", "name"])[rank % 2]
        index, filter_ = f"ix{rank}", {"k": {"$gt": rank}}
        up = [] if rank else [TABLE.format(name=table)]
        where = f'{{"k": {{"$gt": {rank}}}}}'
        up.append(
            f'        db.create_index("{table}", IndexDef("{index}", {keys}, where=expr(mongodb=\'{where}\')))'
        )
        name = _write(folder, number, "\n".join(up), "from toasty_core import expr\n\n")
        spec = {
            "key": dict.fromkeys(keys, 1),
            "name": index,
            "partialFilterExpression": filter_,
        }
        bare = [] if rank else [{"create": table}]
        bare.append({"createIndexes": table, "indexes": [spec]})
        (folder / "bare" / f"{name}.py").write_text(f"UP = {bare!r}\n")


def _write(folder: Path, number: int, up: str, head: str = "") -> str:
    name = f"20200101_{number // 3600:02}{number % 3600 // 60:02}{number % 60:02}_step_{number:04}"
    text = MIGRATION.format(number=number, version=name, up=up, head=head)
    (folder / "migrations" / f"{name}.py").write_text(text)
    return name
