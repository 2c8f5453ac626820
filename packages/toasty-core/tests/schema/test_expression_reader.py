"""Expressions that models write for all databases are read into a tree, in a backend's words."""

from __future__ import annotations

import pytest

from toasty_core.errors import SchemaError
from toasty_core.schema.expression_reader import Vocabulary, read_condition, read_value
from toasty_core.schema.expression_trees import (
    Call,
    Compare,
    Condition,
    Constant,
    Field,
    IsNull,
    Join,
    Negation,
    Value,
    Within,
    fields_of,
)

AGE = Field("age")
WORDS = Vocabulary({"lower": "lower", "size": "length"}, "leave it out")
OWN = Vocabulary(
    {"lower": "$toLower"},
    "write JSON",
    subject="{text!r} cannot be said: it",
    operators={"<>": "$ne", ">=": "$gte", "<=": "$lte", "-": "$subtract", "=": "$eq"},
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("age >= 0", Compare(">=", AGE, Constant(0))),
        ("age != 1", Compare("<>", AGE, Constant(1))),
        ("age IS NULL", IsNull(AGE)),
        ("age is not null", Negation(IsNull(AGE))),
        ("age NOT IN (1, 2)", Negation(Within(AGE, (Constant(1), Constant(2))))),
        (
            "age BETWEEN 1 AND 2",
            Join(False, (Compare(">=", AGE, Constant(1)), Compare("<=", AGE, Constant(2)))),
        ),
        (
            "NOT age OR (a AND b)",
            Join(True, (Negation(AGE), Join(False, (Field("a"), Field("b"))))),
        ),
        ("(age + 1) > 2", Compare(">", Call("+", (AGE, Constant(1))), Constant(2))),
        ("(age)", AGE),
        ("\"the \"\"age\" = 'it''s'", Compare("=", Field('the "age'), Constant("it's"))),
        ("`age` = true", Compare("=", AGE, Constant(True))),
        ("SIZE(age) = 1.5", Compare("=", Call("length", (AGE,)), Constant(1.5))),
    ],
)
def test_conditions_are_read(text: str, tree: Condition) -> None:
    assert read_condition(text, WORDS) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-1", Constant(-1)),
        ("-age", Call("-", (Constant(0), AGE))),
        ("1 + 2 * age", Call("+", (Constant(1), Call("*", (Constant(2), AGE))))),
        ("lower(age) || 'x'", Call("||", (Call("lower", (AGE,)), Constant("x")))),
        ("NULL", Constant(None)),
    ],
)
def test_values_are_read(text: str, tree: Value) -> None:
    assert read_value(text, WORDS) == tree


def test_operators_and_functions_are_called_as_the_backend_says() -> None:
    assert read_condition("lower(age) != 'x'", OWN) == Compare(
        "$ne", Call("$toLower", (AGE,)), Constant("x")
    )
    assert read_condition("age BETWEEN 1 AND -age", OWN) == Join(
        False,
        (
            Compare("$gte", AGE, Constant(1)),
            Compare("$lte", AGE, Call("$subtract", (Constant(0), AGE))),
        ),
    )
    assert read_condition("age < 1", OWN) == Compare("<", AGE, Constant(1))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("age ~ 'x'", "~ 'x'"),
        ("size(age) = 1", "size("),
        ("age = ", "its end"),
        ("age = 1 2", "2"),
        ("(age = 1", "="),
        ("lower(age)", "its end"),
    ],
)
def test_what_is_not_understood_is_said_in_the_backends_words(text: str, rest: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read_condition(text, OWN)

    assert f"{text!r} cannot be said: it is not understood from {rest!r} on" in str(caught.value)
    assert caught.value.hint == "write JSON"


@pytest.mark.parametrize("text", ["age ~ 1", "trim(age)", "1 +", "1 2"])
def test_values_that_are_not_understood_are_refused(text: str) -> None:
    with pytest.raises(SchemaError, match=r"the expression .* is not understood"):
        read_value(text, WORDS)


def test_the_columns_of_a_condition() -> None:
    condition = read_condition("a = lower(b) AND (c IN (d, 1) OR NOT e IS NULL)", WORDS)

    assert fields_of(condition) == ("a", "b", "c", "d", "e")
