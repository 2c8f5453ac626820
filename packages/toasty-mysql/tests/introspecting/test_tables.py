"""Tables and their parts as they are read; and `canonical` says the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from toasty_core.schema import (
    Action,
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    IndexColumn,
    IndexDef,
    PrimaryKeyDef,
    SchemaSnapshot,
    SequenceDef,
    TableDef,
    UniqueDef,
    expr,
)
from toasty_core.testing.names import HOSTILE, LONGER
from toasty_mysql.canonical import canonical_schema, canonical_table
from toasty_mysql.collations import TextDefaults
from toasty_mysql.database import MysqlDatabase
from toasty_mysql.flavour import Flavour
from toasty_mysql.introspect import introspect
from toasty_mysql.names import quote, stored_name

Read = Callable[..., TableDef]
ReadAll = Callable[..., SchemaSnapshot]
NUMBER = ColumnDef("a", "Integer")


def test_only_the_users_tables(read_all: ReadAll, database: MysqlDatabase) -> None:
    """No views, none of Toasty's own, none of other databases."""
    database.create_journal()

    schema = read_all("CREATE TABLE t (a INT)", "CREATE VIEW v AS SELECT * FROM t")

    assert list(schema.tables) == ["t"]


def test_some_of_the_tables(database: MysqlDatabase, read_all: ReadAll) -> None:
    read_all(
        "CREATE TABLE a (id INT PRIMARY KEY)",
        "CREATE TABLE b (id INT, CONSTRAINT fk FOREIGN KEY (id) REFERENCES a (id), CHECK (id > 0))",
    )

    whole = introspect(database.fetch, *database.server)

    some = introspect(database.fetch, *database.server, only_tables=["b", "nowhere"])
    assert some.tables == {"b": whole.table("b")}
    assert introspect(database.fetch, *database.server, only_tables=()) == SchemaSnapshot()


@pytest.mark.parametrize("name", [name for name in HOSTILE if len(name) <= 64 and "🎈" not in name])
def test_names(read_all: ReadAll, flavour: Flavour, name: str) -> None:
    """They are read as they were written, in every place."""
    quoted = quote(name)
    schema = read_all(
        f"CREATE TABLE {quoted} ({quoted} INT, b INT, UNIQUE {quoted} ({quoted}, b), KEY x ({quoted}), "
        f"CONSTRAINT {quote(f'c{name[1:]}')} CHECK ({quoted} > 0))"
    )

    table = schema.table(name)
    assert table.column_names == (name, "b")
    assert table.indexes[0].column_names == (name,)
    assert table.checks[0] == CheckDef(f"{quoted} > 0", f"c{name[1:]}")
    assert canonical_schema(schema, flavour) == schema


# Options.


@pytest.mark.parametrize(
    ("options", "read_back"),
    [
        ("ENGINE=InnoDB", {}),
        ("ENGINE=innodb DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC", {}),
        ("ENGINE=MyISAM", {"engine": "MyISAM"}),
        (
            "ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8",
            {"row_format": "COMPRESSED", "key_block_size": "8"},
        ),
        ("CHARSET=latin1", {"charset": "latin1"}),
        ("COLLATE=utf8mb4_bin", {"collate": "utf8mb4_bin"}),
        ("AUTO_INCREMENT=7 STATS_PERSISTENT=1", {}),
    ],
)
def test_options(read: Read, flavour: Flavour, options: str, read_back: dict[str, str]) -> None:
    """What goes without saying is not said."""
    table = read(f"CREATE TABLE t (a INT) {options}")

    assert table.options == ({"mysql": read_back} if read_back else {})
    said = dict(option.split("=") for option in options.replace("DEFAULT ", "DEFAULT_").split())
    lower = {name.lower(): value for name, value in said.items()}
    model = TableDef("t", [evolve(NUMBER, nullable=True)], options={"mysql": lower})
    assert canonical_table(model, flavour) == table


def test_a_database_with_another_character_set(database: MysqlDatabase, read: Read) -> None:
    """What the database gives goes without saying; what the models say against it does not."""
    database.run("ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin")

    table = read("CREATE TABLE t (a VARCHAR(9), b VARCHAR(9) CHARACTER SET utf8mb4)")

    assert table.options == {}
    assert [column.collation for column in table.columns] == [None, None]
    model = TableDef(
        "t",
        [
            ColumnDef("a", "String(9)", nullable=True, collation="latin1_bin"),
            ColumnDef("b", "String(9)", nullable=True, options={"mysql": {"charset": "utf8mb4"}}),
        ],
        options={"mysql": {"default_charset": "latin1", "collate": "latin1_bin"}},
    )
    defaults = TextDefaults("latin1", "latin1_bin")
    assert canonical_table(model, *database.server, defaults) == table


