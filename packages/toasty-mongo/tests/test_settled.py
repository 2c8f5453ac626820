"""What MongoDB keeps of indexes and collections: right after `up` nothing differs, whatever was said."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from toasty_core import api
from toasty_core.diff import detect_changes
from toasty_core.errors import Unsupported
from toasty_core.operations import AddUnique, CreateIndex, CreateTable, RenameColumn
from toasty_core.schema import ColumnDef, IndexColumn, IndexDef, TableDef, UniqueDef, expr
from toasty_mongo.indexes import SETTINGS
from toasty_mongo.settings import TABLE_OPTIONS

DOWN = IndexColumn("seen", descending=True)
COLUMNS = [
    ColumnDef("id", "Text"),
    ColumnDef("title", "Text", nullable=True),
    ColumnDef("body", "Text", nullable=True),
    ColumnDef("at", "Json", nullable=True),
    ColumnDef("place", "Json", nullable=True),
    ColumnDef("seen", "DateTime", nullable=True),
    ColumnDef("number", "Integer", nullable=True),
    ColumnDef("address", "Document(Field('city', String), Field('area', String))", nullable=True),
]
NOTES = TableDef("notes", COLUMNS, primary_key=["id"])


def index(columns, where=None, *, unique=False, **options):
    return IndexDef("ix", columns, where=where, unique=unique, options={"mongodb": options})


def text(*columns, **options):
    return index(columns, using="text", **options)


BY_SEEN = {"title": "text", "body": "text"}
SINCE = {"$date": "2020-01-01T00:00:00Z"}
INDEXES = {
    "text, not by name": text("title", "body"),
    "text, some weights": text("title", "body", weights={"title": 5}),
    "text, usual weights": text("title", "body", weights={"title": 1, "body": 1.0}),
    "text, weights of more": text("title", weights={"body": 2.5}),
    "text, weights of any": text("title", "body", weights={"$**": 1}),
    "text between": index(["seen", "title", "body", "number"], using=BY_SEEN),
    "text behind": index([DOWN, "title", "body"], using=BY_SEEN),
    "text before": index(["title", "body", DOWN], using=BY_SEEN),
    "text of the key": text("title", "id", weights={"id": 3}),
    "text of paths": text(expr("address.city"), expr("address.area"), "body"),
    "text, one by one": index(["title", "body"], using={"body": "text", "title": "text"}),
    "text, turned": text(IndexColumn("title", descending=True), "body"),
    "text of what stands before, too": index(
        ["number", "title", "body"], using=BY_SEEN, weights={"number": 1}
    ),
    "text of all and more": index(["number", "body", expr("$**")], using={"body": "text", "$**": "text"}),
    "text of all": index([], using="text"),
    "text of all, weighted": index([], using="text", weights={"$**": 3, "title": 7}),
    "text of all behind": index(["number", expr("$**")], using={"$**": "text"}),
    "text in English": text("body", default_language="english", language_override="language"),
    "text in German": text("body", default_language="german", language_override="tongue"),
    "text, version 3": text("body", textIndexVersion=3),
    "text, version 2": text("title", "body", textIndexVersion=2),
    "2dsphere of paths": index([expr("address.city")], using={"address.city": "2dsphere"}),
    "2dsphere, version 3": index(["at"], using="2dsphere", **{"2dsphereIndexVersion": 3}),
    "2dsphere, version 2": index(["at", "title"], using={"at": "2dsphere"}, **{"2dsphereIndexVersion": 2}),
    "2d": index(["at"], using="2d", bits=20.0, min=-100, max=100.5),
    "2d, as usual": index(["at"], using="2d", bits=26, min=-180, max=180),
    "hashed behind": index(["title", "id"], using={"id": "hashed"}),
    "wildcard": index([], using="wildcard", wildcardProjection={"title": 1, "id": 0}),
    "wildcard, left out": index([], using="wildcard", wildcardProjection={"seen": False, "at": 0}),
    "wildcard of a path": index([expr("at.x")], using="wildcard"),
    "filter": index(["title"], partialFilterExpression={"number": {"$gt": 5}, "title": "a"}),
    "filter of a moment": index(["title"], partialFilterExpression={"seen": {"$gt": SINCE}}),
    "filter, unique": index(["title"], unique=True, partialFilterExpression={"number": 2.0}),
    "filter as there is anyway": index(
        ["title"], unique=True, partialFilterExpression={"title": {"$gte": ""}}
    ),
    "filter of nothing": index(["title"], partialFilterExpression={}),
    "sparse": index(["title"], unique=True, sparse=True, hidden=True),
    "nothing": index(["title"], sparse=False, hidden=False, expireAfterSeconds=None),
    "ttl": index(["seen"], expireAfterSeconds=60.7),
    "ttl at once": index(["seen"], expireAfterSeconds=0),
    "collation": index(["title"], collation={"locale": "en", "strength": 2, "caseFirst": "off"}),
    "simple collation": index(["title"], collation={"locale": "simple"}),
    "for MongoDB": index([expr("lower(body)", mongodb="address.city")]),
}  # fmt: skip


def nothing_differs(bench):
    """Neither `schema:drift` nor the baseline of this database finds a change."""
    assert api.drift(bench.project).operations == ()
    wanted = bench.backend.canonical_schema(bench.schema())
    assert (
        detect_changes(bench.backend.canonical_schema(bench.introspect()), wanted).operations == ()
    )


@pytest.mark.parametrize("kind", INDEXES)
def test_an_index_is_what_was_said(bench, judge, kind):
    bench.write([CreateTable(NOTES), CreateIndex("notes", INDEXES[kind])])
    bench.up()

    assert "ix" in [spec["name"] for spec in judge.notes.list_indexes()]
    nothing_differs(bench)


KEPT: dict[str, dict[str, Any]] = {
    "validation": {"validationLevel": "moderate", "validationAction": "warn"},
    "validation as usual": {"validationLevel": "strict", "validationAction": "error"},
    "capped": {"capped": True, "size": 5000.5, "max": 7},
    "capped, any number": {"capped": True, "size": 1, "max": 0},
    "not capped": {"capped": False},
    "collation": {"collation": {"locale": "de", "strength": 2}},
    "simple collation": {"collation": {"locale": "simple"}},
    "clustered": {"clusteredIndex": {"key": {"_id": 1}, "unique": True}, "expireAfterSeconds": 60},
    "clustered, named": {"clusteredIndex": {"key": {"_id": 1}, "unique": True, "name": "mine"}},
    "storage": {"storageEngine": {"wiredTiger": {"configString": "block_compressor=zlib"}}},
    "storage as usual": {"storageEngine": {}, "indexOptionDefaults": {}},
    "storage of indexes": {
        "indexOptionDefaults": {"storageEngine": {"wiredTiger": {"configString": ""}}}
    },
    "images": {"changeStreamPreAndPostImages": {"enabled": True}},
    "no images": {"changeStreamPreAndPostImages": {"enabled": False}},
    "series": {"timeseries": {"timeField": "seen"}, "expireAfterSeconds": 60},
    "series of hours": {
        "timeseries": {"timeField": "seen", "metaField": "at", "granularity": "hours"},
        "collation": {"locale": "en"},
    },
}


@pytest.mark.parametrize("kind", KEPT)
def test_a_collection_is_what_was_said(bench, kind):
    is_series = "timeseries" in KEPT[kind]
    table = evolve(
        NOTES,
        primary_key=None if is_series else ["id"],
        indexes=[IndexDef("ix", ["at", DOWN])],
        options={"mongodb": KEPT[kind]},
    )
    bench.write([CreateTable(table)])
    bench.up()

    nothing_differs(bench)


def test_every_option_is_among_these():
    said = {name for one in INDEXES.values() for name in one.options["mongodb"]}
    assert said == {"using", *SETTINGS}
    assert {name for kept in KEPT.values() for name in kept} == set(TABLE_OPTIONS)


def test_indexes_have_the_collation_of_their_collection_unless_they_say_more(bench, judge):
    mine = {
        "body": {"locale": "fr"},
        "number": {"locale": "en", "strength": 3},
        "seen": None,
        "at": {"locale": "simple"},
    }
    table = evolve(
        NOTES,
        indexes=[
            *(IndexDef(n, ["title", n], options={"mongodb": {"collation": mine[n]}}) for n in mine),
            IndexDef("ix", ["seen"], unique=True),
        ],
        uniques=[UniqueDef(["at"], name="uq_at")],
        options={"mongodb": {"collation": {"locale": "en"}}},
    )
    bench.write([CreateTable(table)])
    bench.up()
    found = {s["name"]: s.get("collation", {}).get("locale") for s in judge.notes.list_indexes()}

    assert found | {"body": "fr", "number": "en", "seen": "en", "at": None, "ix": "en"} == found
    nothing_differs(bench)


LOCALES = ("da", "fr_CA", "mt", "th", "vi", "bn@collation=traditional", "es@collation=search", "de")


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_usual_in_a_locale_goes_without_saying(bench, locale):
    turned = {
        "caseFirst": "lower",
        "backwards": not locale.startswith("fr"),
        "normalization": False,
    }
    table = evolve(
        NOTES,
        indexes=[
            IndexDef("ix", ["title"], options={"mongodb": {"collation": {"locale": locale}}}),
            IndexDef(
                "iy", ["body"], options={"mongodb": {"collation": {"locale": locale, **turned}}}
            ),
        ],
    )
    bench.write([CreateTable(table)])
    bench.up()

    nothing_differs(bench)


def test_a_condition_that_is_said_twice_is_refused(bench, judge):
    twice = index(["title"], where="number > 5", partialFilterExpression={"number": {"$gt": 5}})
    bench.write([CreateTable(NOTES), CreateIndex("notes", twice)])
    with pytest.raises(Unsupported, match="two conditions"):
        bench.up()

    assert judge.list_collection_names() == []


WRONG = {
    "between those of kind 'text'": index(["title", "seen", "body"], using=BY_SEEN),
    "has a kind for 'titel'": index(["title"], using={"titel": "text"}),
    "weights that are none": index(["title"], using="text", weights="title"),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_text_index_that_cannot_be_is_refused(bench, judge, words):
    bench.write([CreateTable(NOTES), CreateIndex("notes", WRONG[words])])
    with pytest.raises(Unsupported, match=words):
        bench.up()

    assert judge.list_collection_names() == []


def test_a_unique_constraint_has_a_filter(bench, judge):
    options = {"mongodb": {"partialFilterExpression": {"number": {"$gt": 5}}}}
    unique = UniqueDef(["title"], name="uq", options=options)
    bench.write([CreateTable(NOTES), AddUnique("notes", unique)])
    bench.up()
    judge.notes.insert_many([{"_id": str(n), "title": "same", "number": n} for n in (1, 2, 7)])

    nothing_differs(bench)


def test_a_text_index_follows_its_columns(bench, judge):
    """A column that is called otherwise may change the order in which the server keeps the fields."""
    bench.write([CreateTable(NOTES), CreateIndex("notes", INDEXES["text, some weights"])])
    bench.up()
    bench.write([RenameColumn("notes", "body", "words")])
    bench.up()
    (spec,) = (one for one in judge.notes.list_indexes() if one["name"] == "ix")

    assert dict(spec["weights"]) == {"title": 5, "words": 1}
    nothing_differs(bench)
    bench.down()
    bench.assert_schema(bench.schema("20250101_000000_change"))
