"""What can stand for an option's value: for completion, read from what is installed and what is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from toasty_core.errors import ToastyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

__all__ = ["complete_scheme", "complete_version"]


def complete_scheme(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The URL schemes of the installed backends."""
    from toasty_core.plugins import installed_backends

    return _beginning(incomplete, {point.name for point in installed_backends()})


def complete_version(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The versions of the migration files."""
    from toasty_core.cli.configuration import DEFAULT_DIR, Settings, settle

    try:
        folder = settle(Settings(directory=ctx.params.get("directory"))).directory or DEFAULT_DIR
        names = os.listdir(folder)
    except (ToastyError, OSError):
        return []
    files = (name for name in names if name.endswith(".py") and name[:1].isdigit())
    return _beginning(incomplete, {name.removesuffix(".py") for name in files})


def _beginning(incomplete: str, choices: Iterable[str]) -> list[str]:
    return sorted(choice for choice in choices if choice.startswith(incomplete))
