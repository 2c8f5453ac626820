"""The answers of a user: given as options, in a file, or on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from toasty_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from toasty_core.api import Project
    from toasty_core.api.generating import Answering
    from toasty_core.diff import Answers, Fill, Question
    from toasty_core.schema import SchemaSnapshot

__all__ = ["AnswerOptions", "answering"]


class AnswerOptions(NamedTuple):
    """What the command line says about renames and values."""

    renames: tuple[str, ...]
    no_renames: bool
    fills: tuple[str, ...]
    files: tuple[str, ...]


def answering(given: AnswerOptions, interactive: bool, project: Project) -> Answering:
    """A function that gives the answers of the options, and then asks a person, if there is one."""

    def answer(old: SchemaSnapshot, new: SchemaSnapshot) -> Answers:
        from toasty_core.api.generating import knows_fields
        from toasty_core.diff import open_questions, parse_fill

        def read_fill(text: str) -> Fill:
            return parse_fill(text, new)

        answers = _read(given, read_fill)
        if not interactive:
            return answers
        nested = knows_fields(project, new)

        def open_after(so_far: Answers) -> Sequence[Question]:
            return open_questions(old, new, so_far, nested_fields=nested)

        return _ask(open_after, answers, read_fill)

    return answer


def _read(given: AnswerOptions, read_fill: Callable[[str], Fill]) -> Answers:
    """What the options say; the files' answers first, so that an option wins."""
    from toasty_core.diff import Answers, answers_from_json, parse_rename

    answers = Answers()
    for file in given.files:
        answers = answers.merged(answers_from_json(_text(file), _name(file)))
    renames = tuple(parse_rename(text) for text in given.renames)
    fills = tuple(read_fill(text) for text in given.fills)
    return answers.merged(Answers(renames=renames, no_renames=given.no_renames, fills=fills))


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The answers cannot be read: {error.strerror}.", where=file) from error
    except UnicodeDecodeError as error:
        raise UsageError("The answers are no UTF-8 text.", where=file) from error


def _name(file: str) -> str:
    return "standard input" if file == "-" else file


def _ask(
    open_questions: Callable[[Answers], Sequence[Question]],
    answers: Answers,
    read_fill: Callable[[str], Fill],
) -> Answers:
    """Ask on the terminal until no question is open: renames of tables, of columns, then values.

    An answer may bring new questions, so they are worked out again after each round.
    """
    from toasty_core.cli.prompts import ask_fills, ask_renames
    from toasty_core.diff import FillQuestion, RenameKind, RenameQuestion

    while True:
        renames = [q for q in open_questions(answers) if isinstance(q, RenameQuestion)]
        tables = [q for q in renames if q.kind is RenameKind.TABLE]
        if not renames:
            break
        answers = answers.merged(ask_renames((tables or renames)[:1]))
    fills = [q for q in open_questions(answers) if isinstance(q, FillQuestion)]
    return answers.merged(ask_fills(fills, read_fill))
