"""What all commands have in common: `--json`, examples in the help, settings that become a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from toasty_core.cli.configuration import Settings, make_project
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Output
from toasty_core.cli.unexpected import secrets_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from toasty_core.api import Project
    from toasty_core.plugins import Hooks

    Callback = Callable[..., ExitCode]
    Decorator = Callable[[Callback], Callback]

__all__ = ["Invocation", "ToastyCommand", "toasty_command"]

_SETTINGS = (
    "url",
    "directory",
    "models",
    "lock_timeout",
    "large_table",
    "lock_wait",
    "lock_tries",
    "allow_blocking",
    "jobs",
    "backup",
)


class Invocation:
    """One call of a command: what it was given for the project, its output, and the plug-ins."""

    def __init__(self, given: Settings, output: Output, hooks: Hooks) -> None:
        self.given = given
        self.output = output
        self.hooks = hooks

    def project(self) -> Project:
        """The project to work on, configuration file included. Raises ConfigError."""
        return make_project(self.given, self.hooks)


class ToastyCommand(click.Command):
    """A click command whose help ends with examples, one command line each."""

    examples: tuple[str, ...] = ()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples as they are: click would wrap them."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def toasty_command(
    name: str,
    *options: Decorator,
    examples: Sequence[str],
) -> Callable[[Callback], ToastyCommand]:
    """Makes a function the command `name`; its docstring is the help.

    The function gets an `Invocation` and, by name, the values of those options that are no settings of the
    project. `options` are in the order of the help. `examples` are command lines, with a `# remark` if need be.
    """

    def decorate(function: Callback) -> ToastyCommand:
        command = click.command(name, cls=ToastyCommand, help=function.__doc__)
        callback = _callback(function)
        for option in reversed((*options, _JSON)):
            callback = option(callback)
        made = command(callback)
        made.examples = tuple(examples)
        return made

    return decorate


_JSON: Decorator = click.option(
    "--json", is_flag=True, help="Print one JSON document and nothing else."
)


def _callback(function: Callback) -> Callback:
    @click.pass_obj
    def callback(hooks: Hooks, /, **values: Any) -> ExitCode:  # click gives options by name
        settings = {name: values.pop(name) for name in _SETTINGS if name in values}
        output = Output(json=values.pop("json"))
        given = Settings(**settings)
        with secrets_hidden(given):
            return function(Invocation(given, output, hooks), **values)

    return callback
