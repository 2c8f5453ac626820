"""Questions to a person on a terminal. The text goes to stderr, so that stdout keeps only results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toasty_core.errors import ToastyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from toasty_core.diff import Answers, Fill, FillQuestion, NoRename, Rename, RenameQuestion

__all__ = ["ask_fills", "ask_renames", "ask_text", "confirm"]

_NO = "no"


def confirm(text: str) -> None:
    """Ask for a yes; the default is no, which ends the command."""
    click.confirm(text, default=False, abort=True, err=True)


def ask_text(text: str) -> str:
    """Ask for a text, which may be empty."""
    answer: str = click.prompt(text, default="", show_default=False, err=True)
    return answer.strip()


def ask_renames(questions: Iterable[RenameQuestion]) -> Answers:
    """Ask of each table or column that is gone whether it is one of the new ones."""
    from toasty_core.diff import Answers, NoRename, Rename

    given = [_ask_rename(question) for question in questions]
    renames = tuple(answer for answer in given if isinstance(answer, Rename))
    none = tuple(answer for answer in given if isinstance(answer, NoRename))
    return Answers(renames=renames, not_renamed=none)


def _ask_rename(question: RenameQuestion) -> Rename | NoRename:
    from toasty_core.diff import NoRename, Rename

    kind, old = question.kind, question.place
    click.echo(f"The {kind.value} {old} is gone. Is it one of the new ones, renamed?", err=True)
    numbered = {
        str(number): (question.written(candidate.new), candidate.score)
        for number, candidate in enumerate(question.candidates, start=1)
    }
    for number, (new, score) in numbered.items():
        click.echo(f"  {number}  {new}  ({score:.0%} alike)", err=True)
    choices = click.Choice([_NO, *numbered])
    answer = click.prompt(
        "Its number, or no", default=_NO, type=choices, show_choices=False, err=True
    )
    return NoRename(old, kind) if answer == _NO else Rename(old, numbered[answer][0], kind)


def ask_fills(questions: Iterable[FillQuestion], read: Callable[[str], Fill]) -> Answers:
    """Ask for the value that rows get which exist already; nothing leaves it open.

    `read` makes a fill of `TABLE.COLUMN=VALUE`; what it refuses is asked again.
    """
    from toasty_core.diff import Answers

    given = (_ask_fill(question, read) for question in questions)
    return Answers(fills=tuple(fill for fill in given if fill is not None))


def _ask_fill(question: FillQuestion, read: Callable[[str], Fill]) -> Fill | None:
    name = question.place

    def fill(text: str) -> Fill | None:
        try:
            return read(f"{name}={text}") if text else None
        except ToastyError as error:
            raise click.UsageError(error.what) from error

    click.echo(f"The new column {name} must not be null and has no default.", err=True)
    text = f"Value ({question.type}) for rows that exist, or nothing to write it later"
    answer: Fill | None = click.prompt(
        text, default="", show_default=False, value_proc=fill, err=True
    )
    return answer
