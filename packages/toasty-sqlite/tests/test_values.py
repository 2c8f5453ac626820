"""How Python values stand in a SQLite file."""

from __future__ import annotations

from datetime import time, timedelta
from enum import Enum
from typing import Any

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


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        (types.Interval(), 90, "1970-01-01 00:01:30.000000"),
        (types.Interval(), 1.5, "1970-01-01 00:00:01.500000"),
        (types.Interval(), timedelta(days=1), "1970-01-02 00:00:00.000000"),
        (types.Time(), "03:04", "03:04:00.000000"),
        (types.Time(), time(3, 4), "03:04:00.000000"),
        (types.Time(), "soon", "soon"),
    ],
)
def test_spans_and_times_stand_as_sqlalchemy_reads_them(
    type_: types.Type, value: Any, stored: str
) -> None:
    assert encoder(type_)(value) == stored
