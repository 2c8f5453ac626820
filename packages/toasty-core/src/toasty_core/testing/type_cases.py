"""Every portable type, with values that must come back as they went in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field, frozen

from toasty_core.schema import Type, coerce_type


@frozen
class TypeCase:
    """A type, values that it holds, and one that it takes as a default (None: it is not tried)."""

    type: Type = field(converter=coerce_type)
    values: tuple[Any, ...]
    default: Any = None

    def __str__(self) -> str:
        return str(self.type)


_UUID = UUID("12345678-1234-5678-1234-567812345678")
_TEXTS = ("plain", 'it\'s "quoted" \\ %s :x ?', "ünïcödé 日本 🎈", "two\nlines\tand a tab")
_DOCUMENT = {"name": "Zoë", "tags": ["a", "it's"], "deep": {"n": [1, 2.5, None, True]}}

TYPE_CASES: tuple[TypeCase, ...] = (
    TypeCase("String", _TEXTS, "it's"),
    TypeCase("String(60)", _TEXTS, "it's \\ %"),
    TypeCase("Char(5)", ("abcde", "ünïcö"), "fives"),
    TypeCase("Text", (*_TEXTS, "long " * 2000)),
    TypeCase("SmallInteger", (0, 32767, -32768), 7),
    TypeCase("Integer", (0, 2**31 - 1, -(2**31)), -7),
    TypeCase("BigInteger", (0, 2**63 - 1, -(2**63)), 2**40),
    TypeCase("Boolean", (True, False), True),
    TypeCase("Float", (0.0, 1.5, -0.25), 2.5),
    TypeCase("Float(24)", (0.0, 1.5, -0.25)),
    TypeCase("Double", (0.1, -1.5e300, 1e-300), 0.5),
    TypeCase("Decimal(10, 2)", (Decimal("12345678.90"), Decimal("-0.01")), Decimal("1.50")),
    TypeCase("Decimal(5)", (Decimal("99999"), Decimal("0"))),
    TypeCase("Date", (date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)), date(2000, 1, 1)),
    TypeCase("Time", (time(0, 0), time(23, 59, 59)), time(12, 30)),
    TypeCase("DateTime", (datetime(2024, 2, 29, 12, 30, 59), datetime(1970, 1, 1))),
    TypeCase("DateTime(timezone=True)", (datetime(2024, 2, 29, 12, 30, 59, tzinfo=timezone.utc),)),
    TypeCase("Interval", (timedelta(0), timedelta(days=40, hours=3, seconds=2))),
    TypeCase("Uuid", (_UUID, UUID(int=0)), _UUID),
    TypeCase("Binary", (b"", b"\x00\x01'\"\\\xff", bytes(range(256)))),
    TypeCase("Binary(16)", (b"\x00" * 16,)),
    TypeCase("Json", (_DOCUMENT, {"empty": {}}, [1, "two"])),
    TypeCase("Enum('sad', \"it's ok\", name='mood')", ("sad", "it's ok"), "sad"),
    TypeCase("Enum('a', 'b', native=False)", ("a", "b"), "b"),
    TypeCase("Array(Integer)", ([1, 2, 3], [])),
    TypeCase("Array(String)", (["it's", "ünïcödé"],)),
    TypeCase(
        "Document(Field('street', String), Field('number', Integer, nullable=True))",
        ({"street": "Löwenstraße", "number": 3},),
    ),
    TypeCase("Variant(Integer, elsewhere=Text)", (1, 2), 3),
)
