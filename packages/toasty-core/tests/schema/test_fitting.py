"""Literals that fit a column's type, and such that do not."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from toasty_core.schema import parse_type
from toasty_core.schema.fitting import fits, stands_for_others


class Mood(Enum):
    GOOD = "good"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        *(("Integer", value) for value in (5, True, 5.0, Decimal(5), "5", " -7 ", None)),
        *(("Double", value) for value in (1, 1.5, Decimal("1.5"), "1.5e3", True)),
        *(("Boolean", value) for value in (True, 0, 1, "true", "F")),
        *(("String(3)", value) for value in ("", "abc", UUID(int=1), date(2025, 1, 17))),
        *(("Enum('good', 'bad')", value) for value in ("good", Mood.GOOD)),
        *(("Date", value) for value in (date(2025, 1, 17), "2025-01-17")),
        *(("Time", value) for value in (time(12), "12:00:00", "12:00Z")),
        *(("DateTime", value) for value in (datetime(2025, 1, 17), "2025-01-17 12:00:00Z")),
        *(("Uuid", value) for value in (UUID(int=1), "0" * 32)),
        *(("Json", value) for value in ({}, [], 1, "text")),
        *(("Native('money')", value) for value in (1, "x", b"x")),
        ("Binary", b"x"),
        ("Variant(Integer, sqlite=Text)", 5),
    ],
)
def test_a_value_of_the_type_fits(type_: str, value: Any) -> None:
    assert fits(value, parse_type(type_))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        *(("Integer", value) for value in ("x", 1.5, "1.5", b"1", [], date(2025, 1, 17))),
        *(("Double", value) for value in ("x", b"1", {})),
        *(("Boolean", value) for value in ("maybe", 2, [])),
        *(("String(3)", value) for value in ("abcd", 5, b"x", ["x"])),
        *(("Enum('good', 'bad')", value) for value in ("ugly", 5)),
        *(("Date", value) for value in ("soon", 5)),
        *(("Time", value) for value in ("noon", 5)),
        *(("DateTime", value) for value in ("yesterday", 5)),
        *(("Uuid", value) for value in ("1", 1)),
        ("Binary", "x"),
        ("Variant(Integer, sqlite=Text)", "x"),
    ],
)
def test_a_value_of_another_type_does_not(type_: str, value: Any) -> None:
    assert not fits(value, parse_type(type_))


@pytest.mark.parametrize(
    ("value", "type_", "others"),
    [
        ("0" * 36, "Variant(Char(36), postgresql=Uuid)", True),
        (str(UUID(int=0)), "Variant(Char(36), postgresql=Uuid)", False),
        ("0" * 37, "Variant(Char(36), postgresql=Uuid)", False),
        ("0" * 36, "Variant(Char(36), mysql=Uuid)", False),
        ("0" * 36, "Uuid", False),
    ],
)
def test_a_value_may_be_one_for_other_databases(value: str, type_: str, others: bool) -> None:
    """It fits the type that they have, and not the one here."""
    assert stands_for_others(value, parse_type(type_), "postgresql") is others
