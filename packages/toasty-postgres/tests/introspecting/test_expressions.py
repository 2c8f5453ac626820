"""Expressions: what the users write and what PostgreSQL makes of it come to one text."""

from __future__ import annotations

import pytest

from toasty_postgres.database import PostgresDatabase
from toasty_postgres.simplifying import Scope, normal

COLUMNS = {
    "id": "integer",
    "age": "integer",
    "name": "character varying(20)",
    "status": "character varying",
    "tx": "text",
    "ch": "character(3)",
    "price": "numeric(10,2)",
    "f": "double precision",
    "big": "bigint",
    "small": "smallint",
    "flag": "boolean",
    "ts": "timestamp without time zone",
    "tz": "timestamp with time zone",
    "d": "date",
    "m": "mood",
    "tags": "text[]",
    "j": "jsonb",
    "order": "integer",
    "Größe": "integer",
}
SCOPE = Scope.of("e", COLUMNS)

CONDITIONS = """
age>0
name in ('a','b')
tx in ('a', 'b')
age in (1,2,3)
age not in (1,2)
name not in ('a')
status != 'x'
price in (1, 2.5)
age between 1 and 5
flag and age between 1 and 5
age not between 1 and 5
age between symmetric 5 and 1
name like 'a%'
name not like 'a%'
tx ilike 'a%'
tx not ilike '%\\_'
price > 0
price >= .50
price > -1
f > 0
f > 1.5
big > 5
small > 5
big > age
price > age
price * age > 2
price * 2 > age + 1
ts > '2020-01-01'
ts > '2020-01-01 10:20:30'
tz > '2020-01-01'
d > '2020-01-01'
d > date '2020-01-01'
m in ('sad')
m in ('sad', 'it''s ok')
m <> 'sad'
flag
not flag
flag is true
flag is not true
flag = true
flag is unknown
flag is not null and age is null
flag isnull or age notnull
age > 1 and age < 3 or age = 5 and (flag or flag)
age > 1 and (age < 3 and flag) and tx = 'x'
not (age = 1 or age = 2)
true and (age is null or tx is null) or not (age = 1 and tx='x')
not (age in (1,2))
length(name) > 3
char_length ( name ) > 3
lower(name) = name
name || 'x' = tx
name::text = 'x'
cast(age as text) = 'x'
age::varchar(3) = 'x'
coalesce(name, 'x') = 'y'
coalesce(price, 0) > 1
coalesce(age, small, 3) > 1
nullif(tx,'') is not null
greatest(age, 3) > 2
case when age > 1 then true else false end
case age when 1 then flag end
case when age > 1 then 'a' when age > 2 then tx else null end = 'x'
name ~ '^a'
name !~* '^a'
tx similar to 'a'
tx like 'a!%' escape '!'
extract(year from ts) > 2000
date_part('year', ts) > 2000
position('a' in tx) > 0
substring(tx from 1 for 2) = 'x'
substring(tx, 1, 2) = 'x'
substring(tx from '^a+') = 'x'
overlay(tx placing 'b' from 2 for 3) = 'x'
trim(both ' ' from tx) = 'x'
trim(tx) = 'x'
trim(leading from tx) = 'x'
btrim(tx) = 'x'
tags @> array['a']
tags @> '{a,b}'
'a' = any(tags)
age > all (array[1, 2])
tags[1] = 'x'
tags[1:2] is not null
tags[2:] is not null
array_length(tags, 1) > 0
cardinality(tags) > 0
j->>'a' = 'x'
(j->'a'->>'b')::int > 3
j #>> '{a,b}' = 'x'
j ? 'a'
j ?| array['a', 'b']
j @> '{"a": 1}'
jsonb_typeof(j) = 'object'
age % 2 = 0
age + 1 * 2 - 3 > 0
(age + 1) * (2 - age) > 0
age - (age - 1) > 0
age ^ 2 > 3
-age < 0
age = - 1
@ age > 1
age << 2 > 3
age & 1 = 1
tx = 'x' collate "C"
tx collate "C" < 'x'
(age, big) > (1, 2)
name is distinct from tx
name is not distinct from tx
e.age > 0
e."order" > 0 and "Größe" > 0
num_nonnulls(age, big)=1
((age is null)::int + (big is null)::int) = 1
ch = 'abc'
ch in ('a','b')
lower(ch) = 'a'
1 > 0
lower('%') = 'x'
'it''s' <> ''
E'a\\nb' <> tx
$$it's$$ <> tx
tx <> 'back\\slash'
d > current_date
ts > localtimestamp
tz > now() - interval '1 day'
ts at time zone 'utc' > now()
timezone('utc', ts) > now()
age in (1, big)
age in (1, 2, big, small)
name in ('a', tx)
age not in (1, 2, big)
(age > 0) is true
(age > 0) = flag
to_tsvector('english', tx) @@ to_tsquery('a')
-- a remark
age /* another */ > 0
md5(tx) = 'x' and upper(left(name, 1)) = 'A'
concat(name, '-', age) <> ''
regexp_replace(tx, 'a', 'b', 'g') = 'x'
"""
LINES = [line for line in CONDITIONS.replace("-- a remark\n", "-- a remark|").splitlines() if line]
EXPRESSIONS = [line.replace("|age", "\nage") for line in LINES]


