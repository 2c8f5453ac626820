"""The live schema as a snapshot."""

from __future__ import annotations

import sqlite3
import time

import pytest

from toasty_core.operations import CreateTable
from toasty_core.schema import (
    CheckDef,
    ColumnDef,
    ForeignKeyDef,
    Generated,
    Identity,
    IndexColumn,
    IndexDef,
    Literal,
    PrimaryKeyDef,
    SchemaSnapshot,
    Serial,
    TableDef,
    UniqueDef,
    expr,
    now,
)
from toasty_core.schema.types import Native
from toasty_sqlite import SqliteBackend
from toasty_sqlite.introspect import introspect


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def read(connection):
    """Executes SQL and returns the one table that there is then."""

    def read_table(*statements: str) -> TableDef:
        for sql in statements:
            connection.execute(sql)
        (table,) = introspect(connection).tables.values()
        return table

    return read_table


# Columns.


@pytest.mark.parametrize(
    ("declared", "type_"),
    [
        ("VARCHAR(40)", "String(40)"),
        ("VARCHAR", "String"),
        ("CHAR(32)", "Char(32)"),
        ("TEXT", "Text"),
        ("SMALLINT", "SmallInteger"),
        ("INTEGER", "Integer"),
        ("BIGINT", "BigInteger"),
        ("BOOLEAN", "Boolean"),
        ("FLOAT", "Float"),
        ("DOUBLE", "Double"),
        ("NUMERIC(10, 2)", "Decimal(10, 2)"),
        ("NUMERIC", "Decimal"),
        ("varchar ( 40 )", "String(40)"),
        ("numeric(10 ,2)", "Decimal(10, 2)"),
        ("DATE", "Date"),
        ("TIME", "Time"),
        ("DATETIME", "DateTime"),
        ("BLOB", "Binary"),
        ("JSON", "Json"),
        ("geometry (3, 4)", Native("geometry (3, 4)", backend="sqlite")),
    ],
)
def test_a_declared_type_is_read_as_a_portable_one(read, declared, type_):
    table = read(f"CREATE TABLE t (a {declared})")

    assert table.column("a") == ColumnDef("a", type_, nullable=True)


def test_a_column_without_a_type(read):
    assert read("CREATE TABLE t (a)").column("a").type == Native("", backend="sqlite")


@pytest.mark.parametrize(
    ("default", "value"),
    [
        ("'it''s'", Literal("it's")),
        ("-5", Literal(-5)),
        ("1.5", Literal(1.5)),
        ("x'00ff'", Literal(b"\x00\xff")),
        ("NULL", expr("NULL")),
        ("(lower('A'))", expr("lower('A')")),
        ("((1 + (2)))", expr("1 + (2)")),
        ("CURRENT_TIMESTAMP", now()),
    ],
)
def test_a_default_is_read(read, default, value):
    table = read(f"CREATE TABLE t (a DATETIME DEFAULT {default} NOT NULL)")

    assert table.column("a").default == value


def test_a_rowid_key_numbers_itself(read):
    table = read("CREATE TABLE t (id INTEGER NOT NULL, PRIMARY KEY (id))")

    assert table.column("id") == ColumnDef("id", "Integer", auto=Serial())
    assert table.primary_key == PrimaryKeyDef("id")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY ASC AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER, PRIMARY KEY (id AUTOINCREMENT))",
        "create table t (id integer primary key autoincrement)",
    ],
)
def test_autoincrement_is_an_identity(read, sql):
    assert read(sql).column("id") == ColumnDef("id", "Integer", auto=Identity())


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (id INTEGER, b INTEGER, PRIMARY KEY (id, b))",
        "CREATE TABLE t (id BIGINT PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID",
    ],
)
def test_no_other_key_numbers_itself(read, sql):
    assert read(sql).column("id").auto is None


def test_the_columns_of_a_key_stand_in_the_order_of_the_key(read):
    table = read("CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT k PRIMARY KEY (B, a))")

    assert table.primary_key == PrimaryKeyDef(["b", "a"], name="k")


def test_generated_columns_stored_and_virtual(read):
    table = read(
        "CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * (2 + 1)) STORED, c AS (a||',)'))"
    )

    assert table.column("b").generated == Generated("a * (2 + 1)", stored=True)
    assert table.column("c").generated == Generated("a||',)'", stored=False)


def test_collations(read):
    table = read("CREATE TABLE t (a VARCHAR(9) DEFAULT 'x' COLLATE \"NOCASE\" NOT NULL, b TEXT)")

    assert table.column("a") == ColumnDef("a", "String(9)", default="x", collation="NOCASE")
    assert table.column("b").collation is None


