"""`toasty backends`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toasty_core.cli.choices import complete_scheme
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Output
from toasty_core.errors import UsageError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toasty_core.api import BackendInfo
    from toasty_core.backends import Features, Support


@toasty_command(
    "backends",
    click.argument("name", required=False, shell_complete=complete_scheme),
    click.option("--features", is_flag=True, help="Also what each can do, and why not."),
    examples=(
        "toasty backends",
        "toasty backends sqlite --features",
        "pip install toasty-postgres    # adds one",
    ),
)
def command(call: Invocation, name: str | None, features: bool) -> ExitCode:
    """List the installed backends and what they can do.

    NAME, a backend or a URL scheme, shows only that one.
    """
    from toasty_core import api

    found = _chosen(api.backends(), name)
    if call.output.json:
        call.output.document({"backends": [_document(info) for info in found]})
    elif not found:
        call.output.line("No backend is installed.")
        call.output.remark("hint: pip install toasty-sqlite")
    else:
        _print(found, features, call.output)
    return ExitCode.FINE


def _chosen(found: tuple[BackendInfo, ...], name: str | None) -> tuple[BackendInfo, ...]:
    if name is None:
        return found
    chosen = tuple(info for info in found if name in (info.name, *info.schemes))
    if not chosen:
        known = sorted({known for info in found for known in (info.name, *info.schemes)})
        raise UsageError(
            f"No installed backend is called '{name}' (installed: {', '.join(known) or 'none'}).",
            hint=suggest(name, known),
        )
    return chosen


def _print(found: tuple[BackendInfo, ...], features: bool, output: Output) -> None:
    head = ("backend", "URL schemes", "package", "version")
    rows = [(i.name, ", ".join(i.schemes), i.distribution, i.version) for i in found]
    output.table(head, rows)
    for info in found if features else ():
        output.line()
        output.table((info.title, "", ""), list(_feature_rows(info.features)))


def _feature_rows(features: Features) -> Iterator[tuple[str, str, str]]:
    for name, support in _supports(features):
        yield name.replace("_", " "), support.value, features.reasons.get(name, "")


def _supports(features: Features) -> Iterator[tuple[str, Support]]:
    from toasty_core.backends import Support

    for name, value in features._asdict().items():
        if isinstance(value, Support):
            yield name, value


def _document(info: BackendInfo) -> dict[str, object]:
    return {
        "name": info.name,
        "title": info.title,
        "schemes": list(info.schemes),
        "distribution": info.distribution,
        "version": info.version,
        "features": {name: support.value for name, support in _supports(info.features)},
        "reasons": dict(sorted(info.features.reasons.items())),
    }
