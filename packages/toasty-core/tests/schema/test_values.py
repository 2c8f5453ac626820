"""Defaults, expressions and the numbering of rows."""

from __future__ import annotations

import pytest

from toasty_core.schema import (
    ColumnDef,
    Expression,
    Function,
    FunctionName,
    Generated,
    Identity,
    Literal,
    NextValue,
    Serial,
    expr,
    now,
    uuid,
)


def test_an_expression_may_differ_by_backend():
    expression = expr("now()", sqlite="CURRENT_TIMESTAMP")

    assert expression.for_backend("sqlite") == "CURRENT_TIMESTAMP"
    assert expression.for_backend("mysql") == "now()"
    assert expr(sqlite="1").for_backend("mysql") is None
    assert str(expr(sqlite="1")) == "1"


def test_an_expression_needs_a_text():
    with pytest.raises(ValueError, match="needs a text"):
        expr()


def test_expressions_are_equal_in_any_order_of_their_backends():
    assert expr("x", a="1", b="2") == expr("x", b="2", a="1")


def test_literals_of_different_types_differ():
    assert Literal(1) != Literal(True)
    assert Literal(1) != Literal(1.0)
    assert Literal("1") != Literal(1)
    assert Literal(1) == Literal(1)


@pytest.mark.parametrize(
    ("given", "default"),
    [
        (None, None),
        ("open", Literal("open")),
        (0, Literal(0)),
        (False, Literal(False)),
        ([], Literal([])),
        (now(), Function(FunctionName.NOW)),
        (uuid(), Function(FunctionName.UUID)),
        (expr("1"), Expression("1")),
        (NextValue("s"), NextValue("s")),
    ],
)
def test_a_column_s_default_is_a_value_or_a_marked_one(given, default):
    assert ColumnDef("a", "Text", default=given).default == default


def test_auto_is_the_standard_s_identity_unless_said_otherwise():
    assert ColumnDef("a", "Integer", auto=True).auto == Identity()
    assert ColumnDef("a", "Integer", auto=False).auto is None
    assert ColumnDef("a", "Integer", auto=Serial()).auto == Serial()


@pytest.mark.parametrize(
    ("column", "needs"),
    [
        (ColumnDef("a", "Text"), True),
        (ColumnDef("a", "Text", nullable=True), False),
        (ColumnDef("a", "Text", default=""), False),
        (ColumnDef("a", "Integer", auto=True), False),
        (ColumnDef("a", "Text", generated=Generated("b")), False),
    ],
)
def test_a_column_needs_a_fill_when_nothing_else_gives_a_value(column, needs):
    assert column.needs_fill is needs


def test_a_column_s_old_name_is_no_part_of_it():
    assert ColumnDef("a", "Text", renamed_from="b") == ColumnDef("a", "Text")


def test_a_literal_that_is_not_a_number_is_itself() -> None:
    assert Literal(float("nan")) == Literal(float("nan"))
    assert Literal(True) != Literal(1)
