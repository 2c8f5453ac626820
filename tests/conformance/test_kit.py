"""The kit itself: it leaves nothing out, and it notices what is wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, ClassVar

import pytest

from toasty_core import operations
from toasty_core.backends import Features, Support
from toasty_core.errors import Unsupported
from toasty_core.operations import Operation, RenameTable
from toasty_core.operations.needs import needed_features
from toasty_core.testing import BackendSuite
from toasty_core.testing.bench import Bench
from toasty_core.testing.stories import STORIES
from toasty_core.testing.suite import known_names
from toasty_core.testing.suite.stories import FEATURES, TOLD_ELSEWHERE, hear
from toasty_notebook import NotebookBackend
from toasty_sqlite import SqliteBackend

TOLD_BY_HAND = {"transform_rows", "run", "execute_command"}
"""Operations with Python functions or native commands: `suite/rows.py` tells of them."""

BY_NAME = {story.name: story for story in STORIES}


def sqlite_with(**features: Any) -> type[SqliteBackend]:
    """SQLite that says something else of itself."""
    said = SqliteBackend.features._replace(**features)
    return type("Boasting", (SqliteBackend,), {"features": said})


def bench_of(backend, tmp_path) -> Bench:
    return Bench(
        tmp_path / "migrations", f"sqlite:///{tmp_path}/x.db", backend, lambda url, table: ()
    )


def test_every_operation_is_told():
    told = {
        operation.kind
        for story in STORIES
        for operation in (*story.operations, *(story.down or ()))
    }
    classes = (getattr(operations, name) for name in operations.__all__)
    kinds = {
        found.kind
        for found in classes
        if isinstance(found, type) and issubclass(found, Operation) and found is not Operation
    }

    assert kinds - told - TOLD_BY_HAND == set()


def test_every_feature_is_told():
    needed = {need for story in STORIES for need in story.needs}

    assert needed <= set(FEATURES)
    assert set(FEATURES) - needed == set(TOLD_ELSEWHERE)


def test_no_two_stories_have_one_name():
    assert len(BY_NAME) == len(STORIES)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_story_says_what_it_needs(story):
    needed = {name for item in story.operations for name in needed_features(item, "any")}

    assert needed <= set(story.needs)


def test_only_said_features_exist():
    assert set(FEATURES) == set(Features._fields) - {"reasons"}


def test_a_feature_that_is_claimed_and_does_not_work_fails(tmp_path):
    backend = sqlite_with(comments=Support.NATIVE)()
    with pytest.raises(AssertionError):
        BackendSuite().test_feature_shows(backend, "comments")
    with pytest.raises(AssertionError):
        BackendSuite().test_feature_has_a_reason_unless_native(
            sqlite_with(rename_table=Support.NOT_YET)(), "rename_table"
        )


def test_a_feature_that_is_denied_and_works_fails(tmp_path):
    backend = sqlite_with(rename_column=Support.NEVER)()

    with pytest.raises(
        AssertionError, match="rename_column is said to be missing, but takes effect"
    ):
        hear(bench_of(backend, tmp_path), BY_NAME["rename_column"])


def test_what_is_refused_without_being_denied_fails(tmp_path):
    class Refusing(SqliteBackend):
        def compile_all(self, operations, before):
            if any(isinstance(operation, RenameTable) for operation in operations):
                raise Unsupported("no", reason="no")
            return super().compile_all(operations, before)

    with pytest.raises(Unsupported):
        hear(bench_of(Refusing(), tmp_path), BY_NAME["rename_table"])


def test_a_gap_that_names_nothing_is_noticed():
    class Gaps(BackendSuite):
        known_gaps: ClassVar = {"renam_table": "a misspelling"}

    assert "rename_table" in known_names(Gaps)
    with pytest.raises(AssertionError):
        Gaps().test_known_gaps_name_something()


GAPS = """
import pytest
from toasty_core.testing import BackendSuite
from toasty_notebook import NotebookBackend

class TestGaps(BackendSuite):
    known_gaps = {"drop_index": "it works", "add_column": "it works"}

    @pytest.fixture
    def backend(self):
        return NotebookBackend()

    @pytest.fixture
    def url(self, tmp_path):
        return f"notebook:{tmp_path}/notes"

    def read_rows(self, url, table):
        return [] if "drop_index" in url else NotebookBackend().connect(Url.parse(url)).rows(table)

from toasty_core.url import Url
"""


def test_a_gap_is_an_expected_failure_and_noise_once_it_works(tmp_path):
    file = tmp_path / "test_gaps.py"
    file.write_text(GAPS)
    stories = [f"{file}::TestGaps::test_story[{name}]" for name in ("drop_index", "add_column")]
    command = [sys.executable, "-m", "pytest", "-rxX", "-p", "no:cacheprovider", *stories]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)

    assert "1 failed, 1 xfailed" in ended.stdout, ended.stdout + ended.stderr
    assert "drop_index: it works" in ended.stdout
    assert "[XPASS(strict)] add_column: it works" in ended.stdout


def report(*arguments):
    command = [sys.executable, "-m", "toasty_core.testing", "report", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


def test_the_report_tells_features_and_stories(tmp_path):
    url = f"notebook:{tmp_path}/notes"
    ended = report(url)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (
        "| foreign keys | not yet | the notebook does not look into other files yet |"
        in ended.stdout
    )
    assert "| rename table | passed |  |" in ended.stdout
    assert "| add foreign key | refused | needs foreign_keys |" in ended.stdout
    assert ended.stdout.rstrip().endswith(" 0 failed")
    assert NotebookBackend().connect(_url(url)).introspect().tables == {}


def test_the_report_leaves_a_database_in_use_alone(tmp_path):
    url = f"notebook:{tmp_path}/notes"
    bench = Bench(tmp_path / "migrations", url, NotebookBackend(), lambda url, table: ())
    bench.write(BY_NAME["create_table"].operations)
    bench.up()
    ended = report(url)

    assert ended.returncode == 1
    assert "is not empty" in ended.stderr
    assert list(bench.introspect().tables) == ["users"]


def test_the_report_of_features_opens_nothing(tmp_path):
    ended = report("--features", f"sqlite:///{tmp_path}/x.db")

    assert ended.returncode == 0
    assert "| transactional ddl | native |  |" in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_report_of_an_unknown_scheme_is_an_error():
    ended = report("nothing:here")

    assert ended.returncode == 2
    assert "No installed package answers to 'nothing:' URLs" in ended.stderr


def _url(text):
    from toasty_core.url import Url

    return Url.parse(text)
