"""`toasty init`: a folder and settings, and nothing that is there already is touched."""

from __future__ import annotations

import pytest

from toasty_core.cli.configuration import Settings, settle


def test_it_makes_a_folder_and_a_file_and_says_what_is_next(workspace):
    done = workspace.run("init")

    assert done == (
        0,
        "Created migrations/\n"
        "Created toasty.toml\n"
        "\n"
        'Say where the models are: models = "app.models", or --models.\n'
        'Next: toasty migrate:generate --message "first tables"\n',
        "",
    )
    assert (workspace.folder / "migrations").is_dir()
    assert settle(Settings()).directory == "migrations"


@pytest.mark.parametrize(
    "content", ["", "[project]\nname = 'app'\n", "[project]\nname = 'app'", "a = 1\r\n"]
)
def test_settings_go_behind_what_stands_in_pyproject(workspace, content):
    file = workspace.write("pyproject.toml", "")
    file.write_bytes(content.encode())
    done = workspace.run(
        "init", "--models", "app.models", "--url", "sqlite:a.db", "--dir", "db/steps"
    )

    assert done.code == 0
    assert "Created [tool.toasty] in pyproject.toml\n" in done.out
    assert file.read_bytes().startswith(content.encode())
    assert settle(Settings()) == Settings("sqlite:a.db", "db/steps", "app.models", None, str(file))


def test_again_it_changes_nothing(workspace):
    workspace.run("init", "--models", "app.models")
    content = (workspace.folder / "toasty.toml").read_bytes()
    done = workspace.run("init", "--models", "other")

    assert done.code == 0
    assert done.out.startswith("Kept migrations/, which is there already\nKept toasty.toml")
    assert (workspace.folder / "toasty.toml").read_bytes() == content


def test_a_password_is_not_written(workspace):
    done = workspace.run("init", "--url", "postgresql://ann:s3cret@host/db")

    assert "s3cret" not in (workspace.folder / "toasty.toml").read_text() + done.out + done.err
    assert "set TOASTY_URL" in done.err


def test_a_url_that_cannot_be_read_is_not_written(workspace):
    done = workspace.run("init", "--url", "mydb.db")

    assert done.code == 2
    assert not (workspace.folder / "toasty.toml").exists()


def test_names_with_quotes_and_backslashes_are_written_as_toml(workspace):
    workspace.run("init", "--url", 'sqlite:C:\\data\\"x".db')

    assert settle(Settings()).url == 'sqlite:C:\\data\\"x".db'


def test_json(workspace):
    assert workspace.run("init", "--json").json == {
        "created": ["migrations/", "toasty.toml"],
        "kept": [],
        "next": 'toasty migrate:generate --message "first tables"',
    }


def test_a_file_in_the_place_of_the_folder_is_an_error(workspace):
    workspace.write("migrations", "")
    done = workspace.run("init")

    assert done.code == 2 or done.code == 1
    assert "migrations" in done.err
    assert not (workspace.folder / "toasty.toml").exists()
