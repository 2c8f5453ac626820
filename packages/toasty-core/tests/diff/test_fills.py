"""Values for existing rows, as they are typed."""

from __future__ import annotations

import pytest

from toasty_core.diff import Fill, parse_fill, read_value
from toasty_core.errors import UsageError
from toasty_core.schema import ColumnDef, Literal, SchemaSnapshot, TableDef, expr, parse_type

SCHEMA = SchemaSnapshot.of(
    TableDef("users", [ColumnDef("email", "String(30)"), ColumnDef("a=b", "Integer")]),
    TableDef("orders", [ColumnDef("a.b", "Integer")], schema="sales"),
)


@pytest.mark.parametrize(
    ("text", "fill"),
    [
        ("users.email=unknown@example.com", Fill("users", "email", Literal("unknown@example.com"))),
        ("users.email=", Fill("users", "email", Literal(""))),
        ("users.email=a=b", Fill("users", "email", Literal("a=b"))),
        ("users.a=b=7", Fill("users", "a=b", Literal(7))),
        ("sales.orders.a.b=7", Fill("sales.orders", "a.b", Literal(7))),
        ("users.email=expr:lower(name)", Fill("users", "email", expr("lower(name)"))),
    ],
)
def test_fills_as_they_are_typed(text, fill):
    assert parse_fill(text, SCHEMA) == fill


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("users.email", "cannot read the fill", "TABLE.COLUMN=VALUE"),
        ("users.emial=x", "no column 'users.emial'", "'users.email'"),
        ("user.email=x", "no column 'user.email'", "'users'"),
    ],
)
def test_fills_for_no_column(text, what, hint):
    with pytest.raises(UsageError, match=what) as caught:
        parse_fill(text, SCHEMA)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("Integer", "-5", -5),
        ("SmallInteger", "32767", 32767),
        ("BigInteger", str(2**63 - 1), 2**63 - 1),
        ("Boolean", "true", True),
        ("Boolean", "No", False),
        ("Boolean", "1", True),
        ("Float", "1.5", 1.5),
        ("Decimal(10, 2)", "1.50", 1.5),
        ("Decimal(10, 2)", "12", 12),
        ("Decimal", "0.1234567890123456789", "0.1234567890123456789"),
        ("Date", "2024-02-29", "2024-02-29"),
        ("Time", "12:30", "12:30:00"),
        ("DateTime", "2024-01-01 00:00:00", "2024-01-01 00:00:00"),
        ("DateTime(timezone=True)", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00+00:00"),
        ("Interval", "90", 90),
        ("Uuid", "0" * 32, "00000000-0000-0000-0000-000000000000"),
        ("Binary", "0x00ff", b"\x00\xff"),
        ("Binary", "abc", b"abc"),
        ("Json", '{"a": 1}', {"a": 1}),
        ("Array(Integer)", "[1, 2]", [1, 2]),
        ("Document(Field('a', Integer))", '{"a": 1}', {"a": 1}),
        ("Enum('new', 'on')", "new", "new"),
        ("Char(2)", "de", "de"),
        ("Text", " as it is ", " as it is "),
        ("Native('inet', backend='postgresql')", "10.0.0.1", "10.0.0.1"),
        ("Variant(Integer, mysql=Text)", "3", 3),
    ],
)
def test_a_value_is_read_by_the_type(type_, text, value):
    assert read_value(text, parse_type(type_), "t.c") == Literal(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("Integer", "five"),
        ("Integer", "1.5"),
        ("SmallInteger", "32768"),
        ("Boolean", "maybe"),
        ("Float", "nan"),
        ("Decimal(4, 2)", "100"),
        ("Decimal(4, 2)", "many"),
        ("Decimal", "Infinity"),
        ("Date", "2023-02-29"),
        ("Time", "25:00"),
        ("DateTime", "yesterday"),
        ("Uuid", "1"),
        ("Binary", "0xzz"),
        ("Json", "{"),
        ("Json", "null"),
        ("Array(Integer)", "{}"),
        ("Document(Field('a', Integer))", "[]"),
        ("Enum('new', 'on')", "off"),
        ("String(2)", "long"),
    ],
)
def test_a_value_that_does_not_fit_names_the_column_and_its_type(type_, text):
    with pytest.raises(UsageError) as caught:
        read_value(text, parse_type(type_), "t.c")
    assert f"{text!r} is no value for t.c, which is {parse_type(type_)}" in caught.value.what
