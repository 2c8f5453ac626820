"""Where the URL of the database comes from."""

from __future__ import annotations


def test_no_url_is_a_usage_error(project):
    failed = project.run("migrate:up")

    assert failed.code == 2
    assert "--url" in failed.err


def test_the_url_may_be_a_variable_or_a_setting(project, monkeypatch):
    project.write("toasty.toml", 'url = "sqlite:setting.db"')
    project.run("migrate:up")
    monkeypatch.setenv("TOASTY_URL", "sqlite:variable.db")
    project.run("migrate:up")

    assert (project.folder / "setting.db").exists()
    assert (project.folder / "variable.db").exists()


def test_a_password_in_a_url_for_nobody_is_not_shown(project):
    failed = project.run("migrate:up", "--url", "nosuchdb://ann:s3cret@host/db")

    assert failed.code == 2
    assert "s3cret" not in failed.out + failed.err
