"""Stories of indexes."""

from __future__ import annotations

from toasty_core.operations import CreateIndex, DropIndex, RenameIndex
from toasty_core.schema import IndexColumn, IndexDef, expr
from toasty_core.testing.stories.common import ONE_TABLE, PEOPLE, having
from toasty_core.testing.story import Story, Try

PLAIN = IndexDef("idx_users_name", ["name"])
ONCE = IndexDef("idx_users_email", ["email"], unique=True)
SECOND_ADA = {"id": 4, "name": "Ada", "email": "ada@example.com"}

STORIES = (
    Story(
        name="create_index",
        needs="indexes",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex("users", PLAIN),
    ),
    Story(
        name="create_compound_index",
        needs="indexes",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex("users", IndexDef("idx_users_age_name", ["age", "name"])),
    ),
    Story(
        name="create_unique_index",
        needs="unique_indexes",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex("users", ONCE),
        tries=(Try("users", SECOND_ADA),),
    ),
    Story(
        name="create_descending_index",
        needs=("indexes", "descending_indexes"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex(
            "users", IndexDef("idx_users_age", [IndexColumn("age", descending=True), "name"])
        ),
    ),
    Story(
        name="create_partial_index",
        needs=("indexes", "partial_indexes"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex("users", IndexDef("idx_users_mail", ["email"], where="age > 17")),
    ),
    Story(
        name="create_expression_index",
        needs=("indexes", "expression_indexes"),
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex("users", IndexDef("idx_users_lower", [expr("lower(name)")])),
    ),
    Story(
        name="create_index_for_another_backend",
        needs="indexes",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateIndex(
            "users", IndexDef("idx_users_elsewhere", ["name"], only=["another-backend"])
        ),
    ),
    Story(
        name="drop_index",
        needs="indexes",
        before=having(indexes=[PLAIN, IndexDef("idx_users_age", ["age"])]),
        rows=PEOPLE,
        operations=DropIndex("users", "idx_users_name"),
    ),
    Story(
        name="drop_unique_index",
        needs="unique_indexes",
        before=having(indexes=[ONCE]),
        rows=PEOPLE,
        operations=DropIndex("users", "idx_users_email"),
        tries=(Try("users", SECOND_ADA, {"id": 4, "name": "Ada"}),),
    ),
    Story(
        name="rename_index",
        needs=("indexes", "unique_indexes"),
        before=having(indexes=[PLAIN, ONCE]),
        rows=PEOPLE,
        operations=RenameIndex("users", "idx_users_name", "idx_people"),
    ),
    Story(
        name="replace_index",
        needs=("indexes", "unique_indexes"),
        before=having(indexes=[IndexDef("idx_users_email", ["email"])]),
        rows=PEOPLE,
        operations=(DropIndex("users", "idx_users_email"), CreateIndex("users", ONCE)),
        tries=(Try("users", SECOND_ADA),),
    ),
)
