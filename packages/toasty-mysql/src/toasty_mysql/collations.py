"""Character sets and collations, as far as both servers have them by the same rules.

https://dev.mysql.com/doc/refman/8.4/en/charset-charsets.html and
https://mariadb.com/kb/en/supported-character-sets-and-collations/
"""

from __future__ import annotations

from typing import NamedTuple

from toasty_mysql.flavour import Flavour

_DEFAULTS = {
    "latin1": "latin1_swedish_ci",
    "latin7": "latin7_general_ci",
    "big5": "big5_chinese_ci",
    "binary": "binary",
    "cp932": "cp932_japanese_ci",
    "dec8": "dec8_swedish_ci",
    "eucjpms": "eucjpms_japanese_ci",
    "euckr": "euckr_korean_ci",
    "gb18030": "gb18030_chinese_ci",
    "gb2312": "gb2312_chinese_ci",
    "gbk": "gbk_chinese_ci",
    "hp8": "hp8_english_ci",
    "sjis": "sjis_japanese_ci",
    "swe7": "swe7_swedish_ci",
    "tis620": "tis620_thai_ci",
    "ujis": "ujis_japanese_ci",
}
_UNICODE = frozenset(("utf8mb4", "utf8mb3", "ucs2", "utf16", "utf32"))
_WIDE = {
    "utf8mb4": 4,
    "utf16": 4,
    "utf16le": 4,
    "utf32": 4,
    "gb18030": 4,
    "utf8mb3": 3,
    "ujis": 3,
    "eucjpms": 3,
}
_TWO = frozenset(("big5", "cp932", "euckr", "gb2312", "gbk", "sjis", "ucs2"))
_UCA = (11, 5)  # from here on MariaDB sorts Unicode by UCA 14.0.0


class TextDefaults(NamedTuple):
    """What a database gives to tables that say nothing."""

    charset: str
    collation: str


def text_defaults(flavour: Flavour, version: tuple[int, ...]) -> TextDefaults:
    """What is assumed of a database where it cannot be asked: utf8mb4, in the server's own order."""
    return TextDefaults("utf8mb4", default_collation("utf8mb4", flavour, version))


def default_collation(charset: str, flavour: Flavour, version: tuple[int, ...]) -> str:
    """The collation that a character set brings."""
    if flavour is Flavour.MYSQL and charset == "utf8mb4":
        return "utf8mb4_0900_ai_ci"
    if flavour is Flavour.MARIADB and version >= _UCA and charset in _UNICODE:
        return f"{charset}_uca1400_ai_ci"
    return _DEFAULTS.get(charset, f"{charset}_general_ci")


def plain_charset(name: str) -> str:
    """The character set by its one name: `utf8` is `utf8mb3`."""
    lower = name.lower()
    return "utf8mb3" if lower == "utf8" else lower


def plain_collation(name: str) -> str:
    """The collation by its one name."""
    lower = name.lower()
    return f"utf8mb3_{lower[5:]}" if lower.startswith("utf8_") else lower


def charset_of(collation: str) -> str:
    """The character set that a collation belongs to."""
    return collation.split("_", 1)[0]


def bytes_per_character(charset: str | None) -> int:
    """How many bytes a character may take; None: of utf8mb4."""
    if charset is None:
        return 4
    return 2 if charset in _TWO else _WIDE.get(charset, 1)