def test_strict_and_without_rowid(read):
    table = read("CREATE TABLE t (a INTEGER PRIMARY KEY) strict, WITHOUT\n rowid")

    assert table.options == {"sqlite": {"strict": True, "without_rowid": True}}


# Constraints.


def test_constraints_keep_their_names(read):
    table = read(
        """
        CREATE TABLE "t" (
            id INTEGER NOT NULL CONSTRAINT pk PRIMARY KEY,
            a INTEGER CONSTRAINT a_positive CHECK (a > 0) CONSTRAINT a_once UNIQUE,
            p INTEGER CONSTRAINT to_t REFERENCES t (id) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT [both of them] UNIQUE (a, p),
            CONSTRAINT `c``2` CHECK (a <> ')' OR p IN (1, 2)) -- a comment, with ) and '
            CHECK (p > 0) /* no comma before this one */
            FOREIGN KEY (a) REFERENCES "t" DEFERRABLE INITIALLY DEFERRED
        )
        """
    )

    assert table.primary_key == PrimaryKeyDef("id", name="pk")
    assert table.uniques == (UniqueDef("a", "a_once"), UniqueDef(["a", "p"], "both of them"))
    assert table.checks == (
        CheckDef("p > 0"),
        CheckDef("a > 0", "a_positive"),
        CheckDef("a <> ')' OR p IN (1, 2)", "c`2"),
    )
    assert table.foreign_keys == (
        ForeignKeyDef("a", "t", deferral="deferred"),
        ForeignKeyDef("p", "t", "id", "to_t", on_delete="set null", on_update="cascade"),
    )


@pytest.mark.parametrize(
    ("tail", "deferral"),
    [
        ("", "immediate"),
        ("DEFERRABLE", "deferrable"),
        ("DEFERRABLE INITIALLY IMMEDIATE", "deferrable"),
        ("DEFERRABLE INITIALLY DEFERRED", "deferred"),
        ("NOT DEFERRABLE INITIALLY DEFERRED", "immediate"),
        ("MATCH SIMPLE DEFERRABLE", "deferrable"),
    ],
)
def test_when_a_foreign_key_is_checked(read, tail, deferral):
    in_column = read(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, p REFERENCES t (id) {tail} NOT NULL)"
    )

    assert in_column.foreign_keys == (ForeignKeyDef("p", "t", "id", deferral=deferral),)
    assert not in_column.column("p").nullable


@pytest.mark.parametrize("action", ["no action", "restrict", "cascade", "set null", "set default"])
def test_what_a_foreign_key_does(read, action):
    table = read(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER,"
        f" FOREIGN KEY (p) REFERENCES t (id) ON UPDATE {action} ON DELETE {action})"
    )

    assert table.foreign_keys == (
        ForeignKeyDef("p", "t", "id", on_delete=action, on_update=action),
    )


def test_names_are_as_the_tables_spell_them(connection):
    connection.execute("CREATE TABLE Users (Id INTEGER PRIMARY KEY, Mail TEXT, UNIQUE (MAIL))")
    connection.execute("CREATE TABLE posts (u INTEGER REFERENCES USERS (ID))")
    connection.execute("CREATE INDEX i ON users (mAIL)")
    schema = introspect(connection)

    assert schema.table("Users").uniques == (UniqueDef("Mail"),)
    assert schema.table("Users").indexes == (IndexDef("i", ["Mail"]),)
    assert schema.table("posts").foreign_keys == (ForeignKeyDef("u", "Users", "Id"),)


def test_what_happens_on_conflict(read):
    table = read(
        "CREATE TABLE t (a TEXT NOT NULL ON CONFLICT IGNORE, b TEXT UNIQUE ON CONFLICT REPLACE,"
        " PRIMARY KEY (a) ON CONFLICT ROLLBACK, CHECK (b <> '') ON CONFLICT FAIL)"
    )

    assert table.column("a").options == {"sqlite": {"on_conflict_not_null": "IGNORE"}}
    assert table.uniques[0].options == {"sqlite": {"on_conflict": "REPLACE"}}
    assert table.primary_key is not None
    assert table.primary_key.options == {"sqlite": {"on_conflict": "ROLLBACK"}}
    assert table.checks[0].options == {"sqlite": {"on_conflict": "FAIL"}}


