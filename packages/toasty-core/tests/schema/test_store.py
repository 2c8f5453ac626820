"""The snapshot file: its text, its way back, and what is said of a broken one."""

from __future__ import annotations

import datetime as dt
import gc
import os
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings

from toasty_core.errors import SnapshotError
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
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
from toasty_core.schema.store import (
    StoredSnapshot,
    load_snapshot,
    load_stored,
    save_snapshot,
    save_stored,
    snapshot_text,
)
from toasty_core.testing.strategies import schemas

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("email", "String(255)"),
        ColumnDef("seen", "DateTime(timezone=True)", nullable=True, default=now()),
    ],
    primary_key=["id"],
    indexes=[IndexDef("idx_users_email", ["email"], unique=True)],
)
POSTS = TableDef("posts", [ColumnDef("id", "Integer")], comment="über 日本")
STORED = StoredSnapshot(
    SchemaSnapshot.of(USERS, POSTS, sequences=[SequenceDef("numbers", start=5)]),
    head="20250117_120000_add_users",
    history="abc",
)

TEXT = """\
{
  "version": 1,
  "head": "20250117_120000_add_users",
  "history": "abc",
  "tables": [
    {
      "name": "posts",
      "columns": [
        {"name": "id", "type": "Integer"}
      ],
      "comment": "über 日本"
    },
    {
      "name": "users",
      "columns": [
        {"name": "id", "type": "Integer", "auto": true},
        {"name": "email", "type": "String(255)"},
        {"name": "seen", "type": "DateTime(timezone=True)", "nullable": true, "default": {"function": "now"}}
      ],
      "primary_key": ["id"],
      "indexes": [
        {"name": "idx_users_email", "columns": ["email"], "unique": true}
      ]
    }
  ],
  "sequences": [
    {"name": "numbers", "start": 5}
  ]
}
"""


def test_the_file_has_one_column_a_line_and_nothing_that_is_as_usual(tmp_path):
    path = tmp_path / "new" / ".schema.json"
    save_stored(STORED, path)

    assert path.read_text(encoding="utf-8") == TEXT
    assert load_stored(path) == STORED
    assert load_snapshot(path) == STORED.schema


def test_an_empty_schema_has_a_file_too(tmp_path):
    save_snapshot(SchemaSnapshot(), tmp_path / "a.json")

    assert (tmp_path / "a.json").read_text() == '{\n  "version": 1,\n  "tables": []\n}\n'
    assert load_stored(tmp_path / "a.json") == StoredSnapshot()


def test_a_missing_file_is_an_empty_schema(tmp_path):
    assert load_snapshot(tmp_path / "none.json") == SchemaSnapshot()
    assert load_stored(tmp_path / "none.json") is None


def test_equal_schemas_have_equal_texts():
    one = TableDef("a", USERS.columns, options={"b": {"y": 1, "x": 2}, "a": {}})
    other = TableDef("a", USERS.columns, options={"a": {}, "b": {"x": 2, "y": 1}})
    schemas = [SchemaSnapshot.of(one, POSTS), SchemaSnapshot.of(POSTS, other)]

    assert schemas[0] == schemas[1]
    assert len({snapshot_text(StoredSnapshot(schema)) for schema in schemas}) == 1


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=schemas())
def test_every_schema_comes_back_as_it_was(tmp_path_factory, schema):
    path = tmp_path_factory.mktemp("law") / "a.json"
    save_snapshot(schema, path)
    loaded = load_snapshot(path)

    assert loaded == schema
    assert snapshot_text(StoredSnapshot(loaded)) == snapshot_text(StoredSnapshot(schema))


