"""Values as attributes, there and back, and those that DynamoDB does not take."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.schema import ColumnDef
from toasty_dynamo.conversion import Conversion
from toasty_dynamo.decoding import bare, decoded
from toasty_dynamo.filters import Size, fulfils
from toasty_dynamo.limits import ITEM, item_size, value_size
from toasty_dynamo.values import encoded, kind_of

ZONED = datetime(2025, 1, 17, 12, tzinfo=timezone(timedelta(hours=2)))
MARK = UUID(int=5)


def kind(type_, form=None):
    options = {"dynamodb": {"as": form}} if form else {}
    return kind_of(ColumnDef("c", type_, options=options))


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("Integer", 2**40, {"N": "1099511627776"}),
        ("Decimal(10, 2)", Decimal("1.50"), {"N": "1.50"}),
        ("Double", 0.1, {"N": "0.1"}),
        ("String", "", {"S": ""}),
        ("Boolean", False, {"BOOL": False}),
        ("Binary", b"\x00\xff", {"B": b"\x00\xff"}),
        ("Date", date(2025, 1, 17), {"S": "2025-01-17"}),
        ("Time", time(12, 30), {"S": "12:30:00"}),
        ("DateTime", datetime(2025, 1, 17, 12), {"S": "2025-01-17T12:00:00"}),
        ("Interval", timedelta(seconds=90), {"N": "90.0"}),
        ("Uuid", MARK, {"S": "00000000-0000-0000-0000-000000000005"}),
        ("Enum('a', 'b')", "a", {"S": "a"}),
        ("Array(Integer)", [1, 2], {"L": [{"N": "1"}, {"N": "2"}]}),
        (
            "Json",
            {"a": [None, True, 1]},
            {"M": {"a": {"L": [{"NULL": True}, {"BOOL": True}, {"N": "1"}]}}},
        ),
        (
            "Document(Field('day', Date))",
            {"day": date(2025, 1, 1)},
            {"M": {"day": {"S": "2025-01-01"}}},
        ),
    ],
)
def test_there_and_back(type_, value, stored):
    assert encoded(kind(type_), value) == stored
    assert decoded(kind(type_), stored) == value
    assert decoded(kind(type_), {"NULL": True}) is None


@pytest.mark.parametrize(
    ("type_", "form", "value", "stored", "back"),
    [
        ("DateTime", "epoch", datetime(2030, 1, 1), {"N": "1893456000"}, datetime(2030, 1, 1)),
        ("Date", "epoch", date(2030, 1, 1), {"N": "1893456000"}, date(2030, 1, 1)),
        ("Array(String)", "set", ["b", "a"], {"SS": ["a", "b"]}, ["a", "b"]),
        ("Array(Integer)", "set", [2, 1], {"NS": ["1", "2"]}, [1, 2]),
        ("Json", "text", {"a": 1}, {"S": '{"a": 1}'}, {"a": 1}),
    ],
)
def test_other_forms(type_, form, value, stored, back):
    assert encoded(kind(type_, form), value) == stored
    assert decoded(kind(type_, form), stored) == back


def test_a_time_with_a_zone_is_kept_in_utc():
    stored = encoded(kind("DateTime(timezone=True)"), ZONED)

    assert stored == {"S": "2025-01-17T10:00:00+00:00"}
    assert decoded(kind("DateTime(timezone=True)"), stored) == ZONED


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("Integer", "seven", "Integer"),
        ("Integer", 1.5, "behind the point"),
        ("Integer", 10**38 + 1, "38 digits"),
        ("Decimal", Decimal("1E+126"), "38 digits"),
        ("Double", float("inf"), "infinity"),
        ("Double", float("nan"), "not-a-number"),
        ("Double", 1e-300, "1E-130"),
        ("Boolean", "maybe", "Boolean"),
        ("Date", "yesterday", "Date"),
        ("Uuid", "x", "Uuid"),
        ("Array(Integer)", ["x"], "Array"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(type_, value, why):
    with pytest.raises(SchemaError, match=f"^items.c: .*{why}"):
        encoded(kind(type_), value, "items.c")


def test_an_empty_set_is_refused():
    with pytest.raises(SchemaError, match="empty sets"):
        encoded(kind("Array(String)", "set"), [])


@pytest.mark.parametrize(
    ("type_", "form"), [("String", "epoch"), ("Integer", "set"), ("Date", "iso")]
)
def test_a_form_that_a_type_does_not_have(type_, form):
    with pytest.raises(Unsupported) as caught:
        kind(type_, form)
    assert caught.value.reason


@pytest.mark.parametrize(
    ("old", "new", "value", "becomes"),
    [
        ("String", "Integer", {"S": " 12 "}, {"N": "12"}),
        ("String", "Integer", {"S": "1.5"}, None),
        ("String", "SmallInteger", {"S": "40000"}, None),
        ("Double", "Integer", {"N": "2.0"}, {"N": "2"}),
        ("Double", "Integer", {"N": "2.5"}, None),
        ("Integer", "String(3)", {"N": "1234"}, None),
        ("Integer", "String(4)", {"N": "1234"}, {"S": "1234"}),
        ("String", "Boolean", {"S": "No"}, {"BOOL": False}),
        ("String", "Boolean", {"S": "2"}, None),
        ("Boolean", "String", {"BOOL": True}, {"S": "true"}),
        ("String", "Date", {"S": "2025-01-17"}, {"S": "2025-01-17"}),
        ("String", "Date", {"S": "17.1.2025"}, None),
        ("DateTime", "Date", {"S": "2025-01-17T12:00:00"}, {"S": "2025-01-17"}),
        ("Integer", "DateTime", {"N": "5"}, None),
        ("String", "Array(String)", {"S": "a"}, {"L": [{"S": "a"}]}),
        ("String", "Enum('a', 'b')", {"S": "c"}, None),
        ("Decimal", "Decimal(4, 2)", {"N": "123.4"}, None),
        ("Decimal", "Decimal(4, 2)", {"N": "12.34"}, {"N": "12.34"}),
        ("String", "Integer", {"NULL": True}, {"NULL": True}),
        ("String", "Binary", {"S": "x"}, None),
    ],
)
def test_conversions(old, new, value, becomes):
    """A second time nothing changes any more."""
    conversion = Conversion(kind(old), kind(new))

    assert conversion.result(value) == becomes
    if becomes is not None:
        assert conversion.result(becomes) == becomes


@pytest.mark.parametrize(
    ("stored", "value"), [({"NS": ["1", "2.5"]}, [1, Decimal("2.5")]), ({"N": "-3"}, -3)]
)
def test_values_without_a_type(stored, value):
    assert bare(stored) == value


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é€"}, 5),
        ({"B": b"12345"}, 5),
        ({"N": "0"}, 1),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "1000000"}, 2),
        ({"N": "9" * 38}, 20),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bcd"]}, 4),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": [b"abc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "a"}, {"S": "bc"}]}, 8),
        ({"M": {}}, 3),
        ({"M": {"ab": {"S": "c"}, "d": {"N": "1"}}}, 11),
        ({"L": [{"M": {"a": {"L": []}}}]}, 12),
    ],
)
def test_sizes_are_those_of_the_service(judge, value, size):
    """What just fits into 400 KB by our count, the service takes, and not a byte more."""
    table = {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
    key = [{"AttributeName": "k", "KeyType": "HASH"}]
    client = judge.client
    client.create_table(TableName="sizes", KeySchema=key, BillingMode="PAY_PER_REQUEST", **table)
    room = ITEM - item_size({"k": {"S": "a"}, "p": {"S": ""}, "v": value})

    client.put_item(TableName="sizes", Item={"k": {"S": "a"}, "p": {"S": "x" * room}, "v": value})
    more = {"k": {"S": "a"}, "p": {"S": "x" * (room + 1)}, "v": value}
    with pytest.raises(ClientError, match="size"):
        client.put_item(TableName="sizes", Item=more)

    assert value_size(value) == size


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("é€", 2), ("😀!", 3)])
def test_a_length_is_counted_as_the_service_counts_it(judge, text, length):
    """In units of UTF-16, neither in bytes nor in letters."""
    table = {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
    key = [{"AttributeName": "k", "KeyType": "HASH"}]
    judge.client.create_table(
        TableName="texts", KeySchema=key, BillingMode="PAY_PER_REQUEST", **table
    )
    judge.put("texts", k={"S": "a"}, v={"S": text})
    found = judge.client.scan(
        TableName="texts",
        FilterExpression="size(v) = :n",
        ExpressionAttributeValues={":n": {"N": str(length)}},
    )

    assert found["Count"] == 1
    assert fulfils(Size("v", "=", {"N": str(length)}), {"v": {"S": text}})
