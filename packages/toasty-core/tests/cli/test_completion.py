"""Completion as shells ask for it, bash included with its habit of cutting words at colons."""

from __future__ import annotations

import shutil

import pytest


def complete(workspace, line: str) -> list[str]:
    """What bash is offered for a line, before it cuts anything."""
    done = workspace.shell("toasty", _TOASTY_COMPLETE="bash_complete", COMP_LINE=line)

    assert done.code == 0
    return done.out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("toasty in", ["plain,init"]),
        (
            "toasty schema:",
            ["plain,schema:show", "plain,schema:drift", "plain,schema:rebuild"],
        ),
        ("toasty migrate:st", ["plain,migrate:status"]),
        ("toasty migrate:up --dry", ["plain,--dry-run"]),
        ("toasty migrate:up --dialect sql", ["plain,sqlite"]),
        ("toasty migrate:up --dialect=sql", ["plain,sqlite"]),
        ("toasty backends sq", ["plain,sqlite"]),
        ("toasty --ver", ["plain,--version"]),
    ],
)
def test_names_are_completed(workspace, line, offered):
    assert complete(workspace, line) == offered


def test_versions_are_completed_from_the_folder(workspace):
    workspace.write("toasty.toml", 'dir = "db"')
    workspace.write("db/20250117_120000_create_users.py", "")
    workspace.write("db/20250118_120000_add_email.py", "")
    workspace.write("db/helper.py", "")

    assert complete(workspace, "toasty migrate:up --to 20250118") == [
        "plain,20250118_120000_add_email"
    ]
    assert complete(workspace, "toasty migrate:resolve 2025") == [
        "plain,20250117_120000_create_users",
        "plain,20250118_120000_add_email",
    ]


def test_a_broken_configuration_only_means_no_completion(workspace):
    workspace.write("toasty.toml", "dir = ")

    assert complete(workspace, "toasty migrate:up --to 2025") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(workspace, shell):
    done = workspace.shell("toasty", _TOASTY_COMPLETE=f"{shell}_source")

    assert done.code == 0
    assert f"_TOASTY_COMPLETE={shell}_complete" in done.out
    assert done.out.endswith("\n")


def test_an_unknown_shell_is_an_error(workspace):
    assert workspace.shell("toasty", _TOASTY_COMPLETE="tcsh_source").code == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("toasty migrate:u", "up"),
        ("toasty migrate:", "generate new up down status plan check baseline repair resolve"),
        ("toasty back", "backends"),
        ("toasty schema:show --li", "--live"),
        ("toasty migrate:up --dialect sql", "sqlite"),
    ],
)
def test_bash_is_given_only_what_it_does_not_have_yet(workspace, line, replies):
    """Bash takes what is behind the last colon for the word, and puts the reply in its place."""
    script = f"""
        eval "$(_TOASTY_COMPLETE=bash_source toasty)"
        COMP_LINE='{line}' COMP_POINT={len(line)}
        _toasty_completion toasty
        echo "${{COMPREPLY[@]}}"
    """
    workspace.write("complete.sh", script)

    assert workspace.shell("bash --norc complete.sh").out.strip() == replies
