"""Large tables: every statement says ALGORITHM and LOCK, and both servers take what it says."""

from __future__ import annotations

import pytest
from attrs import evolve

from toasty_core.backends import Work
from toasty_core.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangePrimaryKey,
    CreateIndex,
    CreateTable,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropUnique,
    ModifyColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetTableComment,
    SetTableOptions,
)
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    Generated,
    IndexColumn,
    IndexDef,
    TableDef,
    UniqueDef,
    expr,
    now,
    uuid,
)
from toasty_mysql.compiler import MysqlCompiler
from toasty_mysql.flavour import Flavour

BIG = TableDef(
    "big",
    [
        ColumnDef("id", "Integer"),
        ColumnDef("a", "Integer", nullable=True),
        ColumnDef("text", "String(20)", nullable=True),
        ColumnDef("mood", "Enum('a', 'b')", nullable=True),
        ColumnDef("body", "Text", nullable=True),
        ColumnDef("parent_id", "Integer", nullable=True),
    ],
    primary_key=["id"],
    indexes=[IndexDef("ix_a", ["a"])],
    uniques=[UniqueDef(["text"])],
    checks=[CheckDef("a > 0", name="ck"), CheckDef("a < 99")],
)
PARENT = TableDef("parents", [ColumnDef("id", "Integer")], primary_key=["id"])
KEY = ForeignKeyDef("parent_id", "parents", "id", name="fk_parent")
EXTRA = ColumnDef("extra", "Integer", nullable=True)
TOO = ColumnDef("too", "Integer", nullable=True)

