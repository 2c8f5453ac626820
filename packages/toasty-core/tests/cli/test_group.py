"""`toasty` itself: the listing, the help of every command, wrong names, completion."""

from __future__ import annotations

import click
import pytest

from toasty_core.cli.command import ToastyCommand
from toasty_core.cli.group import SECTIONS, command_line

COMMANDS = [pair for _, commands in SECTIONS for pair in commands]
NAMES = [name for name, _ in COMMANDS]


def command(name: str) -> ToastyCommand:
    group = command_line()
    found = group.get_command(click.Context(group), name)

    assert isinstance(found, ToastyCommand)
    return found


def test_the_commands_are_those_of_the_guide_and_of_the_issue():
    wanted = """init migrate:generate migrate:new migrate:up migrate:down migrate:status migrate:plan
        migrate:check migrate:repair migrate:resolve migrate:baseline schema:show schema:rebuild
        schema:drift backends"""

    assert sorted(NAMES) == sorted(wanted.split())


@pytest.mark.parametrize(("name", "summary"), COMMANDS, ids=NAMES)
def test_every_command_says_in_its_help_what_the_listing_says(name, summary):
    first = (command(name).help or "").strip().partition("\n\n")[0]

    assert " ".join(first.split()) == summary


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_an_example_of_itself(workspace, name):
    shown = workspace.run(name, "--help")

    assert command(name).examples[0].startswith(f"toasty {name}")
    assert "Examples:\n  toasty" in shown.out
    assert all(f"  {example}\n" in shown.out for example in command(name).examples)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_its_own_name_and_json(name):
    found = command(name)

    assert found.name == name
    assert "--json" in {option for param in found.params for option in param.opts}


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_a_help_text(name):
    silent = [p.name for p in command(name).params if isinstance(p, click.Option) and not p.help]

    assert silent == []


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_lists_every_command_with_its_summary(workspace, words):
    shown = workspace.run(*words)

    assert shown.code == 0
    text = " ".join(shown.out.split())
    assert [f"{name} {summary}" for name, summary in COMMANDS if f"{name} {summary}" in text] == [
        f"{name} {summary}" for name, summary in COMMANDS
    ]


def test_version(workspace):
    shown = workspace.run("--version")

    assert shown == (0, "toasty 0.1.0\n", "")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["migrate:stats"], "migrate:status"),
        (["migrate", "up"], "migrate:up"),
        (["schema", "drift"], "schema:drift"),
        (["Backend"], "backends"),
    ],
)
def test_an_unknown_command_gets_the_nearest_one(workspace, words, near):
    failed = workspace.run(*words)

    assert failed.code == 2
    assert failed.out == ""
    assert failed.err == (
        f"Error: No such command '{words[0]}'. Did you mean '{near}'?\n  hint: toasty --help\n"
    )


def test_a_command_like_no_other_gets_no_suggestion(workspace):
    assert workspace.run("xyzzy").err == (
        "Error: No such command 'xyzzy'.\n  hint: toasty --help\n"
    )


def test_an_unknown_option_gets_the_nearest_one(workspace):
    failed = workspace.run("migrate:up", "--dialct", "sqlite")

    assert failed.code == 2
    assert "No such option" in failed.err
    assert "--dialect" in failed.err
    assert "hint: toasty migrate:up --help" in failed.err


def test_usage_errors_are_json_where_json_is_asked_for(workspace):
    failed = workspace.run("migrate:generate", "--json")

    assert failed.code == 2
    assert failed.err == ""
    assert failed.json["error"]["kind"] == "UsageError"
    assert failed.json["error"]["hint"] == "toasty migrate:generate --help"
