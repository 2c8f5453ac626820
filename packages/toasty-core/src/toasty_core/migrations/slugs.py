"""A message as part of a file's name."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 40
"""Keeps the class line of the file within 88 columns."""


def slug(message: str) -> str:
    """`Add e-mail to users/accounts` as `add_e_mail_to_users_accounts`.

    Lower-case ASCII letters and digits, joined by `_`, at most 40 of them, ending with a whole word where there is one.
    Accents are dropped; `changes` when nothing is left. The message itself stands in the file.
    """
    plain = unicodedata.normalize("NFKD", message.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    text = "_".join(words) or "changes"
    return text if len(text) <= _LONGEST else _shortened(text)


def _shortened(text: str) -> str:
    cut = text[: _LONGEST + 1]
    whole = cut.rpartition("_")[0]
    return whole or text[:_LONGEST]
