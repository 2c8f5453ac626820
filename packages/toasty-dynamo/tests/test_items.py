"""Attributes that are renamed, filled, converted and dropped, with items as real tables have them."""

from __future__ import annotations

from datetime import datetime
from threading import Event, Thread

import pytest

from toasty_core.errors import CheckFailed, SchemaError, StatementFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    DeleteRows,
    DropColumn,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    TransformRows,
    UpdateRows,
    UpsertRows,
)
from toasty_core.schema import ColumnDef, TableDef, expr, now, uuid
from toasty_dynamo.scanning import PAGE

ITEMS = TableDef(
    "items",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String", nullable=True),
        ColumnDef("order", "String", nullable=True),
        ColumnDef("n", "Integer", nullable=True),
    ],
    primary_key=["id"],
)


@pytest.fixture
def items(bench, judge):
    bench.write([CreateTable(ITEMS)])
    bench.up()
    for n in range(10):
        given = {"id": {"N": str(n)}, "name": {"S": f"n{n}"}, "order": {"S": f"o{n}"}}
        judge.put("items", **given, n={"N": str(n)})
    return judge


def do(bench, *operations, down=()):
    """Writes a migration and runs it."""
    bench.write(operations, down)
    bench.up()


# Rename.


@pytest.mark.parametrize(
    "operation",
    [
        RenameColumn("items", "name", "title"),
        DropColumn("items", "name"),
        ModifyColumn("items", "n", type="String"),
        DeleteRows("items", None),
    ],
    ids=lambda operation: operation.kind,
)
def test_no_notes_are_left_of_what_is_through(bench, judge, operation):
    bench.write([CreateTable(ITEMS)])
    bench.up()
    many = PAGE + 100  # so that a checkpoint is noted
    judge.fill(
        "items", [{"id": {"N": str(n)}, "name": {"S": "x"}, "n": {"N": "1"}} for n in range(many)]
    )
    bench.project = bench.project._replace(url=f"{bench.url}?segments=1")

    do(bench, operation)

    kinds = {item["kind"]["S"] for item in judge.items("toasty_migrations")}
    assert "progress" not in kinds


def test_a_reserved_word_is_renamed_to_another(bench, items):
    do(bench, RenameColumn("items", "order", "select"), down=None)

    assert items.rows("items")[3] == {"id": 3, "name": "n3", "select": "o3", "n": 3}
    bench.down()
    assert items.rows("items")[3]["order"] == "o3"


@pytest.mark.parametrize(
    "name", ['we"ird', "a.b", "it's", "naïve", "ключ", "with space", "#n", ":v"]
)
def test_names_that_mean_something_elsewhere(bench, items, name):
    do(bench, RenameColumn("items", "order", name))
    do(bench, UpdateRows("items", {name: "set"}, {name: "o3"}))

    assert items.rows("items")[3][name] == "set"
    do(bench, DropColumn("items", name))
    assert set(items.rows("items")[3]) == {"id", "name", "n"}


def test_a_rename_never_overwrites(bench, items):
    items.put("items", id={"N": "99"}, order={"S": "old"}, title={"S": "there"})
    bench.write([RenameColumn("items", "order", "title")])
    with pytest.raises(CheckFailed) as caught:
        bench.up()

    assert "id = 99" in str(caught.value)
    assert items.rows("items")[99] == {"id": 99, "order": "old", "title": "there"}
    assert items.rows("items")[1]["order"] == "o1"


def test_an_item_that_gets_both_during_the_rename_is_named(bench, items):
    """Past the check: an application that writes the new attribute beside the old one."""
    items.put("items", id={"N": "99"}, order={"S": "old"}, title={"S": "there"})
    with pytest.raises(StatementFailed, match="id = 99"):
        bench.execute(RenameColumn("items", "order", "title"))

    assert items.rows("items")[99] == {"id": 99, "order": "old", "title": "there"}
    assert items.rows("items")[1]["title"] == "o1"


