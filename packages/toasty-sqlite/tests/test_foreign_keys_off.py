"""Which statements cannot run while foreign keys are enforced, told by their text."""

from __future__ import annotations

import pytest

from toasty_sql.statements import SqlStatement
from toasty_sqlite.foreign_keys import must_be_off


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE a",
        "drop\n  table IF EXISTS a",
        "-- first\nDROP TABLE a",
        "ALTER TABLE a ADD COLUMN b INTEGER REFERENCES c (id)",
        "alter table a add b integer\nreferences c",
    ],
)
def test_what_enforcement_would_refuse_or_answer_by_deleting_rows(sql):
    assert must_be_off([SqlStatement("SELECT 1"), SqlStatement(sql)])


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (b INTEGER REFERENCES c (id))",
        "ALTER TABLE a ADD COLUMN b INTEGER",
        "ALTER TABLE a RENAME COLUMN added TO references_b",
        "ALTER TABLE a DROP COLUMN b",
        "DROP INDEX a",
        "INSERT INTO a VALUES ('raindrop tables')",
    ],
)
def test_what_runs_with_foreign_keys_enforced(sql):
    assert not must_be_off([SqlStatement(sql)])


def test_a_long_text_is_read_once():
    assert not must_be_off([SqlStatement("SELECT 'ALTER TABLE a ADD b'; " * 20_000)])
