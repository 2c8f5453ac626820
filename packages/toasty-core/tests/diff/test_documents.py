"""Fields of nested documents: what is renamed, added, dropped and changed, with the same questions as for columns."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toasty_core.diff import (
    Answers,
    Fill,
    FillQuestion,
    NoRename,
    Rename,
    RenameKind,
    RenameQuestion,
    answers_from_json,
    detect_changes,
    open_questions,
    parse_fill,
    questions_to_json,
)
from toasty_core.diff.documents import alike
from toasty_core.errors import SchemaError, UsageError
from toasty_core.operations import (
    AddField,
    DropField,
    ModifyColumn,
    RenameColumn,
    RenameField,
    fold,
    invert,
)
from toasty_core.schema import ColumnDef, IndexDef, Literal, SchemaSnapshot, TableDef, expr
from toasty_core.schema.types import Array, Document, Field, Integer, String, Text

ZIP = "Field('zip', String)"
POSTCODE = "Field('postcode', String)"
CITY = "Field('city', String, nullable=True)"


def orders(*columns: ColumnDef, **parts) -> SchemaSnapshot:
    return SchemaSnapshot.of(
        TableDef("orders", [ColumnDef("id", "Integer"), *columns], primary_key=["id"], **parts)
    )


def address(*fields: str, wrapped: str = "{}") -> SchemaSnapshot:
    """Orders whose address has these fields."""
    return orders(ColumnDef("address", wrapped.format(f"Document({', '.join(fields)})")))


def changes(old, new, answers=None):
    return list(detect_changes(old, new, answers, nested_fields=True))


def asked(old, new, answers=None):
    return open_questions(old, new, answers, nested_fields=True)


BOTH = pytest.mark.parametrize("wrapped", ["{}", "Array({})", "Array(Array({}))"])


@BOTH
def test_a_hint_makes_a_rename(wrapped):
    hinted = "Field('postcode', String, renamed_from='zip')"
    old, new = address(ZIP, CITY, wrapped=wrapped), address(hinted, CITY, wrapped=wrapped)

    assert changes(old, new) == [RenameField("orders", "address.zip", "address.postcode")]
    assert asked(old, new) == ()
    assert changes(new, new) == []


@BOTH
def test_without_a_hint_it_is_asked(wrapped):
    old, new = address(ZIP, CITY, wrapped=wrapped), address(POSTCODE, CITY, wrapped=wrapped)
    question, fill = asked(old, new)

    assert isinstance(question, RenameQuestion)
    assert (question.kind, question.place) == (RenameKind.FIELD, "orders.address.zip")
    assert str(question) == ("was field 'orders.address.zip' renamed to 'orders.address.postcode'?")
    assert fill == FillQuestion("orders", "address.postcode", String())
    yes = Answers([Rename("orders.address.zip", "orders.address.postcode")])
    assert asked(old, new, yes) == ()
    assert changes(old, new, yes) == [RenameField("orders", "address.zip", "address.postcode")]
    no = Answers(
        not_renamed=[NoRename("orders.address.zip")],
        fills=[Fill("orders", "address.postcode", Literal("0"))],
    )
    assert asked(old, new, no) == ()
    assert changes(old, new, no) == [
        AddField("orders", "address.postcode", "String", fill="0"),
        DropField("orders", "address.zip"),
    ]


def test_questions_are_answered_in_a_file():
    old, new = address(ZIP), address(POSTCODE)
    document = questions_to_json(asked(old, new))
    assert (document[0]["kind"], document[0]["table"]) == ("field", "orders.address")

    document[0]["answer"] = "postcode"
    yes = answers_from_json(json.dumps(document))
    assert changes(old, new, yes) == [RenameField("orders", "address.zip", "address.postcode")]
    document[0]["answer"], document[1]["answer"] = False, "8000"
    no = answers_from_json(json.dumps(document))
    assert asked(old, new, no) == ()
    assert changes(old, new, no)[0].fill == Literal("8000")


def test_a_fill_for_a_field_is_read_by_its_type():
    new = address("Field('floor', Integer)")

    assert parse_fill("orders.address.floor=3", new) == Fill("orders", "address.floor", Literal(3))
    with pytest.raises(UsageError, match="is no value for orders"):
        parse_fill("orders.address.floor=x", new)
    with pytest.raises(UsageError, match="no column"):
        parse_fill("orders.address.flor=3", new)


def test_a_rename_that_fits_nothing():
    old, new = address(ZIP), address(POSTCODE)

    with pytest.raises(UsageError, match="the models have no such field") as caught:
        changes(old, new, Answers([Rename("orders.address.zip", "orders.address.pstcode")]))
    assert "postcode" in str(caught.value.hint)
    with pytest.raises(UsageError, match="no such column"):
        changes(old, new, Answers([Rename("orders.address.zap", "orders.address.postcode")]))
    twice = [f"Field('{name}', String, renamed_from='zip')" for name in "ab"]
    with pytest.raises(SchemaError, match="two fields of 'address' say that they were 'zip'"):
        changes(old, address(*twice))


def test_deep_down_below_what_is_renamed_too():
    """Table, column, document and field get other names at once; paths speak of the names that there are by then."""
    inner = "Field('{}', Array(Document(Field('{}', String))){})"
    old = orders(ColumnDef("at", f"Document({inner.format('lines', 'sku', '')})"))
    hinted = inner.format("rows", "number", ", renamed_from='lines'")
    new = orders(ColumnDef("place", f"Document({hinted})", renamed_from="at"))
    answers = Answers([Rename("orders.place.rows.sku", "orders.place.rows.number")])

    assert changes(old, new, answers) == [
        RenameColumn("orders", "at", "place"),
        RenameField("orders", "place.lines", "place.rows"),
        RenameField("orders", "place.rows.sku", "place.rows.number"),
    ]


def test_names_that_change_places():
    old = address("Field('a', String)", "Field('b', String)", "Field('c', String)")
    new = address("Field('b', String, renamed_from='a')", "Field('a', String, renamed_from='b')")
    answers = Answers(
        [Rename(f"orders.address.{a}", f"orders.address.{b}") for a, b in ("ab", "ba")]
    )
    found = changes(old, new, answers)

    assert [type(one) for one in found] == [RenameField] * 3 + [DropField]
    assert alike_columns(fold(found, old), new)
    same = address("Field('a', String)", "Field('b', String)")
    assert [type(one) for one in changes(same, same, answers)] == []
    turned = address("Field('b', String)", "Field('a', String)")
    assert [type(one) for one in changes(same, turned, answers)] == [RenameField] * 3


def test_a_field_that_makes_way_goes_first():
    old = address("Field('a', String)", "Field('b', String)")
    new = address("Field('b', String)")
    answers = Answers([Rename("orders.address.a", "orders.address.b")])

    assert changes(old, new, answers) == [
        DropField("orders", "address.b"),
        RenameField("orders", "address.a", "address.b"),
    ]


def test_what_remains_is_a_change_of_the_column():
    """Values are converted between what comes and what goes, and the column's own change comes along."""
    old = orders(ColumnDef("address", "Document(Field('zip', String), Field('floor', String))"))
    new = orders(
        ColumnDef(
            "address", "Document(Field('floor', Integer), Field('city', String))", nullable=True
        )
    )
    between = "Document(Field('zip', String), Field('floor', Integer), Field('city', String))"

    assert changes(old, new, Answers(no_renames=True)) == [
        AddField("orders", "address.city", "String"),
        ModifyColumn("orders", "address", type=between, nullable=True),
        DropField("orders", "address.zip"),
    ]


