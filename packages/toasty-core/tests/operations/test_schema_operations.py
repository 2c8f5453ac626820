"""What schema operations do, and when they do not fit."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.errors import Irreversible, SchemaError
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    ExecuteSql,
    ModifyColumn,
    ModifySequence,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
    fold,
    invert,
)
from toasty_core.operations.fills import empty_value
from toasty_core.operations.narrowing import may_lose
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Expression,
    ForeignKeyDef,
    Generated,
    IndexDef,
    Literal,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    parse_type,
)
from toasty_core.schema import types as t

AGE = ColumnDef("age", "Integer")


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        (CreateTable(TableDef("users", [])), "there already is a table 'users'"),
        (DropTable("user"), "there is no table 'user'"),
        (DropTable("teams"), "cannot drop table 'teams': table 'users' has a foreign key to it"),
        (RenameTable("user", "a"), "there is no table 'user'"),
        (RenameTable("users", "teams"), "there already is a table 'teams'"),
        (RenameTable("users", "users"), "there already is a table 'users'"),
        (SetTableComment("user", "x"), "there is no table 'user'"),
        (SetTableOptions("user", {}), "there is no table 'user'"),
        (CreateSequence(SequenceDef("numbers")), "there already is a sequence 'numbers'"),
        (DropSequence("n"), "there is no sequence 'n'"),
        (ModifySequence(SequenceDef("n")), "there is no sequence 'n'"),
        (AddColumn("user", AGE), "there is no table 'user'"),
        (AddColumn("users", ColumnDef("id", "Text")), "already has a column 'id'"),
        (DropColumn("users", "nam"), "has no column 'nam'"),
        (DropColumn("users", "name"), "unique (name, team_id) stands on it"),
        (RenameColumn("users", "nam", "a"), "has no column 'nam'"),
        (RenameColumn("users", "id", "name"), "there already is a column 'name'"),
        (ModifyColumn("users", "nam", type="Text"), "has no column 'nam'"),
        (CreateIndex("users", IndexDef("ix_users_name", ["id"])), "already has an index"),
        (CreateIndex("users", IndexDef("ix", ["nam"])), "has no column 'nam'"),
        (DropIndex("users", "ix"), "has no index 'ix'"),
        (RenameIndex("users", "ix", "iy"), "has no index 'ix'"),
        (RenameIndex("users", "ix_users_name", "ix_users_name"), "already has an index"),
        (AddUnique("users", UniqueDef("nam")), "has no column 'nam'"),
        (AddUnique("users", UniqueDef("id", "uq_users_email")), "already has a constraint"),
        (DropUnique("users", "uq"), "has no constraint 'uq'"),
        (DropUnique("users", UniqueDef("id")), "has no constraint unique (id)"),
        (AddCheck("users", CheckDef("1", "ck_users_id")), "already has a constraint"),
        (DropCheck("users", CheckDef("1")), "has no constraint check (1)"),
        (AddForeignKey("users", ForeignKeyDef("id", "team")), "there is no table 'team'"),
        (AddForeignKey("users", ForeignKeyDef("id", "teams", "key")), "has no column 'key'"),
        (DropForeignKey("users", "fk"), "has no constraint 'fk'"),
        (ChangePrimaryKey("users", ["nam"]), "has no column 'nam'"),
        (RenameConstraint("users", UniqueDef("id"), "a"), "has no constraint unique (id)"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_an_operation_that_does_not_fit_is_an_error(before, operation, what):
    with pytest.raises(SchemaError) as caught:
        fold([operation], before)

    assert what in caught.value.what


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"indexes": [IndexDef("ix", ["id"], where="name <> 'note'")]}, "index 'ix'"),
        ({"indexes": [IndexDef("ix", [Expression("lower(name)")])]}, "index 'ix'"),
        ({"checks": [CheckDef('length("name") > 3', "ck")]}, "check 'ck'"),
        ({"checks": [CheckDef(Expression("1", {"mysql": "`name` > 0"}))]}, "check (1)"),
    ],
    ids=["where", "expression", "check", "check of one database"],
)
def test_a_column_that_an_expression_speaks_of_stays_until_that_is_gone(table, what):
    columns = [ColumnDef(name, "Text") for name in ("id", "name", "note")]
    schema = SchemaSnapshot.of(TableDef("users", columns, **table))
    with pytest.raises(SchemaError) as caught:
        fold([DropColumn("users", "name")], schema)

    assert caught.value.what == f"cannot drop column users.name: {what} stands on it"
    assert not fold([DropColumn("users", "note")], schema).table("users").has_column("note")


def test_a_dropped_table_comes_back_without_its_rows(before):
    schema = fold([DropForeignKey("users", "fk_users_team")], before)
    operation = DropTable("teams")

    assert operation.inverse(schema) == CreateTable(schema.table("teams"))
    assert operation.not_restored(schema) == "the rows of teams are not restored"
    assert operation.describe() == "drop table teams"
    assert operation.touches() == ("teams",)


def test_a_table_with_a_key_to_itself_can_be_dropped(before):
    assert "users" not in fold([DropTable("users")], before).tables


def test_foreign_keys_follow_a_renamed_table_and_column(before):
    schema = fold(
        [
            RenameTable("teams", "groups"),
            RenameColumn("groups", "id", "key"),
            RenameTable("users", "people"),
            RenameColumn("people", "id", "number"),
        ],
        before,
    )
    people = schema.table("people")

    assert [(key.table, key.references) for key in people.foreign_keys] == [
        ("people", ("number",)),
        ("groups", ("key",)),
    ]
    assert people.key_columns == ("number",)


def test_keys_uniques_and_indexes_follow_a_renamed_column(before):
    users = fold([RenameColumn("users", "name", "label")], before).table("users")

    assert users.index("ix_users_name").column_names == ("label",)
    assert [unique.columns for unique in users.uniques] == [("label", "team_id"), ("email",)]


def test_a_rename_stays_in_its_schema():
    schema = SchemaSnapshot.of(TableDef("orders", [], schema="sales"))

    assert list(fold([RenameTable("sales.orders", "sales.old")], schema).tables) == ["sales.old"]
    with pytest.raises(SchemaError) as caught:
        fold([RenameTable("sales.orders", "old")], schema)
    assert caught.value.hint == "write 'sales.old'"


def test_a_column_that_others_point_at_stays(before):
    code = ColumnDef("code", "Integer")
    cities = TableDef("cities", [code, ColumnDef("name", "Text")])
    key = ForeignKeyDef(["city"], "cities", ["code"], "fk_city")
    streets = TableDef("streets", [ColumnDef("city", "Integer")], foreign_keys=[key])
    schema = before.put(cities).put(streets)

    with pytest.raises(SchemaError, match="foreign key 'fk_city' of table 'streets' points at it"):
        fold([DropColumn("cities", "code")], schema)
    assert (
        not fold([DropForeignKey("streets", "fk_city"), DropColumn("cities", "code")], schema)
        .table("cities")
        .has_column("code")
    )


def test_modify_column_leaves_alone_what_is_not_given(before):
    column = before.table("users").column("email")
    after = fold([ModifyColumn("users", "email", type="String(9)")], before)
    cleared = fold([ModifyColumn("users", "email", default=None)], before)

    assert after.table("users").column("email") == evolve(column, type="String(9)")
    assert cleared.table("users").column("email") == evolve(column, default=None)


def test_options_are_compared_backend_by_backend(before):
    operation = SetTableOptions("users", {"sqlite": {"strict": True}, "mysql": {"engine": "x"}})

    assert not operation.changed(before, "sqlite")
    assert operation.changed(before, "mysql")
    assert not operation.changed(before, "postgresql")


def test_what_dropping_a_computed_column_loses_is_nothing(before):
    computed = ColumnDef("low", "Text", generated=Generated("lower(name)"))
    schema = fold([AddColumn("users", computed)], before)

    assert DropColumn("users", "low").not_restored(schema) is None
    assert DropColumn("users", "note").not_restored(schema) == (
        "the values of users.note are not restored"
    )


def test_what_a_narrower_type_loses_is_said(before):
    narrower = ModifyColumn("users", "name", type="String(5)")
    wider = ModifyColumn("users", "name", type="String(500)")

    assert narrower.not_restored(before) == ("what users.name lost as String(5) is not restored")
    assert wider.not_restored(before) is None
    assert ModifyColumn("users", "name", comment="x").not_restored(before) is None


@pytest.mark.parametrize(
    ("old", "new", "loses"),
    [
        ("Integer", "Integer", False),
        ("Integer", "BigInteger", False),
        ("BigInteger", "Integer", True),
        ("String(5)", "String(6)", False),
        ("String(6)", "String(5)", True),
        ("Text", "String(5)", True),
        ("Text", "String", False),
        ("Integer", "Text", False),
        ("Text", "Integer", True),
        ("Decimal(10, 2)", "Decimal(12, 2)", False),
        ("Decimal(10, 2)", "Decimal(10, 3)", True),
        ("Decimal(10, 2)", "Decimal(10, 1)", True),
        ("Decimal(10, 2)", "Decimal", False),
        ("Decimal", "Decimal(10, 2)", True),
        ("Enum('a')", "Enum('a', 'b')", False),
        ("Enum('a', 'b')", "Enum('a')", True),
        ("Float", "Double", False),
        ("Double", "Float", True),
        ("Date", "DateTime", False),
        ("DateTime", "Date", True),
    ],
)
def test_which_changes_of_type_can_lose_something(old, new, loses):
    assert may_lose(parse_type(old), parse_type(new)) is loses


def test_every_type_but_the_native_one_has_a_plain_value_to_come_back_with():
    values = {
        t.String(): "",
        t.Boolean(): False,
        t.Integer(): 0,
        t.Date(): "1970-01-01",
        t.Enum("x", "y"): "x",
        t.Binary(): b"",
        t.Array(t.Text()): [],
        t.Variant(t.Json(), {}): {},
        t.Variant(t.Char(36), {"postgresql": t.Uuid()}): "00000000-0000-0000-0000-000000000000",
        t.Variant(t.Char(2), {"postgresql": t.Uuid()}): "",
    }

    assert {type_: empty_value(type_) for type_ in values} == {
        type_: Literal(value) for type_, value in values.items()
    }
    assert empty_value(t.Native("tsvector")) is None


def test_inversion_goes_backwards_through_every_state(before):
    operations = [
        AddColumn("users", AGE),
        CreateIndex("users", IndexDef("ix_age", ["age"])),
        RenameColumn("users", "age", "years"),
    ]

    assert invert(operations, before) == [
        RenameColumn("users", "years", "age"),
        DropIndex("users", "ix_age"),
        DropColumn("users", "age"),
    ]


def test_an_inversion_that_cannot_be_names_the_operation(before):
    with pytest.raises(Irreversible) as caught:
        invert([AddColumn("users", AGE), ExecuteSql("VACUUM")], before)

    assert caught.value.where == "execute SQL: VACUUM"


def test_arguments_may_be_given_in_short():
    assert ChangePrimaryKey("a", ["id"]).primary_key == PrimaryKeyDef(("id",))
    assert ModifyColumn("a", "b", using="lower(b)").using == Expression("lower(b)")
    assert AddColumn("a", AGE, fill=0).fill == Literal(0)
