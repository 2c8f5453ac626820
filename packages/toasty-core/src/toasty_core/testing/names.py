"""Names that break what is quoted carelessly."""

from __future__ import annotations

LONG = "n" * 63
"""As long as the shortest limit of the common databases allows."""
LONGER = "a_name_that_is_longer_than_most_databases_allow_for_any_name_in_them"

HOSTILE: tuple[str, ...] = (
    "select",
    "Order",
    "it's",
    'say "hi"',
    "back`tick",
    "[bracket]",
    "back\\slash",
    "with blank",
    "per%cent %s %(x)s",
    "semi;colon -- no comment",
    "que?stion :mark @at #hash",
    "dotted.name",
    "{brace}",
    "ünïcödé 日本 🎈",
    LONG,
    LONGER,
)
