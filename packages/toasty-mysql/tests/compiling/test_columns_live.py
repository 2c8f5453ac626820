"""Columns on real servers: added, dropped, renamed and modified, with rows in them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from attrs import evolve

from toasty_core.errors import StatementFailed, Unsupported
from toasty_core.operations import (
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    InsertRows,
    ModifyColumn,
    RenameColumn,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    Expression,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    TableDef,
    UniqueDef,
    expr,
    now,
    uuid,
)

ID = ColumnDef("id", "Integer")
LEAP, OLD = dt.date(2024, 2, 29), dt.date(1999, 12, 31)
NOON, OLDER = dt.datetime(2024, 2, 29, 12, 30), dt.datetime(1999, 12, 31)


def table(*columns, name="things", **parts):
    return TableDef(name, [ID, *columns], primary_key=["id"], **parts)


@pytest.fixture
def filled(shop):
    """Makes a table with three values in a column `value`."""

    def fill(type_, *values, **parts):
        shop.do(CreateTable(table(ColumnDef("value", type_, nullable=True), **parts)))
        rows = [{"id": number, "value": value} for number, value in enumerate(values, 1)]
        shop.do(InsertRows("things", rows))
        return shop

    return fill


def values(shop, column="value"):
    return [value for (value,) in shop.rows(f"SELECT `{column}` FROM things ORDER BY id")]


class TestAdding:
    def test_numbers_for_rows_that_are_there(self, filled):
        shop = filled("Integer", 5, 6, 7)
        shop.do(ChangePrimaryKey("things", None), DropColumn("things", "id"))
        shop.do(AddColumn("things", ColumnDef("number", "BigInteger", auto=Identity(start=10))))
        shop.do(ChangePrimaryKey("things", ["number"]))
        shop.run("INSERT INTO things (value) VALUES (8)")
        assert sorted(shop.rows("SELECT number FROM things")) == [(10,), (11,), (12,), (13,)]

    def test_each_row_gets_a_value_of_its_own(self, filled):
        shop = filled("Integer", 1, 2, 3)
        shop.do(AddColumn("things", ColumnDef("token", "Uuid", default=uuid())))
        shop.do(AddColumn("things", ColumnDef("lot", "Double", default=expr("rand()"))))
        assert len(set(values(shop, "token"))) == len(set(values(shop, "lot"))) == 3

    def test_defaults_of_every_kind(self, shop):
        shop.do(CreateTable(table()))
        shop.run("INSERT INTO things VALUES (1)")
        for number, (type_, default) in enumerate(
            (
                ("String(40)", "it's a \\ 100% `day`"),
                ("Text", "text"),
                ("Text", expr("'said'")),
                ("Json", {"a": ["it's"]}),
                ("Json", expr("'[1]'")),
                ("Binary", b"\x00\xff'"),
                ("Decimal(6, 2)", Decimal("1.50")),
                ("Date", dt.date(2024, 2, 29)),
                ("Date", now()),
                ("Time", now()),
                ("DateTime", now()),
                ("DateTime", expr("CURRENT_TIMESTAMP")),
                ("Native('DATETIME(6)', backend='mysql')", now()),
                (
                    "Native('TIMESTAMP', backend='mysql')",
                    expr("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
                ),
                ("Integer", expr("1 + 1")),
                ("Integer", expr("-3")),
                ("Boolean", True),
                ("Enum('a', 'it''s', 'b\\\\c')", "b\\c"),
            )
        ):
            column = ColumnDef(f"c{number}", type_, default=default, comment="a \\ 'comment'")
            shop.do(AddColumn("things", column))
        assert values(shop, "c0") == ["it's a \\ 100% `day`"]
        assert values(shop, "c2") == ["said"]
        assert values(shop, "c17") == ["b\\c"]

    def test_generated_columns(self, filled):
        shop = filled("Integer", 1, 2, 3)
        for stored in (True, False):
            computed = ColumnDef(
                f"twice{stored}", "Integer", nullable=True, generated=Generated("value * 2", stored)
            )
            shop.do(AddColumn("things", computed))
            assert values(shop, computed.name) == [2, 4, 6]

    def test_required_and_nothing_to_fill_it(self, filled):
        shop = filled("Integer", 1, 2, 3)
        city = ColumnDef("city", "String(20)")
        assert shop.found(AddColumn("things", city)) == [
            "things.city: 3 would have no value for the new column, which must not be null: id = 1; id = 2; id = 3"
        ]
        shop.do(AddColumn("things", city, fill="Bern"))
        assert values(shop, "city") == ["Bern"] * 3

    @pytest.mark.parametrize(
        ("type_", "fill", "stored"),
        [
            ("Integer", 7, 7),
            ("Boolean", True, 1),
            ("String(20)", "it's \\ 100%", "it's \\ 100%"),
            ("Char(3)", "", ""),
            ("Date", LEAP, LEAP),
            ("Enum('a', \"it's\")", "it's", "it's"),
        ],
    )
    @pytest.mark.parametrize("large", [(), ("things",)])
    def test_a_fill_that_is_one_value_touches_no_row(self, filled, type_, fill, stored, large):
        shop = filled("Integer", 1, 2)
        for column in (
            ColumnDef("must", type_),
            ColumnDef("may", type_, nullable=True),
            ColumnDef("has", type_, default=fill),
        ):
            texts = shop.do(AddColumn("things", column, fill=fill), large=large)
            assert values(shop, column.name) == [stored] * 2
            assert not any(text.startswith("UPDATE") or "MODIFY" in text for text in texts)
            assert not large or all("ALGORITHM=INSTANT" in text for text in texts)
        shop.run("INSERT INTO things (id, must) VALUES (9, %s)", fill)
        assert shop.rows("SELECT may, has FROM things WHERE id = 9") == [(None, stored)]

    @pytest.mark.parametrize(
        ("type_", "fill", "stored"),
        [
            ("Decimal(4, 1)", 1.25, Decimal("1.3")),
            ("Text", "long", "long"),
            ("Integer", "7", 7),
            ("DateTime", NOON, NOON),
        ],
    )
    def test_a_fill_that_may_be_rounded_is_an_update(self, filled, type_, fill, stored):
        shop = filled("Integer", 1, 2)
        texts = shop.do(AddColumn("things", ColumnDef("new", type_), fill=fill))
        assert values(shop, "new") == [stored] * 2
        assert any("UPDATE" in text for text in texts)

    def test_a_fill_that_points_at_nothing_is_found_before_anything_is_done(self, filled):
        shop = filled("Integer", 1, 2, 3)
        add = AddColumn("things", ColumnDef("owner_id", "Integer"), fill=9)
        key = ForeignKeyDef("owner_id", "things", "id")
        with pytest.raises(AssertionError, match="point at no row of things"):
            shop.do(RenameColumn("things", "value", "worth"), add, AddForeignKey("things", key))
        shop.agree()


class TestRenaming:
    def test_what_is_computed_from_it_follows(self, shop):
        columns = [
            ColumnDef("Net", "Integer"),
            ColumnDef("note", "String(20)", nullable=True),
        ]
        checks = [CheckDef("Net > 0", name="ck_net"), CheckDef("note <> 'Net' OR net < 9")]
        shop.do(CreateTable(table(*columns, checks=checks)))
        statements = "\n".join(_compiled(shop, RenameColumn("things", "Net", "gross")))
        assert "RENAME COLUMN `Net` TO `gross`" in statements
        for text in _texts(shop, RenameColumn("things", "Net", "gross")):
            shop.database.execute(text)
        assert shop.definition("things").count("`gross`") == 3
        assert "'Net'" in shop.definition("things")

    def test_indexes_over_expressions(self, shop):
        index = IndexDef("ix", [IndexColumn(expression=expr("lower(name)")), "id"])
        if shop.is_mariadb:
            with pytest.raises(Unsupported, match="expression") as caught:
                shop.do(CreateTable(table(ColumnDef("name", "String(20)"), indexes=[index])))
            assert "generated column" in (caught.value.hint or "")
            return
        shop.do(CreateTable(table(ColumnDef("name", "String(20)"), indexes=[index])))
        for statement in _texts(shop, RenameColumn("things", "name", "title")):
            shop.database.execute(statement)
        assert "lower(`title`)" in shop.definition("things")


def _texts(shop, operation):
    return list(shop.database.backend.compile(operation, shop.schema))


def _compiled(shop, operation):
    return [str(statement) for statement in _texts(shop, operation)]


class TestConverting:
    @pytest.mark.parametrize(
        ("old", "new", "given", "wanted"),
        [
            ("String(20)", "Integer", (" 12 ", "-7"), (12, -7)),
            ("String(20)", "Decimal(6, 2)", ("1.5", "-2"), (Decimal("1.50"), Decimal("-2.00"))),
            ("String(20)", "Double", ("1e3", ".5"), (1000.0, 0.5)),
            ("String(20)", "Boolean", ("yes", "False"), (1, 0)),
            ("String(20)", "Date", ("2024-02-29", "1999-12-31 00:00:00"), (LEAP, OLD)),
            ("String(20)", "DateTime", ("2024-02-29T12:30:00", "1999-12-31"), (NOON, OLDER)),
            ("String(20)", "Json", ('{"a": 1}', "[2]"), ('{"a": 1}', "[2]")),
            ("String(20)", "Enum('a', 'b')", ("a", "b"), ("a", "b")),
            ("String(20)", "String(2)", ("ab", ""), ("ab", "")),
            ("Text", "String(5)", ("hello", ""), ("hello", "")),
            ("Enum('1', '20')", "Integer", ("20", "1"), (20, 1)),
            ("Enum('a', 'b')", "Enum('b', 'c', 'a')", ("a", "b"), ("a", "b")),
            ("Enum('a', 'b')", "String(9)", ("a", "b"), ("a", "b")),
            ("Integer", "String(20)", (12, -7), ("12", "-7")),
            ("Integer", "SmallInteger", (12, -7), (12, -7)),
            ("Integer", "Boolean", (1, 0), (1, 0)),
            ("Integer", "Json", (12, -7), ("12", "-7")),
            ("Double", "Integer", (2.0, -7.0), (2, -7)),
            ("Decimal(8, 3)", "Decimal(6, 2)", (Decimal("1.500"), 2), (Decimal("1.50"), 2)),
            ("DateTime", "Date", (dt.datetime(2024, 2, 29), OLDER), (LEAP, OLD)),
            ("Date", "DateTime", (OLD, dt.date(1, 1, 1)), (OLDER, dt.datetime(1, 1, 1))),
            ("DateTime", "String(30)", (NOON,), ("2024-02-29 12:30:00",)),
            ("Boolean", "String(5)", (True, False), ("1", "0")),
            ("Boolean", "Json", (True, False), ("true", "false")),
            ("Binary", "Text", (b"caf\xc3\xa9", b""), ("café", "")),
            ("Json", "Integer", (12, 7), (12, 7)),
        ],
    )
    def test_values_that_fit(self, filled, old, new, given, wanted):
        shop = filled(old, *given, None)
        shop.do(ModifyColumn("things", "value", type=new))
        assert values(shop) == [*wanted, None]

    @pytest.mark.parametrize(
        ("old", "new", "given"),
        [
            ("String(20)", "Integer", ("12a", "", "99999999999", "1.0")),
            ("String(20)", "Decimal(4, 2)", ("123", "1.234", "one")),
            ("String(20)", "Boolean", ("maybe", "2")),
            ("String(20)", "Date", ("2024-02-30", "2024-02-29 12:00:00", "soon")),
            ("String(20)", "DateTime", ("2024-02-29 25:00:00", "soon")),
            ("String(20)", "Time", ("24:00:00", "x")),
            ("String(20)", "Json", ("{a", "x")),
            ("String(40)", "Uuid", ("x", "1234567812345678123456781234567")),
            ("String(20)", "Enum('a', 'b')", ("c", "ab")),
            ("String(20)", "String(2)", ("abc", "ünï")),
            ("Enum('a', 'b')", "Enum('b', 'c')", ("a",)),
            ("Enum('a', 'b')", "Integer", ("a",)),
            ("BigInteger", "Integer", (2**31, -(2**31) - 1)),
            ("Integer", "SmallInteger", (40000,)),
            ("Integer", "Boolean", (2, -1)),
            ("Integer", "Date", (1,)),
            ("Double", "Integer", (1.5, 1e300)),
            ("Double", "Float", (1e300,)),
            (
                "Decimal(8, 3)",
                "Decimal(6, 2)",
                (Decimal("1.234"), Decimal("12345.000")),
            ),
            ("DateTime", "Date", (dt.datetime(2024, 2, 29, 1),)),
            ("Binary", "Text", (b"\xff\xfe",)),
            ("Binary", "Uuid", (b"short",)),
            ("Json", "Integer", ([1],)),
        ],
    )
    def test_values_that_do_not_fit_are_shown(self, filled, old, new, given):
        shop = filled(old, *given, None)
        found = shop.found(ModifyColumn("things", "value", type=new))
        shown = new if "Enum" not in new else "Enum"
        assert any(f"things.value: {len(given)} cannot become {shown}" in text for text in found), (
            found
        )

    def test_uuids_get_dashes_where_there_is_room(self, filled):
        text = "12345678-1234-5678-1234-567812345678"
        shop = filled("Uuid", text)
        shop.do(ModifyColumn("things", "value", type="String(36)"))
        assert values(shop) == [text]
        shop.do(ModifyColumn("things", "value", type="Uuid"))
        shop.do(ModifyColumn("things", "value", type="Char(32)"))
        assert values(shop) == [text.replace("-", "")]

    def test_using_goes_through_all_that_stands_on_the_column(self, shop):
        columns = [
            ColumnDef("value", "String(20)"),
            ColumnDef("other", "Integer", nullable=True),
            ColumnDef(
                "twice", "Integer", nullable=True, generated=Generated("length(value) * 2", False)
            ),
        ]
        things = table(
            *columns,
            indexes=[IndexDef("ix", ["value", IndexColumn("other", descending=True)])],
            uniques=[UniqueDef(["value"]), UniqueDef(["other", "value"], name="uq")],
            checks=[CheckDef("value <> '0'", name="ck"), CheckDef("length(value) > 0")],
        )
        shop.do(CreateTable(things))
        shop.run("INSERT INTO things (id, value, other) VALUES (1, 'a', 1), (2, 'bb', 2)")
        shop.do(
            ModifyColumn(
                "things", "value", type="Integer", using=expr("length(value) + 1"), default=4
            )
        )
        assert values(shop) == [2, 3]
        assert values(shop, "twice") == [2, 2]

    def test_using_on_a_key_that_others_point_at(self, shop):
        child = TableDef(
            "children",
            [ColumnDef("id", "Integer"), ColumnDef("thing_id", "Integer")],
            primary_key=["id", "thing_id"],
            foreign_keys=[ForeignKeyDef(["thing_id"], "things", ["id"], on_delete="cascade")],
        )
        shop.do(CreateTable(table()), CreateTable(child))
        shop.run("INSERT INTO things VALUES (1), (2)")
        shop.run("INSERT INTO children VALUES (1, 1), (1, 2)")
        shop.do(
            ModifyColumn("things", "id", type="String(9)", using=expr("CONCAT('t', id)")),
            ModifyColumn(
                "children", "thing_id", type="String(9)", using=expr("CONCAT('t', thing_id)")
            ),
        )
        assert values(shop, "id") == ["t1", "t2"]
        with pytest.raises(StatementFailed):
            shop.run("INSERT INTO children VALUES (2, 't9')")

    def test_new_values_that_are_the_same_are_found(self, filled):
        shop = filled("String(20)", "a", "b", uniques=[UniqueDef(["value"], name="uq")])
        change = ModifyColumn("things", "value", type="Integer", using=expr("length(value)"))
        assert "2 times" in shop.found(change)[0] or "stands 2 times" in shop.found(change)[0]

    def test_generated_becomes_plain_and_back(self, filled):
        shop = filled("Integer", 1, 2, 3)
        twice = ColumnDef(
            "twice", "Integer", nullable=True, generated=Generated("value * 2", False)
        )
        shop.do(AddColumn("things", twice), CreateIndex("things", IndexDef("ix", ["twice"])))
        shop.do(ModifyColumn("things", "twice", generated=Generated("value * 3", True)))
        assert values(shop, "twice") == [3, 6, 9]
        shop.do(ModifyColumn("things", "twice", generated=None))
        assert values(shop, "twice") == [3, 6, 9]
        shop.do(ModifyColumn("things", "twice", generated=Generated("value", False)))
        assert values(shop, "twice") == [1, 2, 3]


class TestModifying:
    def test_what_is_not_said_stays(self, shop):
        column = ColumnDef(
            "value", "String(20)", default="x", comment="it's", collation="utf8mb4_bin", options={}
        )
        shop.do(CreateTable(table(column)))
        shop.do(ModifyColumn("things", "value", type="String(30)"))
        shop.do(ModifyColumn("things", "value", nullable=True))
        shop.do(ModifyColumn("things", "value", comment=None))
        shop.do(ModifyColumn("things", "value", collation=None))
        shop.do(ModifyColumn("things", "value", default=None))
        shop.do(ModifyColumn("things", "id", auto=True))
        shop.do(ModifyColumn("things", "id", comment="the number"))
        assert "AUTO_INCREMENT" in shop.definition("things")

    def test_zero_stays_zero_in_a_numbered_column(self, shop):
        shop.do(CreateTable(table()))
        shop.run("INSERT INTO things VALUES (0), (7)")
        shop.do(ModifyColumn("things", "id", auto=True))
        assert values(shop, "id") == [0, 7]

    def test_nulls_are_found_and_filled(self, filled):
        shop = filled("Integer", 1, None, None)
        assert (
            "things.value: 2 are null"
            in shop.found(ModifyColumn("things", "value", nullable=False))[0]
        )
        shop.do(ModifyColumn("things", "value", nullable=False, fill=5, type="BigInteger"))
        assert values(shop) == [1, 5, 5]

    def test_nothing_for_another_backend(self, filled):
        shop = filled("Integer", 1)
        variant = "Variant(Integer, postgresql=BigInteger)"
        assert shop.do(ModifyColumn("things", "value", type=variant)) == []


class TestTables:
    def test_options_and_comments(self, shop):
        columns = (
            ColumnDef("a", "String(20)"),
            ColumnDef("b", "Text"),
            ColumnDef("c", "String(20)", collation="utf8mb4_bin"),
        )
        shop.do(
            CreateTable(
                table(*columns, options={"mysql": {"engine": "InnoDB", "charset": "utf8mb4"}})
            )
        )
        shop.do(SetTableComment("things", "it's \\ a table"), SetTableComment("things", None))
        shop.do(
            SetTableOptions("things", {"mysql": {"row_format": "COMPACT", "charset": "latin1"}})
        )
        assert "`b` text NOT NULL" in shop.definition("things")
        shop.do(SetTableOptions("things", {}))

    def test_a_column_behind_its_table_with_unique(self, shop):
        shop.do(CreateTable(table()))
        shop.do(
            AddColumn("things", ColumnDef("a", "Integer", nullable=True)),
            AddUnique("things", UniqueDef(["a"])),
        )

    def test_an_index_over_some_rows(self, shop):
        with pytest.raises(Unsupported, match="some of the rows") as caught:
            shop.do(CreateTable(table(indexes=[IndexDef("ix", ["id"], where="id > 1")])))
        assert "generated column" in (caught.value.hint or "")
        elsewhere = Expression(None, {"sqlite": "id > 1"})
        shop.do(CreateTable(table(indexes=[IndexDef("ix", ["id"], where=elsewhere)])))

    def test_a_text_in_a_key_needs_a_length(self, shop):
        body = ColumnDef("body", "Text")
        good = IndexDef("ix", ["body"], options={"mysql": {"length": {"body": 9}}})
        shop.do(CreateTable(table(body, indexes=[good])))
        if not shop.is_mariadb:
            with pytest.raises(Unsupported, match="needs a length for body") as caught:
                shop.do(CreateIndex("things", IndexDef("ix2", ["body"])))
            assert '"length": {"body": 100}' in (caught.value.hint or "")

    def test_special_indexes(self, shop):
        full = IndexDef("ft", ["body"], options={"mysql": {"prefix": "FULLTEXT"}})
        shop.do(CreateTable(table(ColumnDef("body", "Text"), indexes=[full])))
        shop.do(RenameColumn("things", "body", "text"))

    def test_nothing_is_quoted_wrongly(self, shop):
        column = ColumnDef("it's `100%` %s ? \\", "Integer", nullable=True, comment="\\")
        shop.do(CreateTable(evolve(table(column), name="a `b` \\ %d")))
