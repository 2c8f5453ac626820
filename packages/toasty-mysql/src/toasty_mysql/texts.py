"""What is said of a text's character set and collation, where it is not what the table gives anyway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from toasty_core.schema.columns import Options
from toasty_mysql.collations import (
    TextDefaults,
    charset_of,
    default_collation,
    plain_charset,
    plain_collation,
)
from toasty_mysql.flavour import ServerVersion

_LARGE = re.compile("[\U00010000-\U0010ffff]")


def settled(
    charset: str | None, collation: str | None, around: TextDefaults, server: ServerVersion
) -> TextDefaults:
    """Both of a table or column, where one, both or none is said; `around` is what it gets from its surroundings."""
    if charset is None and collation is None:
        return around
    charset = plain_charset(charset) if charset else charset_of(plain_collation(collation or ""))
    return TextDefaults(
        charset,
        plain_collation(collation) if collation else default_collation(charset, *server),
    )


def differing(
    found: TextDefaults, around: TextDefaults, server: ServerVersion
) -> tuple[str | None, str | None]:
    """Charset and collation, each None where it goes without saying."""
    if found.charset == around.charset:
        return None, None if found.collation == around.collation else found.collation
    usual = default_collation(found.charset, *server)
    return found.charset, None if found.collation == usual else found.collation


def shown(text: str) -> str:
    """The text as the catalog shows it: its letters are those of `utf8mb3`, and others are question marks."""
    return _LARGE.sub("?", text)


def settings(options: Options) -> Mapping[str, Any]:
    """The options that are for this backend."""
    return options.get("mysql", {})


def as_options(**found: Any) -> Options:
    """Those of the settings that say something."""
    said = {name: value for name, value in found.items() if value is not None}
    return {"mysql": said} if said else {}