def test_tables_with_partitions(read: Read) -> None:
    table = read("CREATE TABLE t (a INT NOT NULL PRIMARY KEY) PARTITION BY HASH (a) PARTITIONS 3")

    assert table == TableDef("t", [NUMBER], ["a"])


# Keys and uniques.


def test_a_primary_key_has_its_own_order_and_no_name(read: Read, flavour: Flavour) -> None:
    table = read("CREATE TABLE t (a INT, b INT, CONSTRAINT named PRIMARY KEY (b, a))")

    assert table.primary_key == PrimaryKeyDef(["b", "a"])
    assert [column.nullable for column in table.columns] == [False, False]
    model = TableDef(
        "t",
        [evolve(NUMBER, nullable=True), ColumnDef("b", "Integer")],
        PrimaryKeyDef(["b", "a"], "named"),
    )
    assert canonical_table(model, flavour) == table


def test_uniques_and_unique_indexes_are_one(read: Read, flavour: Flavour) -> None:
    """The server does not tell them apart, and calls one without a name as its first column."""
    sql = "a INT, b INT, UNIQUE (a), UNIQUE (a, b), UNIQUE (b), CONSTRAINT named UNIQUE (b, a)"
    table = read(f"CREATE TABLE t ({sql})", "CREATE UNIQUE INDEX made ON t (b)")

    assert table.uniques == (
        UniqueDef(["a"]),
        UniqueDef(["a", "b"]),
        UniqueDef(["b"]),
        UniqueDef(["b"], "made"),
        UniqueDef(["b", "a"], "named"),
    )
    assert table.indexes == ()
    model = evolve(
        table,
        uniques=table.uniques[:3],
        indexes=[IndexDef("made", ["b"], unique=True), IndexDef("named", ["b", "a"], unique=True)],
    )
    assert canonical_table(model, flavour) == table


def test_a_unique_that_is_more_than_its_columns_is_an_index(read: Read, flavour: Flavour) -> None:
    table = read("CREATE TABLE t (a VARCHAR(50), b INT, UNIQUE ux (a(10), b), UNIQUE ud (b DESC))")

    assert table.uniques == ()
    assert table.indexes == (
        IndexDef("ud", [IndexColumn("b", descending=True)], unique=True),
        IndexDef("ux", ["a", "b"], unique=True, options={"mysql": {"length": {"a": 10}}}),
    )
    assert canonical_table(table, flavour) == table


# Checks.


def test_checks(read: Read, flavour: Flavour) -> None:
    """Without a name where the server gave it, and without what belongs to JSON columns."""
    table = read(
        "CREATE TABLE t (a INT CHECK (a > 1), j JSON, CHECK (a <> 2), CONSTRAINT named CHECK (a < 100 OR NOT a IN (5)))"
    )

    assert table.checks == (
        CheckDef("`a` <> 2"),
        CheckDef("`a` > 1"),
        CheckDef("`a` < 100 or `a` <> 5", "named"),
    )
    assert canonical_table(table, flavour) == table


def test_a_check_of_the_users_on_json_is_seen(read: Read, flavour: Flavour) -> None:
    table = read("CREATE TABLE t (j LONGTEXT, k JSON, CONSTRAINT mine CHECK (json_valid(j)))")

    assert table.checks == (CheckDef("json_valid(`j`)", "mine"),)
    assert [str(column.type) for column in table.columns] == [
        "Native('LONGTEXT', backend='mysql')",
        "Json",
    ]


def test_a_check_that_is_off_is_seen(read: Read, flavour: Flavour) -> None:
    if flavour is Flavour.MARIADB:
        return
    table = read("CREATE TABLE t (a INT, CONSTRAINT off CHECK (a > 0) NOT ENFORCED)")

    assert table.checks == (CheckDef("`a` > 0", "off", options={"mysql": {"not_enforced": True}}),)


def test_checks_for_others_are_left_out(flavour: Flavour) -> None:
    checks = [
        CheckDef(expr(None, sqlite="a > 0")),
        CheckDef("a > 1", only=["postgresql"]),
        CheckDef("a > 2"),
    ]

    assert canonical_table(TableDef("t", [NUMBER], checks=checks), flavour).checks == (
        CheckDef("`a` > 2"),
    )


# Foreign keys.

PARENT = "CREATE TABLE p (id INT PRIMARY KEY, a INT, b INT, UNIQUE (a, b))"


