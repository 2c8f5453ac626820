"""`toasty init`"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.cli import options
from toasty_core.cli.command import Invocation, toasty_command
from toasty_core.cli.configuration import DEFAULT_DIR, Settings, find_configuration
from toasty_core.cli.exit_codes import ExitCode
from toasty_core.cli.output import Output, Tone

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEXT = 'toasty migrate:generate --message "first tables"'


class _Setup(NamedTuple):
    """What `init` has done: files it wrote, and what it left as it was."""

    created: tuple[str, ...]
    kept: tuple[str, ...]


@toasty_command(
    "init",
    options.MODELS,
    options.DIR,
    options.URL,
    examples=(
        "toasty init",
        "toasty init --models app.models --url sqlite:mydb.db",
        "toasty init --dir custom/migrations",
    ),
)
def command(call: Invocation) -> ExitCode:
    """Set up a project: folder and configuration.

    Makes the migrations folder and writes the settings into pyproject.toml, or into toasty.toml where there is
    none. What is there already stays as it is. On a terminal it asks for what is not given.
    """
    here = Path.cwd()
    found = find_configuration(str(here))
    given = call.given
    if found.file is None and call.output.interactive:
        given = _asked(given)
    done = _set_up(here, given, found)
    if call.output.json:
        call.output.document(
            {"created": list(done.created), "kept": list(done.kept), "next": _NEXT}
        )
    else:
        _print(done, given if found.file is None else found, call.output)
    return ExitCode.FINE


def _asked(given: Settings) -> Settings:
    from toasty_core.cli.prompts import ask_text

    models = given.models or ask_text("Where are the models (such as app.models)?")
    url = given.url or ask_text("Which database (such as sqlite:mydb.db)?")
    return given._replace(models=models or None, url=url or None)


def _set_up(here: Path, given: Settings, found: Settings) -> _Setup:
    """Make what is missing."""
    created: list[str] = []
    kept: list[str] = []
    folder = Path(given.directory or found.directory or DEFAULT_DIR)
    (kept if folder.is_dir() else created).append(f"{folder}{os.sep}")
    folder.mkdir(parents=True, exist_ok=True)
    if found.file is not None:
        kept.append(os.path.relpath(found.file))
    else:
        created.append(_write_settings(here, given))
    return _Setup(tuple(created), tuple(kept))


def _write_settings(here: Path, given: Settings) -> str:
    """Write the settings, and say into which file."""
    shared = here / "pyproject.toml"
    lines = list(_lines(given))
    if shared.is_file():
        _append(shared, ["[tool.toasty]", *lines])
        return f"[tool.toasty] in {shared.name}"
    own = here / "toasty.toml"
    with own.open("x", encoding="utf-8") as stream:
        stream.write("\n".join([*lines, ""]))
    return own.name


def _append(file: Path, lines: list[str]) -> None:
    """Append to a file of somebody else's: nothing that stands in it is touched."""
    content = file.read_bytes()
    newline = "\r\n" if b"\r\n" in content else "\n"
    gap = [""] if content.endswith((b"\n", b"")) and content else []
    before = [] if content.endswith(b"\n") or not content else [""]
    with file.open("ab") as stream:
        stream.write(newline.join([*before, *gap, *lines, ""]).encode())


def _lines(given: Settings) -> Iterator[str]:
    if given.models:
        yield f"models = {_quoted(given.models)}"
    else:
        yield '# models = "app.models"'
    yield f"dir = {_quoted(Path(given.directory or DEFAULT_DIR).as_posix())}"
    yield f"url = {_quoted(given.url)}" if given.url and not _secret(given.url) else _URL_EXAMPLE


_URL_EXAMPLE = (
    '# url = "sqlite:mydb.db"    # or TOASTY_URL; "...:${DB_PASSWORD}@..." reads a variable'
)


def _secret(url: str) -> bool:
    """Does it hold a password? Then it is not written. Raises UrlError."""
    from toasty_core.url import Url

    return bool(Url.parse(url).secrets)


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are among TOML's."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _print(done: _Setup, settings: Settings, output: Output) -> None:
    for name in done.created:
        output.line(f"Created {name}", Tone.GOOD)
    for name in done.kept:
        output.line(f"Kept {name}, which is there already")
    if settings.url and _secret(settings.url) and settings.file is None:
        output.remark("note: the URL holds a password and was not written: set TOASTY_URL")
    output.line()
    if not settings.models:
        output.line('Say where the models are: models = "app.models", or --models.')
    output.line(f"Next: {_NEXT}")
