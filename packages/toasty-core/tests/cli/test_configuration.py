"""Settings: options over variables over the file, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from toasty_core.cli.configuration import Settings, settle
from toasty_core.errors import ConfigError


def test_without_a_file_nothing_is_set(workspace):
    assert settle(Settings()) == Settings()


@pytest.mark.parametrize(
    ("name", "head"), [("toasty.toml", ""), ("pyproject.toml", "[tool.toasty]\n")]
)
def test_both_files_hold_the_same_settings(workspace, name, head):
    file = workspace.write(
        name, head + 'url = "sqlite:a.db"\ndir = "db"\nmodels = "app"\nlock-timeout = 5\n'
    )

    assert settle(Settings()) == Settings("sqlite:a.db", "db", "app", 5, str(file))


def test_the_migrations_are_in_the_root_of_the_project(workspace, monkeypatch):
    workspace.write("toasty.toml", 'models = "app"')
    workspace.write("deep/x", "")
    assert settle(Settings()).directory == "migrations"
    monkeypatch.chdir(workspace.folder / "deep")

    assert settle(Settings()).directory == str(workspace.folder / "migrations")


def test_what_is_given_counts_more_than_the_file(workspace):
    workspace.write("toasty.toml", 'url = "sqlite:file.db"\nmodels = "file"')

    settled = settle(Settings(url="sqlite:given.db", lock_timeout=0.0))

    assert (settled.url, settled.models, settled.lock_timeout) == ("sqlite:given.db", "file", 0.0)


def test_the_nearest_file_above_counts_and_its_paths_are_relative_to_it(workspace, monkeypatch):
    file = workspace.write(
        "toasty.toml", 'url = "sqlite:app.db?mode=ro"\ndir = "db"\nmodels = "src/models.py"'
    )
    workspace.write("pyproject.toml", "[tool.other]\n")
    workspace.write("deep/down/pyproject.toml", "[project]\nname = 'toasty-user'\n")
    monkeypatch.chdir(workspace.folder / "deep" / "down")

    assert settle(Settings()) == Settings(
        f"sqlite:{workspace.folder}/app.db?mode=ro",
        str(workspace.folder / "db"),
        str(workspace.folder / "src/models.py"),
        None,
        str(file),
    )


@pytest.mark.parametrize(
    "url", ["sqlite::memory:", "sqlite:/var/app.db", "sqlite:///var/app.db", "mysql://host/db"]
)
def test_only_a_relative_file_is_moved(workspace, monkeypatch, url):
    workspace.write("toasty.toml", f'url = "{url}"')
    workspace.write("deep/x", "")
    monkeypatch.chdir(workspace.folder / "deep")

    assert settle(Settings()).url == url


def test_a_variable_in_the_url_is_filled_in(workspace, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "s3cret")
    workspace.write("toasty.toml", 'url = "postgresql://app:${DB_PASSWORD}@localhost/app"')

    assert settle(Settings()).url == "postgresql://app:s3cret@localhost/app"


def test_a_missing_variable_is_named(workspace, monkeypatch):
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    workspace.write("toasty.toml", 'url = "postgresql://app:${DB_PASSWORD}@localhost/app"')

    with pytest.raises(ConfigError, match="DB_PASSWORD, which is not set") as caught:
        settle(Settings())
    assert caught.value.hint == "export DB_PASSWORD=..., or give --url"


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ('ulr = "x"', "Toasty knows no setting 'ulr'.", "did you mean 'url'?"),
        ("lock_timeout = 5", "Toasty knows no setting 'lock_timeout'.", "'lock-timeout'"),
        ("colour = true", "Toasty knows no setting 'colour'.", "url, dir, models, lock-timeout"),
        ("dir = 5", "The setting 'dir' must be a text.", None),
        ('url = ""', "The setting 'url' must be a text.", None),
        ("lock-timeout = true", "The setting 'lock-timeout' must be a number of seconds.", None),
        ("lock-timeout = -1", "The setting 'lock-timeout' must be a number of seconds.", None),
        ("lock-timeout = nan", "The setting 'lock-timeout' must be a number of seconds.", None),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(workspace, line, what, hint):
    file = workspace.write("pyproject.toml", f"[tool.toasty]\n{line}\n")

    with pytest.raises(ConfigError) as caught:
        settle(Settings())
    assert caught.value.what == what
    assert caught.value.where == f"[tool.toasty] in {file}"
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize("content", [b"dir = ", b"dir = '\xff'"])
def test_a_broken_file_is_named(workspace, content):
    file = workspace.write("toasty.toml", "")
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=r"toasty\.toml is no valid TOML") as caught:
        settle(Settings())
    assert caught.value.where == str(file)


def test_a_broken_file_of_somebody_else_is_not_our_business(workspace):
    workspace.write("pyproject.toml", "[project\n")

    assert settle(Settings()) == Settings()


def test_two_configurations_in_one_folder_are_not_guessed_between(workspace):
    workspace.write("toasty.toml", 'dir = "a"')
    workspace.write("pyproject.toml", '[tool.toasty]\ndir = "b"')

    with pytest.raises(ConfigError, match=r"Both toasty.toml and pyproject.toml configure"):
        settle(Settings())


def test_a_section_that_is_no_table(workspace):
    workspace.write("pyproject.toml", "[tool]\ntoasty = 1")

    with pytest.raises(ConfigError, match=r"\[tool.toasty\] must be a table"):
        settle(Settings())
