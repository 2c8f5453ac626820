"""MongoDB, alone and as a replica set: documents changed, and indexes made, against bare PyMongo.

Two ratios for each work: seconds by the clock, and CPU seconds of client and server together, which say more on a
machine that does other things too. `TOASTY_BENCH_DOCUMENTS` gives another number of documents than a million.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from measure import Command, Figures, Row, python, run_once, toasty
from mongo_projects import CHANGES, change_project, index_project
from toasty_testservers.kinds import all_kinds
from toasty_testservers.server import Server
from toasty_testservers.servers import Servers

DOCUMENTS = int(os.environ.get("TOASTY_BENCH_DOCUMENTS", "1000000"))
MIGRATIONS = 1000
ROUNDS = 3
KINDS = {"mongod": "standalone", "mongoset": "replica set"}
GOALS = {
    ("rename", "mongod"): 1.2,
    ("rename", "mongoset"): 1.8,
    ("convert", "mongod"): 1.2,
    ("convert", "mongoset"): 1.8,
    ("python", "mongod"): 1.3,
    ("python", "mongoset"): 1.3,
}


class Place(NamedTuple):
    """A server to measure on, and the folder for its projects."""

    kind: str
    server: Server
    folder: Path
    client: Any

    def cpu(self) -> float:
        """The CPU seconds that the server has taken so far."""
        pid = self.client.admin.command("serverStatus")["pid"]
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Taken(NamedTuple):
    """What one run took, in seconds, and its client's peak memory in MiB."""

    seconds: float
    cpu: float
    memory: float


def rows(folder: Path) -> list[Row]:
    """All works on both deployments."""
    from pymongo import MongoClient

    servers = Servers(all_kinds())
    found: list[Row] = []
    try:
        for kind in KINDS:
            server = servers.server(servers.kinds[kind])
            client = MongoClient(server.url(), directConnection=True)
            place = Place(kind, server, folder / kind, client)
            _fill(place)
            for work in CHANGES:
                found += _change(place, work)
            found += _indexes(place)
            client.close()
    finally:
        servers.close()
    return found


def _fill(place: Place) -> None:
    """The documents that every run gets a copy of."""
    documents = place.client.bench_source.documents
    for first in range(0, DOCUMENTS, 10_000):
        numbers = range(first, min(first + 10_000, DOCUMENTS))
        documents.insert_many(
            [{"_id": n, "name": f"name {n}", "n": str(n), "k": n % 7} for n in numbers]
        )


def _change(place: Place, work: str) -> list[Row]:
    folder = place.folder / work
    change_project(folder, work)
    first = toasty("migrate:up", "--count", "1", "--url", place.server.url("bench_ours"))

    def ours() -> None:
        place.client.drop_database("bench_ours")
        run_once(Command("first", first, folder))
        _copy(place, "bench_ours")

    def bare() -> None:
        place.client.drop_database("bench_bare")
        _copy(place, "bench_bare")

    title = f"{work}, {DOCUMENTS:,} documents, {KINDS[place.kind]}"
    return _compared(place, title, _commands(place, folder, ours, bare), GOALS[work, place.kind])


def _copy(place: Place, database: str) -> None:
    out = {"$out": {"db": database, "coll": "t"}}  # it keeps the validator that is there
    place.client.bench_source.documents.aggregate([out])
    place.client.admin.command("fsync")


def _indexes(place: Place) -> list[Row]:
    folder = place.folder / "indexes"
    index_project(folder, MIGRATIONS)

    def ours() -> None:
        place.client.drop_database("bench_ours")

    def bare() -> None:
        place.client.drop_database("bench_bare")

    title = f"{MIGRATIONS:,} migrations with an index each, {KINDS[place.kind]}"
    return _compared(place, title, _commands(place, folder, ours, bare), 1.4)


def _commands(
    place: Place, folder: Path, ours: Callable[[], None], bare: Callable[[], None]
) -> tuple[Command, Command]:
    up = toasty("migrate:up", "--url", place.server.url("bench_ours"))
    base = python("bare_mongo.py", place.server.url("bench_bare"))
    return Command("up", up, folder, ours), Command("bare", base, folder, bare)


def _compared(
    place: Place, title: str, commands: tuple[Command, Command], goal: float
) -> list[Row]:
    """Both in turn, the order changing from round to round."""
    taken: tuple[list[Taken], list[Taken]] = ([], [])
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            taken[which].append(_timed(place, commands[which]))
    for name in ("bench_ours", "bench_bare"):
        place.client.drop_database(name)
    seconds = [_median("", [(one.seconds, one.memory) for one in runs]) for runs in taken]
    cpu = [_median("", [(one.cpu, one.memory) for one in runs]) for runs in taken]
    return [
        Row(f"{title}: seconds", seconds[0], seconds[1], goal),
        Row(f"{title}: CPU", cpu[0], cpu[1], goal),
    ]


def _timed(place: Place, command: Command) -> Taken:
    if command.prepare is not None:
        command.prepare()
    before, began = place.cpu(), time.perf_counter()
    client, memory = run_once(replace(command, prepare=None))
    return Taken(time.perf_counter() - began, client + place.cpu() - before, memory)


def _median(name: str, figures: list[tuple[float, float]]) -> Figures:
    first, second = zip(*figures, strict=True)
    return Figures(name, statistics.median(first), statistics.median(second))
