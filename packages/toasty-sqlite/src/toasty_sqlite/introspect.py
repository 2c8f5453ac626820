"""The live schema as a snapshot: columns through a pragma joined over all tables, the rest from the stored SQL.

SQLite builds its own schema from the stored texts whenever a file is opened, so they are the truth.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping

from attrs import evolve

from toasty_core.schema.columns import ColumnDef, Options
from toasty_core.schema.constraints import ForeignKeyDef, IndexDef, PrimaryKeyDef, UniqueDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_core.schema.types import Integer
from toasty_core.schema.values import Auto, Identity, Serial
from toasty_sqlite.index_text import read_index
from toasty_sqlite.reading import read_default, read_type
from toasty_sqlite.table_text import ColumnText, TableText, read_table

# What sqlite_master lists as a table: not what is SQLite's or Toasty's own, and no virtual table.
_OURS = r"""m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT LIKE 'toasty\_%' ESCAPE '\'"""
_TABLES = f"""
    SELECT m.name, m.sql FROM sqlite_master m
    WHERE m.type = 'table' AND {_OURS} AND m.sql IS NOT NULL ORDER BY m.name
"""
_INDEXES = """
    SELECT m.tbl_name, m.name, m.sql FROM sqlite_master m
    WHERE m.type = 'index' AND m.sql IS NOT NULL ORDER BY m.name
"""
_COLUMNS = f"""
    SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
    FROM sqlite_master m, pragma_table_xinfo(m.name, 'main') c
    WHERE m.type = 'table' AND {_OURS} AND m.sql NOT LIKE 'CREATE VIRTUAL %'
    ORDER BY m.name, c.cid
"""
_SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
_SHADOW_ENDINGS = (
    *("content", "segments", "segdir", "docsize", "stat"),  # FTS 3 and 4
    *("data", "idx", "config"),  # FTS 5
    *("node", "rowid", "parent"),  # R-tree
)

_Row = tuple[str, str, str, int, "str | None", int]


def introspect(connection: sqlite3.Connection) -> SchemaSnapshot:
    """The tables of the main database; without virtual tables, and without Toasty's own."""
    if connection.in_transaction:
        return _read(connection)
    connection.execute("BEGIN")  # so that all questions are asked of one state
    try:
        return _read(connection)
    finally:
        connection.execute("COMMIT")


def _read(connection: sqlite3.Connection) -> SchemaSnapshot:
    texts = _texts(connection)
    columns: dict[str, list[_Row]] = defaultdict(list)
    for row in connection.execute(_COLUMNS):
        columns[row[0]].append(row)
    indexes: dict[str, list[IndexDef]] = defaultdict(list)
    for table, name, sql in connection.execute(_INDEXES):
        if table in texts:
            indexes[table].append(read_index(name, sql))
    names = _Names(columns)
    return SchemaSnapshot.of(
        *(
            _table(name, read_table(sql), columns[name], indexes[name], names)
            for name, sql in texts.items()
        )
    )


def _texts(connection: sqlite3.Connection) -> dict[str, str]:
    """The CREATE TABLE of every plain table, by name."""
    found: dict[str, str] = dict(connection.execute(_TABLES).fetchall())
    virtual = [name for name, sql in found.items() if sql[:15].upper() == "CREATE VIRTUAL "]
    hidden = {*virtual, *_shadows(connection, virtual)}
    return {name: sql for name, sql in found.items() if name not in hidden}


def _shadows(connection: sqlite3.Connection, virtual: list[str]) -> list[str]:
    """The tables in which virtual tables keep their contents."""
    if not virtual:
        return []
    if sqlite3.sqlite_version_info >= (3, 37):
        return [name for (name,) in connection.execute(_SHADOWS)]
    return [f"{name}_{ending}" for name in virtual for ending in _SHADOW_ENDINGS]


class _Names:
    """Names as the tables spell them: SQLite does not mind how a foreign key or an index writes them."""

    def __init__(self, columns: Mapping[str, Iterable[_Row]]) -> None:
        self._tables = {name.lower(): name for name in columns}
        self._columns = {
            name: {row[1].lower(): row[1] for row in rows} for name, rows in columns.items()
        }

    def table(self, name: str) -> str:
        return self._tables.get(name.lower(), name)

    def columns(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        known = self._columns.get(table, {})
        return tuple(known.get(name.lower(), name) for name in names)


def _table(
    name: str, text: TableText, rows: list[_Row], indexes: list[IndexDef], names: _Names
) -> TableDef:
    return TableDef(
        name,
        [_column(row, text) for row in rows],
        _primary_key(rows, text),
        indexes=[_index(index, name, names) for index in indexes],
        uniques=[_unique(unique, name, names) for unique in text.uniques],
        checks=text.checks,
        foreign_keys=[_foreign_key(key, name, names) for key in text.foreign_keys],
        options=_options(text),
    )


def _column(row: _Row, text: TableText) -> ColumnDef:
    _, name, declared, not_null, default, _ = row
    type_ = read_type(declared)
    more = text.columns.get(name.lower()) or ColumnText(name)
    auto = _auto(row, text)
    return ColumnDef(
        name,
        type_,
        nullable=not not_null and auto is None,
        default=read_default(default, type_) if more.generated is None else None,
        auto=auto,
        generated=more.generated,
        collation=more.collation,
        options=_conflict(more),
    )


def _auto(row: _Row, text: TableText) -> Auto | None:
    """A single key column that is an INTEGER by that very word is the rowid, and numbers itself."""
    key = text.primary_key
    if not row[5] or key is None or len(key.columns) != 1 or text.without_rowid:
        return None
    if not isinstance(read_type(row[2]), Integer):
        return None
    return Identity() if text.autoincrement else Serial()


def _conflict(column: ColumnText) -> Options:
    action = column.on_conflict_not_null
    return {"sqlite": {"on_conflict_not_null": action}} if action else {}


def _primary_key(rows: list[_Row], text: TableText) -> PrimaryKeyDef | None:
    ordered = sorted((row for row in rows if row[5]), key=lambda row: row[5])
    if not ordered or text.primary_key is None:
        return None
    return evolve(text.primary_key, columns=[row[1] for row in ordered])


def _unique(unique: UniqueDef, table: str, names: _Names) -> UniqueDef:
    return evolve(unique, columns=names.columns(table, unique.columns))


def _foreign_key(key: ForeignKeyDef, table: str, names: _Names) -> ForeignKeyDef:
    target = names.table(key.table)
    return evolve(
        key,
        columns=names.columns(table, key.columns),
        table=target,
        references=names.columns(target, key.references),
    )


def _index(index: IndexDef, table: str, names: _Names) -> IndexDef:
    if names.columns(table, index.column_names) == index.column_names:
        return index
    parts = (
        evolve(part, name=names.columns(table, [part.name])[0]) if part.name is not None else part
        for part in index.columns
    )
    return evolve(index, columns=parts)


def _options(text: TableText) -> Options:
    flags = {"strict": text.strict, "without_rowid": text.without_rowid}
    options = {name: True for name, value in flags.items() if value}
    return {"sqlite": options} if options else {}
