"""A column in double quotes in a text for all databases is a column, where no text could be meant."""

from __future__ import annotations

import pytest

from toasty_core import operations as ops
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Generated,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    expr,
)
from toasty_mysql import MysqlBackend
from toasty_mysql.quoted_columns import in_backticks, table_in_backticks

COLUMNS = ("the place", "plain", "group", 'a"b`c')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"the place" > 0', "`the place` > 0"),
        ('"The Place" > 0', "`The Place` > 0"),
        ('"group" = 1 OR plain = 2', "`group` = 1 OR plain = 2"),
        ('"a""b`c" > 0', "`a\"b``c` > 0"),
        ("plain = 'the \"the place\"' AND \"the place\" > 0", "plain = 'the \"the place\"' AND `the place` > 0"),
        ("plain = 'it\\'s \"the place\"'", None),
        ('/* "the place" */ plain > 0', None),
        ('plain = "plain"', None),
        ('plain = "another place"', None),
        ("`the place` > 0", None),
    ],
)  # fmt: skip
def test_names_and_texts(text: str, expected: str | None) -> None:
    said = in_backticks(expr(text), COLUMNS)

    assert said.for_backend("mysql") == (expected or text)
    assert said.text == text


def test_a_text_for_mysql_alone_stays() -> None:
    own = expr('"the place" > 0', mysql='plain = "the place"')

    assert in_backticks(own, COLUMNS) is own


PLAIN = TableDef(
    "t",
    [ColumnDef("the place", "Integer"), ColumnDef("plain", "Integer")],
    checks=[CheckDef("plain > 0")],
)


def test_a_table_without_such_names_is_itself() -> None:
    assert table_in_backticks(PLAIN) is PLAIN


TEXT = expr('"the place" + 1')
COMPUTED = ColumnDef("sum", "Integer", nullable=True, generated=Generated(TEXT))


@pytest.mark.parametrize(
    "operation",
    [
        ops.CreateTable(TableDef("more", [ColumnDef("the place", "Integer"), COMPUTED])),
        ops.AddColumn("t", COMPUTED),
        ops.CreateIndex("t", IndexDef("ix", [TEXT])),
        ops.AddCheck("t", CheckDef(TEXT, name="ck")),
    ],
    ids=lambda operation: operation.kind,
)
def test_operations_say_the_column(operation: ops.Operation) -> None:
    (compiled,) = MysqlBackend().compile_all([operation], SchemaSnapshot.of(PLAIN))

    assert "`the place` + 1" in str(compiled.statements[0])
    assert compiled.operations == (operation,)


def test_a_check_is_found_by_what_it_is() -> None:
    check = CheckDef('"the place" > 0', name="ck")
    before = SchemaSnapshot.of(TableDef("t", PLAIN.columns, checks=[check]))

    (dropped,) = MysqlBackend().compile(ops.DropCheck("t", check), before)

    assert str(dropped) == "ALTER TABLE `t` DROP CHECK `ck`;"
