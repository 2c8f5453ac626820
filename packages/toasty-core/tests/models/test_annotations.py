"""The column type that an annotation means."""

import dataclasses
import datetime
import decimal
import enum
import typing
import uuid
from typing import Annotated, Any, Literal, NewType, Optional, Union

import attrs
import pytest

from toasty_core.errors import ModelError
from toasty_core.models import field, key, model
from toasty_core.schema import ColumnDef, parse_type
from toasty_core.schema import Literal as LiteralValue
from toasty_core.schema.types import Array, Document

from .tables import table_of


class Mood(enum.Enum):
    GLAD = "glad"
    SAD = "sad"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@attrs.define
class Street:
    name: str
    number: "int | None" = None


@dataclasses.dataclass
class Address:
    street: Street
    zip: str


class Options(typing.TypedDict):
    a: int


UserId = NewType("UserId", int)


def column(annotation: object, value: object = ...) -> ColumnDef:
    body = {"__annotations__": {"x": annotation}, "__module__": __name__}
    made = model(type("Thing", (), body if value is ... else {**body, "x": value}))
    return table_of(made).column("x")


@pytest.mark.parametrize(
    ("annotation", "type_"),
    [
        (int, "Integer"),
        (str, "String"),
        (float, "Double"),
        (bool, "Boolean"),
        (bytes, "Binary"),
        (datetime.datetime, "DateTime"),
        (datetime.date, "Date"),
        (datetime.time, "Time"),
        (datetime.timedelta, "Interval"),
        (decimal.Decimal, "Decimal"),
        (uuid.UUID, "Uuid"),
        (dict, "Json"),
        (list, "Json"),
        (Any, "Json"),
        (dict[str, Any], "Json"),
        (typing.Mapping[str, int], "Json"),
        (Options, "Json"),
        (list[int], "Array(Integer)"),
        (typing.List[str], "Array(String)"),  # noqa: UP006
        (list[list[int]], "Array(Array(Integer))"),
        (list[Any], "Array(Json)"),
        (list["Mood"], "Array(Enum('glad', 'sad', name='mood'))"),
        (list[list["UserId"]], "Array(Array(Integer))"),
        (Mood, "Enum('glad', 'sad', name='mood')"),
        (Level, "Enum('LOW', 'HIGH', name='level')"),
        (Literal["a", "b"], "Enum('a', 'b')"),
        (UserId, "Integer"),
        (Annotated[str, "a name"], "String"),
        (Street, "Document(Field('name', String), Field('number', Integer, nullable=True))"),
        (
            list[Address],
            "Array(Document(Field('street', Document(Field('name', String), "
            "Field('number', Integer, nullable=True))), Field('zip', String)))",
        ),
    ],
)
def test_an_annotation_means_a_type(annotation: object, type_: str) -> None:
    assert column(annotation) == ColumnDef("x", parse_type(type_))


@pytest.mark.parametrize(
    "annotation",
    [
        int | None,
        Optional[int],  # noqa: UP045
        Union[int, None],  # noqa: UP007
        Annotated[int | None, "x"],
        "int | None",
        "Optional[int]",
        "'int | None'",
        Optional["int"],
    ],
)
def test_none_among_the_types_means_that_it_may_be_null(annotation: object) -> None:
    assert column(annotation) == ColumnDef("x", "Integer", nullable=True)


def test_the_type_can_be_said_when_the_annotation_does_not_say_enough() -> None:
    assert column(str, field(type="String(255)")) == ColumnDef("x", "String(255)")
    assert column(
        object, field(type="Native('tsvector', backend='postgresql')")
    ).type == parse_type("Native('tsvector', backend='postgresql')")
    assert column("object | None", field(type="Json")).nullable
    assert column(str, field(nullable=True)).nullable


@pytest.mark.parametrize(
    ("value", "default"),
    [
        (0, LiteralValue(0)),
        ("it's", LiteralValue("it's")),
        (False, LiteralValue(False)),
        (decimal.Decimal("1.50"), LiteralValue(decimal.Decimal("1.50"))),
        (datetime.date(2025, 1, 2), LiteralValue(datetime.date(2025, 1, 2))),
        (Mood.SAD, LiteralValue("sad")),
        (Level.HIGH, LiteralValue("HIGH")),
        (uuid.UUID(int=1), LiteralValue(uuid.UUID(int=1))),
        (None, None),
        (Street("x"), None),
    ],
)
def test_a_plain_default_is_the_columns_where_a_database_can_hold_it(
    value: object, default: object
) -> None:
    assert column(Any, value).default == default


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int | str, "more than one type"),
        (complex, "complex means no column type"),
        (tuple[int, int], "means no column type"),
        (set[int], "means no column type"),
        (type(None), "more than one type"),
        (Literal[1, 2], "means no column type"),
        ("nowhere.Thing", "cannot be read"),
        ("int |", "cannot be read"),
    ],
)
def test_an_annotation_without_a_meaning_is_an_error_with_a_hint(
    annotation: object, words: str
) -> None:
    with pytest.raises(ModelError) as caught:
        column(annotation)

    assert words in caught.value.what
    assert "Thing.x" in caught.value.what
    assert caught.value.hint
    assert __file__ in str(caught.value.where)


@attrs.define
class Node:
    value: int
    next: "Node | None" = None


def test_a_document_cannot_contain_itself() -> None:
    with pytest.raises(ModelError, match="Node contains itself"):
        column(Node)


def test_an_enum_without_members_is_an_error() -> None:
    class Empty(enum.Enum):
        pass

    with pytest.raises(ModelError, match="Empty has no members"):
        column(Empty)


def test_a_key_is_never_null_by_itself() -> None:
    assert not column(int, key()).nullable


def test_anything_may_be_null_when_it_begins_so() -> None:
    @model
    class Thing:
        id: int = key(auto=True)
        open: Any = None

    assert table_of(Thing).column("open").nullable


@attrs.define
class Moved:
    postcode: str = attrs.field(metadata={"renamed_from": "zip"})


@dataclasses.dataclass
class Parcel:
    weight: float = dataclasses.field(metadata={"renamed_from": "kg"})
    number: int = dataclasses.field(metadata={"renamed_from": 5, "other": "x"})


def test_metadata_of_a_class_says_what_its_fields_were_called() -> None:
    moved, parcel = column(Moved).type, column(list[Parcel]).type

    assert isinstance(moved, Document)
    assert isinstance(parcel, Array)
    assert isinstance(parcel.item, Document)
    assert [(f.name, f.renamed_from) for f in moved.fields] == [("postcode", "zip")]
    assert [f.renamed_from for f in parcel.item.fields] == ["kg", None]
