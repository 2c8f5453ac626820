"""Real applications' schemas over several releases: every step that SQLite can hold is exact in all nine checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import define

from corpus import exact, oracle, rows
from toasty_core import api
from toasty_core.diff import Answers, Rename, detect_changes, parse_fill
from toasty_core.errors import CheckFailed, QuestionsOpen
from toasty_core.migrations.history import History
from toasty_core.models import load_models

STEPS = list(exact.steps("sqlite"))
NAMES = [f"{app}-{a}-{b}" for app, a, b in STEPS]

# What SQLAlchemy has to say of the applications' own models is not our matter.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
]


def toasty_url(url: str) -> str:
    """SQLAlchemy's `sqlite:///` means a relative path, ours an absolute one."""
    return url.replace("sqlite:///", "sqlite://", 1)


@define
class Tool:
    """Toasty as the nine checks want it: generate, up, down, again."""

    project: api.Project

    def generate(self, models: str, message: str, hints: dict[str, Any]) -> bool:
        project = self.project._replace(models=models)
        found = api.generate(project, message, answers(models, hints))
        return found.migration is not None

    def up(self) -> None:
        api.up(self.project)

    def down(self) -> None:
        api.down(self.project)

    def again(self, models: str) -> list[str]:
        old = History.read(self.project.directory).fold()
        return [change.describe() for change in detect_changes(old, load_models(models))]


def answers(models: str, hints: dict[str, Any]) -> Answers:
    """What `cases.json` knows of the step, as a user would say it; everything else is no rename."""
    schema = load_models(models)
    fills = [
        parse_fill(f"{fill['table']}.{fill['column']}={fill['value']}", schema)
        for fill in hints.get("fills", ())
    ]
    return Answers(renames=renames(hints), no_renames=True, fills=tuple(fills))


def renames(hints: dict[str, Any]) -> tuple[Rename, ...]:
    found = []
    for hint in hints.get("renames", ()):
        if hint["kind"] == "table":
            found.append(Rename(hint["from"], hint["to"]))
        else:
            table = hint["table"]
            found.append(Rename(f"{table}.{hint['from']}", f"{table}.{hint['to']}"))
    return tuple(found)


def tool_in(folder: Path) -> Any:
    return lambda url: Tool(api.Project(directory=folder / "migrations", url=toasty_url(url)))


@pytest.mark.parametrize(("app", "a", "b"), STEPS, ids=NAMES)
def test_a_step_without_rows_is_exact(app: str, a: str, b: str, tmp_path: Path) -> None:
    """First, up, again and down give the schema that the models' own `create_all` gives."""
    make_database = exact.databases(None, tmp_path)

    result = exact.check(tool_in(tmp_path), make_database, app, a, b)

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


@pytest.mark.parametrize(("app", "a", "b"), STEPS, ids=NAMES)
def test_a_step_with_rows_is_exact_or_refused(app: str, a: str, b: str, tmp_path: Path) -> None:
    """Rows survive up and down; where no constant would do for a new column, nothing is changed."""
    make_database = exact.databases(None, tmp_path)
    _, adjust = BROKEN_ROWS.get((app, a, b), (None, None))
    refused: CheckFailed | None = None

    try:
        result = exact.check(
            tool_in(tmp_path), make_database, app, a, b, with_rows=True, adjust=adjust
        )
    except CheckFailed as error:
        refused = error

    if refused is None:
        assert not exact.wrong(result), exact.report(result)
    else:
        hints = exact.cases()[app]["steps"][f"{a}:{b}"]
        assert names_a_hopeless_fill(refused, hints), str(refused)
        assert_unchanged(exact.create(make_database("want_a"), app, a), tmp_path)


@pytest.mark.parametrize(("step", "message"), [(k, m) for k, (m, _) in BROKEN_ROWS.items()])
def test_rows_that_a_new_constraint_forbids_are_shown_and_nothing_changes(
    step: tuple[str, str, str], message: str, tmp_path: Path
) -> None:
    """A new check or foreign key that rows break is refused by its name before anything happens."""
    app, a, b = step
    make_database = exact.databases(None, tmp_path)

    with pytest.raises(CheckFailed, match=message):
        exact.check(tool_in(tmp_path), make_database, app, a, b, with_rows=True)

    assert_unchanged(exact.create(make_database("want_a"), app, a), tmp_path)


def names_a_hopeless_fill(error: CheckFailed, hints: dict[str, Any]) -> bool:
    """Does it name a column whose values no constant can be: unique ones, or keys of other rows?"""
    return any(
        f"{fill['table']}.{fill['column']}" in str(error)
        for fill in hints["fills"]
        if fill.get("references") or fill.get("must_be_unique")
    )


def assert_unchanged(want: dict[str, Any], folder: Path) -> None:
    engine = oracle.engine_for(f"sqlite:///{folder / 'got.db'}")
    assert oracle.diff(want, oracle.describe(engine)) == []


def with_open_fills() -> list[tuple[str, str, str]]:
    return [
        step for step in STEPS if exact.cases()[step[0]]["steps"][f"{step[1]}:{step[2]}"]["fills"]
    ]


@pytest.mark.parametrize(("app", "a", "b"), with_open_fills())
def test_a_step_without_its_fills_is_refused_before_anything_changes(
    app: str, a: str, b: str, tmp_path: Path
) -> None:
    """A new column that must not be null, without a value, stops `up` and leaves all as it was."""
    make_database = exact.databases(None, tmp_path)
    want = exact.create(make_database("want"), app, a)
    tool = tool_in(tmp_path)(make_database("got"))
    engine = oracle.engine_for(f"sqlite:///{tmp_path / 'got.db'}")
    hints = {**exact.cases()[app]["steps"][f"{a}:{b}"], "fills": []}
    tool.generate(exact.ref(app, a), "first", {})
    tool.up()
    old = exact.load(exact.ref(app, a))
    with engine.begin() as connection:
        rows.fill(connection, old)
    before = rows.snapshot(engine)
    tool.generate(exact.ref(app, b), "step", hints)

    with pytest.raises(CheckFailed, match="fill"):
        tool.up()

    assert oracle.diff(want, oracle.describe(engine)) == []
    assert without_ours(rows.snapshot(engine)) == without_ours(before)


def without_ours(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in snapshot.items() if not oracle.is_bookkeeping(name)}


def test_a_step_with_possible_renames_asks_before_it_writes(tmp_path: Path) -> None:
    """Without an answer, an ambiguous drop and add is a question, and no file appears."""
    tool = tool_in(tmp_path)(exact.databases(None, tmp_path)("got"))
    tool.generate(exact.ref("torture", "v1"), "first", {})
    files = sorted(tool.project.directory.iterdir())

    with pytest.raises(QuestionsOpen):
        api.generate(tool.project._replace(models=exact.ref("torture", "v2")), "step", Answers())

    assert sorted(tool.project.directory.iterdir()) == files
