"""Bad input is one clear error, nothing is lost, and a next run goes on."""

from __future__ import annotations

import pytest

from toasty_core.backends import JournalState
from toasty_core.errors import (
    CheckFailed,
    ConnectionFailed,
    SchemaError,
    StatementFailed,
    Unsupported,
    UrlError,
)
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    ExecuteCommand,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import CheckDef, ColumnDef, ForeignKeyDef, IndexDef, TableDef, expr
from toasty_core.url import Url
from toasty_mongo import MongoBackend

NOTES = TableDef(
    "notes",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("text", "Text", nullable=True),
        ColumnDef("stars", "Integer"),
    ],
    primary_key=["id"],
)


@pytest.fixture
def notes(bench, judge):
    bench.write([CreateTable(NOTES), InsertRows("notes", [{"id": 1, "text": "one", "stars": 3}])])
    bench.up()
    return judge.notes


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("/", "names no database"),
        ("/a.b", "No database is called"),
        ("/shop?retryWrite=1", "retryWrite"),
        ("/shop?w=many&maxPoolSize=x", "maxPoolSize"),
        ("/shop?batchSize=0", "batchSize"),
        ("/shop?batchPause=often", "batchPause"),
        ("/shop?tls=perhaps", "tls"),
    ],
)
def test_urls(tail, said):
    with pytest.raises(UrlError, match=said) as caught:
        MongoBackend().connect(Url.parse(f"mongodb://ada:s3cret@127.0.0.1:1{tail}"))

    assert "s3cret" not in str(caught.value)


def test_a_database_may_stand_in_the_options(mongo_url):
    url = Url.parse(mongo_url)
    with MongoBackend().connect(
        Url.parse(f"mongodb://{url.host}:{url.port}/?database={url.database}")
    ) as database:
        assert database.version().startswith("MongoDB 6.0")
        assert ("standalone" in database.version()) == ("(standalone)" in database.version())


def test_wrong_credentials(mongo_url):
    wrong = mongo_url.replace("mongodb://", "mongodb://nobody:s3cret@")
    with pytest.raises(ConnectionFailed, match="refuses the user 'nobody'") as caught:
        MongoBackend().connect(Url.parse(wrong))

    assert "s3cret" not in str(caught.value)


def test_a_document_of_more_than_16_mb(notes, bench):
    big = {"text": "x" * 15_000_000}
    notes.update_one({"_id": 1}, {"$set": big})
    twice = expr(mongodb='{"$concat": ["$text", "$text"]}')
    version = bench.write([UpdateRows("notes", {"text": twice})], down=())
    with pytest.raises(StatementFailed):
        bench.up()

    assert len(notes.find_one()["text"]) == 15_000_000
    notes.update_one({"_id": 1}, {"$set": {"text": "ab"}})
    assert [step.version for step in bench.up().done] == [version]
    assert notes.find_one() == {"_id": 1, "text": "abab", "stars": 3}


@pytest.mark.parametrize("name", ["a.b", "$set", "_toasty", "_id"])
def test_field_names(notes, bench, name):
    for operation in (
        AddColumn("notes", ColumnDef(name, "Integer", nullable=True)),
        RenameColumn("notes", "text", name),
        CreateTable(
            TableDef("t", [ColumnDef("id", "Integer"), ColumnDef(name, "Text")], primary_key=["id"])
        ),
    ):
        with pytest.raises(Unsupported) as caught:
            tuple(bench.backend.compile(operation, bench.schema()))
        assert caught.value.reason


@pytest.mark.parametrize("name", ["system.users", "a$b", "toasty_mine", "n" * 250])
def test_names_of_collections(bench, name):
    bench.write([CreateTable(TableDef(name, NOTES.columns, primary_key=["id"]))])
    with pytest.raises(Unsupported):
        bench.up()


def test_values_with_dollars_are_values(notes, bench):
    bench.write([InsertRows("notes", [{"id": 2, "text": "$stars", "stars": 1}])])
    bench.write([UpdateRows("notes", {"text": "$text"}, {"text": "$stars"})], down=())
    bench.write([AddColumn("notes", ColumnDef("more", "Text"), fill="$$NOW")])
    bench.up()

    assert notes.find_one({"_id": 2}) == {"_id": 2, "text": "$text", "stars": 1, "more": "$$NOW"}


def test_mixed_types_are_counted_and_shown(notes, bench, judge):
    judge.command({"collMod": "notes", "validationLevel": "off"})
    notes.insert_many(
        [{"_id": n, "text": value, "stars": 1} for n, value in enumerate([5, {"a": 1}, None], 10)]
    )
    bench.write([ModifyColumn("notes", "text", type="Integer")])
    with pytest.raises(CheckFailed, match="2 rows cannot become Integer") as caught:
        bench.up()

    assert "'one'" in str(caught.value)
    assert notes.find_one({"_id": 10})["text"] == 5


def test_a_row_that_the_validator_refuses(notes, bench):
    bench.write([InsertRows("notes", [{"id": 2, "stars": 1}, {"id": 3, "stars": "many"}])])
    with pytest.raises(StatementFailed, match="does not fit the collection's validator") as caught:
        bench.up()

    assert "stars" in caught.value.what
    assert notes.count_documents({}) == 1