def test_an_index_goes_with_the_path():
    by = IndexDef("by_zip", [expr("address.zip")])
    old = orders(ColumnDef("address", f"Document({ZIP})"), indexes=[by])
    new = orders(
        ColumnDef("address", "Document(Field('postcode', String, renamed_from='zip'))"),
        indexes=[IndexDef("by_zip", [expr("address.postcode")])],
    )

    assert changes(old, new) == [RenameField("orders", "address.zip", "address.postcode")]


@pytest.mark.parametrize("nested", [True, False])
@BOTH
def test_the_order_of_fields_means_nothing(wrapped, nested):
    old, new = address(ZIP, CITY, wrapped=wrapped), address(CITY, ZIP, wrapped=wrapped)

    assert not detect_changes(old, new, nested_fields=nested)
    assert open_questions(old, new, nested_fields=nested) == ()


@pytest.mark.parametrize(
    "column",
    [
        "Variant(Json, mongodb=Document({}))",
        "Document(Field('a.b', Document({})))",
    ],
)
def test_where_no_path_leads_it_is_another_type(column):
    old, new = (orders(ColumnDef("x", column.format(one))) for one in (ZIP, POSTCODE))

    assert changes(old, new) == [ModifyColumn("orders", "x", type=column.format(POSTCODE))]


