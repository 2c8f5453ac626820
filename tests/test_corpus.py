"""Real applications' schemas over several releases: every step is exact in all nine checks, on every kind of server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import define, field, frozen

from corpus import exact, oracle, rows
from corpus_tool import Tool, family_of, hints_of, names_a_hopeless_fill, tool_in
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

# The models name what they want of MariaDB as `mysql_...`, as one writes who uses SQLAlchemy's mysql:// for both.
SCHEMES = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}


def kinds() -> Iterator[tuple[Kind | None, str]]:
    """SQLite, and each kind of server, with the name of its dialect."""
    yield None, "sqlite"
    for name, kind in all_kinds().items():
        dialect = "postgresql" if name.startswith("postgres") else "mysql"
        if name.startswith("postgres") or name in ("mariadb", "mysql"):
            yield kind, dialect


# What `cases.json` says of MySQL was tried on MariaDB; MySQL itself takes no default for a TEXT column.
CANNOT_EXIST = {("mysql", "torture")}


# Typed by hand: to pytest the values of a case are objects and no more.
STEPS: list[Any] = [
    pytest.param(kind, app, a, b, id=f"{kind.name if kind else dialect}-{app}-{a}-{b}")
    for kind, dialect in kinds()
    for app, a, b in exact.steps(dialect)
    if (kind and kind.name, app) not in CANNOT_EXIST
]


Wants: TypeAlias = dict[tuple[str, str, str], dict[str, Any]]


@define
class Databases:
    """Makes empty databases of one kind, and knows them by their names.

    `wants` keeps what `create_all` makes, by kind, application and version: it is the same for every test.
    """

    request: pytest.FixtureRequest
    kind: Kind | None
    folder: Path
    stack: ExitStack
    wants: Wants
    urls: dict[str, str] = field(factory=dict)
    charset: str | None = None

    def __call__(self, name: str) -> str:
        self.urls[name] = self._make(name, self.stack)
        return self.urls[name]

    def wanted(self, app: str, version: str) -> dict[str, Any]:
        """The schema as the application's models make it."""
        key = (self.kind.name if self.kind else "sqlite", app, version)
        if key not in self.wants:
            with ExitStack() as stack:
                self.wants[key] = exact.create(self._make(f"want_{version}", stack), app, version)
        return self.wants[key]

    def _make(self, name: str, stack: ExitStack) -> str:
        if self.kind is None:
            url: str = exact.MakeDatabase(None, self.folder)(name)
            return url
        server = self.request.getfixturevalue(self.kind.name)
        made = self.request.config.stash[SERVERS].database(server)
        scheme, rest = stack.enter_context(made).split("://", 1)
        url = f"{SCHEMES[scheme]}://{rest}"
        if self.charset is not None and scheme != "postgresql":
            with oracle.engine_for(url).begin() as connection:
                connection.exec_driver_sql(f"ALTER DATABASE CHARACTER SET {self.charset}")
        return url


@pytest.fixture(scope="session")
def wants() -> Wants:
    """What the models of each version make, for the whole session."""
    return {}


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path, wants: Wants) -> Iterator[Databases]:
    """Where a test's databases are made; they go away with it."""
    values = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    with ExitStack() as stack:
        made = Databases(request, values.get("kind"), tmp_path, stack, wants)
        if "app" in values:
            made.charset = exact.cases()[values["app"]].get("mysql_charset")
        yield made


