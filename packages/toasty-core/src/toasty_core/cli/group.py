"""The command `toasty`: which commands there are, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from toasty_core.errors import suggest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from toasty_core.plugins import Hooks

__all__ = ["SECTIONS", "LazyGroup", "command_line"]


SECTIONS = (
    (
        "Migrations",
        (
            ("migrate:generate", "Write the migration that the models ask for."),
            ("migrate:new", "Write an empty migration, to fill in by hand."),
            ("migrate:up", "Apply what is pending."),
            ("migrate:down", "Revert the last migration, or more."),
            ("migrate:status", "Show what is applied and what is pending."),
            ("migrate:plan", "Print what migrate:up would do, statement by statement."),
            ("migrate:check", "Check that models, files and snapshot agree, such as in CI."),
        ),
    ),
    (
        "When history and database disagree",
        (
            ("migrate:baseline", "Mark migrations as applied without running them."),
            ("migrate:repair", "Accept edited files, and clear what a crash left behind."),
            ("migrate:resolve", "Say how a crashed migration ended."),
        ),
    ),
    (
        "Schema",
        (
            ("schema:show", "Show the schema that the migrations make, or the live one."),
            ("schema:drift", "Compare the database with its migrations."),
            ("schema:rebuild", "Write .schema.json anew from the migration files."),
        ),
    ),
    (
        "Project",
        (
            ("init", "Set up a project: folder and configuration."),
            ("backends", "List the installed backends and what they can do."),
        ),
    ),
)
"""All commands, each with what it does, under their headings."""

_HELP = """Schema migrations from your models, for SQL and NoSQL databases.

Change the models, then `toasty migrate:generate -m "what changed"`, read the file, and
`toasty migrate:up --url sqlite:mydb.db`.

Settings are options, TOASTY_* environment variables, or [tool.toasty] in pyproject.toml (or toasty.toml), in
this order. Exit codes: 0 fine, 1 error, 2 usage, 3 something is pending, differs or needs an answer.
"""
_COMPLETION = (
    'eval "$(_TOASTY_COMPLETE=bash_source toasty)"    # in ~/.bashrc',
    'eval "$(_TOASTY_COMPLETE=zsh_source toasty)"     # in ~/.zshrc',
    "_TOASTY_COMPLETE=fish_source toasty | source     # in ~/.config/fish/config.fish",
)


def command_line() -> LazyGroup:
    """`toasty` with all its commands, those of plug-ins included."""
    from toasty_core.plugins import load_hooks

    hooks = load_hooks()
    group = LazyGroup("toasty", help=_HELP, context_settings=_context(hooks))
    group.params.append(_version_option())
    hooks.commands(group)
    return group


def _context(hooks: Hooks) -> dict[str, object]:
    return {"help_option_names": ["-h", "--help"], "max_content_width": 100, "obj": hooks}


def _version_option() -> click.Option:
    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            from toasty_core import __version__

            click.echo(f"toasty {__version__}")
            ctx.exit()

    words = "Show the version and exit."
    return click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show, help=words
    )


class LazyGroup(click.Group):
    """A group whose own commands are listed from a table and imported one at a time."""

    @property
    def summaries(self) -> dict[str, str]:
        """Our commands, in the order of the help, each with what it does."""
        return dict(pair for _, commands in SECTIONS for pair in commands)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our commands, then those of plug-ins."""
        return list(dict.fromkeys([*self.summaries, *super().list_commands(ctx)]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; a plug-in's takes the place of ours of the same name."""
        if cmd_name in self.commands or cmd_name not in self.summaries:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"toasty_core.cli.commands.{cmd_name.replace(':', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but an unknown name gets the nearest one that there is."""
        known = self.list_commands(ctx)
        name = args[0]
        if name in known or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        joined = ":".join(args[:2])
        near = f"did you mean '{joined}'?" if joined in known else suggest(name, known)
        near = near or suggest(joined, known)
        ctx.fail(f"No such command '{name}'." + (f" {near[0].upper()}{near[1:]}" if near else ""))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The listing, section by section; no command is imported for it."""
        for title, commands in SECTIONS:
            with formatter.section(title):
                formatter.write_dl(commands)
        others = [name for name in super().list_commands(ctx) if name not in self.summaries]
        if others:
            with formatter.section("From plug-ins"):
                formatter.write_dl([(name, self._summary(ctx, name)) for name in others])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How to get completion, word for word: click would wrap it."""
        with formatter.section("Completion in your shell"):
            for line in _COMPLETION:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Options and command names; again no command is imported."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=self._summary(ctx, name)) for name in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def _summary(self, ctx: click.Context, name: str) -> str:
        if name in self.summaries:
            return self.summaries[name]
        command = super().get_command(ctx, name)
        return command.get_short_help_str(80) if command else ""
