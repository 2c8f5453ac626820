"""A model that cannot be mapped gives one error, with the class's file and line and what to write."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from toasty_core.errors import ModelError
from toasty_core.models import field, foreign_key, index, key, load_models, model, reference, unique


@model
class Team:
    id: int = key(auto=True)
    name: str


@model
class Pair:
    a: int = key()
    b: int = key()


def untyped() -> Any:
    @model
    class Thing:
        name = field()


def mutable() -> Any:
    @model
    class Thing:
        tags: list[str] = []  # noqa: RUF012


def auto_text() -> Any:
    @model
    class Thing:
        id: str = key(auto=True)

    return Thing


def bad_type() -> Any:
    @model
    class Thing:
        name: str = field(type="Strin(3)")

    return Thing


def unknown_reference() -> Any:
    @model
    class Thing:
        team_id: int = reference("Teem")

    return Thing


def no_model() -> Any:
    @model
    class Thing:
        team_id: int = reference(int)

    return Thing


def abstract_target() -> Any:
    @model(abstract=True)
    class Base:
        id: int = key()

    @model
    class Thing:
        base_id: int = reference(Base)

    return Thing


def compound_reference() -> Any:
    @model
    class Thing:
        pair_id: int = reference(Pair)

    return Thing


def unknown_action() -> Any:
    @model
    class Thing:
        team_id: int = reference(Team, on_delete="explode")

    return Thing


def unknown_target_field() -> Any:
    @model
    class Thing:
        team_id: int = reference(Team, "nmae")

    return Thing


def unknown_index_field() -> Any:
    @model(indexes=[index("nmae")])
    class Thing:
        name: str

    return Thing


def unknown_unique_field() -> Any:
    @model(uniques=[unique("name", "sise")])
    class Thing:
        name: str
        size: int

    return Thing


def unknown_key_field() -> Any:
    @model(primary_key=["idd"])
    class Thing:
        id: int

    return Thing


def uneven_foreign_key() -> Any:
    @model(foreign_keys=[foreign_key(["a"], Pair)])
    class Thing:
        a: int

    return Thing


def nameless_expression() -> Any:
    from toasty_core import expr

    @model(indexes=[index(expr("lower(name)"))])
    class Thing:
        name: str

    return Thing


def two_indexes() -> Any:
    @model(indexes=[index("name")])
    class Thing:
        name: str = field(index=True)

    return Thing


def two_columns() -> Any:
    @model
    class Thing:
        name: str
        title: str = field(name="name")

    return Thing


def empty() -> Any:
    @model
    class Thing:
        pass

    return Thing


def odd_default() -> Any:
    @model
    class Thing:
        name: Any = field(server_default=object())

    return Thing


def wrong_default() -> Any:
    @model
    class Thing:
        size: int = "x"  # type: ignore[assignment]

    return Thing


def wrong_server_default() -> Any:
    @model
    class Thing:
        made: datetime.date = field(server_default="soon")

    return Thing


def circle() -> Any:
    @model
    class Thing:
        id: int = reference("Thing", key=True)

    return Thing


def no_index() -> Any:
    @model(indexes=["name"])  # type: ignore[list-item]
    class Thing:
        name: str


def no_list() -> Any:
    @model(indexes=index("name"))  # type: ignore[call-overload]
    class Thing:
        name: str


def no_unique() -> Any:
    @model(uniques=[("name", "size")])  # type: ignore[list-item]
    class Thing:
        name: str


def no_check() -> Any:
    @model(checks=["size > 1"])  # type: ignore[list-item]
    class Thing:
        size: int


def no_foreign_key() -> Any:
    @model(foreign_keys=[reference(Team)])
    class Thing:
        size: int


def no_backend() -> Any:
    @model(options={"strict": True})  # type: ignore[dict-item]
    class Thing:
        size: int


def no_class() -> Any:
    @model  # type: ignore[call-overload]
    def thing() -> None:
        return None


def unknown_deferral() -> Any:
    @model
    class Thing:
        team_id: int = reference(Team, deferral="later")

    return Thing


def own_name() -> Any:
    @model(table="toasty_things")
    class Thing:
        size: int

    return Thing


@pytest.mark.parametrize(
    ("declare", "what", "hint"),
    [
        (no_index, "Thing: indexes= has an item that cannot be one: 'name'", 'index("name")'),
        (no_list, "Thing: indexes= is no list", 'indexes=[index("name")]'),
        (no_unique, "uniques= has an item that cannot be one: ('name', 'size')", "unique("),
        (no_check, "checks= has an item that cannot be one: 'size > 1'", 'check("age >= 0")'),
        (no_foreign_key, "foreign_keys= has an item that cannot be one", "foreign_key(["),
        (no_backend, "the option 'strict' belongs to no backend", "{'strict': True}}"),
        (no_class, "is no class", "@model stands above one"),
        (unknown_deferral, "'later' does not say when to check", None),
        (own_name, "Thing has the table 'toasty_things'", "take another"),
        (untyped, "Thing.name has no type", "annotate it"),
        (mutable, "Thing.tags has a default that all objects would share", "factory=list"),
        (auto_text, "Thing.id: the database cannot give values of the type String", "int and uuid"),
        (bad_type, "Thing.name: there is no type 'Strin'", "did you mean 'String'?"),
        (unknown_reference, "points at 'Teem', which is no model", "did you mean 'Team'?"),
        (no_model, "points at 'int', which is no model", "decorate int with @model"),
        (abstract_target, "which is abstract and has no table", None),
        (compound_reference, "the key there is a, b", "foreign_keys=[foreign_key("),
        (unknown_action, "'explode' is no foreign key action", None),
        (unknown_target_field, "names a field 'nmae' that Team does not have", "'name'?"),
        (unknown_index_field, "an index names a field 'nmae'", "did you mean 'name'?"),
        (unknown_unique_field, "unique() names a field 'sise'", "did you mean 'size'?"),
        (unknown_key_field, "primary_key names a field 'idd'", "did you mean 'id'?"),
        (uneven_foreign_key, "with 1 field(s), and the key there is a, b", "foreign_key("),
        (nameless_expression, "an index over an expression without a name", "name=..."),
        (two_indexes, "two indexes called 'idx_things_name'", "name="),
        (two_columns, "two columns of one name", "name="),
        (empty, "has no fields", "annotate one"),
        (odd_default, "cannot be a default in a database", "plain value"),
        (
            wrong_default,
            "Thing.size: the default 'x' is no value of the type Integer",
            "of that type",
        ),
        (wrong_server_default, "the default 'soon' is no value of the type Date", "of that type"),
        (circle, "leads back to itself", "another field"),
    ],
)
def test_a_bad_model_says_what_where_and_what_to_write(
    declare: Callable[[], Any], what: str, hint: str | None
) -> None:
    with pytest.raises(ModelError) as caught:
        load_models([declare()])

    first = inspect.getsourcelines(declare)[1]
    last = first + len(inspect.getsourcelines(declare)[0])
    file, _, line = str(caught.value.where).rpartition(":")
    assert what in caught.value.what
    assert (hint or "") in (caught.value.hint or "")
    assert file == __file__
    assert first < int(line) < last


def test_two_models_of_one_table_are_both_named() -> None:
    @model(table="teams")
    class Crew:
        id: int = key(auto=True)

    with pytest.raises(ModelError, match=r"Crew and Team \(at .*\) have one table, 'teams'"):
        load_models([Team, Crew])


def test_a_class_that_is_no_model_has_no_table() -> None:
    @model(abstract=True)
    class Base:
        id: int = key()

    with pytest.raises(ModelError, match="Base is no model with a table"):
        Base.__toasty_table__()  # type: ignore[attr-defined]


def test_an_error_names_the_line_of_the_field() -> None:
    @model
    class Thing:
        id: int = key(auto=True)
        size: int = "x"  # type: ignore[assignment]

    with pytest.raises(ModelError) as caught:
        load_models([Thing])

    lines, first = inspect.getsourcelines(test_an_error_names_the_line_of_the_field)
    wanted = first + next(n for n, line in enumerate(lines) if "size: int" in line)
    assert caught.value.where == f"{__file__}:{wanted}"
