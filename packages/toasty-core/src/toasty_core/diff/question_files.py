"""Questions as a JSON document, and the same document with its answers filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from toasty_core.diff.answers import Answers, Fill, NoRename, Rename, RenameKind
from toasty_core.diff.fills import read_answer
from toasty_core.diff.questions import FillQuestion, Question
from toasty_core.errors import ToastyError, UsageError
from toasty_core.schema.type_syntax import parse_type

_HELP = {
    "rename": 'fill in "answer": one of the candidates\' names, or false for none of them',
    "fill": 'fill in "answer": a value, "expr:lower(name)" for an expression, or leave null',
}


def questions_to_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The questions as `json.dumps` takes them. Fill in each `answer` and give it to `answers_from_json`."""
    return [_to_data(question) for question in questions]


def _to_data(question: Question) -> dict[str, Any]:
    if isinstance(question, FillQuestion):
        return {
            "question": "fill",
            "table": question.table,
            "column": question.column,
            "type": str(question.type),
            "help": _HELP["fill"],
            "answer": None,
        }
    return {
        "question": "rename",
        "kind": question.kind.value,
        "table": question.table,
        "old": question.old,
        "candidates": [{"new": item.new, "score": item.score} for item in question.candidates],
        "help": _HELP["rename"],
        "answer": None,
    }


_SHAPE = 'write the questions back as Toasty printed them, each with its "answer" filled in'


def answers_from_json(document: object, where: str | None = None) -> Answers:
    """The answers in what `questions_to_json` made, read or still as text; `where` is its file, for errors.

    An `answer` of null is none; false says that there was no rename. Raises UsageError when the document cannot be
    read or an answer does not fit its question.
    """
    items = _read(document, where) if isinstance(document, str) else document
    if not isinstance(items, list):
        raise UsageError("the answers are no list of questions", where=where, hint=_SHAPE)
    answers = Answers()
    for item in items:
        try:
            answers = answers.merged(_answer(item))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise UsageError(
                f"cannot read the answer {json.dumps(item)}", where=where, hint=_SHAPE
            ) from None
        except ToastyError as error:
            raise UsageError(error.what, where=where or error.where, hint=error.hint) from None
    return answers


def _read(text: str, where: str | None) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"the answers are no JSON: {error}", where=where) from None


def _answer(item: dict[str, Any]) -> Answers:
    answer = item.get("answer")
    if answer is None or (item["question"] == "fill" and answer is False and not _is_truth(item)):
        return Answers()
    if item["question"] == "fill":
        place = f"{item['table']}.{item['column']}"
        value = read_answer(answer, parse_type(item["type"]), place)
        return Answers(fills=[Fill(item["table"], item["column"], value)])
    return _rename(item, answer)


def _is_truth(item: dict[str, Any]) -> bool:
    return bool(item["type"] == "Boolean")


def _rename(item: dict[str, Any], answer: object) -> Answers:
    kind, table, old = RenameKind(item["kind"]), item["table"], item["old"]
    prefix = "" if kind is RenameKind.TABLE else f"{table}."
    if answer is False:
        return Answers(not_renamed=[NoRename(prefix + old, kind)])
    names = [candidate["new"] for candidate in item["candidates"]]
    new = next((name for name in names if answer in (name, prefix + name)), None)
    if new is None:
        raise UsageError(
            f"{answer!r} is no answer to what became of {prefix + old!r}",
            hint=f"one of {', '.join(map(repr, names))} is, or false for none of them",
        )
    return Answers(renames=[Rename(prefix + old, prefix + new, kind)])