def test_a_document_that_the_validator_refuses_after_a_transform(notes, bench):
    head = "def wrong(row):\n    return {'stars': None}\n"
    bench.write_text('db.transform_rows("notes", wrong)', head=head)
    with pytest.raises(StatementFailed, match="validator"):
        bench.up()

    assert notes.find_one() == {"_id": 1, "text": "one", "stars": 3}


def test_a_unique_build_that_fails_leaves_nothing(notes, bench):
    """Two runners' worth of bad luck: the duplicate comes after the check."""
    bench.write_text(
        'db.run(add)\ndb.create_index("notes", IndexDef("uq", ["text"], unique=True))',
        head='def add(live):\n    live.database.notes.insert_one({"_id": 2, "text": "one", "stars": 1})\n',
    )
    with pytest.raises((StatementFailed, CheckFailed)):
        bench.up()
    assert [spec["name"] for spec in notes.list_indexes()] == ["_id_"]

    notes.delete_one({"_id": 2})
    bench.up()
    assert {spec["name"] for spec in notes.list_indexes()} == {"_id_", "uq"}


def test_a_command_that_the_server_does_not_know(notes, bench):
    bench.write_text('db.execute_command({"frobnicate": 1})')
    with pytest.raises(StatementFailed, match="frobnicate") as caught:
        bench.up()

    assert "does not know" in (caught.value.hint or "")


def test_a_command_whose_write_is_not_confirmed(notes, bench):
    """A replica set answers ok, and says beside it that the write is not where `writeConcern` wants it."""
    words = {"insert": "notes", "documents": [{"_id": 2, "text": "two", "stars": 1}]}
    bench.write([ExecuteCommand({**words, "writeConcern": {"w": 5, "wtimeout": 100}})], down=())
    with pytest.raises(StatementFailed, match="MongoDB refused"):
        bench.up()

    assert bench.journal()[-1].state is not JournalState.APPLIED


def test_sql_is_refused_with_the_way_out(notes, bench):
    for operation in (
        UpdateRows("notes", {"stars": expr("stars + 1")}),
        ModifyColumn("notes", "stars", type="Text", using=expr("stars || ''")),
    ):
        with pytest.raises(Unsupported) as caught:
            tuple(bench.backend.compile(operation, bench.schema()))
        assert "mongodb=" in (caught.value.reason or "")


def test_a_check_that_is_not_understood(bench):
    check = CheckDef("stars ~ 'x'", name="ck")
    bench.write([CreateTable(TableDef("t", NOTES.columns, primary_key=["id"], checks=[check]))])
    with pytest.raises(SchemaError, match="cannot be said") as caught:
        bench.up()

    assert "mongodb=" in (caught.value.hint or "")


def test_the_key_never_changes(notes, bench):
    head = "def move(row):\n    return {'id': row['id'] + 1}\n"
    bench.write_text('db.transform_rows("notes", move)', head=head)
    with pytest.raises(SchemaError, match="key column"):
        bench.up()
    for operation in (UpdateRows("notes", {"id": 5}),):
        with pytest.raises(Unsupported):
            tuple(bench.backend.compile(operation, bench.schema()))


def test_orphans_among_new_rows_are_refused(notes, bench, judge):
    link = ForeignKeyDef("note_id", "notes", "id")
    tags = TableDef(
        "tags",
        [ColumnDef("id", "Integer"), ColumnDef("note_id", "Integer")],
        primary_key=["id"],
        foreign_keys=[link],
    )
    bench.write([CreateTable(tags)])
    bench.write([InsertRows("tags", [{"id": 1, "note_id": 1}, {"id": 2, "note_id": 9}])])
    with pytest.raises(StatementFailed, match="note_id = 9"):
        bench.up()

    assert judge.tags.count_documents({}) == 0


def test_upsert_by_another_key(notes, bench):
    rows = [{"text": "one", "stars": 5, "id": 9}, {"text": "two", "stars": 1, "id": 2}]
    bench.write([UpsertRows("notes", rows, ["text"])], down=())
    bench.up()

    assert list(notes.find(sort=[("_id", 1)])) == [
        {"_id": 1, "text": "one", "stars": 5},
        {"_id": 2, "text": "two", "stars": 1},
    ]


def test_a_pipeline_writes_into_another_collection(notes, bench, judge):
    command = {
        "aggregate": "notes",
        "pipeline": [{"$group": {"_id": "$stars", "notes": {"$sum": 1}}}, {"$merge": "stars"}],
        "cursor": {},
    }
    bench.execute(ExecuteCommand(command))

    assert list(judge.stars.find()) == [{"_id": 3, "notes": 1}]


def test_the_index_of_a_name_that_is_taken(notes, bench):
    notes.create_index("stars", name="ix")
    bench.write_text('db.create_index("notes", IndexDef("ix", ["text"]))')
    with pytest.raises(StatementFailed, match="86") as caught:
        bench.up()

    assert IndexDef("ix", ["text"]).name in caught.value.what
