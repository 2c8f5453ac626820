"""A small real backend without transactions, so that each statement is journaled: a shelf, kept in a JSON file."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pluggy
import pytest
from attrs import frozen

from toasty_core import api
from toasty_core.backends import (
    Backend,
    Database,
    DataCheck,
    Effect,
    Features,
    JournalEntry,
    JournalState,
    Live,
    LockOwner,
    Statement,
    Support,
    TableSize,
    Violations,
    Work,
)
from toasty_core.errors import (
    ConnectionFailed,
    LockNotAvailable,
    StatementFailed,
    Unsupported,
)
from toasty_core.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    InsertRows,
    Run,
    UpdateRows,
)
from toasty_core.plugins import Hooks, hookimpl
from toasty_core.plugins.specs import PROJECT
from toasty_core.schema import ColumnDef, Literal, SchemaSnapshot, TableDef


class Verb(Enum):
    CREATE = "create"
    DROP = "drop"
    ADD = "add"
    FILL = "fill"
    REMOVE = "remove"
    INDEX = "index"
    UNINDEX = "unindex"
    INSERT = "insert"
    UPDATE = "update"
    CALL = "call"
    POLISH = "polish"
    COUNT = "count"


@frozen
class Command(Statement):
    verb: Verb
    table: str
    name: str = ""
    value: object = None

    @property
    def repeatable(self) -> bool:
        return self.verb in (Verb.FILL, Verb.UPDATE, Verb.POLISH)

    @property
    def effects(self):
        blocking = self.verb is Verb.REMOVE
        work = Work.REWRITE if blocking else Work.CATALOG
        return (Effect(self.table, "THE WHOLE SHELF", work, blocking),) if self.table else ()

    def __str__(self) -> str:
        return f"{self.verb.value} {self.table} {self.name}".strip()


class ShelfBackend(Backend):
    name = "shelf"
    features = Features(drop_column=Support.NATIVE, indexes=Support.NATIVE)

    def __init__(self, large=()):
        self.large = tuple(large)

    @property
    def form(self):
        return " ".join(self.large)

    def in_form(self, form):
        return ShelfBackend(form.split())

    def compile(self, operation, before):
        match operation:
            case CreateTable(table):
                yield Command(Verb.CREATE, table.key, value=list(table.column_names))
            case DropTable(table):
                yield Command(Verb.DROP, table)
            case AddColumn(table, column, fill):
                yield Command(Verb.ADD, table, column.name)
                if fill is not None:
                    assert isinstance(fill, Literal)
                    yield Command(Verb.FILL, table, column.name, fill.value)
            case DropColumn(table, column):
                yield Command(Verb.REMOVE, table, column)
            case CreateIndex(table, index):
                yield Command(Verb.INDEX, table, index.name)
                if table in self.large:
                    yield Command(Verb.POLISH, table, index.name)
            case DropIndex(table, index):
                yield Command(Verb.UNINDEX, table, index)
            case InsertRows(table, rows):
                yield Command(Verb.INSERT, table, value=list(rows))
            case UpdateRows(table, values):
                yield Command(Verb.UPDATE, table, value=dict(values))
            case Run(function):
                yield Command(Verb.CALL, "", function.__name__, function)
            case _:
                raise Unsupported(f"a shelf cannot {operation.describe()}", reason="it is a shelf")

    def checks(self, operation, before):
        if isinstance(operation, AddColumn) and operation.column.needs_fill and not operation.fill:
            where = f"{operation.table}.{operation.column.name}"
            query = Command(Verb.COUNT, operation.table)
            yield DataCheck(where, "would have no value", "write fill=", query)

    def connect(self, url):
        return Shelf(self, url)


@contextmanager
def changing(file):
    """The content of a shelf's file, to be changed in place; one changes at a time."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = json.loads(file.read_text() if file.exists() else EMPTY)
        yield content
        new = file.with_suffix(".new")
        new.write_text(json.dumps(content))
        os.replace(new, file)


EMPTY = '{"tables": {}, "rows": {}, "journal": {}, "lock": null}'


class LiveShelf(Live):
    def __init__(self, shelf):
        super().__init__("shelf")
        self.shelf = shelf