# Indexes.


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("CREATE INDEX i ON t (a)", IndexDef("i", ["a"])),
        ("create unique index i on t (a, b)", IndexDef("i", ["a", "b"], unique=True)),
        (
            "CREATE INDEX i ON t (a DESC, b ASC)",
            IndexDef("i", [IndexColumn("a", descending=True), "b"]),
        ),
        ("CREATE INDEX i ON t (lower(a))", IndexDef("i", [expr("lower(a)")])),
        ("CREATE INDEX i ON t ((a + (b)))", IndexDef("i", [expr("a + (b)")])),
        ("CREATE INDEX i ON t ((a))", IndexDef("i", ["a"])),
        (
            "CREATE INDEX i ON t (a COLLATE NOCASE)",
            IndexDef("i", [IndexColumn("a", collation="NOCASE")]),
        ),
        (
            'CREATE INDEX i ON t (lower(a)  collate "nocase" desc)',
            IndexDef(
                "i",
                [IndexColumn(expression=expr("lower(a)"), descending=True, collation="nocase")],
            ),
        ),
        (
            "CREATE INDEX i ON t (a) WHERE (b > 1) AND a",
            IndexDef("i", ["a"], where=expr("(b > 1) AND a")),
        ),
        ("CREATE INDEX i ON t (a) WHERE (b > 1)", IndexDef("i", ["a"], where=expr("b > 1"))),
        (
            'CREATE INDEX "i" ON "t" ("desc" DESC)',
            IndexDef("i", [IndexColumn("desc", descending=True)]),
        ),
        ("CREATE INDEX i ON t (ASCII)", IndexDef("i", ["ascii"])),
        ("CREATE INDEX i ON t (a /* ) */, -- (\n b)", IndexDef("i", ["a", "b"])),
        ("CREATE INDEX i ON t (a || ' DESC')", IndexDef("i", [expr("a || ' DESC'")])),
    ],
)
def test_an_index_is_read(read, sql, index):
    table = read('CREATE TABLE t (a TEXT, b INTEGER, "desc" TEXT, ascii TEXT)', sql)

    assert table.indexes == (index,)


def test_an_index_that_was_renamed_with_its_table(connection):
    connection.execute("CREATE TABLE old (a TEXT)")
    connection.execute("CREATE INDEX i ON old (a)")
    connection.execute("ALTER TABLE old RENAME TO [new ()]")
    connection.execute('ALTER TABLE [new ()] RENAME COLUMN a TO "b, ("')

    assert introspect(connection).table("new ()").indexes == (IndexDef("i", ["b, ("]),)


# Texts that are hard to read.


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        'q"q',
        "it's",
        "a`b",
        "[x]",
        "a]b",
        "select",
        "CHECK",
        "a,b",
        "a)b",
        "ü€😀",
        "-- x",
        "/*",
        "x;y",
    ],
)
@pytest.mark.parametrize("quotes", ['""', "``", "''", "[]"])
def test_a_name_of_any_kind_in_any_quotes(read, name, quotes):
    if quotes == "[]" and "]" in name:
        name = name.replace("]", "")
    quoted = name if quotes == "[]" else name.replace(quotes[0], quotes)
    quoted = f"{quotes[0]}{quoted}{quotes[1]}"
    table = read(
        f"CREATE TABLE {quoted} ({quoted} INTEGER CONSTRAINT {quoted} CHECK ({quoted} > 0),"
        f" CONSTRAINT {quoted} UNIQUE ({quoted}), FOREIGN KEY ({quoted}) REFERENCES {quoted} ({quoted}))"
    )

    assert table.name == name
    assert table.column_names == (name,)
    assert table.uniques == (UniqueDef(name, name),)
    said = name if name == "ab" and quotes != "''" else quoted
    assert table.checks == (CheckDef(f"{said} > 0", name),)
    assert table.foreign_keys == (ForeignKeyDef(name, name, name),)


def test_words_that_are_keywords_elsewhere_are_names(read):
    table = read(
        "CREATE TABLE t (key INTEGER, action TEXT, desc_ TEXT, generated TEXT, strict TEXT, rowid_ x y z (1, 2),"
        " no TEXT NOT NULL, without TEXT CHECK (without <> 'CHECK (1)'), \"primary\" TEXT, conflict TEXT UNIQUE)"
    )

    assert table.column_names == (
        *("key", "action", "desc_", "generated", "strict", "rowid_"),
        *("no", "without", "primary", "conflict"),
    )
    assert table.uniques == (UniqueDef("conflict"),)
    assert table.checks == (CheckDef("without <> 'CHECK (1)'"),)
    assert table.options == {}