def test_foreign_keys(read_all: ReadAll, flavour: Flavour) -> None:
    """RESTRICT, NO ACTION and nothing are one; the indexes that the server made do not show."""
    schema = read_all(
        PARENT,
        "CREATE TABLE t (x INT, y INT, z INT, FOREIGN KEY (x) REFERENCES p (id), "
        "CONSTRAINT two FOREIGN KEY (y, z) REFERENCES p (a, b) ON DELETE CASCADE ON UPDATE SET NULL, "
        "CONSTRAINT r FOREIGN KEY (z) REFERENCES p (id) ON DELETE RESTRICT ON UPDATE NO ACTION, "
        "CONSTRAINT own FOREIGN KEY (x) REFERENCES p (id))",
    )

    table = schema.table("t")
    assert table.foreign_keys == (
        ForeignKeyDef("x", "p", "id"),
        ForeignKeyDef("x", "p", "id", "own"),
        ForeignKeyDef("z", "p", "id", "r"),
        ForeignKeyDef(["y", "z"], "p", ["a", "b"], "two", "cascade", "set null"),
    )
    assert table.indexes == ()
    bare = [evolve(key, references=(), on_delete=Action.RESTRICT) for key in table.foreign_keys[:3]]
    model = schema.put(evolve(table, foreign_keys=[*bare, table.foreign_keys[3]]))
    assert canonical_schema(model, flavour) == schema


def test_an_index_of_the_users_on_a_foreign_key_is_seen(
    read_all: ReadAll, flavour: Flavour
) -> None:
    """The server's own makes way for it."""
    schema = read_all(
        PARENT,
        "CREATE TABLE t (x INT, y INT, FOREIGN KEY (x) REFERENCES p (id), "
        "CONSTRAINT k FOREIGN KEY (y) REFERENCES p (id))",
        "CREATE INDEX ix ON t (x)",
        "CREATE INDEX iy ON t (y, x)",
    )

    assert schema.table("t").indexes == (IndexDef("ix", ["x"]), IndexDef("iy", ["y", "x"]))
    assert canonical_schema(schema, flavour) == schema


def test_foreign_keys_of_a_renamed_table_have_no_name(read_all: ReadAll) -> None:
    """The server renames what it named."""
    schema = read_all(
        PARENT,
        "CREATE TABLE old (x INT, FOREIGN KEY (x) REFERENCES p (id), CHECK (x > 0))",
        "RENAME TABLE old TO t",
    )

    assert schema.table("t").foreign_keys == (ForeignKeyDef("x", "p", "id"),)
    assert schema.table("t").checks == (CheckDef("`x` > 0"),)


def test_a_foreign_key_to_another_database(database: MysqlDatabase, read: Read) -> None:
    ((name,),) = database.fetch("SELECT DATABASE()")
    database.run(f"CREATE DATABASE `{name}_other`")
    try:
        table = read(
            f"CREATE TABLE `{name}_other`.p (id INT PRIMARY KEY)",
            f"CREATE TABLE t (x INT, CONSTRAINT far FOREIGN KEY (x) REFERENCES `{name}_other`.p (id))",
        )
        assert table.foreign_keys == (ForeignKeyDef("x", f"{name}_other.p", "id", "far"),)
        database.run("DROP TABLE t")
    finally:
        database.run(f"DROP DATABASE `{name}_other`")


# Indexes.


def test_indexes(read: Read, flavour: Flavour) -> None:
    table = read(
        "CREATE TABLE t (a VARCHAR(50), b INT NOT NULL, c TEXT, g POINT NOT NULL, KEY plain (b, a), "
        "KEY part (a(10) DESC, b), KEY whole (a(50)), FULLTEXT KEY words (c), "
        "SPATIAL KEY place (g), KEY hashed (b) USING HASH)"
    )

    assert table.indexes == (
        IndexDef("hashed", ["b"]),
        IndexDef(
            "part",
            [IndexColumn("a", descending=True), "b"],
            options={"mysql": {"length": {"a": 10}}},
        ),
        IndexDef("place", ["g"], options={"mysql": {"prefix": "SPATIAL"}}),
        IndexDef("plain", ["b", "a"]),
        IndexDef("whole", ["a"]),
        IndexDef("words", ["c"], options={"mysql": {"prefix": "FULLTEXT"}}),
    )
    assert canonical_table(table, flavour) == table


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"length": {"a": 50}}, {}),
        ({"length": 10}, {"mysql": {"length": {"a": 10}}}),
        ({"using": "btree"}, {}),
        ({"prefix": "fulltext"}, {"mysql": {"prefix": "FULLTEXT"}}),
        ({"with_parser": "ngram", "prefix": "FULLTEXT"}, {"mysql": {"prefix": "FULLTEXT"}}),
    ],
)
def test_options_of_an_index(flavour: Flavour, said: dict[str, Any], kept: dict[str, Any]) -> None:
    index = IndexDef(
        "i",
        [IndexColumn("a", descending=False)],
        where=expr(None, sqlite="a > 0"),
        options={"mysql": said},
    )
    table = TableDef("t", [ColumnDef("a", "String(50)")], indexes=[index])

    assert canonical_table(table, flavour).indexes == (IndexDef("i", ["a"], options=kept),)