@pytest.mark.parametrize(("kind", "app", "a", "b"), STEPS)
def test_a_step_without_rows_is_exact(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """First, up, again and down give the schema that the models' own `create_all` gives."""
    result = exact.check(tool_in(tmp_path), databases, app, a, b, wanted=databases.wanted)

    assert not exact.wrong(result), exact.report(result)


@frozen
class Broken:
    """Rows that the judge makes and version A takes, but version B forbids.

    `message` is how that is refused, `mended` the statements that make them fit; `families` are the kinds of
    databases that forbid them, where it is not all of them. `as_uuids`: what is CHAR(32) becomes MariaDB's UUID.
    """

    message: str
    mended: tuple[str, ...]
    families: tuple[str, ...] = ("sqlite", "postgresql", "mysql")
    as_uuids: bool = False

    def statements(self, app: str, version: str) -> tuple[str, ...]:
        """All that makes the rows fit."""
        return (*self.mended, *(digests(app, version) if self.as_uuids else ()))


def digests(app: str, version: str) -> Iterator[str]:
    """Every CHAR(32) becomes its digest, which is 32 digits and the same for what points at it."""
    yield "SET foreign_key_checks = 0"
    for table in exact.load(exact.ref(app, version)).tables.values():
        names = [column.name for column in table.columns if str(column.type) == "CHAR(32)"]
        if names:
            sets = ", ".join(f"`{name}` = LEFT(SHA2(`{name}`, 256), 32)" for name in names)
            yield f"UPDATE `{table.name}` SET {sets}"
    yield "SET foreign_key_checks = 1"


BROKEN_ROWS = {
    ("cinder", "v17_4_0", "v21_3_2"): Broken(
        "cgsnapshots.consistencygroup_id: 3 rows point at no row",
        (
            "UPDATE cgsnapshots SET consistencygroup_id = 'id-0'",
            "UPDATE group_snapshots SET group_id = 'id-0'",
            "UPDATE volumes SET group_id = NULL, service_uuid = NULL, consistencygroup_id = NULL",
            "UPDATE snapshots SET volume_id = 'id-0', cgsnapshot_id = NULL, group_snapshot_id = NULL",
        ),
    ),
    ("prefect", "v2_20_18", "v3_1_15"): Broken(
        "work_pool.default_queue_id: 2 rows point at no row",
        ("UPDATE work_pool SET default_queue_id = NULL",),
    ),
    ("prefect", "v3_1_15", "v3_9_1"): Broken(
        "block_document_reference.*: 3 rows break the check",
        ("DELETE FROM block_document_reference",),
    ),
    ("zenml", "v0_45_6", "v0_58_2"): Broken(
        "user.id: 3 rows cannot become Uuid|run_metadata.type: 3 rows cannot become Enum",
        (
            "UPDATE auth_devices SET status = 'ACTIVE'",
            "UPDATE flavor SET type = 'ALERTER'",
            "UPDATE secret SET scope = 'USER'",
            "UPDATE stack_component SET type = 'ALERTER'",
            "UPDATE artifact SET type = 'DATA'",
            "UPDATE run_metadata SET type = 'STRING'",
            "UPDATE artifact_visualization SET type = 'CSV'",
            "UPDATE pipeline_run SET status = 'RUNNING'",
            "UPDATE step_run SET status = 'RUNNING'",
        ),
        ("mysql",),
        as_uuids=True,
    ),
}


def broken_rows(kind: Kind | None, app: str, a: str, b: str) -> Broken | None:
    """What of the judge's rows this kind of database does not let into version B."""
    found = BROKEN_ROWS.get((app, a, b))
    return found if found and family_of(kind.name if kind else "sqlite") in found.families else None


def check_with_rows(
    databases: Databases, folder: Path, app: str, a: str, b: str, adjust: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The five checks of a step with rows."""
    result: dict[str, Any] = exact.check(
        tool_in(folder),
        databases,
        app,
        a,
        b,
        with_rows=True,
        adjust=adjust,
        wanted=databases.wanted,
    )
    return result


@pytest.mark.parametrize(("kind", "app", "a", "b"), STEPS)
def test_a_step_with_rows_is_exact_or_refused(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """Rows survive up and down; where no constant would do for a new column, nothing is changed."""
    broken = broken_rows(kind, app, a, b)
    refused: CheckFailed | None = None

    try:
        result = check_with_rows(
            databases, tmp_path, app, a, b, broken.statements(app, a) if broken else ()
        )
    except CheckFailed as error:
        refused = error

    if refused is None:
        assert not exact.wrong(result), exact.report(result)
    else:
        assert names_a_hopeless_fill(refused, hints_of(app, a, b)), str(refused)
        assert_unchanged(databases, app, a)


WITH_BROKEN_ROWS = [step for step in STEPS if broken_rows(*step.values)]


@pytest.mark.parametrize(("kind", "app", "a", "b"), WITH_BROKEN_ROWS)
def test_rows_that_a_new_constraint_forbids_are_shown_and_nothing_changes(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """A new check or foreign key that rows break is refused by its name before anything happens."""
    broken = broken_rows(kind, app, a, b)
    assert broken is not None

    with pytest.raises(CheckFailed, match=broken.message):
        check_with_rows(databases, tmp_path, app, a, b)

    assert_unchanged(databases, app, a)


def assert_unchanged(databases: Databases, app: str, a: str) -> None:
    """The database is still as version A made it."""
    want = databases.wanted(app, a)
    engine = oracle.engine_for(databases.urls["got"])
    assert oracle.diff(want, oracle.describe(engine)) == []


WITH_FILLS = [step for step in STEPS if hints_of(*step.values[1:])["fills"]]


@pytest.mark.parametrize(("kind", "app", "a", "b"), WITH_FILLS)
def test_a_step_without_its_fills_is_refused_before_anything_changes(
    kind: Kind | None, app: str, a: str, b: str, databases: Databases, tmp_path: Path
) -> None:
    """A new column that must not be null, without a value, stops `up` and leaves all as it was."""
    want = databases.wanted(app, a)
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