def test_without_the_feature_it_is_another_type():
    old, new = address(ZIP), address("Field('postcode', String, renamed_from='zip')")

    assert list(detect_changes(old, new)) == [
        ModifyColumn("orders", "address", type=f"Document({POSTCODE})")
    ]
    assert open_questions(old, new) == ()


def test_a_hint_is_no_part_of_the_type():
    hinted = Field("postcode", String(), renamed_from="zip")

    assert hinted == Field("postcode", String())
    assert str(Document(hinted)) == f"Document({POSTCODE})"


# Laws.

_NAMES = st.sampled_from(["a", "b", "c", "d"])
_SIMPLE = st.sampled_from([Integer(), Text(), String(9)])


def _documents(inner):
    field = st.builds(Field, _NAMES, inner, nullable=st.booleans(), renamed_from=st.none())
    fields = st.lists(field, min_size=1, max_size=4, unique_by=lambda one: one.name)
    made = fields.map(lambda found: Document(*found))
    return st.one_of(made, made.map(Array), made.map(Array).map(Array))


_TYPES = _documents(st.recursive(_SIMPLE, _documents, max_leaves=4))


def hinted(draw, type_, old):
    """The type with hints on some of its fields."""
    if isinstance(type_, Array):
        return Array(hinted(draw, type_.item, old))
    if not isinstance(type_, Document):
        return type_
    names = draw(st.permutations(["a", "b", "c", "d", "e", "f", "g", "h"]))
    fields = [
        evolve(
            one,
            type=hinted(draw, one.type, old),
            renamed_from=names[at] if draw(st.booleans()) else None,
        )
        for at, one in enumerate(type_.fields)
    ]
    return Document(*fields)


@st.composite
def pairs(draw):
    old, new = draw(_TYPES), draw(_TYPES)
    new = hinted(draw, new, old)
    return (orders(ColumnDef("x", one)) for one in (old, new))


def alike_columns(one: SchemaSnapshot, other: SchemaSnapshot) -> bool:
    tables = [schema.table("orders") for schema in (one, other)]
    types = [[(c.name, c.nullable, c.type) for c in table.columns] for table in tables]
    return all(
        a[:2] == b[:2] and alike(a[2], b[2]) for a, b in zip(types[0], types[1], strict=True)
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs())
def test_up_leads_there_and_down_back_and_then_nothing_is_left(pair):
    old, new = pair
    diff = detect_changes(old, new, nested_fields=True)

    assert alike_columns(diff.after, new)
    assert alike_columns(fold(invert(diff, old), diff.after), old)
    assert not detect_changes(diff.after, new, nested_fields=True)
    assert open_questions(diff.after, new, nested_fields=True) == ()
