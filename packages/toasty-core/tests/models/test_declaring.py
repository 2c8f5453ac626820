"""`@model`: a plain attrs class for the user, a table for Toasty."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import datetime
from threading import Thread
from typing import Any, ClassVar

import attrs
import pytest

from toasty_core import (
    Action,
    ColumnDef,
    ForeignKeyDef,
    Identity,
    IndexColumn,
    IndexDef,
    Literal,
    PrimaryKeyDef,
    Serial,
    TableDef,
    UniqueDef,
    expr,
    now,
    uuid,
)
from toasty_core.models import check, field, foreign_key, index, key, model, reference, unique
from toasty_core.schema import CheckDef, Deferral, Generated

from .tables import table_of


@model
class User:
    id: int = key(auto=True)
    name: str
    email: str = field(unique=True)
    bio: str | None = None


@model(
    table="people",
    schema="hr",
    renamed_from="persons",
    comment="who works here",
    options={"sqlite": {"strict": True}},
    indexes=[
        index("name", IndexColumn("age", descending=True)),
        index(expr("lower(name)"), name="by_name", unique=True, where="age > 3", only=["sqlite"]),
    ],
    uniques=[unique("name", "age", name="same_person", deferral="deferred")],
    checks=[check("age >= 0", name="born")],
)
class Person:
    kinds: ClassVar[int] = 3
    id: int = key(auto=Serial())
    name: str = field(type="String(80)", collation="NOCASE", renamed_from="title")
    age: int = 0
    doubled: int = field(generated="age * 2", init=False)
    joined: datetime = field(default=now(), comment="by the server's clock")
    mail: str = field(name="e-mail", index=True, options={"mysql": {"charset": "ascii"}})

    def greet(self) -> str:
        return f"I am {self.name}"


def test_the_guides_model_is_the_guides_table() -> None:
    assert table_of(User) == TableDef(
        "users",
        [
            ColumnDef("id", "Integer", auto=True),
            ColumnDef("name", "String"),
            ColumnDef("email", "String"),
            ColumnDef("bio", "String", nullable=True),
        ],
        primary_key=["id"],
        indexes=[IndexDef("idx_users_email", ["email"], unique=True)],
    )


def test_everything_that_a_model_can_say_is_in_its_table() -> None:
    assert table_of(Person) == TableDef(
        "people",
        [
            ColumnDef("id", "Integer", auto=Serial()),
            ColumnDef("name", "String(80)", collation="NOCASE"),
            ColumnDef("age", "Integer", default=0),
            ColumnDef("doubled", "Integer", generated=Generated("age * 2")),
            ColumnDef("joined", "DateTime", default=now(), comment="by the server's clock"),
            ColumnDef("e-mail", "String", options={"mysql": {"charset": "ascii"}}),
        ],
        primary_key=["id"],
        indexes=[
            IndexDef("idx_people_name_age", ["name", IndexColumn("age", descending=True)]),
            IndexDef("by_name", [expr("lower(name)")], True, expr("age > 3"), "sqlite"),
            IndexDef("idx_people_e-mail", ["e-mail"]),
        ],
        uniques=[UniqueDef(["name", "age"], "same_person", Deferral.DEFERRED)],
        checks=[CheckDef("age >= 0", "born")],
        comment="who works here",
        schema="hr",
        options={"sqlite": {"strict": True}},
    )


def test_renames_are_hints_that_the_table_carries() -> None:
    table = table_of(Person)

    assert (table.renamed_from, table.column("name").renamed_from) == ("persons", "title")


def test_a_model_is_a_data_class() -> None:
    user = User(name="Ann", email="ann@example.com")

    assert user == User(name="Ann", email="ann@example.com")
    assert user != User(name="Bob", email="ann@example.com")
    assert repr(user) == "User(id=None, name='Ann', email='ann@example.com', bio=None)"
    plain: Any = user  # for a type checker, which does not know that attrs made it
    assert attrs.asdict(plain) == {"id": None, "name": "Ann", "email": user.email, "bio": None}
    assert attrs.evolve(plain, id=7).id == 7


def test_the_constructor_takes_names_only_and_wants_what_has_no_default() -> None:
    with pytest.raises(TypeError, match="positional"):
        User("Ann")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="email"):
        User(name="Ann")  # type: ignore[call-arg]


def test_what_the_database_computes_is_none_in_a_new_object() -> None:
    person = Person(name="Ann", mail="a@b")

    assert [person.id, person.doubled, person.joined, person.age] == [None, None, None, 0]
    assert person.greet() == "I am Ann"


@pytest.mark.parametrize(
    "look",
    [
        lambda class_: attrs.fields(class_).name.name,
        lambda class_: list(inspect.signature(class_).parameters)[1],
        lambda class_: class_(name="Ann").name and "name",
        lambda class_: class_.__init__.__name__ == "__init__" and "name",
        lambda class_: class_.__eq__(class_(name="a"), class_(name="a")) and "name",
        lambda class_: "name" if "name='a'" in class_.__repr__(class_(name="a")) else None,
    ],
)
def test_nobody_can_tell_that_attrs_writes_the_class_when_it_is_first_used(look: object) -> None:
    @model
    class Pet:
        id: int = key(auto=True)
        name: str

    assert look(Pet) == "name"  # type: ignore[operator]


def test_threads_that_make_the_first_objects_at_once_all_get_them() -> None:
    @model
    class Pet:
        id: int = key(auto=True)
        name: str

    made: list[object] = []
    threads = [Thread(target=lambda: made.append(Pet(name="Rex"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [Pet(name="Rex")] * 8


def test_objects_can_be_copied_and_pickled_and_not_hashed() -> None:
    user = User(name="Ann", email="ann@example.com")

    assert copy.copy(user) == pickle.loads(pickle.dumps(user)) == user
    with pytest.raises(TypeError, match="unhashable"):
        hash(user)


def test_what_the_class_defines_itself_stays() -> None:
    @model
    class Tag:
        name: str = key()

        def __repr__(self) -> str:
            return f"#{self.name}"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Tag) and self.name.lower() == other.name.lower()

        def __hash__(self) -> int:
            return hash(self.name.lower())

    assert Tag(name="A") == Tag(name="a")
    assert {Tag(name="A"), Tag(name="a")} == {Tag(name="a")}
    assert repr(Tag(name="a")) == "#a"


def test_a_constructor_of_ones_own_stays_too() -> None:
    @model
    class Tag:
        name: str = key()

        def __init__(self, name: str) -> None:
            self.name = name.upper()

    assert Tag("a").name == "A"
    assert repr(Tag("a")).endswith("Tag(name='A')")


def test_several_keys_are_a_compound_key_in_their_order() -> None:
    @model
    class Line:
        number: int = key()
        order_id: int = key()
        text: str

    assert table_of(Line).key_columns == ("number", "order_id")
    assert Line(number=1, order_id=2, text="x").order_id == 2


def test_the_key_can_be_said_and_named_at_the_class() -> None:
    @model(primary_key=PrimaryKeyDef(["b", "a"], name="pk_pair"))
    class Pair:
        a: int
        b: int

    @model(primary_key=["b", "a"])
    class Other:
        a: int
        b: int = field(name="B")

    assert table_of(Pair).primary_key == PrimaryKeyDef(["b", "a"], name="pk_pair")
    assert table_of(Other).key_columns == ("B", "a")


def test_a_model_may_have_no_key() -> None:
    @model
    class Event:
        text: str

    assert table_of(Event).primary_key is None


def test_a_model_inherits_the_fields_of_its_bases() -> None:
    @model(abstract=True)
    class Stamped:
        created: datetime = field(default=now())

    @model
    class Post(Stamped):
        id: int = key(auto=True)
        title: str

    @model
    class Draft(Post):
        title: str | None = None  # type: ignore[assignment]

    assert table_of(Post).column_names == ("created", "id", "title")
    assert table_of(Draft).column("title").nullable
    assert table_of(Draft).name == "drafts"
    assert Post(title="x") == Post(title="x")
    assert Draft().created is None


@pytest.mark.parametrize(
    ("class_name", "table"),
    [
        ("User", "users"),
        ("Category", "categories"),
        ("Day", "days"),
        ("Box", "boxes"),
        ("Address", "addresses"),
        ("Branch", "branches"),
        ("HTTPRequest", "http_requests"),
        ("OrderLine", "order_lines"),
        ("Py3Wheel", "py3_wheels"),
    ],
)
def test_a_table_is_called_by_the_plural_of_its_class(class_name: str, table: str) -> None:
    made = model(type(class_name, (), {"__annotations__": {"id": int}, "__module__": __name__}))

    assert table_of(made).name == table


def test_defaults_of_the_constructor_and_of_the_column_can_differ() -> None:
    @model
    class Item:
        id: str = key(default="x", server_default=uuid())
        size: int = field(default=1, server_default=2)
        colour: str = field(default="red", server_default=None)
        tags: list[str] = field(factory=list, server_default=[])

    table = table_of(Item)
    assert [column.default for column in table.columns] == [uuid(), Literal(2), None, Literal([])]
    assert Item() == Item(id="x", size=1, colour="red", tags=[])
    assert Item().tags is not Item().tags


def test_an_auto_key_is_a_number_or_a_uuid() -> None:
    from uuid import UUID

    @model
    class Thing:
        id: UUID = key(auto=True)

    @model
    class Row:
        id: int = key(auto=Identity(always=True, start=100), type="BigInteger")

    assert table_of(Thing).columns == (ColumnDef("id", "Uuid", default=uuid()),)
    assert table_of(Row).column("id").auto == Identity(always=True, start=100)


def test_an_index_of_a_field_can_have_a_name() -> None:
    @model
    class Item:
        code: str = field(unique="item_code")
        size: int = field(index="item_size")

    assert table_of(Item).indexes == (
        IndexDef("item_code", ["code"], unique=True),
        IndexDef("item_size", ["size"]),
    )


def test_a_foreign_key_of_several_fields_points_at_a_compound_key() -> None:
    @model
    class Line:
        order_id: int = key()
        number: int = key(name="no")

    @model(foreign_keys=[foreign_key(["order_id", "line"], Line, on_delete="cascade", name="fk")])
    class Note:
        id: int = key(auto=True)
        order_id: int
        line: int

    assert table_of(Note).foreign_keys == (
        ForeignKeyDef(
            ["order_id", "line"],
            "lines",
            ["order_id", "no"],
            name="fk",
            on_delete=Action.CASCADE,
        ),
    )


def test_reading_a_model_twice_gives_equal_tables() -> None:
    assert table_of(Person) == table_of(Person)
    assert str(table_of(Person)) == str(table_of(Person))


def test_references_need_no_second_class_to_be_read() -> None:
    @model
    class Post:
        id: int = key(auto=True)
        author_id: int | None = reference(User)

    assert table_of(Post).column("author_id") == ColumnDef("author_id", "Integer", nullable=True)
