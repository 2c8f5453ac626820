"""What the context writes down, and what it refuses."""

from __future__ import annotations

import inspect

import pytest
from attrs import fields

from toasty_core import operations
from toasty_core.errors import MigrationFileError
from toasty_core.migrations import Direction, Migration, MigrationContext, record
from toasty_core.operations import AddColumn, DropColumn, DropTable, Operation
from toasty_core.schema import ColumnDef

OPERATIONS = sorted(
    (
        item
        for item in vars(operations).values()
        if isinstance(item, type) and issubclass(item, Operation) and item is not Operation
    ),
    key=lambda item: item.kind,
)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: item.kind)
def test_every_operation_has_a_method_of_its_name_with_its_arguments(operation):
    method = getattr(MigrationContext, operation.kind)
    arguments = list(inspect.signature(method).parameters.values())[1:]

    assert method.__doc__
    assert [argument.name for argument in arguments] == [a.name for a in fields(operation)]
    assert [argument.kind is argument.KEYWORD_ONLY for argument in arguments] == [
        a.kw_only for a in fields(operation)
    ]


def test_operations_are_recorded_in_order_with_their_lines(record_body):
    recording = record_body(
        'db.drop_column("users", "a")',
        "db.add_column(",
        '    "users",',
        '    ColumnDef(name="b", type="Text"),',
        ")",
        'db.drop_table("users")',
    )

    assert recording.operations == (
        DropColumn("users", "a"),
        AddColumn("users", ColumnDef("b", "Text")),
        DropTable("users"),
    )
    assert recording.lines == (8, 9, 13)
    assert recording.where(2).endswith("_sample.py:13")


def test_the_line_is_the_one_in_the_migration_when_a_helper_elsewhere_calls():
    class Sample(Migration):
        version = "20250117_120000_sample"

        def up(self, db):
            drop_many(db)

    drop_many = eval("lambda db: db.drop_table('users')", {})
    first = Sample.up.__code__.co_firstlineno

    assert record(Sample(), Direction.UP).lines == (first + 1,)


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ('db.add_column("users", "email")', "'email' stands where a ColumnDef", "ColumnDef(name="),
        ('db.add_column(IndexDef, ColumnDef("a", "Text"))', "stands where a str", "users"),
        ('db.create_table("users")', "'users' stands where a TableDef", "TableDef(name="),
        ('db.drop_index("users", IndexDef("a", ["b"]))', "stands where a str", "users"),
        ('db.drop_unique("users", None)', "a UniqueDef or str should", "UniqueDef(columns="),
        ('db.insert_rows("users", {"id": 1})', "stands where rows should", '[{"id": 1'),
        ('db.insert_rows("users", [1])', "1 stands where rows should", '[{"id": 1'),
        ('db.update_rows("users", "name")', "columns and values should", '{"name": "Ada"}'),
        ("db.run(print())", "None stands where a function should", "without calling it"),
        ("db.run(lambda live: (yield))", "must neither be async nor yield", "without async"),
        ("db.transform_rows('t', lambda row: (yield))", "must neither be async nor yield", ""),
        ("raise SystemExit(0)", "SystemExit: 0", "look at"),
        ('db.execute_sql("SELECT 1", state=["x"])', "'x' stands where a Operation", "AddColumn("),
        ('db.modify_column("users", "a")', "changes nothing", 'type="Text"'),
        ('db.add_column("users", ColumnDef("a", "Strin"))', "no type 'Strin'", "String"),
        ('db.add_colum("users", 1)', "no attribute 'add_colum'", "add_column"),
        ('db.drop_table("users", cascade=True)', "unexpected keyword argument 'cascade'", ""),
        ("CheckDef('x')", "name 'CheckDef' is not defined", "from toasty_core import CheckDef"),
        ("1 / 0", "ZeroDivisionError: division by zero", "look at: 1 / 0"),
        ("db.irreversible('no')", "up() of 20250117_120000_sample calls irrev", "in down()"),
    ],
)
def test_a_wrong_call_is_an_error_with_its_line_and_what_to_write(record_body, line, what, hint):
    with pytest.raises(MigrationFileError) as caught:
        record_body(line)

    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
    assert "20250117_120000_sample.py" in (caught.value.where or "")
    assert ":8" in (caught.value.where or "") or "irreversible" in line


def test_a_part_of_a_table_that_is_none_is_an_error(record_body):
    with pytest.raises(MigrationFileError, match="'id' stands where a ColumnDef should"):
        record_body(
            "from toasty_core import TableDef", 'db.create_table(TableDef("users", ["id"]))'
        )


def test_down_can_say_that_there_is_no_way_back_and_the_first_reason_counts(record_text):
    text = (
        "from toasty_core import Migration\n"
        "class A(Migration):\n"
        "    version = '20250117_120000_sample'\n"
        "    def up(self, db): ...\n"
        "    def down(self, db):\n"
        "        db.irreversible('rows are gone')\n"
        "        db.irreversible('and more')\n"
    )

    assert record_text(text, Direction.DOWN).irreversible == "rows are gone"
    assert record_text(text, Direction.UP).irreversible is None
