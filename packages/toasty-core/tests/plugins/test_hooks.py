"""Hooks: a no-op without plug-ins, a faithful call with them, a clear error when one fails."""

from __future__ import annotations

from typing import Any

import pytest

from toasty_core.errors import PluginError, ToastyError
from toasty_core.plugins import Hooks, hookimpl, plugin_manager

# Hooks hand on what they get without looking at it: a text may stand for anything.
YES: Any = "yes"
OPERATION: Any = "op"
FIRST: Any = "first"
SECOND: Any = "second"
OLD: Any = "old"
NEW: Any = "new"


def hooks_with(*plugins) -> Hooks:
    manager = plugin_manager({}, ())
    for plugin in plugins:
        manager.register(plugin)
    manager.check_pending()
    return Hooks(manager)


class Recorder:
    """Writes down each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    @hookimpl
    def toasty_before_migration(self, step):
        self.calls.append(("before_migration", step))

    @hookimpl
    def toasty_after_migration(self, step, seconds):
        self.calls.append(("after_migration", step, seconds))

    @hookimpl
    def toasty_before_statement(self, statement, step):
        self.calls.append(("before_statement", statement, step))

    @hookimpl
    def toasty_after_statement(self, statement, step, seconds):
        self.calls.append(("after_statement", statement, step, seconds))

    @hookimpl
    def toasty_error(self, step, error):
        self.calls.append(("error", step, error))

    @hookimpl
    def toasty_commands(self, group):
        self.calls.append(("commands", group))


class Answers:
    """Says the same to every question."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def toasty_backend(self, scheme):
        return self.answer

    @hookimpl
    def toasty_model_source(self, target):
        return self.answer

    @hookimpl
    def toasty_check(self, plan):
        return self.answer


class Appends:
    """Appends its name to the operations."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def toasty_operations(self, operations):
        return [*operations, self.answer] if isinstance(self.answer, str) else self.answer


EVENTS: list[tuple[Any, ...]] = [
    ("before_migration", "step"),
    ("after_migration", "step", 1.5),
    ("before_statement", "statement", "step"),
    ("after_statement", "statement", "step", 0.5),
    ("error", "step", "error"),
    ("commands", "group"),
]


def test_without_plugins_every_hook_does_nothing():
    hooks = Hooks()
    for name, *arguments in EVENTS:
        assert getattr(hooks, name)(*arguments) is None

    assert (hooks.backend("sqlite"), hooks.model_source("x")) == (None, None)
    assert hooks.check("plan") == hooks.names == ()
    assert hooks.operations([OPERATION], OLD, NEW) == (OPERATION,)


def test_events_reach_every_plugin_with_their_arguments():
    one, other = Recorder(), Recorder()
    hooks = hooks_with(one, other)
    for name, *arguments in EVENTS:
        getattr(hooks, name)(*arguments)

    assert one.calls == other.calls == EVENTS


def test_the_first_answer_that_is_not_none_counts():
    hooks = hooks_with(Answers("late"), Answers(YES), Answers(None))

    assert (hooks.backend("x"), hooks.model_source("x")) == (YES, YES)


def test_findings_of_all_plugins_are_put_together():
    hooks = hooks_with(Answers(["a", "b"]), Answers(None), Answers(["c"]))

    assert sorted(hooks.check("plan"), key=str) == ["a", "b", "c"]


def test_operations_go_from_plugin_to_plugin():
    """The plug-in registered last is asked first; None leaves the list alone."""
    hooks = hooks_with(Appends(SECOND), Appends(None), Appends(FIRST))

    assert hooks.operations([OPERATION], OLD, NEW) == (OPERATION, FIRST, SECOND)


def test_a_plugin_can_empty_the_list_of_operations():
    assert hooks_with(Appends([])).operations([OPERATION], OLD, NEW) == ()


def test_operations_that_are_no_list_are_an_error_that_names_the_plugin():
    hooks = hooks_with(Appends({"a": 1}))

    with pytest.raises(PluginError, match="gave a dict from toasty_operations"):
        hooks.operations([OPERATION], OLD, NEW)


class Fails:
    """Fails in two hooks."""

    def __init__(self, error: Exception) -> None:
        self.failure = error

    @hookimpl
    def toasty_before_migration(self, step):
        raise self.failure

    @hookimpl
    def toasty_error(self, step, error):
        raise self.failure


def test_an_exception_in_a_plugin_becomes_an_error_with_file_and_line():
    with pytest.raises(PluginError) as caught:
        hooks_with(Fails(KeyError("x"))).before_migration("step")

    assert caught.value.what == "A plug-in failed in toasty_before_migration: KeyError: 'x'"
    assert __file__ in (caught.value.where or "")
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_veto_passes_as_it_is():
    veto = ToastyError("Not on a Friday.")

    with pytest.raises(ToastyError) as caught:
        hooks_with(Fails(veto)).before_migration("step")

    assert caught.value is veto


def test_a_plugin_that_fails_in_the_error_hook_only_warns():
    with pytest.warns(RuntimeWarning, match="A plug-in failed in toasty_error"):
        hooks_with(Fails(KeyError("x"))).error("step", ValueError("the real error"))
