"""Stories of whole tables and of sequences."""

from __future__ import annotations

from attrs import evolve

from toasty_core.operations import (
    CreateSequence,
    CreateTable,
    DropSequence,
    DropTable,
    ModifySequence,
    RenameTable,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema import ColumnDef, ForeignKeyDef, SchemaSnapshot, SequenceDef, TableDef
from toasty_core.testing.stories.common import (
    FAMILY,
    LINKED,
    ONE_TABLE,
    PEOPLE,
    PEOPLE_AND_POSTS,
    POSTS,
    THREE,
    TWO_POSTS,
    TWO_TABLES,
    USERS,
    having,
)
from toasty_core.testing.story import Story, Try

PAIRS = TableDef(
    "pairs",
    [ColumnDef("left", "Integer"), ColumnDef("right", "String(20)")],
    primary_key=["left", "right"],
)
NUMBERS = SequenceDef("numbers", start=10, increment=5)

STORIES = (
    Story(name="create_table", operations=CreateTable(USERS)),
    Story(
        name="create_table_beside_another",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=CreateTable(POSTS),
    ),
    Story(
        name="create_table_with_a_compound_key",
        operations=CreateTable(PAIRS),
        tries=(
            Try("pairs", {"left": 1, "right": "a"}, {"left": 1, "right": "a"}),
            Try("pairs", {"left": 1, "right": "b"}, {"left": 1, "right": "b"}),
            Try("pairs", {"left": 1, "right": "a"}),
        ),
    ),
    Story(
        name="create_tables_that_point_at_each_other",
        needs="foreign_keys",
        operations=(
            CreateTable(USERS),
            CreateTable(LINKED),
            CreateTable(
                TableDef(
                    "likes",
                    [ColumnDef("user_id", "Integer"), ColumnDef("post_id", "Integer")],
                    primary_key=["user_id", "post_id"],
                    foreign_keys=[
                        ForeignKeyDef("user_id", "users", "id", name="fk_likes_user"),
                        ForeignKeyDef("post_id", "posts", "id", name="fk_likes_post"),
                    ],
                )
            ),
        ),
    ),
    Story(
        name="drop_table",
        before=TWO_TABLES,
        rows=PEOPLE_AND_POSTS,
        operations=DropTable("posts"),
        after={"users": THREE},
        back={"users": THREE, "posts": ()},
    ),
    Story(
        name="drop_table_and_create_it_anew",
        before=TWO_TABLES,
        rows=PEOPLE_AND_POSTS,
        operations=(DropTable("posts"), CreateTable(POSTS)),
        after={"users": THREE, "posts": ()},
        back={"users": THREE, "posts": ()},
    ),
    Story(
        name="rename_table",
        needs="rename_table",
        before=TWO_TABLES,
        rows=PEOPLE_AND_POSTS,
        operations=RenameTable("users", "accounts"),
        after={"accounts": THREE, "posts": TWO_POSTS},
    ),
    Story(
        name="rename_table_in_a_circle",
        needs="rename_table",
        before=SchemaSnapshot.of(USERS, evolve(USERS, name="others")),
        rows={"users": THREE, "others": THREE[:1]},
        operations=(
            RenameTable("users", "between"),
            RenameTable("others", "users"),
            RenameTable("between", "others"),
        ),
        after={"users": THREE[:1], "others": THREE},
    ),
    Story(
        name="rename_table_that_others_point_at",
        needs=("rename_table", "foreign_keys"),
        before=FAMILY,
        rows=PEOPLE_AND_POSTS,
        operations=RenameTable("users", "accounts"),
        after={"accounts": THREE, "posts": TWO_POSTS},
        tries=(Try("posts", {"id": 12, "user_id": 99, "title": "nobody's"}),),
    ),
    Story(
        name="set_table_comment",
        needs="comments",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=SetTableComment("users", 'the user\'s "people"'),
    ),
    Story(
        name="drop_table_comment",
        needs="comments",
        before=having(comment="people"),
        rows=PEOPLE,
        operations=SetTableComment("users", None),
    ),
    Story(
        name="set_table_options_of_another_backend",
        before=ONE_TABLE,
        rows=PEOPLE,
        operations=SetTableOptions("users", {"another-backend": {"engine": "fast"}}),
    ),
    Story(
        name="create_table_in_a_schema",
        needs="schemas",
        operations=CreateTable(evolve(USERS, schema="kit")),
    ),
    Story(name="create_sequence", needs="sequences", operations=CreateSequence(NUMBERS)),
    Story(
        name="modify_sequence",
        needs="sequences",
        before=SchemaSnapshot.of(sequences=[NUMBERS]),
        operations=ModifySequence(evolve(NUMBERS, increment=7)),
    ),
    Story(
        name="drop_sequence",
        needs="sequences",
        before=SchemaSnapshot.of(sequences=[NUMBERS]),
        operations=DropSequence("numbers"),
    ),
)