def test_a_table_made_from_a_query(read):
    table = read("CREATE TABLE t AS SELECT 1 AS a, 'x' AS \"b c\"")

    assert table.column_names == ("a", "b c")
    assert table.primary_key is None


def test_columns_that_were_added_later(read):
    table = read(
        "CREATE TABLE t (a TEXT, CHECK (a <> ''))",
        "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x' CONSTRAINT c CHECK (b <> ')') COLLATE NOCASE",
    )

    assert table.column("b").collation == "NOCASE"
    assert CheckDef("b <> ')'", "c") in table.checks


# What is left out.


def test_what_is_no_plain_table_of_the_users_is_left_out(connection):
    connection.executescript(
        """
        CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT, "text" TEXT);
        CREATE TABLE toasty_migrations (version TEXT);
        CREATE TABLE toasty_lock (id INTEGER);
        CREATE TABLE toastyish (id INTEGER);
        CREATE VIEW v AS SELECT * FROM kept;
        CREATE VIRTUAL TABLE search USING fts5(body);
        CREATE TABLE search_notes (id INTEGER);
        CREATE TEMP TABLE kept_not (id INTEGER);
        ANALYZE;
        """
    )

    assert list(introspect(connection).tables) == ["kept", "search_notes", "toastyish"]


def test_a_temporary_table_does_not_hide_one_of_the_same_name(connection):
    connection.execute("CREATE TABLE t (a INTEGER, b INTEGER)")
    connection.execute("CREATE TEMP TABLE t (c TEXT)")

    assert introspect(connection).table("t").column_names == ("a", "b")


# The law, and speed.

SCHEMA = SchemaSnapshot.of(
    TableDef(
        "users",
        [
            ColumnDef("id", "BigInteger", auto=True),
            ColumnDef("mail", "String(255)", collation="NOCASE"),
            ColumnDef("kind", "Enum('a', 'bc', name='kind')", default="a"),
            ColumnDef("at", "DateTime(timezone=True)", default=now()),
            ColumnDef("on", "Boolean", default=True),
            ColumnDef("tags", "Array(String)", nullable=True),
            ColumnDef("token", "Uuid", nullable=True),
            ColumnDef("low", "String", generated=Generated("lower(mail)"), nullable=True),
        ],
        primary_key=["id"],
        uniques=[UniqueDef("mail", "uq_mail"), UniqueDef(["kind", "at"])],
        checks=[CheckDef("(length(mail) > 3)", "ck_mail"), CheckDef("id > 0")],
        indexes=[
            IndexDef("by_kind", [IndexColumn("kind", descending=True), expr("lower(mail)")]),
            IndexDef("by_at", ["at"], unique=True, where="kind = 'a'"),
        ],
        comment="not kept",
    ),
    TableDef(
        'odd "name"',
        [
            ColumnDef("a", "Integer"),
            ColumnDef("b c", "Text", nullable=True),
            ColumnDef("d", "Decimal(9, 2)"),
        ],
        primary_key=PrimaryKeyDef(["d", "a"], name="pk"),
        foreign_keys=[
            ForeignKeyDef("a", "users", "id", "fk", on_delete="cascade", deferral="deferred"),
            ForeignKeyDef(["a", "d"], 'odd "name"', ["a", "d"], on_update="restrict"),
        ],
        options={"sqlite": {"without_rowid": True}},
    ),
)


def test_what_is_applied_is_read_back_as_the_canonical_schema(connect):
    backend, database = SqliteBackend(), connect()
    state = SchemaSnapshot()
    for table in SCHEMA.tables.values():
        operation = CreateTable(table)
        for statement in backend.compile(operation, state):
            database.execute(statement)
        state = operation.apply(state)

    assert database.introspect() == backend.canonical_schema(SCHEMA)


def test_a_thousand_tables_are_read_in_less_than_a_second(connection):
    """Of CPU, the best of three times: tests of other processes run beside it."""
    connection.execute("BEGIN")
    for number in range(1000):
        columns = ", ".join(f"c{i} VARCHAR(40) DEFAULT 'x' NOT NULL" for i in range(11))
        connection.execute(
            f"CREATE TABLE t{number} (id INTEGER NOT NULL, {columns}, CONSTRAINT p{number} PRIMARY KEY (id))"
        )
    connection.execute("COMMIT")
    took = []
    for _ in range(3):
        started = time.process_time()
        schema = introspect(connection)
        took.append(time.process_time() - started)
        assert len(schema.tables) == 1000

    assert min(took) < 1