def test_an_item_without_the_attribute_gets_none(bench, items):
    items.put("items", id={"N": "50"})
    do(bench, RenameColumn("items", "order", "title"))

    assert items.rows("items")[50] == {"id": 50}


# Fill and drop.


def test_a_default_goes_where_nothing_is(bench, items):
    items.put("items", id={"N": "50"}, mail={"S": "own"})
    items.put("items", id={"N": "51"}, mail={"NULL": True})
    do(bench, AddColumn("items", ColumnDef("mail", "String", default="none")))

    rows = items.rows("items")
    assert (rows[0]["mail"], rows[50]["mail"], rows[51]["mail"]) == ("none", "own", "none")


def test_a_null_that_is_allowed_stays(bench, items):
    items.put("items", id={"N": "51"}, mail={"NULL": True})
    do(bench, AddColumn("items", ColumnDef("mail", "String", nullable=True), fill="none"))

    assert items.rows("items")[51]["mail"] is None
    assert items.rows("items")[1]["mail"] == "none"


def test_each_item_gets_a_uuid_of_its_own_and_all_the_same_time(bench, items):
    made = ColumnDef("made", "DateTime", default=now())
    do(
        bench,
        AddColumn("items", ColumnDef("key", "Uuid", default=uuid())),
        AddColumn("items", made),
    )

    rows = items.rows("items").values()
    assert len({row["key"] for row in rows}) == 10
    assert len({row["made"] for row in rows}) == 1
    assert datetime.fromisoformat(next(iter(rows))["made"]).year > 2000


def test_a_time_to_live_is_kept_as_a_number(bench, items):
    column = ColumnDef("ends", "DateTime", options={"dynamodb": {"as": "epoch"}})
    do(bench, AddColumn("items", column, fill="2030-01-01 00:00:00"))

    assert items.rows("items")[1]["ends"] == 1893456000


def test_a_fill_is_computed_from_the_item(bench, items):
    fill = expr(dynamodb="upper(name) || '-' || n")
    do(bench, AddColumn("items", ColumnDef("label", "String"), fill=fill))

    assert items.rows("items")[3]["label"] == "N3-3"


def test_a_column_that_must_have_a_value_needs_one(bench, items):
    bench.write([AddColumn("items", ColumnDef("mail", "String"))])
    with pytest.raises(CheckFailed, match="10") as caught:
        bench.up()
    assert "fill" in str(caught.value.hint)


def test_an_attribute_goes_from_all_items(bench, items):
    do(bench, DropColumn("items", "order"))

    assert not any("order" in item for item in items.items("items"))


# Types.


def test_a_number_becomes_a_text_and_a_number_again(bench, items):
    do(bench, ModifyColumn("items", "n", type="String(5)"), down=None)
    assert items.get("items", id={"N": "3"})["n"] == {"S": "3"}
    bench.down()
    assert items.get("items", id={"N": "3"})["n"] == {"N": "3"}


def test_one_attribute_with_values_of_many_types(bench, items):
    """What is there decides how it becomes a number."""
    given = {
        20: {"S": " 7 "},
        21: {"N": "8"},
        22: {"BOOL": True},
        23: {"NULL": True},
        24: {"S": "1e1"},
    }
    for id_, value in given.items():
        items.put("items", id={"N": str(id_)}, name=value)
    do(bench, UpdateRows("items", {"name": "5"}, {"id": list(range(10))}))
    do(bench, ModifyColumn("items", "name", type="Double"))

    rows = items.items("items")
    found = {int(row["id"]["N"]): row["name"] for row in rows}
    assert found.pop(23) == {"NULL": True}
    assert {id_: float(found[id_]["N"]) for id_ in (20, 21, 22, 24)} == {
        20: 7,
        21: 8,
        22: 1,
        24: 10,
    }


