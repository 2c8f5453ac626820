"""The text of migration files."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import OrderedDict
from decimal import Decimal
from textwrap import dedent
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toasty_core.diff import detect_changes
from toasty_core.errors import MigrationFileError
from toasty_core.migrations import Direction, Draft, History, MigrationFile, render_migration
from toasty_core.migrations.render import render_with
from toasty_core.migrations.reversing import WayBack
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DeleteRows,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    ExecuteCommand,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    ModifySequence,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    Run,
    SetTableComment,
    SetTableOptions,
    TransformRows,
    UpdateRows,
    UpsertRows,
    invert,
)
from toasty_core.schema import (
    Action,
    CheckDef,
    ColumnDef,
    Deferral,
    Expression,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    Literal,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    Serial,
    TableDef,
    UniqueDef,
    expr,
    now,
)
from toasty_core.testing.strategies import schema_pairs

VERSION = "20250117_120000_add_user_email"
USERS = TableDef(
    "users",
    [ColumnDef("id", "Integer", auto=True), ColumnDef("name", "String")],
    primary_key=["id"],
)
EMAIL = ColumnDef("email", "String")
INDEX = IndexDef("idx_users_email", ["email"], unique=True)
BEFORE = SchemaSnapshot.of(USERS)

GUIDE = '''\
"""add user email"""

from toasty_core import ColumnDef, IndexDef, Migration, MigrationContext


class Migration_20250117_120000_add_user_email(Migration):
    version = "20250117_120000_add_user_email"

    def up(self, db: MigrationContext) -> None:
        # Add email column
        db.add_column("users", ColumnDef(name="email", type="String", nullable=False))

        # Create unique index
        db.create_index(
            "users",
            IndexDef(name="idx_users_email", columns=["email"], unique=True),
        )

    def down(self, db: MigrationContext) -> None:
        db.drop_index("users", "idx_users_email")
        db.drop_column("users", "email")
'''


def rendered(*operations, before=BEFORE, message="", depends_on=()) -> str:
    return render_migration(Draft(VERSION, message, operations, depends_on), before)


def calls(text: str, method: str) -> str:
    """The body of a method."""
    _, _, rest = text.partition(f"    def {method}(self, db: MigrationContext) -> None:\n")
    return rest.partition("\n    def ")[0].rstrip()


def recorded(folder, text, direction=Direction.UP):
    file = MigrationFile.at(folder / f"{VERSION}.py")
    file.path.write_text(text, encoding="utf-8")
    return History(folder, (file,)).recording(file, direction)


def test_the_guide_s_migration():
    operations = (AddColumn("users", EMAIL), CreateIndex("users", INDEX))

    assert rendered(*operations, message="add user email") == GUIDE


def test_columns_of_one_table_share_a_comment():
    more = AddColumn("users", ColumnDef("phone", "Text", nullable=True))
    body = calls(rendered(AddColumn("users", EMAIL), more), "up")

    assert body.splitlines() == [
        "        # Add columns to users",
        '        db.add_column("users", ColumnDef(name="email", type="String", nullable=False))',
        '        db.add_column("users", ColumnDef(name="phone", type="Text", nullable=True))',
    ]


def test_a_new_table_stands_one_column_a_line():
    text = rendered(CreateTable(USERS), before=SchemaSnapshot())

    assert (
        calls(text, "up")
        == """\
        # Create users table
        db.create_table(
            TableDef(
                name="users",
                columns=[
                    ColumnDef(name="id", type="Integer", nullable=False, auto=True),
                    ColumnDef(name="name", type="String", nullable=False),
                ],
                primary_key=["id"],
            ),
        )"""
    )
    assert calls(text, "down") == '        db.drop_table("users")'


def test_what_a_dropped_table_does_not_bring_back_is_said():
    assert "        # Not restored: the rows of users\n        db.create_table(" in rendered(
        DropTable("users")
    )


def test_an_invented_value_of_a_column_that_comes_back_is_said():
    assert (
        calls(rendered(DropColumn("users", "name")), "down")
        == """\
        # Not restored: the values of users.name; rows get the fill below instead
        db.add_column(
            "users",
            ColumnDef(name="name", type="String", nullable=False),
            fill="",
        )"""
    )


def test_what_has_no_way_back_says_why():
    text = rendered(AddColumn("users", EMAIL), ExecuteSql("VACUUM"))

    assert (
        calls(text, "down")
        == """\
        db.irreversible("execute SQL: VACUUM: SQL cannot be turned around")"""
    )


def test_an_empty_migration_can_be_loaded_and_edited(tmp_path):
    text = rendered(message="by hand")

    assert "pass" not in text
    assert recorded(tmp_path, text).operations == ()
    assert recorded(tmp_path, text, Direction.DOWN).operations == ()


def test_dependencies_stand_below_the_version():
    text = rendered(depends_on=("20250101_000000_a",))

    assert f'    version = "{VERSION}"\n    depends_on = ("20250101_000000_a",)\n' in text


@pytest.mark.parametrize(
    "message", ['"""', "\\", 'ends with "', "two\nlines", "\\N{bad}", "größe", "\ud800", "'''"]
)
def test_any_message_can_stand_above(tmp_path, message):
    text = rendered(message=message)

    assert recorded(tmp_path, text).version == VERSION
    assert formatted(text) == text


def test_the_same_schema_in_another_order_gives_the_same_text():
    one = evolve(USERS, options={"sqlite": {"strict": True, "a": 1}, "mysql": {"engine": "x"}})
    other = evolve(USERS, options={"mysql": {"engine": "x"}, "sqlite": {"a": 1, "strict": True}})

    nothing = SchemaSnapshot()

    assert rendered(CreateTable(one), before=nothing) == rendered(
        CreateTable(other), before=nothing
    )


UTC_PLUS_1 = dt.timezone(dt.timedelta(hours=1))
VALUES = {
    "text": 'it\'s "so"\\ \n größe \ud800',
    "whole": -3,
    "truth": True,
    "nothing": None,
    "float": 1e-9,
    "infinite": float("-inf"),
    "exact": Decimal("1.50"),
    "bytes": b"\x00'\"\xff",
    "day": dt.date(2025, 1, 17),
    "moment": dt.datetime(2025, 1, 17, 12, 0, 5, 123456, tzinfo=UTC_PLUS_1),
    "utc": dt.datetime(2025, 1, 17, tzinfo=dt.timezone.utc),
    "time": dt.time(12, 30),
    "span": dt.timedelta(days=-1, seconds=3),
    "uuid": UUID(int=7),
    "list": [1, [2, {"a": None}], ()],
    "tuple": (1,),
    "set": {3, 1, 2},
    "empty set": set(),
    "frozen": frozenset({1}),
    "expression": expr("lower(name)"),
    "variants": expr("now()", sqlite="CURRENT_TIMESTAMP"),
    "other name": Expression(None, {"my-backend": "x"}),
    "dict": {"b": 1, "a": {}},
}

WIDE = TableDef(
    "wide",
    [
        ColumnDef("id", "BigInteger", auto=Identity(always=True, start=5)),
        ColumnDef("serial", "Integer", auto=Serial()),
        ColumnDef("mood", "Enum('calm', \"it's\", name='mood')", default="calm"),
        ColumnDef("null", "Text", nullable=True, default=Literal(None)),
        ColumnDef("yes", "Boolean", default=False),
        ColumnDef("made", "DateTime(timezone=True)", default=now()),
        ColumnDef("number", "Integer", default=NextValue("numbers")),
        ColumnDef("lower", "Text", generated=Generated(expr("lower(mood)"), stored=False)),
        ColumnDef("json", "Json", default={"a": [1]}, options={"mysql": {"b": 1, "a": (2,)}}),
        ColumnDef("text", "String(9)", collation="NOCASE", comment='its "comment"'),
    ],
    primary_key=PrimaryKeyDef(["id"], "pk_wide"),
    indexes=[
        IndexDef("plain", ["mood"], only=["sqlite"]),
        IndexDef("parts", [IndexColumn("mood", descending=True), expr("lower(text)")]),
        IndexDef("partial", ["text"], where="yes", options={"postgresql": {"using": "gin"}}),
    ],
    uniques=[UniqueDef(["text"], deferral=Deferral.DEFERRED)],
    checks=[CheckDef("number > 0", "ck"), CheckDef(expr("1", mysql="2"))],
    foreign_keys=[ForeignKeyDef(["number"], "users", ["id"], "fk", on_delete=Action.SET_NULL)],
    comment="wide",
    schema="sales",
    options={"sqlite": {"strict": True}},
)

EVERY = (
    CreateTable(WIDE),
    DropTable("users"),
    RenameTable("users", "accounts"),
    SetTableComment("users", None),
    SetTableOptions("users", {}),
    SetTableOptions("users", {"sqlite": {"strict": True}}),
    AddColumn("users", EMAIL, fill=expr("lower(name)")),
    AddColumn("users", EMAIL, fill="unknown@example.com"),
    DropColumn("users", "name"),
    RenameColumn("users", "name", "full_name"),
    ModifyColumn("users", "name", type="Text", default=None, using="upper(name)", fill=""),
    ModifyColumn("users", "name", nullable=True, auto=True, generated=None, options={}),
    CreateIndex("users", IndexDef("ix", [expr("lower(name)", sqlite="name")])),
    DropIndex("users", "ix"),
    RenameIndex("users", "a", "b"),
    AddUnique("users", UniqueDef(["name"])),
    DropUnique("users", "uq"),
    DropUnique("users", UniqueDef(["name"])),
    AddCheck("users", CheckDef("name <> ''")),
    DropCheck("users", CheckDef("name <> ''")),
    AddForeignKey("users", ForeignKeyDef(["id"], "wide")),
    DropForeignKey("users", ForeignKeyDef(["id"], "wide")),
    ChangePrimaryKey("users", None),
    ChangePrimaryKey("users", ["id", "name"]),
    ChangePrimaryKey("users", PrimaryKeyDef(["id"], "pk")),
    RenameConstraint("users", UniqueDef(["name"]), "uq"),
    RenameConstraint("users", PrimaryKeyDef(["id"]), None),
    CreateSequence(SequenceDef("numbers", start=5, schema="sales")),
    ModifySequence(SequenceDef("numbers", cycle=True)),
    DropSequence("numbers"),
    InsertRows("users", [VALUES, {"text": ""}]),
    UpsertRows("users", [{"id": 1, "name": "Ada"}], key=["id"]),
    UpdateRows("users", {"name": expr("upper(name)")}, {"id": [1, 2], "name": None}),
    UpdateRows("users", {"name": "x"}, "id > 3"),
    DeleteRows("users"),
    DeleteRows("users", expr("id > 3", mysql="id > 4")),
    TransformRows("users", dedent, {"id": 1}, batch_size=10),  # type: ignore[arg-type]
    ExecuteSql("SELECT 1\n", only=["sqlite"], state=[AddColumn("users", EMAIL)]),
    ExecuteCommand({"collMod": "users", "validator": {"$or": [1]}}),
    Run(dedent, only=["sqlite"]),
)


@pytest.mark.parametrize("operation", EVERY, ids=lambda op: f"{op.kind}")
def test_a_rendered_file_records_the_same_operation(tmp_path, operation):
    text = render_with(Draft(VERSION, "", (operation,)), WayBack())

    assert recorded(tmp_path, text).operations == (operation,)
    assert formatted(text) == text


@pytest.mark.parametrize("value", [object(), Run, OrderedDict, lambda row: row])
def test_a_value_without_a_form_in_python_is_an_error(value):
    with pytest.raises(MigrationFileError, match="cannot be written into a migration file"):
        rendered(InsertRows("users", [{"id": 1, "name": value}]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pair=schema_pairs(3), message=st.text(max_size=20))
def test_law_3_a_rendered_file_records_the_same_operations_both_ways(
    tmp_path_factory, pair, message
):
    old, new = pair
    operations = tuple(detect_changes(old, new))
    text = render_migration(Draft(VERSION, message, operations), old)
    folder = tmp_path_factory.mktemp("law")
    down = recorded(folder, text, Direction.DOWN)

    assert recorded(folder, text).operations == operations
    assert down.irreversible is None
    assert list(down.operations) == invert(operations, old)


def test_ruff_and_isort_leave_random_files_alone(tmp_path):
    """Many files, one run of the formatter and one of its import sorting."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(pair=schema_pairs(3), message=st.text(max_size=100))
    def collect(pair, message):
        draft = Draft(VERSION, message, tuple(detect_changes(*pair)))
        file = tmp_path / f"file{len(list(tmp_path.iterdir()))}.py"
        file.write_text(render_migration(draft, pair[0]), encoding="utf-8")

    collect()

    assert ruff("format", "--check", str(tmp_path)) == 0
    assert ruff("check", "--select", "I,F", str(tmp_path)) == 0


def ruff(command: str, *arguments: str) -> int:
    line = [sys.executable, "-m", "ruff", command, "--isolated", "--no-cache", *arguments]
    return subprocess.run(line, capture_output=True).returncode


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode()
