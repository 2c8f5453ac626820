"""What is printed when something is wrong, and the exit code that goes with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from toasty_core.cli import boundary, main
from toasty_core.cli.configuration import Settings
from toasty_core.cli.unexpected import UnexpectedError, secrets_hidden
from toasty_core.errors import CheckFailed, StatementFailed, ToastyError

PLUGIN = """
import click
from toasty_core.errors import LockHeld
from toasty_core.plugins import hookimpl

@hookimpl
def toasty_commands(group):
    @group.command("fail")
    @click.argument("how")
    @click.option("--json", is_flag=True)
    def fail(how, json):
        "Fail in some way."
        if how == "toasty":
            raise LockHeld("Somebody migrates.", where="a:1", hint="wait", holder="ann@host")
        if how == "interrupt":
            raise KeyboardInterrupt
        if how == "system":
            open("nowhere/to/be/found")
        if how == "exit":
            return 3
        raise ZeroDivisionError("by\\n  zero")
"""


@pytest.fixture
def failing(workspace, monkeypatch):
    """A workspace with a plug-in that brings the command `fail`."""
    site = workspace.folder.parent / "site"
    info = site / "failing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: failing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toasty.plugins]\nfailing = failing_commands\n")
    (site / "failing_commands.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(site))
    return workspace


def test_a_command_of_a_plug_in_is_listed_and_runs(failing):
    assert "From plug-ins:\n  fail  Fail in some way.\n" in failing.run("--help").out
    assert failing.run("fail", "exit").code == 3


def test_an_error_says_what_where_and_what_to_do(failing):
    assert failing.run("fail", "toasty") == (
        1,
        "",
        "Error: Somebody migrates.\n  where: a:1\n  held by: ann@host\n  hint: wait\n",
    )


def test_an_error_is_an_object_with_json(failing):
    failed = failing.run("fail", "toasty", "--json")

    assert (failed.code, failed.err) == (1, "")
    assert failed.json == {
        "error": {
            "kind": "LockHeld",
            "what": "Somebody migrates.",
            "where": "a:1",
            "hint": "wait",
            "details": [{"label": "held by", "text": "ann@host"}],
        }
    }


def test_an_unforeseen_exception_is_one_line_and_how_to_report_it(failing):
    failed = failing.run("fail", "unforeseen")

    assert (failed.code, failed.out) == (1, "")
    first, hint = failed.err.splitlines()
    assert first == "Error: Unexpected ZeroDivisionError: by zero"
    assert hint.startswith("  hint: this is a bug in Toasty or in a plug-in: set TOASTY_DEBUG=1")


def test_the_traceback_is_shown_where_it_is_asked_for(failing, monkeypatch):
    monkeypatch.setenv("TOASTY_DEBUG", "1")
    failed = failing.run("fail", "unforeseen")

    assert failed.code == 1
    assert "Traceback (most recent call last):" in failed.err
    assert "failing_commands.py" in failed.err


def test_ctrl_c_is_one_line(failing):
    failed = failing.run("fail", "interrupt")

    assert (failed.code, failed.out) == (130, "")
    assert failed.err.strip() == "Interrupted."


def test_what_the_system_refuses_names_the_file(failing):
    assert failing.run("fail", "system") == (
        1,
        "",
        "Error: No such file or directory.\n  where: nowhere/to/be/found\n",
    )


def test_a_broken_plug_in_names_itself(failing):
    (failing.folder.parent / "site" / "failing_commands.py").write_text(
        "import nothing_of_this_name"
    )
    failed = failing.run("backends")

    assert failed.code == 1
    assert "'failing' of failing 1.0 cannot be imported" in failed.err


def test_plug_ins_can_be_left_out(failing, monkeypatch):
    monkeypatch.setenv("TOASTY_PLUGINS", "")

    assert failing.run("fail", "exit").code == 2


URL = Settings(url="postgresql://ann:pa%40zz9@host/db")


def test_a_password_is_masked_in_every_part_of_an_error():
    failure = StatementFailed(
        "no pa@zz9", where="pa%40zz9", hint="try pa@zz9", statement="SELECT 'pa@zz9'"
    )
    with pytest.raises(StatementFailed) as caught, secrets_hidden(URL):
        raise failure

    assert "zz9" not in str(caught.value) + "".join(caught.value.args)
    assert caught.value.statement == "SELECT '***'"


def test_a_password_is_masked_in_findings_and_their_like():
    with pytest.raises(CheckFailed) as caught, secrets_hidden(URL):
        raise CheckFailed("no", findings=["it is pa@zz9"])

    assert "zz9" not in str(caught.value)


def test_a_password_is_masked_in_what_nobody_foresaw():
    with pytest.raises(UnexpectedError) as caught, secrets_hidden(URL):
        raise RuntimeError("cannot log in with pa@zz9")

    assert "zz9" not in str(caught.value) + caught.value.trace
    assert caught.value.__cause__ is None


def test_a_password_of_the_configuration_is_masked_too(workspace):
    workspace.write("toasty.toml", 'url = "mysql://ann:s3cret@host/db"')
    with pytest.raises(ToastyError) as caught, secrets_hidden(Settings()):
        raise ToastyError("s3cret")

    assert caught.value.what == "***"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_under_the_output_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "toasty_core", "--help"], stdout=full, stderr=subprocess.PIPE
        )

    assert done.returncode == 1
    assert done.stderr == b"Error: No space left on device.\n"


def test_a_reader_who_leaves_is_no_error():
    command = f"'{sys.executable}' -m toasty_core --help | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, encoding="utf-8")

    assert done.stdout == "U0\n"
    assert done.stderr == ""


def test_main_never_raises_and_gives_a_code(workspace, monkeypatch):
    def broken() -> None:
        raise RecursionError

    monkeypatch.setattr("toasty_core.cli.group.command_line", broken)

    assert main(["--help"]) == 1


def test_json_errors_are_valid_where_the_terminal_knows_only_ascii(workspace):
    done = workspace.shell("toasty größe --json", PYTHONIOENCODING="ascii")

    assert done.code == 2
    assert json.loads(done.out)["error"]["what"].startswith("No such command 'größe'.")


def test_the_program_is_called_toasty():
    assert boundary.PROGRAM == "toasty"