def test_the_server_and_the_users_agree(database: PostgresDatabase) -> None:
    database.run("CREATE TYPE mood AS ENUM ('sad', 'it''s ok')")
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
    checks = (f"CONSTRAINT c{at} CHECK ({text}\n)" for at, text in enumerate(EXPRESSIONS))
    database.run(f"CREATE TABLE e ({columns}, {', '.join(checks)})")
    rows = database.fetch(
        "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c'"
    )
    reported = dict(rows)
    different = {
        text: reported[f"c{at}"]
        for at, text in enumerate(EXPRESSIONS)
        if normal(text, SCOPE) != normal(reported[f"c{at}"], SCOPE)
    }

    assert different == {}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_normal_form_means_the_same_once_more(text: str) -> None:
    once = normal(text, SCOPE)

    assert normal(once, SCOPE) == once


def test_normal_forms_are_good_sql(database: PostgresDatabase) -> None:
    database.run("CREATE TYPE mood AS ENUM ('sad', 'it''s ok')")
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
    database.run(f"CREATE TABLE e ({columns})")

    for text in EXPRESSIONS:
        database.run(f"ALTER TABLE e ADD CHECK ({normal(text, SCOPE)})")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("age > 0", "age >= 0"),
        ("age > 0", "big > 0"),
        ("a AND b OR c", "a AND (b OR c)"),
        ("age - (age - 1)", "age - age - 1"),
        ("name = 'a'", "name = 'A'"),
        ('"Größe" > 0', '"größe" > 0'),
        ("age::numeric / 2", "age / 2"),
        ("age::text", "age"),
        ("name::varchar(2)", "name"),
        ("age IN (1, 2)", "age IN (2, 1)"),
        ("NOT a = b", "a"),
        ("a IS NULL", "a IS NOT NULL"),
        ("'1 day'::interval", "'1 day'"),
        ("substring(tx, 1, 2)", "substring(tx, 1)"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normal(one, SCOPE) != normal(other, SCOPE)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("((tx = ANY (ARRAY['a'::text, 'b'::text])))", "tx IN ('a', 'b')"),
        (
            "((name)::text = ANY ((ARRAY['a'::character varying, 'b'::text])::text[]))",
            "name IN ('a', 'b')",
        ),
        ("(( price > (0)::numeric))", "price > 0"),
        ('((e."order" + 1) > 2)', '"order" + 1 > 2'),
        ("((a) OR ((b) AND (c)))", "a OR b AND c"),
        ("(a OR b) AND c", "(a OR b) AND c"),
    ],
)
def test_the_normal_form_is_for_people(text: str, wanted: str) -> None:
    assert normal(text, SCOPE) == wanted


@pytest.mark.parametrize(
    "text", ["count(*) > 1", "(select 1) = 1", "age >", "U&'\\0041' = tx", "a b c", "(" * 5000]
)
def test_what_is_not_understood_stays_as_it_is(text: str) -> None:
    assert normal(f"({text})" if text.count("(") == text.count(")") else text) == text
