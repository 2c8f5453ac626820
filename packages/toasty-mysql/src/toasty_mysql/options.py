"""Table options: those that SQLAlchemy knows as `mysql_...`, in the words of CREATE TABLE and ALTER TABLE.

https://dev.mysql.com/doc/refman/8.4/en/create-table.html and https://mariadb.com/kb/en/create-table/#table-options
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toasty_core.errors import Unsupported
from toasty_core.schema.tables import TableDef
from toasty_mysql.literals import text_literal

_TEXTS = (
    "COMMENT",
    "DATA DIRECTORY",
    "INDEX DIRECTORY",
    "PASSWORD",
    "CONNECTION",
    "ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "COMPRESSION",
    "ENCRYPTION",
)
_SPACED = (
    "TABLESPACE",
    "DEFAULT CHARACTER SET",
    "CHARACTER SET",
    "COLLATE",
    "DEFAULT CHARSET",
    "CHARSET",
)
_PARTITION = ("PARTITION BY", "PARTITIONS", "SUBPARTITION BY", "SUBPARTITIONS")
_TWO_WORDS = (
    "DATA DIRECTORY",
    "INDEX DIRECTORY",
    "DEFAULT CHARACTER SET",
    "CHARACTER SET",
    "DEFAULT CHARSET",
    "DEFAULT COLLATE",
    *_PARTITION,
)
_OTHERS = (
    "ENGINE",
    "ROW_FORMAT",
    "KEY_BLOCK_SIZE",
    "AVG_ROW_LENGTH",
    "MAX_ROWS",
    "MIN_ROWS",
    "CHECKSUM",
    "DELAY_KEY_WRITE",
    "PACK_KEYS",
    "INSERT_METHOD",
    "UNION",
    "AUTO_INCREMENT",
    "AUTOEXTEND_SIZE",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "TRANSACTIONAL",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "ENCRYPTED",
    "ENCRYPTION_KEY_ID",
)
_CHARSETS = ("DEFAULT CHARACTER SET", "CHARACTER SET", "DEFAULT CHARSET", "CHARSET")
_COLLATIONS = ("DEFAULT COLLATE", "COLLATE")
_USUAL = {
    "ENGINE": "InnoDB",
    "ROW_FORMAT": "DEFAULT",
    "KEY_BLOCK_SIZE": 0,
    "AVG_ROW_LENGTH": 0,
    "MAX_ROWS": 0,
    "MIN_ROWS": 0,
    "CHECKSUM": 0,
    "DELAY_KEY_WRITE": 0,
    "PACK_KEYS": "DEFAULT",
    "STATS_PERSISTENT": "DEFAULT",
    "STATS_AUTO_RECALC": "DEFAULT",
    "STATS_SAMPLE_PAGES": "DEFAULT",
    "COMPRESSION": "none",
    "AUTO_INCREMENT": 1,
    "COMMENT": "",
}
"""What an option is when nothing is said, for ALTER TABLE to go back to."""


def _spellings() -> Iterator[str]:
    """The names as SQLAlchemy takes them: in either case, with blanks or with underscores."""
    words = (*_TEXTS, *_SPACED, *_TWO_WORDS, *_OTHERS)
    for word in dict.fromkeys(words):
        for name in dict.fromkeys((word.replace(" ", "_"), word)):
            yield from (name.lower(), name)


TABLE_OPTIONS = tuple(dict.fromkeys(_spellings()))
"""What may stand in a table's options."""


def options_of(table: TableDef) -> dict[str, Any]:
    """The options by their words: `{"ENGINE": "InnoDB", "DEFAULT CHARSET": "utf8mb4"}`."""
    said = table.options.get("mysql", {})
    return {_words(name): value for name, value in said.items() if value is not None}


def table_options(table: TableDef, start: int | None = None) -> str:
    """What stands behind the closing bracket of CREATE TABLE. `start` is the first number that it gives."""
    chosen = options_of(table)
    if table.comment is not None:
        chosen["COMMENT"] = table.comment
    if start is not None:
        chosen.setdefault("AUTO_INCREMENT", start)
    return " ".join(_said(chosen))


def changed_options(before: TableDef, after: TableDef) -> list[str]:
    """The clauses of ALTER TABLE that lead from one table's options to the other's.

    But for its character set and its partitions, which are no clauses like others. Raises Unsupported where one goes
    away and what is usual is not known.
    """
    was, will_be = options_of(before), options_of(after)
    others = (*_CHARSETS, *_COLLATIONS, *_PARTITION)
    changed = {name: value for name, value in will_be.items() if was.get(name) != value}
    for name in was:
        if (
            name not in will_be
            and name not in others
            and str(was[name]) != str(_usual(after, name))
        ):
            changed[name] = _usual(after, name)
    return [*_said({name: value for name, value in changed.items() if name not in others})]


def partitions(table: TableDef) -> str:
    """The words that say how the table is split; empty for one that is not."""
    chosen = options_of(table)
    return " ".join(_said({name: chosen[name] for name in _PARTITION if name in chosen}))


def charset_of(table: TableDef) -> tuple[str | None, str | None]:
    """The table's character set and collation, as far as they are said."""
    chosen = options_of(table)

    def first(names: tuple[str, ...]) -> str | None:
        return next((str(chosen[name]).lower() for name in names if name in chosen), None)

    return first(_CHARSETS), first(_COLLATIONS)


def _usual(table: TableDef, name: str) -> Any:
    if name in _USUAL:
        return _USUAL[name]
    raise Unsupported(
        f"the option {name} of table {table.key} cannot be taken away",
        reason="what the database does without it is not known",
        hint="say its value",
    )


def _words(name: str) -> str:
    upper = name.upper()
    spaced = upper.replace("_", " ")
    return spaced if spaced in _TWO_WORDS else upper


def _said(chosen: Mapping[str, Any]) -> Iterator[str]:
    """The options as text: character sets before collations, partitions at the end."""
    for name in sorted(chosen, key=_place):
        value = chosen[name]
        text = text_literal(str(value)) if name in _TEXTS else str(value)
        joiner = " " if name in (*_SPACED, *_PARTITION) else "="
        yield f"{name}{joiner}{text}"


def _place(name: str) -> tuple[int, str]:
    if name in _PARTITION:
        return 3 + _PARTITION.index(name), name
    return (2 if name in _COLLATIONS else 1 if name in _CHARSETS else 0), name
