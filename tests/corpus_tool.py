"""Toasty as the corpus's nine checks want it, and where its databases are made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import define

from corpus import exact
from toasty_core import api
from toasty_core.diff import Answers, Rename, detect_changes, parse_fill
from toasty_core.errors import CheckFailed
from toasty_core.migrations.history import History
from toasty_core.models import load_models
from toasty_core.plugins import load_hooks

MakeDatabase = Callable[[str], str]


@define
class Tool:
    """Toasty as the nine checks want it: generate, up, down, again."""

    project: api.Project

    def generate(self, models: str, message: str, hints: dict[str, Any]) -> bool:
        project = self.project._replace(models=models)
        found = api.generate(project, message, answers(models, hints))
        if found.migration is None:
            return False
        for conversion in hints.get("conversions", ()):
            say_how(found.migration.path, conversion, family_of(self.project.url or ""))
        return True

    def up(self) -> None:
        api.up(self.project)

    def down(self) -> None:
        api.down(self.project)

    def again(self, models: str) -> list[str]:
        """What a further `generate` would do, and where the database is not what the files say."""
        old = History.read(self.project.directory).fold()
        changes = detect_changes(old, load_models(models))
        return [change.describe() for change in (*changes, *api.drift(self.project))]


def family_of(name: str) -> str:
    """The kind of database as `cases.json` calls it; `name` is a URL, or a server's name such as `postgres15`."""
    word = re.split(r"[^a-z]", name)[0]
    return "postgresql" if word == "postgres" else exact.family(word)


def say_how(file: Path, conversion: dict[str, Any], family: str) -> None:
    """Writes `using=` into the migration, as its author does for a change that no server does by itself."""
    table, column = conversion["table"], conversion["column"]
    call = re.compile(rf'(db\.modify_column\(\s*"{table}",\s*"{column}",\s*)(?=type=)')
    given = [conversion[way].get(family) for way in ("up", "down")]
    head, *rest = call.split(file.read_text())
    text = head
    for sql, found, tail in zip(given, rest[::2], rest[1::2], strict=True):
        text += found + (f"using={sql!r}, " if sql else "") + tail
    file.write_text(text)


def answers(models: str, hints: dict[str, Any]) -> Answers:
    """What `cases.json` knows of the step, as a user would say it; everything else is no rename."""
    schema = load_models(models)
    fills = [
        parse_fill(f"{fill['table']}.{fill['column']}={fill['value']}", schema)
        for fill in hints.get("fills", ())
    ]
    return Answers(renames=renames(hints), no_renames=True, fills=tuple(fills))


def renames(hints: dict[str, Any]) -> tuple[Rename, ...]:
    """The renames that the application's own migrations do."""
    found = []
    for hint in hints.get("renames", ()):
        if hint["kind"] == "table":
            found.append(Rename(hint["from"], hint["to"]))
        else:
            table = hint["table"]
            found.append(Rename(f"{table}.{hint['from']}", f"{table}.{hint['to']}"))
    return tuple(found)


def toasty_url(url: str) -> str:
    """SQLAlchemy's URL as ours: the driver is no part of it, and `sqlite:///` is a relative path to it."""
    scheme, rest = url.split("://", 1)
    return f"{scheme.split('+')[0]}://{rest.removeprefix('/') if scheme == 'sqlite' else rest}"


def tool_in(folder: Path) -> Callable[[str], Tool]:
    """Makes the tool, with its migrations in a folder of its own for each database."""
    return lambda url: Tool(
        api.Project(
            folder / f"migrations-{uuid4().hex[:6]}", url=toasty_url(url), hooks=load_hooks()
        )
    )


def names_a_hopeless_fill(error: CheckFailed, hints: dict[str, Any]) -> bool:
    """Does it name a column whose values no constant can be: unique ones, or keys of other rows?"""
    return any(
        f"{fill['table']}.{fill['column']}" in str(error)
        for fill in hints["fills"]
        if fill.get("references") or fill.get("must_be_unique")
    )


def hints_of(app: str, a: str, b: str) -> dict[str, Any]:
    """What is known of a step."""
    hints: dict[str, Any] = exact.cases()[app]["steps"][f"{a}:{b}"]
    return hints
