"""How tables, indexes and enums are called when the model does not say."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HISSING = re.compile(r"(s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"(?<=[^aeiou_])y$")


def snake_case(name: str) -> str:
    """`HTTPRequest` becomes `http_request`."""
    return _WORD_STARTS.sub("_", name).lower()


def table_name(class_name: str) -> str:
    """The plural of the class's name: `User` → `users`, `Category` → `categories`, `Box` → `boxes`.

    Only these three rules of English are known; for a `Person`, say `@model(table="people")`.
    """
    word = snake_case(class_name)
    if _HISSING.search(word):
        return f"{word}es"
    if _CONSONANT_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}s"


def index_name(table: str, columns: Iterable[str]) -> str:
    """`idx_users_email`."""
    return "_".join(("idx", table, *columns))
