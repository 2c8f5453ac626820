"""Foreign keys seen from a column: which ones hang on it, and whether they can stand.

Neither database changes the type of a column while a foreign key hangs on it, nor takes a foreign key whose ends
are of different types. So a key stands in the live database exactly while its ends are alike: it is dropped before
the first end changes, and is there again when the second one has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from toasty_core.schema.columns import ColumnDef
from toasty_core.schema.constraints import ForeignKeyDef
from toasty_core.schema.snapshot import SchemaSnapshot
from toasty_core.schema.tables import TableDef
from toasty_mysql.ddl import MysqlTableWriter, settings
from toasty_mysql.options import charset_of

_TEXT = re.compile(r"(?:NATIONAL )?(?:VAR)?CHAR\b|\w*TEXT\b|NVARCHAR|NCHAR")
_WIDTH = re.compile(r"INT(?:EGER)?\s*\(\d+\)")
_SYNONYMS = (
    ("BOOLEAN", "TINYINT"),
    ("BOOL", "TINYINT"),
    ("INTEGER", "INT"),
    ("NUMERIC", "DECIMAL"),
    ("DEC(", "DECIMAL("),
)


@frozen
class Link:
    """A foreign key of `table`, with the columns it points at. `known`: the table has it already."""

    table: TableDef
    key: ForeignKeyDef
    known: bool = True


def resolved(
    key: ForeignKeyDef, schema: SchemaSnapshot, own: TableDef | None = None
) -> ForeignKeyDef:
    """The key with the columns that it points at: its target's key, where it does not say."""
    if key.references:
        return key
    target = own if own is not None and own.key == key.table else schema.table(key.table)
    return evolve(key, references=target.key_columns)


def links_of(table: TableDef, columns: tuple[str, ...], schema: SchemaSnapshot) -> Iterator[Link]:
    """The foreign keys that have one of these columns of `table` at either end."""
    for key in table.foreign_keys:
        full = resolved(key, schema, table)
        ends = {*full.columns, *(full.references if full.table == table.key else ())}
        if _is_ours(key) and ends & set(columns):
            yield Link(table, full)
    for other in list(schema.referrers(table.key)):
        for key in other.foreign_keys:
            if other.key == table.key or key.table != table.key or not _is_ours(key):
                continue
            full = resolved(key, schema, table)
            if set(full.references) & set(columns):
                yield Link(other, full)


def stands(key: ForeignKeyDef, child: TableDef, parent: TableDef, writer: MysqlTableWriter) -> bool:
    """Are the ends of a resolved key alike, so that the database takes it?"""
    if not all(child.has_column(c) for c in key.columns) or len(key.columns) != len(key.references):
        return False
    if not all(parent.has_column(c) for c in key.references):
        return False
    return all(
        _likeness(child.column(here), child, writer)
        == _likeness(parent.column(there), parent, writer)
        for here, there in zip(key.columns, key.references, strict=True)
    )


def _is_ours(key: ForeignKeyDef) -> bool:
    return not key.only or "mysql" in key.only


def _likeness(column: ColumnDef, table: TableDef, writer: MysqlTableWriter) -> str:
    """What must be the same at both ends: of texts the character set and the order, of others the type."""
    words = writer.dialect.type_sql(column.type).upper()
    if _TEXT.match(words):
        return f"TEXT {_order(column, table, words)}"
    words = _WIDTH.sub("INT", words)
    for word, meaning in _SYNONYMS:
        words = meaning + words[len(word) :] if words.startswith(word) else words
    return words.replace("TINYINT(1)", "TINYINT").replace(" ", "")


def _order(column: ColumnDef, table: TableDef, words: str) -> str:
    charset, collation = charset_of(table)
    said = re.search(r"CHARACTER SET (\w+)", words)
    charset = said.group(1).lower() if said else settings(column.options).get("charset") or charset
    collated = re.search(r"COLLATE (\w+)", words)
    own = collated.group(1).lower() if collated else column.collation
    if own:
        return own
    return collation or str(charset)
