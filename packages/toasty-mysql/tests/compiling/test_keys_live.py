"""Uniques, checks, foreign keys and primary keys on real servers, with names and without."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.errors import SchemaError, Unsupported
from toasty_core.operations import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropCheck,
    DropForeignKey,
    DropIndex,
    DropUnique,
    ModifyColumn,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    UpsertRows,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ConstraintDef,
    ForeignKeyDef,
    IndexDef,
    PrimaryKeyDef,
    Serial,
    TableDef,
    UniqueDef,
)

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("name", "String(50)"),
        ColumnDef("email", "String(100)", nullable=True),
        ColumnDef("age", "Integer", nullable=True),
    ],
    primary_key=["id"],
)
POSTS = TableDef(
    "posts",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("user_id", "Integer", nullable=True),
        ColumnDef("n", "Integer"),
    ],
    primary_key=["id"],
)
TO_USERS = ForeignKeyDef("user_id", "users", "id")
EMAIL, PAIR = UniqueDef(["email"]), UniqueDef(["email", "name"])
CHECKS = (
    CheckDef("age >= 0"),
    CheckDef("age != 7 OR name <> 'it''s'"),
    CheckDef("name IN ('a', 'b') AND age BETWEEN 1 AND 99"),
)


class TestWithoutNames:
    def test_uniques_are_found_by_their_columns(self, shop):
        shop.do(CreateTable(USERS), AddUnique("users", PAIR), AddUnique("users", EMAIL))
        shop.do(DropUnique("users", PAIR))
        shop.do(DropUnique("users", EMAIL), AddUnique("users", EMAIL))

    def test_the_same_unique_twice_is_dropped_once(self, shop):
        shop.do(CreateTable(evolve(USERS, uniques=[EMAIL, EMAIL])))
        shop.do(DropUnique("users", EMAIL))
        shop.do(DropUnique("users", EMAIL))

    @pytest.mark.parametrize("gone", range(len(CHECKS)))
    def test_checks_are_found_by_what_they_say(self, shop, gone):
        shop.do(CreateTable(evolve(USERS, checks=CHECKS)))
        shop.do(DropCheck("users", CHECKS[gone]))
        shop.do(AddCheck("users", CHECKS[gone]))

    def test_foreign_keys_are_found_by_their_columns(self, shop):
        other = ForeignKeyDef("n", "users", "id")
        shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, foreign_keys=[TO_USERS, other])))
        shop.do(DropForeignKey("posts", TO_USERS))
        shop.do(RenameTable("posts", "notes"), DropForeignKey("notes", other))
        shop.do(AddForeignKey("notes", TO_USERS), AddForeignKey("notes", other))

    def test_they_get_names_and_lose_them(self, shop):
        table = evolve(
            POSTS, uniques=[UniqueDef(["n"])], checks=[CheckDef("n > 0")], foreign_keys=[TO_USERS]
        )
        shop.do(CreateTable(USERS), CreateTable(table))
        parts: list[ConstraintDef] = [*table.uniques, *table.checks, TO_USERS]
        named: list[ConstraintDef] = [
            evolve(table.uniques[0], name="uq_n"),
            evolve(table.checks[0], name="ck_n"),
            evolve(TO_USERS, name="fk_user"),
        ]
        for part, new in zip(parts, named, strict=True):
            shop.do(RenameConstraint("posts", part, new.name))
        for part in named:
            shop.do(RenameConstraint("posts", part, f"{part.name}_2"))
            shop.do(RenameConstraint("posts", evolve(part, name=f"{part.name}_2"), None))

    def test_a_name_like_the_servers_own(self, shop):
        shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, foreign_keys=[TO_USERS])))
        shop.do(RenameConstraint("posts", TO_USERS, "posts_ibfk_1"))
        assert "CONSTRAINT `posts_ibfk_1`" in shop.definition("posts")
        shop.do(DropForeignKey("posts", "posts_ibfk_1"))

    def test_their_indexes_follow_a_renamed_column(self, shop):
        table = evolve(POSTS, uniques=[UniqueDef(["n"])], foreign_keys=[TO_USERS])
        shop.do(CreateTable(USERS), CreateTable(table))
        shop.do(RenameColumn("posts", "n", "m"), RenameColumn("posts", "user_id", "author_id"))
        assert "KEY `m` (`m`)" in shop.definition("posts")
        assert "KEY `author_id` (`author_id`)" in shop.definition("posts")


class TestIndexesOfForeignKeys:
    NAMED = evolve(TO_USERS, name="fk_user")
    COVER = IndexDef("ix_user", ["user_id", "n"])

    def made(self, shop, *operations):
        shop.do(CreateTable(USERS), CreateTable(POSTS), *operations)

    def keys(self, shop):
        sql = "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        rows = shop.rows(f"{sql} AND table_name = 'posts' AND index_name <> 'PRIMARY'")
        return sorted(name for (name,) in rows)

    def test_goes_with_its_key(self, shop):
        self.made(shop, AddForeignKey("posts", self.NAMED))
        assert self.keys(shop) == ["fk_user"]
        shop.do(DropForeignKey("posts", "fk_user"))
        assert self.keys(shop) == []

    def test_makes_way_for_another_index_and_comes_back(self, shop):
        self.made(shop, AddForeignKey("posts", self.NAMED), CreateIndex("posts", self.COVER))
        assert self.keys(shop) == ["ix_user"]
        shop.do(DropIndex("posts", "ix_user"))
        assert self.keys(shop) == ["fk_user"]
        shop.do(CreateIndex("posts", self.COVER))
        assert self.keys(shop) == ["ix_user"]

    def test_an_index_that_stays_is_not_taken_away(self, shop):
        self.made(shop, CreateIndex("posts", self.COVER), AddForeignKey("posts", TO_USERS))
        shop.do(DropForeignKey("posts", TO_USERS))
        assert self.keys(shop) == ["ix_user"]

    def test_a_unique_does_its_work(self, shop):
        unique = UniqueDef(["user_id"], name="uq_user")
        self.made(shop, AddForeignKey("posts", self.NAMED), AddUnique("posts", unique))
        assert self.keys(shop) == ["uq_user"]
        shop.do(DropUnique("posts", "uq_user"))
        assert self.keys(shop) == ["fk_user"]

    def test_a_primary_key_does_its_work(self, shop):
        shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, primary_key=None)))
        shop.do(AddForeignKey("posts", self.NAMED))
        required = ModifyColumn("posts", "user_id", nullable=False)
        shop.do(required, ChangePrimaryKey("posts", ["user_id", "id"]))
        assert self.keys(shop) == []
        shop.do(ChangePrimaryKey("posts", ["id"]))
        assert self.keys(shop) == ["fk_user"]

    def test_is_renamed_with_its_key(self, shop):
        self.made(shop, AddForeignKey("posts", self.NAMED))
        shop.do(RenameConstraint("posts", self.NAMED, "fk_author"))
        assert self.keys(shop) == ["fk_author"]

    def test_two_keys_share_one(self, shop):
        other = ForeignKeyDef("user_id", "posts", "id", name="fk_other")
        self.made(shop, AddForeignKey("posts", self.NAMED), AddForeignKey("posts", other))
        shop.do(DropForeignKey("posts", "fk_other"))
        shop.do(DropForeignKey("posts", "fk_user"))
        assert self.keys(shop) == []


class TestTypesAtBothEnds:
    def test_a_key_makes_way_for_a_change_of_type(self, shop):
        child = evolve(
            POSTS, foreign_keys=[TO_USERS, ForeignKeyDef("n", "users", "id", name="fk_n")]
        )
        shop.do(CreateTable(USERS), CreateTable(child))
        shop.do(
            ModifyColumn("users", "id", type="BigInteger"),
            ModifyColumn("posts", "user_id", type="BigInteger"),
            ModifyColumn("posts", "n", type="BigInteger"),
        )
        assert shop.definition("posts").count("FOREIGN KEY") == 2

    def test_texts_of_other_lengths_are_alike(self, shop):
        users = evolve(USERS, primary_key=["name"])
        posts = evolve(
            POSTS,
            columns=[ColumnDef("id", "Integer"), ColumnDef("who", "String(50)")],
            foreign_keys=[ForeignKeyDef("who", "users", "name")],
        )
        shop.do(CreateTable(users), CreateTable(posts))
        shop.do(ModifyColumn("posts", "who", type="String(80)"))
        shop.do(ModifyColumn("users", "name", type="String(70)"))

    def test_one_end_alone_is_refused(self, shop):
        shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, foreign_keys=[TO_USERS])))
        with pytest.raises(Unsupported, match="cannot stand any more") as caught:
            shop.do(ModifyColumn("users", "id", type="BigInteger"))
        assert "other end" in (caught.value.hint or "")
        shop.agree()

    def test_an_end_becomes_numbered_or_optional(self, shop):
        shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, foreign_keys=[TO_USERS])))
        shop.do(ModifyColumn("users", "id", auto=True))
        shop.do(ModifyColumn("posts", "user_id", nullable=False))
        shop.do(ModifyColumn("posts", "user_id", nullable=True, comment="who wrote it"))


class TestPrimaryKeys:
    def test_it_changes_under_foreign_keys(self, shop):
        users = evolve(USERS, uniques=[UniqueDef(["id"], name="uq_id")])
        shop.do(CreateTable(users), CreateTable(evolve(POSTS, foreign_keys=[TO_USERS])))
        shop.do(ChangePrimaryKey("users", ["id", "name"]))
        shop.do(ChangePrimaryKey("users", ["id"]))

    def test_a_numbered_column_stays_a_key(self, shop):
        numbered = evolve(USERS.column("id"), auto=Serial())
        shop.do(CreateTable(USERS.replace_column("id", numbered)))
        shop.do(ChangePrimaryKey("users", ["id", "name"]))
        shop.do(ChangePrimaryKey("users", ["name"]))
        assert "AUTO_INCREMENT" not in shop.definition("users")
        shop.do(ChangePrimaryKey("users", ["id"]))
        assert "AUTO_INCREMENT" in shop.definition("users")

    def test_none_and_the_first_one(self, shop):
        shop.do(CreateTable(USERS))
        shop.do(ChangePrimaryKey("users", None))
        shop.do(ChangePrimaryKey("users", PrimaryKeyDef(["name", "id"])))

    def test_a_nullable_column_is_required_in_a_key(self, shop):
        shop.do(CreateTable(USERS))
        shop.do(ChangePrimaryKey("users", ["id", "age"]))
        shop.do(ChangePrimaryKey("users", ["id"]))
        assert "`age` int" in shop.definition("users")
        assert "DEFAULT NULL" in shop.definition("users").partition("`age`")[2].partition("\n")[0]


class TestRefusals:
    def test_set_default(self, shop):
        key = evolve(TO_USERS, on_delete="set default")
        with pytest.raises(Unsupported, match="SET DEFAULT"):
            shop.do(CreateTable(USERS), CreateTable(evolve(POSTS, foreign_keys=[key])))

    def test_upsert_by_what_is_no_key(self, shop):
        shop.do(CreateTable(USERS))
        with pytest.raises(SchemaError, match="no key"):
            shop.do(UpsertRows("users", [{"id": 1, "name": "Ada"}], key=["name"]))

    def test_long_names_are_cut_and_stay_two(self, shop):
        stem = "a_name_that_is_longer_than_any_name_that_the_server_has_room_for_"
        first, second = (
            UniqueDef(["name", column], name=stem + column) for column in ("email", "age")
        )
        shop.do(CreateTable(evolve(USERS, uniques=[first, second])))
        assert first.name is not None
        shop.do(DropUnique("users", first.name))
        shop.do(RenameConstraint("users", second, stem + "other"))
