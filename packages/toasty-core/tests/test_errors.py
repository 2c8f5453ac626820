"""Errors: what, where, the next thing to type, and the exit code."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from toasty_core import errors

ALL = [getattr(errors, name) for name in errors.__all__ if name != "suggest"]


def documented_tree() -> dict[str, str]:
    """Class name -> its line in the tree of the module's docstring."""
    tree = (errors.__doc__ or "").split("\n\n")[1]
    return {re.findall(r"\w+", line)[0]: line for line in tree.splitlines()}


def test_text_has_what_where_and_hint_on_their_own_lines():
    error = errors.SchemaError(
        "There is no table 'user'.", where="a.py:12", hint="did you mean 'users'?"
    )

    assert (
        str(error) == "There is no table 'user'.\n  where: a.py:12\n  hint: did you mean 'users'?"
    )


def test_parts_that_are_missing_take_no_line():
    assert str(errors.ToastyError("It broke.")) == "It broke."


def test_a_part_of_several_lines_stays_indented():
    assert str(errors.ToastyError("It broke.", hint="a\nb")) == "It broke.\n  hint: a\n    b"


def test_every_error_is_in_the_documented_tree_and_nothing_else():
    assert sorted(documented_tree()) == sorted(cls.__name__ for cls in ALL)


@pytest.mark.parametrize("cls", ALL)
def test_the_documented_exit_code_is_the_real_one(cls):
    line = documented_tree()[cls.__name__]
    said = re.search(r"exit (\d+)", line)
    inherited = cls.__mro__[1].exit_code if cls is not errors.ToastyError else None

    assert cls.exit_code == (int(said.group(1)) if said else inherited)


@pytest.mark.parametrize("cls", ALL)
def test_every_error_has_its_meaning_and_can_be_copied_and_pickled(cls):
    error = cls("It broke.", where="here", hint="mend it")

    assert cls.__doc__
    assert str(copy.copy(error)) == str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error) == "It broke.\n  where: here\n  hint: mend it"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.Irreversible("No way back.", lost="rows of users"), "  lost: rows of users"),
        (errors.Unsupported("Cannot.", reason="no cast"), "  reason: no cast"),
        (errors.CheckFailed("No.", findings=["3 rows"]), "  found: 3 rows"),
        (errors.LockHeld("Busy.", holder="ann@host"), "  held by: ann@host"),
        (
            errors.LockHeld("Busy.", since=datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
            "  since: 2025-01-02 03:04:05+00:00",
        ),
        (errors.StatementFailed("No.", statement="DROP TABLE x"), "  statement: DROP TABLE x"),
    ],
)
def test_what_an_error_carries_is_shown(error, line):
    assert str(error).splitlines()[1] == line


def test_open_questions_are_carried_as_they_are():
    question = object()

    assert errors.QuestionsOpen("Which?", questions=[question]).questions == (question,)


@pytest.mark.parametrize(
    ("name", "choices", "expected"),
    [
        ("user", ["posts", "users"], "did you mean 'users'?"),
        ("USERS", ["users"], "did you mean 'users'?"),
        ("strng", ["String", "Integer"], "did you mean 'String'?"),
        ("x", ["users"], None),
        ("users", [], None),
    ],
)
def test_suggest_names_the_nearest_choice_or_nothing(name, choices, expected):
    assert errors.suggest(name, choices) == expected


def test_suggest_does_not_depend_on_the_order_of_choices():
    assert errors.suggest("aab", ["aaa", "aac"]) == errors.suggest("aab", ["aac", "aaa"])


def test_importing_errors_imports_nothing_but_typing_helpers():
    code = (
        "import sys, importlib.util as u; before = set(sys.modules);"
        f"s = u.spec_from_file_location('e', {errors.__file__!r}); m = u.module_from_spec(s);"
        "s.loader.exec_module(m); print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(run.stdout.split()) <= {"typing", "__future__", "collections.abc"} | set(
        _imported_by_typing()
    )


def _imported_by_typing() -> list[str]:
    code = (
        "import sys, importlib.util; before = set(sys.modules); import typing;"
        "print(*(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()
