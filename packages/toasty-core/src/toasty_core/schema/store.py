"""The snapshot file, `migrations/.schema.json`: what the models looked like when the last migration was written.

It is made to be read in a diff: tables in order of their names, one column a line, nothing that is as usual. And
to conflict: `head` (the last migration) and `history` (a digest of all of them) differ as soon as two branches
both generate, so that git asks instead of merging two schemas into a third that nobody has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from attrs import field, frozen

from toasty_core.errors import SnapshotError
from toasty_core.schema.collecting import no_collection
from toasty_core.schema.snapshot import SchemaSnapshot

FORMAT = 1
_REBUILD = "run: toasty schema:rebuild"


@frozen
class StoredSnapshot:
    """What the file holds.

    `head` is the version of the last migration that the schema is folded from, `history` a digest of all of
    them; both are None when a program saved the schema without saying so.
    """

    schema: SchemaSnapshot = field(factory=SchemaSnapshot)
    head: str | None = None
    history: str | None = None


def load_snapshot(path: str | PathLike[str]) -> SchemaSnapshot:
    """The schema in the file at `path`; an empty one when there is no file yet.

    Raises SnapshotError when the file is broken, half merged, or not ours.

    ```python
    old = load_snapshot("migrations/.schema.json")
    ```
    """
    stored = load_stored(path)
    return stored.schema if stored else SchemaSnapshot()


def save_snapshot(snapshot: SchemaSnapshot, path: str | PathLike[str]) -> None:
    """Saves the schema at `path`, whole or not at all. Raises SnapshotError when it cannot be written."""
    save_stored(StoredSnapshot(snapshot), path)


def load_stored(path: str | PathLike[str]) -> StoredSnapshot | None:
    """All that the file at `path` holds; None when there is no file.

    Raises SnapshotError when it is broken, half merged, or not ours.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SnapshotError(
            f"cannot read the snapshot: {error.strerror}", where=str(path)
        ) from None
    except UnicodeDecodeError:
        raise _broken("the snapshot is no UTF-8 text", path) from None
    with no_collection():
        return _stored(_parsed(text, path), text, path)


def save_stored(stored: StoredSnapshot, path: str | PathLike[str]) -> None:
    """Saves schema, head and digest at `path`, whole or not at all.

    Raises SnapshotError when it cannot be written, or when a default or an option has no form in JSON.
    """
    from toasty_core.schema.atomic import write_over

    with no_collection():
        text = snapshot_text(stored)
    try:
        write_over(Path(path), text)
    except OSError as error:
        raise SnapshotError(
            f"cannot write the snapshot: {error.strerror}",
            where=str(path),
            hint="check the folder's permissions and the free space; nothing was changed",
        ) from None


# Writing.


def snapshot_text(stored: StoredSnapshot) -> str:
    """The file's text; equal schemas give equal texts."""
    from toasty_core.schema.codec import SEQUENCE, TABLE

    schema = stored.schema
    tables = (_table_text(TABLE.write(schema.tables[key])) for key in sorted(schema.tables))
    sequences = (_text(SEQUENCE.write(schema.sequences[key])) for key in sorted(schema.sequences))
    pairs = [("version", str(FORMAT))]
    pairs += [("head", _text(stored.head))] if stored.head is not None else []
    pairs += [("history", _text(stored.history))] if stored.history is not None else []
    pairs += [("tables", _block("[", tables, "]", 1))]
    pairs += [("sequences", _block("[", sequences, "]", 1))] if schema.sequences else []
    return _block("{", (f'"{key}": {text}' for key, text in pairs), "}", 0) + "\n"


def _table_text(table: Mapping[str, Any]) -> str:
    from toasty_core.schema.codec import PARTS

    pairs = (
        f'"{key}": {_block("[", map(_text, value), "]", 3) if key in PARTS else _text(value)}'
        for key, value in table.items()
    )
    return _block("{", pairs, "}", 2)


def _block(opening: str, items: Iterable[str], closing: str, depth: int) -> str:
    """The items, one a line."""
    margin = "\n" + "  " * depth
    inside = f",{margin}  ".join(items)
    return f"{opening}{margin}  {inside}{margin}{closing}" if inside else opening + closing


_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


# Reading.


def _parsed(text: str, path: str | PathLike[str]) -> dict[str, Any]:
    try:
        data = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise _not_json(text, error, path) from None
    except _Duplicate as error:
        line = _line_of(text, (error.key,), last=True)
        raise _broken(f"the key {error.key!r} stands twice", path, line) from None
    except RecursionError:
        raise _broken("the snapshot is nested too deeply", path) from None
    if not isinstance(data, dict):
        raise _broken("the snapshot is no JSON object", path)
    return data


class _Duplicate(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Duplicate(next(key for key in keys if keys.count(key) > 1))
    return found


def _not_json(text: str, error: json.JSONDecodeError, path: str | PathLike[str]) -> SnapshotError:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            return SnapshotError(
                "the snapshot holds an unfinished git merge",
                where=f"{path}:{number}",
                hint="keep the migration files of both branches, then " + _REBUILD,
            )
    return _broken(f"the snapshot is no JSON: {error.msg}", path, error.lineno)


def _stored(data: Mapping[str, Any], text: str, path: str | PathLike[str]) -> StoredSnapshot:
    from toasty_core.schema.codec import Misplaced

    _check_format(data, path)
    try:
        schema = _schema(data)
    except Misplaced as error:
        place = ", ".join(error.path)
        line = _line_of(text, error.path)
        raise _broken(f"cannot read {place}: {error.what}", path, line) from None
    return StoredSnapshot(schema, data.get("head"), data.get("history"))


def _check_format(data: Mapping[str, Any], path: str | PathLike[str]) -> None:
    version = data.get("version")
    if version == FORMAT and isinstance(data.get("tables"), list):
        return
    if isinstance(version, int) and version > FORMAT:
        raise SnapshotError(
            f"the snapshot has format {version}; this Toasty reads {FORMAT}",
            where=str(path),
            hint="upgrade: pip install --upgrade toasty-core",
        )
    raise _broken("this is no snapshot of Toasty", path)


def _schema(data: Mapping[str, Any]) -> SchemaSnapshot:
    from toasty_core.schema.codec import Misplaced, read_sequence, read_table

    tables = [read_table(item) for item in data["tables"]]
    sequences = [read_sequence(item) for item in data.get("sequences", ())]
    schema = SchemaSnapshot(
        {table.key: table for table in tables}, {item.key: item for item in sequences}
    )
    if len(schema.tables) != len(tables):
        keys = [table.key for table in tables]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Misplaced("there are two tables of this name", hint=None, path=(twice,))
    return schema


def _line_of(text: str, names: Iterable[str], last: bool = False) -> int | None:
    """The line where the last of the names stands, each looked for behind the one before it."""
    position = 0
    for name in names:
        quoted = _text(name)
        found = text.rfind(quoted) if last else text.find(quoted, position)
        position = position if found < 0 else found
    return text.count("\n", 0, position) + 1 if position else None


def _broken(what: str, path: str | PathLike[str], line: int | None = None) -> SnapshotError:
    where = f"{path}:{line}" if line else str(path)
    return SnapshotError(what, where=where, hint=_REBUILD)
