"""Real applications' schemas over several releases: every step is exact in all nine checks, on every kind of server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from corpus import exact, oracle, rows
from corpus_tool import Tool, hints_of, names_a_hopeless_fill, tool_in
from toasty_core import api
from toasty_core.diff import Answers
from toasty_core.errors import CheckFailed, QuestionsOpen
from toasty_testservers.fixtures import SERVERS
from toasty_testservers.kind import Kind
from toasty_testservers.kinds import all_kinds

# What SQLAlchemy has to say of the applications' own models is not our matter.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
]

DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}


def kinds() -> Iterator[tuple[Kind | None, str]]:
    """SQLite, and each kind of server, with the name of its dialect."""
    yield None, "sqlite"
    for name, kind in all_kinds().items():
        dialect = "postgresql" if name.startswith("postgres") else "mysql"
        if name.startswith("postgres") or name in ("mariadb", "mysql"):
            yield kind, dialect


STEPS = [
    pytest.param(kind, app, a, b, id=f"{kind.name if kind else dialect}-{app}-{a}-{b}")
    for kind, dialect in kinds()
    for app, a, b in exact.steps(dialect)
]


@define
class Databases:
    """Makes empty databases of one kind, and knows them by their names."""

    request: pytest.FixtureRequest
    kind: Kind | None
    folder: Path
    stack: ExitStack
    urls: dict[str, str] = field(factory=dict)
    charset: str | None = None

    def __call__(self, name: str) -> str:
        self.urls[name] = self._make(name)
        return self.urls[name]

    def _make(self, name: str) -> str:
        if self.kind is None:
            url: str = exact.databases(None, self.folder)(name)
            return url
        server = self.request.getfixturevalue(self.kind.name)
        made = self.request.config.stash[SERVERS].database(server)
        scheme, rest = self.stack.enter_context(made).split("://", 1)
        url = f"{scheme}+{DRIVERS[scheme]}://{rest}"
        if self.charset is not None and scheme != "postgresql":
            with oracle.engine_for(url).begin() as connection:
                connection.exec_driver_sql(f"ALTER DATABASE CHARACTER SET {self.charset}")
        return url


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Where a test's databases are made; they go away with it."""
    values = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    with ExitStack() as stack:
        made = Databases(request, values.get("kind"), tmp_path, stack)
        if "app" in values:
            made.charset = exact.cases()[values["app"]].get("mysql_charset")
        yield made


@pytest.mark.parametrize(("kind", "app", "a", "b"), STEPS)
def test_a_step_without_rows_is_exact(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """First, up, again and down give the schema that the models' own `create_all` gives."""
    result = exact.check(tool_in(tmp_path), databases, app, a, b)

    assert not exact.wrong(result), exact.report(result)


# Rows that the judge makes and version A takes, but a constraint that is new in version B forbids; and what mends them.
BROKEN_ROWS = {
    ("prefect", "v2_20_18", "v3_1_15"): (
        "work_pool.default_queue_id: 2 rows point at no row",
        "UPDATE work_pool SET default_queue_id = NULL",
    ),
    ("prefect", "v3_1_15", "v3_9_1"): (
        "block_document_reference.*: 3 rows break the check",
        "DELETE FROM block_document_reference",
    ),
}


@pytest.mark.parametrize(("kind", "app", "a", "b"), STEPS)
def test_a_step_with_rows_is_exact_or_refused(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """Rows survive up and down; where no constant would do for a new column, nothing is changed."""
    _, adjust = BROKEN_ROWS.get((app, a, b), (None, None))
    refused: CheckFailed | None = None

    try:
        result = exact.check(tool_in(tmp_path), databases, app, a, b, with_rows=True, adjust=adjust)
    except CheckFailed as error:
        refused = error

    if refused is None:
        assert not exact.wrong(result), exact.report(result)
    else:
        assert names_a_hopeless_fill(refused, hints_of(app, a, b)), str(refused)
        assert_unchanged(databases, app, a)


@pytest.mark.parametrize(("step", "message"), [(k, m) for k, (m, _) in BROKEN_ROWS.items()])
def test_rows_that_a_new_constraint_forbids_are_shown_and_nothing_changes(
    step: tuple[str, str, str], message: str, databases: Databases, tmp_path: Path
) -> None:
    """A new check or foreign key that rows break is refused by its name before anything happens."""
    app, a, b = step

    with pytest.raises(CheckFailed, match=message):
        exact.check(tool_in(tmp_path), databases, app, a, b, with_rows=True)

    assert_unchanged(databases, app, a)


def assert_unchanged(databases: Databases, app: str, a: str) -> None:
    """The database is still as version A made it."""
    want = exact.create(databases("untouched"), app, a)
    engine = oracle.engine_for(databases.urls["got"])
    assert oracle.diff(want, oracle.describe(engine)) == []


WITH_FILLS = [step for step in STEPS if hints_of(*step.values[1:])["fills"]]


@pytest.mark.parametrize(("kind", "app", "a", "b"), WITH_FILLS)
def test_a_step_without_its_fills_is_refused_before_anything_changes(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """A new column that must not be null, without a value, stops `up` and leaves all as it was."""
    want = exact.create(databases("want"), app, a)
    url = databases("got")
    engine = oracle.engine_for(url)
    exact.prepare(engine, app)
    tool: Tool = tool_in(tmp_path)(url)
    hints = {**hints_of(app, a, b), "fills": []}
    tool.generate(exact.ref(app, a), "first", {})
    tool.up()
    with engine.begin() as connection:
        rows.fill(connection, exact.load(exact.ref(app, a)))
    before = rows.snapshot(engine)
    tool.generate(exact.ref(app, b), "step", hints)

    with pytest.raises(CheckFailed, match="fill"):
        tool.up()

    assert oracle.diff(want, oracle.describe(engine)) == []
    assert without_ours(rows.snapshot(engine)) == without_ours(before)


def without_ours(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in snapshot.items() if not oracle.is_bookkeeping(name)}


def test_a_step_with_possible_renames_asks_before_it_writes(
    databases: Databases, tmp_path: Path
) -> None:
    """Without an answer, an ambiguous drop and add is a question, and no file appears."""
    tool = tool_in(tmp_path)(databases("got"))
    tool.generate(exact.ref("torture", "v1"), "first", {})
    files = sorted(tool.project.directory.iterdir())

    with pytest.raises(QuestionsOpen):
        api.generate(tool.project._replace(models=exact.ref("torture", "v2")), "step", Answers())

    assert sorted(tool.project.directory.iterdir()) == files
