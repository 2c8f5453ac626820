"""Statements, transactions, functions of the user's."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading

import pytest

from toasty_core.backends import DataCheck, Statement
from toasty_core.errors import (
    CheckFailed,
    DatabaseError,
    SchemaError,
    StatementFailed,
    Unsupported,
)
from toasty_core.operations import (
    AddColumn,
    CreateTable,
    DropTable,
    InsertRows,
    ModifyColumn,
    RenameTable,
    Run,
    SetTableComment,
    TransformRows,
)
from toasty_core.schema import ColumnDef, ForeignKeyDef, SchemaSnapshot, TableDef, UniqueDef
from toasty_core.schema.snapshot import SequenceDef
from toasty_sql.statements import (
    AssertStatement,
    CallStatement,
    QueryStatement,
    SqlStatement,
)

USERS = TableDef(
    "users",
    [
        ColumnDef("id", "Integer", auto=True),
        ColumnDef("name", "String(40)"),
        ColumnDef("tags", "Json", nullable=True),
    ],
    primary_key=["id"],
)
POSTS = TableDef(
    "posts",
    [ColumnDef("id", "Integer", auto=True), ColumnDef("author", "Integer")],
    primary_key=["id"],
    foreign_keys=[ForeignKeyDef("author", "users", "id", on_delete="cascade")],
)
ROWS = [{"id": n, "name": f"user {n}", "tags": [n]} for n in range(1, 8)]


def sql(text, *parameters):
    return SqlStatement(text, parameters)


def apply(database, *operations, schema=None):
    """Runs operations as a migration does; gives the schema afterwards."""
    state = schema or SchemaSnapshot()
    compiled = list(database.backend.compile_all(operations, state))
    statements = [statement for part in compiled for statement in part.statements]
    with database.transaction(statements):
        for statement in statements:
            database.execute(statement)
    for operation in operations:
        state = operation.apply(state)
    return state


def together(database, *statements, error=None):
    """Executes statements in one transaction, and raises the error at its end."""
    with database.transaction():
        for statement in statements:
            database.execute(sql(statement) if isinstance(statement, str) else statement)
        if error is not None:
            raise error


# Statements.


def test_sql_with_values(connect):
    database = connect()
    database.execute(sql("CREATE TABLE t (a INTEGER, b TEXT)"))
    database.execute(sql("INSERT INTO t VALUES (?, ?)", 1, "?"))

    assert database.fetch("SELECT a, b FROM t") == [(1, "?")]


def test_a_refused_statement_says_what_and_shows_it(connect):
    with pytest.raises(StatementFailed, match="no such table: nowhere") as caught:
        connect().execute(sql("INSERT INTO nowhere VALUES (1)"))

    assert caught.value.statement == "INSERT INTO nowhere VALUES (1)"
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("INSERT INTO t VALUES (?)", (2**70,)),
        ("INSERT INTO t VALUES (?)", ("\udc80",)),
        ("INSERT INTO t VALUES (?)", (object(),)),
        ("INSERT INTO t VALUES (?)", ()),
        ("SELECT 1; SELECT 2", ()),
        ("SELECT '\0'", ()),
        ("INSERT INTO t VALUES ('\udc80')", ()),
    ],
)
def test_no_exception_of_the_driver_leaves(connect, text, values):
    database = connect()
    database.execute(sql("CREATE TABLE t (a INTEGER)"))

    with pytest.raises(StatementFailed):
        database.execute(sql(text, *values))


def test_a_long_statement_is_shortened_in_the_error(connect):
    with pytest.raises(StatementFailed) as caught:
        connect().execute(sql("SELECT " + "nothing, " * 1000))

    assert len(caught.value.statement or "") < 1100


def test_an_assertion_that_finds_nothing_passes(connect):
    connect().execute(AssertStatement("SELECT 1 WHERE 1 = 2", "never"))


def test_an_assertion_that_finds_rows_fails_and_shows_five(connect):
    query = "WITH n(x) AS (VALUES (1), (2), (3), (4), (5), (6), (7)) SELECT x FROM n"
    with pytest.raises(CheckFailed, match="rows are lost; 2 more") as caught:
        connect().execute(AssertStatement(query, "rows are lost"))

    assert caught.value.findings == ("1", "2", "3", "4", "5")


def test_a_statement_of_another_kind_is_refused(connect):
    class Foreign(Statement):
        def __str__(self) -> str:
            return "db.collection.drop()"

    with pytest.raises(Unsupported, match="cannot execute a Foreign"):
        connect().execute(Foreign())


def test_violations_counts_all_and_shows_five(connect):
    query = "FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 9) SELECT x FROM n)"
    check = DataCheck(
        "t.x", "are", "fix", QueryStatement(f"SELECT count(*) {query}", f"SELECT x {query}")
    )
    found = connect().violations(check)

    assert (found.count, found.examples) == (9, ("1", "2", "3", "4", "5"))


def test_violations_of_rows_that_all_fit(connect):
    check = DataCheck("t.x", "are", "fix", QueryStatement("SELECT 0", "SELECT 1"))

    assert connect().violations(check).count == 0


# Transactions.


def test_a_transaction_commits(connect, file):
    database = connect(f"sqlite:{file}")
    with database.transaction():
        database.execute(sql("CREATE TABLE t (a INTEGER)"))

    assert connect(f"sqlite:{file}").introspect().has_table("t")


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_whatever_goes_wrong_leaves_the_file_as_it_was(connect, file, error):
    database = connect(f"sqlite:{file}")
    apply(database, CreateTable(USERS), InsertRows("users", ROWS))
    before = file.read_bytes()
    with pytest.raises(type(error)):
        together(database, "DROP TABLE users", "CREATE TABLE other (a INTEGER)", error=error)

    assert file.read_bytes() == before
    together(database, "CREATE TABLE other (a INTEGER)")


def test_a_failing_statement_takes_back_those_before_it(connect):
    database = connect()
    with pytest.raises(StatementFailed):
        together(database, "CREATE TABLE t (a INTEGER)", "INSERT INTO nowhere VALUES (1)")

    assert not database.introspect().has_table("t")


def test_a_transaction_in_a_transaction_is_refused(connect):
    database = connect()
    with (
        database.transaction(),
        pytest.raises(DatabaseError, match="open already"),
        database.transaction(),
    ):
        raise AssertionError("never gets here")


@pytest.mark.parametrize(
    "text", ["COMMIT", "  commit ", "END", "ROLLBACK", "ROLLBACK TRANSACTION", "BEGIN"]
)
def test_sql_cannot_end_the_transaction(connect, text):
    database = connect()
    with pytest.raises(StatementFailed, match="cannot begin or end"):
        together(database, "CREATE TABLE t (a INTEGER)", text)

    assert not database.introspect().has_table("t")


def test_a_commit_behind_a_comment_is_noticed(connect):
    database = connect()
    with pytest.raises(StatementFailed, match="ended in the middle"), database.transaction():
        database.execute(sql("/* quietly */ COMMIT"))


def test_savepoints_are_free_to_use(connect):
    database = connect()
    with database.transaction():
        database.execute(sql("CREATE TABLE t (a INTEGER)"))
        database.execute(sql("SAVEPOINT s"))
        database.execute(sql("INSERT INTO t VALUES (1)"))
        database.execute(sql("ROLLBACK TO s"))
        database.execute(sql("RELEASE s"))

    assert database.fetch("SELECT count(*) FROM t") == [(0,)]


def test_a_commit_that_fails_takes_everything_back(connect):
    database = connect()
    deferred = "REFERENCES p DEFERRABLE INITIALLY DEFERRED"
    database.execute(sql("CREATE TABLE p (id INTEGER PRIMARY KEY)"))
    database.execute(sql(f"CREATE TABLE c (p INTEGER {deferred})"))
    with pytest.raises(StatementFailed, match="FOREIGN KEY"), database.transaction():
        database.execute(sql("INSERT INTO c VALUES (7)"))

    assert database.fetch("SELECT count(*) FROM c") == [(0,)]
    with database.transaction():
        database.execute(sql("INSERT INTO p VALUES (7)"))


def test_nobody_else_writes_while_a_transaction_is_open(connect, file):
    ours = connect(f"sqlite:{file}")
    theirs = connect(f"sqlite:{file}?timeout=0")
    with ours.transaction(), pytest.raises(DatabaseError, match="is locked"), theirs.transaction():
        raise AssertionError("never gets here")


def test_the_wait_for_another_writer_is_bounded_by_the_url(connect, file):
    ours, theirs = connect(f"sqlite:{file}"), connect(f"sqlite:{file}?timeout=20")
    done = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        begun.set()
        done.wait(0.3)
        connection.execute("COMMIT")
        connection.close()

    ours.create_journal()
    begun = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    with theirs.transaction():
        theirs.execute(sql("CREATE TABLE t (a INTEGER)"))
    writer.join()

    assert ours.introspect().has_table("t")


def test_ctrl_c_stops_a_statement_that_runs_for_long(connect):
    database = connect()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    counting = AssertStatement(endless, "never gets here")
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        together(database, "CREATE TABLE t (a INTEGER)", counting)
    timer.join()

    assert not database.introspect().has_table("t")


# Functions of the user's.


def test_a_function_gets_the_live_database(connect):
    database = connect()

    def function(live):
        assert live.backend == "sqlite"
        assert isinstance(live.connection, sqlite3.Connection)
        live.execute("CREATE TABLE t (a INTEGER)")
        live.execute("INSERT INTO t VALUES (:a)", {"a": 3})
        live.connection.execute("UPDATE t SET a = a + 1")

    apply(database, Run(function))

    assert database.fetch("SELECT a FROM t") == [(4,)]


def commits(live):
    live.connection.commit()


def runs_a_script(live):
    live.connection.executescript("CREATE TABLE u (a INTEGER)")


def uses_the_connection_as_a_context(live):
    with live.connection:
        live.connection.execute("CREATE TABLE u (a INTEGER)")


def rolls_back(live):
    live.execute("/* so */ ROLLBACK")


@pytest.mark.parametrize(
    "function", [commits, runs_a_script, uses_the_connection_as_a_context, rolls_back]
)
def test_a_function_cannot_end_the_transaction(connect, function):
    database = connect()
    with pytest.raises(StatementFailed, match="is Toasty's to say") as caught:
        together(database, "CREATE TABLE t (a INTEGER)", CallStatement(function, "run it"))

    assert "SAVEPOINT" in (caught.value.hint or "")
    assert database.introspect().tables == {}
    database.execute(sql("CREATE TABLE t (a INTEGER)"))


def test_a_function_that_closes_the_connection_is_told_so(connect):
    with pytest.raises(StatementFailed, match="closed the connection"):
        together(connect(), CallStatement(lambda live: live.connection.close(), "run it"))


def test_an_error_of_sqlite_in_a_function_is_translated(connect):
    database = connect()
    statement = CallStatement(lambda live: live.connection.execute("nonsense"), "run it")
    for _ in range(2):
        with pytest.raises(DatabaseError, match="syntax error"):
            database.execute(statement)
    with pytest.raises(DatabaseError, match="syntax error"), database.transaction([statement]):
        database.execute(statement)


def test_an_error_of_the_function_is_its_own(connect):
    def function(live):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        apply(connect(), Run(function))


def test_a_function_cannot_drop_a_table_whose_children_would_go_along(connect):
    database = connect()
    apply(database, CreateTable(USERS), CreateTable(POSTS), InsertRows("users", ROWS))
    database.execute(sql("INSERT INTO posts VALUES (1, 1)"))

    with pytest.raises(StatementFailed, match="would take along the rows"):
        apply(database, Run(lambda live: live.execute("DROP TABLE users")))
    apply(database, Run(lambda live: live.execute("DROP TABLE posts")))

    assert database.fetch("SELECT count(*) FROM users") == [(7,)]


# Rows through a function.


def test_rows_are_transformed_in_batches(connect):
    database = connect()
    schema = apply(database, CreateTable(USERS), InsertRows("users", ROWS))
    seen = []

    def function(row):
        seen.append(dict(row))
        if row["id"] % 2:
            return {"name": row["name"].upper(), "tags": {"was": row["tags"]}}
        return None

    apply(database, TransformRows("users", function, batch_size=2), schema=schema)

    assert seen == ROWS
    assert database.fetch("SELECT name, tags FROM users WHERE id < 3") == [
        ("USER 1", '{"was": [1]}'),
        ("user 2", "[2]"),
    ]


def test_a_transformation_that_fails_leaves_every_row(connect):
    database = connect()
    schema = apply(database, CreateTable(USERS), InsertRows("users", ROWS))

    with pytest.raises(ZeroDivisionError):
        apply(
            database,
            TransformRows("users", lambda row: {"name": 1 // (5 - row["id"])}, batch_size=2),
            schema=schema,
        )
    with pytest.raises(SchemaError, match="no column"):
        apply(database, TransformRows("users", lambda row: {"nam": "x"}), schema=schema)

    assert database.fetch("SELECT name FROM users WHERE id = 1") == [("user 1",)]


# Did it land?


@pytest.mark.parametrize(
    "operation",
    [
        CreateTable(POSTS),
        RenameTable("users", "people"),
        AddColumn("users", ColumnDef("mail", "String", nullable=True)),
        ModifyColumn("users", "name", type="Text", nullable=True),
        DropTable("users"),
    ],
)
def test_an_operation_has_landed_when_the_catalog_shows_it(connect, operation):
    database = connect()
    before = apply(database, CreateTable(USERS))

    assert database.has_landed(operation, before) is False
    apply(database, operation, schema=before)
    assert database.has_landed(operation, before) is True


def test_nothing_can_tell_whether_rows_or_comments_landed(connect):
    database = connect()
    before = apply(database, CreateTable(USERS))

    assert database.has_landed(InsertRows("users", ROWS), before) is None
    assert database.has_landed(SetTableComment("users", "people"), before) is None


def test_nothing_can_tell_when_the_table_is_neither_as_before_nor_as_after(connect):
    database = connect()
    before = apply(database, CreateTable(USERS))
    database.execute(sql("ALTER TABLE users ADD COLUMN by_hand TEXT"))

    assert database.has_landed(AddColumn("users", ColumnDef("mail", "Text")), before) is None


def test_the_order_of_columns_has_no_say_in_what_landed(connect):
    database = connect()
    database.execute(sql("CREATE TABLE t (b TEXT NOT NULL, a TEXT NOT NULL, UNIQUE (a))"))
    table = TableDef(
        "t", [ColumnDef("a", "Text"), ColumnDef("b", "Text")], uniques=[UniqueDef("a")]
    )
    sequences = {"s": SequenceDef("s")}

    assert database.has_landed(CreateTable(table), SchemaSnapshot({}, sequences)) is True


# The connection.


def test_closing_twice_does_nothing(connect):
    database = connect()
    database.close()
    database.close()


def test_leaving_the_context_closes_the_connection(connect):
    with connect() as database:
        connection = database.live().connection

    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_the_version_is_that_of_sqlite(connect):
    assert connect().version() == f"SQLite {sqlite3.sqlite_version}"
