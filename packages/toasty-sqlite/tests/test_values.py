"""How Python values stand in a SQLite file."""

from __future__ import annotations

from enum import Enum

import pytest

from toasty_core.schema import types
from toasty_sqlite.values import encoder


class Mood(Enum):
    FINE = "fine"
    BAD = "very bad"


@pytest.mark.parametrize(
    ("type_", "stored"),
    [(types.Enum("FINE", "BAD"), "BAD"), (types.Enum("fine", "very bad"), "very bad")],
)
def test_a_member_of_an_enum_stands_as_its_type_knows_it(type_: types.Enum, stored: str) -> None:
    assert encoder(type_)(Mood.BAD) == stored
    assert encoder(type_)("as it is") == "as it is"
    assert encoder(type_)(None) is None
