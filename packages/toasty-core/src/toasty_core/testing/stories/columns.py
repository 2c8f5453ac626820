"""Stories of columns."""

from __future__ import annotations

from toasty_core.operations import AddColumn, DropColumn, ModifyColumn, RenameColumn
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Generated,
    IndexDef,
    SchemaSnapshot,
    TableDef,
    UniqueDef,
    expr,
    now,
)
from toasty_core.testing.stories.common import (
    FAMILY,
    ONE_TABLE,
    PEOPLE,
    PEOPLE_AND_POSTS,
    THREE,
    TWO_POSTS,
    changed,
    having,
    without,
)
from toasty_core.testing.story import Story, Try

NEW = {"id": 4, "name": "Eve"}
PRICES = TableDef(
    "prices", [ColumnDef("id", "Integer"), ColumnDef("net", "Integer")], primary_key=["id"]
)
GROSS = ColumnDef("gross", "Integer", nullable=True, generated=Generated("net * 2"))
TWO_PRICES = ({"id": 1, "net": 100}, {"id": 2, "net": 250})


ADDING = (
    Story(
        name="add_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddColumn("users", ColumnDef("bio", "Text", nullable=True)),
        after={"users": changed(THREE, bio=None)},
    ),
    Story(
        name="add_column_with_default",
        needs="defaults",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddColumn("users", ColumnDef("mood", "String(20)", default="it's fine")),
        after={"users": changed(THREE, mood="it's fine")},
        tries=(Try("users", NEW, {**NEW, "mood": "it's fine"}),),
    ),
    Story(
        name="add_column_with_fill",
        needs="nullability",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=AddColumn("users", ColumnDef("city", "String(20)"), fill="Zürich"),
        after={"users": changed(THREE, city="Zürich")},
        tries=(Try("users", {**NEW, "city": None}),),
    ),
    Story(
        name="add_column_with_the_time_of_insert",
        needs="defaults",
        before=ONE_TABLE,
        operations=AddColumn("users", ColumnDef("born", "DateTime", nullable=True, default=now())),
    ),
    Story(
        name="add_several_columns",
        needs=("defaults", "nullability"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            AddColumn("users", ColumnDef("a", "Integer", nullable=True)),
            AddColumn("users", ColumnDef("b", "Integer", default=5)),
            AddColumn("users", ColumnDef("c", "Boolean"), fill=True),
        ),
        after={"users": changed(THREE, a=None, b=5, c=1)},
    ),
    Story(
        name="add_required_column_to_an_empty_table",
        needs="nullability",
        before=ONE_TABLE,
        operations=AddColumn("users", ColumnDef("city", "String(20)")),
        tries=(Try("users", {**NEW, "city": None}),),
    ),
    Story(
        name="add_generated_column",
        needs="generated_columns",
        before=SchemaSnapshot.of(PRICES),
        rows={"prices": TWO_PRICES},
        operations=AddColumn("prices", GROSS),
        after={"prices": ({"id": 1, "gross": 200}, {"id": 2, "gross": 500})},
        tries=(Try("prices", {"id": 3, "net": 4}, {"id": 3, "net": 4, "gross": 8}),),
    ),
)

DROPPING = (
    Story(
        name="drop_column",
        needs="drop_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=DropColumn("users", "email"),
        after={"users": without(THREE, "email")},
        back={"users": changed(THREE, email=None)},
    ),
    Story(
        name="drop_required_column",
        needs=("drop_column", "nullability"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=DropColumn("users", "name"),
        after={"users": without(THREE, "name")},
        back={"users": changed(THREE, name="")},
    ),
    Story(
        name="drop_column_and_add_one_of_its_name",
        needs="drop_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            DropColumn("users", "email"),
            AddColumn("users", ColumnDef("email", "Integer", nullable=True)),
        ),
        after={"users": changed(THREE, email=None)},
        back={"users": changed(THREE, email=None)},
    ),
    Story(
        name="drop_generated_column",
        needs=("drop_column", "generated_columns"),
        before=SchemaSnapshot.of(PRICES.with_column(GROSS)),
        rows={"prices": TWO_PRICES},
        operations=DropColumn("prices", "gross"),
    ),
)

