"""Folders to measure MongoDB in: migrations, and the bare PyMongo scripts that do the same work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from migration_files import LOAD_MODULE, Step, table

COLUMNS = {"id": "Integer", "name": "String", "n": "String", "k": "Integer"}

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
LOAD_MODULE
    for command in module.UP:
        database.command(command)
    database.history.insert_one({"_id": name, "checksum": "x"})
client.close()
os._exit(0)
""".replace("LOAD_MODULE", LOAD_MODULE)

_NAMES = ("TableDef",)

PER_COLLECTION = 50
"""Indexes; MongoDB takes 64."""


def change_project(folder: Path, work: str) -> None:
    """Two migrations, the collection and the change; `bare_mongo.py URL` does the change by hand."""
    up, bare = CHANGES[work]
    (folder / "migrations").mkdir(parents=True)
    _write(folder, 0, Step(table("t", COLUMNS), names=_NAMES))
    _write(folder, 1, Step(up, head=NEXT if work == "python" else "", names=_NAMES))
    (folder / "bare_mongo.py").write_text(BARE.replace("{work}", bare))


def index_project(folder: Path, count: int) -> None:
    """`count` migrations that make an index each, every fiftieth also its collection; and the bare twins."""
    (folder / "migrations").mkdir(parents=True)
    (folder / "bare").mkdir()
    (folder / "bare_mongo.py").write_text(BARE_INDEXES)
    for number in range(count):
        name, rank = f"t{number // PER_COLLECTION}", number % PER_COLLECTION
        keys = (["name", "n"], ["n", "name"])[rank % 2]
        index, filter_ = f"ix{rank}", {"k": {"$gt": rank}}
        up = [] if rank else [table(name, COLUMNS)]
        where = f'{{"k": {{"$gt": {rank}}}}}'
        up.append(
            f'        db.create_index("{name}", IndexDef("{index}", {keys}, where=expr(mongodb=\'{where}\')))'
        )
        head = "from toasty_core import expr\n\n"
        version = _write(folder, number, Step("\n".join(up), head=head, names=_NAMES))
        spec = {
            "key": dict.fromkeys(keys, 1),
            "name": index,
            "partialFilterExpression": filter_,
        }
        bare: list[dict[str, Any]] = [] if rank else [{"create": name}]
        bare.append({"createIndexes": name, "indexes": [spec]})
        (folder / "bare" / f"{version}.py").write_text(f"UP = {bare!r}\n")


def _write(folder: Path, number: int, step: Step) -> str:
    version = (
        f"20200101_{number // 3600:02}{number % 3600 // 60:02}{number % 60:02}_step_{number:04}"
    )
    step.write(folder / "migrations", version, number)
    return version
