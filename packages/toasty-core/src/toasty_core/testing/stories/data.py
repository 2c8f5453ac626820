"""Stories of rows. Python functions have no place in a value: `suite/data.py` tells of those."""

from __future__ import annotations

from toasty_core.operations import (
    AddColumn,
    DeleteRows,
    DropColumn,
    ExecuteSql,
    InsertRows,
    ModifyColumn,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import ColumnDef, expr
from toasty_core.testing.stories.common import ADA, FAR, ONE_TABLE, PEOPLE, QUOTED, THREE, changed
from toasty_core.testing.story import Story

EVE = {"id": 4, "name": "Eve", "email": "eve@example.com", "age": 50}
NICK = ColumnDef("nick", "String(50)")

STORIES = (
    Story(
        name="insert_rows",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=InsertRows("users", [EVE, {"id": 5, "name": "only what must be"}]),
        after={"users": (*THREE, EVE, {"id": 5, "name": "only what must be", "age": None})},
    ),
    Story(
        name="upsert_rows",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=UpsertRows("users", [{"id": 1, "name": "Ada L."}, EVE]),
        after={"users": ({**ADA, "name": "Ada L."}, QUOTED, FAR, EVE)},
        down=(DeleteRows("users", {"id": 4}), UpdateRows("users", {"name": "Ada"}, {"id": 1})),
    ),
    Story(
        name="update_all_rows",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=UpdateRows("users", {"age": 1, "email": None}),
        after={"users": changed(THREE, age=1, email=None)},
        down=(),
        back={"users": changed(THREE, age=1, email=None)},
    ),
    Story(
        name="update_rows_by_value",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            UpdateRows("users", {"age": 40}, {"id": [1, 3]}),
            UpdateRows("users", {"email": "it's@example.com"}, {"email": None}),
        ),
        after={
            "users": (
                {**ADA, "age": 40},
                {**QUOTED, "email": "it's@example.com"},
                {**FAR, "age": 40},
            )
        },
        down=(
            UpdateRows("users", {"email": None}, {"email": "it's@example.com"}),
            UpdateRows("users", {"age": 36}, {"id": 1}),
            UpdateRows("users", {"age": 7}, {"id": 3, "age": 40}),
        ),
    ),
    Story(
        name="update_rows_by_expression",
        needs="sql",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=UpdateRows("users", {"age": expr("age + 1")}, expr("age IS NOT NULL")),
        after={"users": ({**ADA, "age": 37}, QUOTED, {**FAR, "age": 8})},
        down=(UpdateRows("users", {"age": expr("age - 1")}),),
    ),
    Story(
        name="delete_rows",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(DeleteRows("users", {"email": None}), DeleteRows("users", {"name": ["Ada"]})),
        after={"users": (FAR,)},
        down=(InsertRows("users", [ADA, QUOTED]),),
    ),
    Story(
        name="backfill_a_new_column",
        needs="nullability",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=(
            AddColumn("users", ColumnDef("nick", "String(50)", nullable=True)),
            UpdateRows("users", {"nick": "nobody"}),
            UpdateRows("users", {"nick": "Countess"}, {"id": 1}),
            ModifyColumn("users", "nick", nullable=False),
        ),
        after={
            "users": (
                {**ADA, "nick": "Countess"},
                {**QUOTED, "nick": "nobody"},
                {**FAR, "nick": "nobody"},
            )
        },
        down=(DropColumn("users", "nick"),),
    ),
    Story(
        name="execute_sql",
        needs="sql",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ExecuteSql("UPDATE users SET age = 99 WHERE name LIKE 'A%'"),
        after={"users": ({**ADA, "age": 99}, QUOTED, FAR)},
        down=(ExecuteSql("UPDATE users SET age = 36 WHERE id = 1"),),
    ),
    Story(
        name="execute_sql_that_says_what_it_did",
        needs="sql",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ExecuteSql(
            "ALTER TABLE users ADD COLUMN nick VARCHAR(50)",
            state=[AddColumn("users", ColumnDef("nick", "String(50)", nullable=True))],
        ),
        after={"users": changed(THREE, nick=None)},
        down=(DropColumn("users", "nick"),),
    ),
    Story(
        name="execute_sql_for_another_backend",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=ExecuteSql("THIS IS NO SQL", only=["another-backend"]),
        down=(),
    ),
)