VALUES = [
    None,
    True,
    1,
    1.5,
    float("inf"),
    "",
    b"\x00\xff",
    Decimal("1.50"),
    dt.date(2025, 1, 17),
    dt.datetime(2025, 1, 17, 12, tzinfo=dt.timezone.utc),
    dt.time(12, 30),
    dt.timedelta(days=-1, microseconds=5),
    UUID(int=7),
    [1, [None]],
    (1, (2,)),
    {3, 1},
    frozenset({"a"}),
    {"a": {"b": [b"x"]}},
    {"$bytes": 1},
    {1: 2},
    expr("x", mysql="y"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(tmp_path, value):
    column = ColumnDef("a", "Json", default=Literal(value), options={"mysql": {"x": value}})
    schema = SchemaSnapshot.of(TableDef("a", [column]))
    save_snapshot(schema, tmp_path / "a.json")

    assert load_snapshot(tmp_path / "a.json") == schema


COLUMNS = [
    ColumnDef("a", "Integer", auto=Serial()),
    ColumnDef("a", "Integer", auto=Identity(always=True, start=3)),
    ColumnDef("a", "Integer", default=NextValue("numbers")),
    ColumnDef("a", "Integer", default=expr("1", mysql="2")),
    ColumnDef("a", "Integer", default=expr(mysql="2")),
    ColumnDef("a", "Text", generated=Generated("lower(b)", stored=False)),
    ColumnDef("a", "Text", collation="NOCASE", comment="it's"),
]


@pytest.mark.parametrize("column", COLUMNS, ids=repr)
def test_columns_come_back_as_they_were(tmp_path, column):
    schema = SchemaSnapshot.of(TableDef("a", [column]))
    save_snapshot(schema, tmp_path / "a.json")

    assert load_snapshot(tmp_path / "a.json") == schema


def test_constraints_come_back_as_they_were(tmp_path):
    table = TableDef(
        "a",
        [ColumnDef("id", "Integer")],
        primary_key=PrimaryKeyDef("id", "pk", {"mssql": {"clustered": True}}),
        indexes=[
            IndexDef("i", [IndexColumn("id", descending=True, nulls_first=False)], only="sqlite"),
            IndexDef("j", [expr("id + 1", mysql="id")], where="id > 0"),
        ],
        uniques=[UniqueDef("id", deferral="deferred")],
        checks=[CheckDef("id > 0", "ck"), CheckDef(expr(sqlite="1"), only=["sqlite"])],
        foreign_keys=[ForeignKeyDef("id", "a", ["id"], "fk", "cascade", "set null", "deferrable")],
        schema="sales",
        options={"sqlite": {"strict": True}},
    )
    save_snapshot(SchemaSnapshot.of(table), tmp_path / "a.json")

    assert load_snapshot(tmp_path / "a.json") == SchemaSnapshot.of(table)


def broken(tmp_path, text: str | bytes) -> SnapshotError:
    path = tmp_path / ".schema.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SnapshotError) as caught:
        load_snapshot(path)
    assert (caught.value.where or "").startswith(str(path))
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ('"abc",', '"abc"', "the snapshot is no JSON", 5),
        ('"auto": true', '"aut": true', "cannot read users, id: unknown attribute 'aut'", 16),
        ('"String(255)"', '"Strin(255)"', "cannot read users, email: there is no type 'Strin'", 17),
        ('"type": "String(255)"', '"nullable": true', "users, email: 'type' is missing", 17),
        ('"function": "now"', '"function": "then"', "users, seen: 'then' is not a valid", 18),
        ('{"function": "now"}', '{"x": 1}', "cannot read users, seen: {'x': 1} is no default", 18),
        ('["email"]', "[3]", "cannot read users, idx_users_email: 3 stands", 22),
        ('"auto": true', '"auto": "yes"', "users, id: 'yes' is no way to number rows", 16),
        ('"name": "posts",', '"name": "users",', "users: there are two tables of this name", 7),
        ('"start": 5', '"strat": 5', "cannot read numbers: unknown attribute 'strat'", 27),
        ('"unique": true', '"unique": true, "unique": true', "'unique' stands twice", 22),
        ('"version": 1', '"version": "x"', "this is no snapshot of Toasty", None),
        ('"tables"', '"tabels"', "this is no snapshot of Toasty", None),
    ],
)
def test_a_broken_file_says_what_is_wrong_and_where(tmp_path, old, new, what, line):
    assert old in TEXT
    error = broken(tmp_path, TEXT.replace(old, new, 1))

    assert what in error.what
    assert error.hint == "run: toasty schema:rebuild"
    assert line is None or (error.where or "").endswith(f":{line}")


@pytest.mark.parametrize("text", ["", "[]", "null", "3", b"\xff\xfe", "[" * 100_000, TEXT[:-10]])
def test_a_file_that_is_something_else_is_an_error(tmp_path, text):
    assert broken(tmp_path, text).hint == "run: toasty schema:rebuild"


def test_an_unfinished_merge_is_told_from_other_broken_json(tmp_path):
    ours, theirs = '  "history": "abc",\n', '  "history": "xyz",\n'
    merged = f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"
    error = broken(tmp_path, TEXT.replace(ours, merged))

    assert error.what == "the snapshot holds an unfinished git merge"
    assert (error.where or "").endswith(":4")
    assert "toasty schema:rebuild" in (error.hint or "")


def test_a_newer_format_asks_for_a_newer_toasty(tmp_path):
    error = broken(tmp_path, TEXT.replace('"version": 1', '"version": 2'))

    assert error.what == "the snapshot has format 2; this Toasty reads 1"
    assert "pip install --upgrade" in (error.hint or "")


def test_a_default_without_a_form_in_json_is_an_error_and_the_old_file_stays(tmp_path):
    path = tmp_path / "a.json"
    save_snapshot(SchemaSnapshot.of(USERS), path)
    column = ColumnDef("a", "Text", default=Literal(object()))

    with pytest.raises(SnapshotError, match="cannot be saved: a value of type object"):
        save_snapshot(SchemaSnapshot.of(TableDef("a", [column])), path)
    assert load_snapshot(path) == SchemaSnapshot.of(USERS)
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_place_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "folder", tmp_path / "file" / "a.json"):
        with pytest.raises(SnapshotError, match="cannot write the snapshot") as caught:
            save_snapshot(SchemaSnapshot(), place)
        assert "nothing was changed" in (caught.value.hint or "")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_a_folder_in_the_file_s_place_is_an_error(tmp_path):
    with pytest.raises(SnapshotError, match="cannot read the snapshot"):
        load_snapshot(tmp_path)


def test_the_garbage_collector_runs_on_afterwards(tmp_path):
    save_snapshot(SchemaSnapshot.of(USERS), tmp_path / "a.json")
    broken(tmp_path, "{")

    assert gc.isenabled()


def test_an_expression_has_a_text_where_it_needs_no_more(tmp_path):
    table = TableDef("a", [ColumnDef("id", "Integer")], checks=[CheckDef(Expression("id > 0"))])

    assert '{"expression": "id > 0"}' in snapshot_text(StoredSnapshot(SchemaSnapshot.of(table)))
