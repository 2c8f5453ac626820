"""Column types in the servers' own words: `INTEGER(11)` is `int`, `NUMERIC(5)` is `decimal(5,0)`.

Both what a migration writes and what the catalog reports is brought to these, so that the two can be compared.
https://dev.mysql.com/doc/refman/8.4/en/other-vendor-data-types.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import evolve, frozen

from toasty_mysql.collations import bytes_per_character, plain_charset, plain_collation

_ARGUMENTS = re.compile(
    r"\(((?:[^()'\"]|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\")*)\)", re.DOTALL
)
_CHARSET = re.compile(r"\b(?:character\s+set|charset|char\s+set)\s+[`'\"]?(\w+)", re.I)
_COLLATE = re.compile(r"\bcollate\s+[`'\"]?(\w+)", re.I)
_BLANKS = re.compile(r"\s+")

_SYNONYMS = {
    "integer": "int",
    "int4": "int",
    "int8": "bigint",
    "int2": "smallint",
    "int1": "tinyint",
    "int3": "mediumint",
    "middleint": "mediumint",
    "dec": "decimal",
    "numeric": "decimal",
    "fixed": "decimal",
    "double precision": "double",
    "real": "double",
    "float8": "double",
    "float4": "float",
    "character": "char",
    "character varying": "varchar",
    "char varying": "varchar",
    "varcharacter": "varchar",
    "long": "mediumtext",
    "long varchar": "mediumtext",
    "long varbinary": "mediumblob",
}
_NATIONAL = {
    "nchar": "char",
    "national char": "char",
    "national character": "char",
    "nvarchar": "varchar",
    "national varchar": "varchar",
    "nchar varchar": "varchar",
    "national character varying": "varchar",
}
_LONG_NAMES = frozenset(name for name in (*_SYNONYMS, *_NATIONAL) if " " in name)
INTEGERS = frozenset(("tinyint", "smallint", "mediumint", "int", "bigint"))
TEXTS = frozenset(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"))
"""Types that have a character set."""
BLOBS = frozenset(("tinyblob", "blob", "mediumblob", "longblob"))
LONG_TEXTS = TEXTS - {"char", "varchar", "enum", "set"}
_ONE = frozenset(("char", "binary", "bit"))
_SIZES = ((255, "tiny"), (65535, ""), (16777215, "medium"), (4294967295, "long"))
_FLOAT_DIGITS = 24


@frozen
class ServerType:
    """A type as the server keeps it. `arguments` is what stands in its brackets.

    `charset` and `collation` are what is said of them, None where nothing is.
    """

    name: str
    arguments: str = ""
    unsigned: bool = False
    zerofill: bool = False
    charset: str | None = None
    collation: str | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The arguments, where they are numbers."""
        parts = self.arguments.split(",") if self.arguments else []
        return tuple(int(part) for part in parts if part.strip().isdigit())

    @property
    def sql(self) -> str:
        """The type's words, without character set and collation."""
        brackets = f"({self.arguments})" if self.arguments else ""
        unsigned = " UNSIGNED" if self.unsigned else ""
        return f"{self.name.upper()}{brackets}{unsigned}{' ZEROFILL' if self.zerofill else ''}"


@lru_cache(maxsize=2048)
def server_type(sql: str) -> ServerType:
    """The type that is written, or reported, as `sql`."""
    words = sql.partition("(")[0].lower().split()
    sizes = (size for size in (3, 2) if " ".join(words[:size]) in _LONG_NAMES)
    name = " ".join(words[: next(sizes, 1)])
    rest = _without_words(sql, name.count(" ") + 1)
    arguments = _ARGUMENTS.match(rest)
    tail = rest[arguments.end() :] if arguments else rest
    return _settled(
        ServerType(
            _NATIONAL.get(name, _SYNONYMS.get(name, name)),
            _plain_arguments(arguments[1]) if arguments else "",
            unsigned=_has(tail, "unsigned") or _has(tail, "zerofill"),
            zerofill=_has(tail, "zerofill"),
            charset="utf8mb3" if name in _NATIONAL else _charset(tail),
            collation=_collation(tail),
        )
    )


def _without_words(sql: str, count: int) -> str:
    """What stands behind the first words."""
    return re.sub(rf"\A\s*(?:[^\s(]+\s*){{{count}}}", "", sql)


def _has(tail: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", tail, re.I) is not None


def _charset(tail: str) -> str | None:
    found = _CHARSET.search(tail)
    if found:
        return plain_charset(found[1])
    if _has(tail, "ascii"):
        return "latin1"
    return "ucs2" if _has(tail, "unicode") else None


def _collation(tail: str) -> str | None:
    found = _COLLATE.search(tail)
    return plain_collation(found[1]) if found else None


def _plain_arguments(arguments: str) -> str:
    """Numbers without blanks; the values of ENUM and SET in single quotes."""
    if "'" not in arguments and '"' not in arguments:
        return _BLANKS.sub("", arguments)
    from toasty_mysql.normal.tokens import quoted

    return ",".join(map(quoted, listed_values(arguments)))


def listed_values(arguments: str) -> list[str]:
    """The values of ENUM or SET."""
    from toasty_mysql.normal.tokens import TokenKind, tokens

    return [token.text.rstrip(" ") for token in tokens(arguments) if token.kind is TokenKind.TEXT]


def _settled(type_: ServerType) -> ServerType:
    """With what the server makes of the arguments, or adds to them."""
    name, numbers = type_.name, type_.numbers
    if name in ("bool", "boolean"):
        return ServerType("tinyint", "1")
    if name in INTEGERS:
        is_boolean = name == "tinyint" and numbers == (1,) and not type_.unsigned
        return type_ if is_boolean or type_.zerofill else evolve(type_, arguments="")
    if name == "decimal":
        precision, scale = (*numbers, 10, 0)[:2] if not numbers else (*numbers, 0)[:2]
        return evolve(type_, arguments=f"{precision},{scale}")
    if name == "float" and len(numbers) == 1:
        return evolve(
            type_, name="float" if numbers[0] <= _FLOAT_DIGITS else "double", arguments=""
        )
    if name in _ONE and not numbers:
        return evolve(type_, arguments="1")
    if name in ("text", "blob"):
        return _sized(type_)
    if name == "year" or numbers == (0,):
        return evolve(type_, arguments="")
    return type_


def _sized(type_: ServerType) -> ServerType:
    """TEXT(n) and BLOB(n) are the smallest of their kind that holds as much."""
    if not type_.numbers:
        return type_
    width = bytes_per_character(type_.charset) if type_.name == "text" else 1
    room = type_.numbers[0] * width
    prefix = next((prefix for size, prefix in _SIZES if room <= size), "long")
    return evolve(type_, name=prefix + type_.name, arguments="")
