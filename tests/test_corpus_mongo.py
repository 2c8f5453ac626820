"""Real applications' schemas on MongoDB: a step that it can hold is exact, another is refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from corpus import exact
from corpus_mongo import documents, fields, put, shape, snapshot, wanted_fields
from corpus_tool import Tool, hints_of, names_a_hopeless_fill, tool_in
from toasty_core.errors import CheckFailed, SchemaError, Unsupported
from toasty_core.url import Url
from toasty_testservers.fixtures import SERVERS
from toasty_testservers.kinds import all_kinds

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
]

SQL_DEFAULT = "MongoDB has no SQL"
ONLY_SQL = "has no text for mongodb"
NO_CONVERSION = "MongoDB has no conversion from Char(32)"

CANNOT_EXIST = {
    ("cinder", "v17_4_0", "v21_3_2"): SQL_DEFAULT,
    ("cinder", "v21_3_2", "v25_3_1"): SQL_DEFAULT,
    ("cinder", "v25_3_1", "v29_0_0"): SQL_DEFAULT,
    ("prefect", "v2_4_5", "v2_10_21"): ONLY_SQL,
    ("prefect", "v2_10_21", "v2_20_18"): ONLY_SQL,
    ("prefect", "v2_20_18", "v3_1_15"): ONLY_SQL,
    ("prefect", "v3_1_15", "v3_9_1"): ONLY_SQL,
    ("rucio", "v1_29_0", "v32_8_0"): ONLY_SQL,
    ("rucio", "v32_8_0", "v36_5_0"): ONLY_SQL,
    ("rucio", "v36_5_0", "v41_5_1"): ONLY_SQL,
    ("torture", "v1", "v2"): SQL_DEFAULT,
    ("zenml", "v0_45_6", "v0_58_2"): NO_CONVERSION,
}
"""Steps that MongoDB cannot do as they are written, and the words with which it says so.

cinder and torture: defaults and expressions in SQL. prefect and rucio: expressions written per SQL database. zenml:
texts of 32 digits that become UUIDs.
"""
NO_WAY_BACK = {
    ("zenml", "v0_75_1", "v0_94_6"): "trigger_execution.id: 1 row stands more than once as id"
}
"""Steps whose way back gives a key column that was dropped to rows again: no constant is one for three of them.

SQL databases refuse the way there already, by a foreign key that MongoDB does not enforce.
"""
KNOWN = [
    (app, a, b)
    for app, case in exact.cases().items()
    for a, b in zip(list(case["versions"]), list(case["versions"])[1:], strict=False)
]
ABLE = [pytest.param(*step, id="-".join(step)) for step in KNOWN if step not in CANNOT_EXIST]
UNABLE = [pytest.param(*step, id="-".join(step)) for step in CANNOT_EXIST]

KINDS = [all_kinds()[name] for name in ("mongod", "mongoset")]
on_each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
of_able = pytest.mark.parametrize(("app", "a", "b"), ABLE)


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes empty databases of the test's kind; they go away with it."""
    kind = request.node.callspec.params["kind"]
    server = request.getfixturevalue(kind.name)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(request.config.stash[SERVERS].database(server))


@pytest.fixture
def judge() -> Iterator[Callable[[str], Any]]:
    """PyMongo's database at a URL."""
    with ExitStack() as stack:

        def open_(url: str) -> Any:
            client = MongoClient[Any](url, uuidRepresentation="standard")
            return stack.enter_context(client)[Url.parse(url).database]

        yield open_


def made(tool: Tool, app: str, version: str) -> Any:
    """The first migration of a version, applied."""
    tool.generate(exact.ref(app, version), "first", {})
    tool.up()
    assert tool.again(exact.ref(app, version)) == []


def assert_as_the_models(database: Any, app: str, version: str) -> None:
    """The collections are those of the application's own models, with their fields."""
    tables = exact.load(exact.ref(app, version)).tables.values()
    there = shape(database)
    assert sorted(there) == sorted(table.name for table in tables)
    for table in tables:
        assert fields(database, table.name) == wanted_fields(table), table.name
        unnamed = {index.name for index in table.indexes if index.name} - set(
            there[table.name]["indexes"]
        )
        assert unnamed == set(), table.name


@on_each
@of_able
def test_a_step_is_exact(
    kind: Any, app: str, a: str, b: str, make: Any, judge: Any, tmp_path: Path
) -> None:
    """First, up, again and down give what the models make, and what a fresh database of that version has."""
    new_tool, got, fresh = tool_in(tmp_path), make(), make()
    tool, other = new_tool(got), new_tool(fresh)
    made(tool, app, a)
    made(other, app, b)
    was, will = shape(judge(got)), shape(judge(fresh))
    assert_as_the_models(judge(got), app, a)

    written = tool.generate(exact.ref(app, b), "step", hints_of(app, a, b))
    tool.up()

    assert shape(judge(got)) == will
    assert_as_the_models(judge(got), app, b)
    assert tool.again(exact.ref(app, b)) == []
    if written:
        tool.down()
        assert shape(judge(got)) == was


@on_each
@of_able
def test_a_step_with_rows_is_exact_or_refused(
    kind: Any, app: str, a: str, b: str, make: Any, judge: Any, tmp_path: Path
) -> None:
    """Documents survive up and down; where no constant would do for a new column, nothing is changed."""
    url = make()
    tool, database, hints = tool_in(tmp_path)(url), judge(url), hints_of(app, a, b)
    old, new = (exact.load(exact.ref(app, version)) for version in (a, b))
    made(tool, app, a)
    put(database, documents(old, exact.tightened(old, new, hints)))
    was, before = shape(database), snapshot(database, old)
    assert sum(len(table["rows"]) for table in before.values()) > len(old.tables)
    written = tool.generate(exact.ref(app, b), "step", hints)

    refused: CheckFailed | None = None
    try:
        tool.up()
    except CheckFailed as error:
        refused = error
    if refused is not None:
        assert names_a_hopeless_fill(refused, hints), str(refused)
        assert shape(database) == was
        assert snapshot(database, old) == before
        return

    assert exact.missing_values(before, snapshot(database, new), old, new, hints) == []
    assert tool.again(exact.ref(app, b)) == []
    if (app, a, b) in NO_WAY_BACK:
        with pytest.raises(CheckFailed, match=NO_WAY_BACK[app, a, b]):
            tool.down()
    elif written:
        tool.down()
        assert shape(database) == was
        back = snapshot(database, old)
        assert exact.missing_values(before, back, old, new, hints, down=True) == []


@pytest.mark.parametrize("kind", KINDS[:1], ids=lambda kind: kind.name)
@pytest.mark.parametrize(("app", "a", "b"), UNABLE)
def test_what_cannot_exist_is_said_before_anything_changes(
    kind: Any, app: str, a: str, b: str, make: Any, judge: Any, tmp_path: Path
) -> None:
    """With the file's line and the reason; the database is as it was."""
    url = make()
    tool, database = tool_in(tmp_path)(url), judge(url)
    seen: list[Any] = [{}]

    def step() -> None:
        made(tool, app, a)
        seen.append(shape(database))
        tool.generate(exact.ref(app, b), "step", hints_of(app, a, b))
        tool.up()

    with pytest.raises((Unsupported, SchemaError)) as caught:
        step()

    assert CANNOT_EXIST[app, a, b] in str(caught.value)
    assert ".py:" in str(caught.value)
    assert shape(database) == seen[-1]
