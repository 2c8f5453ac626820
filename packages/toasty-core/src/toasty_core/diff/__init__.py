"""What changed between two schemas: operations, questions, answers."""

from toasty_core.diff.answers import (
    Answers,
    Fill,
    NoRename,
    Rename,
    RenameKind,
    parse_rename,
)
from toasty_core.diff.candidates import Candidate
from toasty_core.diff.changes import Diff, detect_changes
from toasty_core.diff.fills import parse_fill, read_value
from toasty_core.diff.optimizer import optimize
from toasty_core.diff.question_files import (
    answers_from_json,
    questions_to_json,
)
from toasty_core.diff.questions import FillQuestion, Question, RenameQuestion, open_questions
from toasty_core.diff.summary import Summary, classify, summarize

__all__ = [
    "Answers",
    "Candidate",
    "Diff",
    "Fill",
    "FillQuestion",
    "NoRename",
    "Question",
    "Rename",
    "RenameKind",
    "RenameQuestion",
    "Summary",
    "answers_from_json",
    "classify",
    "detect_changes",
    "open_questions",
    "optimize",
    "parse_fill",
    "parse_rename",
    "questions_to_json",
    "read_value",
    "summarize",
]
