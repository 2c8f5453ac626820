"""What holds of each operation: its way there and back, its words, its tables, its hazard."""

from __future__ import annotations

import pytest
from attrs import evolve, frozen

from toasty_core import operations as package
from toasty_core.errors import SchemaError
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddField,
    AddForeignKey,
    AddUnique,
    Category,
    ChangePrimaryKey,
    CreateIndex,
    CreateSequence,
    CreateTable,
    DropCheck,
    DropColumn,
    DropField,
    DropForeignKey,
    DropIndex,
    DropSequence,
    DropTable,
    DropUnique,
    Hazard,
    InsertRows,
    ModifyColumn,
    ModifySequence,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameField,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
    fold,
    invert,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    SequenceDef,
    TableDef,
    UniqueDef,
    expr,
)

ADD, DROP, MODIFY = Category.ADDITIVE, Category.DESTRUCTIVE, Category.MODIFYING
SAFE, LOSSY, GONE = Hazard.SAFE, Hazard.LOSSY, Hazard.IRREVERSIBLE

POSTS = TableDef("posts", [ColumnDef("id", "Integer")], foreign_keys=[ForeignKeyDef("id", "users")])
AGE = ColumnDef("age", "Integer")
BOSS = ForeignKeyDef(["boss_id"], "users", ["id"])
FOLLOWERS = TableDef(
    "log", [ColumnDef("id", "Integer")], foreign_keys=[ForeignKeyDef("id", "teams", ["id"])]
)


@frozen
class Case:
    """An operation and what it says of itself."""

    operation: Operation
    inverse: Operation
    words: str
    tables: tuple[str, ...]
    category: Category = MODIFY
    hazard: Hazard = SAFE


CASES = [
    Case(CreateTable(POSTS), DropTable("posts"), "create table posts", ("posts", "users"), ADD),
    Case(
        RenameTable("users", "people"),
        RenameTable("people", "users"),
        "rename table users to people",
        ("users", "people"),
    ),
    Case(
        SetTableComment("users", None),
        SetTableComment("users", "people"),
        "set comment of table users",
        ("users",),
    ),
    Case(
        SetTableOptions("users", {"mysql": {"engine": "x"}}),
        SetTableOptions("users", {"sqlite": {"strict": True}}),
        "set options of table users",
        ("users",),
    ),
    Case(
        CreateSequence(SequenceDef("more")),
        DropSequence("more"),
        "create sequence more",
        (),
        ADD,
    ),
    Case(
        DropSequence("numbers"),
        CreateSequence(SequenceDef("numbers")),
        "drop sequence numbers",
        (),
        DROP,
        LOSSY,
    ),
    Case(
        ModifySequence(SequenceDef("numbers", cycle=True)),
        ModifySequence(SequenceDef("numbers")),
        "modify sequence numbers",
        (),
    ),
    Case(
        AddColumn("users", AGE),
        DropColumn("users", "age"),
        "add column users.age",
        ("users",),
        ADD,
    ),
    Case(
        DropColumn("users", "note"),
        AddColumn("users", ColumnDef("note", "Text"), fill=""),
        "drop column users.note",
        ("users",),
        DROP,
        GONE,
    ),
    Case(
        RenameColumn("users", "id", "key"),
        RenameColumn("users", "key", "id"),
        "rename column users.id to key",
        ("users",),
    ),
    Case(
        ModifyColumn("users", "email", type="String(9)", nullable=False, default=None, fill=""),
        ModifyColumn("users", "email", type="Text", nullable=True, default="none"),
        "modify column users.email (type, nullable, default)",
        ("users",),
        hazard=LOSSY,
    ),
    Case(
        ModifyColumn("users", "name", comment="full"),
        ModifyColumn("users", "name", comment=None),
        "modify column users.name (comment)",
        ("users",),
    ),
    Case(
        CreateIndex("users", IndexDef("ix", ["email"], unique=True)),
        DropIndex("users", "ix"),
        "create unique index ix on users",
        ("users",),
        ADD,
    ),
    Case(
        DropIndex("users", "ix_users_name"),
        CreateIndex("users", IndexDef("ix_users_name", ["name"])),
        "drop index ix_users_name on users",
        ("users",),
    ),
    Case(
        RenameIndex("users", "ix_users_name", "ix"),
        RenameIndex("users", "ix", "ix_users_name"),
        "rename index ix_users_name to ix on users",
        ("users",),
    ),
    Case(
        AddUnique("users", UniqueDef("id", "uq")),
        DropUnique("users", "uq"),
        "add unique 'uq' to users",
        ("users",),
        ADD,
    ),
    Case(
        AddUnique("users", UniqueDef("id")),
        DropUnique("users", UniqueDef("id")),
        "add unique (id) to users",
        ("users",),
        ADD,
    ),
    Case(
        DropUnique("users", "uq_users_email"),
        AddUnique("users", UniqueDef("email", "uq_users_email")),
        "drop unique 'uq_users_email' of users",
        ("users",),
    ),
    Case(
        DropUnique("users", UniqueDef(["name", "team_id"])),
        AddUnique("users", UniqueDef(["name", "team_id"])),
        "drop unique (name, team_id) of users",
        ("users",),
    ),
    Case(
        AddCheck("users", CheckDef("id < 9")),
        DropCheck("users", CheckDef("id < 9")),
        "add check (id < 9) to users",
        ("users",),
        ADD,
    ),
    Case(
        DropCheck("users", "ck_users_id"),
        AddCheck("users", CheckDef("id > 0", "ck_users_id")),
        "drop check 'ck_users_id' of users",
        ("users",),
    ),
    Case(
        AddForeignKey("teams", ForeignKeyDef("id", "users", name="fk")),
        DropForeignKey("teams", "fk"),
        "add foreign key 'fk' to teams",
        ("teams", "users"),
        ADD,
    ),
    Case(
        DropForeignKey("users", BOSS),
        AddForeignKey("users", BOSS),
        "drop foreign key (boss_id) of users",
        ("users",),
    ),
    Case(
        ChangePrimaryKey("users", ["id", "name"]),
        ChangePrimaryKey("users", ["id"]),
        "change primary key of users to (id, name)",
        ("users",),
    ),
    Case(
        ChangePrimaryKey("users", None),
        ChangePrimaryKey("users", ["id"]),
        "change primary key of users to (none)",
        ("users",),
    ),
    Case(
        RenameConstraint("users", UniqueDef("email", "uq_users_email"), None),
        RenameConstraint("users", UniqueDef("email"), "uq_users_email"),
        "rename unique 'uq_users_email' of users to no name",
        ("users",),
    ),
    Case(
        RenameConstraint("users", PrimaryKeyDef("id"), "pk"),
        RenameConstraint("users", PrimaryKeyDef("id", "pk"), None),
        "rename primary key (id) of users to pk",
        ("users",),
    ),
]


