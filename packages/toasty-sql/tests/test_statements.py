"""What is sent, as text for people."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from toasty_sql.brackets import closing_bracket, is_bracketed, is_plain, without_brackets
from toasty_sql.literals import literal
from toasty_sql.statements import AssertStatement, CallStatement, SqlStatement


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "1"),
        (-5, "-5"),
        (0.1, "0.1"),
        (float("inf"), "9e999"),
        (float("nan"), "NULL"),
        (Decimal("1.50"), "1.50"),
        ("it's", "'it''s'"),
        ("a\0b", "CAST(X'610062' AS TEXT)"),
        (b"\x00\xff", "X'00ff'"),
        (datetime(2024, 1, 2, 3), "'2024-01-02 03:00:00'"),
        (date(2024, 1, 2), "'2024-01-02'"),
        (time(3, 4), "'03:04:00'"),
    ],
)
def test_values_as_literals(value, text):
    """Each kind has its form."""
    assert literal(value) == text


def test_a_value_without_a_form_is_an_error():
    """Nothing is guessed."""
    with pytest.raises(TypeError, match="object"):
        literal(object())


@pytest.mark.parametrize(
    ("sql", "parameters", "text"),
    [
        ("SELECT 1", (), "SELECT 1;"),
        ("SELECT '?' WHERE a = ?", (), "SELECT '?' WHERE a = ?;"),
        ("UPDATE t SET a = ?, b = ?", ("it's ?", 2), "UPDATE t SET a = 'it''s ?', b = 2;"),
        (
            "SELECT '?''?', \"?\", `?` /* ? */ -- ?\n, ?",
            (1,),
            "SELECT '?''?', \"?\", `?` /* ? */ -- ?\n, 1;",
        ),
        ("INSERT INTO t VALUES (%s, '%s')", (b"x",), "INSERT INTO t VALUES (X'78', '%s');"),
    ],
)
def test_parameters_are_filled_in_for_reading(sql, parameters, text):
    """Only where they stand: not in literals, names or comments."""
    assert str(SqlStatement(sql, parameters)) == text


def test_python_is_shown_as_a_comment():
    """A dry run cannot show what it will do."""
    assert str(CallStatement(print, "run fill")) == "-- Python: run fill"


def test_an_assertion_shows_its_query():
    """And what is said when it finds something."""
    assert str(AssertStatement("SELECT 1", "rows are lost")).splitlines() == [
        "-- must find nothing, else: rows are lost",
        "SELECT 1;",
    ]


def test_a_statement_may_stand_outside_of_a_transaction():
    """The default is inside."""
    assert SqlStatement("SELECT 1").transactional
    assert not SqlStatement("VACUUM", in_transaction=False).transactional


@pytest.mark.parametrize(
    ("text", "plain", "bracketed", "inner"),
    [
        ("1", True, False, "1"),
        ("-1.5", True, False, "-1.5"),
        ("CURRENT_DATE", True, False, "CURRENT_DATE"),
        ("'it''s'", True, False, "'it''s'"),
        ("'a' || 'b'", False, False, "'a' || 'b'"),
        ("now()", False, False, "now()"),
        ("(1)", False, True, "1"),
        (" ( (a) ) ", False, True, "a"),
        ("(a) + (b)", False, False, "(a) + (b)"),
        ("(')')", False, True, "')'"),
        ('("a)") = 1', False, False, '("a)") = 1'),
        ("((a", False, False, "((a"),
        ("('a", False, False, "('a"),
    ],
)
def test_brackets(text, plain, bracketed, inner):
    """Quotes are minded."""
    assert is_plain(text) is plain
    assert is_bracketed(text) is bracketed
    assert without_brackets(text) == inner


def test_a_bracket_that_is_never_closed():
    """Is nowhere."""
    assert closing_bracket("(a", 0) == -1
