"""What a table's options come to: engine, character set, collation, row format.

What goes without saying is left out: InnoDB, its DYNAMIC rows, and the database's own character set and collation.
Partitions, statistics and the like are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from toasty_core.schema.columns import Options
from toasty_mysql.collations import TextDefaults
from toasty_mysql.flavour import ServerVersion
from toasty_mysql.texts import as_options, differing, settings, settled

_ENGINES = {
    name.lower(): name
    for name in (
        "InnoDB",
        "MyISAM",
        "MEMORY",
        "CSV",
        "ARCHIVE",
        "BLACKHOLE",
        "FEDERATED",
        "Aria",
        "ndbcluster",
    )
} | {"heap": "MEMORY", "ndb": "ndbcluster", "maria": "Aria"}
_OPTION = re.compile(r"(\w+)=(\"[^\"]*\"|\S+)")
_CHARSETS = ("charset", "default_charset", "character_set", "default_character_set")
_COLLATES = ("collate", "default_collate")


def said_options(options: Options) -> dict[str, str]:
    """The table's options for this backend, their names in one spelling: `DEFAULT CHARSET` is `default_charset`."""
    return {
        name.lower().replace(" ", "_"): str(value)
        for name, value in settings(options).items()
        if value is not None
    }


def said_texts(options: Options, around: TextDefaults, server: ServerVersion) -> TextDefaults:
    """The character set and collation of a table with these options."""
    said = said_options(options)
    return settled(_first(said, _CHARSETS), _first(said, _COLLATES), around, server)


def said_settings(options: Options, around: TextDefaults, server: ServerVersion) -> Options:
    """The options as the catalog will report them."""
    said = said_options(options)
    texts = said_texts(options, around, server)
    return _reported(said.get("engine", "InnoDB"), said, texts, around, server)


def found_settings(
    engine: str | None,
    create_options: str,
    texts: TextDefaults,
    around: TextDefaults,
    server: ServerVersion,
) -> Options:
    """The options that the catalog reports."""
    found = {name.lower(): value.strip('"') for name, value in _OPTION.findall(create_options)}
    return _reported(engine or "InnoDB", found, texts, around, server)


def _reported(
    engine: str,
    said: Mapping[str, Any],
    texts: TextDefaults,
    around: TextDefaults,
    server: ServerVersion,
) -> Options:
    engine = _ENGINES.get(engine.lower(), engine)
    row_format = str(said.get("row_format", "DEFAULT")).upper()
    usual = ("DEFAULT", "DYNAMIC") if engine == "InnoDB" else ("DEFAULT",)
    charset, collate = differing(texts, around, server)
    return as_options(
        engine=None if engine == "InnoDB" else engine,
        charset=charset,
        collate=collate,
        row_format=None if row_format in usual else row_format,
        key_block_size=said.get("key_block_size"),
    )


def _first(said: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((said[name] for name in names if name in said), None)
