"""Rows and names that do not fit: found before anything is changed, and the next `up` goes on when they do."""

from __future__ import annotations

import pytest

from server_shop import ServerShop, end_of, on

LARGE = ("--large-table", "100")
UNIQUE = 'db.add_unique("people", UniqueDef(["name"], name="people_name"))'
INDEX = 'db.create_index("people", IndexDef("people_name", ["name"], unique=True))'
KEY = (
    'db.add_foreign_key("posts", ForeignKeyDef(["author"], "people", ["id"], name="posts_author"))'
)
NOT_NULL = 'db.modify_column("people", "name", nullable=False)'
COLUMN = 'db.add_column("people", ColumnDef("age", "Integer"))'
NUMBER = 'db.modify_column("people", "name", type="Integer")'
CHECK = 'db.add_check("posts", CheckDef("author <> 777", name="not_777"))'
MORE = 'db.create_table(TableDef("more", [ColumnDef("id", "Integer")], primary_key=["id"]))'

TWICE = "INSERT INTO people VALUES (901, 'Ada'), (902, 'Ada')"
ORPHAN = "INSERT INTO posts VALUES (901, 777)"
NULL = "INSERT INTO people VALUES (901, NULL)"


@on("postgres15", "mysql")
@pytest.mark.parametrize(
    ("change", "rows", "words"),
    [
        pytest.param(UNIQUE, TWICE, ("people.name", "Ada stands 2 times"), id="unique"),
        pytest.param(INDEX, TWICE, ("people_name", "Ada stands 2 times"), id="unique index"),
        pytest.param(KEY, ORPHAN, ("posts.author", "id = 901: 777"), id="foreign key"),
        pytest.param(NOT_NULL, NULL, ("people.name", "id = 901"), id="not null"),
        pytest.param(COLUMN, NULL, ("people.age", "fill="), id="new column"),
        pytest.param(NUMBER, TWICE, ("people.name", "id = 901: Ada", "using="), id="type"),
        pytest.param(CHECK, ORPHAN, ("not_777", "id = 901"), id="check"),
    ],
)
def test_rows_that_do_not_fit(
    store: ServerShop, change: str, rows: str, words: tuple[str, ...]
) -> None:
    """The rows are shown, and the file's line; not even what comes before in the file is done."""
    store.prepare()
    store.query(rows)
    path = store.migration(f"{MORE}\n{change}")

    outcome = store.up()

    where = store.line_of(path, change[:20])
    assert outcome.is_one_clear_error(*words, where, "Nothing was changed", "hint: ")
    assert store.states() == ["applied"]
    store.query("DELETE FROM posts")
    store.query("DELETE FROM people")
    store.goes_on()


@on("postgres18", "mariadb")
@pytest.mark.parametrize(
    ("change", "rows", "words"),
    [
        pytest.param(UNIQUE, TWICE, ("people.name", "Ada stands 2 times"), id="unique"),
        pytest.param(INDEX, TWICE, ("people_name", "Ada stands 2 times"), id="unique index"),
        pytest.param(KEY, ORPHAN, ("posts.author", "id = 901: 777"), id="foreign key"),
        pytest.param(NOT_NULL, NULL, ("people.name", "id = 901"), id="not null"),
    ],
)
def test_the_same_on_a_large_table(
    store: ServerShop, change: str, rows: str, words: tuple[str, ...]
) -> None:
    """Where the change takes several statements, each on its own, the rows are asked first all the same."""
    store.prepare()
    store.fill()
    store.query(rows)
    path = store.migration(f"{MORE}\n{change}")

    outcome = store.up(*LARGE)

    where = store.line_of(path, change[:20])
    assert outcome.is_one_clear_error(*words, where, "Nothing was changed", "hint: ")
    assert store.states() == ["applied"]
    store.query("DELETE FROM posts WHERE id > 900")
    store.query("DELETE FROM people WHERE id > 900")
    store.goes_on(*LARGE)
    assert store.query("SELECT count(*) FROM people") == [(300,)]


def test_a_duplicate_that_comes_while_the_index_is_built(postgres_store: ServerShop) -> None:
    """The check before saw none; what the build leaves is invalid, and goes with the next `up`."""
    store = postgres_store
    store.prepare()
    store.fill()
    path = store.migration(f"{MORE}\n{INDEX}")
    writer = store.session()
    writer.run("BEGIN")
    writer.run("INSERT INTO people VALUES (901, 'name 1')")

    process = store.start(*LARGE)
    store.await_session("CREATE UNIQUE INDEX CONCURRENTLY", process)
    writer.run("COMMIT")
    outcome = end_of(process)

    where = store.line_of(path, "create_index")
    assert outcome.is_one_clear_error(where, "people_name", "name 1", "hint: ")
    assert store.states() == ["applied", "failed"]
    store.query("DELETE FROM people WHERE id = 901")
    store.goes_on(*LARGE)
    valid = (
        "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'people_name'::regclass"
    )
    assert store.query(valid) == [(True, True)]


def test_an_orphan_that_comes_before_the_key_is_validated(postgres_store: ServerShop) -> None:
    """NOT VALID stands already then, and the rows that were there are looked at last."""
    store = postgres_store
    store.prepare()
    store.fill()
    path = store.migration(KEY)
    writer = store.session()
    writer.run("BEGIN")
    writer.run("INSERT INTO posts VALUES (901, 777)")

    process = store.start("--lock-wait", "20", *LARGE)
    store.await_session("NOT VALID", process)
    writer.run("COMMIT")
    outcome = end_of(process)

    assert outcome.is_one_clear_error(store.line_of(path, "add_foreign_key"), "777", "hint: ")
    store.query("DELETE FROM posts WHERE id = 901")
    store.goes_on(*LARGE)


# Names.


LONG = "people_by_name_and_whatever_else_" * 3


def test_long_names_that_are_alike_at_the_beginning(store: ServerShop) -> None:
    """The servers would cut them and take two for one; here each keeps a name of its own."""
    store.prepare()
    ends = ("one", "two")
    store.migration(
        "\n".join(
            f'db.create_index("people", IndexDef("{LONG}{end}", ["name"]))\n'
            f'db.add_unique("posts", UniqueDef(["{column}"], name="{LONG}{end}_unique"))\n'
            f'db.add_check("posts", CheckDef("id > {len(end)} - 4", name="{LONG}{end}_check"))'
            for end, column in zip(ends, ("author", "id"), strict=True)
        )
    )

    store.goes_on()

    found = store.query(
        "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'people_by%'"
        if store.is_postgres
        else "SELECT DISTINCT index_name FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND index_name LIKE 'people_by%'"
    )
    assert len(found) == 4
    limit = 63 if store.is_postgres else 64
    assert all(len(str(name)) <= limit for (name,) in found)
