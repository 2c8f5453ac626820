"""DynamoDB Local: items renamed and transformed, tables and indexes made, against bare boto3.

Two ratios for changes of items: seconds by the clock, and CPU seconds of client and server together, which say more on
a machine that does other things too. `TOASTY_BENCH_ITEMS` gives another number of items than 100,000.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dynamo_projects import item_project, table_project
from measure import Command, Figures, Row, python, run_once, toasty
from toasty_testservers.kinds import all_kinds
from toasty_testservers.kinds.dynamodb import DYNAMODB_IN_MEMORY, client_of, drop_tables
from toasty_testservers.server import Server
from toasty_testservers.servers import Servers

ITEMS = int(os.environ.get("TOASTY_BENCH_ITEMS", "100000"))
ROUNDS = int(os.environ.get("TOASTY_BENCH_ROUNDS", "3"))
TABLES, INDEXES = 20, 10
NAMES = ("name", "title")
KEYS = ("ours", "bare", "single")
"""Access keys: each has tables of its own."""


class Taken(NamedTuple):
    """What one run took, in seconds, and its client's peak memory in MiB."""

    seconds: float
    cpu: float
    memory: float


class Place(NamedTuple):
    """A server to measure on, and the folder of the project."""

    server: Server
    folder: Path

    def client(self, key: str) -> Any:
        """A client of the database that an access key has for itself."""
        return client_of(self.server, key)

    def url(self, key: str) -> str:
        """Toasty's URL of that database."""
        return f"dynamodb://{key}:secret@{self.server.host}:{self.server.port}"

    def bare(self, script: str, key: str, *words: str) -> Command:
        """A bare script."""
        address = f"http://{self.server.host}:{self.server.port}"
        arguments = python(f"bare_{script}.py", address, key, *words)
        return Command(script, arguments, self.folder)

    def toasty(self, key: str, *words: str) -> Command:
        """A command of Toasty's."""
        return Command("toasty", toasty(*words, "--url", self.url(key)), self.folder)

    def cpu(self) -> float:
        """The CPU seconds that the server has taken so far."""
        stat = Path(f"/proc/{_process(self.server.port)}/stat").read_text()
        words = stat.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _process(port: int) -> str:
    """The number of the process that was told to listen at a port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(port).encode() in words and b"java" in words[0]:
            return folder.name
    raise RuntimeError(f"no server listens at {port}")


def rows(folder: Path) -> list[Row]:
    """All works."""
    servers = Servers(all_kinds())
    try:
        place = Place(servers.server(DYNAMODB_IN_MEMORY), folder / "items")
        slow = Place(servers.server(servers.kinds["dynamodb_slow"]), folder / "tables")
        return [*_items(place), *_tables(slow)]
    finally:
        servers.close()


# Items.


def _items(place: Place) -> list[Row]:
    item_project(place.folder)
    for key in KEYS:
        run_once(place.toasty(key, "migrate:up", "--count", "1"))
        _fill(place.client(key))
    found = [*_renames(place), *_exact(place)]
    for key in KEYS:
        drop_tables(place.client(key))
    return found


def _fill(client: Any) -> None:
    for first in range(0, ITEMS, 25):
        requests = [_put(n) for n in range(first, min(first + 25, ITEMS))]
        client.batch_write_item(RequestItems={"items": requests})


def _put(number: int) -> dict[str, Any]:
    item = {"id": {"N": str(number)}, "name": {"S": f"name {number}"}, "n": {"N": "0"}}
    return {"PutRequest": {"Item": item}}


def _renames(place: Place) -> list[Row]:
    """There and back again, so that every run finds the same."""
    commands = {
        "ours": [place.toasty("ours", "migrate:up", "--count", "1"), _down(place)],
        "partiql": [place.bare("partiql", "bare", *pair) for pair in (NAMES, NAMES[::-1])],
        "update_item": [
            place.bare("update_item", "single", *pair) for pair in (NAMES, NAMES[::-1])
        ],
    }
    for command in commands["partiql"]:  # the server is slower until it has seen the work
        run_once(command)
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for number in range(2 * ((ROUNDS + 1) // 2)):
        for name in sorted(commands, reverse=bool(number % 2)):
            taken[name].append(_timed(place, commands[name][number % 2]))
    title = f"rename, {ITEMS:,} items"
    ours, loop, single = taken["ours"], taken["partiql"], taken["update_item"]
    return [
        *_rows(f"{title} / scan and PartiQL by 25", ours, loop, 1.3),
        *_rows(f"{title} / scan and UpdateItem", ours, single, 1 / 3),
    ]


def _down(place: Place) -> Command:
    return place.toasty("ours", "migrate:down", "--yes")


def _exact(place: Place) -> list[Row]:
    run_once(place.toasty("ours", "migrate:up", "--count", "1"))
    ours: list[Taken] = []
    bare: dict[str, list[Taken]] = {"1": [], "8": []}
    for _ in range(ROUNDS):
        ours.append(_timed(place, place.toasty("ours", "migrate:up")))
        run_once(_down(place))
        for segments, taken in bare.items():
            taken.append(_timed(place, place.bare("exact", "bare", segments)))
    title = f"exactly once, {ITEMS:,} items"
    return [
        *_rows(f"{title} / TransactWriteItems, 8 segments", ours, bare["8"], 1.3),
        *_rows(f"{title} / TransactWriteItems, 1 segment", ours, bare["1"], 1.3),
    ]


# Tables.


def _tables(place: Place) -> list[Row]:
    table_project(place.folder, TABLES, INDEXES)
    ours = _timed(place, place.toasty("tablesours", "migrate:up"))
    wide = _timed(place, place.toasty("tableswide", "migrate:up", "--jobs", str(TABLES)))
    bare = _timed(place, place.bare("tables", "tablesbare", str(TABLES), str(INDEXES)))
    for key in ("tablesours", "tableswide", "tablesbare"):
        drop_tables(place.client(key))
    title = f"{TABLES} tables, {INDEXES} indexes"
    return [
        _rows(f"{title} / one after another", [ours], [bare], 1 / 4)[0],
        _rows(f"{title}, --jobs {TABLES} / one after another", [wide], [bare], 1 / 4)[0],
    ]


# Measuring.


def _timed(place: Place, command: Command) -> Taken:
    before, began = place.cpu(), time.perf_counter()
    client, memory = run_once(command)
    return Taken(time.perf_counter() - began, client + place.cpu() - before, memory)


def _rows(title: str, ours: Sequence[Taken], base: Sequence[Taken], goal: float) -> list[Row]:
    return [
        Row(f"{title}: seconds", _seconds(ours), _seconds(base), goal),
        Row(f"{title}: CPU", _cpu(ours), _cpu(base), goal),
    ]


def _seconds(taken: Sequence[Taken]) -> Figures:
    return _median(taken, [one.seconds for one in taken])


def _cpu(taken: Sequence[Taken]) -> Figures:
    return _median(taken, [one.cpu for one in taken])


def _median(taken: Sequence[Taken], times: Sequence[float]) -> Figures:
    memory = statistics.median(one.memory for one in taken)
    return Figures("", statistics.median(times), memory)
