"""Stories of keys, uniques, checks and foreign keys."""

from __future__ import annotations

from attrs import evolve

from toasty_core.operations import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateTable,
    DropCheck,
    DropForeignKey,
    DropUnique,
    RenameConstraint,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
)
from toasty_core.testing.stories.common import (
    FAMILY,
    ONE_TABLE,
    PEOPLE,
    PEOPLE_AND_POSTS,
    POSTS,
    THREE,
    TWO_TABLES,
    USERS,
    having,
)
from toasty_core.testing.story import Story, Try

EMAIL = UniqueDef(["email"], name="uq_users_email")
PAIR = UniqueDef(["name", "age"], name="uq_users_name_age")
ADULT = CheckDef("age >= 0", name="ck_users_age")
AUTHOR = ForeignKeyDef("user_id", "users", "id", name="fk_posts_user")
KEYLESS = evolve(USERS, primary_key=None)
SECOND_ADA = {"id": 4, "name": "Ada", "email": "ada@example.com", "age": 36}
TREE = TableDef(
    "tree",
    [ColumnDef("id", "Integer"), ColumnDef("parent_id", "Integer", nullable=True)],
    primary_key=["id"],
    foreign_keys=[ForeignKeyDef("parent_id", "tree", "id", name="fk_tree_parent")],
)
HEN = TableDef(
    "hens",
    [ColumnDef("id", "Integer"), ColumnDef("egg_id", "Integer", nullable=True)],
    primary_key=["id"],
)
EGG = TableDef(
    "eggs",
    [ColumnDef("id", "Integer"), ColumnDef("hen_id", "Integer", nullable=True)],
    primary_key=["id"],
    foreign_keys=[ForeignKeyDef("hen_id", "hens", "id", name="fk_eggs_hen")],
)

UNIQUES = (
    Story(
        name="add_unique",
        needs="unique_constraints",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddUnique("users", EMAIL),
        tries=(Try("users", SECOND_ADA),),
    ),
    Story(
        name="add_unique_without_a_name",
        needs="unique_constraints",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddUnique("users", UniqueDef(["email"])),
        tries=(Try("users", SECOND_ADA),),
    ),
    Story(
        name="add_compound_unique",
        needs="unique_constraints",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddUnique("users", PAIR),
        tries=(
            Try("users", SECOND_ADA),
            Try("users", {**SECOND_ADA, "age": 37}, {"id": 4, "age": 37}),
        ),
    ),
    Story(
        name="drop_unique",
        needs="unique_constraints",
        before=having(uniques=[EMAIL, PAIR]),
        rows=PEOPLE,
        operations=DropUnique("users", "uq_users_email"),
        tries=(Try("users", {**SECOND_ADA, "age": 37}, {"id": 4}),),
    ),
    Story(
        name="rename_unique",
        needs=("unique_constraints", "constraint_names"),
        before=having(uniques=[EMAIL]),
        rows=PEOPLE,
        operations=RenameConstraint("users", EMAIL, "one_address_each"),
        tries=(Try("users", SECOND_ADA),),
    ),
)

CHECKS = (
    Story(
        name="add_check",
        needs="check_constraints",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddCheck("users", ADULT),
        tries=(Try("users", {"id": 4, "name": "Eve", "age": -1}),),
    ),
    Story(
        name="drop_check",
        needs="check_constraints",
        before=having(checks=[ADULT]),
        rows=PEOPLE,
        operations=DropCheck("users", "ck_users_age"),
        tries=(Try("users", {"id": 4, "name": "Eve", "age": -1}, {"id": 4, "age": -1}),),
    ),
)

FOREIGN_KEYS = (
    Story(
        name="add_foreign_key",
        needs="foreign_keys",
        before=TWO_TABLES,
        rows=PEOPLE_AND_POSTS,
        operations=AddForeignKey("posts", AUTHOR),
        tries=(Try("posts", {"id": 12, "user_id": 99, "title": "nobody's"}),),
    ),
    Story(
        name="add_foreign_key_with_actions",
        needs="foreign_keys",
        before=TWO_TABLES,
        rows=PEOPLE_AND_POSTS,
        operations=AddForeignKey(
            "posts", evolve(AUTHOR, on_delete="set null", on_update="cascade")
        ),
    ),
    Story(
        name="drop_foreign_key",
        needs="foreign_keys",
        before=FAMILY,
        rows=PEOPLE_AND_POSTS,
        operations=DropForeignKey("posts", "fk_posts_user"),
        tries=(Try("posts", {"id": 12, "user_id": 99, "title": "nobody's"}, {"id": 12}),),
    ),
    Story(
        name="replace_foreign_key",
        needs="foreign_keys",
        before=FAMILY,
        rows=PEOPLE_AND_POSTS,
        operations=(
            DropForeignKey("posts", "fk_posts_user"),
            AddForeignKey("posts", AUTHOR),
        ),
    ),
    Story(
        name="create_table_that_points_at_itself",
        needs="foreign_keys",
        operations=CreateTable(TREE),
        tries=(Try("tree", {"id": 1, "parent_id": 9}),),
    ),
    Story(
        name="create_tables_in_a_circle",
        needs="foreign_keys",
        operations=(
            CreateTable(HEN),
            CreateTable(EGG),
            AddForeignKey("hens", ForeignKeyDef("egg_id", "eggs", "id", name="fk_hens_egg")),
        ),
    ),
)

KEYS = (
    Story(
        name="change_primary_key",
        needs="change_primary_key",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ChangePrimaryKey("users", ["id", "name"]),
        tries=(Try("users", {"id": 1, "name": "Bea"}, {"id": 1, "name": "Bea"}),),
    ),
    Story(
        name="add_primary_key",
        needs=("change_primary_key", "keyless_tables"),
        before=SchemaSnapshot.of(KEYLESS, POSTS),
        rows={"users": THREE},
        operations=ChangePrimaryKey("users", ["id"]),
        tries=(Try("users", {"id": 1, "name": "Bea"}),),
    ),
)

STORIES = (*UNIQUES, *CHECKS, *FOREIGN_KEYS, *KEYS)
