"""One folder: the catalog, the rows, the journal and the lock, each file replaced as a whole.

Rows are written first and the catalog last, and a change of rows may be done twice. So whatever the moment
of a crash, the catalog says whether an operation has landed, and one that has not can be done again.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cattrs.cols import (
    is_namedtuple,
    namedtuple_dict_structure_factory,
    namedtuple_dict_unstructure_factory,
)
from cattrs.preconf.json import JsonConverter, make_converter

from toasty_core import operations as ops
from toasty_core.backends import (
    Database,
    DataCheck,
    JournalEntry,
    Live,
    LockOwner,
    Statement,
    Violations,
)
from toasty_core.errors import ConnectionFailed, StatementFailed
from toasty_core.schema import SchemaSnapshot
from toasty_core.schema.store import load_snapshot, save_snapshot
from toasty_notebook.backend import Edit, NotebookBackend, changes_rows
from toasty_notebook.rows import Row, dump, follow, inserted, load, matches, misfits

if TYPE_CHECKING:
    from toasty_core.url import Url

_T = TypeVar("_T")


def _json() -> JsonConverter:
    """Journal rows and owners to JSON and back, by the names of their fields."""
    made = make_converter()
    made.register_structure_hook_factory(is_namedtuple, namedtuple_dict_structure_factory)
    made.register_unstructure_hook_factory(is_namedtuple, namedtuple_dict_unstructure_factory)
    return made


_VALUES = _json()


class NotebookLive(Live):
    """What `db.run(function)` gets: rows can be read and written."""

    def __init__(self, database: NotebookDatabase) -> None:
        super().__init__(database.backend.name)
        self.rows = database.rows
        self.write = database.write_rows


class NotebookDatabase(Database):
    """A folder. `rows` and `write_rows` are its own; the rest is the contract."""

    lock_heartbeat: ClassVar[bool] = True  # the lock is a lease

    def __init__(self, backend: NotebookBackend, url: Url) -> None:
        self.backend: NotebookBackend = backend
        self.url, self.folder = url, Path(url.path)
        if self.folder.is_file() or not self.folder.parent.is_dir():
            hint = "name a folder inside one that exists"
            raise ConnectionFailed(f"cannot open {url}: no folder can be there", hint=hint)

    def close(self) -> None:
        """Nothing stays open."""

    def version(self) -> str:
        return "Notebook 1"

    # rows and catalog

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        file = self._rows_file(table)
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return [load(line) for line in text.split("\n") if line]

    def write_rows(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Puts these rows in place of all that a table has."""
        self._replace(self._rows_file(table), "".join(dump(row) + "\n" for row in rows))

    def introspect(self) -> SchemaSnapshot:
        file = self.folder / "catalog.json"
        return load_snapshot(file) if file.exists() else SchemaSnapshot()

    def _rows_file(self, table: str) -> Path:
        readable = re.sub(r"\W+", "_", table)[:30]
        return self.folder / f"{readable}-{sha256(table.encode()).hexdigest()[:10]}.jsonl"

    def _replace(self, file: Path, text: str) -> None:
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, file)

    # execution

    def execute(self, statement: Statement) -> None:
        assert isinstance(statement, Edit)
        catalog = self.introspect()
        try:
            after = self.backend.canonical_schema(statement.operation.apply(catalog))
            self._change_rows(statement.operation, after)
            if after != catalog:
                save_snapshot(after, self.folder / "catalog.json")
        except (OSError, ValueError) as error:
            what = f"cannot {statement}: {error}"
            raise StatementFailed(what, statement=str(statement)) from error

    def _change_rows(self, operation: ops.Operation, after: SchemaSnapshot) -> None:
        match operation:
            case ops.DropTable(table):
                self._rows_file(table).unlink(missing_ok=True)
            case ops.RenameTable(old, new):
                if self._rows_file(old).exists():
                    os.replace(self._rows_file(old), self._rows_file(new))
            case ops.Run(function):
                function(self.live())
            case ops.ExecuteCommand({"truncate": table}):
                self.write_rows(table, [])
            case ops.ExecuteCommand():
                raise ValueError("the notebook knows only the command {'truncate': table}")
            case _:
                for table in operation.touches():
                    self._write_checked(table, operation, after)

    def _write_checked(self, table: str, operation: ops.Operation, after: SchemaSnapshot) -> None:
        old = self.rows(table)
        new = [follow(row, operation) for row in _data(operation, old, after)]
        for misfit in misfits(after.table(table), new):
            raise ValueError(misfit)
        if new != old:
            self.write_rows(table, new)

    def transaction(self, statements: Sequence[Statement] = ()) -> AbstractContextManager[None]:
        return nullcontext()

    def violations(self, check: DataCheck) -> Violations:
        assert isinstance(check.query, Edit)
        operation, found = check.query.operation, []
        for row in self.rows(operation.touches()[0]):
            try:
                follow(row, operation)
            except ValueError as error:
                found.append(f"{error} in {dump(row)}")
        return Violations(len(found), tuple(found[:5]))

    def live(self) -> NotebookLive:
        return NotebookLive(self)

    def has_landed(self, operation: ops.Operation, before: SchemaSnapshot) -> bool | None:
        """The catalog tells of schemas, and rows with a key can be found; of other work nothing tells."""
        match operation:
            case ops.InsertRows(table, rows) if before.table(table).key_columns:
                key, found = before.table(table).key_columns, self.rows(table)
                return all(
                    any(matches(old, {name: row.get(name) for name in key}) for old in found)
                    for row in rows
                )
            case _ if changes_rows(operation):
                return None
        after = self.backend.canonical_schema(operation.apply(before.frozen()))
        now = self.introspect().tables
        return all(now.get(key) == after.tables.get(key) for key in operation.touches())

    # journal and lock

    def create_journal(self) -> None:
        self.folder.mkdir(exist_ok=True)

    def read_journal(self) -> list[JournalEntry]:
        entries = self._read("toasty_migrations.json", dict[str, JournalEntry]) or {}
        return [entries[version] for version in sorted(entries)]

    def write_journal(self, entry: JournalEntry) -> None:
        others = [other for other in self.read_journal() if other.version != entry.version]
        self._write("toasty_migrations.json", {old.version: old for old in (*others, entry)})

    def delete_journal(self, version: str) -> None:
        kept = {old.version: old for old in self.read_journal() if old.version != version}
        self._write("toasty_migrations.json", kept)

    def take_lock(self, owner: LockOwner, lease: float) -> LockOwner | None:
        with self._alone():
            now = datetime.now(timezone.utc)
            held = self._read("toasty_lock.json", tuple[LockOwner, datetime])
            if held and held[0].token != owner.token and held[1] > now:
                return held[0]
            self._write("toasty_lock.json", (owner, now + timedelta(seconds=lease)))
            return None

    def lock_holder(self) -> LockOwner | None:
        held = self._read("toasty_lock.json", tuple[LockOwner, datetime])
        return held[0] if held and held[1] > datetime.now(timezone.utc) else None

    def release_lock(self, owner: LockOwner) -> None:
        with self._alone():
            held = self._read("toasty_lock.json", tuple[LockOwner, datetime])
            if held and held[0].token == owner.token:
                (self.folder / "toasty_lock.json").unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """To look at the lock and to replace it is one step."""
        with open(self.folder / "toasty_lock.guard", "w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _read(self, name: str, shape: type[_T]) -> _T | None:
        file = self.folder / name
        return _VALUES.loads(file.read_bytes(), shape) if file.exists() else None

    def _write(self, name: str, value: object) -> None:
        self._replace(self.folder / name, _VALUES.dumps(value, indent=1))


def _data(operation: ops.Operation, rows: list[Row], after: SchemaSnapshot) -> list[Row]:
    """The rows after an operation on rows."""
    match operation:
        case ops.InsertRows(table, new):
            for row in new:
                rows = [*rows, inserted(after.table(table), rows, row)]
        case ops.UpsertRows(table, new):
            for row in new:
                where = {name: row[name] for name in operation.key_columns(after)}
                rest = [old for old in rows if not matches(old, where)]
                known = next((old for old in rows if matches(old, where)), None)
                rows = [
                    *rest,
                    {**known, **load(dump(row))}
                    if known
                    else inserted(after.table(table), rows, row),
                ]
        case ops.UpdateRows(_, values, where):
            rows = [{**r, **load(dump(values))} if matches(r, where) else r for r in rows]
        case ops.DeleteRows(_, where):
            rows = [row for row in rows if not matches(row, where)]
        case ops.TransformRows(_, function, where):
            rows = [
                {**r, **load(dump(function(dict(r)) or {}))} if matches(r, where) else r
                for r in rows
            ]
    return rows


__all__ = ["NotebookDatabase", "NotebookLive"]