def test_values_that_do_not_convert_are_counted_before_anything_changes(bench, items):
    items.put("items", id={"N": "50"}, name={"S": "12"})
    items.put("items", id={"N": "51"}, name={"M": {}})
    bench.write([ModifyColumn("items", "name", type="Integer")])
    with pytest.raises(CheckFailed) as caught:
        bench.up()

    assert "11" in caught.value.what
    assert "'n0'" in str(caught.value) or "'n1'" in str(caught.value)
    assert items.get("items", id={"N": "50"})["name"] == {"S": "12"}


def test_a_conversion_in_words(bench, items):
    using = expr(dynamodb="length(name) + n")
    do(bench, ModifyColumn("items", "name", type="Integer", using=using))

    assert items.rows("items")[7]["name"] == 9


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_a_text_is_true_or_false_only_where_it_says_so(bench, items, value):
    do(bench, UpdateRows("items", {"name": "no"}))
    do(bench, ModifyColumn("items", "name", type="Boolean"))
    assert items.get("items", id={"N": "1"})["name"] == {"BOOL": False}

    items.put("items", id={"N": "50"}, order={"S": value})
    do(bench, UpdateRows("items", {"order": "yes"}, {"id": list(range(10))}))
    bench.write([ModifyColumn("items", "order", type="Boolean")])
    with pytest.raises(CheckFailed, match="1 "):
        bench.up()


def test_a_key_is_not_converted(bench, items):
    bench.write([ModifyColumn("items", "id", type="String")])
    with pytest.raises(Unsupported) as caught:
        bench.up()
    assert caught.value.reason


# Rows.


def test_rows_are_chosen_by_a_condition(bench, items):
    where = expr(dynamodb="n >= 2 AND n < 8 AND NOT name IN ('n3', 'n4') OR name = 'n9'")
    do(bench, UpdateRows("items", {"order": None}, where))

    without = [id_ for id_, row in items.rows("items").items() if "order" not in row]
    assert sorted(without) == [2, 5, 6, 7, 9]


def test_what_is_missing_equals_nothing_and_differs_from_nothing(bench, items):
    items.put("items", id={"N": "50"})
    items.put("items", id={"N": "51"}, name={"NULL": True})
    do(bench, UpdateRows("items", {"n": 100}, expr(dynamodb="name <> 'n1'")))
    do(bench, UpdateRows("items", {"n": 200}, expr(dynamodb="NOT name = 'n2' AND n = 2")))
    do(bench, UpdateRows("items", {"order": "empty"}, {"name": None}))

    rows = items.rows("items")
    assert "n" not in rows[50]
    assert "n" not in rows[51]
    assert rows[50]["order"] == rows[51]["order"] == "empty"
    assert (rows[1]["n"], rows[2]["n"]) == (1, 100)


def test_sql_for_other_databases_is_refused(bench, items):
    bench.write([UpdateRows("items", {"n": expr("n + 1")})], down=())
    with pytest.raises(Unsupported, match="dynamodb"):
        bench.up()


def test_more_rows_than_a_transaction_takes(bench, items):
    do(bench, InsertRows("items", [{"id": n, "name": f"x{n}"} for n in range(100, 450)]))
    assert len(items.items("items")) == 360
    do(bench, DeleteRows("items", {"id": list(range(100, 450))}))
    assert len(items.items("items")) == 10


def test_a_row_that_is_there_stops_the_whole_insert(bench, items):
    bench.write([InsertRows("items", [{"id": 100}, {"id": 3}])], down=())
    with pytest.raises(StatementFailed, match="id = 3"):
        bench.up()
    assert 100 not in items.rows("items")


def test_an_upsert_leaves_what_it_does_not_name(bench, items):
    do(bench, UpsertRows("items", [{"id": 3, "name": "new"}, {"id": 100, "name": "more"}]))
    do(bench, UpsertRows("items", [{"id": 4, "name": "new", "n": 77}], key=["name"]))

    rows = items.rows("items")
    assert rows[3] == {"id": 3, "name": "new", "order": "o3", "n": 77}
    assert rows[100] == {"id": 100, "name": "more"}
    assert rows[4]["n"] == 4


