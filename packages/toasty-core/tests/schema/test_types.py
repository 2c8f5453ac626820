"""Column types, and the texts that they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given

from toasty_core.errors import TypeSyntaxError
from toasty_core.schema import coerce_type, parse_type
from toasty_core.schema import types as t
from toasty_core.testing.strategies import column_types

WRITTEN = {
    "String": t.String(),
    "String(255)": t.String(255),
    "Char(2)": t.Char(2),
    "Text": t.Text(),
    "SmallInteger": t.SmallInteger(),
    "Integer": t.Integer(),
    "BigInteger": t.BigInteger(),
    "Boolean": t.Boolean(),
    "Float": t.Float(),
    "Float(24)": t.Float(24),
    "Double": t.Double(),
    "Decimal": t.Decimal(),
    "Decimal(10)": t.Decimal(10),
    "Decimal(10, 2)": t.Decimal(10, 2),
    "Date": t.Date(),
    "Time": t.Time(),
    "Time(timezone=True)": t.Time(timezone=True),
    "DateTime": t.DateTime(),
    "DateTime(timezone=True)": t.DateTime(timezone=True),
    "Interval": t.Interval(),
    "Uuid": t.Uuid(),
    "Binary": t.Binary(),
    "Binary(16)": t.Binary(16),
    "Json": t.Json(),
    "Enum('a', 'b', name='mood')": t.Enum("a", "b", name="mood"),
    "Enum('a', native=False, length=9)": t.Enum("a", native=False, length=9),
    "Array(Integer)": t.Array(t.Integer()),
    "Array(String(3))": t.Array(t.String(3)),
    "Document(Field('zip', Char(5), nullable=True))": t.Document(
        t.Field("zip", t.Char(5), nullable=True)
    ),
    "Native('tsvector', backend='postgresql')": t.Native("tsvector", backend="postgresql"),
    "Variant(Json, mysql=Text, postgresql=Native('JSONB'))": t.Variant(
        t.Json(), {"postgresql": t.Native("JSONB"), "mysql": t.Text()}
    ),
}


@pytest.mark.parametrize(("text", "type_"), WRITTEN.items(), ids=WRITTEN)
def test_a_type_is_its_text(text, type_):
    assert parse_type(text) == type_
    assert str(type_) == repr(type_) == text


@given(column_types())
def test_the_text_of_every_type_reads_back(type_):
    assert parse_type(str(type_)) == type_


def test_every_type_has_a_text_here():
    assert {type(type_) for type_ in WRITTEN.values()} == set(t.ALL)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Strin", "there is no type 'Strin'"),
        ("string", "there is no type 'string'"),
        ("String(", "cannot read the type"),
        ("String(0)", "length must be a whole number from 1, not 0"),
        ("String('x')", "length must be a whole number"),
        ("String(1, 2)", "takes from 1 to 2 positional arguments"),
        ("String(size=3)", "unexpected keyword argument 'size'"),
        ("String + Text", "cannot read the type"),
        ("types.String", "cannot read the type"),
        ("Enum()", "Enum needs at least one value"),
        ("Enum('a', 'a')", "Enum has a value twice"),
        ("Document(Field('a'))", "a Field needs a name and a type"),
        ("Document(Field('a', Text, renamed_from=1))", "is the name that it had"),
        ("Document(Field('a', Text, nulable=True))", "did you mean 'nullable'?"),
        ("Array(Strin)", "there is no type 'Strin'"),
        ("__import__('os')", "there is no type '__import__'"),
        ("", "cannot read the type"),
    ],
)
def test_a_text_that_is_no_type_says_why(text, what):
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)

    assert what in str(caught.value)


def test_the_nearest_name_is_suggested():
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type("integer")

    assert caught.value.hint == "did you mean 'Integer'?"


def test_a_type_may_be_given_as_a_class_a_value_or_a_text():
    assert coerce_type(t.Text) == coerce_type(t.Text()) == coerce_type("Text") == t.Text()
    with pytest.raises(TypeSyntaxError, match="3 is no column type"):
        coerce_type(3)  # type: ignore[arg-type]


def test_only_a_variant_chooses_by_backend():
    variant = t.Variant(t.Json(), {"postgresql": t.Native("JSONB")})

    assert variant.for_backend("postgresql") == t.Native("JSONB")
    assert variant.for_backend("sqlite") == t.Json()
    assert t.Text().for_backend("sqlite") == t.Text()


def test_an_enum_has_room_for_its_longest_value_at_least():
    assert t.Enum("a", "abc").width == 3
    assert t.Enum("a", "abc", length=10).width == 10
    assert t.Enum("a", "abc", length=1).width == 3
