"""Nested documents in models: `generate` says what happens to their fields, `up` and `down` take the values along."""

from __future__ import annotations

from datetime import datetime

import pytest
from attrs import evolve
from click.testing import CliRunner

from toasty_core import api
from toasty_core.cli.answers import AnswerOptions, answering
from toasty_core.diff import Answers, Fill, NoRename, Rename
from toasty_core.errors import CheckFailed, QuestionsOpen, Unsupported
from toasty_core.schema import ColumnDef, IndexDef, Literal, SchemaSnapshot, TableDef, expr

ADDRESS = "Document(Field('zip', String), Field('city', String, nullable=True))"
LINES = "Array(Document(Field('item', Document(Field('sku', String))), Field('qty', String)))"


def orders(address: str = ADDRESS, lines: str = LINES, path: str = "address.zip") -> SchemaSnapshot:
    return SchemaSnapshot.of(
        TableDef(
            "orders",
            [
                ColumnDef("id", "Integer"),
                ColumnDef("address", address),
                ColumnDef("lines", lines, nullable=True),
            ],
            primary_key=["id"],
            indexes=[IndexDef("by_zip", [expr(path)])],
        )
    )


DOCUMENTS = [
    {
        "_id": 1,
        "address": {"zip": "1", "city": "Ulm"},
        "lines": [{"item": {"sku": "a"}, "qty": "5"}, {"item": {"sku": "b"}, "qty": " 6 "}],
    },
    {"_id": 2, "address": {"zip": "2"}, "lines": []},
    {"_id": 3, "address": {"zip": "3", "city": None}, "lines": None},
    {"_id": 4, "address": {"zip": "4"}},
]


class Models:
    """The project, whose models are what a test says."""

    def __init__(self, bench):
        self.bench = bench
        self.count = 0

    def become(self, schema, answers=None):
        """Generates the way to these models, goes it, and gives what the file says."""
        project = self.bench.project._replace(models=schema)
        self.count += 1
        made = api.generate(project, f"change {self.count}", answers)
        self.bench.up()
        again = api.generate(project, "again", answers=Answers())
        assert again.migration is None, again.diff.operations
        assert not api.drift(project)
        return [operation.describe() for operation in made.diff]


@pytest.fixture
def models(bench, judge):
    found = Models(bench)
    found.become(orders())
    judge.orders.insert_many(DOCUMENTS)
    bench.project = bench.project._replace(url=f"{bench.url}?batchSize=2")
    return found


def all_of(judge):
    return sorted(judge.orders.find(), key=lambda one: one["_id"])


def without_indexes(schema):
    return schema.put(evolve(schema.table("orders"), indexes=()))


def comes_back(models, judge):
    models.bench.down()
    assert all_of(judge) == DOCUMENTS
    assert not api.drift(models.bench.project)


def test_renames_by_hints(models, judge):
    """In a document and in documents of a list; the index goes along."""
    said = models.become(
        orders(
            ADDRESS.replace("'zip', String", "'postcode', String, renamed_from='zip'"),
            LINES.replace("'sku', String", "'number', String, renamed_from='sku'"),
            "address.postcode",
        )
    )

    assert said == [
        "rename field orders.address.zip to address.postcode",
        "rename field orders.lines.item.sku to lines.item.number",
    ]
    found = all_of(judge)
    assert [one["address"]["postcode"] for one in found] == ["1", "2", "3", "4"]
    assert [line["item"] for line in found[0]["lines"]] == [{"number": "a"}, {"number": "b"}]
    assert judge.orders.index_information()["by_zip"]["key"] == [("address.postcode", 1)]
    comes_back(models, judge)


def test_a_rename_is_asked_about(models, judge):
    will = orders(ADDRESS.replace("zip", "postcode"), path="address.postcode")
    project = models.bench.project._replace(models=will)
    with pytest.raises(QuestionsOpen) as caught:
        api.generate(project, "which")

    assert str(caught.value.questions[0]) == (
        "was field 'orders.address.zip' renamed to 'orders.address.postcode'?"
    )
    models.become(will, Answers([Rename("orders.address.zip", "orders.address.postcode")]))
    assert all_of(judge)[0]["address"] == {"city": "Ulm", "postcode": "1"}
    comes_back(models, judge)