def test_an_index_in_memory(read: Read, flavour: Flavour) -> None:
    """There, how it is kept is a choice."""
    table = read("CREATE TABLE t (a INT, KEY h (a), KEY b (a) USING BTREE) ENGINE=MEMORY")

    assert table.indexes == (
        IndexDef("b", ["a"], options={"mysql": {"using": "BTREE"}}),
        IndexDef("h", ["a"]),
    )
    assert canonical_table(table, flavour) == table


def test_expressions_in_an_index(read: Read, flavour: Flavour) -> None:
    if flavour is Flavour.MARIADB:
        return
    table = read(
        "CREATE TABLE t (a INT, n VARCHAR(20), KEY e ((LCASE(n)), a, (a * 2) DESC), "
        "UNIQUE KEY u ((concat(n, 'größe'))))"
    )

    assert table.indexes == (
        IndexDef(
            "e", [expr("lower(`n`)"), "a", IndexColumn(expression=expr("`a` * 2"), descending=True)]
        ),
        IndexDef("u", [expr("concat(`n`, 'größe')")], unique=True),
    )
    assert canonical_table(table, flavour) == table


def test_a_text_of_any_length_in_an_index(read: Read, flavour: Flavour) -> None:
    """MariaDB takes as much of it as fits, and says so."""
    if flavour is Flavour.MYSQL:
        return
    table = read(
        "CREATE TABLE t (a TEXT, b VARCHAR(1000), c VARCHAR(1000) CHARACTER SET latin1, d BLOB, "
        "KEY ka (a), KEY kb (b), KEY kc (c), KEY kd (d))"
    )

    lengths = {index.name: index.options.get("mysql", {}).get("length") for index in table.indexes}
    assert lengths == {"ka": {"a": 768}, "kb": {"b": 768}, "kc": None, "kd": {"d": 3072}}
    model = evolve(table, indexes=[evolve(index, options={}) for index in table.indexes])
    assert canonical_table(model, flavour) == table


def test_names_that_are_too_long(flavour: Flavour) -> None:
    """Canonical has them as the database keeps them."""
    table = TableDef(
        "t", [NUMBER], indexes=[IndexDef(LONGER, ["a"])], uniques=[UniqueDef(["a"], f"u{LONGER}")]
    )

    found = canonical_table(table, flavour)

    assert (found.indexes[0].name, found.uniques[0].name) == (
        stored_name(LONGER),
        stored_name(f"u{LONGER}"),
    )


# Sequences.


def test_sequences(read_all: ReadAll, flavour: Flavour) -> None:
    """MariaDB has them; they look like tables, and are none."""
    sequences = [
        SequenceDef("plain"),
        SequenceDef("it's", start=5, increment=2, minimum=3, maximum=99, cycle=True, cache=7),
        SequenceDef("down", increment=-1),
    ]
    others = [SequenceDef("far", only=["postgresql"]), SequenceDef("near", only=["mariadb"])]
    model = SchemaSnapshot.of(sequences=[*sequences, *others])
    if flavour is Flavour.MYSQL:
        assert canonical_schema(model, flavour) == SchemaSnapshot()
        return

    schema = read_all(
        "CREATE SEQUENCE plain START WITH 1",
        "CREATE SEQUENCE `it's` START WITH 5 INCREMENT BY 2 MINVALUE 3 MAXVALUE 99 CACHE 7 CYCLE",
        "CREATE SEQUENCE down INCREMENT BY -1",
        "CREATE SEQUENCE near",
        "CREATE TABLE t (a BIGINT DEFAULT (NEXT VALUE FOR plain))",
    )

    assert sorted(schema.sequences) == ["down", "it's", "near", "plain"]
    assert schema.sequences == canonical_schema(model, flavour).sequences
    assert str(schema.table("t").column("a").default) == "NextValue(sequence='plain')"