HOME = AddColumn(
    "users",
    ColumnDef(
        "home", "Array(Document(Field('at', Document(Field('zip', Char(5))))))", nullable=True
    ),
)
FIELDS = [
    Case(
        RenameField("users", "home.at.zip", "home.at.code"),
        RenameField("users", "home.at.code", "home.at.zip"),
        "rename field users.home.at.zip to home.at.code",
        ("users",),
    ),
    Case(
        AddField("users", "home.at.country", "String", fill="DE"),
        DropField("users", "home.at.country"),
        "add field users.home.at.country",
        ("users",),
        ADD,
    ),
    Case(
        DropField("users", "home.at.zip"),
        AddField("users", "home.at.zip", "Char(5)", fill=""),
        "drop field users.home.at.zip",
        ("users",),
        DROP,
        GONE,
    ),
]


@pytest.mark.parametrize("case", FIELDS, ids=lambda case: case.words)
def test_operations_on_fields_of_nested_documents(case, before):
    before = HOME.apply(before)
    test_an_operation_knows_its_way_back_its_words_its_tables_and_its_hazard(case, before)
    test_there_and_back_is_where_it_began(case, before)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (RenameField("users", "home", "house"), "no field of a nested document"),
        (RenameField("users", "home.at.zip", "home.zip"), "stays in its document"),
        (RenameField("users", "home.at.zap", "home.at.code"), "no field 'zap'"),
        (DropField("users", "name.first"), "has no fields"),
        (AddField("users", "home.at.zip", "Text"), "is there already"),
    ],
    ids=str,
)
def test_fields_that_are_none(operation, said, before):
    with pytest.raises(SchemaError, match=said):
        operation.apply(HOME.apply(before))


def test_an_index_follows_its_field_and_json_has_no_fields(before):
    index = IndexDef("ix", [expr("home.at.zip"), "name"])
    schema = fold([HOME, CreateIndex("users", index)], before)
    after = RenameField("users", "home.at.zip", "home.at.code").apply(schema)
    assert after.table("users").index("ix").columns[0].expression == expr("home.at.code")

    loose = AddColumn("users", ColumnDef("more", "Json", nullable=True)).apply(before)
    assert RenameField("users", "more.a.b", "more.a.c").apply(loose) == loose


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_an_operation_knows_its_way_back_its_words_its_tables_and_its_hazard(case, before):
    operation = case.operation

    assert operation.inverse(before) == case.inverse
    assert operation.describe() == case.words
    assert operation.touches() == case.tables
    assert operation.category is case.category
    assert operation.hazard is case.hazard


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_there_and_back_is_where_it_began(case, before):
    after = fold([case.operation], before)

    assert after != before
    assert fold(invert([case.operation], before), after) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_applying_leaves_the_schema_before_alone_and_gives_the_same_each_time(case, before):
    untouched = evolve(before, tables=dict(before.tables), sequences=dict(before.sequences))

    assert case.operation.apply(before) == case.operation.apply(before)
    assert case.operation.apply(before) == fold([case.operation], before)
    assert before == untouched


def test_every_schema_operation_has_its_case():
    kinds = {case.operation.kind for case in [*CASES, *FIELDS]} | {"drop_table"}
    data = {"insert_rows", "upsert_rows", "update_rows", "delete_rows", "transform_rows"}
    native = {"execute_sql", "execute_command", "run"}
    known = {
        item.kind
        for item in vars(package).values()
        if isinstance(item, type) and issubclass(item, Operation) and item is not Operation
    }

    assert known == kinds | data | native


def test_a_kind_is_the_class_s_name_in_small_letters():
    assert AddForeignKey.kind == "add_foreign_key"
    assert InsertRows.kind == "insert_rows"
