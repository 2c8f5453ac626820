"""Expressions come back from either server in the one form that the user's own text has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toasty_core.errors import StatementFailed
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.flavour import Flavour
from toasty_mysql.normal import normal_expression, written

COLUMNS = ("a", "b", "c", "d", "f", "j", "größe", "weird`name")
CONDITIONS = (
    "a > 0",
    "a>0 AND b<5 OR c = 'x'",
    "a > 0 AND (b < 5 OR c <> 'it''s')",
    "a > 0 and (b > 0 and a < b)",
    "NOT (a > 0 AND b > 1)",
    "NOT a",
    "a and not (b or c)",
    "(a or b) and c",
    "a || b && c",
    "a XOR b > 1",
    "not (a <=> 1)",
    "not (a is true)",
    "a IS NOT NULL or isnull(b)",
    "a != 1",
    "(a + b) * 2 - (b - 1) / 3 > -1",
    "a - -1 > -(-b)",
    "a % 2 = 0 or mod(a, 3) = 1 or a MOD 4 = 2",
    "a DIV 2 = 1 and ~b > 1",
    "a & b | 1 = 1 and a << 2 > 3",
    "c LIKE 'a|%' ESCAPE '|' and c NOT LIKE 'a\\_b'",
    "c REGEXP '^a' or c not rlike 'b'",
    "c IN ('a', \"b\", 'c''d') and a NOT IN (1, 2)",
    "a IN (1) and b not in (2)",
    "a BETWEEN 1 AND b + 2 and not (b between 3 and 4)",
    "LCASE(c) = 'x' or UCASE(c) = 'Y'",
    "octet_length(c) > character_length(c)",
    "substring(c from 2 for 1) = mid(c, 1, 1)",
    "trim(both 'x' from c) <> trim(c)",
    "case when a > 0 then 1 else 0 end = 1",
    "case a when 1 then 'x' end = 'x'",
    "cast(a as char) = '1' and convert(c, signed integer) > 2",
    "cast(a as decimal(10, 2)) > 1",
    "binary c = 'x'",
    "c COLLATE utf8mb4_bin = 'x'",
    "json_extract(j, '$.a') = 1 and json_valid(c)",
    "not json_valid(c)",
    "not coalesce(a, b) and a + 1",
    "d >= DATE '2020-01-01'",
    "date_add(d, interval -1 day) > '2000-01-01'",
    "adddate(d, 1) < '2000-01-01 10:00'",
    "extract(year_month from d) > 1 and timestampdiff(YEAR, d, '2020-01-01') > 18",
    "datediff(d, '2000-01-01') > 0 and date(d) = '2000-01-01'",
    "a = true or b = false",
    "f > .5 and f < 1E3 and f <> 007.50",
    "a = 0x10",
    "c = X'41'",
    "c = N'x' or c = _utf8mb4'y'",
    "`größe` > 0 and c = 'größe 日本'",
    "`weird``name` = A",
    "c = 'back\\\\slash \"quoted\" 50% {b}:c'",
    "c = 'a' 'b' /* one text */",
    "(a, b) = (1, 2)",
    "(a, b) in ((1, 2), (3, 4))",
    "(c = 'a') = (a is null)",
    "a > (b and 1)",
    "concat(c, 'x') = concat_ws(',', c, 'y')",
    "instr(c, 'a') > position('b' in c)",
    "json_length(j) > 0 is true",
)


CLAUSE = """
    SELECT check_clause FROM information_schema.check_constraints
    WHERE constraint_name = 'ck' AND constraint_schema = DATABASE()
"""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_is_reported_as_it_was_meant(database: MysqlDatabase, condition: str) -> None:
    """What the catalog has, and what was written, are one in the one form."""
    flavour = database.server.flavour
    columns = (
        "a int, b int, c varchar(50), d datetime, f double, j json, `größe` int, `weird``name` int"
    )

    database.run(f"CREATE TABLE t ({columns}, CONSTRAINT ck CHECK ({condition}))")

    ((clause,),) = database.fetch(CLAUSE)
    meant = normal_expression(condition, flavour, COLUMNS)
    assert normal_expression(written(clause, flavour), flavour, COLUMNS) == meant
    assert normal_expression(meant, flavour, COLUMNS) == meant


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_one_form_means_the_same(database: MysqlDatabase, condition: str) -> None:
    """The servers take the one form, and make of it what they make of the user's text."""
    flavour = database.server.flavour
    meant = normal_expression(condition, flavour, COLUMNS)
    columns = (
        "a int, b int, c varchar(50), d datetime, f double, j json, `größe` int, `weird``name` int"
    )
    database.run(f"CREATE TABLE t ({columns})")
    row = {
        "a": 3,
        "b": 2,
        "c": "'x'",
        "d": "'2010-05-05'",
        "f": 0.7,
        "j": "'{}'",
        "größe": 1,
        "weird`name": 3,
    }
    names = ", ".join("`" + name.replace("`", "``") + "`" for name in row)
    database.run(f"INSERT INTO t ({names}) VALUES ({', '.join(map(str, row.values()))})")

    ((one, other),) = database.fetch(f"SELECT ({condition}) IS TRUE, ({meant}) IS TRUE FROM t")

    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a>0", "(`a` > 0)"),
        ("a and b", "((0 <> `a`) and (0 <> `b`))"),
        ("NOT (a = 1 OR b = 2)", "a <> 1 and b <> 2"),
        ("lower(c) = 'x'", r"(lower(`c`) = _utf8mb4\'x\')"),
        ("a + (b + c)", "`a` + (`b` + `c`)"),
        ("t.a = db.t.b", "a = b"),
        ("a -- no more\n > 0", "a > 0"),
        ("now()", "CURRENT_TIMESTAMP"),
    ],
)
def test_two_ways_to_say_it_are_one(one: str, other: str) -> None:
    assert normal_expression(one) == normal_expression(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a > 0", "a >= 0"),
        ("a - (b - c)", "a - b - c"),
        ("(a or b) and c", "a or b and c"),
        ("c = 'A'", "c = 'a'"),
        ("`A b` = 1", "`A  b` = 1"),
        ("a is null", "a is not null"),
        ("not a between 1 and 2", "a between 1 and 2"),
        ("a / b * c", "a / (b * c)"),
    ],
)
def test_two_things_are_two(one: str, other: str) -> None:
    assert normal_expression(one) != normal_expression(other)


@pytest.mark.parametrize(
    "text", ["a > (", "match(a) against ('x')", "exists (select 1)", "'open", "a ? b", ""]
)
def test_what_cannot_be_read_keeps_its_words(text: str) -> None:
    once = normal_expression(f"  {text}  ")

    assert once == normal_expression(once)
    assert once.replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="ab01 '\"`()<>=!+-*%,.\\_andornotisnull", max_size=40))
def test_the_one_form_is_one_form(text: str) -> None:
    """Whatever stands there: nothing breaks, and the second time changes nothing."""
    once = normal_expression(text)

    assert normal_expression(once) == once


def test_a_deep_expression_is_read_or_kept() -> None:
    """However many brackets there are."""
    deep = "(" * 2000 + "a" + ")" * 2000

    assert "a" in normal_expression(deep)


def test_what_no_server_takes_is_an_error_of_the_server(database: MysqlDatabase) -> None:
    """The normaliser is no judge: it reads what the servers refuse, too."""
    with pytest.raises(StatementFailed):
        database.run("CREATE TABLE t (a int CHECK (nosuch(a)))")
    assert normal_expression("nosuch(a)", Flavour.MYSQL) == "nosuch(`a`)"