class Shelf(Database):
    def __init__(self, backend, url):
        self.backend, self.url = backend, url
        self.file: Any = Path(url.path)  # None, once it is closed
        if not self.file.parent.is_dir():
            raise ConnectionFailed(f"no folder {self.file.parent}")

    def close(self):
        self.file = None

    def version(self):
        return "Shelf 1"

    def load(self):
        return json.loads(self.file.read_text() if self.file.exists() else EMPTY)

    def execute(self, statement):
        if statement.verb is Verb.CALL:
            statement.value(self.live())
            return
        with changing(self.file) as content:
            if statement.table in content.get("readers", {}):
                raise LockNotAvailable("somebody reads it", statement=str(statement))
            try:
                getattr(self, f"_{statement.verb.value}")(content, statement)
            except (KeyError, ValueError) as error:
                raise StatementFailed(f"no: {error!r}", statement=str(statement)) from error

    def _create(self, content, s):
        if s.table in content["tables"]:
            raise ValueError(f"{s.table} is there")
        content["tables"][s.table] = {"columns": s.value, "indexes": []}
        content["rows"][s.table] = []

    def _drop(self, content, s):
        del content["tables"][s.table], content["rows"][s.table]

    def _add(self, content, s):
        columns = content["tables"][s.table]["columns"]
        if s.name in columns:
            raise ValueError(f"{s.name} is there")
        columns.append(s.name)

    def _remove(self, content, s):
        content["tables"][s.table]["columns"].remove(s.name)

    def _fill(self, content, s):
        for row in content["rows"][s.table]:
            row.setdefault(s.name, s.value)

    def _index(self, content, s):
        content["tables"][s.table]["indexes"].append(s.name)

    def _unindex(self, content, s):
        content["tables"][s.table]["indexes"].remove(s.name)

    def _polish(self, content, s):
        content["tables"][s.table]["indexes"].sort()

    def _insert(self, content, s):
        content["rows"][s.table] += s.value

    def _update(self, content, s):
        for row in content["rows"][s.table]:
            row.update(s.value)

    def prepare(self, caution):
        sizes = self.sizes()
        rows = caution.large_table
        return ShelfBackend(key for key in sizes if rows is not None and sizes[key].rows >= rows)

    def sizes(self):
        rows = self.load()["rows"]
        return {key: TableSize(len(rows[key]), 100 * len(rows[key])) for key in sorted(rows)}

    def blockers(self, tables):
        readers = self.load().get("readers", {})
        return tuple(readers[key] for key in tables if key in readers)

    @contextmanager
    def transaction(self, statements=()):
        yield

    def introspect(self):
        tables = self.load()["tables"]
        return SchemaSnapshot.of(
            *(
                TableDef(key, [ColumnDef(name, "String") for name in table["columns"]])
                for key, table in tables.items()
            )
        )

    def violations(self, check):
        rows = self.load()["rows"]
        if check.query.table not in rows:
            raise StatementFailed(f"no table {check.query.table}")
        found = rows[check.query.table]
        return Violations(len(found), tuple(str(row) for row in found[:5]))

    def live(self):
        return LiveShelf(self)

    def has_landed(self, operation, before):
        tables = self.load()["tables"]
        match operation:
            case CreateTable(table):
                return table.key in tables
            case DropTable(table):
                return table not in tables
            case AddColumn(table, column):
                return column.name in tables[table]["columns"]
            case DropColumn(table, column):
                return column not in tables[table]["columns"]
            case CreateIndex(table, index):
                return index.name in tables[table]["indexes"]
            case DropIndex(table, index):
                return index not in tables[table]["indexes"]
        return None

    def statement_landed(self, statement, operation, before):
        if statement.verb is Verb.ADD:
            return statement.name in self.load()["tables"][statement.table]["columns"]
        return None

    def create_journal(self):
        with changing(self.file) as content:
            content.setdefault("journal", {})

    def read_journal(self):
        return [entry(row) for _, row in sorted(self.load()["journal"].items())]

    def write_journal(self, entry):
        row = entry._replace(started=None, finished=None)._asdict()
        with changing(self.file) as content:
            content["journal"][entry.version] = {**row, "state": entry.state.value}

    def delete_journal(self, version):
        with changing(self.file) as content:
            content["journal"].pop(version, None)

    def take_lock(self, owner, lease):
        with changing(self.file) as content:
            holder = owner_of(content)
            if holder is None or holder.token == owner.token:
                content["lock"] = {**owner._asdict(), "since": str(owner.since)}
                return None
            return holder

    def lock_holder(self):
        return owner_of(self.load())

    def release_lock(self, owner):
        with changing(self.file) as content:
            if content["lock"] and content["lock"]["token"] == owner.token:
                content["lock"] = None


def owner_of(content):
    lock = content["lock"]
    since = lock and datetime.fromisoformat(lock["since"])
    return lock and LockOwner(**{**lock, "since": since})


def entry(row):
    return JournalEntry(**{**row, "state": JournalState(row["state"])})


class Place:
    """A project on a shelf, and what tests do with it."""

    def __init__(self, folder):
        self.folder = folder / "migrations"
        self.folder.mkdir()
        self.file = folder / "shelf.json"
        self.listeners = []

    def project(self, **settings):
        from toasty_core.plugins import specs

        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(specs)
        manager.register(ShelfPlugin())
        for listener in self.listeners:
            manager.register(listener)
        url = f"shelf:{self.file}"
        return api.Project(self.folder, url=url, hooks=Hooks(manager), **settings)

    def write(self, version, up, down='db.irreversible("no way")', head=""):
        text = "from toasty_core import *\nfrom toasty_core.operations import *\n"
        text += f"class M(Migration):\n    version = {version!r}\n    {head}\n"
        text += "    def up(self, db):\n" + lines(up) + "    def down(self, db):\n" + lines(down)
        path = self.folder / f"{version}.py"
        path.write_text(text)
        return path

    def content(self):
        return json.loads(self.file.read_text())

    def change(self, change):
        with changing(self.file) as content:
            change(content)

    def row(self, version):
        found = self.content()["journal"].get(version)
        return found and entry(found)

    def up(self, **options):
        return api.up(self.project(), **options)

    def down(self, **options):
        return api.down(self.project(), **options)


def lines(code):
    return "".join(f"        {line}\n" for line in code.strip().splitlines())


class ShelfPlugin:
    @hookimpl
    def toasty_backend(self, scheme):
        return ShelfBackend() if scheme == "shelf" else None


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)
