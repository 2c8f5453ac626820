"""The questions that are still open, where there is nobody to ask: a document to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toasty_core.cli.output import Output
    from toasty_core.errors import QuestionsOpen

__all__ = ["print_questions"]


def print_questions(error: QuestionsOpen, output: Output) -> None:
    """The JSON list on stdout that `--answers` takes back filled in."""
    from toasty_core.diff import FillQuestion, RenameQuestion, questions_to_json

    kinds = (FillQuestion, RenameQuestion)
    open_ = [question for question in error.questions if isinstance(question, kinds)]
    output.document(questions_to_json(open_))
