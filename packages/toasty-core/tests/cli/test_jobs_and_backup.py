"""`--jobs` and `--backup`: settings for databases that change tables side by side and back them up."""

from __future__ import annotations

import pytest

from toasty_core import api
from toasty_core.backends import Caution
from toasty_core.cli.configuration import Settings, make_project
from toasty_core.errors import ConfigError, Unsupported
from toasty_core.plugins import load_hooks


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """The project that a configuration file makes, with what else is given."""
    monkeypatch.chdir(tmp_path)

    def make(text="", **given):
        (tmp_path / "toasty.toml").write_text(text)
        return make_project(Settings(**given), load_hooks())

    return make


def test_jobs_are_four_unless_something_else_is_said(configured):
    assert configured().caution.jobs == Caution().jobs == 4
    assert configured("jobs = 9").caution.jobs == 9
    assert configured("jobs = 9", jobs=2).caution.jobs == 2


@pytest.mark.parametrize("value", ["0", '"many"', "true"])
def test_jobs_are_a_whole_number(configured, value):
    with pytest.raises(ConfigError, match="'jobs' must be a whole number"):
        configured(f"jobs = {value}")


@pytest.mark.parametrize("verb", [api.up, api.plan])
def test_a_backup_that_the_backend_cannot_make_is_refused_before_anything_runs(tmp_path, verb):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "20250101_000000_x.py").write_text(
        "from toasty_core import *\n\n\nclass X(Migration):\n    version = '20250101_000000_x'\n\n"
        "    def up(self, db):\n        db.execute_sql('CREATE TABLE t (a)')\n\n"
        "    def down(self, db):\n        db.execute_sql('DROP TABLE t')\n"
    )
    url = f"sqlite:{tmp_path}/x.db"
    project = api.Project(folder, url=url, hooks=load_hooks(), caution=Caution(backup=True))
    with pytest.raises(Unsupported, match="makes none on sqlite") as caught:
        verb(project)

    assert "--backup" in (caught.value.hint or "")
    assert api.status(project).entries[0].state is api.StatusState.PENDING
