"""What `migrate:plan --dialect mongodb --offline` prints, run by MongoDB's own shell, unchanged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import UUID

import bson
import bson.binary
import pytest
from attrs import frozen
from pymongo import MongoClient

from clients import Mongosh, find_mongosh
from mongo_stops import REFUSED, STOPS
from mongo_tales import NARROW, TALES
from shop import Shop
from test_shop_mongo import ADDRESS, EXAMPLE
from toasty_core import api
from toasty_core.errors import StatementFailed
from toasty_core.operations import CreateTable, RenameColumn
from toasty_core.schema import ColumnDef, TableDef
from toasty_core.testing.bench import Bench
from toasty_core.url import Url
from toasty_mongo import MongoBackend

OWN = ("toasty_", "system.")
_STANDARD = bson.CodecOptions(uuid_representation=bson.binary.UuidRepresentation.STANDARD)

_ALL = """\
const failed = {};
for (const [name, database, path] of %s) {
  try {
    db = db.getSiblingDB(database);
    load(path);
  } catch (error) {
    failed[name] = String(error.message);
  }
}
print(JSON.stringify(failed));
"""
"""One start of mongosh for many scripts, each of them loaded as it is."""


@frozen
class Stage:
    """Where tales are told: many databases of one server."""

    folder: Path
    url: str
    client: MongoClient[Any]
    mongosh: Mongosh

    def database(self, number: int, kind: str) -> str:
        """A name of its own."""
        return f"{Url.parse(self.url).database}_{number}_{kind}"

    def bench(self, number: int, kind: str) -> Bench:
        """The files of a tale, and one of its databases."""
        place = Url.parse(self.url).database
        url = self.url.replace(f"/{place}", f"/{self.database(number, kind)}", 1)
        return Bench(self.folder / f"tale{number}", url, MongoBackend(), lambda url, table: ())

    def play(self, scripts: dict[str, tuple[str, str]]) -> dict[str, str]:
        """Runs each script in its database, and gives the errors of those that stopped."""
        listed = []
        for number, (name, (database, text)) in enumerate(scripts.items()):
            path = self.folder / f"script{number}.js"
            path.write_text(text, encoding="utf-8")
            listed.append([name, database, str(path)])
        everything = self.folder / "all.js"
        everything.write_text(_ALL % json.dumps(listed), encoding="utf-8")
        done = self.mongosh.run(everything, self.url)
        assert done.returncode == 0, done.stderr + done.stdout
        failed: dict[str, str] = json.loads(done.stdout.rstrip("\n").rpartition("\n")[2])
        return failed

    def alone(self, text: str, url: str) -> CompletedProcess[str]:
        """Runs one script as the page says, and gives how it ended."""
        path = self.folder / "upgrade.js"
        path.write_text(text, encoding="utf-8")
        return self.mongosh.run(path, url)

    def picture(self, database: str) -> dict[str, Any]:
        """All that the server says of a database's collections, and what is in them, to the byte."""
        found = self.client[database]
        own = [one for one in found.list_collections() if not one["name"].startswith(OWN)]
        return {
            one["name"]: (
                one["type"],
                one["options"],
                sorted(map(repr, found[one["name"]].list_indexes())),
                sorted(map(_bytes, found[one["name"]].find())),
            )
            for one in sorted(own, key=lambda one: one["name"])
        }


def _bytes(document: Any) -> bytes:
    return bson.encode(_still(document), codec_options=_STANDARD)


def _still(value: Any) -> Any:
    """The value; one that was made when it was written in words."""
    match value:
        case dict():
            return {name: _still(item) for name, item in value.items()}
        case list():
            return [_still(item) for item in value]
        case bson.ObjectId() if _is_new(value.generation_time):
            return "new id"
        case datetime() if _is_new(value.replace(tzinfo=timezone.utc)):
            return "now"
        case UUID(version=4):
            return "random"
    return value


def _is_new(moment: datetime) -> bool:
    return abs(moment - datetime.now(timezone.utc)) < timedelta(hours=1)


@pytest.fixture
def stage(tmp_path: Path, mongo_url: str) -> Iterator[Stage]:
    """On a server alone and on a replica set."""
    with MongoClient[Any](mongo_url, uuidRepresentation="standard") as client:
        yield Stage(tmp_path, mongo_url, client, find_mongosh(tmp_path))
        place = Url.parse(mongo_url).database
        for name in client.list_database_names():
            if name.startswith(f"{place}_"):
                client.drop_database(name)


def script(bench: Bench, **words: str) -> str:
    """What `migrate:plan --offline` prints."""
    return "\n".join(api.offline_script(bench.project, "mongodb", **words)) + "\n"


def states(bench: Bench) -> list[str]:
    """What `migrate:status` says of each migration."""
    return [entry.state.value for entry in api.status(bench.project).entries]


def test_scripts_lead_to_what_runs_make(stage: Stage) -> None:
    """The same collections, validators, indexes and documents; the journal says so, and nothing is left to do.

    And so on the way back.
    """
    up, down = {}, {}
    for number, tale in enumerate(TALES):
        run, place = stage.bench(number, "run"), stage.database(number, "sh")
        first, last = tale.write(run)
        up[tale.name] = place, script(run)
        if tale.down != ():
            down[tale.name] = place, script(run, from_=last, to=first)
    assert stage.play(up) == {}
    assert [wrong for number in range(len(TALES)) for wrong in compared_up(stage, number)] == []

    assert stage.play(down) == {}
    back = [number for number, tale in enumerate(TALES) if tale.name in down]
    assert len(back) > 50
    assert [wrong for number in back for wrong in compared_down(stage, number)] == []