CHANGES = {
    "add column": AddColumn("big", EXTRA),
    "add column with default": AddColumn("big", evolve(EXTRA, default=5, nullable=False)),
    "add column with fill": AddColumn("big", evolve(EXTRA, nullable=False), fill=7),
    "add the time": AddColumn("big", ColumnDef("at", "DateTime", default=now())),
    "add an expression": AddColumn("big", evolve(EXTRA, default=expr("1 + 1"))),
    "add a uuid": AddColumn("big", ColumnDef("u", "Uuid", default=uuid())),
    "add virtual": AddColumn("big", evolve(EXTRA, generated=Generated("a + 1", False))),
    "add stored": AddColumn("big", evolve(EXTRA, generated=Generated("a + 1", True))),
    "drop column": DropColumn("big", "body"),
    "rename column": RenameColumn("big", "body", "content"),
    "rename indexed column": RenameColumn("big", "text", "words"),
    "default": ModifyColumn("big", "a", default=4),
    "comment of column": ModifyColumn("big", "a", comment="it's"),
    "nullable": ModifyColumn("big", "text", nullable=False, fill="x"),
    "wider": ModifyColumn("big", "text", type="String(60)"),
    "over a byte": ModifyColumn("big", "text", type="String(200)"),
    "narrower": ModifyColumn("big", "text", type="String(10)"),
    "collation": ModifyColumn("big", "body", collation="utf8mb4_bin"),
    "collation of a key": ModifyColumn("big", "text", collation="utf8mb4_bin"),
    "another type": ModifyColumn("big", "a", type="BigInteger"),
    "using": ModifyColumn("big", "text", type="Integer", using=expr("length(text)")),
    "numbered": ModifyColumn("big", "id", auto=True),
    "enum grows": ModifyColumn("big", "mood", type="Enum('a', 'b', 'c')"),
    "enum changes": ModifyColumn("big", "mood", type="Enum('b', 'a')"),
    "index": CreateIndex("big", IndexDef("ix", [IndexColumn("mood", descending=True), "a"])),
    "fulltext": CreateIndex(
        "big", IndexDef("ft", ["body"], options={"mysql": {"prefix": "FULLTEXT"}})
    ),
    "drop index": DropIndex("big", "ix_a"),
    "rename index": RenameIndex("big", "ix_a", "ix_b"),
    "unique": AddUnique("big", UniqueDef(["a", "id"])),
    "drop unique": DropUnique("big", UniqueDef(["text"])),
    "rename unique": RenameConstraint("big", UniqueDef(["text"]), "uq_text"),
    "check": AddCheck("big", CheckDef("a <> 7")),
    "drop check": DropCheck("big", "ck"),
    "drop check without a name": DropCheck("big", CheckDef("a < 99")),
    "rename check": RenameConstraint("big", CheckDef("a > 0", name="ck"), "ck2"),
    "foreign key": AddForeignKey("big", KEY),
    "foreign key without a name": AddForeignKey("big", evolve(KEY, name=None)),
    "primary key": ChangePrimaryKey("big", ["id", "a"]),
    "no primary key": ChangePrimaryKey("big", None),
    "rename table": RenameTable("big", "bigger"),
    "comment": SetTableComment("big", "a comment"),
    "row format": SetTableOptions("big", {"mysql": {"row_format": "COMPACT"}}),
    "charset": SetTableOptions("big", {"mysql": {"charset": "latin1"}}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_servers_take_the_forms(shop, what):
    shop.do(CreateTable(PARENT), CreateTable(BIG))
    shop.run("INSERT INTO parents VALUES (1)")
    shop.run("INSERT INTO big VALUES (1, 1, 'one', 'a', 'b', 1), (2, 2, 'three', NULL, NULL, NULL)")
    statements = shop.do(CHANGES[what], large=["big"])
    assert all("ALGORITHM=" in text for text in statements if text.startswith(("ALTER", "CREATE")))


def test_what_was_done_is_undone(shop):
    shop.do(CreateTable(PARENT), CreateTable(evolve(BIG, foreign_keys=[KEY])))
    shop.do(RenameConstraint("big", KEY, "fk_2"), large=["big"])
    shop.do(DropForeignKey("big", "fk_2"), large=["big"])


def test_tables_that_are_new_are_not_large(shop):
    statements = shop.do(CreateTable(BIG), AddColumn("big", EXTRA), large=["big"])
    assert "ALGORITHM" not in "".join(statements)


def test_a_large_table_is_large_under_its_new_name(shop):
    shop.do(CreateTable(BIG))
    statements = shop.do(RenameTable("big", "huge"), AddColumn("huge", EXTRA), large=["big"])
    assert all("ALGORITHM=INSTANT" in text for text in statements)


def test_an_orphan_that_came_meanwhile_is_told(shop):
    from toasty_core.errors import CheckFailed
    from toasty_mysql.backend import MysqlBackend

    shop.do(CreateTable(PARENT), CreateTable(BIG))
    shop.run("INSERT INTO big (id, parent_id) VALUES (1, 9)")
    backend = MysqlBackend.of(shop.database.server, ["big"])
    add, look = backend.compile(AddForeignKey("big", KEY), shop.schema)
    shop.database.execute(add)
    assert shop.rows("SELECT @@foreign_key_checks") == [(1,)]
    with pytest.raises(CheckFailed, match="point at no row of parents") as caught:
        shop.database.execute(look)
    assert caught.value.findings == ("9",)


class TestEffects:
    """What `migrate:plan` shows of locks and work."""

    def compiler(self, flavour, *version):
        return MysqlCompiler(flavour, version, ["big"])

    def effects(self, compiler, operation):
        from toasty_core.schema import SchemaSnapshot

        schema = SchemaSnapshot.of(PARENT, BIG)
        return [statement.effects for statement in compiler.compile(operation, schema)]

    @pytest.mark.parametrize(
        ("what", "mysql", "mariadb", "newer"),
        [
            ("add column", "INSTANT", "INSTANT", "INSTANT"),
            ("another type", "COPY, LOCK=SHARED", "COPY, LOCK=SHARED", "COPY, LOCK=NONE"),
            ("over a byte", "COPY, LOCK=SHARED", "INSTANT", "INSTANT"),
            ("index", "INPLACE, LOCK=NONE", "NOCOPY, LOCK=NONE", "NOCOPY, LOCK=NONE"),
            ("check", "COPY, LOCK=SHARED", "COPY, LOCK=SHARED", "COPY, LOCK=NONE"),
        ],
    )
    def test_by_server(self, what, mysql, mariadb, newer):
        servers = ((Flavour.MYSQL, 8, 4), (Flavour.MARIADB, 10, 11), (Flavour.MARIADB, 11, 8))
        for server, lock in zip(servers, (mysql, mariadb, newer), strict=True):
            ((effect,),) = self.effects(self.compiler(*server), CHANGES[what])
            assert (effect.table, effect.lock) == ("big", lock)
            assert effect.blocking is (lock == "COPY, LOCK=SHARED")

    def test_a_foreign_key_looks_at_its_parent(self):
        found = self.effects(self.compiler(Flavour.MYSQL, 9, 0), CHANGES["foreign key"])
        ((big, parent), nothing) = found
        assert (big.lock, big.work) == ("INPLACE, LOCK=NONE", Work.BUILD)
        assert (parent.table, parent.lock) == ("parents", "METADATA LOCK")
        assert nothing == ()