def test_a_function_may_not_change_keys_nor_invent_columns(bench, items):
    for function, said in ((lambda row: {"id": 5}, "key"), (lambda row: {"nmae": 1}, "no column")):
        with pytest.raises(SchemaError, match=said):
            bench.execute(TransformRows("items", function))


def test_only_what_a_function_changes_is_written(bench, items):
    """Nothing is sent for the rest but a note of how far it is."""
    items.fill("items", [{"id": {"N": str(n)}, "n": {"N": str(n)}} for n in range(100, 900)])
    with bench.connect() as database:
        calls = []
        database.client.meta.events.register(
            "provide-client-params.dynamodb.TransactWriteItems",
            lambda params, **_: calls.append(params),
        )
        schema = bench.schema()
        for statement in bench.backend.compile(
            UpdateRows("items", {"n": 7}, expr(dynamodb="n > 300")), schema
        ):
            database.execute(statement)
            database.execute(statement)
    assert sum(len(call["TransactItems"]) for call in calls) == 599


# Large items, and others who write meanwhile.


def test_items_of_400_kb_go_through_a_function(bench, items):
    """A transaction takes 4 MB: it is cut to size."""
    text = "x" * 390_000
    for n in range(30, 50):
        items.put("items", id={"N": str(n)}, name={"S": text})
    bench.execute(TransformRows("items", lambda row: {"name": (row["name"] or "")[::-1] + "!"}))

    found = items.rows("items")
    assert all(len(found[n]["name"]) == 390_001 for n in range(30, 50))
    bench.execute(ModifyColumn("items", "name", type="Text", using=expr(dynamodb="name || '?'")))
    assert items.rows("items")[30]["name"].endswith("!?")


def test_an_item_that_would_grow_too_large_is_named(bench, items):
    items.put("items", id={"N": "50"}, name={"S": "x" * 409_000})
    bench.write([AddColumn("items", ColumnDef("more", "Text"), fill="y" * 5_000)])
    with pytest.raises(StatementFailed, match="id = 50") as caught:
        bench.up()
    assert "400 KB" in str(caught.value.hint)

    items.put("items", id={"N": "50"}, name={"S": "smaller"})
    bench.up()
    assert all(row["more"] == "y" * 5_000 for row in items.rows("items").values())


def writer(judge, table, stop, seen):
    """An application that counts up `live` in one item after the other, and at first puts in items of the old form."""

    def work():
        at = 0
        while not stop.is_set():
            number = at % 10
            judge.client.update_item(
                TableName=table,
                Key={"id": {"N": str(number)}},
                UpdateExpression="ADD live :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            seen[number] = seen.get(number, 0) + 1
            if at < 30:
                judge.put(table, id={"N": str(10_000 + at)}, order={"S": "late"})
            at += 1

    return Thread(target=work)


def test_live_writes_during_changes_lose_nothing(bench, items):
    items.fill(
        "items",
        [{"id": {"N": str(n)}, "order": {"S": "o"}, "n": {"N": "0"}} for n in range(100, 2100)],
    )
    stop, seen = Event(), {}
    thread = writer(items, "items", stop, seen)
    thread.start()
    try:
        do(bench, RenameColumn("items", "order", "title"))
        do(bench, UpdateRows("items", {"n": expr(dynamodb="n + 1")}, {"n": 0}))
    finally:
        stop.set()
        thread.join()
    bench.execute(RenameColumn("items", "order", "title"), bench.schema("20250101_000000_change"))

    rows = items.rows("items")
    assert all(rows[number]["live"] == times for number, times in seen.items())
    assert not any("order" in row for row in rows.values())
    assert all(rows[n]["n"] == 1 for n in range(100, 2100))