def compared_up(stage: Stage, number: int) -> Iterator[str]:
    """What is not as it should be behind a tale's script."""
    name = TALES[number].name
    stage.bench(number, "run").up()
    told = stage.bench(number, "sh")
    if states(told) != ["applied", "applied"]:
        yield f"{name}: the journal says {states(told)}"
    if told.up().done:
        yield f"{name}: something is left to do"
    yield from differences(stage, number)


def compared_down(stage: Stage, number: int) -> Iterator[str]:
    """The same behind the script that leads back."""
    stage.bench(number, "run").down()
    told = stage.bench(number, "sh")
    if states(told) != ["applied", "pending"]:
        yield f"{TALES[number].name}: the journal says {states(told)}"
    yield from differences(stage, number)


def differences(stage: Stage, number: int) -> Iterator[str]:
    """Where the databases of the run and of the script differ."""
    ours, theirs = (stage.picture(stage.database(number, kind)) for kind in ("run", "sh"))
    if ours != theirs:
        yield f"{TALES[number].name}: a run makes\n{ours}, the script\n{theirs}"


def test_scripts_stop_where_something_fails(stage: Stage) -> None:
    """Writes that are refused, commands that fail, documents that do not fit: the journal does not say applied."""
    scripts = {}
    for number, tale in enumerate(STOPS):
        run = stage.bench(number, "run")
        tale.write(run)
        scripts[tale.name] = stage.database(number, "sh"), script(run)

    said = stage.play(scripts)

    for number, tale in enumerate(STOPS):
        assert tale.says in said[tale.name], tale.name
        assert states(stage.bench(number, "sh")) == ["applied", "pending"], tale.name
    for number in (0, 1):
        left = stage.client[stage.database(number, "sh")].t.find()
        assert [one["_id"] for one in left] == [1, 2], "all or none"
    guarded = stage.client[stage.database(len(STOPS) - 1, "sh")]
    guarded.t.insert_one({"_id": 4, "n": 4})
    assert guarded.list_collection_names(filter={"name": {"$regex": "copy"}}) == []


def test_mongosh_says_that_a_script_stopped(stage: Stage) -> None:
    """Its exit code is not 0, and nothing behind the refused row is done; mended, the rest of the script is."""
    tale = STOPS[0]
    bench = stage.bench(0, "sh")
    tale.write(bench)
    bench.write([CreateTable(TableDef("later", [ColumnDef("id", "Integer")], primary_key=["id"]))])

    text = script(bench)
    done = stage.alone(text, bench.url)

    assert done.returncode != 0
    assert "E11000" in done.stderr + done.stdout
    assert states(bench) == ["applied", "pending", "pending"]
    left = stage.client[stage.database(0, "sh")]
    assert "later" not in left.list_collection_names()

    left.t.delete_one({"_id": 1})
    functions, refused = text.partition("\n// 2")[0], text.rindex("\nput(")
    assert stage.alone(functions + text[refused:], bench.url).returncode == 0
    assert states(bench) == ["applied"] * 3
    assert [one["_id"] for one in left.t.find()] == [2, 5, 1]


def test_runs_heed_the_validator_where_scripts_do(stage: Stage) -> None:
    """A value that could break it is looked at, and so a document that broke it long before is in the way."""
    heeding = [tale for tale in STOPS if tale.says == REFUSED]
    for number, tale in enumerate(heeding):
        run = stage.bench(number, "run")
        tale.write(run)
        with pytest.raises(StatementFailed, match="validator"):
            run.up()
    assert len(heeding) == 5


def test_scripts_stop_where_others_go_on_writing_the_old_form(stage: Stage) -> None:
    """As runs do: what comes between the look at the documents and their change is not left behind in silence."""
    bench = stage.bench(0, "sh")
    bench.write([CreateTable(TableDef("t", NARROW, primary_key=["id"]))])
    bench.write([RenameColumn("t", "n", "m")])
    looked, change, rest = script(bench).partition("\npast(")
    late = "\ndb.t.insertOne({_id: 4, n: 1, m: 2});"

    done = stage.alone(looked + late + change + rest, bench.url)

    assert done.returncode != 0
    assert "t: documents are not as they should be, though all were changed: _id = 4" in done.stderr
    assert states(bench) == ["applied", "pending"]


def test_as_the_page_says(stage: Stage) -> None:
    """The script that is typed at a shell; and what a plan shows, the commands of which mongosh takes, too."""
    shop = Shop(stage.folder, stage.url)
    other = stage.bench(0, "run")
    shutil.copy(EXAMPLE.folder / "models_v1.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "first")
    printed = shop.works("migrate:plan", "--dialect", "mongodb", "--offline").out
    assert stage.alone(printed, stage.url).returncode == 0
    assert shop.works("migrate:up").out.startswith("Nothing to apply")
    assert shop.works("schema:drift").out == "✅ No drift.\n"
    shop.works("migrate:up", "--url", other.url)
    ours, theirs = (Url.parse(url).database for url in (other.url, stage.url))
    for name in (ours, theirs):
        ada = {"email": "ada@example.com", "name": "Ada", "age": "36", "address": ADDRESS}
        stage.client[name].customers.insert_one({"_id": 7, **ada})

    shutil.copy(EXAMPLE.folder / "models_v2.py", shop.folder / "models.py")
    shop.works("migrate:generate", "-m", "second", "--fill", "customers.country=CH")
    shown = shop.works("migrate:plan").out.splitlines()
    commands = [line for line in shown if line.startswith(("db.", "//"))]
    done = stage.alone("\n".join(commands), stage.url)

    assert done.returncode == 0, done.stderr
    shop.works("migrate:up", "--url", other.url)
    assert stage.picture(theirs) == stage.picture(ours)
    found = stage.client[theirs].customers.find_one({"_id": 7})
    assert found is not None
    assert found["age"] == 36