RENAMING = (
    Story(
        name="rename_column",
        needs="rename_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=RenameColumn("users", "email", "mail"),
        after={"users": tuple({"id": row["id"], "mail": row["email"]} for row in THREE)},
    ),
    Story(
        name="rename_columns_in_a_circle",
        needs="rename_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            RenameColumn("users", "name", "between"),
            RenameColumn("users", "email", "name"),
            RenameColumn("users", "between", "email"),
        ),
        after={
            "users": tuple(
                {"id": row["id"], "name": row["email"], "email": row["name"]} for row in THREE
            )
        },
    ),
    Story(
        name="rename_column_of_an_index_and_a_unique",
        needs=("rename_column", "indexes", "unique_constraints"),
        before=having(
            indexes=[IndexDef("idx_users_name_age", ["name", "age"])],
            uniques=[UniqueDef(["name"], name="uq_users_name")],
        ),
        rows=PEOPLE,
        operations=RenameColumn("users", "name", "title"),
        after={"users": tuple({"id": row["id"], "title": row["name"]} for row in THREE)},
        tries=(Try("users", {"id": 4, "title": "Ada"}),),
    ),
    Story(
        name="rename_primary_key",
        needs="rename_column",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=RenameColumn("users", "id", "number"),
        after={"users": tuple({"number": row["id"], "name": row["name"]} for row in THREE)},
    ),
    Story(
        name="rename_column_that_others_point_at",
        needs=("rename_column", "foreign_keys"),
        before=FAMILY,
        rows=PEOPLE_AND_POSTS,
        operations=RenameColumn("users", "id", "number"),
        after={
            "users": tuple({"number": row["id"], "name": row["name"]} for row in THREE),
            "posts": TWO_POSTS,
        },
        tries=(Try("posts", {"id": 12, "user_id": 99, "title": "nobody's"}),),
    ),
    Story(
        name="rename_column_that_checks_name",
        needs=("rename_column", "check_constraints"),
        before=having(
            checks=[CheckDef("age > 0", name="ck_users_age"), CheckDef("age < 200 OR name = 'age'")]
        ),
        rows=PEOPLE,
        operations=RenameColumn("users", "age", "years"),
        after={"users": tuple({"id": row["id"], "years": row["age"]} for row in THREE)},
        tries=(Try("users", {**NEW, "years": 0}), Try("users", {**NEW, "years": 300})),
    ),
    Story(
        name="rename_column_that_another_is_computed_from",
        needs=("rename_column", "generated_columns"),
        before=SchemaSnapshot.of(PRICES.with_column(GROSS)),
        rows={"prices": TWO_PRICES},
        operations=RenameColumn("prices", "net", "total"),
        after={"prices": ({"id": 1, "gross": 200}, {"id": 2, "gross": 500})},
        tries=(Try("prices", {"id": 3, "total": 4}, {"id": 3, "total": 4, "gross": 8}),),
    ),
    Story(
        name="rename_column_of_an_index_over_an_expression",
        needs=("rename_column", "expression_indexes"),
        before=having(indexes=[IndexDef("idx_users_lower", [expr("lower(email)")])]),
        rows=PEOPLE,
        operations=RenameColumn("users", "email", "mail"),
        after={"users": tuple({"id": row["id"], "mail": row["email"]} for row in THREE)},
    ),
    Story(
        name="rename_column_of_an_index_over_some_rows",
        needs=("rename_column", "partial_indexes"),
        before=having(indexes=[IndexDef("idx_users_adult", ["name"], where="age > 17")]),
        rows=PEOPLE,
        operations=RenameColumn("users", "age", "years"),
        after={"users": tuple({"id": row["id"], "years": row["age"]} for row in THREE)},
    ),
    Story(
        name="rename_column_and_modify_it",
        needs=("rename_column", "modify_type"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            RenameColumn("users", "age", "years"),
            ModifyColumn("users", "years", type="BigInteger"),
        ),
        after={"users": tuple({"id": row["id"], "years": row["age"]} for row in THREE)},
    ),
)

STORIES = (*ADDING, *DROPPING, *RENAMING)
