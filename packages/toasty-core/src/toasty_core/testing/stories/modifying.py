"""Stories of columns that become something else."""

from __future__ import annotations

from toasty_core.operations import ModifyColumn
from toasty_core.schema import ColumnDef, SchemaSnapshot, expr
from toasty_core.testing.stories.common import (
    ADA,
    FAMILY,
    FAR,
    ONE_TABLE,
    PEOPLE,
    PEOPLE_AND_POSTS,
    QUOTED,
    THREE,
    USERS,
)
from toasty_core.testing.story import Story, Try

NEW = {"id": 4, "name": "Eve"}
NO_NULLS = tuple({**row, "age": row["age"] or 0} for row in THREE)


def replaced(column: ColumnDef) -> SchemaSnapshot:
    """The users with another column in the place of the one of its name."""
    return SchemaSnapshot.of(USERS.replace_column(column.name, column))


STORIES = (
    Story(
        name="modify_type_to_a_wider_one",
        needs="modify_type",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", type="BigInteger"),
    ),
    Story(
        name="modify_length",
        needs="modify_type",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "name", type="String(80)"),
    ),
    Story(
        name="modify_type_from_number_to_text",
        needs="modify_type",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", type="String(20)"),
        after={"users": ({**ADA, "age": "36"}, QUOTED, {**FAR, "age": "7"})},
    ),
    Story(
        name="modify_type_from_text_to_number",
        needs="modify_type",
        before=ONE_TABLE,
        rows={"users": ({**ADA, "email": "12"}, {**QUOTED, "email": "-7"}, {**FAR, "email": None})},
        operations=ModifyColumn("users", "email", type="Integer"),
        after={"users": ({**ADA, "email": 12}, {**QUOTED, "email": -7}, {**FAR, "email": None})},
    ),
    Story(
        name="modify_type_with_an_expression",
        needs=("modify_type", "sql"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "email", type="Integer", using=expr("length(email)")),
        after={"users": tuple({**r, "email": r["email"] and len(r["email"])} for r in THREE)},
        down=(ModifyColumn("users", "email", type="String(255)"),),
        back={"users": tuple({**r, "email": r["email"] and str(len(r["email"]))} for r in THREE)},
    ),
    Story(
        name="modify_column_to_required",
        needs="nullability",
        before=ONE_TABLE,
        rows={"users": NO_NULLS},
        operations=ModifyColumn("users", "age", nullable=False),
        tries=(Try("users", {**NEW, "age": None}),),
    ),
    Story(
        name="modify_column_to_required_with_fill",
        needs="nullability",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", nullable=False, fill=0),
        after={"users": NO_NULLS},
        back={"users": NO_NULLS},
        tries=(Try("users", {**NEW, "age": None}),),
    ),
    Story(
        name="modify_column_to_optional",
        needs="nullability",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "name", nullable=True),
    ),
    Story(
        name="modify_column_that_others_point_at",
        needs=("nullability", "foreign_keys"),
        before=FAMILY,
        rows=PEOPLE_AND_POSTS,
        operations=ModifyColumn("users", "name", nullable=True),
    ),
    Story(
        name="set_default",
        needs="defaults",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", default=18),
        tries=(Try("users", NEW, {**NEW, "age": 18}),),
    ),
    Story(
        name="change_default",
        needs="defaults",
        before=replaced(ColumnDef("age", "Integer", nullable=True, default=18)),
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", default=21),
        tries=(Try("users", NEW, {**NEW, "age": 21}),),
    ),
    Story(
        name="drop_default",
        needs="defaults",
        before=replaced(ColumnDef("age", "Integer", nullable=True, default=18)),
        rows=PEOPLE,
        operations=ModifyColumn("users", "age", default=None),
        tries=(Try("users", NEW, {**NEW, "age": None}),),
    ),
    Story(
        name="number_the_rows",
        needs="auto",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "id", auto=True),
        tries=(Try("users", {"name": "Eve"}, {"id": 4, "name": "Eve"}),),
    ),
    Story(
        name="set_column_comment",
        needs="comments",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn("users", "name", comment='as in "O\'Neil"'),
    ),
    Story(
        name="modify_everything_at_once",
        needs=("modify_type", "nullability", "defaults"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ModifyColumn(
            "users", "age", type="BigInteger", nullable=False, default=1, fill=2
        ),
        after={"users": tuple({**row, "age": row["age"] or 2} for row in THREE)},
        back={"users": tuple({**row, "age": row["age"] or 2} for row in THREE)},
    ),
)
