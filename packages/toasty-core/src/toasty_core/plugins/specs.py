"""The hooks that a plug-in can implement. The docstrings are the reference.

A plug-in is a module (or a class) with functions of these names, marked with `hookimpl`. A
function may leave out the arguments that it does not need, and a misspelt name is an error when
the plug-in is loaded:

    from toasty_core.plugins import hookimpl

    @hookimpl
    def toasty_after_migration(step, seconds):
        metrics.timing("migration", seconds)

It is found by its entry point in the group `toasty.plugins`. All plug-ins that are installed are
loaded, the ones registered later are called first, and `hookimpl(tryfirst=True)` or
`trylast=True` changes that.

An exception in a hook stops the command with an error that names its file and line. To stop a
command on purpose, raise a `toasty_core.errors.ToastyError` with a `hint`; in
`toasty_before_migration` that is a veto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from click import Group

    from toasty_core.backends import Backend, Statement
    from toasty_core.operations import Operation
    from toasty_core.schema import SchemaSnapshot

__all__ = ["PROJECT", "hookimpl"]

PROJECT = "toasty"

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)
"""Marks a function of a plug-in as the implementation of the hook of its name."""


# Before anything runs: where the schema and the database come from.


@hookspec(firstresult=True)
def toasty_backend(scheme: str) -> Backend | None:
    """Give the backend for the scheme of a database URL.

    Asked before the entry points of `toasty.backends`, so a plug-in can also wrap or replace an
    installed backend. A package that only brings a new database needs no hook: an entry point
    named like the scheme is enough, and it is imported only when its scheme is used.

    :param scheme: in lower case and without a driver: `postgresql` for `postgresql+psycopg://...`.
    :return: an instance of a backend, or None to leave the question to others. The first answer
        that is not None counts.
    """


@hookspec(firstresult=True)
def toasty_model_source(target: str) -> SchemaSnapshot | None:
    """Read the models that `--models` names, where they are of a kind that Toasty does not know.

    Asked before Toasty's own sources (native models, SQLAlchemy, SQLModel).

    :param target: as the user wrote it: `package.module`, `module:attribute`, a path, or any other
        text that this plug-in understands.
    :return: the schema, or None if this plug-in does not know the target. The first answer that is
        not None counts.
    """


# While a migration is written.


@hookspec
def toasty_operations(
    operations: Sequence[Operation], old: SchemaSnapshot, new: SchemaSnapshot
) -> Sequence[Operation] | None:
    """Rewrite the operations of a new migration, after the diff and before the file is written.

    Good for house rules about how `new` is reached: another order, data operations in between, no drops.
    Plug-ins are asked in turn, each with what the one before it gave.

    :param operations: what leads from `old` to `new`, in order. Values are frozen: return a new
        list.
    :param old: the schema that the migrations so far make.
    :param new: the schema of the models.
    :return: the new list, or None to leave the list as it is. It must still lead to `new`, or the
        next `generate` finds the difference.
    """


# Before and while a plan is run.


@hookspec
def toasty_check(plan: object) -> Iterable[object] | None:
    """Look at a plan before it is printed or run, and say what is wrong with it.

    :param plan: the steps with their operations and statements; nothing has been changed yet.
    :return: findings, as Toasty's own checks make them, or None. A finding that is an error stops
        the run before anything is changed.
    """


@hookspec
def toasty_before_migration(step: object) -> None:
    """A migration is about to run, up or down. Not called in a dry run.

    :param step: one migration of the plan, with its version, direction and operations. Raise a
        ToastyError to stop here: this migration and all behind it stay pending.
    """


@hookspec
def toasty_after_migration(step: object, seconds: float) -> None:
    """A migration has run and its journal row is written.

    :param step: the step that `toasty_before_migration` got.
    :param seconds: how long it took, on the wall clock.
    """


@hookspec
def toasty_before_statement(statement: Statement, step: object) -> None:
    """A statement is about to be sent to the database. Not called in a dry run.

    :param statement: what will be executed. It cannot be changed here.
    :param step: the migration that it belongs to.
    """


@hookspec
def toasty_after_statement(statement: Statement, step: object, seconds: float) -> None:
    """A statement was carried out. Where DDL is transactional it is not committed yet.

    :param statement: what was executed.
    :param step: the migration that it belongs to.
    :param seconds: how long it took, on the wall clock.
    """


@hookspec
def toasty_error(step: object, error: BaseException) -> None:
    """A migration failed or was interrupted; its transaction, if it had one, is rolled back.

    An exception in here is shown as a warning, so that it does not hide the error itself.

    :param step: the migration that failed.
    :param error: what is about to be reported.
    """


# The command line.


@hookspec
def toasty_commands(group: Group) -> None:
    """Add commands to `toasty`. Called once, before the command line is read.

    Import what a command needs inside the command, or `toasty --help` gets slow for everybody.

    :param group: the click group of `toasty`; use `group.add_command(...)` or `@group.command()`.
    """