def test_a_person_is_asked_the_same_as_about_columns(models, judge):
    """On a terminal: first whether it is a rename, then the value of what is new."""
    address = "Document(Field('postcode', String), Field('country', String), Field('city', String, nullable=True))"
    will = orders(address, path="address.postcode")
    project = models.bench.project._replace(models=will)
    ask = answering(AnswerOptions((), False, (), ()), True, project)
    with CliRunner().isolation(input="1\nCH\n") as streams:
        answers = ask(orders(), will)
        said = streams[1].getvalue().decode()

    assert "The field orders.address.zip is gone. Is it one of the new ones, renamed?" in said
    assert "1  orders.address.postcode" in said
    assert "orders.address.country" in said
    assert models.become(will, answers) == [
        "rename field orders.address.zip to address.postcode",
        "add field orders.address.country",
    ]
    assert all_of(judge)[0]["address"] == {"postcode": "1", "country": "CH", "city": "Ulm"}


def test_fields_are_added_and_dropped(models, judge):
    will = orders(
        "Document(Field('zip', String), Field('country', String))",
        LINES.replace("Field('qty', String)", "Field('note', Text, nullable=True)"),
    )
    answers = Answers(no_renames=True, fills=[Fill("orders", "address.country", Literal("DE"))])
    said = models.become(will, answers)

    assert said == [
        "add field orders.address.country",
        "drop field orders.address.city",
        "add field orders.lines.note",
        "drop field orders.lines.qty",
    ]
    found = all_of(judge)
    assert [one["address"] for one in found] == [
        {"zip": str(n), "country": "DE"} for n in (1, 2, 3, 4)
    ]
    assert found[0]["lines"] == [{"item": {"sku": "a"}}, {"item": {"sku": "b"}}]
    models.bench.down()
    assert not api.drift(models.bench.project)
    assert [one["address"] for one in all_of(judge)] == [{"zip": str(n)} for n in (1, 2, 3, 4)]


def test_a_new_field_without_a_value_stops_before_anything(models, judge):
    will = orders(ADDRESS.replace("Field('city'", "Field('country', String), Field('city'"))
    made = api.generate(models.bench.project._replace(models=will), "country")

    assert [fill.place for fill in made.open_fills] == ["orders.address.country"]
    with pytest.raises(CheckFailed, match="4 rows have no value for the new field"):
        models.bench.up()
    assert all_of(judge) == DOCUMENTS


def test_values_are_converted_deep_down(models, judge):
    """As in a column of its own: text becomes numbers, in documents of lists, and back again."""
    said = models.become(orders(lines=LINES.replace("'qty', String", "'qty', Integer")))

    assert said == ["modify column orders.lines (type)"]
    found = all_of(judge)
    assert [line["qty"] for line in found[0]["lines"]] == [5, 6]
    assert [one.get("lines", "missing") for one in found[1:]] == [[], None, "missing"]
    models.bench.down()
    assert [line["qty"] for line in all_of(judge)[0]["lines"]] == ["5", "6"]
    assert not api.drift(models.bench.project)


def test_a_rename_and_a_conversion_of_one_field(models, judge):
    """Generated together; the values come along, and become what they are to be."""
    lines = LINES.replace("'qty', String", "'count', Integer, renamed_from='qty'")
    said = models.become(orders(lines=lines))

    assert said == [
        "rename field orders.lines.qty to lines.count",
        "modify column orders.lines (type)",
    ]
    assert [line["count"] for line in all_of(judge)[0]["lines"]] == [5, 6]


@pytest.mark.parametrize("value", ["a few", {"n": 1}, [1]], ids=str)
def test_values_that_do_not_convert_are_named_before_anything(models, judge, value):
    judge.command({"collMod": "orders", "validator": {}})
    judge.orders.update_one({"_id": 1}, {"$set": {"lines.1.qty": value}})
    before = all_of(judge)
    api.generate(
        models.bench.project._replace(
            models=orders(lines=LINES.replace("'qty', String", "'qty', Integer"))
        ),
        "numbers",
    )
    with pytest.raises(
        CheckFailed, match=r"orders\.lines\.qty: 1 row cannot become Integer"
    ) as caught:
        models.bench.up()

    assert f"id = 1, qty = {value!r}" in str(caught.value)
    assert all_of(judge) == before


def test_values_that_are_too_long_or_missing_are_named(models, judge):
    short = ADDRESS.replace("'zip', String", "'zip', Char(1)").replace(", nullable=True", "")
    api.generate(models.bench.project._replace(models=orders(short)), "short")
    with pytest.raises(CheckFailed, match="3 rows cannot become"):
        models.bench.up()

    assert all_of(judge) == DOCUMENTS


