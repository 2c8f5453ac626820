"""Each kind of change, and the order of the operations that it becomes."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.diff import Answers, Diff, Fill, Rename, detect_changes
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
    ModifyColumn,
    ModifySequence,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ConstraintDef,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexDef,
    Literal,
    NextValue,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    expr,
)

ID = ColumnDef("id", "Integer")
NAME = ColumnDef("name", "String(40)")


def table(name="users", columns=(ID, NAME), **parts) -> TableDef:
    return TableDef(name, columns, **{"primary_key": ["id"], **parts})


def changes(old, new, *renames, **answers):
    """The operations between two tables, or two lists of them."""
    before, after = (
        SchemaSnapshot.of(*([s] if isinstance(s, TableDef) else s)) for s in (old, new)
    )
    return list(detect_changes(before, after, Answers(renames=renames, **answers)))


def test_equal_schemas_make_no_operations():
    diff = detect_changes(SchemaSnapshot.of(table()), SchemaSnapshot.of(table()))
    assert not diff
    assert len(diff) == 0


def test_the_order_of_columns_means_nothing():
    assert changes(table(columns=[ID, NAME]), table(columns=[NAME, ID])) == []


def test_a_diff_is_a_sequence_that_knows_both_ends():
    old, new = SchemaSnapshot(), SchemaSnapshot.of(table())
    diff = detect_changes(old, new)
    assert diff[0] == CreateTable(table())
    assert diff[:1] == diff.operations
    assert (diff.before, diff.after) == (old, new)
    assert Diff.of(diff, old) == diff


def test_tables_come_and_go():
    assert changes([], table()) == [CreateTable(table())]
    assert changes(table(), []) == [DropTable("users")]


def test_hints_of_the_models_do_not_reach_the_file():
    hinted = table(columns=[ID, evolve(NAME, renamed_from="title")], renamed_from="people")
    [created] = changes([], hinted)
    assert created.table.renamed_from is None
    assert all(column.renamed_from is None for column in created.table.columns)


AGE = ColumnDef("age", "Integer")


@pytest.mark.parametrize(
    ("attributes"),
    [
        {"type": "String(3)"},
        {"nullable": True},
        {"default": 7},
        {"default": expr("1 + 1")},
        {"auto": Identity()},
        {"generated": Generated("id * 2")},
        {"collation": "NOCASE"},
        {"comment": "in years"},
        {"options": {"mysql": {"charset": "latin1"}}},
        {"type": "BigInteger", "default": 1, "comment": "several at once"},
    ],
)
def test_a_column_is_modified_in_what_differs_and_nothing_else(attributes):
    plain, other = table(columns=[ID, AGE]), table(columns=[ID, evolve(AGE, **attributes)])
    assert changes(plain, other) == [ModifyColumn("users", "age", **attributes)]
    back = {name: getattr(AGE, name) for name in attributes}
    assert changes(other, plain) == [ModifyColumn("users", "age", **back)]


def test_true_is_another_default_than_one():
    one, true = (table(columns=[ID, evolve(AGE, default=Literal(v))]) for v in (1, True))
    assert changes(one, true) == [ModifyColumn("users", "age", default=True)]


def test_columns_come_and_go_with_what_stands_on_them():
    old = table(
        columns=[ID, AGE],
        indexes=[IndexDef("by_age", ["age"])],
        uniques=[UniqueDef("age", "one_age")],
        checks=[CheckDef("age > 0", "old_enough")],
    )
    assert changes(old, table(columns=[ID])) == [
        DropIndex("users", "by_age"),
        DropUnique("users", "one_age"),
        DropCheck("users", "old_enough"),
        DropColumn("users", "age"),
    ]
    assert changes(table(columns=[ID]), old) == [
        AddColumn("users", AGE),
        AddUnique("users", old.uniques[0]),
        AddCheck("users", old.checks[0]),
        CreateIndex("users", old.indexes[0]),
    ]


def test_a_fill_goes_with_the_new_column_or_the_one_that_may_be_null_no_more():
    fill = Fill("users", "age", Literal(18))
    assert changes(table(columns=[ID]), table(columns=[ID, AGE]), fills=[fill]) == [
        AddColumn("users", AGE, fill=18)
    ]
    loose = table(columns=[ID, evolve(AGE, nullable=True)])
    assert changes(loose, table(columns=[ID, AGE]), fills=[fill]) == [
        ModifyColumn("users", "age", nullable=False, fill=18)
    ]
    typed = table(columns=[ID, ColumnDef("age", "BigInteger")])
    assert changes(table(columns=[ID, AGE]), typed, fills=[fill]) == [
        ModifyColumn("users", "age", type="BigInteger")
    ]


def test_an_index_that_differs_is_made_anew():
    old = table(indexes=[IndexDef("ix", ["name"])])
    new = table(indexes=[IndexDef("ix", ["name"], unique=True)])
    assert changes(old, new) == [DropIndex("users", "ix"), CreateIndex("users", new.indexes[0])]


def test_an_index_with_another_name_alone_is_renamed():
    old, new = (table(indexes=[IndexDef(name, ["name"])]) for name in ("a", "b"))
    assert changes(old, new) == [RenameIndex("users", "a", "b")]


def test_two_indexes_that_swap_names_are_made_anew():
    one, two = IndexDef("a", ["name"]), IndexDef("b", ["id"])
    old = table(indexes=[one, two])
    new = table(indexes=[evolve(one, name="b"), evolve(two, name="a")])
    kinds = [type(operation) for operation in changes(old, new)]
    assert kinds == [DropIndex, DropIndex, CreateIndex, CreateIndex]


def test_a_unique_that_becomes_an_index_of_the_same_name_is_dropped_and_created():
    old = table(uniques=[UniqueDef("name", "nick")])
    new = table(indexes=[IndexDef("nick", ["name"], unique=True)])
    assert changes(old, new) == [
        DropUnique("users", "nick"),
        CreateIndex("users", new.indexes[0]),
    ]


PARTS: dict[str, ConstraintDef] = {
    "uniques": UniqueDef("name"),
    "checks": CheckDef("id > 0"),
    "foreign_keys": ForeignKeyDef("id", "users", "id"),
}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(("was", "becomes"), [(None, "a"), ("a", None), ("a", "b")])
def test_a_constraint_that_differs_in_its_name_alone_is_renamed(kind, was, becomes):
    part = evolve(PARTS[kind], name=was)
    old, new = table(**{kind: [part]}), table(**{kind: [evolve(part, name=becomes)]})
    assert changes(old, new) == [RenameConstraint("users", part, becomes)]


def test_constraints_that_differ_in_more_are_made_anew():
    old = table(checks=[CheckDef("id > 0", "positive")], uniques=[UniqueDef("id")])
    new = table(checks=[CheckDef("id > 1", "positive")], uniques=[UniqueDef("name")])
    assert changes(old, new) == [
        DropUnique("users", UniqueDef("id")),
        DropCheck("users", "positive"),
        AddUnique("users", UniqueDef("name")),
        AddCheck("users", CheckDef("id > 1", "positive")),
    ]


def test_a_foreign_key_with_another_rule_is_made_anew():
    old = table(foreign_keys=[ForeignKeyDef("id", "users", "id", "me")])
    new = table(foreign_keys=[ForeignKeyDef("id", "users", "id", "me", on_delete="cascade")])
    assert changes(old, new) == [
        DropForeignKey("users", "me"),
        AddForeignKey("users", new.foreign_keys[0]),
    ]


def test_a_primary_key_gets_other_columns_or_another_name():
    old = table(primary_key=PrimaryKeyDef(["id"], "pk"))
    assert changes(old, table(primary_key=["id", "name"])) == [
        ChangePrimaryKey("users", PrimaryKeyDef(["id", "name"]))
    ]
    assert changes(old, table(primary_key=None)) == [ChangePrimaryKey("users", None)]
    assert changes(old, table(primary_key=["id"])) == [
        RenameConstraint("users", PrimaryKeyDef(["id"], "pk"), None)
    ]


def test_comments_and_options_of_tables():
    new = table(comment="people", options={"sqlite": {"strict": True}})
    assert changes(table(), new) == [
        SetTableOptions("users", {"sqlite": {"strict": True}}),
        SetTableComment("users", "people"),
    ]


def test_sequences_come_before_what_uses_them_and_go_after():
    first, second = SequenceDef("numbers"), SequenceDef("numbers", increment=5)
    numbered = table(columns=[ID, evolve(AGE, default=NextValue("numbers"))])
    none = SchemaSnapshot.of(table(columns=[ID, AGE]))
    one = SchemaSnapshot.of(numbered, sequences=[first])
    two = SchemaSnapshot.of(numbered, sequences=[second])
    modified = ModifyColumn("users", "age", default=NextValue("numbers"))
    assert list(detect_changes(none, one)) == [CreateSequence(first), modified]
    assert list(detect_changes(one, two)) == [ModifySequence(second)]
    assert list(detect_changes(two, none)) == [
        ModifyColumn("users", "age", default=None),
        DropSequence("numbers"),
    ]


def child(name, *targets, **parts) -> TableDef:
    keys = [ForeignKeyDef("id", target, "id", f"{name}_{target}") for target in targets]
    return table(name, foreign_keys=keys, **parts)


def words(operations):
    return [operation.describe() for operation in operations]


def test_parents_are_created_first_and_dropped_last():
    family = [child("a", "b"), child("b", "c"), child("c")]
    assert words(changes([], family)) == ["create table c", "create table b", "create table a"]
    assert words(changes(family, [])) == ["drop table a", "drop table b", "drop table c"]


def test_circles_of_foreign_keys_are_cut():
    circle = [child("a", "b", "a"), child("b", "a")]
    assert words(changes([], circle)) == [
        "create table b",
        "create table a",
        "add foreign key 'b_a' to b",
    ]
    assert words(changes(circle, [])) == [
        "drop foreign key 'b_a' of b",
        "drop table a",
        "drop table b",
    ]


def test_a_chain_of_ten_thousand_tables_is_ordered():
    chain = [child(f"t{n:05}", f"t{n + 1:05}") for n in range(9999)] + [child("t09999")]
    created = changes([], chain)
    assert created[0].table.name == "t09999"
    assert created[-1].table.name == "t00000"


def test_a_foreign_key_waits_for_the_key_that_it_points_at():
    parent = table("parent")
    keyed = table("parent", uniques=[UniqueDef("name", "one_name")])
    key = ForeignKeyDef("name", "parent", "name", "to_name")
    new = [keyed, table("child", foreign_keys=[key])]
    assert words(changes([parent, table("child")], new)) == [
        "add unique 'one_name' to parent",
        "add foreign key 'to_name' to child",
    ]
    assert words(changes([parent], new))[0] == "add unique 'one_name' to parent"
    assert words(changes(new, [parent])) == ["drop table child", "drop unique 'one_name' of parent"]


def test_a_foreign_key_that_stays_is_put_aside_while_its_key_is_made_anew():
    key = ForeignKeyDef("name", "parent", "name", "to_name")
    other = table("child", foreign_keys=[key])
    old = table("parent", uniques=[UniqueDef("name", "one_name")])
    new = table("parent", indexes=[IndexDef("one_name", ["name"], unique=True)])
    assert words(changes([old, other], [new, other])) == [
        "drop foreign key 'to_name' of child",
        "drop unique 'one_name' of parent",
        "create unique index one_name on parent",
        "add foreign key 'to_name' to child",
    ]


def test_a_foreign_key_goes_before_the_table_that_it_points_at():
    old = [child("legacy", "legacy"), child("invoice", "legacy")]
    assert words(changes(old, [child("invoice")])) == [
        "drop foreign key 'invoice_legacy' of invoice",
        "drop table legacy",
    ]


def test_tables_are_dropped_last_so_that_their_rows_can_be_saved_first():
    assert words(changes(table("old"), table("new"))) == ["create table new", "drop table old"]


def test_a_table_goes_first_when_a_name_of_its_is_wanted():
    old = table("old", indexes=[IndexDef("newest", ["id"])])
    new = table("new", indexes=[IndexDef("newest", ["id"])])
    assert words(changes(old, new)) == ["drop table old", "create table new"]
    assert words(changes(table("Users"), table("users"))) == [
        "drop table Users",
        "create table users",
    ]


def test_the_name_of_an_index_moves_to_another_table():
    index = IndexDef("newest", ["id"])
    old = [table("a"), table("b", indexes=[index])]
    new = [table("a", indexes=[index]), table("b")]
    assert words(changes(old, new)) == ["drop index newest on b", "create index newest on a"]


def test_the_name_of_a_primary_key_moves_to_another_table():
    first, second = (table(name, primary_key=None) for name in "ab")
    keyed = [evolve(t, primary_key=PrimaryKeyDef("id", "pk")) for t in (first, second)]
    assert changes([keyed[0], second], [first, keyed[1]]) == [
        ChangePrimaryKey("a", None),
        ChangePrimaryKey("b", PrimaryKeyDef("id", "pk")),
    ]


def test_the_operations_of_one_table_stand_together():
    old = [table(name, indexes=[IndexDef(f"ix_{name}", ["id"])]) for name in "abc"]
    new = [
        table(
            name,
            columns=[ID, evolve(NAME, nullable=True), AGE],
            indexes=[IndexDef(f"ix_{name}", ["name"])],
            checks=[CheckDef("age > 0")],
            foreign_keys=[ForeignKeyDef("id", "c", "id")],
        )
        for name in "abc"
    ]
    tables = [operation.touches()[0] for operation in changes(old, new)]
    stretches = [key for number, key in enumerate(tables) if tables[number - 1 : number] != [key]]
    assert sorted(stretches) == ["a", "b", "c"]
    assert stretches[0] == "c"


def test_a_column_that_gives_its_name_away_is_dropped_first():
    gone, stays = ColumnDef("b", "Integer"), ColumnDef("a", "Text")
    old = table(columns=[gone, stays], primary_key=["b"])
    new = table(columns=[ColumnDef("b", "Text")], primary_key=["b"])
    assert changes(old, new, Rename("users.a", "users.b")) == [
        ChangePrimaryKey("users", None),
        DropColumn("users", "b"),
        RenameColumn("users", "a", "b"),
        ChangePrimaryKey("users", PrimaryKeyDef("b")),
    ]


def test_a_column_that_differs_in_case_alone_makes_room_first():
    old, new = (table(columns=[ID, ColumnDef(name, "Text")]) for name in ("Label", "label"))
    assert changes(old, new) == [
        DropColumn("users", "Label"),
        AddColumn("users", ColumnDef("label", "Text")),
    ]


def test_a_foreign_key_to_a_column_whose_name_goes_to_another_one_is_made_anew():
    parent = table("parent", [ID, NAME, AGE], uniques=[UniqueDef("name"), UniqueDef("age")])
    other = table("child", foreign_keys=[ForeignKeyDef("id", "parent", "name", "to_name")])
    new = table("parent", [ID, ColumnDef("name", "Integer")], uniques=[UniqueDef("name")])
    operations = changes([parent, other], [new, other], Rename("parent.age", "parent.name"))
    assert words(operations) == [
        "drop foreign key 'to_name' of child",
        "drop unique (name) of parent",
        "drop column parent.name",
        "rename column parent.age to name",
        "add foreign key 'to_name' to child",
    ]


def test_computed_columns_go_before_and_come_after_what_they_are_computed_from():
    double = ColumnDef("double", "Integer", generated=Generated("age * 2"))
    full, bare = table(columns=[ID, double, AGE]), table(columns=[ID])
    assert words(changes(full, bare)) == ["drop column users.double", "drop column users.age"]
    assert words(changes(bare, full)) == ["add column users.age", "add column users.double"]


def test_a_table_whose_name_goes_to_another_one_at_once():
    old = table("label")
    new = [table("tag", renamed_from="label"), table("label", columns=[ID, AGE])]
    assert words(changes(old, new)) == ["rename table label to tag", "create table label"]


def test_a_table_that_takes_the_name_of_one_that_goes():
    old = [table("a"), child("b", "b"), child("c", "b")]
    new = [table("b"), table("c")]
    assert words(changes(old, new, Rename("a", "b"))) == [
        "drop foreign key 'c_b' of c",
        "drop table b",
        "rename table a to b",
    ]


def test_names_that_swap_go_over_a_temporary_one():
    old = table(columns=[ID, ColumnDef("left", "Integer"), ColumnDef("right", "Text")])
    new = table(columns=[ID, ColumnDef("left", "Text"), ColumnDef("right", "Integer")])
    renames = [Rename("users.left", "users.right"), Rename("users.right", "users.left")]
    assert changes(old, new, *renames) == [
        RenameColumn("users", "left", "swap_1"),
        RenameColumn("users", "right", "left"),
        RenameColumn("users", "swap_1", "right"),
    ]
    tables = [table("a"), table("b", columns=[ID])], [table("a", columns=[ID]), table("b")]
    assert changes(*tables, Rename("a", "b"), Rename("b", "a")) == [
        RenameTable("a", "swap_1"),
        RenameTable("b", "a"),
        RenameTable("swap_1", "b"),
    ]


def test_what_follows_a_rename_by_itself_is_no_change():
    key = ForeignKeyDef("boss", "users", "id", "to_boss")
    parts = {"indexes": [IndexDef("ix", ["boss"])], "foreign_keys": [key]}
    old = table(columns=[ID, ColumnDef("boss", "Integer")], **parts)
    new = TableDef(
        "people",
        [ID, ColumnDef("head", "Integer")],
        primary_key=["id"],
        indexes=[IndexDef("ix_head", ["head"])],
        foreign_keys=[ForeignKeyDef("head", "people", "id", "to_head")],
    )
    renames = [Rename("users", "people"), Rename("people.boss", "people.head")]
    assert words(changes(old, new, *renames)) == [
        "rename table users to people",
        "rename column people.boss to head",
        "rename index ix to ix_head on people",
        "rename foreign key 'to_boss' of people to to_head",
    ]
