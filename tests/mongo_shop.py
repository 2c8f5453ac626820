"""The small project on MongoDB: driven through the installed `toasty`, looked at with PyMongo past it."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, frozen
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from server_shop import DatabaseShop, end_of, until
from shop import Shop
from toasty_core.url import Url
from toasty_testservers.kind import Installation
from toasty_testservers.kinds.mongod import Mongod

MANY = 5_000

SLOWLY = """\
import time
from toasty_core import *  # noqa: F403


def older(row):
    time.sleep(0.0004)
    return {{"n": row["n"] + 1}}
"""


@define
class MongoShop(DatabaseShop):
    """A project and its database; `judge` looks at it without Toasty."""

    client: MongoClient[Any]

    @property
    def judge(self) -> Any:
        """PyMongo's database."""
        place = Url.parse(self.url)
        return self.client[place.option("database") or place.database]

    def states(self) -> list[str]:
        """The states in the journal, in the order of the versions."""
        return [row["state"] for row in self.judge.toasty_migrations.find(sort=[("_id", 1)])]

    def fill(self, many: int = MANY) -> None:
        """Documents in `people` and `posts`: the `_id` is a number, the other field tells of it."""
        self.judge.people.insert_many([{"_id": n, "name": f"name {n}"} for n in range(1, many + 1)])
        self.judge.posts.insert_many([{"_id": n, "author": n} for n in range(1, many + 1)])

    def indexes(self, collection: str) -> list[str]:
        """The names of a collection's indexes that are ready."""
        found = self.judge.command("listIndexes", collection, includeBuildUUIDs=True)
        specs = found["cursor"]["firstBatch"]
        return sorted(spec["name"] for spec in specs if "buildUUID" not in spec)

    def work(self, process: subprocess.Popen[str], **words: Any) -> dict[str, Any]:
        """Waits until the server is at something like this, and gives what `$currentOp` says of it."""

        def look() -> dict[str, Any] | None:
            if process.poll() is not None:
                raise AssertionError(end_of(process))
            stages = [{"$currentOp": {"allUsers": True}}, {"$match": words}]
            return next(iter(self.client.admin.aggregate(stages)), None)

        found: dict[str, Any] = until(look)
        return found

    def progress(self, process: subprocess.Popen[str], batches: int = 2) -> None:
        """Waits until a transformation has noted its progress so many times."""
        seen: list[Any] = []

        def look() -> bool:
            if process.poll() is not None:
                raise AssertionError(end_of(process))
            notes = (self.judge.toasty_migrations.find_one({"state": "running"}) or {}).get(
                "progress"
            )
            if notes and notes not in seen:
                seen.append(notes)
            return len(seen) > batches

        until(look)


def open_mongo_shop(
    folder: Path, url: str, admin: str | None = None
) -> Generator[MongoShop, None, None]:
    """A project without migrations on an empty database. `admin`: the URL for the judge, where it is another one."""
    with MongoClient[Any](admin or url, uuidRepresentation="standard") as client:
        yield MongoShop(Shop(folder, url), client)


@frozen
class FlaggedMongod(Mongod):
    """A MongoDB server with further flags, and `tls`: how a client speaks with it."""

    flags: tuple[str, ...] = ()
    tls: str = ""

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        return (*super().serve(found, folder, port), *self.flags)

    def is_ready(self, found: Installation, port: int) -> bool:
        if not self.tls:
            return super().is_ready(found, port)
        url = f"mongodb://127.0.0.1:{port}/?{self.tls}&serverSelectionTimeoutMS=300"
        try:
            with MongoClient[Any](url) as client:
                return bool(client.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False


@contextmanager
def failing(client: MongoClient[Any], point: str, **data: Any) -> Iterator[None]:
    """Sets one of the server's fail points, which a server started with `enableTestCommands=1` has, for a while."""
    client.admin.command({"configureFailPoint": point, "mode": "alwaysOn", "data": data})
    try:
        yield
    finally:
        client.admin.command({"configureFailPoint": point, "mode": "off"})