def test_a_time_becomes_a_day(models, judge):
    """Both are dates to MongoDB, and only the value tells them apart."""
    judge.orders.update_one({"_id": 1}, {"$set": {"address.city": "2024-01-02 03:04:05"}})
    models.become(orders(ADDRESS.replace("'city', String", "'city', DateTime")))
    assert judge.orders.find_one({"_id": 1})["address"]["city"] == datetime(2024, 1, 2, 3, 4, 5)
    models.become(orders(ADDRESS.replace("'city', String", "'city', Date")))

    assert judge.orders.find_one({"_id": 1})["address"]["city"] == datetime(2024, 1, 2)


def test_lists_of_values_are_converted(bench, judge):
    def tagged(type_):
        return SchemaSnapshot.of(
            TableDef("t", [ColumnDef("id", "Integer"), ColumnDef("n", type_)], primary_key=["id"])
        )

    models = Models(bench)
    models.become(tagged("Array(String)"))
    judge.t.insert_many([{"_id": 1, "n": ["1", "2"]}, {"_id": 2, "n": []}])
    models.become(tagged("Array(Integer)"))

    assert [one["n"] for one in judge.t.find(sort=[("_id", 1)])] == [[1, 2], []]


def test_where_the_server_knows_no_way_it_says_where(models, judge):
    will = orders(ADDRESS.replace("'zip', String", "'zip', Document(Field('code', String))"))
    made = api.generate(models.bench.project._replace(models=will), "no way")
    with pytest.raises(
        Unsupported, match=r"the values of orders\.address\.zip cannot become"
    ) as caught:
        models.bench.up()

    assert made.migration is not None
    assert made.migration.path.name in str(caught.value.where)
    assert "transform_rows" in str(caught.value.hint)
    assert all_of(judge) == DOCUMENTS


def test_others_see_no_field_twice(models, judge):
    """A name that another field has had is free when its turn comes."""
    swapped = "Document(Field('city', String), Field('zip', String, nullable=True))"
    answers = Answers(
        [
            Rename("orders.address.zip", "orders.address.city"),
            Rename("orders.address.city", "orders.address.zip"),
        ]
    )
    models.become(orders(swapped), answers)

    assert all_of(judge)[0]["address"] == {"zip": "Ulm", "city": "1"}
    comes_back(models, judge)


def test_on_a_database_without_the_feature_nothing_is_asked(tmp_path):
    """One value there: another document is another type of its column, as before."""
    will = orders(ADDRESS.replace("zip", "postcode"), path="address.postcode")
    was, will = map(without_indexes, (orders(), will))
    for url in (f"sqlite:{tmp_path / 'my.db'}", None):
        folder = tmp_path / str(url is None)
        project = api.Project(folder, url=url, models=was)
        api.generate(project, "first")
        made = api.generate(
            project._replace(models=will), "second", Answers(not_renamed=[NoRename("x")])
        )
        assert [one.describe() for one in made.diff] == ["modify column orders.address (type)"]


def test_in_lists_of_lists(bench, judge):
    """Paths of MongoDB's own lead through one list alone."""

    def plots(inner):
        rows = f"Array(Array(Document(Field('cells', Array(Array(Document({inner})))))))"
        columns = [ColumnDef("id", "Integer"), ColumnDef("rows", rows)]
        return SchemaSnapshot.of(TableDef("plots", columns, primary_key=["id"]))

    def grid(**cell):
        return [[{"cells": [[cell], []]}, {"cells": []}], []]

    models = Models(bench)
    models.become(plots("Field('x', String), Field('z', Integer)"))
    judge.plots.insert_many([{"_id": 1, "rows": grid(x="1", z=3)}, {"_id": 2, "rows": []}])
    hinted = "Field('y', Integer, renamed_from='x'), Field('w', Text)"
    said = models.become(
        plots(hinted), Answers(fills=[Fill("plots", "rows.cells.w", Literal("-"))])
    )

    assert said == [
        "rename field plots.rows.cells.x to rows.cells.y",
        "add field plots.rows.cells.w",
        "modify column plots.rows (type)",
        "drop field plots.rows.cells.z",
    ]
    assert judge.plots.find_one({"_id": 1})["rows"] == grid(y=1, w="-")
    models.bench.down()
    assert judge.plots.find_one({"_id": 1})["rows"] == grid(x="1", z=0)
    assert judge.plots.find_one({"_id": 2})["rows"] == []
